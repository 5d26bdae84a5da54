"""Overlaps and gaps among outlines, found with their area; against every pair and the union of all."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import OperationCancelled
from gridapp.geo.between import GAP_WIDTH, Laid
from gridapp.geo.boundary import settled
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.standing import Standing
from tests.coverages import random_coverage

LON, LAT, STEP = 104.5, 39.2, 0.002  # about 173 m by 222 m


def square(column: int, row: int, shift: float = 0.0) -> shapely.Polygon:
    west, south = LON + column * STEP + shift, LAT + row * STEP
    return settled(shapely.box(west, south, west + STEP, south + STEP))[0]


def test_touching_neighbours_neither_overlap_nor_gap() -> None:
    block = [square(column, row) for column in range(3) for row in range(3)]
    assert Laid(block).overlaps() == []
    assert Laid(block).gaps() == []


def test_an_overlap_is_found_with_its_area() -> None:
    found = Laid([square(0, 0), square(1, 0, -STEP / 4)]).overlaps()
    assert [(overlap.first, overlap.second) for overlap in found] == [(0, 1)]
    assert found[0].area == pytest.approx(43.2 * 222, rel=0.01)
    assert LON < found[0].lon < LON + STEP


def test_a_hole_among_neighbours_is_a_gap() -> None:
    ring = [square(column, row) for column in range(3) for row in range(3) if (column, row) != (1, 1)]
    found = Laid(ring).gaps()
    assert len(found) == 1
    assert found[0].area == pytest.approx(173 * 222, rel=0.01)


def test_a_slit_between_two_neighbours_is_a_gap() -> None:
    slit = Laid([square(0, 0), square(1, 0, 0.00001)]).gaps()  # 0.86 m wide
    assert len(slit) == 1
    assert slit[0].area == pytest.approx(0.86 * 222, rel=0.05)


def test_a_bay_in_one_outline_is_no_gap() -> None:
    narrow = 0.000005
    bay = shapely.box(LON + STEP / 2, LAT + STEP / 2, LON + STEP / 2 + narrow, LAT + STEP)
    assert Laid([settled(shapely.difference(square(0, 0), bay))[0]]).gaps() == []


def test_ground_claimed_inside_a_gap_is_not_nobodys() -> None:
    ring = [square(column, row) for column in range(3) for row in range(3) if (column, row) != (1, 1)]
    middle = shapely.centroid(square(1, 1))
    island = settled(shapely.box(middle.x - STEP / 4, middle.y - STEP / 4, middle.x + STEP / 4, middle.y + STEP / 4))[0]
    (gap,) = Laid([*ring, island]).gaps()
    assert gap.area == pytest.approx(173 * 222 * 0.75, rel=0.01)
    assert gap.beside == tuple(range(9))


def test_the_same_outline_twice_and_one_in_another_overlap() -> None:
    small = settled(shapely.box(LON + STEP / 4, LAT + STEP / 4, LON + STEP / 2, LAT + STEP / 2))[0]
    found = Laid([square(0, 0), square(0, 0), square(1, 0), small]).overlaps()
    assert [(one.first, one.second) for one in found] == [(0, 1), (0, 3), (1, 3)]


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_random_outlines_overlap_and_gape_as_every_pair_and_the_union_tell(seed: int) -> None:
    """Cells taken out, moved and doubled at random; against every pair's intersection and the holes of the union."""
    dice = np.random.default_rng(seed)
    whole = random_coverage(seed, 14)
    cells = [shape for shape in whole.shapes.values() if dice.random() > 0.15]
    for place in np.flatnonzero(dice.random(len(cells)) < 0.2).tolist():
        away = dice.uniform(-20, 20, 2)
        cells[place] = shapely.transform(cells[place], lambda points, away=away: points + away)
    cells += [cells[int(place)] for place in dice.integers(0, len(cells), int(dice.integers(0, 2)))]
    shapes = [settled(shapely.transform(cell, whole.frame.to_degrees))[0] for cell in cells]
    laid = Laid(shapes)
    flat = laid._flat  # in the metres it measures in
    pairs = {
        (one, other): float(shapely.intersection(flat[one], flat[other]).area)
        for one, other in itertools.combinations(range(len(flat)), 2)
    }
    expected = {pair: area for pair, area in pairs.items() if area >= 1.0}
    found = {(one.first, one.second): one.area for one in laid.overlaps() if one.area >= 1.0}
    assert found == pytest.approx(expected, abs=1e-6)
    parts = shapely.get_parts(shapely.union_all(flat))
    holes = [hole for part in parts for hole in map(shapely.Polygon, part.interiors)]
    free = [shapely.difference(hole, shapely.union_all(flat)) for hole in holes]
    wide = shapely.union_all([hole for hole in free if hole.area >= 1.0], grid_size=0.001)
    gaps = laid._plane.to_metres(np.array([gap.shape for gap in laid.gaps()], dtype=object))
    told = shapely.union_all(shapely.set_precision(gaps, 0.001), grid_size=0.001)
    assert shapely.difference(wide, shapely.buffer(told, 0.01)).area == pytest.approx(0, abs=0.01)
    open_slits = shapely.difference(told, shapely.buffer(wide, 0.01))
    assert shapely.intersection(told, shapely.buffer(shapely.union_all(flat), -0.01)).area == pytest.approx(0, abs=0.01)
    for slit in shapely.get_parts(open_slits):  # what is more is narrow
        assert shapely.is_empty(shapely.buffer(slit, -GAP_WIDTH / 2 - 0.02))


