"""A sitting at the map, stored: people change grid from a day, the past stays, undo brings everything back."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import numpy as np
import pytest
import shapely

from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.grid_choices import list_choice_rows
from gridapp.db.queries.grid_history import list_living, list_successions
from gridapp.db.queries.places import list_grids, list_workers
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.domain.period import Month
from gridapp.errors import ConflictError, NotFoundError, ValidationError
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import problems_among, problems_of
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.session import Drawing, EditSession
from gridapp.services import grid_editing
from gridapp.services.boundary_drafts import discard_draft, keep_draft, read_draft
from gridapp.services.facts import import_facts
from gridapp.services.grid_choices import choose_grid
from gridapp.services.grid_editing import NewGrid, open_ground, preview_drawing, save_drawing
from gridapp.services.undo import undo_operation
from gridapp.settings import Settings
from tests.coverages import RandomEdits
from tests.factories import COMMUNITY
from tests.ground import CODES, DAY, START, filled, four_grids, metres, sitting, square

BEFORE = DAY - dt.timedelta(1)


@pytest.fixture
def community(database: Database) -> Database:
    return filled(database)


def outlines(database: Database, community: str) -> dict[str, bytes]:
    """Return the outlines of a community on the day."""
    return {row.code: row.boundary or b"" for row in database.fetch(list_grids, DAY, community)}


STAMPS = {"created", "created_by", "changed", "changed_by", "version"}


def contents(database: Database) -> Any:
    """Return all facts without the stamps, which undo adds to."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if key not in STAMPS}
        return [plain(item) for item in value] if isinstance(value, list) else value

    return plain(database.fetch(read_facts))


def split_first(database: Database) -> EditSession:
    """Split the first grid down the middle: the western half gets the id "new-1" or keeps the code."""
    session = sitting(database)
    line = np.array([metres(session, 0.5, -0.1), metres(session, 0.5, 1.1)])
    return session.did(borders.split(session.coverage, CODES[0], line, lambda: "new-1"))


def living_in(database: Database, day: dt.date) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in database.fetch(list_living, COMMUNITY, day):
        if row.start <= day:
            found[row.grid] = found.get(row.grid, 0) + 1
    return found


def test_a_split_puts_its_corner_into_the_grid_of_the_community_next_door(database: Database) -> None:
    facts = four_grids()
    other = f"{COMMUNITY[:-1]}9"
    below = f"{other}001"
    facts["communities"].append({"code": other, "name": "南邻社区"})
    for code, row in ((below, -1), (f"{other}002", -2)):
        facts["grids"].append({"code": code, "name": "南邻网格", "valid_from": START, "valid_to": None,
                               "boundaries": [{"start": START, "end": None, "geometry": square(0, row)}]})  # fmt: skip
    import_facts(database, facts, "tester")
    opened = contents(database)
    drawing = split_first(database).drawn()
    changes = save_drawing(database, COMMUNITY, drawing, DAY, "tester")
    now = {row.code: row.boundary for row in database.fetch(list_grids, DAY)}
    was = {row.code: row.boundary for row in database.fetch(list_grids, BEFORE)}
    assert {code for code in was if was[code] != now[code]} == {CODES[0], CODES[2], below}  # its neighbours, too
    ground, corners_now = shapely.from_wkb(now[below]), shapely.get_num_coordinates(shapely.from_wkb(now[below]))
    assert corners_now == shapely.get_num_coordinates(shapely.from_wkb(was[below])) + 1
    assert shapely.equals(ground, shapely.from_wkb(was[below]))
    everything = Coverage.from_degrees(now)
    assert not problems_among(everything, list(everything))
    undo_operation(database, changes.operation, "tester")
    assert contents(database) == opened


