"""Make and free millions of small objects without holding anybody up.

Cells, rows and values hold no cycles: walking over them again and again while they are made takes longer than
checking them. And freeing a hundred thousand at once is one step that no other thread can interrupt: the window
would stand still for as long.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from typing import Any

PIECE = 1000
"""How many of a list are freed before other threads have their turn: about a millisecond."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Switch Python's collector of cycles off for the block; where it is off, as in the window, it stays off."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def let_go(*holders: Any) -> None:
    """Empty what holds very much, a piece at a time; nobody may need it any more.

    Args:
        holders: Lists and dictionaries, or objects whose lists and dictionaries are emptied.
    """
    for holder in holders:
        for much in [holder] if isinstance(holder, (list, dict)) else list(vars(holder).values()):
            if isinstance(much, list):
                while much:
                    del much[-PIECE:]
            elif isinstance(much, dict):
                while much:
                    much.popitem()  # what it holds may hold much itself


def take_apart(held: list[Any]) -> None:
    """Free what a list holds a piece at a time, however it is nested: records, tuples, lists and dictionaries of such.

    Nothing is changed that somebody else holds too.

    Args:
        held: Emptied; what only it held is gone afterwards.
    """
    much: list[Any] = []
    while held:
        one = held.pop()
        if isinstance(one, dict):
            parts: Any = list(one.values())
        elif isinstance(one, (list, tuple)):
            parts = one
        elif is_dataclass(one) and hasattr(one, "__dict__"):
            parts = list(vars(one).values())
        else:
            continue
        (much if len(parts) > PIECE else held).extend(parts)
        del one, parts
    let_go(much)
