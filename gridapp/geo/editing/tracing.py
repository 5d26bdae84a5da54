"""Follow an existing border between two places on it, so that nobody has to click every corner of it.

Source: reshape and trace instead of dragging corners (reference: map.md section 4).
"""

from __future__ import annotations

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.frame import Points
from gridapp.geo.editing.noding import SAME
from gridapp.i18n import _


def trace(
    coverage: Coverage, first: tuple[float, float], last: tuple[float, float], other_way: bool = False,
    along: str | None = None,
) -> Points:  # fmt: skip
    """Return the corners of a border from one place on it to another; shape (n, 2), both places included. [m]

    The shorter way around, or the longer one. Feed the result to
    ``borders.reshape`` or ``borders.split`` as part of a line.

    Args:
        coverage: Where the borders are.
        first: East and north, as ``Coverage.snap`` gives them. [m]
        last: The same; on the same ring of a polygon.
        other_way: Take the longer way.
        along: Only the border of this polygon; otherwise the shortest way along any that has both places.

    Raises:
        ValidationError: No border has both places, or they are the same.
    """
    if first == last:
        raise ValidationError(_("Choose two different places on the border."), "geometry")
    ends = shapely.points(np.array([first, last]))
    ways = []
    for id in [along] if along is not None else coverage.near(ends[0], SAME):
        for ring in shapely.get_rings(shapely.get_parts(coverage.shape(id))):
            if (shapely.distance(ring, ends) <= SAME).all():
                ways.append(_both_ways(ring, ends)[int(other_way)])
    if not ways:
        raise ValidationError(
            _("No border runs through both places. Choose two on the border of one grid."), "geometry"
        )
    return min(ways, key=_length)


def _both_ways(ring: shapely.LinearRing, ends: Points) -> tuple[Points, Points]:
    """Return the shorter and the longer way from one point of a ring to another."""
    corners = shapely.get_coordinates(ring)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    start, end = shapely.line_locate_point(ring, ends).tolist()
    first, last = shapely.get_coordinates(ends)
    low, high = min(start, end), max(start, end)
    inner = corners[:-1][(at[:-1] > low + SAME) & (at[:-1] < high - SAME)]
    after, before = corners[:-1][at[:-1] > high + SAME], corners[:-1][at[:-1] < low - SAME]
    outer = np.vstack([after, before])  # onwards from the higher place, over the beginning of the ring, to the lower
    if start > end:
        inner = inner[::-1]
    else:
        outer = outer[::-1]
    ways = [_distinct(np.vstack([first, way, last])) for way in (inner, outer)]
    ways.sort(key=_length)
    return ways[0], ways[1]


def _distinct(way: Points) -> Points:
    keep = np.ones(len(way), dtype=bool)
    keep[1:] = (way[1:] != way[:-1]).any(axis=1)
    return way[keep]


def _length(way: Points) -> float:
    return float(np.hypot(*np.diff(way, axis=0).T).sum())
