"""Cut a community's ground into the units a division is made of: the ground around each building, parted by roads.

A road lies between units, never inside one, so that a border may run along it
for any part of its way. How much of the border of two units runs along a main
road is kept, for a division prefers to have its borders there; across a
railway, a river or a motorway units are neighbours only where a road crosses it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.errors import ValidationError
from gridapp.geo.editing.coverage import Coverage, Edit, edit_of
from gridapp.geo.editing.faces import joined, settle_neighbours
from gridapp.geo.editing.frame import Points
from gridapp.i18n import _

LEAST_BORDER = 0.5
"""Units that share less border than this are no neighbours. [m]"""

NARROW = 10.0
"""A piece of ground without buildings narrower than this, such as between a road and the outline, is no block. [m]"""

BESIDE = 0.05
"""A border this near to a road runs along it; both have the same corners but for rounding. [m]"""

BRIDGE = 1.0
"""A road crosses a barrier at a border when it does so this near to it. [m]"""


@dataclass(frozen=True)
class Roads:
    """Lines in metres of a coverage's frame.

    Attributes:
        main: Worth being a border, railways and rivers among them.
        minor: Other roads.
        barriers: Those of ``main`` nobody crosses but by a road.
    """

    main: NDArray[Any]
    minor: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))
    barriers: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))

    @property
    def lines(self) -> list[Any]:
        """All of them."""
        return [*self.main, *self.minor]


@dataclass(frozen=True)
class Blocks:
    """Units of ground without overlap that together are the community.

    Attributes:
        shapes: In metres of the coverage's frame.
        unit_of_place: For each building the number of its unit, -1 outside of the community.
        links: Neighbouring units, shape (m, 2).
        borders: Length of each common border. [m]
        along: How much of it runs along main roads. [m]
    """

    shapes: NDArray[Any]
    unit_of_place: NDArray[np.int64]
    links: NDArray[np.int64]
    borders: NDArray[np.float64]
    along: NDArray[np.float64]


def cut_blocks(coverage: Coverage, places: Points, roads: Roads | None = None) -> Blocks:
    """Return the units of a community's ground.

    Args:
        coverage: Its grids; their outer outline is kept to the corner.
        places: Buildings, shape (n, 2). [m]
        roads: Lines between units; None leaves only the buildings.

    Raises:
        ValidationError: No grid is drawn, there are no buildings, or none of the roads runs there.
    """
    parts = [part for shape in coverage.shapes.values() for part in shapely.get_parts(shape)]
    whole = joined(parts) if parts else None
    inside = np.zeros(0, dtype=bool)
    if whole is not None and len(places):
        shapely.prepare(whole)
        inside = shapely.contains_xy(whole, places[:, 0], places[:, 1])
    if whole is None or not inside.any():
        raise ValidationError(_("A division needs the outline of the community and buildings with their place."), "map")
    homes = np.unique(places[inside], axis=0)
    streets = [] if roads is None else [line for line in roads.lines if shapely.intersects(line, whole)]
    if roads is not None and not streets:
        raise ValidationError(
            _("None of the roads runs through the community. Perhaps their coordinates are of another system."), "roads"
        )
    edge = shapely.boundary(whole)
    outer = _faces(whole, [edge, *shapely.intersection(streets, whole)]) if streets else np.array([whole])
    lines = [edge, *shapely.intersection(streets, whole)]
    held = shapely.STRtree(shapely.points(homes)).query(outer, predicate="intersects")
    for number in range(len(outer)):
        lines += _between(outer[number], homes[held[1][held[0] == number]])
    faces = _faces(whole, lines)
    faces = shapely.transform(faces, lambda points: coverage.frame.to_metres(coverage.frame.to_degrees(points)))
    unit = _units_of_faces(faces, outer, homes)
    shapes = np.array([joined(list(faces[unit == number])) for number in np.unique(unit)], dtype=object)
    links, borders, edges = _neighbours(shapes)
    along = np.zeros(len(links))
    if roads is not None:
        along = _length_along(edges, roads.main)
        open_ways = _length_along(edges, roads.barriers) < borders / 2
        open_ways |= _bridged(edges, roads)
        links, borders, along = links[open_ways], borders[open_ways], along[open_ways]
    return Blocks(shapes, _units_of(places, shapes), links, borders, along)


def plan_edit(coverage: Coverage, blocks: Blocks, labels: NDArray[np.int64], ids: list[str]) -> Edit:
    """Return the edit that makes a division the grids of a coverage.

    Args:
        coverage: As it is.
        blocks: Units of its ground.
        labels: Number of the grid of each unit.
        ids: Id of each number; existing ids keep their grid, others are new.
    """
    after: dict[str, Any | None] = dict.fromkeys(coverage)
    for number, id in enumerate(ids):
        pieces = [part for shape in blocks.shapes[labels == number] for part in shapely.get_parts(shape)]
        after[id] = joined(pieces)
    lineage = []
    for old, before in coverage.shapes.items():
        for new in ids:
            if old != new and shapely.area(shapely.intersection(before, after[new])) > 1.0:
                lineage.append((old, new))
    return edit_of("division", coverage, settle_neighbours(coverage, after), tuple(lineage))


def _faces(whole: Any, lines: list[Any]) -> NDArray[Any]:
    """Return the faces that lines enclose inside of an outline."""
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines))))
    inside: NDArray[Any] = faces[shapely.contains(whole, shapely.point_on_surface(faces))]
    return inside


def _between(block: Any, homes: Points) -> list[Any]:
    """Return the lines half way between the buildings of a block."""
    if len(homes) < 2:
        return []
    around = shapely.buffer(block, 100.0)
    lines = shapely.voronoi_polygons(shapely.MultiPoint(homes), extend_to=around, only_edges=True)
    return [shapely.intersection(lines, block)]


def _units_of_faces(faces: NDArray[Any], outer: NDArray[Any], homes: Points) -> NDArray[np.int64]:
    """Return a number for each face: the building of its block it lies nearest to, or its block when that has none.

    A piece that hangs apart from its building's ground, or a narrow one without buildings, goes to the neighbour it
    shares most border with.
    """
    points = shapely.point_on_surface(faces)
    face, block = shapely.STRtree(points).query(outer, predicate="intersects")[::-1]
    block_of = np.full(len(faces), -1)
    block_of[face] = block
    home, block = shapely.STRtree(shapely.points(homes)).query(outer, predicate="intersects")[::-1]
    unit = len(homes) + block_of
    for number in np.unique(block).tolist():
        own, there = home[block == number], np.flatnonzero(block_of == number)
        nearest = shapely.STRtree(shapely.points(homes[own])).nearest(points[there])
        unit[there] = own[nearest]
    return _settled(faces, unit, block_of, len(homes))


def _settled(
    faces: NDArray[Any], unit: NDArray[np.int64], block_of: NDArray[np.int64], homes: int
) -> NDArray[np.int64]:
    links, borders, _edges = _neighbours(faces)
    near: list[dict[int, float]] = [{} for _face in faces]
    for (one, other), length in zip(links.tolist(), borders.tolist(), strict=True):
        near[one][other] = near[other][one] = length
    areas, lengths = shapely.area(faces), shapely.length(faces)
    waiting = []
    for number in np.unique(unit).tolist():
        pieces = _pieces(np.flatnonzero(unit == number).tolist(), near)
        if number < homes:
            waiting += pieces[1:]
        else:  # a block without buildings
            waiting += [one for one in pieces if areas[one].sum() < NARROW * lengths[one].sum() / 2]
    loose = {face for piece in waiting for face in piece}
    for piece in sorted(waiting, key=len):
        beside: dict[int, float] = {}
        for face in piece:
            for other, length in near[face].items():
                if other not in loose:  # in the same block sooner than across a road
                    same = 1e6 if block_of[other] == block_of[face] else 1.0
                    beside[int(unit[other])] = beside.get(int(unit[other]), 0.0) + length * same
        if beside:
            unit[piece] = max(beside, key=lambda other: (beside[other], -other))
            loose -= set(piece)
    return unit


def _pieces(faces: list[int], near: list[dict[int, float]]) -> list[list[int]]:
    """Return faces in groups that hang together, the largest group first."""
    left, found = set(faces), []
    while left:
        group = [left.pop()]
        for face in group:
            more = left & near[face].keys()
            left -= more
            group += sorted(more)
        found.append(sorted(group))
    return sorted(found, key=lambda group: (-len(group), group))


def _neighbours(shapes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[Any]]:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later = first < second
    first, second = first[later], second[later]
    edges = shapely.intersection(shapely.boundary(shapes[first]), shapely.boundary(shapes[second]))
    lengths = shapely.length(edges)
    kept = lengths > LEAST_BORDER
    return np.column_stack([first[kept], second[kept]]), lengths[kept], edges[kept]


def _length_along(edges: NDArray[Any], lines: NDArray[Any]) -> NDArray[np.float64]:
    """Return how much of each border runs along lines. [m]"""
    along = np.zeros(len(edges))
    if not len(lines) or not len(edges):
        return along
    parts, owner = shapely.get_parts(edges, return_index=True)
    straight = shapely.get_dimensions(parts) == 1
    points, part = shapely.get_coordinates(parts[straight], return_index=True)
    same = part[1:] == part[:-1]
    start, end = points[:-1][same], points[1:][same]
    middles = shapely.points((start + end) / 2)
    held = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=BESIDE)[0]
    beside = np.unique(held)
    np.add.at(along, owner[straight][part[:-1][same][beside]], np.hypot(*(end - start)[beside].T))
    return along


def _bridged(edges: NDArray[Any], roads: Roads) -> NDArray[np.bool_]:
    """Tell for each border whether a road crosses a barrier there."""
    bridged = np.zeros(len(edges), dtype=bool)
    barred = {id(line) for line in roads.barriers}
    ways = [line for line in roads.lines if id(line) not in barred]
    if not ways or not len(roads.barriers):
        return bridged
    crossings = shapely.intersection(shapely.union_all(roads.barriers), shapely.union_all(ways))
    points = [one for one in shapely.get_parts(crossings) if one.geom_type == "Point"]
    if points:
        bridged[np.unique(shapely.STRtree(points).query(edges, predicate="dwithin", distance=BRIDGE)[0])] = True
    return bridged


def _units_of(places: Points, shapes: NDArray[Any]) -> NDArray[np.int64]:
    found = np.full(len(places), -1, dtype=np.int64)
    units, points = shapely.STRtree(shapely.points(places)).query(shapes, predicate="intersects")
    order = np.argsort(-units, kind="stable")
    found[points[order]] = units[order]
    return found
