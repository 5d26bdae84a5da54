"""Divisions of random ground: every unit in one grid, every grid in one piece, the numbers true."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import OperationCancelled, ValidationError
from gridapp.geo import division
from gridapp.geo.blocks import Blocks, Roads, cut_blocks, plan_edit
from gridapp.geo.division import DivisionPlan, describe, divide
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.unit_graph import Units
from tests.coverages import random_coverage

HALF = 400.0


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(division, "STEPS_PER_UNIT", 100)
    monkeypatch.setattr(division, "LEAST_STEPS", 2_000)


def ground(seed: int, count: int) -> tuple[Coverage, np.ndarray, Units, object]:
    """A random coverage with buildings on it, and the units they make."""
    dice = np.random.default_rng(seed)
    coverage = random_coverage(seed, 8)
    places = dice.uniform(-HALF, HALF, (count, 2))
    blocks = cut_blocks(coverage, places)
    households = np.bincount(blocks.unit_of_place, dice.integers(1, 20, count), len(blocks.shapes))
    elders = np.floor(households * dice.uniform(0, 1, len(households)))
    weights = np.column_stack([households, elders, np.floor(elders / 3)])
    middles = shapely.get_coordinates(shapely.point_on_surface(blocks.shapes))
    codes = sorted(coverage)
    current = np.array([codes.index(coverage.at(x, y) or "") for x, y in middles.tolist()])
    return coverage, places, Units(weights, middles, blocks.links, blocks.borders, current), blocks


def assert_true(units: Units, plan: DivisionPlan, count: int) -> None:
    labels = np.array(plan.labels)
    assert sorted(set(plan.labels)) == list(range(count))
    assert plan.contiguous
    assert [grid.households for grid in plan.grids] == [
        round(units.weights[labels == number, 0].sum()) for number in range(count)
    ]
    households = np.array([grid.households for grid in plan.grids])
    assert plan.household_spread == pytest.approx(abs(households / households.mean() - 1).max())
    assert plan.border >= 0
    assert 0 <= plan.moved <= units.weights[:, 0].sum()


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_plans_of_random_ground(seed: int, count: int) -> None:
    coverage, _places, units, blocks = ground(seed, 60)
    whole = sum(shape.area for shape in coverage.shapes.values())
    assert float(shapely.area(blocks.shapes).sum()) == pytest.approx(whole, abs=1e-3)
    assert shapely.coverage_is_valid(blocks.shapes)
    plans = divide(units, count, seed=seed)
    assert [plan.kind for plan in plans] == list(division.KINDS)
    assert plans == divide(units, count, seed=seed)  # the same seed, the same plans
    for plan in plans:
        assert_true(units, plan, count)
        ids = [f"p{number}" for number in range(count)]
        after = coverage.applied(plan_edit(coverage, blocks, np.array(plan.labels), ids))
        assert sorted(after) == ids
        assert not [problem for problem in problems_among(after, after) if problem.is_fault]
        assert sum(shape.area for shape in after.shapes.values()) == pytest.approx(whole, abs=1e-3)


def test_each_plan_is_best_at_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(division, "STEPS_PER_UNIT", 400)
    _coverage, _places, units, _blocks = ground(7, 150)
    columns = np.clip(((units.places[:, 0] + HALF) / 160).astype(int), 0, 4)
    uneven = Units(units.weights, units.places, units.links, units.borders, columns)
    balanced, compact, fewest = divide(uneven, 5)
    now = describe("balanced", uneven, columns, 5)
    assert balanced.household_spread < min(now.household_spread, 0.1)
    assert balanced.elder_spread < 0.15
    assert compact.border < balanced.border
    assert compact.walk < balanced.walk
    assert fewest.moved < min(balanced.moved, compact.moved)
    assert fewest.household_spread < now.household_spread


def roads_across(seed: int) -> Roads:
    """Three bent main roads from edge to edge of the ground and beyond, a railway, and four minor roads."""
    dice = np.random.default_rng(seed)

    def bent(upright: bool) -> shapely.LineString:
        along = np.linspace(-HALF - 50, HALF + 50, 9)
        across = dice.uniform(-HALF, HALF) + dice.uniform(-30, 30, 9)
        return shapely.LineString(np.column_stack([across, along] if upright else [along, across]))

    main = np.array([bent(True), bent(False), bent(True)], dtype=object)
    return Roads(main, np.array([bent(bool(number % 2)) for number in range(4)], dtype=object), main[2:])


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_no_road_runs_inside_a_unit(seed: int) -> None:
    """Units stay one coverage of exactly the ground, each around its building; borders along roads are measured."""
    coverage, places, _units, _blocks = ground(seed, 40)
    roads = roads_across(seed)
    blocks = cut_blocks(coverage, places, roads)
    whole = sum(shape.area for shape in coverage.shapes.values())
    assert float(shapely.area(blocks.shapes).sum()) == pytest.approx(whole, abs=1e-3)
    assert shapely.coverage_is_valid(blocks.shapes)
    outline = shapely.boundary(shapely.union_all(list(coverage.shapes.values())))
    ground_lines = shapely.union_all([outline, *roads.lines])
    for between in shapely.get_parts(shapely.polygonize(shapely.get_parts(ground_lines))):
        lived_in = set(blocks.unit_of_place[shapely.intersects_xy(between, places[:, 0], places[:, 1])].tolist())
        if lived_in:  # who has ground in a block where people live, lives there
            assert set(np.flatnonzero(shapely.area(shapely.intersection(blocks.shapes, between)) > 1.0)) <= lived_in
    assert (shapely.distance(blocks.shapes[blocks.unit_of_place], shapely.points(places)) < 1e-6).all()
    first, second = blocks.links.T
    assert (blocks.along <= blocks.borders + 1e-6).all()
    edges = shapely.intersection(shapely.boundary(blocks.shapes[first]), shapely.boundary(blocks.shapes[second]))
    least, most = (
        shapely.length(shapely.intersection(edges, shapely.buffer(shapely.union_all(roads.main), reach)))
        for reach in (0.01, 0.3)
    )
    assert ((least - 1.0 <= blocks.along) & (blocks.along <= most + 1.0)).all()
    plan = divide(Units(np.ones((len(blocks.shapes), 3)), shapely.get_coordinates(shapely.centroid(blocks.shapes)),
                        blocks.links, blocks.borders, np.full(len(blocks.shapes), -1), blocks.along), 3)[0]  # fmt: skip
    assert plan.contiguous
    assert plan.along_roads is not None
    assert 0 <= plan.along_roads <= 1 + 1e-9


def lattice(count: int = 16) -> tuple[Coverage, np.ndarray]:
    """One square of 400 m with so many buildings a side."""
    frame = EditFrame(104.5, 39.2)
    corners = frame.on_lattice(np.array([(0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (0.0, 400.0)]))
    side = (np.arange(count) + 0.5) * 400 / count
    return Coverage(frame, {"a": shapely.Polygon(corners)}), np.array([(x, y) for x in side for y in side])


def units_of(blocks: Blocks) -> Units:
    households = np.bincount(blocks.unit_of_place, minlength=len(blocks.shapes)).astype(float)
    middles = shapely.get_coordinates(shapely.point_on_surface(blocks.shapes))
    return Units(np.column_stack([households, households, households * 0]), middles, blocks.links, blocks.borders,
                 np.full(len(blocks.shapes), -1), blocks.along)  # fmt: skip


def test_borders_follow_a_road_that_is_a_little_further_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(division, "STEPS_PER_UNIT", 600)
    coverage, places = lattice(10)
    step = np.array([(-50.0, 160.0), (200.0, 160.0), (200.0, 240.0), (450.0, 240.0)])
    roads = Roads(np.array([shapely.LineString(step)], dtype=object))
    blocks = cut_blocks(coverage, places, roads)
    units = units_of(blocks)
    compact = divide(units, 2)[1]
    assert compact.household_spread < 0.05
    assert compact.along_roads is not None
    assert compact.along_roads > 0.9
    assert compact.roads_inside < 0.1 * compact.border
    blind = divide(Units(units.weights, units.places, units.links, units.borders, units.current), 2)[1]
    assert blind.along_roads is None
    labels = np.array(blind.labels)
    crossing = labels[units.links[:, 0]] != labels[units.links[:, 1]]
    assert blocks.along[crossing].sum() < 0.9 * units.borders[crossing].sum()


def test_a_railway_is_crossed_only_where_a_road_does() -> None:
    coverage, places = lattice(4)
    railway = shapely.LineString([(-50, 200), (450, 200)])
    alone = cut_blocks(coverage, places, Roads(np.array([railway]), barriers=np.array([railway])))
    upper = {number for number, shape in enumerate(alone.shapes) if shapely.centroid(shape).y > 200}
    assert len(upper) == 8
    assert not [link for link in alone.links.tolist() if (link[0] in upper) != (link[1] in upper)]
    bridge = shapely.LineString([(150, 100), (150, 300)])
    with_bridge = cut_blocks(coverage, places, Roads(np.array([railway]), np.array([bridge]), np.array([railway])))
    north = {number for number, shape in enumerate(with_bridge.shapes) if shapely.centroid(shape).y > 200}
    over = [link for link in with_bridge.links.tolist() if (link[0] in north) != (link[1] in north)]
    assert len(over) == 1
    near = shapely.distance(with_bridge.shapes[over[0]], shapely.Point(150, 200))
    assert (near < 0.01).all()


def test_roads_somewhere_else_are_told() -> None:
    coverage, places = lattice(4)
    away = Roads(np.array([shapely.LineString([(5000, 0), (5000, 900)])]))
    with pytest.raises(ValidationError, match="another system"):
        cut_blocks(coverage, places, away)


def test_a_narrow_strip_beside_a_road_belongs_to_its_neighbour() -> None:
    coverage, places = lattice(4)
    kerb = shapely.LineString([(-50, 4), (450, 4)])
    blocks = cut_blocks(coverage, places, Roads(np.array([kerb])))
    assert len(blocks.shapes) == 16


def test_divisions_that_cannot_be() -> None:
    coverage, places, units, _blocks = ground(1, 20)
    with pytest.raises(ValidationError, match="cannot be divided"):
        divide(units, 1000)
    with pytest.raises(ValidationError, match="cannot be divided"):
        divide(units, 0)
    empty = Units(np.zeros_like(units.weights), units.places, units.links, units.borders, units.current)
    with pytest.raises(ValidationError, match="Nobody"):
        divide(empty, 2)
    for nothing in (np.empty((0, 2)), places + 10_000):
        with pytest.raises(ValidationError, match="needs the outline"):
            cut_blocks(coverage, nothing)
    with pytest.raises(ValidationError, match="needs the outline"):
        cut_blocks(Coverage(coverage.frame, {}), places)


def test_it_can_be_cancelled_at_any_time() -> None:
    _coverage, _places, units, _blocks = ground(1, 40)
    told = []

    class Impatient:
        def advance(self, done: int, total: int, message: str = "") -> None:
            told.append((done, total))
            if len(told) == 3:
                raise OperationCancelled

    with pytest.raises(OperationCancelled):
        divide(units, 3, Impatient())
    assert told == [(0, told[0][1]), (500, told[0][1]), (1000, told[0][1])]
