"""Pause Python's cycle collector while millions of cells are made.

Cells, rows and values hold no cycles; walking over them again and again while they
are made takes longer than checking them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Switch the collector off for the block; where it is off already, as in the window, it stays off."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