def test_a_split_moves_those_who_live_there_from_its_day(community: Database) -> None:
    drawing = split_first(community).drawn()
    seen = preview_drawing(community, COMMUNITY, drawing, DAY)
    assert dict(seen.codes) == {"new-1": f"{COMMUNITY}005"}
    assert (len(seen.moves), seen.elders, seen.faults) == (4, 2, ())
    assert seen.worker_changes == 0  # the new grid begins with the worker of the old one
    assert "4 residents, 2 elders" in seen.sentence
    assert "2026-12-01" in seen.sentence
    before = contents(community)
    changes = save_drawing(community, COMMUNITY, drawing, DAY, "tester", {"new-1": NewGrid("东半")})
    assert living_in(community, BEFORE) == dict.fromkeys(CODES, 8)
    assert living_in(community, DAY) == {CODES[0]: 4, f"{COMMUNITY}005": 4} | dict.fromkeys(CODES[1:], 8)
    new = next(row for row in community.fetch(list_grids, DAY) if row.code.endswith("005"))
    assert (new.name, new.kind, new.worker_name) == ("东半", "basic", "网格员1")
    assert [(row.predecessor, row.successor, row.kind) for row in community.fetch(list_successions)] == [
        (CODES[0], f"{COMMUNITY}005", "split")
    ]
    undo_operation(community, changes.operation, "tester")
    assert contents(community) == before


def test_past_months_stay_with_the_grid_of_that_day(community: Database, pin_today: object) -> None:
    today = dt.date(2027, 1, 10)
    pin_today(today)  # type: ignore[operator]

    def rosters() -> dict[str, dict[str, int]]:
        months = [Month(2026, 11), Month(2026, 12)]
        found: dict[str, dict[str, int]] = {}
        for row in community.fetch(visit_rates, months, today, "grid", RosterRule.monthly(Settings())):
            found.setdefault(str(row.period), {})[row.key[-1]] = row.rate.roster
        return found

    assert rosters() == dict.fromkeys(("2026-11", "2026-12"), {"1": 4, "2": 4, "3": 4, "4": 4})
    save_drawing(community, COMMUNITY, split_first(community).drawn(), DAY, "tester")
    assert rosters() == {
        "2026-11": {"1": 4, "2": 4, "3": 4, "4": 4},
        "2026-12": {"1": 2, "2": 4, "3": 4, "4": 4, "5": 2},
    }


def test_a_merge_ends_a_grid_and_its_worker_and_code_are_not_used_again(community: Database) -> None:
    session = sitting(community)
    session = session.did(borders.merge(session.coverage, [CODES[2], CODES[3]]))
    changes = save_drawing(community, COMMUNITY, session.drawn(), DAY, "tester")
    assert changes.result.ended == (CODES[3],)
    assert [row.code for row in community.fetch(list_grids, DAY)] == list(CODES[:3])
    assert [row.code for row in community.fetch(list_grids, BEFORE)] == list(CODES)
    assert living_in(community, DAY)[CODES[2]] == 16
    later = sitting(community, dt.date(2027, 1, 1))
    line = np.array([metres(later, 1, 0.9), metres(later, 1, 2.1)])
    later = later.did(borders.split(later.coverage, CODES[2], line, lambda: "again"))
    drawing = later.drawn()
    saved = save_drawing(community, COMMUNITY, drawing, dt.date(2027, 1, 1), "tester")
    assert dict(saved.result.codes) == {"again": f"{COMMUNITY}005"}
    ways = [(row.predecessor[-1], row.successor[-1], row.kind) for row in community.fetch(list_successions)]
    assert ways == [("4", "3", "merge"), ("3", "5", "split")]


def test_new_codes_run_west_to_east_and_north_to_south(community: Database) -> None:
    session = sitting(community)
    for place in range(4):
        column, row = place % 2, place // 2
        x, y = metres(session, column + 0.5, row + 0.5)
        ring = np.array([[x - 5, y - 5], [x + 5, y - 5], [x + 5, y + 5], [x - 5, y + 5]])
        session = session.did(borders.cut_hole(session.coverage, ring, f"hole-{place}"))
    saved = save_drawing(community, COMMUNITY, session.drawn(), DAY, "tester")
    assert {id: code[-1] for id, code in saved.result.codes.items()} == {
        "hole-2": "5", "hole-3": "6", "hole-0": "7", "hole-1": "8"
    }  # fmt: skip
    kinds = {row.code: row.kind for row in community.fetch(list_grids, DAY)}
    assert kinds[f"{COMMUNITY}005"] == "dedicated"


