"""Pictures whose pixels are numbers of polygons: made by numpy alone, so that a worker can make them.

Every edge of every polygon adds the polygon's number where a scan line crosses
it downwards and takes it away where one crosses it upwards; running sums along
the lines give the number at each pixel's centre. The same sum counts how many
polygons are there: more than one is an overlap, none is a gap.

numpy releases the interpreter lock, QPainter does not: a map made here leaves
the screen free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.pieces import PIECE

Points = NDArray[np.float64]
Numbers = NDArray[np.int32]

OUTSIDE = 0
"""Pixel value where no polygon is; polygon i has the value i + 1, an overlap the value count + 1."""


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """The corners of many polygons in one table, grouped by polygon.

    Attributes:
        count: How many polygons.
        points: Corners, every ring closed, shape (n, 2). [m]
        ends: Whether a corner is the last of its ring, shape (n,).
        first: Place in ``points`` where each polygon begins, shape (count + 1,).
    """

    count: int
    points: Points
    ends: NDArray[np.bool_]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, shapes: Any) -> EdgeTable:
        """Return the table of Polygons and MultiPolygons; holes are kept, None and empty ones have no corners."""
        given = np.asarray(shapes, dtype=object)
        pieces = [cls._of(given[start : start + PIECE]) for start in range(0, len(given), PIECE)]
        if len(pieces) == 1:
            return pieces[0]
        before = np.cumsum([0] + [len(piece.points) for piece in pieces])
        return cls(
            len(given),
            np.concatenate([np.zeros((0, 2)), *(piece.points for piece in pieces)]),
            np.concatenate([np.zeros(0, bool), *(piece.ends for piece in pieces)]),
            np.concatenate([*(piece.first[:-1] + start for piece, start in zip(pieces, before, strict=False)),
                            before[-1:]]),
        )  # fmt: skip

    @classmethod
    def _of(cls, some: NDArray[Any]) -> EdgeTable:
        shapes = shapely.orient_polygons(some)
        parts, owner = shapely.get_parts(shapes, return_index=True)
        rings, of_part = shapely.get_rings(parts, return_index=True)
        points, of_ring = shapely.get_coordinates(rings, return_index=True)
        ends = np.ones(len(points), bool)
        ends[:-1] = of_ring[1:] != of_ring[:-1]
        owners = owner[of_part][of_ring] if len(points) else np.zeros(0, np.int64)
        first = np.searchsorted(owners, np.arange(len(shapes) + 1)).astype(np.int64)
        return cls(len(shapes), points, ends, first)

    def corners_of(self, numbers: NDArray[np.integer]) -> tuple[Points, NDArray[np.bool_], NDArray[np.int32]]:
        """Return points, ends and the polygon number of each corner, for some polygons in rising order."""
        numbers = np.sort(numbers)
        amounts = self.first[numbers + 1] - self.first[numbers]
        owners = np.repeat(numbers, amounts).astype(np.int32)
        if len(numbers) == self.count:
            return self.points, self.ends, owners
        starts = np.repeat(self.first[numbers] - (np.cumsum(amounts) - amounts), amounts)
        places = starts + np.arange(len(starts))
        return self.points[places], self.ends[places], owners


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels over the plane: pixel x = metres east × scale − left, y = top − metres north × scale.

    Attributes:
        scale: Pixels per metre.
        left: Pixels between the origin and the left border.
        top: Pixels between the origin and the upper border, upwards.
        width: [px]
        height: [px]
    """

    scale: float
    left: float
    top: float
    width: int
    height: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north. [m]"""
        return (
            self.left / self.scale, (self.top - self.height) / self.scale,
            (self.left + self.width) / self.scale, self.top / self.scale,
        )  # fmt: skip


def rasterised(table: EdgeTable, numbers: NDArray[np.integer], window: Window) -> Numbers:
    """Return which polygon each pixel's centre lies in, shape (height, width).

    Args:
        table: All polygons.
        numbers: Those that may be in the window; others are left out.
        window: What to draw.
    """
    width, height = window.width, window.height
    points, ends, owners = table.corners_of(numbers)
    # One sum tells both who is there and how many: each polygon adds its number and a power of two above all numbers.
    layer = 1 << (table.count + 1).bit_length()
    sums = np.zeros(height * (width + 1), np.int32)
    if len(points):
        _add_edges(points, ends, owners + np.int32(1 + layer), window, sums)
    values = np.cumsum(sums.reshape(height, width + 1)[:, :width], axis=1, dtype=np.int32)
    values -= np.int32(layer)  # none: below 0; one: its number; several: above all numbers
    return np.clip(values, OUTSIDE, table.count + 1, out=values)


def _add_edges(
    points: Points, ends: NDArray[np.bool_], amounts: NDArray[np.int32], window: Window, sums: Numbers
) -> None:
    """Add every crossing of a pixel row's centre line to the table, flat, shape (height · (width + 1),)."""
    y = window.top - points[:, 1] * window.scale
    rows = np.clip(np.ceil(y - 0.5), 0, window.height).astype(np.int32)
    crossing = np.nonzero((rows[1:] != rows[:-1]) & ~ends[:-1])[0]
    row_a, row_b = rows[crossing], rows[crossing + 1]
    y_a, y_b = y[crossing], y[crossing + 1]
    x_a = points[crossing, 0] * window.scale - window.left
    slope = (points[crossing + 1, 0] * window.scale - window.left - x_a) / (y_b - y_a)
    signed = np.where(row_b > row_a, amounts[crossing], -amounts[crossing])
    lowest, lines = np.minimum(row_a, row_b), np.abs(row_b - row_a)
    edge = np.repeat(np.arange(len(crossing)), lines)
    row = np.arange(len(edge)) - (np.cumsum(lines) - lines)[edge] + lowest[edge]
    x = x_a[edge] + (row + 0.5 - y_a[edge]) * slope[edge]
    column = np.clip(np.ceil(x - 0.5), 0, window.width).astype(np.int64)
    np.add.at(sums, row * (window.width + 1) + column, signed[edge])


def borders_in(values: Numbers) -> NDArray[np.bool_]:
    """Return where a pixel differs from the one right of or below it; one row and column less than given."""
    found: NDArray[np.bool_] = values[:-1, :-1] != values[:-1, 1:]
    found |= values[:-1, :-1] != values[1:, :-1]
    return found
