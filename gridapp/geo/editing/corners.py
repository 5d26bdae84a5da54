"""Move, insert and delete corners; every polygon that shares a corner follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing.coverage import Coverage, Edit, edit_of
from gridapp.geo.editing.frame import Points
from gridapp.geo.editing.noding import ON_EDGE, SAME, with_points
from gridapp.i18n import _

Place: TypeAlias = tuple[float, float]
"""East and north. [m]"""


def move_vertices(coverage: Coverage, moves: Mapping[Place, Place]) -> Edit:
    """Return the edit that moves corners; all polygons that have a corner there move it together.

    A corner dropped on another polygon's border becomes a corner of that
    border too; dropped on another corner it becomes that corner.

    Args:
        coverage: Before.
        moves: From exactly a corner (as ``Coverage.snap`` gives it) to where it goes. [m]

    Raises:
        ValidationError: There is no corner at a place, or a polygon would lose its area.
    """
    targets = {start: _target(coverage, start, end) for start, end in moves.items()}
    touched: set[str] = set()
    for start in targets:
        holders = coverage.with_vertex(*start)
        if not holders:
            raise ValidationError(_("There is no corner here any more. Choose it again."), "geometry")
        touched.update(holders)
    after: dict[str, Any | None] = {}
    for id in sorted(touched):
        after[id] = _rebuilt(coverage.shape(id), targets, id)
    ends = np.array(list(targets.values()))
    for id in coverage.near(shapely.MultiPoint(ends), SAME):
        known = after.get(id, coverage.shapes[id])
        shape = with_points(known, ends)
        if shape is not known:
            after[id] = shape
    return edit_of("move_vertices", coverage, _knowing_each_other(coverage, after))


def insert_vertex(coverage: Coverage, x: float, y: float, reach: float = SAME) -> Edit:
    """Return the edit that puts a corner on the border nearest to a place, in every polygon that has the border.

    Args:
        coverage: Before.
        x: East. [m]
        y: North. [m]
        reach: How far the border may be. [m]

    Raises:
        ValidationError: There is no border within reach, or a corner already.
    """
    snap = coverage.snap(x, y, reach)
    if snap is None:
        raise ValidationError(_("There is no border here."), "geometry")
    if snap.on_vertex:
        raise ValidationError(_("There is a corner here already."), "geometry")
    point = np.array([[snap.x, snap.y]])
    after = {id: with_points(coverage.shape(id), point) for id in snap.ids}
    return edit_of("insert_vertex", coverage, after)


def delete_vertex(coverage: Coverage, x: float, y: float) -> Edit:
    """Return the edit that takes a corner out of every polygon that has it.

    Args:
        coverage: Before.
        x: East, exactly of the corner. [m]
        y: North. [m]

    Raises:
        ValidationError: There is no corner, more than two borders meet in it, or too few corners would be left.
    """
    holders = coverage.with_vertex(x, y)
    if not holders:
        raise ValidationError(_("There is no corner here any more. Choose it again."), "geometry")
    ways = {way for id in holders for way in _ways(coverage.shape(id), (x, y))}
    if len(ways) > 2:
        raise ValidationError(
            _("Several borders meet in this corner, so it must stay. Move it, or merge two of the grids."), "geometry"
        )
    after = {id: _without(coverage.shape(id), (x, y), id) for id in holders}
    return edit_of("delete_vertex", coverage, _knowing_each_other(coverage, after))


def move_whole(coverage: Coverage, id: str, east: float, north: float, unlocked: bool = False) -> Edit:
    """Return the edit that moves a whole polygon; its neighbours stay.

    Args:
        coverage: Before.
        id: What to move.
        east: How far. [m]
        north: How far. [m]
        unlocked: The user has unlocked moving whole polygons; it is locked by default.

    Raises:
        ValidationError: Moving whole polygons is locked.
    """
    if not unlocked:
        raise ValidationError(_("Moving a whole grid is locked, so that it does not happen by mistake."), "geometry")
    frame = coverage.frame
    moved = shapely.transform(coverage.shape(id), lambda points: frame.on_lattice(points + (east, north)))
    return edit_of("move_whole", coverage, _knowing_each_other(coverage, {id: moved}))


def _target(coverage: Coverage, start: Place, end: Place) -> Place:
    if not np.isfinite(end).all():
        raise ValidationError(_("There is no corner here any more. Choose it again."), "geometry")
    snap = coverage.snap(*end, SAME)
    if snap is not None and (snap.on_vertex or not set(snap.ids) & set(coverage.with_vertex(*start))):
        return (snap.x, snap.y)
    x, y = coverage.frame.on_lattice(np.array([end]))[0].tolist()
    return (x, y)


def _rebuilt(shape: Any, targets: Mapping[Place, Place], id: str) -> Any:
    def moved(points: Points) -> Points:
        return np.array([targets.get((x, y), (x, y)) for x, y in points.tolist()])

    return _checked(shapely.transform(shape, moved), id)


def _checked(shape: Any, id: str) -> Any:
    """Return a shape without corners that follow themselves, if every ring still encloses ground.

    Raises:
        ValidationError: One does not.
    """
    parts = []
    for part in shapely.get_parts(shape):
        rings = [_distinct(shapely.get_coordinates(ring)) for ring in shapely.get_rings(part)]
        if len(rings[0]) < 4:
            raise ValidationError(_("Too few corners would be left of the grid {name}.").format(name=id), "geometry")
        parts.append(shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) >= 4]))
    if not sum(part.area for part in parts) > 0:
        raise ValidationError(_("Too few corners would be left of the grid {name}.").format(name=id), "geometry")
    return parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)


def _distinct(ring: Points) -> Points:
    keep = np.ones(len(ring), dtype=bool)
    keep[1:] = (ring[1:] != ring[:-1]).any(axis=1)
    return ring[keep]


def _ways(shape: Any, place: Place) -> set[Place]:
    """Return the corners that a corner has an edge to."""
    found: set[Place] = set()
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        corners = [(x, y) for x, y in shapely.get_coordinates(ring)[:-1].tolist()]
        for at, corner in enumerate(corners):
            if corner == place:
                found |= {corners[at - 1], corners[(at + 1) % len(corners)]}
    return found


def _without(shape: Any, place: Place, id: str) -> Any:
    parts = []
    for part in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(part):
            corners = shapely.get_coordinates(ring)[:-1]
            corners = corners[(corners != place).any(axis=1)]
            rings.append(np.vstack([corners, corners[:1]]) if len(corners) else corners)
        if len(rings[0]) < 4:
            raise ValidationError(_("Too few corners would be left of the grid {name}.").format(name=id), "geometry")
        parts.append(shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) >= 4]))
    return parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)


def _knowing_each_other(coverage: Coverage, after: Mapping[str, Any | None]) -> dict[str, Any | None]:
    """Return the shapes with each other's corners, where a border now runs through a corner of another polygon."""
    whole = dict(after)
    made = [shape for shape in after.values() if shape is not None]
    if not made:
        return whole
    around = coverage.near(shapely.GeometryCollection(made), ON_EDGE)
    others = [coverage.shapes[id] for id in around if id not in after]
    corners = shapely.get_coordinates([*made, *others])
    for id, shape in after.items():
        if shape is not None:
            whole[id] = with_points(shape, corners)
    fresh = shapely.get_coordinates(made)
    for id in around:
        if id not in after:
            known = coverage.shapes[id]
            shape = with_points(known, fresh)
            if shape is not known:
                whole[id] = shape
    return whole
