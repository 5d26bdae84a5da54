"""Cut ground into faces along borders and a line, and put polygons together from faces again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.frame import Points
from gridapp.geo.editing.noding import cut_line, edges_of, new_corners, unique_edges, with_points


@dataclass(frozen=True)
class Faces:
    """Ground cut along every border and a drawn line.

    Attributes:
        shapes: Polygons without overlap, in metres.
        owners: Whose each was before; None for nobody's.
        line: The drawn line with the corners it shares with borders; shape (n, 2). [m]
    """

    shapes: tuple[Any, ...]
    owners: tuple[str | None, ...]
    line: Points


def cut_into_faces(coverage: Coverage, ids: list[str], line: Points) -> Faces:
    """Return the faces that the borders of some polygons and a line enclose.

    Args:
        coverage: Where the polygons are.
        ids: Polygons to cut.
        line: Shape (n, 2), open or closed. [m]
    """
    cut = cut_line(line, [coverage.shape(id) for id in ids], coverage.frame)
    return along_line(coverage, ids, cut)


def along_line(coverage: Coverage, ids: list[str], cut: Points) -> Faces:
    """Return the faces that the borders of some polygons and a line enclose that has its corners on them already."""
    before = [coverage.shape(id) for id in ids]
    noded = [with_points(shape, cut) for shape in before]
    drawn = np.hstack([cut[:-1], cut[1:]])
    edges = unique_edges(np.vstack([edges_of(noded), drawn]))
    pieces = shapely.linestrings(edges.reshape(-1, 2, 2))
    shapes = tuple(shapely.get_parts(shapely.polygonize(pieces)))
    return Faces(shapes, tuple(_owner(face, ids, before) for face in shapes), cut)


def _owner(face: Any, ids: list[str], shapes: list[Any]) -> str | None:
    inside = shapely.intersects(shapely.point_on_surface(face), shapes)
    return next((id for id, does in zip(ids, inside.tolist(), strict=True) if does), None)


def joined(pieces: list[Any]) -> Any:
    """Return polygons of one coverage as one shape; borders between them go, corners of the others stay."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        whole = shapely.coverage_union_all(pieces)
    except shapely.errors.GEOSException:  # they overlap: real outlines do, by millimetres, until they are mended
        whole = shapely.union_all(pieces)
    if not shapely.is_valid(whole):
        whole = shapely.union_all(pieces)
    parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon" and not part.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def settle_neighbours(coverage: Coverage, after: Mapping[str, Any | None]) -> dict[str, Any | None]:
    """Return new shapes, completed by the neighbours that get the corners the new shapes have on their border.

    Without this the border of a neighbour runs past a corner it does not know,
    and the next edit there tears it open.

    Args:
        coverage: Before the edit.
        after: New shapes by id; None for polygons that go.
    """
    whole = dict(after)
    made = [shape for shape in after.values() if shape is not None]
    gone = [coverage.shapes[id] for id in after if id in coverage]
    fresh = new_corners(gone, made)
    if not len(fresh):
        return whole
    reach = shapely.MultiPoint(fresh)
    for id in coverage.near(reach, 0.01):
        if id not in whole:
            known = coverage.shapes[id]
            shape = with_points(known, fresh)
            if shape is not known:
                whole[id] = shape
    return whole
