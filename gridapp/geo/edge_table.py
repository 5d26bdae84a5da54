"""The corners of many polygons in one table, read from shapes or straight from WKB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.pieces import PIECE, read_wkb

Points = NDArray[np.float64]

ONE_RING = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00"
"""How the WKB of a polygon of one ring begins; the number of its corners and the corners follow."""

HEAD = len(ONE_RING) + 4
CORNER = 16
"""Length of a corner in WKB. [bytes]"""

SEVERAL = 100_000
"""Corners worked on at a time."""


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """The corners of many polygons, grouped by polygon; outer rings run clockwise, holes the other way round.

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

    @classmethod
    def of_wkb(cls, outlines: Sequence[bytes]) -> EdgeTable:
        """Return the same table of WKB of Polygons and MultiPolygons, in a sixth of the time of shapes made of it."""
        lengths = np.fromiter(map(len, outlines), np.int64, len(outlines))
        said = np.frombuffer(b"".join([outline[:HEAD].ljust(HEAD) for outline in outlines]), np.uint8).reshape(-1, HEAD)
        is_one_ring = (said[:, :9] == np.frombuffer(ONE_RING, np.uint8)).all(axis=1)
        is_one_ring &= np.ascontiguousarray(said[:, 9:]).view("<u4")[:, 0] * CORNER == lengths - HEAD
        others = np.flatnonzero(~is_one_ring).tolist()
        table = cls.of(read_wkb([outlines[number] for number in others]))
        amounts = (lengths - HEAD) // CORNER
        amounts[others] = np.diff(table.first)
        first = np.concatenate([[0], np.cumsum(amounts)]).astype(np.int64)
        ends = np.zeros(int(first[-1]), bool)
        ends[first[1:][amounts > 0] - 1] = True
        bodies: list[Any] = [memoryview(outline)[HEAD:] for outline in outlines]
        for number, start, stop in zip(others, table.first[:-1].tolist(), table.first[1:].tolist(), strict=True):
            bodies[number] = np.ascontiguousarray(table.points[start:stop]).data
            ends[first[number] : first[number + 1]] = table.ends[start:stop]
        read = np.frombuffer(b"".join(bodies)).reshape(-1, 2)
        made = cls(len(outlines), np.array(read, order="F"), ends, first)
        made._turn_clockwise(np.flatnonzero(is_one_ring & (amounts > 0)))
        return made

    def changed(self, change: Callable[[Points], Points]) -> EdgeTable:
        """Return the table in other coordinates.

        Args:
            change: Takes and gives points of shape (n, 2), e.g. from degrees to metres; must not mirror them.
        """
        points = np.empty_like(self.points)
        for start in range(0, len(points), SEVERAL):
            points[start : start + SEVERAL] = change(self.points[start : start + SEVERAL])
        return EdgeTable(self.count, points, self.ends, self.first)

    def _turn_clockwise(self, numbers: NDArray[np.int64]) -> None:
        """Turn polygons of one ring round where they run the other way."""
        x, y = self.points[:, 0], self.points[:, 1]
        if not len(numbers):
            return
        # Twice the area below each edge, without the edges between rings; in pieces, as sums over all of it are slow.
        below = np.empty(len(x))
        below[-1:] = 0.0
        for start in range(0, len(x) - 1, SEVERAL):
            some = slice(start, min(start + SEVERAL, len(x) - 1))
            after = slice(some.start + 1, some.stop + 1)
            np.multiply(x[after] - x[some], y[after] + y[some], out=below[some])
        below[self.ends] = 0.0
        has_some = np.flatnonzero(np.diff(self.first))
        areas = np.add.reduceat(below, self.first[has_some])[np.searchsorted(has_some, numbers)]
        wrong = numbers[areas < 0]
        if len(wrong):
            points, corners = self.corners_of(wrong)
            mirrored = np.repeat(self.first[wrong] + self.first[wrong + 1] - 1, np.diff(self.first)[wrong]) - corners
            self.points[mirrored] = points

    @property
    def boxes(self) -> Points:
        """West, south, east, north of each polygon, shape (count, 4), column by column; NaN without corners. [m]"""
        boxes = np.full((self.count, 4), np.nan, order="F")
        has_some = np.flatnonzero(np.diff(self.first))
        if len(has_some):
            for column in (0, 1):
                values = self.points[:, column]
                boxes[has_some, column] = np.minimum.reduceat(values, self.first[has_some])
                boxes[has_some, column + 2] = np.maximum.reduceat(values, self.first[has_some])
        return boxes

    def corners_of(self, numbers: NDArray[np.integer]) -> tuple[Points, NDArray[np.int64]]:
        """Return points and their places in the table, for some polygons in rising order."""
        numbers = np.sort(numbers)
        amounts = self.first[numbers + 1] - self.first[numbers]
        starts = np.repeat(self.first[numbers] - (np.cumsum(amounts) - amounts), amounts)
        places = starts + np.arange(len(starts))
        points = np.empty((len(places), 2), order="F")
        for column in (0, 1):
            np.take(self.points[:, column], places, out=points[:, column], mode="clip")
        return points, places


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
