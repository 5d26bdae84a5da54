"""Grids as one coverage: shapes by id, found by place, changed by edits that hold before and after.

A Coverage is a value: an edit is made by a function that looks at it, and
``applied`` or ``reverted`` return another one. Shapes are never copied, so
what an undo brings back is the very same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing.frame import EditFrame, Points
from gridapp.geo.editing.noding import edges_of, projected, with_points
from gridapp.geo.pieces import read_wkb, transformed
from gridapp.i18n import _

MOST_FRESH = 200
"""Shapes changed since the index was made; more, and it is made anew."""


@dataclass(frozen=True)
class PolygonChange:
    """One polygon before and after an edit.

    Attributes:
        id: Of the polygon.
        before: Polygon or MultiPolygon in metres of the frame; None when the edit made it.
        after: The same; None when the edit removed it.
    """

    id: str
    before: Any | None
    after: Any | None


@dataclass(frozen=True)
class Edit:
    """One command: every polygon it touches, before and after.

    Attributes:
        kind: "draw", "move_vertices", "insert_vertex", "delete_vertex", "split", "merge", "reshape", "cut_hole",
            "move_whole", "fill_gap", "mend", "remove" or "batch".
        changes: Polygons touched, neighbours that only got a cut point included.
        lineage: Pairs of ids (predecessor, successor) where a polygon came from another or went into it.
    """

    kind: str
    changes: tuple[PolygonChange, ...]
    lineage: tuple[tuple[str, str], ...] = ()

    @property
    def touched(self) -> tuple[str, ...]:
        """Ids of the polygons that differ."""
        return tuple(change.id for change in self.changes)

    @property
    def inverse(self) -> Edit:
        """The edit that takes this one back."""
        changes = tuple(PolygonChange(change.id, change.after, change.before) for change in self.changes)
        return Edit(self.kind, changes, tuple((new, old) for old, new in self.lineage))


@dataclass(frozen=True)
class Snap:
    """A place on what is there already.

    Attributes:
        x: East. [m]
        y: North. [m]
        on_vertex: On a corner, otherwise on a border between two corners.
        ids: Polygons that have it.
    """

    x: float
    y: float
    on_vertex: bool
    ids: tuple[str, ...]


@dataclass(frozen=True)
class _Index:
    """Where shapes were when it was made; those changed since are looked at one by one."""

    ids: tuple[str, ...]
    tree: shapely.STRtree


class Coverage:
    """Polygons by id, in metres of a frame.

    Attributes:
        frame: Metres and degrees.
        shapes: Polygon or MultiPolygon by id; treat it as read only.
    """

    def __init__(
        self,
        frame: EditFrame,
        shapes: Mapping[str, Any],
        index: _Index | None = None,
        fresh: frozenset[str] = frozenset(),
    ) -> None:
        self.frame = frame
        self.shapes: dict[str, Any] = dict(shapes) if index is None else shapes  # type: ignore[assignment]  # our own
        self._index = index or _Index(tuple(self.shapes), shapely.STRtree(list(self.shapes.values())))
        self._fresh = fresh

    @classmethod
    def from_degrees(cls, outlines: Mapping[str, bytes], frame: EditFrame | None = None) -> Coverage:
        """Return the coverage of stored outlines.

        Args:
            outlines: WKB by id, CGCS2000 degrees.
            frame: Where to edit; around the outlines when None.
        """
        shapes = read_wkb(list(outlines.values()))
        frame = frame or EditFrame.around(shapes)
        return cls(frame, dict(zip(outlines, transformed(shapes, frame.to_metres), strict=True)))

    def __contains__(self, id: str) -> bool:
        return id in self.shapes

    def __len__(self) -> int:
        return len(self.shapes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def shape(self, id: str) -> Any:
        """Return a polygon.

        Raises:
            ValidationError: There is none with this id.
        """
        found = self.shapes.get(id)
        if found is None:
            raise ValidationError(_("The grid {name} is not on the map any more.").format(name=id), "grid")
        return found

    def to_degrees(self, id: str) -> bytes:
        """Return a polygon as it is stored: WKB, CGCS2000 degrees; unchanged ones come out byte for byte."""
        return bytes(shapely.to_wkb(shapely.transform(self.shape(id), self.frame.to_degrees)))

    # ---- finding -----------------------------------------------------------------------------------------------------

    def near(self, shape: Any, reach: float = 0.0) -> list[str]:
        """Return the ids whose bounds come within ``reach`` metres of the bounds of a geometry, in stable order."""
        west, south, east, north = shapely.bounds(shape).tolist()
        box = shapely.box(west - reach, south - reach, east + reach, north + reach)
        found = {self._index.ids[place] for place in self._index.tree.query(box).tolist()}
        found = {id for id in found if id in self.shapes and id not in self._fresh}
        for id in self._fresh:
            left, low, right, high = shapely.bounds(self.shapes[id]).tolist()
            outside = left > east + reach or right < west - reach or low > north + reach or high < south - reach
            if not outside:
                found.add(id)
        return sorted(found)

    def neighbours(self, id: str) -> list[str]:
        """Return the ids of the other polygons that touch or overlap one."""
        shape = self.shape(id)
        others = [other for other in self.near(shape) if other != id]
        touching = shapely.intersects(shape, [self.shapes[other] for other in others])
        return [other for other, does in zip(others, touching, strict=True) if does]

    def around(self, ids: Iterable[str]) -> list[str]:
        """Return the ids given and all their neighbours, as far as they are there."""
        found: set[str] = set()
        for id in ids:
            if id in self.shapes:
                found |= {id, *self.neighbours(id)}
        return sorted(found)

    def at(self, x: float, y: float) -> str | None:
        """Return the id of the polygon at a point; on a border the lowest id, None outside."""
        point = shapely.Point(x, y)
        return next((id for id in self.near(point) if shapely.intersects(self.shapes[id], point)), None)

    def with_vertex(self, x: float, y: float) -> list[str]:
        """Return the ids of the polygons that have exactly this corner."""
        place = np.array([x, y])
        return [
            id
            for id in self.near(shapely.Point(x, y))
            if (shapely.get_coordinates(self.shapes[id]) == place).all(axis=1).any()
        ]

    def snap(self, x: float, y: float, reach: float, without: frozenset[str] = frozenset()) -> Snap | None:
        """Return the nearest corner within reach, or else the nearest place on a border, or None.

        Args:
            x: East. [m]
            y: North. [m]
            reach: How far to look. [m]
            without: Polygons that do not attract.
        """
        point = shapely.Point(x, y)
        ids = [id for id in self.near(point, reach) if id not in without]
        if not ids:
            return None
        corners = np.concatenate([shapely.get_coordinates(self.shapes[id]) for id in ids])
        away = np.hypot(corners[:, 0] - x, corners[:, 1] - y)
        nearest = int(away.argmin())
        if away[nearest] <= reach:
            corner_x, corner_y = corners[nearest].tolist()
            return Snap(corner_x, corner_y, True, tuple(self.with_vertex(corner_x, corner_y)))
        edges = edges_of([self.shapes[id] for id in ids])
        on_it, apart = projected(np.array([[x, y]]), edges)
        nearest = int(apart[0].argmin())
        if apart[0, nearest] > reach:
            return None
        place = self.frame.on_border(on_it[0, nearest][None, :], edges[nearest][None, :])
        holders = [
            id for id in ids if with_points(self.shapes[id], place) is not self.shapes[id]
        ]
        return Snap(float(place[0, 0]), float(place[0, 1]), False, tuple(holders))

    def corners(self, id: str) -> Points:
        """Return the corners of a polygon, all rings of all parts, without repeating the first; shape (n, 2). [m]"""
        rings = shapely.get_rings(shapely.get_parts(self.shape(id)))
        return np.concatenate([shapely.get_coordinates(ring)[:-1] for ring in rings])

    # ---- changing ----------------------------------------------------------------------------------------------------

    def applied(self, edit: Edit) -> Coverage:
        """Return the coverage after an edit.

        Raises:
            ValidationError: A polygon is not as the edit found it; make the edit again.
        """
        shapes = dict(self.shapes)
        for change in edit.changes:
            if not _same(shapes.get(change.id), change.before):
                raise ValidationError(_("The map has changed meanwhile. Do this step again."), "geometry")
            if change.after is None:
                del shapes[change.id]
            else:
                shapes[change.id] = change.after
        fresh = frozenset(id for id in self._fresh.union(edit.touched) if id in shapes)
        if len(fresh) > MOST_FRESH:
            return Coverage(self.frame, shapes)
        return Coverage(self.frame, shapes, self._index, fresh)

    def reverted(self, edit: Edit) -> Coverage:
        """Return the coverage before an edit that was applied last.

        Raises:
            ValidationError: A polygon is not as the edit left it.
        """
        return self.applied(edit.inverse)


def edit_of(kind: str, before: Coverage, after: Mapping[str, Any | None],
            lineage: tuple[tuple[str, str], ...] = ()) -> Edit:  # fmt: skip
    """Return the edit that gives polygons new shapes (None takes one away); those that stay the same are left out."""
    changes = []
    for id, shape in after.items():
        now = before.shapes.get(id)
        if not _same(now, shape):
            changes.append(PolygonChange(id, now, shape))
    return Edit(kind, tuple(changes), lineage)


def _same(first: Any, second: Any) -> bool:
    if first is second:
        return True
    if first is None or second is None:
        return False
    return bool(shapely.to_wkb(first) == shapely.to_wkb(second))
