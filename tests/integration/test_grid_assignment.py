"""Residents in the grid their building lies in; what somebody chose by hand stays, and is marked."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gridapp.db.database import Database
from gridapp.db.queries.grid_choices import list_choice_rows
from gridapp.db.queries.grid_history import list_living
from gridapp.errors import ConflictError, NotFoundError, OperationCancelled, ValidationError
from gridapp.geo.editing import borders
from gridapp.services.boundary_standing import all_standing
from gridapp.services.facts import import_facts
from gridapp.services.grid_assignment import assign_by_place, places_of
from gridapp.services.grid_choices import choose_grid, release_choice
from gridapp.services.grid_editing import preview_drawing, save_drawing
from gridapp.services.undo import undo_operation
from tests.factories import COMMUNITY
from tests.ground import CODES, DAY, four_grids, metres, sitting


@pytest.fixture
def muddled(database: Database) -> Database:
    """The four grids; a ledger put everybody of the first into the second; some places are wrong or missing."""
    facts = four_grids()
    for row in facts["residencies"]:
        if row["grid"] == CODES[0]:
            row["grid"] = CODES[1]
    facts["buildings"][4] |= {"lon": 105.9, "lat": 39.9}
    del facts["buildings"][5]["lon"], facts["buildings"][5]["lat"]
    del facts["residencies"][-1]["household"]
    import_facts(database, facts, "tester")
    return database


def grid_of(database: Database, ref: str, day: dt.date = DAY) -> list[str]:
    return [row.grid for row in database.fetch(list_living, None, day) if row.ref == ref and row.start <= day]


def test_residents_get_the_grid_they_live_in(muddled: Database) -> None:
    found = muddled.fetch(places_of, DAY)
    assert (found.buildings, found.places) == (16, 15)
    assert {(move.before, move.after) for move in found.moves} == {(CODES[1], CODES[0])}
    assert len(found.moves) == 8
    assert sum(move.is_elder for move in found.moves) == 4
    assert sorted(ref for ref, _name in found.nowhere) == ["e20", "y20"]
    assert found.buildings_nowhere == ("20号楼",)
    assert found.unplaced == 3
    changes = assign_by_place(muddled, DAY, "tester")
    assert grid_of(muddled, "e10") == [CODES[0]]
    assert grid_of(muddled, "e10", DAY - dt.timedelta(1)) == [CODES[1]]
    assert muddled.fetch(places_of, DAY).moves == ()
    undo_operation(muddled, changes.operation, "tester")
    assert grid_of(muddled, "e10") == [CODES[1]]


def test_what_is_chosen_by_hand_stays(muddled: Database) -> None:
    choose_grid(muddled, CODES[3], "由四网格代管", DAY, "tester", building="b10")
    choose_grid(muddled, CODES[2], "本人要求", DAY, "tester", resident="e11")
    assert grid_of(muddled, "e10") == grid_of(muddled, "y10") == [CODES[3]]
    assert grid_of(muddled, "e11") == [CODES[2]]
    assert grid_of(muddled, "y11") == [CODES[1]]
    found = assign_by_place(muddled, DAY, "tester").result
    assert sorted(found.kept_by_hand) == ["示例e10", "示例e11", "示例y10"]
    assert grid_of(muddled, "e10") == [CODES[3]]
    assert grid_of(muddled, "y11") == [CODES[0]]
    session = sitting(muddled)
    line = np.array([metres(session, 0.5, -0.1), metres(session, 0.5, 1.1)])
    drawing = session.did(borders.split(session.coverage, CODES[0], line, lambda: "new")).drawn()
    seen = preview_drawing(muddled, COMMUNITY, drawing, DAY)
    assert {move.ref for move in seen.moves} & {"e10", "y10", "e11"} == set()
    save_drawing(muddled, COMMUNITY, drawing, DAY, "tester")
    assert grid_of(muddled, "e11") == [CODES[2]]


def test_choosing_again_ends_the_choice_before(muddled: Database) -> None:
    choose_grid(muddled, CODES[3], "一", DAY, "tester", resident="e11")
    choose_grid(muddled, CODES[2], "二", DAY + dt.timedelta(30), "tester", resident="e11")
    assert grid_of(muddled, "e11") == [CODES[3]]
    assert grid_of(muddled, "e11", DAY + dt.timedelta(30)) == [CODES[2]]


def test_who_did_not_see_a_choice_does_not_replace_it(muddled: Database) -> None:
    choose_grid(muddled, CODES[3], "本人要求", DAY, "他", resident="e11", seen={"choice": ""})
    with pytest.raises(ConflictError, match="他, chose .*本人要求") as caught:
        choose_grid(muddled, CODES[2], "二", DAY, "我", resident="e11", seen={"choice": ""})
    assert grid_of(muddled, "e11") == [CODES[3]]
    choose_grid(muddled, CODES[2], "二", DAY, "我", resident="e11", seen=caught.value.theirs.seen)
    assert grid_of(muddled, "e11") == [CODES[2]]


def test_choices_that_cannot_be(muddled: Database) -> None:
    with pytest.raises(ValidationError, match="why"):
        choose_grid(muddled, CODES[0], " ", DAY, "tester", resident="e11")
    with pytest.raises(ValidationError, match="either"):
        choose_grid(muddled, CODES[0], "x", DAY, "tester")
    with pytest.raises(NotFoundError):
        choose_grid(muddled, CODES[0], "x", DAY, "tester", building="none")
    with pytest.raises(ValidationError, match="does not exist"):
        choose_grid(muddled, CODES[0], "x", dt.date(2020, 1, 1), "tester", resident="e11")


class Impatient:
    """Progress that cancels at the first report."""

    def advance(self, done: int, total: int, message: str = "") -> None:
        raise OperationCancelled


def test_a_cancelled_assignment_writes_nothing(muddled: Database) -> None:
    with pytest.raises(OperationCancelled):
        assign_by_place(muddled, DAY, "tester", progress=Impatient())
    assert grid_of(muddled, "e10") == [CODES[1]]


def test_a_choice_that_is_released_gives_people_the_grid_they_live_in(muddled: Database) -> None:
    choose_grid(muddled, CODES[3], "由四网格代管", DAY, "tester", building="b10")
    choose_grid(muddled, CODES[2], "本人要求", DAY, "tester", resident="e10")
    person, building = muddled.fetch(list_choice_rows, DAY)
    assert (person.person, person.building_name, person.grid_name) == ("e10", "10号楼", "第3网格")
    assert (building.person, building.building, building.reason) == ("", "b10", "由四网格代管")
    later = DAY + dt.timedelta(7)
    release_choice(muddled, person.key, later, "tester")
    assert grid_of(muddled, "e10", later) == [CODES[3]]  # the building is still put there
    changes = release_choice(muddled, building.key, later, "tester")
    assert grid_of(muddled, "e10", later) == grid_of(muddled, "y10", later) == [CODES[0]]
    assert grid_of(muddled, "e10") == [CODES[2]]
    assert muddled.fetch(list_choice_rows, later) == []
    with pytest.raises(NotFoundError, match="does not hold"):
        release_choice(muddled, building.key, later, "tester")
    undo_operation(muddled, changes.operation, "tester")
    assert grid_of(muddled, "y10", later) == [CODES[3]]


def test_a_choice_for_later_is_released_and_the_one_that_holds_stays(muddled: Database) -> None:
    later = DAY + dt.timedelta(30)
    choose_grid(muddled, CODES[3], "代管", DAY, "tester", resident="e10")
    choose_grid(muddled, CODES[2], "本人要求", later, "tester", resident="e10")
    holding, planned = muddled.fetch(list_choice_rows, DAY)
    release_choice(muddled, planned.key, DAY, "tester")
    assert [row.key for row in muddled.fetch(list_choice_rows, DAY)] == [holding.key]
    assert grid_of(muddled, "e10") == [CODES[3]]
    assert grid_of(muddled, "e10", later) == [CODES[0]]


def test_how_the_stored_grids_stand(muddled: Database) -> None:
    choose_grid(muddled, CODES[3], "代管", DAY, "tester", building="b10")
    (found,) = muddled.fetch(all_standing, DAY)
    assert (found.grids, found.undrawn, found.problems) == (4, (), ())
    strays = {stray.person: stray for stray in found.placement.strays}
    assert strays["e20"].place is None
    assert (strays["e20"].building_name, strays["e20"].grid) == ("20号楼", CODES[1])
    assert strays["e11"].place == CODES[0]
    assert len(found.choices) == 1
