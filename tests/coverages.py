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

from gridapp.geo.boundary import settled
from gridapp.geo.editing import borders, corners
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
        return borders.merge(coverage, [id, *self._dice.sample(coverage.neighbours(id), 1)])

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
        ring = shapely.get_parts(coverage.shape(self._dice.choice(sorted(coverage))))[0].exterior
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
        ring = shapely.get_parts(coverage.shape(id))[0].exterior
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

    @staticmethod
    def _size(shape: Any) -> tuple[float, float]:
        west, south, east, north = shapely.bounds(shape).tolist()
        return east - west, north - south
