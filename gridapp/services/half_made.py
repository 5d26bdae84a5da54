"""Folders in which a file is written before it takes its place, and what a kill left of them.

Each is noted in the user's folder while it is there. Whoever hands something
out next, and the window soon after its start, removes those whose program is gone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from gridapp import clock, paths

PREFIX = ".gridapp-"
_LONGEST_S = 86_400
"""After so long a folder is left over even if something runs under its program's number. [s]"""

_own: set[str] = set()
"""Names of those this program is writing into."""


def make(beside: Path) -> Path:
    """Make a folder beside a file, on the same disk, and note it.

    Raises:
        OSError: It cannot be made.
    """
    name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    folder = beside.resolve().parent / name
    _own.add(name)
    with contextlib.suppress(OSError):  # noted first: a folder that is not noted would stay for good
        (_notes() / name).write_text(str(folder), "utf-8")
    try:
        folder.mkdir(0o700)
    except OSError:
        drop(folder)
        raise
    return folder


def drop(folder: Path) -> None:
    """Remove a folder and its note."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        with contextlib.suppress(OSError):
            (_notes() / folder.name).unlink(missing_ok=True)
    _own.discard(folder.name)


def sweep() -> int:
    """Remove what programs left behind that were ended midway; return how many folders went.

    A folder on a disk that is not there now waits for another time.
    """
    gone = 0
    with contextlib.suppress(OSError):
        for note in _notes().iterdir():
            gone += _swept(note)
    return gone


def _swept(note: Path) -> bool:
    try:
        folder = Path(note.read_text("utf-8"))
        if not _is_over(note) or not folder.parent.is_dir():
            return False
    except (OSError, ValueError):
        return False
    # Only what has such a name is removed, whatever a note says.
    was_there = folder.name == note.name and folder.name.startswith(PREFIX) and folder.is_dir()
    if was_there:
        shutil.rmtree(folder, ignore_errors=True)
    if not was_there or not folder.exists():
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)
    return was_there and not folder.exists()


def _is_over(note: Path) -> bool:
    """Return whether the program that made a folder is gone."""
    if note.name in _own:
        return False
    if clock.now().timestamp() - note.stat().st_mtime > _LONGEST_S:
        return True
    number = note.name.removeprefix(PREFIX).partition("-")[0]
    if not number.isdecimal() or int(number) == os.getpid():
        return True
    if os.name != "posix":
        return False  # asking Windows this way would end the program asked about
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _notes() -> Path:
    folder = paths.data_dir() / "under-way"
    folder.mkdir(exist_ok=True)
    return folder
