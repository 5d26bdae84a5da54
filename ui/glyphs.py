"""Tiny arrows and ticks for style sheets, which can only name a file.

Each is written once per colour to the user's cache folder, because a style
sheet cannot tint a picture and Qt has no writable resource tree.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

_PATHS = {"chevron-down": "m6 9 6 6 6-6", "chevron-up": "m18 15-6-6-6 6", "check": "M20 6 9 17l-5-5"}


@functools.cache
def file(name: str, colour: str) -> str:
    """Return the path of a glyph in a colour ``#RRGGBB``, written if missing."""
    path = _folder() / f"{name}-{colour[1:]}.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" '
        f'stroke="{colour}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{_PATHS[name]}"/></svg>',
        encoding="utf-8",
    )
    return path.as_posix()


@functools.cache
def _folder() -> Path:
    # Held by the cache for the life of the process; removed when it ends.
    holder = tempfile.TemporaryDirectory(prefix="gridapp-", ignore_cleanup_errors=True)
    _holders.append(holder)
    return Path(holder.name)


_holders: list[tempfile.TemporaryDirectory[str]] = []
