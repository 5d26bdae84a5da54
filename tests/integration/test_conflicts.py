"""Two people change the same thing, on either engine: both values are seen, and nothing is overwritten silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.facilities import list_facilities
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.people import list_categories
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.residents import ResidentCard, get_card
from gridapp.db.queries.visits import VisitFilter, list_visits
from gridapp.domain import conflict
from gridapp.domain.conflict import Theirs, merged
from gridapp.domain.facility import Facility
from gridapp.domain.visit import NewVisit
from gridapp.errors import ConflictError, ValidationError
from gridapp.reports.paper_template import BUILT_IN
from gridapp.services import consents, facilities, residents, templates, upkeep, visits
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.residents import NewResident, stored_resident
from tests.factories import document

TODAY = dt.date(2026, 11, 22)
FIELDS = tuple(asdict(NewResident("")))
few = st.sampled_from(("", "甲", "乙", " 甲 "))
people = st.builds(
    NewResident, name=few, sex=st.sampled_from("FMU"), birth=st.sampled_from((None, dt.date(1940, 1, 1))), phone=few,
    note=few,
).map(asdict)  # fmt: skip


def bare(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


@pytest.fixture
def elsewhere(database: Database) -> Iterator[Database]:
    """The same data opened a second time, as a colleague has them, with the people of the factory."""
    clock.set_today(TODAY)
    import_facts(database, document(), "x")
    other = database if database.is_on_server else open_database(database.location)
    yield other
    if other is not database:
        other.close()


def card(database: Database, person: str = "p1") -> ResidentCard:
    return database.fetch(get_card, person, TODAY)


def theirs_of(caught: pytest.ExceptionInfo[ConflictError]) -> Theirs:
    theirs = caught.value.theirs
    assert isinstance(theirs, Theirs)
    return theirs


@given(people, people, people, st.sets(st.sampled_from(FIELDS)))
def test_no_change_is_lost_unless_the_other_was_chosen(
    before: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], keep: set[str]
) -> None:
    made = merged(before, mine, theirs, keep)
    asked = {both.name for both in conflict.conflicts(before, mine, theirs)}
    for name in FIELDS:
        first, one, other, outcome = (bare(values[name]) for values in (before, mine, theirs, made))
        if name in asked:
            assert outcome == (one if name in keep else other)
        else:
            assert outcome == (one if one != first else other)
    assert merged(before, mine, mine, keep) == merged(mine, mine, mine, ())
    assert {both.name for both in conflict.conflicts({}, mine, theirs)} == {
        name for name in FIELDS if bare(mine[name]) != bare(theirs[name])
    }, "what began from nobody knows what is asked about wherever it differs"


def test_a_person(database: Database, elsewhere: Database) -> None:
    seen = database.fetch(stored_resident, "p1")
    theirs = NewResident(name="他改的", sex="F", birth=dt.date(1940, 5, 1), phone="13800000001", note="同")
    mine = NewResident(name="我改的", sex="F", birth=dt.date(1940, 5, 1), ethnicity="汉族", note="同")
    residents.edit_resident(elsewhere, "p1", theirs, "他", seen.seen)
    with pytest.raises(ConflictError) as caught:
        residents.edit_resident(database, "p1", mine, "我", seen.seen)
    now = theirs_of(caught)
    assert (now.values, now.by) == (asdict(theirs), "他")
    [asked] = conflict.conflicts(seen.values, asdict(mine), now.values)
    assert (asked.name, asked.mine, asked.theirs) == ("name", "我改的", "他改的")
    assert conflict.changed_by_them(seen.values, asdict(mine), now.values) == ["phone"]
    made = NewResident(**merged(seen.values, asdict(mine), now.values, {"name"}))
    with pytest.raises(ConflictError):
        residents.edit_resident(database, "p1", made, "我", seen.seen)
    residents.edit_resident(database, "p1", made, "我", now.seen)
    last = elsewhere.fetch(stored_resident, "p1").values
    assert [last[name] for name in ("name", "phone", "ethnicity", "note")] == ["我改的", "13800000001", "汉族", "同"]


def test_a_visit_corrected_twice(database: Database, elsewhere: Database) -> None:
    first = NewVisit("p1", dt.date(2026, 11, 2), note="原来")
    key = visits.record_visit(database, first, "我").result
    visits.replace_visit(elsewhere, key, replace(first, mode="phone", note="他写的"), "电话", "他")
    mine = replace(first, day=dt.date(2026, 11, 3), note="我写的")
    with pytest.raises(ConflictError, match="他") as caught:
        visits.replace_visit(database, key, mine, "日期", "我")
    now = theirs_of(caught)
    fields = {name: getattr(first, name) for name in now.values}
    ours = {name: getattr(mine, name) for name in now.values}
    [asked] = conflict.conflicts(fields, ours, now.values)
    assert (asked.name, asked.mine, asked.theirs, now.by) == ("note", "我写的", "他写的", "他")
    made = merged(fields, ours, now.values, {"note"})
    visits.replace_visit(database, now.seen, replace(mine, **made), "日期", "我")
    [last] = [row for row in elsewhere.fetch(list_visits, VisitFilter(), 100) if row.day == dt.date(2026, 11, 3)]
    assert (last.mode, last.note) == ("phone", "我写的")
    rows = elsewhere.fetch(list_visits, VisitFilter(with_voided=True), 100)
    assert {"原来", "他写的", "我写的"} <= {row.note for row in rows}, "nothing is lost: those corrected stay, struck"


def test_a_visit_taken_back_before_says_who_and_what_stands_there(database: Database, elsewhere: Database) -> None:
    visit = NewVisit("p1", dt.date(2026, 11, 2))
    key = visits.record_visit(database, visit, "我").result
    changed = visits.replace_visit(elsewhere, key, replace(visit, outcome="not_home"), "没人", "他").result
    with pytest.raises(ConflictError, match="corrected this visit before, 他"):
        visits.void_visit(database, key, "记错人", "我")
    assert not next(row for row in elsewhere.fetch(list_visits, VisitFilter(), 100) if row.id == changed).voided
    visits.void_visit(elsewhere, changed, "没去", "他")
    for again in (
        lambda: visits.void_visit(database, changed, "记错人", "我"),
        lambda: visits.replace_visit(database, key, visit, "重来", "我"),
    ):
        with pytest.raises(ConflictError, match="by 他 .*: 没去") as caught:
            again()
        assert caught.value.theirs is None, "there is nothing to choose between"


def test_a_setting(database: Database, elsewhere: Database) -> None:
    upkeep.change_setting(elsewhere, "join_day", 15, "他", {"join_day": 20})
    with pytest.raises(ConflictError) as caught:
        upkeep.change_setting(database, "join_day", 25, "我", {"join_day": 20})
    now = theirs_of(caught)
    assert (now.values, now.by) == ({"join_day": 15}, "他")
    assert elsewhere.fetch(load_settings).join_day == 15
    upkeep.change_setting(database, "join_day", 15, "我", {"join_day": 20})  # both want the same
    upkeep.change_setting(database, "join_day", 25, "我", now.seen)
    assert elsewhere.fetch(load_settings).join_day == 25
    upkeep.change_setting(elsewhere, "valid_modes", ["onsite"], "他", {"valid_modes": ("onsite", "phone", "video")})
    with pytest.raises(ConflictError):
        upkeep.change_setting(database, "valid_modes", ["phone"], "我", {"valid_modes": ("onsite", "phone", "video")})
    upkeep.change_setting(database, "valid_modes", ["phone"], "命令行")
    assert elsewhere.fetch(load_settings).valid_modes == ("phone",), "who says nothing of what they saw overwrites"


def test_categories_that_count_keep_what_both_ticked(database: Database, elsewhere: Database) -> None:
    def counting() -> set[str]:
        return {row.code for row in elsewhere.fetch(list_categories) if row.counts}

    seen = counting()
    upkeep.choose_counting(elsewhere, seen | {"advanced_age"}, "他", seen)
    upkeep.choose_counting(database, seen - {"living_alone"}, "我", seen)
    assert counting() == (seen | {"advanced_age"}) - {"living_alone"}
    now = counting()
    one = sorted(now)[0]
    upkeep.choose_counting(elsewhere, {one}, "他", now)
    with pytest.raises(ValidationError, match="At least one"):
        upkeep.choose_counting(database, now - {one}, "我", now)
    assert counting() == {one}


def test_a_death(database: Database, elsewhere: Database) -> None:
    residents.record_death(elsewhere, "p1", dt.date(2026, 11, 20), "他", {"died": None})
    with pytest.raises(ConflictError) as caught:
        residents.record_death(database, "p1", dt.date(2026, 11, 21), "我", {"died": None})
    now = theirs_of(caught)
    assert (now.values, now.by) == ({"died": dt.date(2026, 11, 20)}, "他")
    assert card(elsewhere).person.died == dt.date(2026, 11, 20)
    residents.record_death(database, "p1", dt.date(2026, 11, 21), "我", now.seen)
    assert card(elsewhere).person.died == dt.date(2026, 11, 21)


def test_the_end_of_a_category(database: Database, elsewhere: Database) -> None:
    key = card(database).enrolments[0].id
    residents.end_enrolment(elsewhere, key, dt.date(2026, 11, 10), "他", {"end": None})
    with pytest.raises(ConflictError) as caught:
        residents.end_enrolment(database, key, dt.date(2026, 11, 12), "我", {"end": None})
    now = theirs_of(caught)
    assert (now.values, now.by) == ({"end": dt.date(2026, 11, 10)}, "他")
    residents.end_enrolment(database, key, dt.date(2026, 11, 12), "我", now.seen)
    assert card(elsewhere).enrolments[0].end == dt.date(2026, 11, 12)


def test_a_tier_and_a_move_are_added_only_by_who_knows_of_the_other(database: Database, elsewhere: Database) -> None:
    before = card(database)
    lived = {"key": before.residencies[0].id, "end": before.residencies[0].end}
    residents.set_tier(elsewhere, "p1", "A", "刚出院", dt.date(2026, 11, 2), "他", {"key": "", "end": None})
    with pytest.raises(ConflictError, match="tier .* meanwhile: A .*刚出院") as caught:
        residents.set_tier(database, "p1", "C", "好转", dt.date(2026, 11, 9), "我", {"key": "", "end": None})
    assert [row.what for row in card(elsewhere).tiers] == ["A"] and card(elsewhere).tiers[0].end is None
    residents.set_tier(database, "p1", "C", "好转", dt.date(2026, 11, 9), "我", theirs_of(caught).seen)
    assert [(row.what, row.end) for row in card(elsewhere).tiers] == [("C", None), ("A", dt.date(2026, 11, 9))]
    residents.move_resident(elsewhere, "p1", None, "", dt.date(2026, 11, 20), "他", lived)
    grid = database.fetch(list_grids, TODAY)[0].code
    with pytest.raises(ConflictError, match="noted a move .* meanwhile") as caught:
        residents.move_resident(database, "p1", grid, "2号楼", dt.date(2026, 11, 21), "我", lived)
    assert len(card(elsewhere).residencies) == 1 and card(elsewhere).residencies[0].end == dt.date(2026, 11, 20)
    residents.move_resident(database, "p1", grid, "2号楼", dt.date(2026, 11, 21), "我", theirs_of(caught).seen)
    assert [row.end for row in card(elsewhere).residencies] == [None, dt.date(2026, 11, 20)]


def test_a_facility(database: Database, elsewhere: Database) -> None:
    community = database.fetch(list_grids, TODAY)[0].code[:12]
    place = Facility("canteen", "幸福食堂", 117.01, 36.66, "一号", 80.0, community)
    key = facilities.save_facility(database, place, TODAY, "我").result
    [row] = database.fetch(list_facilities, TODAY)
    seen = facilities.facility_values(row)
    theirs = replace(place, name="他的食堂", address="二号")
    facilities.save_facility(elsewhere, theirs, TODAY, "他", key, seen)
    mine = replace(place, name="我的食堂", area=90.0)
    with pytest.raises(ConflictError) as caught:
        facilities.save_facility(database, mine, TODAY, "我", key, seen)
    now, ours = theirs_of(caught), facilities.facility_values(mine)
    [asked] = conflict.conflicts(seen, ours, now.values)
    assert (asked.name, asked.mine, asked.theirs, now.by) == ("name", "我的食堂", "他的食堂", "他")
    with pytest.raises(ConflictError, match="not removed.*他的食堂"):
        facilities.remove_facility(database, key, "我", seen)
    made = merged(seen, ours, now.values, {"name"})
    facilities.save_facility(database, replace(mine, **made), TODAY, "我", key, now.seen)
    [row] = elsewhere.fetch(list_facilities, TODAY)
    assert (row.name, row.address, row.area) == ("我的食堂", "二号", 90.0)


def test_a_template(database: Database, elsewhere: Database) -> None:
    key = templates.copy_template(database, BUILT_IN[0], "我们的", "我").result
    seen = database.fetch(templates.find_template, key).definition
    templates.save_template(elsewhere, {**seen, "title": "他的题目", "masking": "names"}, "他", seen)
    mine = {**seen, "title": "我的题目"}
    with pytest.raises(ConflictError) as caught:
        templates.save_template(database, mine, "我", seen)
    now = theirs_of(caught)
    [asked] = conflict.conflicts(seen, mine, now.values)
    assert (asked.name, asked.theirs, now.by) == ("title", "他的题目", "他")
    templates.save_template(database, merged(seen, mine, now.values, {"title"}), "我", now.seen)
    last = elsewhere.fetch(templates.find_template, key).definition
    assert (last["title"], last["masking"]) == ("我的题目", "names")
    with pytest.raises(ConflictError, match="not removed: 我 changed"):
        templates.remove_template(elsewhere, key, "他", seen)
    templates.remove_template(elsewhere, key, "他", last)
    with pytest.raises(ConflictError, match="removed"):
        templates.save_template(database, mine, "我", dict(last))


def test_a_consent_that_somebody_withdrew(database: Database, elsewhere: Database) -> None:
    given = consents.NewConsent("visit", True, dt.date(2026, 1, 1))
    key = consents.record_consent(database, "p1", given, "我").result
    consents.withdraw_consent(elsewhere, key, dt.date(2026, 12, 1), "他", {"end": None})
    with pytest.raises(ConflictError, match="ends on 2026-12-01"):
        consents.withdraw_consent(database, key, TODAY, "我", {"end": None})
    assert card(elsewhere).consents[0].end == dt.date(2026, 12, 1)
