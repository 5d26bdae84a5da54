"""How the C library keeps the memory the window gives back; free of Qt."""

from __future__ import annotations

import sys
from typing import Any

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""Options of mallopt(3)."""

POOLS = 2
MAPPED_BYTES = 256 << 10
"""What is as large is mapped by itself and given back when it is freed: a tile of the map, a column of a city."""
KEPT_BYTES = 1 << 20


def give_back_early() -> None:
    """Have glibc share two pools of memory among all threads, and give large blocks back to the system at once.

    Left alone it gives each reading thread a pool of its own and learns from the first large block freed to keep all
    later ones: of a city's window of 480 MB nobody used 130. Other systems' libraries return large blocks themselves.
    """
    mallopt = _named("mallopt")
    if mallopt is not None:
        for option, value in ((_ARENA_MAX, POOLS), (_MMAP_THRESHOLD, MAPPED_BYTES), (_TRIM_THRESHOLD, KEPT_BYTES)):
            mallopt(option, value)


def give_back() -> None:
    """Give back what lies free between other things, after something large has gone; not on the window's thread."""
    trim = _named("malloc_trim")
    if trim is not None:
        trim(0)


def _named(name: str) -> Any:
    """Return a function of glibc, None with another C library."""
    if sys.platform != "linux":
        return None
    import ctypes  # heavy: imported when first used

    return getattr(ctypes.CDLL(None), name, None)
