"""Work on many shapes in pieces, so that a window stays awake meanwhile.

Some calls of shapely hold the interpreter until they are done: reading WKB,
taking shapes apart, changing their coordinates. For 15,000 grids that is a
tenth of a second in which nothing else runs; between two pieces others have
their turn.

Source: gaps of the window's thread measured (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

PIECE = 1000
"""Shapes worked on at a time; some 3 ms."""


def in_pieces(work: Callable[[NDArray[Any]], Any], values: Any) -> Any:
    """Return what a function makes of an array, value by value, asked for one piece after the other.

    Args:
        work: Takes an array and returns one of the same length.
        values: One for each shape.
    """
    given = np.asarray(values, dtype=object)
    if len(given) <= PIECE:
        return work(given)
    return np.concatenate([work(given[start : start + PIECE]) for start in range(0, len(given), PIECE)])


def read_wkb(outlines: Any) -> Any:
    """Return the shapes of WKB."""
    return in_pieces(shapely.from_wkb, outlines)


def transformed(shapes: Any, change: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Any:
    """Return shapes with other coordinates; ``change`` takes and gives points of shape (n, 2)."""
    return in_pieces(lambda some: shapely.transform(some, change), shapes)
