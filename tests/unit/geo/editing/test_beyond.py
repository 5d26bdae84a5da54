"""Corners for the grid of the community next door."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.geo.editing.beyond import outer_corners, with_outer_corners
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage
from tests.coverages import RandomEdits, random_coverage


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
