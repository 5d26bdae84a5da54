"""The map without a screen: edits, checks, points in polygons, coordinates, areas, divisions; 15,000 polygons.

The polygons are invented cells, or those of the file GRIDAPP_BENCH_BOUNDARIES
names (GeoJSON in degrees, .gz too): real ones have more corners.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from benchmarks.ground import Ground
from benchmarks.measure import Finding, Times, interleaved
from gridapp.errors import ValidationError
from gridapp.geo import measure
from gridapp.geo.boundary import settled
from gridapp.geo.crs import from_cgcs2000, to_cgcs2000
from gridapp.geo.division import divide
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import problems_of
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.editing.noding import edges_of
from gridapp.geo.local_frame import LocalFrame
from gridapp.geo.locate import PointIndex
from gridapp.geo.unit_graph import Units
from gridapp.services.boundary_report import check_boundaries

POLYGONS = 15_000
POINTS, BUILDINGS = 1_000_000, 40_000
EDITS = 40
REAL = os.environ.get("GRIDAPP_BENCH_BOUNDARIES", "")


def map_core_times(ground: Ground, rounds: int) -> list[Finding]:
    """Measure everything of the map that needs no screen."""
    coverage = _coverage()
    in_degrees = shapely.transform(np.array(list(coverage.shapes.values()), dtype=object), coverage.frame.to_degrees)
    corners_held = int(shapely.get_num_coordinates(in_degrees).sum())
    data = f"{len(coverage):,} polygons, {corners_held:,} corners"
    return [
        *_assigning(in_degrees, rounds),
        *_editing(coverage, data, rounds),
        *_reading(ground, in_degrees, data),
        *_measuring(in_degrees, rounds),
        *_dividing(),
    ]


def _coverage() -> Coverage:
    if REAL:
        opened = gzip.open(REAL) if REAL.endswith(".gz") else Path(REAL).open("rb")
        with opened as file:
            features = json.load(file)["features"]
        shapes = np.array([settled(shapely.geometry.shape(one["geometry"]))[0] for one in features], dtype=object)
        frame = EditFrame.around(shapes)
        flat = shapely.coverage_clean(shapely.transform(shapes, frame.to_metres), snapping_distance=0.01)
    else:
        frame, side = EditFrame(104.5, 39.2), 30_000.0
        seeds = shapely.MultiPoint(np.random.default_rng(1).uniform(-side, side, (POLYGONS, 2)))
        cells = shapely.get_parts(shapely.voronoi_polygons(seeds))
        flat = _winding(shapely.coverage_clean(shapely.intersection(cells, shapely.box(-side, -side, side, side))))
    stored = shapely.transform(flat, lambda points: frame.to_metres(frame.to_degrees(points)))
    return Coverage(frame, {f"g{place:05d}": shape for place, shape in enumerate(stored)})


def _winding(cells: Any) -> Any:
    """Return cells whose borders wind like real ones: eight corners for every straight edge, shared by both sides."""
    edges = edges_of(cells)
    part = np.linspace(0, 1, 9)[None, :, None]
    start, run = edges[:, None, :2], edges[:, None, 2:] - edges[:, None, :2]
    across = np.stack([-run[..., 1], run[..., 0]], axis=-1)
    bend = 0.03 * np.sin(part * 2 * np.pi * np.random.default_rng(6).choice((1, 2), (len(edges), 1, 1)))
    lines = shapely.linestrings(start + part * run + bend * np.where((part > 0) & (part < 1), 1, 0) * across)
    return shapely.get_parts(shapely.polygonize(lines))


def _assigning(shapes: Any, rounds: int) -> list[Finding]:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    dice = np.random.default_rng(2)
    points = np.round(dice.uniform((west, south), (east, north), (POINTS, 2)), 8)
    homes = points[:BUILDINGS][dice.integers(0, BUILDINGS, POINTS)]

    def plainly(places: Any) -> Any:
        return shapely.STRtree(shapes).query(shapely.points(places), predicate="intersects")

    found = interleaved(
        {
            "plain": lambda: plainly(points),
            "ours": lambda: PointIndex(points).locate(shapes),
            "plain homes": lambda: plainly(homes),
            "homes": lambda: PointIndex(homes).locate(shapes),
        },
        max(1, rounds // 2),
        warm=False,
    )
    peer = "STRtree of the polygons, each point asked"
    pieces = []
    for what, ours, plain, budget in (
        ("points assigned", "ours", "plain", 0.5),
        ("residents at 40,000 buildings assigned", "homes", "plain homes", 0.2),
    ):
        ratio = found[ours].median() / found[plain].median()
        note = f"{found[ours].median():.2f} s of CPU"
        pieces.append(Finding(what, f"{POINTS:,} points", ratio, "x", budget, peer, ratio, note))
    return [*pieces, _again(shapes, points, found["ours"].median())]


def _again(shapes: Any, points: Any, whole: float) -> Finding:
    index = PointIndex(points)
    known = index.locate(shapes)
    times = Times()
    for place in range(0, len(shapes), len(shapes) // 20):
        changed = {place: shapes[place], place + 1: shapes[min(place + 1, len(shapes) - 1)]}
        times.add(lambda changed=changed: index.ask(changed))
    assert known.max() >= 0
    ratio = times.median() / whole
    return Finding("after an edit: two polygons asked", f"{POINTS:,} points", ratio * 1000, "‰", 1.0,
                   "all polygons asked", ratio)  # fmt: skip


def _editing(coverage: Coverage, data: str, rounds: int) -> list[Finding]:
    whole = interleaved(
        {"whole": lambda: shapely.coverage_is_valid(np.array(list(coverage.shapes.values()), dtype=object))}, rounds
    )["whole"].median()
    findings = []
    dice = random.Random(3)
    for name, make in (("split", _split), ("merge", _merge), ("corner moved", _move), ("border redrawn", _reshape)):
        making, checking = Times(), Times()
        while len(making.cpu) < EDITS:
            id = dice.choice(list(coverage))
            made: list[Edit] = []
            try:
                make(coverage, id, dice)
            except (ValidationError, IndexError):
                continue
            making.add(lambda make=make, id=id, made=made: made.append(make(coverage, id, dice)))
            checking.add(lambda made=made: problems_of(coverage, made[0]))
        both = (making.median() + checking.median()) * 1000
        note = f"edit {making.median() * 1000:.1f} ms, check {checking.median() * 1000:.1f} ms"
        findings.append(
            Finding(f"{name}, checked", data, both, "ms", 100, "coverage_is_valid of all", both / 1000 / whole, note)
        )
    return findings


def _split(coverage: Coverage, id: str, _dice: random.Random) -> Edit:
    west, south, east, north = shapely.bounds(coverage.shape(id)).tolist()
    middle = shapely.point_on_surface(coverage.shape(id))
    line = np.array([[west - 50, south], [middle.x, middle.y], [east + 50, north]])
    return borders.split(coverage, id, line, lambda: "new")


def _merge(coverage: Coverage, id: str, dice: random.Random) -> Edit:
    return borders.merge(coverage, [id, dice.choice(coverage.neighbours(id))])


def _move(coverage: Coverage, id: str, dice: random.Random) -> Edit:
    x, y = dice.choice(coverage.corners(id).tolist())
    return corners.move_vertices(coverage, {(x, y): (x + 0.5, y + 0.5)})


def _reshape(coverage: Coverage, id: str, dice: random.Random) -> Edit:
    ring = shapely.get_parts(coverage.shape(id))[0].exterior
    start = dice.random()
    first = shapely.line_interpolate_point(ring, start, normalized=True)
    last = shapely.line_interpolate_point(ring, (start + 0.08) % 1, normalized=True)
    tooth = [(first.x + last.x) / 2 + (last.y - first.y) / 4, (first.y + last.y) / 2 - (last.x - first.x) / 4]
    return borders.reshape(coverage, id, np.array([[first.x, first.y], tooth, [last.x, last.y]]))


def _reading(ground: Ground, shapes: Any, data: str) -> list[Finding]:
    path = ground.folder / "bench_grids.geojson"
    features = [
        f'{{"type":"Feature","properties":{{"code":"{990101001001 + place // 900:012d}{place % 900 + 1:03d}"}},'
        f'"geometry":{shapely.to_geojson(shape)}}}'
        for place, shape in enumerate(shapes)
    ]
    path.write_text(f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}', "utf-8")
    text = path.read_text("utf-8")
    found = interleaved(
        {"ours": lambda: check_boundaries(path), "json": lambda: json.loads(text)}, 1, warm=False
    )
    path.unlink()
    seconds = found["ours"].median()
    return [
        Finding("boundary file read, checked, reported", data, seconds, "s", 30, "json.loads of the same text",
                seconds / found["json"].median())
    ]  # fmt: skip


def _measuring(shapes: Any, rounds: int) -> list[Finding]:
    dice = np.random.default_rng(4)
    points = dice.uniform((73.6, 18.2), (134.8, 53.5), (POINTS, 2))
    findings = []
    for crs in ("GCJ-02", "BD-09"):
        given = from_cgcs2000(points, crs)
        times = interleaved(
            {"ours": lambda given=given, crs=crs: to_cgcs2000(given, crs),
             "forward": lambda crs=crs: from_cgcs2000(points, crs)}, max(1, rounds // 2),
        )  # fmt: skip
        away = np.abs(to_cgcs2000(given, crs) - points) * LocalFrame(104, 0).metres_per_degree
        findings.append(
            Finding(f"{crs} there and back", f"{POINTS:,} points over China", float(away.max()) * 1e6, "µm", 10,
                    "once forward", times["ours"].median() / times["forward"].median(),
                    f"{times['ours'].median():.2f} s of CPU")
        )  # fmt: skip
    some = shapes[:: max(1, len(shapes) // 500)]
    ours, true = measure.areas(some), np.array([measure.geodesic_area(shape) for shape in some])
    worst = float(np.abs(ours / true - 1).max()) * 1e6
    return [*findings, Finding("area against the geodesic one", f"{len(some)} polygons", worst, "ppm", 20)]


def buildings_to_divide() -> Units:
    """Return 300 buildings with some 3,000 households of which elders are spread unevenly."""
    dice = np.random.default_rng(5)
    count = 300
    places = dice.uniform(0, 3000, (count, 2))
    square = shapely.box(0, 0, 3000, 3000)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(places), extend_to=square, ordered=True)
    shapes = shapely.intersection(shapely.get_parts(cells), square)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="touches")
    lengths = shapely.length(shapely.intersection(shapes[first], shapes[second]))
    kept = (lengths > 1) & (first < second)
    households = dice.integers(4, 17, count).astype(np.float64)
    elders = np.floor(households * dice.uniform(0, 0.8, count))
    weights = np.column_stack([households, elders, np.floor(elders / 4)])
    current = (places[:, 0] // 600 * 2 + places[:, 1] // 1500).astype(np.int64)
    return Units(weights, places, np.column_stack([first[kept], second[kept]]), lengths[kept], current)


def _dividing() -> list[Finding]:
    units, grids = buildings_to_divide(), 10
    count, households = len(units.weights), units.weights[:, 0]
    plans: list[Any] = []
    times = Times()
    times.add(lambda: plans.extend(divide(units, grids)))
    data = f"{round(households.sum()):,} households, {count} buildings, {grids} grids"
    balanced, _compact, fewest = plans
    whole = all(plan.contiguous for plan in plans)
    return [
        Finding("three division plans", data, times.median(), "s", 9, note=f"every grid in one piece: {whole}"),
        Finding("households, worst grid (balanced)", data, balanced.household_spread * 100, "%", 8),
        Finding("elders, worst grid (balanced)", data, balanced.elder_spread * 100, "%", 10),
        Finding("households that move (fewest moves)", data, fewest.moved / households.sum() * 100, "%", 25),
    ]
