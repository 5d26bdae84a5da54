"""Find ground that several outlines claim, and ground among them that none does.

Where every border is common to both sides, corner for corner, nothing can be
wrong; so one pass of GEOS over all outlines tells which of them are looked at
more closely. A city of 15,000 takes two seconds, one with a thousand faults a
little more, and it can be stopped at each of them.

Source: checks and their times measured on real sets (reference: map.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.editing.check import LEAST_GROUND
from gridapp.geo.measure import EqualArea
from gridapp.geo.pieces import PIECE, in_pieces, transformed
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

LEAST_SLIT = 1.0
"""Smaller slits open at an end are what rounding a corner off leaves. [m²]"""

GAP_WIDTH = 2.0
"""Slits between neighbours up to this wide count as gaps. [m]"""

TOUCH = 0.01
"""Outlines this near to a slit are beside it. [m]"""

LEAST_ROUNDED = 1.0
"""Smaller ground is measured between outlines as given: rounded to millimetres they may make or lose as much. [m²]"""

MILLIMETRES = 1000
MOST_CORNERS = np.int64(1) << 31


@dataclass(frozen=True)
class Overlap:
    """Two outlines claim the same ground.

    Attributes:
        first: Place of one in the list that was checked.
        second: Place of the other.
        area: Ground claimed twice. [m²]
        lon: Longitude of a point in it. [°]
        lat: Latitude of it. [°]
        shape: The ground, CGCS2000 degrees.
    """

    first: int
    second: int
    area: float
    lon: float
    lat: float
    shape: Any


@dataclass(frozen=True)
class Gap:
    """Ground among outlines that none of them claims.

    Attributes:
        area: Its size. [m²]
        lon: Longitude of a point in it. [°]
        lat: Latitude of it. [°]
        shape: The ground, CGCS2000 degrees.
        beside: Places in the list of the outlines beside it.
    """

    area: float
    lon: float
    lat: float
    shape: Any
    beside: tuple[int, ...]


class Laid:
    """Outlines laid out in metres, and which of their edges no neighbour shares."""

    def __init__(self, shapes: Sequence[Any], progress: Progress | None = None) -> None:
        """Lay them out.

        Args:
            shapes: Valid outlines in CGCS2000 degrees.
            progress: Told about the search; it may stop it.
        """
        self._progress = progress or NullProgress()
        self._given = np.array(shapes, dtype=object)
        self._flat: NDArray[Any] = np.empty(0, dtype=object)
        if len(shapes):
            self._plane, self._exact, self._flat = _in_metres(self._given)
            self._progress.advance(0, 0, _("Looking for overlaps and gaps…"))
            self._tree = shapely.STRtree(self._flat)
            # Edges that cross or lie in another outline, or run along one less than a slit's width away.
            self._odd = shapely.coverage_invalid_edges(self._flat, gap_width=GAP_WIDTH)
            self._suspects = np.flatnonzero(~shapely.is_empty(self._odd))

    def overlaps(self, least: float = LEAST_GROUND) -> list[Overlap]:
        """Return the pairs of outlines that claim the same ground, largest first.

        Args:
            least: Smaller overlaps are left out. [m²]

        Raises:
            OperationCancelled: The user asked to stop.
        """
        if len(self._flat) < 2 or not len(self._suspects):
            return []
        flat = self._flat
        first, second = self._tree.query(flat[self._suspects], predicate="intersects")
        pairs = np.sort(np.column_stack([self._suspects[first], second]), axis=1)
        pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
        inside = shapely.relate_pattern(flat[pairs[:, 0]], flat[pairs[:, 1]], "2********")
        found, pairs = [], pairs[inside]
        for place, (one, other) in enumerate(pairs.tolist()):
            self._progress.advance(place, len(pairs), _("Looking for overlaps and gaps…"))
            shared = shapely.intersection(flat[one], flat[other])
            size = float(shared.area)
            if least <= size < LEAST_ROUNDED:
                size = float(shapely.area(shapely.intersection(*shapely.make_valid(self._exact[[one, other]]))))
            if size >= least:
                where = _point_in(self._plane, shared)
                found.append(Overlap(one, other, size, *where, self._plane.shape_to_degrees(shared)))
        return sorted(found, key=lambda overlap: -overlap.area)

    def gaps(self, least: float = LEAST_GROUND) -> list[Gap]:
        """Return ground enclosed by outlines that none claims, and slits between them, largest first.

        Args:
            least: Smaller gaps are left out. [m²]

        Raises:
            OperationCancelled: The user asked to stop.
        """
        if not len(self._flat):
            return []
        enclosed = self._enclosed()
        faces = shapely.STRtree(enclosed)
        pieces = [*enclosed, *self._slits()]
        found = []
        # On the lattice outlines are rounded to, so that what is told stays a sound shape in degrees.
        for hole in shapely.get_parts(shapely.union_all(pieces, grid_size=1 / MILLIMETRES)):
            if hole.geom_type == "Polygon" and hole.area >= least:
                beside = tuple(sorted(self._beside(hole).tolist()))
                if hole.area < LEAST_SLIT and not len(faces.query(hole, predicate="intersects")):
                    continue
                if hole.area < LEAST_ROUNDED and self._left(hole, beside) < least:
                    continue
                where = _point_in(self._plane, hole)
                found.append(Gap(float(hole.area), *where, self._plane.shape_to_degrees(hole), beside))
        return sorted(found, key=lambda gap: -gap.area)

    def misfits(self) -> list[int]:
        """Return the places of outlines whose border does not have the corners of their neighbours'.

        Told in degrees, where a corner two outlines have is one to the last bit, as it is for who edits them.
        """
        if not len(self._given):
            return []
        self._progress.advance(0, 0, _("Comparing borders…"))
        return [int(place) for place in np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(self._given)))]

    def _left(self, hole: Any, beside: Sequence[int]) -> float:
        """Return how much of a hole is left between outlines that are not rounded to millimetres. [m²]"""
        there = shapely.union_all(shapely.make_valid(self._exact[list(beside)]))
        return float(shapely.area(shapely.difference(hole, there)))

    def _enclosed(self) -> list[Any]:
        """Return the faces among the edges without a partner that no outline claims."""
        edges = _single_edges(self._flat)
        if not len(edges):
            return []
        # Merged first: of long lines faces are made in a moment, and that moment no other thread has its turn.
        faces = shapely.get_parts(shapely.polygonize([shapely.line_merge(shapely.union_all(edges))]))
        points = shapely.point_on_surface(faces)
        claimed = np.unique(self._tree.query(points, predicate="intersects")[0])
        free = np.ones(len(faces), dtype=bool)
        free[claimed] = False
        return list(faces[free])

    def _slits(self) -> list[Any]:
        """Return the ground between outlines less than a slit's width apart, open at an end or not."""
        found = []
        for place, suspect in enumerate(self._suspects.tolist()):
            self._progress.advance(place, len(self._suspects), _("Looking for overlaps and gaps…"))
            # GEOS may name only one side of a slit: it reaches a width from there, and what closes it twice as far.
            strip = shapely.buffer(self._odd[suspect], GAP_WIDTH * 3, quad_segs=2)
            near = self._flat[self._tree.query(strip, predicate="intersects")]
            there = shapely.union_all(shapely.intersection(near, strip))
            closed = shapely.buffer(shapely.buffer(there, GAP_WIDTH / 2, quad_segs=2), -GAP_WIDTH / 2, quad_segs=2)
            inner = shapely.buffer(self._odd[suspect], GAP_WIDTH + TOUCH, quad_segs=2)
            slits = shapely.intersection(shapely.difference(closed, there), inner)
            # A notch that closing fills in one outline alone has no second one beside it.
            found += [part for part in shapely.get_parts(slits)
                      if part.geom_type == "Polygon" and len(self._beside(part)) > 1]  # fmt: skip
        return found

    def _beside(self, ground: Any) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._tree.query(ground, predicate="dwithin", distance=TOUCH)
        return found


