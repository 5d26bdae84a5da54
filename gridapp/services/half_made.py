"""Folders in which a file is written before it takes its place, and what a kill left of them.

Each is noted in the user's folder while it is there, and its note is held as a
copy of a database is (``gridapp.db.parts``). Whoever hands something out next,
and the window soon after its start, removes those nobody holds.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from gridapp import paths
from gridapp.db import parts

PREFIX = ".gridapp"


@contextlib.contextmanager
def folder_beside(target: Path) -> Iterator[Path]:
    """Give a new folder beside a file, on the same disk; afterwards it is removed with whatever is in it.

    Raises:
        OSError: It cannot be made.
    """
    with parts.held_name(_notes() / PREFIX) as note:
        folder = target.resolve().parent / note.name
        with contextlib.suppress(OSError):  # noted first: a folder that is not noted would stay for good
            note.write_text(str(folder), "utf-8")
        try:
            folder.mkdir(0o700)
            yield folder
        finally:
            _drop(folder, note)


def sweep() -> int:
    """Remove what programs left behind that were ended midway; return how many folders went.

    A folder on a disk that is not there now waits for another time.
    """
    return sum(parts.removed(_notes() / name, _drop_noted) for name in parts.names_in(_notes()))


def _drop_noted(note: Path) -> bool:
    """Remove the folder of a note that nobody holds, and the note; return whether there was one and it went."""
    try:
        folder = Path(note.read_text("utf-8"))
    except ValueError:
        return False
    if not folder.parent.is_dir():
        return False
    # Only what has such a name is removed, whatever a note says.
    if folder.name != note.name or not folder.name.startswith(PREFIX) or not folder.is_dir():
        note.unlink()
        return False
    return _drop(folder, note)


def _drop(folder: Path, note: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # for another time
        return False
    with contextlib.suppress(OSError):
        note.unlink(missing_ok=True)
    return True


def _notes() -> Path:
    folder = paths.data_dir() / "under-way"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    return folder
