"""Points in polygons: all ways give the same answer, on borders too, and after an edit."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.geo.locate import PointIndex
from tests.coverages import random_coverage


def slowly(shapes: list[object], points: np.ndarray) -> list[int]:
    """Ask every polygon about every point."""
    found = []
    for point in points:
        inside = [place for place, shape in enumerate(shapes)
                  if np.isfinite(point).all() and shapely.intersects(shape, shapely.Point(point))]  # fmt: skip
        found.append(inside[0] if inside else -1)
    return found


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_as_found_one_by_one_before_and_after_an_edit(seed: int) -> None:
    dice = np.random.default_rng(seed)
    coverage = random_coverage(seed)
    in_degrees = [shapely.transform(shape, coverage.frame.to_degrees) for shape in coverage.shapes.values()]
    corners = shapely.get_coordinates(in_degrees)
    west, south, east, north = shapely.total_bounds(in_degrees)
    points = np.vstack([dice.uniform((west, south), (east, north), (60, 2)), corners[:20], [[np.nan, np.nan], [0, 0]]])
    points = np.round(np.vstack([points, points[:30]]), 8)
    index = PointIndex(points)
    assert index.places <= 81
    found = index.locate(np.array(in_degrees, dtype=object))
    assert found.tolist() == slowly(in_degrees, points)
    first, second = dice.choice(len(in_degrees), 2, replace=False).tolist()
    edited = list(in_degrees)
    edited[first], edited[second] = in_degrees[second], in_degrees[first]
    rows, owners = index.ask({first: edited[first], second: edited[second]})
    low, high = sorted((first, second))
    expected = slowly([edited[low], edited[high]], points)
    assert dict(zip(rows.tolist(), owners.tolist(), strict=True)) == {
        row: (low, high)[place] for row, place in enumerate(expected) if place >= 0
    }


def test_nothing_given() -> None:
    assert PointIndex(np.empty((0, 2))).locate(np.array([shapely.box(0, 0, 1, 1)])).tolist() == []
    assert PointIndex(np.array([[0.5, 0.5]])).locate(np.array([], dtype=object)).tolist() == [-1]
