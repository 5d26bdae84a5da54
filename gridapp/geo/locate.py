"""Find in which grid each of many places lies; places that many people share are looked up once.

The tree is made of the points, not of the grids, and kept: after an edit only
the changed grids are asked for what lies in them.

Source: half the time of a tree of polygons, a thousandth after an edit (reference: map.md section 3).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.boundary import DEGREE_DECIMALS
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

CHUNK = 500
"""Polygons asked at a time, so that a cancelled search stops at once."""

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
        _kept, first, inverse = np.unique(joined, return_index=True, return_inverse=True)
        self._rows[placed] = inverse
        self._unique = rounded[placed][first]
        self.places = len(self._unique)
        self._tree = shapely.STRtree(shapely.points(self._unique))

    def locate(self, shapes: NDArray[Any], progress: Progress | None = None) -> NDArray[np.int64]:
        """Return for each point the place of the polygon it lies in; on a border the first, -1 for none.

        Args:
            shapes: Polygons and MultiPolygons in degrees.
            progress: Told about the polygons.

        Raises:
            OperationCancelled: The user asked to stop.
        """
        progress = progress or NullProgress()
        found = np.full(len(self._unique) + 1, NOWHERE, dtype=np.int64)
        for start in reversed(range(0, len(shapes), CHUNK)):
            progress.advance(len(shapes) - start, len(shapes), _("Finding the grid of each place…"))
            polygons, points = self._tree.query(shapes[start : start + CHUNK], predicate="intersects")
            order = np.lexsort((-polygons, points))
            found[points[order]] = polygons[order] + start  # of several, the last written is the first polygon
        found[NOWHERE] = NOWHERE
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
        shapes = np.array([changed[int(place)] for place in places], dtype=object)
        polygons, points = self._tree.query(shapes, predicate="intersects")
        lowest = np.lexsort((polygons, points))
        points, first = np.unique(points[lowest], return_index=True)
        owners = places[polygons[lowest][first]]
        order, sorted_rows = self._by_place
        starts = np.searchsorted(sorted_rows, points, "left")
        ends = np.searchsorted(sorted_rows, points, "right")
        counts = ends - starts
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return order[np.repeat(starts, counts) + offsets], np.repeat(owners, counts)

    @functools.cached_property
    def _by_place(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows ordered by place, and their places, so that a few places give their rows at once."""
        order = np.argsort(self._rows, kind="stable")
        return order, self._rows[order]

    def relocate(self, known: NDArray[np.int64], changed: Mapping[int, Any]) -> NDArray[np.int64]:
        """Return where points lie after a few polygons changed; only those polygons are asked.

        Args:
            known: What ``locate`` returned before.
            changed: New shapes by place in the list of polygons, None for one that is gone: every polygon the edit
                touched.

        Returns:
            As ``locate``, where a point on a border of changed and unchanged polygons may keep either.
        """
        result = np.where(np.isin(known, np.array(list(changed), dtype=np.int64)), NOWHERE, known)
        rows, owners = self.ask(changed)
        kept = result[rows]
        result[rows] = np.where((kept == NOWHERE) | (owners < kept), owners, kept)
        return result
