"""The grids as they lie: outlines in metres, found by place; read and prepared off the UI thread."""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.db.queries.places import list_communities, list_grids
from gridapp.db.queries.values import GridRow
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.id_raster import EdgeTable, Numbers, Window, rasterised
from gridapp.geo.measure import label_place
from gridapp.geo.pieces import in_pieces, read_wkb, transformed

if TYPE_CHECKING:
    from gridapp.db.database import Session

Points = NDArray[np.float64]

ANCHORED_AT_ONCE = 300
"""So many grids get the best place for their label when they are read; with more, those in sight get it later."""

OVERVIEW_SIDE = 1024
"""Length of the longer side of the picture of everything. [px]"""

KEPT = 2
"""Grounds kept in memory: usually that of today and that of an earlier day."""


@dataclass(frozen=True, eq=False)
class MapGround:
    """The grids that have an outline on a day, by code; a grid is known by its place in these lists.

    Attributes:
        codes: Fifteen digits each.
        names: Their names.
        full_names: With their community's name before it where there are several communities.
        communities: Code of each grid's community.
        workers: Responsible worker, or "".
        outlines: WKB in CGCS2000 degrees.
        frame: Turns degrees into the metres used here.
        shapes: Polygons, shape (n,). [m]
        edges: Their corners in one table. [m]
        tree: Finds them by place.
        boxes: West, south, east, north, shape (n, 4). [m]
        anchors: A point inside each, shape (n, 2). [m]
        reaches: Half the height of the free ellipse around the anchor, NaN where it is not known yet. [m]
        undrawn: How many grids have no outline.
        places: Place in the lists by code.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    full_names: tuple[str, ...]
    communities: tuple[str, ...]
    workers: tuple[str, ...]
    outlines: tuple[bytes, ...]
    frame: EditFrame
    shapes: NDArray[np.object_]
    edges: EdgeTable
    tree: shapely.STRtree
    boxes: Points
    anchors: Points
    reaches: NDArray[np.float64]
    undrawn: int
    places: dict[str, int]

    def __len__(self) -> int:
        return len(self.codes)

    @functools.cached_property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all; zeros when there are none. [m]"""
        if not len(self):
            return 0.0, 0.0, 0.0, 0.0
        low, high = self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @functools.cached_property
    def overview(self) -> tuple[Numbers, Window]:
        """Which grid is where in a picture of everything, and where it lies; made when first asked for, by a worker."""
        if not self.edges.count:
            return np.zeros((1, 1), np.int32), Window(1.0, 0.0, 0.0, 1, 1)
        west, south, east, north = self.box
        scale = OVERVIEW_SIDE / max(east - west, north - south, 1e-6)
        width, height = math.ceil((east - west) * scale) + 1, math.ceil((north - south) * scale) + 1
        window = Window(scale, west * scale, north * scale, width, height)
        return rasterised(self.edges, np.arange(self.edges.count), window), window

    @property
    def has_overview(self) -> bool:
        """Return whether the overview has been made."""
        return "overview" in self.__dict__

    def at(self, x: float, y: float) -> int | None:
        """Return the grid at a place, the first of several that claim it, or None. [m]"""
        found = self.tree.query(shapely.Point(x, y), predicate="intersects")
        return int(found.min()) if len(found) else None

    def within(self, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
        """Return the grids whose bounds meet a box of west, south, east, north. [m]"""
        found: NDArray[np.int64] = self.tree.query(shapely.box(*box))
        return found


_kept: list[tuple[int, MapGround]] = []


def read_ground(session: Session, day: dt.date) -> MapGround:
    """Return the grids of a day; the same object as before when nothing about them is different."""
    rows = list_grids(session, day)
    communities = {row.code: row.name for row in list_communities(session)}
    mark = hash((tuple(rows), tuple(communities.items())))
    for known, ground in _kept:
        if known == mark:
            return ground
    made = make_ground(rows, communities)
    _kept[:] = [(mark, made), *_kept][:KEPT]
    return made


def make_ground(rows: Sequence[GridRow], communities: dict[str, str]) -> MapGround:
    """Return the ground of grids; ``communities`` gives names by code."""
    drawn = [row for row in rows if row.boundary]
    degrees = read_wkb([row.boundary for row in drawn])
    frame = EditFrame.around(degrees) if drawn else EditFrame(0.0, 0.0)
    shapes = transformed(degrees, frame.to_metres)
    several = len({row.community for row in rows}) > 1
    outlines = tuple(row.boundary or b"" for row in drawn)
    anchors = shapely.get_coordinates(in_pieces(shapely.point_on_surface, shapes)) if drawn else np.zeros((0, 2))
    reaches = np.full(len(drawn), np.nan)
    if len(drawn) <= ANCHORED_AT_ONCE:
        for number, outline in enumerate(outlines):
            anchors[number], reaches[number] = anchor(outline, frame)
    edges = EdgeTable.of(shapes)
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    return MapGround(
        codes=tuple(row.code for row in drawn),
        names=tuple(row.name for row in drawn),
        full_names=tuple(f"{communities.get(row.community, '')} {row.name}" if several else row.name for row in drawn),
        communities=tuple(row.community for row in drawn),
        workers=tuple(row.worker_name for row in drawn),
        outlines=outlines,
        frame=frame,
        shapes=shapes,
        edges=edges,
        tree=shapely.STRtree(shapes),
        boxes=boxes,
        anchors=anchors,
        reaches=reaches,
        undrawn=len(rows) - len(drawn),
        places={row.code: number for number, row in enumerate(drawn)},
    )


def make_overview(ground: MapGround) -> None:
    """Make the picture of everything; runs in a worker."""
    _made = ground.overview


def anchor(outline: bytes, frame: EditFrame) -> tuple[Points, float]:
    """Return the best place for a label in an outline, and its reach. [m]"""
    place = label_place(outline)
    return frame.to_metres(np.array([[place.lon, place.lat]]))[0], place.reach


def anchors_of(outlines: Sequence[bytes], frame: EditFrame) -> list[tuple[Any, float]]:
    """Return ``anchor`` of several outlines."""
    return [anchor(outline, frame) for outline in outlines]
