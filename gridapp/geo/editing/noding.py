"""Give a drawn line and the borders it meets the same corners, exactly.

Everything after this is combinatorial: lines and borders meet in shared
corners only, so cutting and joining invents no coordinate and loses no area.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.editing.frame import EditFrame, Points

SAME = 2e-3
"""Closer than this, a drawn point is the corner or the border itself. [m]"""

ON_EDGE = 1e-5
"""A corner this close to an edge lies on it; far above the rounding of cut points, far below the lattice. [m]"""

ROUNDS = 8


def edges_of(shapes: Iterable[Any]) -> NDArray[np.float64]:
    """Return the edges of polygons, each once; shape (n, 4): from x, y to x, y. [m]"""
    rings = shapely.get_rings(shapely.get_parts(np.array(list(shapes), dtype=object)))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if len(points) < 2:
        return np.empty((0, 4))
    following = ring[:-1] == ring[1:]
    return unique_edges(np.hstack([points[:-1][following], points[1:][following]]))


def unique_edges(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return edges of shape (n, 4) without those that are there twice, in either direction, and those of no length."""
    turned = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    ordered = np.where(turned[:, None], edges[:, [2, 3, 0, 1]], edges)
    longer = (ordered[:, 0] != ordered[:, 2]) | (ordered[:, 1] != ordered[:, 3])
    unique: NDArray[np.float64] = np.unique(ordered[longer], axis=0)
    return unique


def cut_line(line: Points, shapes: Iterable[Any], frame: EditFrame) -> Points:
    """Return a drawn line with a corner wherever it meets a border or itself.

    Its own corners are put on the lattice, on a corner nearby or on the border
    they lie on. The borders must be given the same corners with ``with_points``.

    Args:
        line: Shape (n, 2). [m]
        shapes: Polygons it may meet.
        frame: For rounding.
    """
    edges = edges_of(shapes)
    points = _settled(line, edges, frame)
    for _round in range(ROUNDS):
        more = _with_crossings(points, edges, frame)
        if len(more) == len(points):
            break
        points = more
    return points


def with_points(shape: Any, points: Points) -> Any:
    """Return a polygon with corners inserted where given points lie on its border; the same object when none does."""
    if not len(points):
        return shape
    west, south, east, north = shapely.bounds(shape).tolist()
    near = (points >= (west - ON_EDGE, south - ON_EDGE)) & (points <= (east + ON_EDGE, north + ON_EDGE))
    points = np.unique(points[near.all(axis=1)], axis=0)
    if not len(points):
        return shape
    changed = False
    parts = []
    for part in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(part):
            corners = shapely.get_coordinates(ring)
            more = _ring_with(corners, points)
            changed = changed or len(more) > len(corners)
            rings.append(more)
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    if not changed:
        return shape
    return parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)


def new_corners(before: Iterable[Any], after: Iterable[Any]) -> Points:
    """Return the corners of shapes that earlier shapes had not; shape (n, 2). [m]"""
    old = {tuple(point) for point in shapely.get_coordinates(list(before)).tolist()}
    fresh = {tuple(point) for point in shapely.get_coordinates(list(after)).tolist()} - old
    return np.array(sorted(fresh), dtype=np.float64).reshape(-1, 2)


def _settled(line: Points, edges: NDArray[np.float64], frame: EditFrame) -> Points:
    points = frame.on_lattice(np.asarray(line, dtype=np.float64).reshape(-1, 2))
    given = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    for place in range(len(points)):
        points[place] = _settled_point(given[place], points[place], edges, frame)
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (points[1:] != points[:-1]).any(axis=1)
    return points[keep]


def _settled_point(given: Points, rounded: Points, edges: NDArray[np.float64], frame: EditFrame) -> Points:
    if not len(edges):
        return rounded
    corners = edges.reshape(-1, 2)
    away = np.hypot(*(corners - given).T)
    if away.min() <= SAME:
        corner: Points = corners[int(away.argmin())]
        return corner
    on_it, distance = projected(given[None, :], edges)
    nearest = int(distance[0].argmin())
    if distance[0, nearest] <= SAME:
        found: Points = frame.on_border(on_it[0, nearest][None, :], edges[nearest][None, :])[0]
        return found
    return rounded