def test_a_drawing_that_breaks_the_map_is_refused_and_kept_as_a_draft(community: Database) -> None:
    session = sitting(community)
    broken = session.did(corners.move_whole(session.coverage, CODES[0], 15.0, 0.0, unlocked=True))
    before = contents(community)
    seen = preview_drawing(community, COMMUNITY, broken.drawn(), DAY)
    assert {problem.kind for problem in seen.problems} >= {"overlap"}
    assert "第1网格" in seen.faults[0]
    with pytest.raises(ValidationError, match="keep it as a draft"):
        save_drawing(community, COMMUNITY, broken.drawn(), DAY, "tester")
    assert contents(community) == before
    with pytest.raises(ValidationError, match="Say why"):
        keep_draft(community, COMMUNITY, broken.drawn(), DAY, " ", "tester")
    other = keep_draft(community, COMMUNITY, broken.drawn(), DAY, "画错了", "tester")
    with pytest.raises(ValidationError, match="not wanted"):
        discard_draft(community, other, " ", "tester")
    discard_draft(community, other, "重画", "tester")
    key = keep_draft(community, COMMUNITY, broken.drawn(), DAY, "等街道", "tester")
    assert keep_draft(community, COMMUNITY, broken.drawn(), DAY, "等街道确认", "tester", draft=key) == key
    (draft,) = community.fetch(grid_editing.list_boundary_drafts)
    assert (draft.key, draft.reason, draft.effective, draft.author) == (key, "等街道确认", DAY, "tester")
    body = community.fetch(grid_editing.get_boundary_draft, key)
    assert read_draft(body) == broken.drawn()
    keep_draft(community, COMMUNITY, broken.drawn(), DAY, "他改过", "他", key, body)
    mine = keep_draft(community, COMMUNITY, broken.drawn(), DAY, "我改过", "我", key, body)
    drafts = community.fetch(grid_editing.list_boundary_drafts)
    assert {(row.key, row.reason) for row in drafts} == {(key, "他改过"), (mine, "我改过")}, "theirs stays beside mine"
    discard_draft(community, mine, "重画", "我")
    drawn = split_first(community).drawn()
    undone = save_drawing(community, COMMUNITY, drawn, DAY, "tester", draft=key, seen=body)
    assert [row.key for row in community.fetch(grid_editing.list_boundary_drafts)] == [key], "a changed draft stays"
    undo_operation(community, undone.operation, "tester")
    (again,) = {row.key for row in community.fetch(grid_editing.list_boundary_drafts)} - {key}
    discard_draft(community, again, "另存", "tester")
    save_drawing(community, COMMUNITY, drawn, DAY, "tester", draft=key)
    assert community.fetch(grid_editing.list_boundary_drafts) == []
    with pytest.raises(NotFoundError):
        community.fetch(grid_editing.get_boundary_draft, key)


def test_people_and_buildings_may_not_fall_off_the_map(community: Database) -> None:
    session = sitting(community)
    gone = session.did(borders.remove(session.coverage, CODES[3]))
    seen = preview_drawing(community, COMMUNITY, gone.drawn(), DAY)
    assert len(seen.nowhere) == 8
    assert len(seen.homeless_buildings) == 4
    with pytest.raises(ValidationError, match="in no grid"):
        save_drawing(community, COMMUNITY, gone.drawn(), DAY, "tester")


def test_who_saves_second_is_told(community: Database) -> None:
    mine, theirs = split_first(community).drawn(), split_first(community).drawn()
    save_drawing(community, COMMUNITY, theirs, DAY, "other")
    with pytest.raises(ConflictError):
        save_drawing(community, COMMUNITY, mine, DAY, "tester")


