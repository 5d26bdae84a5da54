"""Cut a community's ground into the units a division is made of: blocks between roads, or ground around buildings."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Blocks:
    """Units of ground without overlap that together are the community.

    Attributes:
        shapes: In metres of the coverage's frame.
        unit_of_place: For each building the number of its unit, -1 outside of the community.
        links: Neighbouring units, shape (m, 2).
        borders: Length of each common border. [m]
    """

    shapes: NDArray[Any]
    unit_of_place: NDArray[np.int64]
    links: NDArray[np.int64]
    borders: NDArray[np.float64]


def cut_blocks(coverage: Coverage, places: Points, roads: Any | None = None) -> Blocks:
    """Return the units of a community's ground.

    Args:
        coverage: Its grids; their outer outline is kept to the corner.
        places: Buildings, shape (n, 2). [m]
        roads: Lines to cut along, in metres; units are then the blocks between them. Without, each building has the
            ground nearer to it than to any other.

    Raises:
        ValidationError: No grid is drawn, or there are no buildings.
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
    if roads is not None:
        lines = roads
    elif len(homes) > 1:
        around = shapely.buffer(whole, 100.0)
        lines = shapely.voronoi_polygons(shapely.MultiPoint(homes), extend_to=around, only_edges=True)
    else:
        lines = shapely.LineString()
    linework = shapely.union_all([shapely.boundary(whole), shapely.intersection(lines, whole)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(linework)))
    faces = faces[shapely.contains(whole, shapely.point_on_surface(faces))]
    faces = shapely.transform(faces, lambda points: coverage.frame.to_metres(coverage.frame.to_degrees(points)))
    unit = np.arange(len(faces)) if roads is not None else _nearest(faces, homes)
    shapes = np.array([joined(list(faces[unit == number])) for number in np.unique(unit)], dtype=object)
    links, borders = _neighbours(shapes)
    return Blocks(shapes, _units_of(places, shapes), links, borders)


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


def _nearest(faces: NDArray[Any], homes: Points) -> NDArray[np.int64]:
    found: NDArray[np.int64] = shapely.STRtree(shapely.points(homes)).nearest(shapely.point_on_surface(faces))
    return found


def _neighbours(shapes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later = first < second
    first, second = first[later], second[later]
    lengths = shapely.length(shapely.intersection(shapely.boundary(shapes[first]), shapely.boundary(shapes[second])))
    kept = lengths > LEAST_BORDER
    return np.column_stack([first[kept], second[kept]]), lengths[kept]


def _units_of(places: Points, shapes: NDArray[Any]) -> NDArray[np.int64]:
    found = np.full(len(places), -1, dtype=np.int64)
    units, points = shapely.STRtree(shapely.points(places)).query(shapes, predicate="intersects")
    order = np.argsort(-units, kind="stable")
    found[points[order]] = units[order]
    return found
