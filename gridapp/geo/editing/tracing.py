"""Follow borders that are there from one place on them to another: the shortest way along any of them."""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
import shapely

from gridapp.geo.editing.coverage import Coverage

Place = tuple[float, float]
Ways = dict[Place, dict[Place, float]]

REACH = 0.002
"""A place this near to a border lies on it. [m]"""

DETOUR = 3.0
"""Borders are looked at in a box so many times as large as the way is long."""


def along_borders(coverage: Coverage, start: Place, end: Place) -> list[Place] | None:
    """Return the corners to pass from one place on a border to another along borders, both places left out.

    Source: Dijkstra 1959, on the corners of the polygons around.

    Args:
        coverage: Whose borders. [m]
        start: A place on a border, as ``snap`` gives it.
        end: Another one.

    Returns:
        Empty when nothing lies between; None when one is on no border or no border leads there.
    """
    reach = max(math.dist(start, end), 1.0) * DETOUR
    box = shapely.box(
        min(start[0], end[0]) - reach, min(start[1], end[1]) - reach,
        max(start[0], end[0]) + reach, max(start[1], end[1]) + reach,
    )  # fmt: skip
    ways = _ways([coverage.shapes[id] for id in coverage.near(box)])
    if not (_joined(ways, start) and _joined(ways, end)):
        return None
    found = _shortest(ways, start, end)
    return None if found is None else found[1:-1]


def _ways(shapes: list[Any]) -> Ways:
    ways: Ways = {}
    for ring in shapely.get_rings(shapes):
        places = [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]
        for one, other in zip(places, places[1:], strict=False):
            length = math.dist(one, other)
            ways.setdefault(one, {})[other] = length
            ways.setdefault(other, {})[one] = length
    return ways


def _joined(ways: Ways, place: Place) -> bool:
    """Make a place a corner of the borders it lies on; tell whether there is one."""
    if place in ways:
        return True
    pairs = [(one, other) for one, others in ways.items() for other in others if one < other]
    if not pairs:
        return False
    ends = np.array(pairs)
    steps = ends[:, 1] - ends[:, 0]
    away = np.array(place) - ends[:, 0]
    share = np.clip((away * steps).sum(axis=1) / np.maximum((steps**2).sum(axis=1), 1e-12), 0.0, 1.0)
    distances = np.hypot(*(away - share[:, None] * steps).T)
    for number in np.flatnonzero(distances <= REACH).tolist():
        for corner in pairs[number]:
            length = math.dist(corner, place)
            ways.setdefault(place, {})[corner] = length
            ways[corner][place] = length
    return place in ways


def _shortest(ways: Ways, start: Place, end: Place) -> list[Place] | None:
    best: dict[Place, float] = {start: 0.0}
    came: dict[Place, Place] = {}
    waiting = [(0.0, start)]
    while waiting:
        length, place = heapq.heappop(waiting)
        if place == end:
            path = [end]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path[::-1]
        if length > best[place]:
            continue
        for other, step in ways[place].items():
            if length + step < best.get(other, math.inf):
                best[other], came[other] = length + step, place
                heapq.heappush(waiting, (length + step, other))
    return None
