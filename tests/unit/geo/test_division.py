"""Divisions of random ground: every unit in one grid, every grid in one piece, the numbers true."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import OperationCancelled, ValidationError
from gridapp.geo import division
from gridapp.geo.blocks import cut_blocks, plan_edit
from gridapp.geo.division import DivisionPlan, describe, divide
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage
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


def test_a_road_is_a_border(seed: int = 3) -> None:
    coverage, places, _units, _blocks = ground(seed, 30)
    roads = shapely.MultiLineString([[(0, -500), (0, 500)], [(-500, 10), (500, 10)]])
    blocks = cut_blocks(coverage, places, roads)
    assert len(blocks.shapes) == 4
    assert len(blocks.links) == 4


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
