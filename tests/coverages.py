"""Coverages to edit, real and random, and random edits of them; seeded, so that a failure can be seen again."""

from __future__ import annotations

import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.boundary import settled
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.frame import EditFrame

REAL = Path(__file__).parent / "golden" / "boundaries" / "hartlepool_58.geojson"
LON, LAT = 104.5, 39.2


def valid_coverage(shapes: list[Any], frame: EditFrame) -> Coverage:
    """Return a coverage of shapes in metres, slits of 1 cm closed, corners where they can be stored."""
    clean = shapely.coverage_clean(np.array(shapes, dtype=object), snapping_distance=0.01)
    stored = shapely.transform(clean, lambda points: frame.to_metres(frame.to_degrees(points)))
    return Coverage(frame, {f"g{place:03d}": shape for place, shape in enumerate(stored)})


def read_shapes(path: Path) -> list[Any]:
    """Return the outlines of a GeoJSON file in degrees, as an import stores them."""
    features = json.loads(path.read_text("utf-8"))["features"]
    return [settled(shapely.geometry.shape(feature["geometry"]))[0] for feature in features]


def real_coverage(path: Path = REAL) -> Coverage:
    """Return a coverage of real polygons, multipolygons among them."""
    shapes = np.array(read_shapes(path), dtype=object)
    frame = EditFrame.around(shapes)
    return valid_coverage(list(shapely.transform(shapes, frame.to_metres)), frame)


def random_coverage(seed: int, count: int = 12) -> Coverage:
    """Return a coverage of random cells, one with a hole and another in it, two of them one MultiPolygon."""
    dice = np.random.default_rng(seed)
    frame = EditFrame(LON, LAT)
    seeds = shapely.MultiPoint(dice.uniform(-400, 400, (count, 2)))
    area = shapely.box(-400, -400, 400, 400)
    cells = [shapely.intersection(cell, area) for cell in shapely.get_parts(shapely.voronoi_polygons(seeds))]
    cells.sort(key=lambda cell: -cell.area)
    yard = shapely.point_on_surface(cells[0]).buffer(15, quad_segs=2)
    cells[0] = shapely.difference(cells[0], yard)
    cells[-2:] = [shapely.MultiPolygon([part for cell in cells[-2:] for part in shapely.get_parts(cell)])]
    if not cells[-1].is_valid:
        cells[-1] = shapely.union_all(cells[-1])
    return valid_coverage([*cells, yard], frame)


def tangled_coverage(seed: int) -> Coverage:
    """Return ground as it is found: holes in holes, a hole at a border, exclaves, islands, a lake that is nobody's.

    Up to twenty cells; a dedicated grid in one of them with another in its own hole; one whose corner lies on a border
    of its holder; two cells and an island off the coast in one MultiPolygon; a yard of that one in a third cell.
    """
    dice = np.random.default_rng(seed)
    frame = EditFrame(LON, LAT)
    area = shapely.box(-400, -400, 400, 400)
    seeds = shapely.MultiPoint(dice.uniform(-400, 400, (int(dice.integers(6, 16)), 2)))
    cells = [shapely.intersection(cell, area) for cell in shapely.get_parts(shapely.voronoi_polygons(seeds))]
    cells.sort(key=lambda cell: -cell.area)

    def round_about(cell: Any, radius: float) -> Any:
        middle = shapely.maximum_inscribed_circle(cell, tolerance=1.0)
        reach = min(radius, middle.length * 0.8)
        turns = np.sort(dice.uniform(0, 2 * math.pi, int(dice.integers(5, 9))))
        ring = np.column_stack([np.cos(turns), np.sin(turns)]) * reach + middle.coords[0]
        return shapely.convex_hull(shapely.MultiPoint(ring))

    holder, second, third = cells[0], cells[1], cells[2]
    outer = round_about(holder, 60)
    core = shapely.transform(outer, lambda points: points + (shapely.get_coordinates(outer.centroid) - points) * 0.6)
    cells[0] = shapely.difference(holder, outer)
    more = [shapely.difference(outer, core), core]
    # A yard that touches the border of its holder in one corner, in the middle of a side.
    side = shapely.get_coordinates(second.exterior)[:2].mean(axis=0)
    heart = shapely.get_coordinates(second.centroid)[0]
    inwards = (heart - side) / max(math.hypot(*(heart - side)), 1.0)
    across = np.array([-inwards[1], inwards[0]])
    yard = shapely.Polygon([side, side + inwards * 14 + across * 6, side + inwards * 14 - across * 6])
    if shapely.covers(second, yard):
        cells[1] = shapely.difference(second, yard)
        more.append(yard)
    island = shapely.box(430, float(dice.uniform(-200, 0)), 470, 60)
    exclave = round_about(third, 20)
    cells[2] = shapely.difference(third, exclave)
    cells[-2:] = [shapely.union_all([*cells[-2:], island, exclave])]
    lake = round_about(cells[3], 25)
    cells[3] = shapely.difference(cells[3], lake)
    return valid_coverage([*cells, *more], frame)


