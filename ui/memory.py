"""How the C library keeps the memory the window gives back; free of Qt."""

from __future__ import annotations

import sys

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
    if sys.platform != "linux":
        return
    import ctypes  # heavy: imported when first used

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return  # another C library than glibc
    for option, value in ((_ARENA_MAX, POOLS), (_MMAP_THRESHOLD, MAPPED_BYTES), (_TRIM_THRESHOLD, KEPT_BYTES)):
        mallopt(option, value)
