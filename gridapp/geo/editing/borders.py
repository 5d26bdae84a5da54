"""Split, merge, reshape, draw, cut out: the edits that move ground from one grid to another.

Each looks at a coverage and returns an Edit with every polygon before and
after; nothing happens until ``Coverage.applied``. What cannot be done is
refused with a sentence; what the user should know is told by ``check``.

Source: what users of other editors miss most (reference: map.md section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing.coverage import Coverage, Edit, edit_of
from gridapp.geo.editing.faces import Faces, along_line, cut_into_faces, joined, settle_neighbours
from gridapp.geo.editing.frame import Points
from gridapp.i18n import _

Taking = Literal["free", "take"]
LEAST_FACE = 1e-6
"""Smaller pieces are rounding, not ground. [m²]"""


def split(coverage: Coverage, id: str, line: Points, new_id: Callable[[], str]) -> Edit:
    """Return the edit that splits a polygon along one drawn line.

    The largest part keeps the id. Where the line cuts the border, neighbours
    get the same corner. Parts of a MultiPolygon that the line leaves whole stay
    with the nearest part.

    Args:
        coverage: Before.
        id: What to split.
        line: Shape (n, 2); it must cross the polygon from border to border. [m]
        new_id: Called once for each further part.

    Raises:
        ValidationError: The line does not part the polygon.
    """
    _check_line(line)
    faces = cut_into_faces(coverage, [id], line)
    own = [face for face, owner in zip(faces.shapes, faces.owners, strict=True) if owner == id]
    border = shapely.LineString(faces.line)
    parts = [face for face in own if _touches_along(face, border)]
    if len(parts) < 2:
        raise ValidationError(
            _("The line does not part the grid. Draw it across, from one border to another."), "geometry"
        )
    parts.sort(key=lambda face: -face.area)
    groups = [[part] for part in parts]
    for whole in (face for face in own if not any(face is part for part in parts)):
        away = shapely.distance(whole, parts)
        groups[int(np.argmin(away))].append(whole)
    after: dict[str, Any | None] = {id: joined(groups[0])}
    names = [new_id() for _group in groups[1:]]
    after |= {name: joined(group) for name, group in zip(names, groups[1:], strict=True)}
    lineage = ((id, id), *((id, name) for name in names))
    return edit_of("split", coverage, settle_neighbours(coverage, after), lineage)


def merge(coverage: Coverage, ids: Sequence[str], keep: str | None = None) -> Edit:
    """Return the edit that makes several polygons one.

    Args:
        coverage: Before.
        ids: At least two; those that do not touch become one MultiPolygon.
        keep: Whose id stays; the first when None.

    Raises:
        ValidationError: Fewer than two, or one is not there.
    """
    ids = list(dict.fromkeys(ids))
    if len(ids) < 2:
        raise ValidationError(_("Choose at least two grids to merge."), "geometry")
    keep = keep if keep is not None else ids[0]
    if keep not in ids:
        raise ValidationError(_("The grid {name} is not on the map any more.").format(name=keep), "grid")
    pieces = [part for id in ids for part in shapely.get_parts(coverage.shape(id))]
    after: dict[str, Any | None] = dict.fromkeys(ids)
    after[keep] = joined(pieces)
    return edit_of("merge", coverage, settle_neighbours(coverage, after), tuple((id, keep) for id in ids))


def reshape(coverage: Coverage, id: str, line: Points) -> Edit:
    """Return the edit that gives a polygon the drawn line as its border there.

    Ground the line encloses outside comes from the neighbours; ground it cuts
    off inside goes to the neighbour with the longest common border there. The
    largest piece inside stays.

    Args:
        coverage: Before.
        id: Whose border is drawn anew.
        line: Shape (n, 2); it must begin and end on the border, or cross it. [m]

    Raises:
        ValidationError: The line does not meet the border twice, or a neighbour would vanish.
    """
    _check_line(line)
    reach = shapely.union(shapely.LineString(line), shapely.boundary(coverage.shape(id)))
    around = coverage.near(reach)
    faces = cut_into_faces(coverage, [id, *(other for other in around if other != id)], line)
    enclosed = _enclosed(coverage, id, faces)
    kept = _kept(id, faces)
    owners = list(faces.owners)
    for place, face in enumerate(faces.shapes):
        if owners[place] == id and place not in kept:
            owners[place] = _longest_neighbour(face, id, faces)
        elif owners[place] != id and any(shapely.contains(whole, shapely.point_on_surface(face)) for whole in enclosed):
            owners[place] = id
    if owners == list(faces.owners):
        raise ValidationError(
            _("The line changes no border. Begin and end it on the border of the grid."), "geometry"
        )
    return _reowned("reshape", coverage, faces, owners)


def draw(coverage: Coverage, id: str, ring: Points, over: Taking = "free") -> Edit:
    """Return the edit that adds a polygon.

    Args:
        coverage: Before.
        id: Of the new polygon.
        ring: Shape (n, 2), its corners in order; closed by itself. [m]
        over: "free" leaves other polygons their ground and takes only what is nobody's;
            "take" cuts the ground out of the others.

    Raises:
        ValidationError: The id is taken, the outline crosses itself, nothing is left of it,
            or another polygon would vanish.
    """
    if id in coverage:
        raise ValidationError(_("There is a grid {name} already.").format(name=id), "grid")
    closed = _closed(ring)
    outline = shapely.Polygon(closed)
    faces = cut_into_faces(coverage, coverage.near(outline), closed)
    inner = shapely.Polygon(faces.line)
    if not shapely.is_valid(inner):
        raise ValidationError(_("The outline crosses itself. Draw it without a knot."), "geometry")
    owners = list(faces.owners)
    for place, face in enumerate(faces.shapes):
        free = owners[place] is None
        if (free or over == "take") and shapely.contains(inner, shapely.point_on_surface(face)):
            owners[place] = id
    if id not in owners:
        raise ValidationError(
            _("All of this ground belongs to other grids. Cut it out of them, or draw it elsewhere."), "geometry"
        )
    return _reowned("draw", coverage, faces, owners, made=id)


def cut_hole(coverage: Coverage, ring: Points, new_id: str) -> Edit:
    """Return the edit that cuts a polygon out of those it lies on, for a dedicated grid.

    Args:
        coverage: Before.
        ring: Shape (n, 2), its corners in order. [m]
        new_id: Of the polygon cut out.

    Raises:
        ValidationError: As ``draw``; or it lies on no polygon.
    """
    edit = draw(coverage, new_id, ring, "take")
    if not any(change.id != new_id for change in edit.changes):
        raise ValidationError(_("There is no grid to cut it out of. Draw it as a new grid."), "geometry")
    return Edit("cut_hole", edit.changes, edit.lineage)


def fill(coverage: Coverage, id: str, gap: Any) -> Edit:
    """Return the edit that gives ground nobody has to a polygon.

    Args:
        coverage: Before.
        id: Who gets it.
        gap: Polygon as ``check`` reports it. [m]

    Raises:
        ValidationError: All of it belongs to somebody.
    """
    after = coverage
    for part in shapely.get_parts(gap):
        edit = draw(after, "\0gap", shapely.get_coordinates(part.exterior))
        after = after.applied(edit)
        after = after.applied(merge(after, [id, "\0gap"], id))
    touched = {other for other in after.shapes if after.shapes[other] is not coverage.shapes.get(other)}
    return edit_of("fill_gap", coverage, {other: after.shapes[other] for other in sorted(touched)})


def remove(coverage: Coverage, id: str) -> Edit:
    """Return the edit that takes a polygon off the map; its ground is then nobody's, which ``check`` tells.

    Raises:
        ValidationError: There is none with this id.
    """
    coverage.shape(id)
    return edit_of("remove", coverage, {id: None})


def _check_line(line: Points) -> None:
    if len(line) < 2 or not np.isfinite(line).all():
        raise ValidationError(_("A line needs at least two points."), "geometry")


def _closed(ring: Points) -> Points:
    points = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    if len(points) and (points[0] == points[-1]).all():
        points = points[:-1]
    if len(points) < 3 or not np.isfinite(points).all():
        raise ValidationError(_("An outline needs at least three corners."), "geometry")
    return np.vstack([points, points[:1]])


def _touches_along(face: Any, line: Any) -> bool:
    """Tell whether a piece of the line is part of a face's border; both know the same corners."""
    corners = {tuple(point) for point in shapely.get_coordinates(face).tolist()}
    points = [tuple(point) for point in shapely.get_coordinates(line).tolist()]
    edges = {
        frozenset(pair)
        for ring in shapely.get_rings(face)
        for pair in _pairs([tuple(point) for point in shapely.get_coordinates(ring).tolist()])
    }
    return any(
        first in corners and second in corners and frozenset((first, second)) in edges
        for first, second in _pairs(points)
    )