def test_a_day_before_a_later_change_is_refused(community: Database) -> None:
    drawing = split_first(community).drawn()
    save_drawing(community, COMMUNITY, drawing, DAY, "tester")
    session = sitting(community, BEFORE)
    line = np.array([metres(session, -0.1, 0.5), metres(session, 1.1, 0.5)])
    early = session.did(borders.split(session.coverage, CODES[0], line, lambda: "x")).drawn()
    with pytest.raises(ValidationError, match="2026-12-01"):
        save_drawing(community, COMMUNITY, early, BEFORE, "tester")
    nothing = Drawing({}, {})
    with pytest.raises(ValidationError, match="Nothing was changed"):
        preview_drawing(community, COMMUNITY, nothing, DAY)
    with pytest.raises(NotFoundError):
        preview_drawing(community, "990101001009", drawing, DAY)


def test_a_border_moves_only_people_on_the_strip(community: Database) -> None:
    session = sitting(community)
    places = ((1, 0), (1.3, 0.05), (1.3, 0.5), (1, 0.5))
    line = np.array([metres(session, *place) for place in places])
    session = session.did(borders.reshape(session.coverage, CODES[0], line))
    saved = save_drawing(community, COMMUNITY, session.drawn(), DAY, "tester")
    assert sorted(move.ref for move in saved.result.moves) == ["e20", "y20"]
    assert saved.result.worker_changes == 2
    assert {move.after for move in saved.result.moves} == {CODES[0]}
    workers = {row.name: row.grids for row in community.fetch(list_workers, DAY)}
    assert workers["网格员1"] == (CODES[0],)


def test_random_sittings_keep_the_map_whole_and_are_undone(community: Database) -> None:
    """The stored map stays a coverage, every resident has exactly one grid, and undo returns every byte."""
    dice, edits = random.Random(7), RandomEdits(7)
    day = DAY
    states = [contents(community)]
    operations = []
    ever = set(CODES)
    for _round in range(6):
        session = sitting(community, day)
        for name in dice.choices(("split", "merge", "move", "reshape", "hole"), k=4):
            try:
                edit = getattr(edits, name)(session.coverage)
            except ValidationError:
                continue
            outline = shapely.union_all(list(session.opened.shapes.values()))
            if not any(problem.is_fault for problem in problems_of(session.coverage, edit, outline)):
                session = session.did(edit)
        drawing = session.drawn()
        if not drawing.after or preview_drawing(community, COMMUNITY, drawing, day).faults:
            continue
        told = community.fetch(list_successions)
        saved = save_drawing(community, COMMUNITY, drawing, day, "tester")
        operations.append(saved.operation)
        states.append(contents(community))
        new, ended = list(saved.result.codes.values()), set(saved.result.ended)
        assert sorted(new) == [f"{COMMUNITY}{len(ever) + place:03d}" for place in range(1, len(new) + 1)]
        ever |= set(new)  # no code comes twice, whatever has ended
        passed = community.fetch(list_successions)[len(told):]
        assert {row.day for row in passed} <= {day}
        assert set(new) <= {row.successor for row in passed}, "every new grid came from one"
        assert ended <= {row.predecessor for row in passed}, "every grid that ended went into one"
        assert not ended & {row.successor for row in passed}
        ground = open_ground(community, COMMUNITY, day)
        stored = Coverage.from_degrees(ground.boundaries)
        assert not [problem for problem in problems_among(stored, stored) if problem.is_fault]
        assert sum(living_in(community, day).values()) == 32
        assert set(living_in(community, day)) <= set(ground.grids)
        day += dt.timedelta(31)
    assert len(operations) >= 3
    for operation in reversed(operations):
        assert contents(community) == states.pop()
        undo_operation(community, operation, "tester")
    assert contents(community) == states.pop()


