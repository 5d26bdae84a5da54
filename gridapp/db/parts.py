"""Files that are being written, copies of a database above all, and what a kill left of them.

A copy is written under a name of its own beside its place. As long as somebody
works on it, an empty file beside it is locked by SQLite, whose locks end with
the program and hold between computers wherever a database does. A part whose
lock can be taken is left over; whatever else lies there stays.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
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

    Args:
        target: Where the copy goes when it is complete.
    """
    with held_name(target) as part:
        try:
            yield part
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


@contextlib.contextmanager
def held_name(target: Path) -> Iterator[Path]:
    """Give a name beside a target that nobody else has, and hold it.

    Where a disk knows no locks, the name is given all the same.

    Args:
        target: Its name is what the name given begins with.
    """
    part, held = _begin(target)
    try:
        yield part
    finally:
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
    return sum(removed(folder / name, _unlink) for name in _names(left(database, folder)))


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder of its own that are held or left over."""
    try:
        return _names(folder.iterdir())
    except OSError:
        return []


def left(database: Path, folder: Path) -> list[Path]:
    """Return parts of copies of one database, and their locks, whether or not somebody works on them."""
    found = []
    with contextlib.suppress(OSError):
        for place in folder.iterdir():
            if place.name.startswith(database.name) and _NAME.fullmatch(place.name, len(database.name)):
                found.append(place)
    return sorted(found)


def removed(part: Path, remove: Callable[[Path], bool]) -> bool:
    """Remove what has a name unless somebody holds it; return whether something went.

    Args:
        part: The name.
        remove: Does it; returns whether something went. An OSError counts as nothing.
    """
    held = None
    try:
        if _lock(part).exists():  # there before its part, and gone after it
            held = connecting.hold_alone(_lock(part), makes=False)
            if held is None:
                return False
        went = remove(part)
        with contextlib.suppress(PermissionError):
            # Gone before it is free: whoever was just about to take it sees that it is, and takes another.
            _lock(part).unlink(missing_ok=True)
        return went
    except OSError:
        return False
    finally:
        if held is not None:
            held.close()
            with contextlib.suppress(OSError):  # on Windows, where whoever has it open keeps it
                _lock(part).unlink(missing_ok=True)


def _unlink(part: Path) -> bool:
    was_there = part.exists()
    part.unlink(missing_ok=True)
    return was_there


def _names(places: Iterable[Path]) -> list[str]:
    return sorted({place.name.removesuffix(LOCK) for place in places})


def _lock(part: Path) -> Path:
    return part.with_name(part.name + LOCK)
