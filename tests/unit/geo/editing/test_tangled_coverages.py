"""Every edit on ground with holes in holes, exclaves and islands: whole after each, area exact, undone to the byte."""

from __future__ import annotations

import os

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.geo.editing.check import problems_among, problems_of
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.session import EditSession
from tests.coverages import RandomEdits, tangled_coverage

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
EDITS = ("split", "merge", "move", "reshape", "insert", "delete", "hole", "draw", "fill", "remove")
KEEPING = ("split", "merge", "insert")
AREA_LIMIT = 1e-6


def stored(coverage: Coverage) -> dict[str, bytes]:
    return {id: bytes(shapely.to_wkb(coverage.shapes[id])) for id in sorted(coverage)}


def everything(coverage: Coverage) -> np.ndarray:
    return np.array([coverage.shapes[id] for id in sorted(coverage)], dtype=object)


def assert_whole(coverage: Coverage) -> None:
    shapes = everything(coverage)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    kinds = {one.kind for one in problems_among(coverage, list(coverage))}
    assert not kinds & {"invalid", "overlap", "border"}
    for part in shapely.get_parts(shapes):
        assert part.geom_type == "Polygon"
        assert part.area > 0


def test_the_ground_has_what_it_promises() -> None:
    coverage = tangled_coverage(3)
    shapes = everything(coverage)
    assert_whole(coverage)
    assert sum(len(shapely.get_parts(shape)) > 2 for shape in shapes) == 1
    assert shapely.get_num_interior_rings(shapely.get_parts(shapes)).sum() >= 4
    assert [one.kind for one in problems_among(coverage, list(coverage)) if one.is_fault] == ["gap"]


@settings(max_examples=60 if not THOROUGH else 2000)
@given(st.integers(0, 10**6), st.lists(st.sampled_from(EDITS), min_size=1, max_size=7))
def test_edits_of_tangled_ground(seed: int, names: list[str]) -> None:
    edits = RandomEdits(seed)
    session = EditSession.start(tangled_coverage(seed))
    opened = stored(session.coverage)
    for name in names:
        before = session.coverage
        if name == "merge" and not all(before.neighbours(id) for id in before):
            continue  # whoever is chosen must have somebody to merge with
        try:
            edit = getattr(edits, name)(before)
        except ValidationError:
            continue  # refused with a sentence
        if any(one.is_fault and (name, one.kind) != ("remove", "gap") for one in problems_of(before, edit)):
            continue  # the window would not take it either
        session = session.did(edit)
        assert_whole(session.coverage)
        lost = shapely.area(everything(session.coverage)).sum() - shapely.area(everything(before)).sum()
        ground = shapely.area(shapely.union_all(everything(session.coverage))) if len(session.coverage) else 0.0
        ground -= shapely.area(shapely.union_all(everything(before)))
        assert lost == pytest.approx(ground, abs=AREA_LIMIT)
        if name in KEEPING:
            assert lost == pytest.approx(0.0, abs=AREA_LIMIT)
        if name in ("draw", "fill"):
            assert lost > 0
        assert stored(session.undo().coverage) == stored(before)
        if not len(session.coverage):
            break
    edited = stored(session.coverage)
    in_degrees = {id: session.coverage.to_degrees(id) for id in session.coverage}
    assert stored(Coverage.from_degrees(in_degrees, session.opened.frame)) == edited  # what is stored is what was seen
    assert stored(session.opened.applied(session.outcome())) == edited
    back = session
    while back.done:
        back = back.undo()
    assert stored(back.coverage) == opened
    while back.undone:
        back = back.redo()
    assert stored(back.coverage) == edited
