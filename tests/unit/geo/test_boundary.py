"""Outlines made fit to store."""

from __future__ import annotations

import shapely

from gridapp.geo.boundary import settled


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
