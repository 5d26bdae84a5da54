"""The map without a screen: edits, checks, points in polygons, coordinates, areas, divisions; 15,000 polygons.

The polygons are invented cells, or the largest set of the folder
GRIDAPP_BENCH_BOUNDARIES names (see ``map_ground``).
"""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import shapely

from benchmarks.ground import Ground
from benchmarks.map_edits_bench import edits_counted, imports_counted
from benchmarks.map_ground import real_shapes
from benchmarks.map_roads_bench import divided_along_roads
from benchmarks.measure import Finding, Times, interleaved
from gridapp.errors import ValidationError
from gridapp.geo import measure
from gridapp.geo.between import Laid
from gridapp.geo.crs import from_cgcs2000, to_cgcs2000
from gridapp.geo.division import DivisionPlan, describe, divide
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import problems_among, problems_of
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.editing.noding import edges_of
from gridapp.geo.local_frame import LocalFrame
from gridapp.geo.locate import PointIndex
from gridapp.geo.unit_graph import UnitGraph, Units
from gridapp.services.boundary_report import check_boundaries

POLYGONS = 15_000
POINTS, BUILDINGS = 1_000_000, 40_000
EDITS = 40


def map_core_times(ground: Ground, rounds: int) -> list[Finding]:
    """Measure everything of the map that needs no screen."""
    coverage = _coverage()
    in_degrees = shapely.transform(np.array(list(coverage.shapes.values()), dtype=object), coverage.frame.to_degrees)
    corners_held = int(shapely.get_num_coordinates(in_degrees).sum())
    data = f"{len(coverage):,} polygons, {corners_held:,} corners"
    assigned, plain_s, index = _assigning(in_degrees, rounds)
    return [
        *assigned,
        *_editing(coverage, data, plain_s, index),
        *edits_counted(),
        *_reading(ground, in_degrees, data),
        *imports_counted(),
        *_measuring(in_degrees, rounds),
        *_dividing(),
        *divided_along_roads(),
    ]


def _coverage() -> Coverage:
    shapes = real_shapes()
    if shapes is not None:
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


def _assigning(shapes: Any, rounds: int) -> tuple[list[Finding], float, PointIndex]:
    """Return the findings, the time the plain way takes [s], and a kept index of the points."""
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
    return pieces, found["plain"].median(), PointIndex(points)


def _editing(coverage: Coverage, data: str, plain_s: float, index: PointIndex) -> list[Finding]:
    """Return times of edits; and of checking and re-assigning after one, against doing that for all polygons."""
    runs = interleaved(
        {"whole": lambda: shapely.coverage_is_valid(np.array(list(coverage.shapes.values()), dtype=object)),
         "ours": lambda: problems_among(coverage, list(coverage))}, 2, warm=False,
    )  # fmt: skip
    whole = runs["whole"].median()
    findings, after = [], Times()
    index.ask({0: shapely.box(0, 0, 1, 1)})  # what is made when it is asked for the first time
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
            after.add(lambda made=made: _settled(coverage, made[0], index))
        both = (making.median() + checking.median()) * 1000
        note = f"edit {making.median() * 1000:.1f} ms, check {checking.median() * 1000:.1f} ms"
        findings.append(
            Finding(f"{name}, checked", data, both, "ms", 100, "coverage_is_valid of all", both / 1000 / whole, note)
        )
    everything = whole + plain_s
    note = (
        f"{after.median() * 1000:.1f} ms against {everything:.2f} s; our own check of all takes "
        f"{runs['ours'].median():.2f} s"
    )
    return [*findings, Finding("after an edit: checked and re-assigned", f"{POINTS:,} points", after.median() /
                               everything * 1000, "‰", 1.0, "coverage_is_valid and STRtree, all polygons",
                               after.median() / everything, note)]  # fmt: skip


def _settled(coverage: Coverage, edit: Edit, index: PointIndex) -> None:
    """Check an edit and ask the polygons it changed who lies in them."""
    problems_of(coverage, edit)
    changed = [change.after for change in edit.changes if change.after is not None]
    index.ask(dict(enumerate(shapely.transform(changed, coverage.frame.to_degrees))))


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
    looked = interleaved({"ours": lambda: _looked_through(shapes), "union": lambda: shapely.union_all(shapes)}, 1,
                         warm=False)  # fmt: skip
    laid = looked["ours"].median()
    return [
        Finding("overlaps and gaps of all found", data, laid, "s", 5, "union_all of the same",
                laid / looked["union"].median()),
        Finding("boundary file read, checked, reported", data, seconds, "s", 30, "json.loads of the same text",
                seconds / found["json"].median())
    ]  # fmt: skip


def _looked_through(shapes: Any) -> None:
    laid = Laid(list(shapes))
    laid.overlaps()
    laid.gaps()


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
    pieces = sum(not plan.contiguous for plan in plans)
    return [
        Finding("a division plan", data, times.median() / len(plans), "s", 3, note=f"{len(plans)} of them"),
        Finding("plans with a grid in pieces", data, pieces, "", 0),
        Finding("households, worst grid (balanced)", data, balanced.household_spread * 100, "%", 8),
        Finding("elders, worst grid (balanced)", data, balanced.elder_spread * 100, "%", 10),
        _walk(units, grids, balanced, data),
        Finding("households that move (fewest moves)", data, fewest.moved / households.sum() * 100, "%", 25),
    ]


def _walk(units: Units, grids: int, balanced: DivisionPlan, data: str) -> Finding:
    """Judge how far people walk in the balanced plan, against METIS, which balances households alone."""
    what = "mean walk to the middle of the grid (balanced)"
    try:
        import pymetis
    except ImportError:
        return Finding(what, data, balanced.walk, "m", note="not compared: pymetis is not installed")
    near = UnitGraph(units).near
    starts = np.concatenate([[0], np.cumsum([len(others) for others in near])])
    ends = [other for others in near for other in others]
    options = pymetis.Options(contig=1)
    _cut, labels = pymetis.part_graph(grids, pymetis.CSRAdjacency(starts.tolist(), ends), options=options,
                                      vweights=units.weights[:, 0].astype(int).tolist())  # fmt: skip
    peer = describe("compact", units, np.array(labels), grids)
    ratio = balanced.walk / peer.walk
    note = (
        f"{balanced.walk:.0f} m, METIS {peer.walk:.0f} m with households to {peer.household_spread:.1%} and elders to "
        f"{peer.elder_spread:.1%}"
    )
    return Finding(what, data, ratio, "x", 1.05, "METIS", ratio, note)