def projected(points: Points, edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the place nearest to each point on each edge, shape (p, e, 2), and its distance, shape (p, e). [m]"""
    start, along = edges[:, :2], edges[:, 2:] - edges[:, :2]
    square = np.maximum((along**2).sum(axis=1), 1e-18)
    away = points[:, None, :] - start[None, :, :]
    part = np.clip((away * along[None, :, :]).sum(axis=2) / square, 0.0, 1.0)
    place = start[None, :, :] + part[:, :, None] * along[None, :, :]
    return place, np.hypot(*np.moveaxis(points[:, None, :] - place, 2, 0))


def _with_crossings(points: Points, edges: NDArray[np.float64], frame: EditFrame) -> Points:
    """Return the line with one more round of corners where it meets edges or itself."""
    segments = np.hstack([points[:-1], points[1:]])
    found: list[Points] = []
    for place, segment in enumerate(segments):
        own = np.vstack([segments[: max(place - 1, 0)], segments[place + 2 :]])
        others = np.vstack([edges, own])
        on_it = _meeting(segment, others, frame)
        along = segment[2:] - segment[:2]
        order = ((on_it - segment[:2]) * along).sum(axis=1)
        inner = on_it[np.argsort(order, kind="stable")]
        ends = (inner == segment[:2]).all(axis=1) | (inner == segment[2:]).all(axis=1)
        found += [points[place][None, :], inner[~ends]]
    found.append(points[-1][None, :])
    together = np.vstack(found)
    keep = np.ones(len(together), dtype=bool)
    keep[1:] = (together[1:] != together[:-1]).any(axis=1)
    return together[keep]


def _meeting(segment: NDArray[np.float64], edges: NDArray[np.float64], frame: EditFrame) -> Points:
    """Return where a segment meets edges: their corners within SAME, else the crossing, on the fine lattice."""
    low, high = np.minimum(segment[:2], segment[2:]) - SAME, np.maximum(segment[:2], segment[2:]) + SAME
    first, second = edges[:, :2], edges[:, 2:]
    near = (np.minimum(first, second) <= high).all(axis=1) & (np.maximum(first, second) >= low).all(axis=1)
    edges = edges[near]
    if not len(edges):
        return np.empty((0, 2))
    corners = np.unique(edges.reshape(-1, 2), axis=0)
    _place, distance = projected(corners, segment[None, :])
    touching = corners[distance[:, 0] <= SAME]
    start, along = segment[:2], segment[2:] - segment[:2]
    run = edges[:, 2:] - edges[:, :2]
    cross = along[0] * run[:, 1] - along[1] * run[:, 0]
    crossing = np.abs(cross) > 1e-12
    offset = edges[crossing, :2] - start
    run, cross = run[crossing], cross[crossing]
    on_segment = (offset[:, 0] * run[:, 1] - offset[:, 1] * run[:, 0]) / cross
    on_edge = (offset[:, 0] * along[1] - offset[:, 1] * along[0]) / cross
    inside = (on_segment > 0) & (on_segment < 1) & (on_edge > 0) & (on_edge < 1)
    # Measured along the border, not along the line: the border keeps its course, and with it its area.
    met = edges[crossing][inside]
    cuts = frame.on_border(met[:, :2] + on_edge[inside, None] * run[inside], met)
    ends = np.vstack([touching, segment.reshape(2, 2)])
    apart = np.hypot(*np.moveaxis(cuts[:, None, :] - ends[None, :, :], 2, 0)).min(axis=1)
    return np.unique(np.vstack([touching, cuts[apart > SAME]]), axis=0)


def _ring_with(corners: Points, points: Points) -> Points:
    edges = np.hstack([corners[:-1], corners[1:]])
    low, high = points.min(axis=0) - ON_EDGE, points.max(axis=0) + ON_EDGE
    first, second = edges[:, :2], edges[:, 2:]
    near = (np.minimum(first, second) <= high).all(axis=1) & (np.maximum(first, second) >= low).all(axis=1)
    places = np.flatnonzero(near)
    if not len(places):
        return corners
    own = {tuple(corner) for corner in corners.tolist()}
    points = np.array([point for point in points.tolist() if tuple(point) not in own]).reshape(-1, 2)
    if not len(points):
        return corners
    _on_it, distance = projected(points, edges[places])
    which, edge = np.nonzero(distance <= ON_EDGE)
    if not len(which):
        return corners
    edge = places[edge]
    along = np.hypot(*(points[which] - corners[edge]).T)
    order = np.lexsort((along, edge))
    more: Points = np.insert(corners, edge[order] + 1, points[which[order]], axis=0)
    return more