def _single_edges(flat: NDArray[Any]) -> NDArray[Any]:
    """Return the edges on whose two sides not equally many outlines lie: at borders without a partner."""
    starts, ends = zip(*(_edge_ends(flat[at : at + PIECE]) for at in range(0, len(flat), PIECE)), strict=True)
    start, end = np.concatenate(starts), np.concatenate(ends)
    west, south = start.min(axis=0)
    tall = int(start[:, 1].max() - south) + 1
    places, corner = np.unique((start[:, 0] - west) * tall + (start[:, 1] - south), return_inverse=True)
    # Rings are closed: whatever an edge ends in, another begins with.
    other = np.searchsorted(places, (end[:, 0] - west) * tall + (end[:, 1] - south))
    low, high = np.minimum(corner, other), np.maximum(corner, other)
    _edges, at, edge = np.unique(low * MOST_CORNERS + high, return_index=True, return_inverse=True)
    sides = np.bincount(edge, np.sign(other - corner).astype(np.float64))
    single = at[sides != 0]
    pairs = np.stack([start[single], end[single]], axis=1) / MILLIMETRES
    lines = [shapely.linestrings(pairs[at : at + PIECE]) for at in range(0, len(pairs), PIECE)]
    return np.concatenate(lines) if lines else np.empty(0, dtype=object)


def _edge_ends(flat: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the edges of outlines begin and end, the ground on their left; each of shape (n, 2). [mm]"""
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(flat)))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    grain = np.rint(points * MILLIMETRES).astype(np.int64)
    inner = ring[1:] == ring[:-1]
    return grain[:-1][inner], grain[1:][inner]


def _in_metres(given: NDArray[Any]) -> tuple[EqualArea, NDArray[Any], NDArray[Any]]:
    """Return outlines in metres of a plane, and rounded to millimetres."""
    plane = EqualArea.around(given)
    exact = plane.to_metres(given)
    flat = transformed(exact, lambda points: np.round(points, 3))
    broken = ~in_pieces(shapely.is_valid, flat).astype(bool)
    flat[broken] = shapely.make_valid(flat[broken], method="structure", keep_collapsed=False)
    return plane, exact, flat


def _point_in(plane: EqualArea, shape: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(shape)
    return plane.to_degrees(point.x, point.y)
