"""Find in which grid each of many places lies; places that many people share are looked up once.

The places, not the grids, are sorted into squares and kept: after an edit only
the changed grids are asked for what lies in them. Nothing here holds the
interpreter for longer than a moment, so that a window stays awake meanwhile.

Source: places before polygons, unique places first (reference: map.md section 3).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.boundary import DEGREE_DECIMALS
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

CHUNK = 500
"""Polygons asked at a time, so that a cancelled search stops at once."""

MOST_TRIED = 200_000
"""Pairs of a polygon and a place tried at a time, unless one polygon alone has more."""

MOST_SQUARES = 1024
"""Squares along each side; there are about two places in a square."""

NOWHERE = -1


class PointIndex:
    """Places of buildings or people, kept to be asked again.

    Attributes:
        count: How many were given.
        places: How many different places they are.
    """

    def __init__(self, points: NDArray[np.float64]) -> None:
        """Keep points of shape (n, 2): longitude, latitude. [°] Rows with NaN lie nowhere."""
        rounded = np.round(np.asarray(points, dtype=np.float64).reshape(-1, 2), DEGREE_DECIMALS)
        self.count = len(rounded)
        placed = np.isfinite(rounded).all(axis=1)
        self._rows = np.full(self.count, NOWHERE, dtype=np.int64)
        # Both coordinates as whole numbers of the lattice in one: sorting one column is faster than two.
        lattice = np.rint(rounded[placed] * 10**DEGREE_DECIMALS).astype(np.int64)
        joined = lattice[:, 0] * (2 * 90 * 10**DEGREE_DECIMALS + 1) + lattice[:, 1]
        order = np.argsort(joined)
        other = np.ones(len(order), dtype=bool)
        other[1:] = np.diff(joined[order]) != 0
        unique = rounded[placed][order[other]]
        self.places = len(unique)
        self._set_squares(unique)
        squares = self._square_of(unique)
        by_square = np.argsort(squares)
        self._unique = unique[by_square]
        rank = np.empty(self.places, dtype=np.int64)
        rank[by_square] = np.arange(self.places)
        inverse = np.empty(len(order), dtype=np.int64)
        inverse[order] = rank[np.cumsum(other) - 1]
        self._rows[placed] = inverse
        amounts = np.bincount(squares, minlength=self._side * self._side)
        self._starts = np.concatenate([[0], np.cumsum(amounts)])

    def _set_squares(self, unique: NDArray[np.float64]) -> None:
        self._side = min(max(int(math.sqrt(self.places / 2)), 1), MOST_SQUARES)
        low = unique.min(axis=0) if self.places else np.zeros(2)
        high = unique.max(axis=0) if self.places else np.ones(2)
        self._low, self._step = low, np.maximum(high - low, 1e-9) / self._side

    def _cells(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return column and row of each point; points beyond all places count to the squares at the rim."""
        cells: NDArray[np.int64] = np.clip((points - self._low) / self._step, 0, self._side - 1).astype(np.int64)
        return cells

    def _square_of(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        cells = self._cells(points)
        return (cells[:, 1] * self._side + cells[:, 0]).astype(np.int32)

    def locate(self, shapes: NDArray[Any], progress: Progress | None = None) -> NDArray[np.int64]:
        """Return for each point the place of the polygon it lies in; on a border the first, -1 for none.

        Args:
            shapes: Polygons and MultiPolygons in degrees.
            progress: Told about the polygons.

        Raises:
            OperationCancelled: The user asked to stop.
        """
        progress = progress or NullProgress()
        found = np.full(self.places + 1, NOWHERE, dtype=np.int64)
        for start in reversed(range(0, len(shapes), CHUNK)):
            progress.advance(len(shapes) - start, len(shapes), _("Finding the grid of each place…"))
            # Of several, the one written last stays, so the first polygon comes last.
            for polygons, points in reversed(list(self._inside(shapes[start : start + CHUNK]))):
                found[points[::-1]] = polygons[::-1] + start
        result: NDArray[np.int64] = found[self._rows]
        return result

    def ask(self, changed: Mapping[int, Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what lies in a few polygons; nothing else is asked, so it takes a moment for any number of points.

        Args:
            changed: Shapes by place in the list of polygons; None for one that is gone.

        Returns:
            Rows of the points as given that lie in one of them, and the place of the polygon; on a border the first.
        """
        places = np.array(sorted(place for place, shape in changed.items() if shape is not None), dtype=np.int64)
        if not len(places):
            return np.empty(0, dtype=np.int64), places
        pairs = list(self._inside(np.array([changed[int(place)] for place in places], dtype=object)))
        polygons = np.concatenate([found for found, _points in pairs])
        points = np.concatenate([found for _polygons, found in pairs])
        points, first = np.unique(points, return_index=True)  # polygons rise, so the first found is the lowest
        owners = places[polygons[first]]
        order, sorted_rows = self._by_place
        starts = np.searchsorted(sorted_rows, points, "left")
        ends = np.searchsorted(sorted_rows, points, "right")
        return order[_counted(starts, ends)], np.repeat(owners, ends - starts)

    def _inside(self, shapes: NDArray[Any]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield pairs of a polygon and a place in it, polygons rising; at least one portion, maybe empty."""
        # Copies of our own: a shape that another thread looks at must not be prepared under its hands.
        own = shapely.force_2d(np.asarray(shapes, dtype=object))
        shapely.prepare(own)
        boxes = shapely.bounds(own)
        polygons = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        low, high = self._cells(boxes[polygons, :2]), self._cells(boxes[polygons, 2:])
        tall = high[:, 1] - low[:, 1] + 1
        run = np.repeat(np.arange(len(polygons)), tall)
        row = _counted(low[:, 1], high[:, 1] + 1)
        starts = self._starts[row * self._side + low[run, 0]]
        ends = self._starts[row * self._side + high[run, 0] + 1]
        portion = (np.cumsum(ends - starts) - 1) // MOST_TRIED
        for some in np.split(np.arange(len(run)), np.flatnonzero(np.diff(portion)) + 1):
            points = _counted(starts[some], ends[some])
            tried = np.repeat(polygons[run[some]], ends[some] - starts[some])
            x, y = self._unique[points, 0], self._unique[points, 1]
            box = boxes[tried]
            near = (x >= box[:, 0]) & (x <= box[:, 2]) & (y >= box[:, 1]) & (y <= box[:, 3])
            points, tried = points[near], tried[near]
            inside = shapely.intersects_xy(own[tried], x[near], y[near])
            yield tried[inside], points[inside]

    @functools.cached_property
    def _by_place(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows ordered by place, and their places, so that a few places give their rows at once."""
        order = np.argsort(self._rows, kind="stable")
        return order, self._rows[order]


def _counted(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each start up to its end, one after the other."""
    counts = ends - starts
    numbers: NDArray[np.int64] = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - starts, counts)
    return numbers
