"""Touching polygons that look like neighbourhoods between streets.

A plan of rows, each cut into grids of its own, is drawn in metres (x east,
y north). Every border is one crooked line made once and used by both sides,
so that the polygons share all their vertices: no gap and no overlap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

Point = tuple[float, float]
Path = list[Point]
Cut = tuple[int, int, int]  # community border: (-1, column, 0); inside a row: (row, column, number)

_NODE_JITTER = 22.0
_CROSSING = 45.0
_ROUGHNESS = 0.045
_RIVER_ROUGHNESS = 0.075
_LEVELS = 3

# CGCS2000 ellipsoid. Source: GB 22021-2008.
_SEMI_MAJOR = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669438002290


@dataclass(frozen=True)
class Frame:
    """Where the plan lies on the earth: a rotation and the degrees of its origin.

    Attributes:
        lon: Longitude of the plan's south-west corner. [degree, CGCS2000]
        lat: Latitude of the plan's south-west corner. [degree, CGCS2000]
        turn: Rotation against the north, counter-clockwise. [rad]
    """

    lon: float
    lat: float
    turn: float = 0.12

    def degrees(self, point: Point) -> Point:
        """Return longitude and latitude of a plan point, to 1 cm."""
        sine = math.sin(math.radians(self.lat))
        shrink = 1 - _ECCENTRICITY_SQUARED * sine * sine
        metres_lat = math.radians(_SEMI_MAJOR * (1 - _ECCENTRICITY_SQUARED) / shrink**1.5)
        metres_lon = math.radians(_SEMI_MAJOR / math.sqrt(shrink) * math.cos(math.radians(self.lat)))
        east = point[0] * math.cos(self.turn) - point[1] * math.sin(self.turn)
        north = point[0] * math.sin(self.turn) + point[1] * math.cos(self.turn)
        return round(self.lon + east / metres_lon, 7), round(self.lat + north / metres_lat, 7)


@dataclass(frozen=True)
class Plan:
    """What is to be drawn.

    Attributes:
        columns: Communities from west to east.
        width: Extent of one community from west to east. [m]
        height: Extent of one row of grids from north to south. [m]
        weights: Relative widths of grids, by global row (north to south) and community column.
    """

    columns: int
    width: float
    height: float
    weights: list[list[list[float]]]


class Lattice:
    """The drawn borders, from which polygons are put together.

    Rows are numbered from the north, lines between them too: row ``r`` lies
    between line ``r`` and line ``r + 1``.
    """

    def __init__(self, plan: Plan, random: Random) -> None:
        self._plan = plan
        self._random = random
        rows = len(plan.weights)
        self._lines: list[Path] = []
        self._places: list[dict[Cut, int]] = []
        for line in range(rows + 1):
            self._draw_line(line, rows)
        self._cuts = [{cut: self._draw_cut(row, cut) for cut in self._cuts_of(row)} for row in range(rows)]

    def cell(self, row: int, column: int, first: int, last: int | None = None) -> Path:
        """Return the ring of grids ``first`` to ``last`` of a community's row.

        Returns:
            Points in metres, counter-clockwise, closed (first point repeated).
        """
        last = first if last is None else last
        return self._ring(row, row, self._cut(row, column, first), self._cut(row, column, last + 1))

    def block(self, top: int, bottom: int, column: int) -> Path:
        """Return the ring around a community that spans rows ``top`` to ``bottom``, as ``cell`` does."""
        return self._ring(top, bottom, (-1, column, 0), (-1, column + 1, 0))

    def _cut(self, row: int, column: int, number: int) -> Cut:
        if number == 0:
            return (-1, column, 0)
        if number == len(self._plan.weights[row][column]):
            return (-1, column + 1, 0)
        return (row, column, number)

    def _cuts_of(self, row: int) -> list[Cut]:
        inner = [(row, column, n) for column, cells in enumerate(self._plan.weights[row]) for n in range(1, len(cells))]
        return [*((-1, column, 0) for column in range(self._plan.columns + 1)), *inner]

    def _across(self, cut: Cut) -> float:
        row, column, number = cut
        if row < 0:
            return column * self._plan.width
        weights = self._plan.weights[row][column]
        return (column + sum(weights[:number]) / sum(weights)) * self._plan.width

    def _draw_line(self, line: int, rows: int) -> None:
        cuts: list[Cut] = []
        for row in (line - 1, line):
            if 0 <= row < rows:
                cuts.extend(cut for cut in self._cuts_of(row) if cut not in cuts)
        level = (rows - line) * self._plan.height
        jitter = self._random.uniform
        nodes = [
            (self._across(cut) + jitter(-_NODE_JITTER, _NODE_JITTER), level + jitter(-_NODE_JITTER, _NODE_JITTER), cut)
            for cut in cuts
        ]
        nodes.sort()
        path: Path = []
        places: dict[Cut, int] = {}
        for x, y, cut in nodes:
            if path and x - path[-1][0] < _CROSSING:  # two borders that nearly meet become one crossing
                places[cut] = len(path) - 1
                continue
            if path:
                path.extend(self._between(path[-1], (x, y), _RIVER_ROUGHNESS if line == rows else _ROUGHNESS))
            places[cut] = len(path)
            path.append((x, y))
        self._lines.append(path)
        self._places.append(places)

    def _draw_cut(self, row: int, cut: Cut) -> Path:
        """Return the inner points of a border between two lines, from north to south."""
        upper = self._lines[row][self._places[row][cut]]
        lower = self._lines[row + 1][self._places[row + 1][cut]]
        return self._between(upper, lower, _ROUGHNESS)

    def _between(self, start: Point, end: Point, roughness: float, level: int = _LEVELS) -> Path:
        """Return crooked points between two points (both left out) by midpoint displacement."""
        across, along = end[0] - start[0], end[1] - start[1]
        if level == 0 or math.hypot(across, along) < 18:
            return []
        shift = max(-1.8, min(1.8, self._random.gauss(0, 1))) * roughness
        middle = ((start[0] + end[0]) / 2 - along * shift, (start[1] + end[1]) / 2 + across * shift)
        before = self._between(start, middle, roughness, level - 1)
        return [*before, middle, *self._between(middle, end, roughness, level - 1)]

    def _ring(self, top: int, bottom: int, west: Cut, east: Cut) -> Path:
        south_places, north_places = self._places[bottom + 1], self._places[top]
        ring = self._lines[bottom + 1][south_places[west] : south_places[east] + 1]
        ring = [*ring, *reversed(self._side(top, bottom, east))]
        ring += reversed(self._lines[top][north_places[west] : north_places[east] + 1])
        ring += self._side(top, bottom, west)
        return [*ring, ring[0]]

    def _side(self, top: int, bottom: int, cut: Cut) -> Path:
        """Return the points of a border from row ``top`` to row ``bottom``, both ends left out."""
        path: Path = []
        for row in range(top, bottom + 1):
            path += self._cuts[row][cut]
            if row < bottom:
                path.append(self._lines[row + 1][self._places[row + 1][cut]])
        return path


def area(ring: Path) -> float:
    """Return the area of a closed counter-clockwise ring. [m²]"""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:], strict=False)) / 2


def inside(ring: Path, point: Point, margin: float) -> bool:
    """Return whether a point lies inside a closed ring and at least ``margin`` metres from its border."""
    x, y = point
    within = False
    for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            within = not within
        dx, dy = bx - ax, by - ay
        share = max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
        if math.hypot(x - ax - share * dx, y - ay - share * dy) < margin:
            return False
    return within


def spots(ring: Path, spacing: Point, margin: float, random: Random) -> Path:
    """Return places for buildings inside a ring, on slightly disturbed rows, from west to east.

    Args:
        ring: Closed ring. [m]
        spacing: Distance of places along x and y. [m]
        margin: Least distance from the border. [m]
        random: Source of the disturbance.
    """
    found: Path = []
    x = min(point[0] for point in ring) + margin
    while x < max(point[0] for point in ring):
        y = max(point[1] for point in ring) - margin
        while y > min(point[1] for point in ring):
            place = (x + random.uniform(-4, 4), y + random.uniform(-3, 3))
            if inside(ring, place, margin):
                found.append(place)
            y -= spacing[1]
        x += spacing[0]
    return found
