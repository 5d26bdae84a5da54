"""Give neighbours in other communities the corners that were put into a shared border.

Only corners are added, everything else of the neighbour stays byte for byte:
without them both borders look alike, yet a later move of one corner would open
a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

REACH = 2e-8
"""A corner this near to a border lies on it; about 2 mm. [°]"""


def new_corners(before: Iterable[Any], after: Iterable[Any]) -> NDArray[np.float64]:
    """Return the corners that outlines have now and none had before, shape (n, 2)."""
    old = {tuple(place) for shape in before for place in shapely.get_coordinates(shape).tolist()}
    now = {tuple(place) for shape in after for place in shapely.get_coordinates(shape).tolist()}
    return np.array(sorted(now - old), dtype=np.float64).reshape(-1, 2)


def with_corners(shape: Any, corners: NDArray[np.float64], reach: float = REACH) -> Any | None:
    """Return a polygon with the corners that lie on its border put in, None when none does.

    Args:
        shape: Polygon or MultiPolygon. [°]
        corners: Shape (n, 2). [°]
        reach: How near to the border counts as on it. [°]
    """
    near = corners[shapely.dwithin(shapely.points(corners), shapely.boundary(shape), reach)]
    if not len(near):
        return None
    found = False
    parts = []
    for part in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(part):
            places = _inserted(shapely.get_coordinates(ring), near, reach)
            found = found or places is not None
            rings.append(ring if places is None else shapely.linearrings(places))
        parts.append(shapely.polygons(rings[0], rings[1:] or None))
    if not found:
        return None
    return parts[0] if len(parts) == 1 and shape.geom_type == "Polygon" else shapely.multipolygons(parts)


def _inserted(ring: NDArray[np.float64], corners: NDArray[np.float64], reach: float) -> NDArray[np.float64] | None:
    """Return a ring with the corners on it that it does not have, None when there is none."""
    starts, steps = ring[:-1], np.diff(ring, axis=0)
    lengths = np.maximum((steps**2).sum(axis=1), 1e-300)
    wanted: list[tuple[int, float, float, float]] = []
    for x, y in corners.tolist():
        away = np.array([x, y]) - starts
        if ((away**2).sum(axis=1) <= reach**2).any():
            continue  # it has this corner
        share = np.clip((away * steps).sum(axis=1) / lengths, 0.0, 1.0)
        distance = ((away - share[:, None] * steps) ** 2).sum(axis=1)
        nearest = int(distance.argmin())
        if distance[nearest] <= reach**2:
            wanted.append((nearest, float(share[nearest]), x, y))
    if not wanted:
        return None
    wanted.sort()
    at = [place + 1 for place, _share, _x, _y in wanted]
    made: NDArray[np.float64] = np.insert(ring, at, [(x, y) for _place, _share, x, y in wanted], axis=0)
    return made
