"""A small file beside an open database, by which a lost WAL is noticed.

While a file is open, and after a crash, SQLite keeps the newest changes in a
WAL beside it and puts them into the file at the next opening. When a crash was
and that WAL is gone (tidied away, or left behind when the file was copied),
those changes are lost and nothing in the file says so; this mark does.

That all is about to go into the file is on the disk before the WAL goes: after
a power cut nobody is told of a loss that was none.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

SUFFIX = "-open"


def look(path: Path) -> bool:
    """Return whether a file was left without closing and its WAL is gone; ask before opening it."""
    mark = _mark(path)
    try:
        text = mark.read_text("ascii")
    except (OSError, ValueError):
        return False
    return path.exists() and not _wal(path).exists() and not text.startswith("closing")


def is_there(path: Path) -> bool:
    """Return whether a file is open somewhere, or was left without closing."""
    return _mark(path).exists()


def put(path: Path) -> None:
    """Mark a file as open."""
    with contextlib.suppress(OSError):
        if path.exists():
            _mark(path).write_text("open", "ascii")


def about_to_close(path: Path) -> None:
    """Say that all changes are about to go into the file; it is on the disk when this returns."""
    with contextlib.suppress(OSError):
        if _mark(path).exists():
            with _mark(path).open("w", encoding="ascii") as file:
                file.write("closing")
                file.flush()
                os.fsync(file.fileno())


def closed(path: Path) -> None:
    """Take the mark away when nobody else has the file open: the last to close it takes the WAL away."""
    with contextlib.suppress(OSError):
        if not _wal(path).exists():
            _mark(path).unlink(missing_ok=True)
        elif _mark(path).exists():
            _mark(path).write_text("open", "ascii")


def _mark(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
