"""Pictures whose pixels are numbers of polygons: made by numpy alone, so that a worker can make them.

Every edge of every polygon adds the polygon's number where a scan line crosses
it upwards and takes it away where one crosses it downwards; running sums along
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

CORNERS, LINES = 32_768, 64
"""Corners and pixel rows worked on at a time."""

OUTSIDE = 0
"""Pixel value where no polygon is; polygon i has the value i + 1, an overlap the value count + 1."""


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """The corners of many polygons in one table, grouped by polygon.

    Attributes:
        count: How many polygons.
        points: Corners, every ring closed, shape (n, 2), stored column by column. [m]
        ends: Whether a corner is the last of its ring, shape (n,).
        first: Place in ``points`` where each polygon begins, shape (count + 1,).
    """

    count: int
    points: Points
    ends: NDArray[np.bool_]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, shapes: Any) -> EdgeTable:
        """Return the table of Polygons and MultiPolygons; holes are kept, None and empty ones have no corners.

        Outer rings run clockwise, as outlines are stored; others are turned round.
        """
        given = np.asarray(shapes, dtype=object)
        amounts = shapely.get_num_coordinates(given)
        first = np.concatenate([[0], np.cumsum(amounts)]).astype(np.int64)
        points = np.empty((int(first[-1]), 2), order="F")
        ends = np.zeros(len(points), bool)
        for start in range(0, len(given), PIECE):
            rings = _rings_of(given[start : start + PIECE])
            place = slice(first[start], first[min(start + PIECE, len(given))])
            points[place] = shapely.get_coordinates(rings)
            ends[place][np.cumsum(shapely.get_num_coordinates(rings)) - 1] = True
        return cls(len(given), points, ends, first)

    def corners_of(self, numbers: NDArray[np.integer]) -> tuple[Points, NDArray[np.bool_], NDArray[np.int32]]:
        """Return points, ends and the polygon number of each corner, for some polygons in rising order."""
        numbers = np.sort(numbers)
        amounts = self.first[numbers + 1] - self.first[numbers]
        owners = np.repeat(numbers, amounts).astype(np.int32)
        if len(numbers) == self.count:
            return self.points, self.ends, owners
        starts = np.repeat(self.first[numbers] - (np.cumsum(amounts) - amounts), amounts)
        places = starts + np.arange(len(starts))
        points = np.empty((len(places), 2), order="F")
        for column in (0, 1):
            np.take(self.points[:, column], places, out=points[:, column], mode="clip")
        return points, self.ends[places], owners


def _rings_of(some: NDArray[Any]) -> NDArray[Any]:
    """Return the rings of shapes in their order, outer ones clockwise, holes the other way round."""
    parts = shapely.get_parts(some)
    found, part = shapely.get_rings(parts, return_index=True)
    rings: NDArray[Any] = found
    is_outer = np.ones(len(rings), bool)
    is_outer[1:] = part[1:] != part[:-1]
    wrong = shapely.is_ccw(rings) == is_outer
    rings[wrong] = shapely.reverse(rings[wrong])
    return rings


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
    sums = np.zeros((height, width + 1), np.int32)
    amounts = owners + np.int32(1 + layer)
    # In pieces that fit into the processor's cache: tables of a whole city cost more to fetch than to reckon with.
    for start in range(0, len(points) - 1, CORNERS):
        some = slice(start, start + CORNERS + 1)
        _add_edges(points[some], ends[some], amounts[some], window, sums.reshape(-1))
    for line in range(0, height, LINES):
        values = sums[line : line + LINES]
        np.cumsum(values, axis=1, out=values)
        values -= np.int32(layer)  # none: below 0; one: its number; several: above all numbers
        np.clip(values, OUTSIDE, table.count + 1, out=values)
    return sums[:, :width]


def _add_edges(
    points: Points, ends: NDArray[np.bool_], amounts: NDArray[np.int32], window: Window, sums: Numbers
) -> None:
    """Add every crossing of a pixel row's centre line to the table, flat, shape (height · (width + 1),)."""
    y = points[:, 1] * -window.scale
    y += window.top
    rows = np.ceil(y - 0.5)
    np.clip(rows, 0, window.height, out=rows)
    changes = rows[1:] != rows[:-1]
    changes &= ~ends[:-1]
    crossing = np.flatnonzero(changes)
    first, second = rows[crossing], rows[crossing + 1]
    down = second > first
    # From the upper end to the lower, whichever way round: neighbours then find the same pixel for a common border.
    upper, lower = crossing + ~down, crossing + down
    x, y_upper = points[:, 0], y[upper]
    start = x[upper]
    slope = (x[lower] - start) / (y[lower] - y_upper)
    signed = np.where(down, -amounts[crossing], amounts[crossing])
    row = np.minimum(first, second)
    _add_crossings(start + (row + 0.5 - y_upper) * slope, row, signed, window, sums)
    more = np.flatnonzero(np.abs(second - first) > 1)  # few when much is in sight
    lines = np.abs(second - first)[more].astype(np.int64) - 1
    edge = np.repeat(more, lines)
    row = row[edge] + 1 + (np.arange(len(edge)) - np.repeat(np.cumsum(lines) - lines, lines))
    _add_crossings(start[edge] + (row + 0.5 - y_upper[edge]) * slope[edge], row, signed[edge], window, sums)


def _add_crossings(
    place: NDArray[np.float64], row: NDArray[np.float64], signed: NDArray[np.int32], window: Window, sums: Numbers
) -> None:
    """Add amounts where lines are crossed: at eastings, in metres, of pixel rows."""
    place *= window.scale
    place -= window.left + 0.5
    np.clip(np.ceil(place, out=place), 0, window.width, out=place)
    place += row * (window.width + 1)
    np.add.at(sums, place.astype(np.int64), signed)


def borders_in(values: Numbers) -> NDArray[np.bool_]:
    """Return where a pixel differs from the one right of or below it; one row and column less than given."""
    found: NDArray[np.bool_] = values[:-1, :-1] != values[:-1, 1:]
    found |= values[:-1, :-1] != values[1:, :-1]
    return found
