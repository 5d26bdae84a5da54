"""Random edits keep a coverage whole, keep its area, and are taken back byte for byte."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.geo.editing.check import problems_of
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.session import EditSession
from tests.coverages import RandomEdits, random_coverage, real_coverage

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
KEEPING_ALL_GROUND = ("split", "merge", "insert")
AREA_LIMIT = 1e-6


def stored(coverage: Coverage) -> dict[str, bytes]:
    return {id: bytes(shapely.to_wkb(coverage.shapes[id])) for id in sorted(coverage)}


def assert_whole(coverage: Coverage, ids: list[str]) -> None:
    shapes = np.array([coverage.shapes[id] for id in ids], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)


def assert_area_kept(edit: Edit, name: str) -> None:
    """Polygons together lose or win exactly what the ground they cover loses or wins."""
    before = [change.before for change in edit.changes if change.before is not None]
    after = [change.after for change in edit.changes if change.after is not None]
    difference = float(shapely.area(after).sum() - shapely.area(before).sum())
    ground = float(shapely.area(shapely.union_all(after)) - shapely.area(shapely.union_all(before)))
    assert abs(difference - ground) <= AREA_LIMIT
    if name in KEEPING_ALL_GROUND:
        assert abs(difference) <= AREA_LIMIT


@pytest.mark.parametrize("seed", range(10) if THOROUGH else [5])
def test_two_hundred_edits_of_real_polygons(seed: int) -> None:
    """Split, merge, move, reshape and the rest: valid after each, area kept, all undone to the byte, redone alike."""
    edits, dice = RandomEdits(seed), random.Random(seed)
    session = EditSession.start(real_coverage())
    opened = stored(session.coverage)
    done = 0
    while done < 200:
        name = dice.choice(("split", "merge", "move", "reshape", "insert", "delete", "hole"))
        try:
            edit = getattr(edits, name)(session.coverage)
        except ValidationError:
            continue
        if any(problem.is_fault for problem in problems_of(session.coverage, edit)):
            continue
        after = session.did(edit)
        assert_whole(after.coverage, after.coverage.around(edit.touched))
        assert_area_kept(edit, name)
        assert stored(after.undo().coverage) == stored(session.coverage)
        session, done = after, done + 1
    assert_whole(session.coverage, sorted(session.coverage))
    edited = stored(session.coverage)
    for _step in range(done):
        session = session.undo()
    assert stored(session.coverage) == opened
    assert session.outcome().changes == ()
    for _step in range(done):
        session = session.redo()
    assert stored(session.coverage) == edited


@settings(max_examples=40 if not THOROUGH else 1000)
@given(st.integers(0, 10**6), st.lists(st.sampled_from(("split", "merge", "move", "reshape", "hole")), max_size=6))
def test_random_coverages_stay_whole(seed: int, names: list[str]) -> None:
    edits = RandomEdits(seed)
    session = EditSession.start(random_coverage(seed))
    opened = stored(session.coverage)
    for name in names:
        try:
            edit = getattr(edits, name)(session.coverage)
        except ValidationError:
            continue
        if any(problem.is_fault for problem in problems_of(session.coverage, edit)):
            continue
        session = session.did(edit)
        assert_area_kept(edit, name)
        assert_whole(session.coverage, sorted(session.coverage))
    outcome = session.outcome()
    assert stored(session.coverage.reverted(outcome)) == opened
    in_degrees = {id: session.coverage.to_degrees(id) for id in session.coverage}
    again = Coverage.from_degrees(in_degrees, session.opened.frame)
    assert stored(again) == stored(session.coverage)  # what is stored is what was seen
