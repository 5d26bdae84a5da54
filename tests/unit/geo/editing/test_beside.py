"""Ground of the communities next door is told at once when an edit takes it, and only then."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.geo.editing.beside import LEAST_BETWEEN, Beside
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.session import EditSession
from gridapp.geo.editing.standing import Standing
from tests.coverages import RandomEdits, random_coverage


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.lists(st.sampled_from(("move", "reshape", "split", "merge")), min_size=1, max_size=4))
def test_what_a_drawing_takes_from_next_door_is_told(seed: int, kinds: list[str]) -> None:
    whole = random_coverage(seed)
    codes = sorted(whole)
    mine = Coverage(whole.frame, {id: whole.shapes[id] for id in codes[::2]})
    theirs = [whole.shapes[id] for id in codes[1::2]]
    neighbours = [(id, "next door", whole.to_degrees(id)) for id in codes[1::2]]
    standing = Standing.of_stored({id: mine.to_degrees(id) for id in mine}, None, whole.frame, neighbours)
    assert not [problem for problem in standing.problems if problem.kind == "claimed"]
    edits, session = RandomEdits(seed), EditSession.start(standing.opened)
    for kind in kinds:
        try:
            session = session.did(getattr(edits, kind)(session.coverage))
        except ValidationError:
            continue
        shapes = list(session.coverage.shapes.values())
        if not shapely.is_valid(shapes).all():
            return
        found = [one for one in standing.after(session.outcome()) if one.kind == "claimed"]
        taken = shapely.area(shapely.intersection(shapely.union_all(shapes), shapely.union_all(theirs)))
        told = shapely.area(shapely.union_all([one.shape for one in found]))
        unsaid = LEAST_BETWEEN * len(shapes) * len(theirs)  # rounding between each two
        assert told <= taken + 1e-6 and taken <= told + unsaid
        assert all(one.is_fault and one.area >= LEAST_BETWEEN and "next door" in one.sentence for one in found)
        assert {id for one in found for id in one.ids} <= set(session.coverage)


def test_what_was_theirs_and_ours_before_is_not_told() -> None:
    whole = random_coverage(3)
    first = sorted(whole)[0]
    mine = Coverage(whole.frame, {first: whole.shapes[first]})
    wide = shapely.buffer(whole.shapes[first], -1.0)
    neighbours = [("g", "next door", bytes(shapely.to_wkb(shapely.transform(wide, whole.frame.to_degrees))))]
    beside = Beside(mine, neighbours)
    grown = Coverage(whole.frame, {"new-1": shapely.buffer(wide, -1.0), "new-2": shapely.buffer(wide, 2.0)})
    assert beside.claimed(grown, grown) == []
    assert beside.claimed(mine, mine) == Beside(mine, []).claimed(grown, grown) == []


@pytest.mark.parametrize("far", [True, False])
def test_a_new_grid_is_told_by_its_id_and_the_name_of_its_neighbour(far: bool) -> None:
    whole = random_coverage(4)
    first, second = sorted(whole)[:2]
    beside = Beside(
        Coverage(whole.frame, {first: whole.shapes[first]}), [("东邻1网格", "东邻社区", whole.to_degrees(second))]
    )
    east = 5000.0 if far else 0.0
    drawn = shapely.transform(whole.shapes[second], lambda points: points + [east, 0.0])
    found = beside.claimed(Coverage(whole.frame, {"new-1": drawn}), ["new-1", "gone"])
    assert [one.ids for one in found] == ([] if far else [("new-1",)])
    assert far or found[0].sentence.startswith("new-1 claims") and "东邻1网格 of 东邻社区" in found[0].sentence
