"""Outlines made fit to store; overlaps and gaps found with their area."""

from __future__ import annotations

import pytest
import shapely

from gridapp.geo.boundary import find_gaps, find_overlaps, settled

LON, LAT, STEP = 104.5, 39.2, 0.002  # about 173 m by 222 m


def square(column: int, row: int, shift: float = 0.0) -> shapely.Polygon:
    west, south = LON + column * STEP + shift, LAT + row * STEP
    return settled(shapely.box(west, south, west + STEP, south + STEP))[0]


def test_a_sound_outline_is_only_rounded() -> None:
    shape, repaired = settled(shapely.Polygon([(104.123456789123, 39, 5), (104.2, 39, 5), (104.2, 39.1, 5)]))
    assert not repaired
    assert not shape.has_z
    assert (104.12345679, 39.0) in list(shape.exterior.coords)
    assert settled(shape)[0].equals_exact(shape, 0)


def test_a_crossing_outline_is_repaired_and_said_so() -> None:
    bow_tie = shapely.Polygon([(104, 39), (104.01, 39.01), (104.01, 39), (104, 39.01)])
    shape, repaired = settled(bow_tie)
    assert repaired
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"


def test_a_line_has_nothing_left() -> None:
    shape, _repaired = settled(shapely.Polygon([(104, 39), (104.01, 39.01), (104, 39)]))
    assert shape.is_empty


def test_touching_neighbours_neither_overlap_nor_gap() -> None:
    block = [square(column, row) for column in range(3) for row in range(3)]
    assert find_overlaps(block) == []
    assert find_gaps(block) == []


def test_an_overlap_is_found_with_its_area() -> None:
    found = find_overlaps([square(0, 0), square(1, 0, -STEP / 4)])
    assert [(overlap.first, overlap.second) for overlap in found] == [(0, 1)]
    assert found[0].area == pytest.approx(43.2 * 222, rel=0.01)
    assert LON < found[0].lon < LON + STEP


def test_a_hole_among_neighbours_is_a_gap() -> None:
    ring = [square(column, row) for column in range(3) for row in range(3) if (column, row) != (1, 1)]
    found = find_gaps(ring)
    assert len(found) == 1
    assert found[0].area == pytest.approx(173 * 222, rel=0.01)


def test_a_slit_between_two_neighbours_is_a_gap() -> None:
    slit = find_gaps([square(0, 0), square(1, 0, 0.00001)])  # 0.86 m wide
    assert len(slit) == 1
    assert slit[0].area == pytest.approx(0.86 * 222, rel=0.05)


def test_a_bay_in_one_outline_is_no_gap() -> None:
    narrow = 0.000005
    bay = shapely.box(LON + STEP / 2, LAT + STEP / 2, LON + STEP / 2 + narrow, LAT + STEP)
    assert find_gaps([settled(shapely.difference(square(0, 0), bay))[0]]) == []