def faults_of(shapes: list[shapely.Polygon]) -> set[str]:
    """Return the kinds of faults the editor finds among the outlines."""
    stored = {f"g{place:02}": shapely.to_wkb(shape) for place, shape in enumerate(shapes)}
    return {problem.kind for problem in Standing.of(Coverage.from_degrees(stored)).problems if problem.is_fault}


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.0003, 0.002, 0.01, 0.3]))
def test_outlines_the_editor_finds_faulty_are_never_faultless_here(seed: int, off: float) -> None:
    whole = random_coverage(seed, 9)
    cells = list(whole.shapes.values())
    cells[seed % len(cells)] = shapely.transform(cells[seed % len(cells)], lambda points: points + off)
    shapes = [settled(shapely.transform(cell, whole.frame.to_degrees))[0] for cell in cells]
    laid = Laid(shapes)
    told = bool(laid.overlaps() or laid.gaps() or laid.misfits())
    assert told or not faults_of(shapes)  # a slit open at an end is told and no fault
    assert off > 0 or not told


def test_less_than_a_square_metre_claimed_twice_is_told() -> None:
    shapes = [square(0, 0), square(1, 0, -2e-8)]  # 1.7 mm over 222 m
    (one,) = Laid(shapes).overlaps()
    assert one.area == pytest.approx(0.384, rel=0.1)
    assert faults_of(shapes) == {"overlap"}


def test_a_corner_only_one_of_two_has_is_a_misfit_and_no_ground() -> None:
    west, north = square(0, 0), square(0, 1)
    corner = (LON + STEP / 3, north.bounds[1])
    ring = list(north.exterior.coords)
    place = next(n for n, (one, other) in enumerate(itertools.pairwise(ring)) if one[1] == other[1] == corner[1])
    notched = shapely.Polygon([*ring[: place + 1], corner, *ring[place + 1 :]])
    laid = Laid([west, notched, square(3, 3)])
    assert laid.misfits() == [0, 1]
    assert laid.overlaps() == [] and laid.gaps() == []
    assert faults_of([west, notched]) == {"border"}
    assert Laid([west, north]).misfits() == [] and Laid([]).misfits() == []


def test_looking_can_be_stopped() -> None:
    class Impatient:
        def advance(self, done: int, total: int, message: str = "") -> None:
            if done:
                raise OperationCancelled

    slits = [square(column, 0, column * 0.00001) for column in range(4)]
    with pytest.raises(OperationCancelled):
        Laid(slits, Impatient()).gaps()