class RandomEdits:
    """Makes edits people could make, at random; some are refused."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._number = itertools.count(1)

    def new_id(self) -> str:
        """Return an id not used before."""
        return f"n{next(self._number):04d}"

    def split(self, coverage: Coverage) -> Edit:
        """Split a polygon by a bent line through its middle."""
        id = self._dice.choice(sorted(coverage))
        shape = coverage.shape(id)
        middle, reach = shapely.point_on_surface(shape), math.hypot(*self._size(shape))
        turn, bend = self._dice.uniform(0, math.pi), self._dice.uniform(-0.1, 0.1) * reach
        along = np.array([math.cos(turn), math.sin(turn)]) * reach
        across = np.array([math.sin(turn), -math.cos(turn)]) * bend
        centre = np.array([middle.x, middle.y])
        return borders.split(coverage, id, np.array([centre - along, centre + across, centre + along]), self.new_id)

    def merge(self, coverage: Coverage) -> Edit:
        """Merge a polygon with a neighbour."""
        id = self._dice.choice(sorted(coverage))
        beside = coverage.neighbours(id)
        return borders.merge(coverage, [id, *self._dice.sample(beside, min(1, len(beside)))])

    def move(self, coverage: Coverage) -> Edit:
        """Move a corner by up to a fifth of its shortest edge."""
        id = self._dice.choice(sorted(coverage))
        x, y = self._dice.choice(coverage.corners(id).tolist())
        edges = [
            math.hypot(x - other[0], y - other[1])
            for holder in coverage.with_vertex(x, y)
            for other in corners._ways(coverage.shape(holder), (x, y))
        ]
        reach = min(edges) / 5
        end = (x + self._dice.uniform(-reach, reach), y + self._dice.uniform(-reach, reach))
        return corners.move_vertices(coverage, {(x, y): end})

    def insert(self, coverage: Coverage) -> Edit:
        """Put a corner somewhere on a border."""
        ring = self._ring(coverage.shape(self._dice.choice(sorted(coverage))))
        place = shapely.line_interpolate_point(ring, self._dice.random(), normalized=True)
        return corners.insert_vertex(coverage, place.x, place.y)

    def delete(self, coverage: Coverage) -> Edit:
        """Take a corner away."""
        return corners.delete_vertex(
            coverage, *self._dice.choice(coverage.corners(self._dice.choice(sorted(coverage))).tolist())
        )

    def reshape(self, coverage: Coverage) -> Edit:
        """Draw a piece of border anew, as a tooth outwards or inwards."""
        id = self._dice.choice(sorted(coverage))
        ring = self._ring(coverage.shape(id))
        start = self._dice.random()
        first = shapely.line_interpolate_point(ring, start, normalized=True)
        last = shapely.line_interpolate_point(ring, (start + self._dice.uniform(0.02, 0.15)) % 1, normalized=True)
        run = np.array([last.x - first.x, last.y - first.y])
        middle = np.array([first.x + last.x, first.y + last.y]) / 2
        tooth = middle + np.array([-run[1], run[0]]) * self._dice.uniform(-0.4, 0.4)
        return borders.reshape(coverage, id, np.array([[first.x, first.y], tooth, [last.x, last.y]]))

    def hole(self, coverage: Coverage) -> Edit:
        """Cut a polygon out of those it lies on."""
        middle = shapely.point_on_surface(coverage.shape(self._dice.choice(sorted(coverage))))
        turns = np.sort([self._dice.uniform(0, 2 * math.pi) for _corner in range(7)])
        ring = np.column_stack([np.cos(turns), np.sin(turns)]) * self._dice.uniform(5, 60) + (middle.x, middle.y)
        return borders.cut_hole(coverage, ring, self.new_id())

    def draw(self, coverage: Coverage) -> Edit:
        """Draw a new polygon over the edge of all of them, or into a gap; it takes free ground only."""
        id = self._dice.choice(sorted(coverage))
        place = shapely.line_interpolate_point(self._ring(coverage.shape(id)), self._dice.random(), normalized=True)
        turns = np.sort([self._dice.uniform(0, 2 * math.pi) for _corner in range(6)])
        ring = np.column_stack([np.cos(turns), np.sin(turns)]) * self._dice.uniform(10, 80) + (place.x, place.y)
        return borders.draw(coverage, self.new_id(), ring)

    def remove(self, coverage: Coverage) -> Edit:
        """Take a polygon away."""
        return borders.remove(coverage, self._dice.choice(sorted(coverage)))

    def fill(self, coverage: Coverage) -> Edit:
        """Give a gap to one beside it."""
        gaps = [problem for problem in problems_among(coverage, list(coverage)) if problem.kind == "gap"]
        if not gaps:
            raise ValidationError("no gap", "geometry")
        gap = self._dice.choice(gaps)
        return borders.fill(coverage, self._dice.choice(gap.ids), gap.shape)

    def _ring(self, shape: Any) -> Any:
        return self._dice.choice(list(shapely.get_rings(shapely.get_parts(shape))))

    @staticmethod
    def _size(shape: Any) -> tuple[float, float]:
        west, south, east, north = shapely.bounds(shape).tolist()
        return east - west, north - south
