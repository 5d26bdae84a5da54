"""A border followed between two places on it; corners for the grid next door."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.geo.editing.beyond import outer_corners, with_outer_corners
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.tracing import trace
from tests.coverages import RandomEdits, random_coverage


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0, 0.999), st.floats(0, 0.999))
def test_both_ways_together_are_the_ring(seed: int, start: float, end: float) -> None:
    coverage = random_coverage(seed)
    id = sorted(coverage)[seed % len(coverage)]
    rings = shapely.get_rings(shapely.get_parts(coverage.shape(id)))
    ring = rings[seed % len(rings)]
    places = []
    for share in (start, end):
        place = shapely.line_interpolate_point(ring, share, normalized=True)
        snap = coverage.snap(place.x, place.y, 0.5)
        assert snap is not None
        places.append((snap.x, snap.y))
    if np.hypot(*np.subtract(*places)) < 0.01 or shapely.distance(ring, shapely.points(places)).max() > 1e-3:
        return
    short, long = (trace(coverage, places[0], places[1], other_way, id) for other_way in (False, True))
    for way in (short, long):
        assert tuple(way[0]) == places[0]
        assert tuple(way[-1]) == places[1]
        assert shapely.distance(ring, shapely.points(way)).max() <= 2e-3
    lengths = [shapely.length(shapely.LineString(way)) for way in (short, long)]
    assert lengths[0] <= lengths[1]
    assert sum(lengths) == pytest.approx(ring.length, abs=0.01)
    turned = trace(coverage, places[1], places[0], False, id)
    assert shapely.LineString(turned).length == pytest.approx(lengths[0], abs=0.01)


def test_places_on_no_common_border(squares: Coverage) -> None:
    with pytest.raises(ValidationError, match="No border runs"):
        trace(squares, (0.0, 0.0), (200.0, 100.0))
    with pytest.raises(ValidationError, match="two different"):
        trace(squares, (0.0, 0.0), (0.0, 0.0))


def test_without_a_name_the_shortest_way_of_all(squares: Coverage) -> None:
    assert trace(squares, (100.0, 0.0), (100.0, 100.0)).tolist() == [[100.0, 0.0], [100.0, 100.0]]
    longer = trace(squares, (100.0, 0.0), (100.0, 100.0), other_way=True, along="a")
    assert longer.tolist() == [[100.0, 0.0], [0.0, 0.0], [0.0, 100.0], [100.0, 100.0]]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(("split", "reshape", "insert")))
def test_two_halves_of_a_coverage_stay_one_when_one_is_edited(seed: int, kind: str) -> None:
    whole = random_coverage(seed)
    codes = sorted(whole)
    half = set(codes[: len(codes) // 2])
    mine = Coverage(whole.frame, {id: whole.shapes[id] for id in codes if id in half})
    others = {id: whole.to_degrees(id) for id in codes if id not in half}
    try:
        edit = getattr(RandomEdits(seed), kind)(mine)
    except ValidationError:
        return
    after = {change.id: change.after for change in edit.changes}
    corners = outer_corners(mine, after)
    changed = with_outer_corners(mine, corners, others)
    together = Coverage(whole.frame, {
        **mine.applied(edit).shapes,
        **Coverage.from_degrees(others | changed, whole.frame).shapes,
    })  # fmt: skip
    for code, outline in changed.items():
        area = shapely.area(shapely.transform(shapely.from_wkb(outline), whole.frame.to_metres))
        assert area == pytest.approx(shapely.area(whole.shapes[code]), abs=1e-6)
    if kind != "reshape":  # which moves the outer border itself
        found = problems_among(together, list(together))
        assert [problem.kind for problem in found if problem.is_fault] == []


@pytest.fixture
def squares() -> Coverage:
    from gridapp.geo.editing.frame import EditFrame

    frame = EditFrame(104.5, 39.2)
    return Coverage(frame, {"a": shapely.box(0, 0, 100, 100), "b": shapely.box(100, 0, 200, 100)})