def test_a_cut_reaches_the_grid_next_door_in_another_community(database: Database) -> None:
    facts = four_grids()
    beyond = "990101001099"
    facts["communities"].append({"code": beyond, "name": "邻社区"})
    facts["grids"].append(
        {"code": f"{beyond}001", "name": "邻网格", "valid_from": START, "valid_to": None,
         "boundaries": [{"start": START, "end": None, "geometry": square(-1, 0)}]}
    )  # fmt: skip
    import_facts(database, facts, "tester")
    before = shapely.from_wkb(outlines(database, beyond)[f"{beyond}001"])
    session = sitting(database)
    line = np.array([metres(session, -0.1, 0.5), metres(session, 1.1, 0.5)])
    drawn = session.did(borders.split(session.coverage, CODES[0], line, lambda: "new-1")).drawn()
    changes = save_drawing(database, COMMUNITY, drawn, DAY, "tester")
    after = shapely.from_wkb(outlines(database, beyond)[f"{beyond}001"])
    assert shapely.get_num_coordinates(after) == shapely.get_num_coordinates(before) + 1
    assert after.symmetric_difference(before).area < 1e-12
    mine = [shapely.from_wkb(row) for code, row in outlines(database, COMMUNITY).items() if code != CODES[1]]
    assert shapely.coverage_is_valid([after, *mine])
    undo_operation(database, changes.operation, "tester")
    assert shapely.from_wkb(outlines(database, beyond)[f"{beyond}001"]).equals_exact(before)


def test_what_was_chosen_by_hand_goes_on_when_its_grid_ends(community: Database) -> None:
    choose_grid(community, CODES[3], "由四网格代管", DAY, "tester", resident="e10")
    later = DAY + dt.timedelta(30)
    session = EditSession.start(Coverage.from_degrees(open_ground(community, COMMUNITY, later).boundaries))
    drawn = session.did(borders.merge(session.coverage, [CODES[2], CODES[3]])).drawn()
    seen = preview_drawing(community, COMMUNITY, drawn, later)
    assert seen.ended == (CODES[3],)
    save_drawing(community, COMMUNITY, drawn, later, "tester")
    (row,) = community.fetch(list_choice_rows, later, COMMUNITY)
    assert (row.person, row.grid, row.has_ended, row.start) == ("e10", CODES[2], False, later)
    assert "由四网格代管" in row.reason
    assert "第4网格" in row.reason
    (before,) = [one for one in community.fetch(list_choice_rows, DAY, COMMUNITY) if one.start == DAY]
    assert before.grid == CODES[3]


def test_a_drawing_that_is_undone_is_a_draft_again(community: Database) -> None:
    """Split, merge and a hole saved, undone, and the draft saved again come to the same map."""
    session = split_first(community)
    session = session.did(borders.merge(session.coverage, [CODES[2], CODES[3]]))
    x, y = metres(session, 1.5, 0.5)
    ring = np.array([[x - 5, y - 5], [x + 5, y - 5], [x + 5, y + 5], [x - 5, y + 5]])
    session = session.did(borders.cut_hole(session.coverage, ring, "new-2"))
    opened = contents(community)
    saved = save_drawing(community, COMMUNITY, session.drawn(), DAY, "tester")
    then, ways = outlines(community, COMMUNITY), community.fetch(list_successions)
    undone = undo_operation(community, saved.operation, "colleague")
    assert "draft" in undone.message
    assert contents(community) == opened
    (draft,) = community.fetch(grid_editing.list_boundary_drafts)
    assert (draft.community, draft.effective, draft.author) == (COMMUNITY, DAY, "colleague")
    assert "Taken back" in draft.reason
    drawing = read_draft(community.fetch(grid_editing.get_boundary_draft, draft.key))
    assert set(drawing.before) == set(drawing.after)
    assert preview_drawing(community, COMMUNITY, drawing, DAY).faults == ()
    save_drawing(community, COMMUNITY, drawing, DAY, "tester", draft=draft.key)
    assert outlines(community, COMMUNITY) == then
    assert community.fetch(list_successions) == ways
    assert {row.code: row.kind for row in community.fetch(list_grids, DAY)}[f"{COMMUNITY}006"] == "dedicated"
    assert community.fetch(grid_editing.list_boundary_drafts) == []
