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
from gridapp.geo.edge_table import EdgeTable
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.id_raster import BorderTable, Numbers, Window, rasterised
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
        edges: Their corners in one table. [m]
        boxes: West, south, east, north, shape (n, 4), column by column. [m]
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
    edges: EdgeTable
    boxes: Points
    reaches: NDArray[np.float64]
    undrawn: int
    places: dict[str, int]

    def __len__(self) -> int:
        return len(self.codes)

    @functools.cached_property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all; zeros when there are none. [m]"""
        if not len(self.edges.points):
            return 0.0, 0.0, 0.0, 0.0
        low, high = np.nanmin(self.boxes[:, :2], axis=0), np.nanmax(self.boxes[:, 2:], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    # What the first picture does not need; ``prepare`` makes it in a worker

    @property
    def borders(self) -> BorderTable:
        """All borders, for drawing; shared ones once as soon as they have been found. [m]"""
        return self._shared if "_shared" in self.__dict__ else self._loose

    @functools.cached_property
    def _loose(self) -> BorderTable:
        return BorderTable.loose(self.edges)

    @functools.cached_property
    def _shared(self) -> BorderTable:
        return BorderTable.of(self.edges)

    @functools.cached_property
    def shapes(self) -> NDArray[np.object_]:
        """Polygons, shape (n,). [m]"""
        found: NDArray[np.object_] = transformed(read_wkb(self.outlines), self.frame.to_metres)
        return found

    @functools.cached_property
    def tree(self) -> shapely.STRtree:
        """Finds them by place."""
        return shapely.STRtree(self.shapes)

    @functools.cached_property
    def anchors(self) -> Points:
        """A point inside each, shape (n, 2). [m]"""
        found: Points = shapely.get_coordinates(in_pieces(shapely.point_on_surface, self.shapes)).reshape(-1, 2)
        return found

    @functools.cached_property
    def overview(self) -> tuple[Numbers, Window]:
        """Which grid is where in a picture of everything, and where it lies."""
        if not len(self.edges.points):
            return np.zeros((1, 1), np.uint16), Window(1.0, 0.0, 0.0, 1, 1)
        west, south, east, north = self.box
        scale = OVERVIEW_SIDE / max(east - west, north - south, 1e-6)
        width, height = math.ceil((east - west) * scale) + 1, math.ceil((north - south) * scale) + 1
        window = Window(scale, west * scale, north * scale, width, height)
        return rasterised(self.borders, window), window

    @property
    def has_overview(self) -> bool:
        """Return whether the overview has been made."""
        return "overview" in self.__dict__

    @property
    def is_prepared(self) -> bool:
        """Return whether everything has been made."""
        return {"_shared", "overview", "tree", "anchors"} <= self.__dict__.keys()

    def prepare(self) -> None:
        """Make everything; in a worker."""
        _made = self._shared, self.overview, self.tree, self.anchors
        self.__dict__.pop("_loose", None)

    def shape(self, grid: int) -> Any:
        """Return one polygon. [m]"""
        if "shapes" in self.__dict__:
            return self.shapes[grid]
        return shapely.transform(shapely.from_wkb(self.outlines[grid]), self.frame.to_metres)

    def at(self, x: float, y: float) -> int | None:
        """Return the grid at a place, the first of several that claim it, or None. [m]"""
        place = shapely.Point(x, y)
        if "tree" in self.__dict__:
            found = self.tree.query(place, predicate="intersects")
            return int(found.min()) if len(found) else None
        near = self.within((x, y, x, y)).tolist()
        return next((grid for grid in near if shapely.intersects(self.shape(grid), place)), None)

    def within(self, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
        """Return the grids whose bounds meet a box of west, south, east, north, in rising order. [m]"""
        west, south, east, north = box
        meets = self.boxes[:, 0] <= east
        meets &= self.boxes[:, 2] >= west
        meets &= self.boxes[:, 1] <= north
        meets &= self.boxes[:, 3] >= south
        return np.flatnonzero(meets)


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
    outlines = tuple(row.boundary or b"" for row in drawn)
    degrees = EdgeTable.of_wkb(outlines)
    boxes, frame = degrees.boxes, EditFrame(0.0, 0.0)
    if len(degrees.points):
        frame = EditFrame.around_box(*np.nanmin(boxes[:, :2], axis=0), *np.nanmax(boxes[:, 2:], axis=0))
    for corner in (slice(0, 2), slice(2, 4)):
        boxes[:, corner] = frame.to_metres(boxes[:, corner])
    several = len({row.community for row in rows}) > 1
    made = MapGround(
        codes=tuple(row.code for row in drawn),
        names=tuple(row.name for row in drawn),
        full_names=tuple(f"{communities.get(row.community, '')} {row.name}" if several else row.name for row in drawn),
        communities=tuple(row.community for row in drawn),
        workers=tuple(row.worker_name for row in drawn),
        outlines=outlines,
        frame=frame,
        edges=degrees.changed(frame.to_metres),
        boxes=boxes,
        reaches=np.full(len(drawn), np.nan),
        undrawn=len(rows) - len(drawn),
        places={row.code: number for number, row in enumerate(drawn)},
    )
    if len(drawn) <= ANCHORED_AT_ONCE:
        for number, outline in enumerate(outlines):
            made.anchors[number], made.reaches[number] = anchor(outline, frame)
    return made


def prepare(ground: MapGround) -> None:
    """Make what the first picture did not need; runs in a worker."""
    ground.prepare()


def anchor(outline: bytes, frame: EditFrame) -> tuple[Points, float]:
    """Return the best place for a label in an outline, and its reach. [m]"""
    place = label_place(outline)
    return frame.to_metres(np.array([[place.lon, place.lat]]))[0], place.reach


def anchors_of(ground: MapGround, grids: Sequence[int]) -> list[tuple[Any, float]]:
    """Return ``anchor`` of some grids, and see to it that there is a first one of each."""
    _made = ground.anchors
    return [anchor(ground.outlines[grid], ground.frame) for grid in grids]
