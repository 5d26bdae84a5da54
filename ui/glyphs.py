"""Tiny arrows and ticks for style sheets, which can only name a file.

A style sheet cannot tint a picture and Qt has no writable resource tree, so
each is written once per colour to the user's cache folder, where the next
start finds it and a window that was killed leaves nothing more.
"""

from __future__ import annotations

import contextlib
import functools
import os

from gridapp import paths

_PATHS = {"chevron-down": "m6 9 6 6 6-6", "chevron-up": "m18 15-6-6-6 6", "check": "M20 6 9 17l-5-5"}


@functools.cache
def file(name: str, colour: str) -> str:
    """Return the path of a glyph in a colour ``#RRGGBB``, written if missing; without a writable disk it shows none."""
    path = paths.cache_dir() / f"{name}-{colour[1:]}.svg"
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" '
        f'stroke="{colour}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{_PATHS[name]}"/></svg>'
    )
    with contextlib.suppress(OSError):
        if not path.exists() or path.read_text("utf-8") != drawn:
            part = path.with_suffix(f".{os.getpid()}")  # another window may be reading it
            part.write_text(drawn, "utf-8")
            part.replace(path)
    return path.as_posix()
