"""Faults between grids mended: by giving ground away, or all at once."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridapp.errors import OperationCancelled, ValidationError
from gridapp.geo.editing import corners
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.faces import joined
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.editing.mending import give_overlap, mend, mend_drawing
from gridapp.geo.editing.session import EditSession
from gridapp.geo.editing.standing import Standing
from gridapp.progress import Progress
from tests.coverages import REAL, random_coverage, read_shapes, real_coverage

FRAME = EditFrame(104.5, 39.2)


def blob(x: float, y: float, reach: float, seed: int) -> shapely.Polygon:
    """Return a curved outline around a place. [m]"""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    far = reach * (1 + 0.1 * random.random(40))
    return shapely.Polygon(FRAME.on_lattice(np.column_stack([x + far * np.cos(turn), y + far * np.sin(turn)])))


def overlapping(seed: int) -> Coverage:
    return Coverage(FRAME, {"a": blob(0, 0, 300, seed), "b": blob(450, 40, 300, seed + 1)})


@given(st.integers(0, 10_000))
def test_the_keeper_keeps_its_ground_and_the_other_loses_what_both_claimed(seed: int) -> None:
    before = overlapping(seed)
    shared = shapely.intersection(before.shapes["a"], before.shapes["b"]).area
    after = before.applied(give_overlap(before, "a", ("a", "b")))
    assert [problem for problem in problems_among(after, after) if problem.is_fault] == []
    assert after.shapes["a"].area == pytest.approx(before.shapes["a"].area, abs=1e-3)
    assert after.shapes["b"].area == pytest.approx(before.shapes["b"].area - shared, abs=1e-3)


def test_only_who_claims_the_ground_can_keep_it() -> None:
    before = overlapping(1)
    with pytest.raises(ValidationError, match="claim"):
        give_overlap(before, "c", ("a", "b"))
    inside = Coverage(FRAME, {"a": blob(0, 0, 300, 1), "b": blob(0, 0, 100, 2)})
    with pytest.raises(ValidationError, match="no ground left"):
        give_overlap(inside, "a", ("a", "b"))


@given(st.integers(0, 10_000), st.floats(0.002, 0.02))
def test_corners_off_by_millimetres_are_fitted(seed: int, off: float) -> None:
    whole = random_coverage(seed, 8)
    id = sorted(whole)[0]
    moved = shapely.transform(whole.shapes[id], lambda points: points + off)
    torn = Coverage(whole.frame, whole.shapes | {id: moved})
    session = EditSession.start(torn).did(mend(torn, widest_gap=0.1))
    after = session.coverage
    assert [problem for problem in problems_among(after, after) if problem.is_fault] == []
    for other in torn:
        most = 2 * off * torn.shapes[other].length
        assert after.shapes[other].area == pytest.approx(torn.shapes[other].area, abs=most)
    assert dict(session.undo().coverage.shapes) == dict(torn.shapes)


@given(st.integers(0, 10_000))
def test_a_mended_drawing_tells_what_is_wrong_as_a_look_at_everything_does(seed: int) -> None:
    whole = random_coverage(seed, 8)
    first, last = sorted(whole)[0], sorted(whole)[-1]
    moved = shapely.transform(whole.shapes[first], lambda points: whole.frame.on_lattice(points + 0.5))
    torn = Coverage(whole.frame, whole.shapes | {first: moved})
    session, standing = EditSession.start(torn), Standing.of(torn)
    done = mend_drawing(session, standing)
    assert done.before is session and done.standing.opened is done.after.coverage
    x, y = done.after.coverage.corners(last)[0].tolist()
    try:
        further = done.after.did(corners.move_vertices(done.after.coverage, {(x, y): (x + 0.4, y + 0.3)}))
    except ValidationError:  # that corner has no room
        further = done.after
    found = done.problems_in(further)
    assert found is not None
    assert {(one.kind, one.ids) for one in found} == {(one.kind, one.ids) for one in standing.after(further.outcome())}
    assert done.problems_in(session) is None
    assert done.problems_in(further.undo().undo()) is None


def test_mending_a_drawing_can_be_stopped() -> None:
    class Stopping(Progress):
        def advance(self, done: int, total: int, message: str = "") -> None:
            raise OperationCancelled

    torn = overlapping(1)
    with pytest.raises(OperationCancelled):
        mend_drawing(EditSession.start(torn), Standing.of(torn), Stopping())


def test_a_duplicate_is_left_to_the_user() -> None:
    twice = Coverage(FRAME, {"a": blob(0, 0, 300, 1), "b": blob(0, 0, 300, 1)})
    after = twice.applied(mend(twice))
    assert set(after) == {"a", "b"}
    assert all(not shape.is_empty for shape in after.shapes.values())


def test_on_real_outlines_only_those_beside_a_fault_change() -> None:
    whole = real_coverage()
    id = sorted(whole)[20]
    torn = Coverage(whole.frame, whole.shapes | {id: shapely.transform(whole.shapes[id], lambda points: points + 0.01)})
    edit = mend(torn)
    assert set(edit.touched) <= set(torn.around([id]))
    after = torn.applied(edit)
    assert [problem for problem in problems_among(after, after) if problem.is_fault] == []


def test_real_borders_that_miss_by_millimetres_can_be_joined() -> None:
    shapes = np.array(read_shapes(REAL), dtype=object)
    frame = EditFrame.around(shapes)
    raw = list(shapely.transform(shapes, frame.to_metres))  # as they were stored before anybody mended them
    assert shapely.area(joined(raw)) == pytest.approx(shapely.area(shapely.union_all(raw)), rel=1e-9)
    twice = [blob(0, 0, 300, 1), blob(100, 0, 300, 2)]
    assert shapely.area(joined(twice)) == pytest.approx(shapely.area(shapely.union_all(twice)), rel=1e-9)
