"""Copies of a database that are being written, and what a kill left of them.

A copy is written under a name of its own beside its place. As long as somebody
works on it, an empty file beside it is locked by SQLite, whose locks end with
the program and hold between computers wherever a database does. A part whose
lock can be taken is left over; whatever else lies there stays.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gridapp.db import connecting

PART = ".part"
LOCK = "-lock"
_NAME = re.compile(r"\.(\d{8}-\d{6}\.[a-z-]+\.e\d+\.bak|restoring)(\.[0-9a-f]{8})?\.part(-lock)?")
_TRIES = 3
"""Somebody who sweeps may take away a lock in the moment it is made; twice in a row nobody does."""


@contextlib.contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """Give a name beside a target to write under, and hold it; what is still there afterwards is removed.

    Where a disk knows no locks, the part is written all the same.

    Args:
        target: Where the copy goes when it is complete.
    """
    part, held = _begin(target)
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if held is not None:
            held.close()  # before its file goes: Windows removes nothing that is open
        with contextlib.suppress(OSError):
            _lock(part).unlink(missing_ok=True)


def _begin(target: Path) -> tuple[Path, Any | None]:
    """Return a name nobody has, and what holds it."""
    for tried in range(1, _TRIES + 1):
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}{PART}")
        held = connecting.hold_alone(_lock(part), makes=True)
        if (held is not None and _lock(part).exists()) or tried == _TRIES:
            break
        if held is not None:
            held.close()
        with contextlib.suppress(OSError):
            _lock(part).unlink(missing_ok=True)
    return part, held


def sweep(database: Path, folder: Path) -> int:
    """Remove what ended programs left of copies of one database; return how many parts went.

    Args:
        database: The file the copies are of; copies of others are not touched.
        folder: Where to look.
    """
    names = {place.name.removesuffix(LOCK) for place in left(database, folder)}
    return sum(_removed(folder / name) for name in sorted(names))


def left(database: Path, folder: Path) -> list[Path]:
    """Return parts of copies of one database, and their locks, whether or not somebody works on them."""
    found = []
    with contextlib.suppress(OSError):
        for place in folder.iterdir():
            if place.name.startswith(database.name) and _NAME.fullmatch(place.name, len(database.name)):
                found.append(place)
    return sorted(found)


def _removed(part: Path) -> bool:
    """Remove a part unless somebody works on it."""
    held = None
    try:
        if _lock(part).exists():  # there before its part, and gone after it
            held = connecting.hold_alone(_lock(part), makes=False)
            if held is None:
                return False
        was_there = part.exists()
        part.unlink(missing_ok=True)
        with contextlib.suppress(PermissionError):
            # Gone before it is free: whoever was just about to take it sees that it is, and takes another.
            _lock(part).unlink(missing_ok=True)
        return was_there
    except OSError:
        return False
    finally:
        if held is not None:
            held.close()
            with contextlib.suppress(OSError):  # on Windows, where whoever has it open keeps it
                _lock(part).unlink(missing_ok=True)


def _lock(part: Path) -> Path:
    return part.with_name(part.name + LOCK)
