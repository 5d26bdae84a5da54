"""Write a file anew without the gaps that years of single saves leave in it.

SQLite makes a copy without gaps in a temporary file, encrypted like the file
itself, and writes it back in one transaction: cut short at any moment, the file
holds what it held. Others may read meanwhile, and wait to write.

Source: https://sqlite.org/lang_vacuum.html
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gridapp.db import engine as engines
from gridapp.db.faults import translate_driver
from gridapp.db.search import index
from gridapp.errors import DiskFullError, OperationCancelled
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

STEPS_PER_PAGE = 450
"""About what SQLite's machine takes to copy a page; for showing how far it is."""
_STEPS_AT_ONCE = 100_000
_CACHE = 64_000  # [KiB]


@dataclass(frozen=True)
class Compacted:
    """What writing a file anew came to.

    Attributes:
        before: Size of the file. [bytes]
        after: The same afterwards; the disk gets the difference back when nobody reads the old pages any more.
    """

    before: int
    after: int


def demand_room(path: Path, copies: int = 1) -> None:
    """Check that a file fits on the disk again, and once more where temporary files go.

    Args:
        path: The file.
        copies: How many times it must fit beside itself.

    Raises:
        DiskFullError: It does not.
    """
    needed: Counter[int] = Counter()
    places: dict[int, Path] = {}
    for folder, times in ((path.resolve().parent, copies), (_temporary_folder(), 1)):
        disk = folder.stat().st_dev
        needed[disk] += times * path.stat().st_size
        places.setdefault(disk, folder)
    for disk, folder in places.items():
        if shutil.disk_usage(folder).free < needed[disk]:
            said = _("This needs {size} MB of room on the disk of {folder}. Make room and try again.")
            raise DiskFullError(said.format(size=f"{needed[disk] / 1e6:,.0f}", folder=folder))


def compact(engine: Engine, path: Path, progress: Progress = NullProgress()) -> Compacted:
    """Write a file anew, its search index joined into one piece first.

    Args:
        engine: Of the file; its connections may go on reading.
        path: The file.
        progress: Told as it goes; about so far.

    Raises:
        OperationCancelled: The user asked to stop; the file is as it was.
        StorageError: Somebody else writes, the disk is full, or the file must not be written to; it is as it was.
    """
    with translate_driver(), contextlib.closing(engines.connect_beside(engine, path, reads_only=False)) as bare:
        bare.execute("PRAGMA temp_store = FILE")
        bare.execute(f"PRAGMA cache_size = -{_CACHE}")
        before = _size(bare)
        bare.execute(f"INSERT INTO {index.TABLE} ({index.TABLE}) VALUES ('optimize')")
        _vacuum(bare, progress)
        bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Compacted(before, _size(bare))


def _vacuum(bare: Any, progress: Progress) -> None:
    expected = bare.execute("PRAGMA page_count").fetchone()[0] * STEPS_PER_PAGE
    done = 0
    stopped: list[BaseException] = []

    def tell() -> int:
        nonlocal done
        done = min(done + _STEPS_AT_ONCE, expected)
        try:
            progress.advance(done, expected, _("Writing the file anew…"))
        except (OperationCancelled, KeyboardInterrupt) as error:  # SQLite lets none through; raised again below
            stopped.append(error)
        return len(stopped)

    tell()
    bare.set_progress_handler(tell, _STEPS_AT_ONCE)
    try:
        if not stopped:
            bare.execute("VACUUM")
    except engines.driver().Error:
        if not stopped:
            raise
    finally:
        bare.set_progress_handler(None, 0)
    if stopped:
        raise stopped[0]


def _size(bare: Any) -> int:
    pages, size = (int(bare.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    return pages * size  # the size is said in words, where there is a key


def _temporary_folder() -> Path:
    """Return where SQLite puts its temporary files. Source: https://sqlite.org/tempfiles.html section 5."""
    if os.name == "nt":
        return Path(tempfile.gettempdir())
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")
    usable = (Path(name) for name in named if name and os.path.isdir(name) and os.access(name, os.W_OK | os.X_OK))
    return next(usable, Path.cwd())