def _pairs(points: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(points[:-1], points[1:], strict=True))


def _enclosed(coverage: Coverage, id: str, faces: Faces) -> list[Any]:
    """Return the ground outside a polygon that the line and its border enclose together."""
    alone = along_line(coverage, [id], faces.line)
    line = shapely.LineString(faces.line)
    return [
        face
        for face, owner in zip(alone.shapes, alone.owners, strict=True)
        if owner is None and _touches_along(face, line)
    ]


def _kept(id: str, faces: Faces) -> set[int]:
    """Return the places of a polygon's faces that stay: those the line does not touch, and the largest of the rest."""
    line = shapely.LineString(faces.line)
    own = [place for place, owner in enumerate(faces.owners) if owner == id]
    cut = [place for place in own if _touches_along(faces.shapes[place], line)]
    largest = max(cut, key=lambda place: faces.shapes[place].area, default=None)
    return {place for place in own if place not in cut or place == largest}


def _longest_neighbour(face: Any, id: str, faces: Faces) -> str | None:
    """Return who has the longest border with a face besides its owner, None when only the outside has."""
    border = shapely.boundary(face)
    lengths: dict[str, float] = {}
    for other, owner in zip(faces.shapes, faces.owners, strict=True):
        if owner not in (None, id) and shapely.intersects(border, other):
            shared = shapely.length(shapely.intersection(border, shapely.boundary(other)))
            lengths[str(owner)] = lengths.get(str(owner), 0.0) + float(shared)
    best = max(lengths, key=lambda owner: (lengths[owner], owner), default=None)
    return best if best is not None and lengths[best] > 0 else None


def _reowned(
    kind: str, coverage: Coverage, faces: Faces, owners: list[str | None], made: str | None = None
) -> Edit:
    """Return the edit that gives faces to other owners; only polygons that win or lose ground are put together anew."""
    moved = {
        owner
        for place, owner in enumerate(owners)
        if owner != faces.owners[place] and faces.shapes[place].area > LEAST_FACE
        for owner in (owner, faces.owners[place])
        if owner is not None
    }
    after: dict[str, Any | None] = {}
    for id in sorted(moved):
        pieces = [face for face, owner in zip(faces.shapes, owners, strict=True) if owner == id]
        if not pieces:
            raise ValidationError(
                _("Nothing would be left of the grid {name}. Merge the two instead.").format(name=id), "geometry"
            )
        after[id] = joined(pieces)
    lineage = tuple((id, made) for id in sorted(moved) if made is not None and id != made)
    return edit_of(kind, coverage, settle_neighbours(coverage, after), lineage)
