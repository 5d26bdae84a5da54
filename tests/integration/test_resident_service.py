"""Keeping people: every change, what it does to the figures, each refusal, and undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_draft, load_mapping, load_settings
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import (
    ResidentFilter,
    count_residents,
    get_card,
    list_residents,
    search_residents,
)
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import Scope
from gridapp.domain.changes import Changes
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.errors import GridAppError, NotFoundError, ValidationError
from gridapp.services import upkeep
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.residents import (
    NewResident,
    add_contact,
    add_resident,
    approve_absence,
    edit_resident,
    end_enrolment,
    enrol,
    move_resident,
    record_absence,
    record_death,
    set_tier,
)
from gridapp.services.undo import undo_operation
from gridapp.services.visits import record_visit
from tests.databases import Databases
from tests.factories import GRIDS, contents, document, enrolment, id_number

TODAY = dt.date(2026, 3, 31)
MARCH = Month(2026, 3)


def day(number: int, month: int = 3) -> dt.date:
    return dt.date(2026, month, number)


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    clock.set_today(TODAY)
    with databases.opened() as database:
        facts = document()
        facts["enrolments"] = [enrolment(who) | {"id": f"e-{who}"} for who in ("p1", "p2", "p3")]
        import_facts(database, facts, "tester")
        yield database


def status(database: Database, month: Month = MARCH) -> dict[str, str]:
    rule = RosterRule.monthly(database.fetch(load_settings))
    rows = database.fetch(list_roster, month, month.last, rule)
    return {row.person.id: f"{row.status} {row.reason}".strip() for row in rows}


def by_grid(database: Database, month: Month) -> dict[str, int]:
    rule = RosterRule.monthly(database.fetch(load_settings))
    return {row.key: row.rate.roster for row in database.fetch(visit_rates, [month], month.last, "grid", rule)}


# ---- what each change does -------------------------------------------------------------------------------------------


def test_a_new_resident_is_found_in_every_way(database: Database) -> None:
    person = NewResident(
        "曾小贤", id_number=id_number("19500203", 13), phone="0531-8888 1234", register_address="老家村"
    )
    changes = add_resident(database, person, GRIDS[0], "示例路5号2单元301", day(1), "me")
    number = id_number("19500203", 13)
    for word in (
        "曾小贤",
        "小贤",
        "zxx",
        "zengxiaoxian",
        "ZengXiao",
        "1234",
        number[-6:],
        "示例路5号",
        "老家",
        "曾 301",
    ):
        assert changes.result in [row.id for row in database.fetch(search_residents, word, TODAY)], word
    for word in ("贤小", "示例路6号", "%", "_", "曾 302"):
        assert changes.result not in [row.id for row in database.fetch(search_residents, word, TODAY)], word
    card = database.fetch(get_card, changes.result, TODAY)
    assert (card.person.sex, card.person.birth, card.person.grid_code) == ("M", dt.date(1950, 2, 3), GRIDS[0])
    assert changes.operation is not None
    undo_operation(database, changes.operation, "me")
    assert database.fetch(search_residents, "曾小贤", TODAY) == []
    with pytest.raises(NotFoundError):
        database.fetch(get_card, changes.result, TODAY)


def test_a_correction_moves_the_search_words(database: Database) -> None:
    changes = edit_resident(database, "p1", NewResident("尉迟恭"), "me")
    assert [row.id for row in database.fetch(search_residents, "ycg", TODAY)] == ["p1"]
    assert database.fetch(search_residents, "示例p1", TODAY) == []
    assert changes.operation is not None
    undo_operation(database, changes.operation, "me")
    assert [row.id for row in database.fetch(search_residents, "示例p1", TODAY)] == ["p1"]
    assert database.fetch(search_residents, "ycg", TODAY) == []


def test_moving_changes_nothing_before_the_day(database: Database) -> None:
    record_visit(database, NewVisit("p1", day(5)), "me")
    february, january = by_grid(database, Month(2026, 2)), by_grid(database, Month(2026, 1))
    move_resident(database, "p1", GRIDS[1], "新家", day(10), "me")
    assert (by_grid(database, Month(2026, 2)), by_grid(database, Month(2026, 1))) == (february, january)
    assert by_grid(database, MARCH) == {GRIDS[0]: 2, GRIDS[1]: 1}
    assert status(database)["p1"] == "counted", "a move inside the area breaks no stay"
    homes = database.fetch(get_card, "p1", TODAY).residencies
    assert sorted((row.start, row.end) for row in homes) == [(dt.date(2025, 1, 1), day(10)), (day(10), None)]


def test_moving_away_and_back(database: Database) -> None:
    move_resident(database, "p1", None, "", day(1), "me")
    assert "p1" not in status(database)
    move_resident(database, "p1", GRIDS[2], "回来", day(25), "me")
    assert status(database)["p1"] == "new"
    assert status(database, Month(2026, 4))["p1"] == "counted"


def test_death_ends_every_figure_from_that_day(database: Database) -> None:
    changes = record_death(database, "p1", day(31), "me")
    assert "p1" not in status(database) and "p1" in status(database, Month(2026, 2))
    assert "p1" not in [row.roster.person.id for row in database.fetch(list_due, TODAY, database.fetch(load_settings))]
    assert changes.operation is not None
    undo_operation(database, changes.operation, "me")
    assert status(database)["p1"] == "counted"


def test_categories_start_and_end(database: Database) -> None:
    end_enrolment(database, "e-p1", day(25), "me")
    assert "p1" not in status(database)
    enrol(database, "p1", "empty_nest", day(25), "me", "一级")
    assert status(database)["p1"] == "counted", "touching categories are one stay"
    card = database.fetch(get_card, "p1", TODAY)
    assert card.person.categories == ("empty_nest",)
    assert ("empty_nest", "一级") in [(row.what, row.note) for row in card.enrolments]


def test_an_absence_counts_once_another_approves_it(database: Database) -> None:
    ident = record_absence(database, "p1", "hospital", day(20, 2), None, "me").result
    assert status(database)["p1"] == "counted"
    with pytest.raises(ValidationError):
        approve_absence(database, ident, "me")
    changes = approve_absence(database, ident, "you")
    assert status(database)["p1"] == "excluded hospital"
    assert database.fetch(get_card, "p1", TODAY).person.absence == "hospital"
    with pytest.raises(ValidationError):
        approve_absence(database, ident, "they")
    assert changes.operation is not None
    undo_operation(database, changes.operation, "you")
    assert status(database)["p1"] == "counted"


def test_a_tier_with_its_reason(database: Database) -> None:
    set_tier(database, "p1", "A", "刚出院", day(1), "me")
    set_tier(database, "p1", "C", "好转", day(20), "me")
    tiers = database.fetch(get_card, "p1", TODAY).tiers
    assert sorted((row.what, row.start, row.end) for row in tiers) == [("A", day(1), day(20)), ("C", day(20), None)]
    due = {row.roster.person.id: row for row in database.fetch(list_due, day(10), database.fetch(load_settings))}
    assert due["p1"].roster.person.tier.value == "A" and due["p1"].overdue_days > 300


def test_a_contact_is_shown(database: Database) -> None:
    add_contact(database, "p1", "买买提·艾力", "儿子", "13800138000", "me")
    card = database.fetch(get_card, "p1", TODAY)
    assert card.person.contact == "买买提·艾力 13800138000"
    assert [(row.name, row.relation) for row in card.contacts] == [("买买提·艾力", "儿子")]


# ---- every refusal ---------------------------------------------------------------------------------------------------

Act = Callable[[Database], Changes]


def added(**more: Any) -> Act:
    values = {"name": "新人"} | more
    return lambda database: add_resident(database, NewResident(**values), GRIDS[0], "", day(1), "me")


REFUSED: dict[str, tuple[Act, str]] = {
    "no name": (added(name="  "), "name"),
    "no sex": (added(sex="X"), "sex"),
    "register status": (added(register_status="maybe"), "register_status"),
    "wrong ID number": (added(id_number="990101194005010020"), ""),
    "birth against ID number": (added(id_number=id_number(), birth=dt.date(1941, 1, 1)), "birth"),
    "sex against ID number": (added(id_number=id_number(), sex="M"), "sex"),
    "born tomorrow": (added(birth=TODAY + dt.timedelta(days=1)), "birth"),
    "unknown grid": (lambda db: add_resident(db, NewResident("甲"), "9" * 15, "", day(1), "me"), ""),
    "edit unknown": (lambda db: edit_resident(db, "nobody", NewResident("甲"), "me"), ""),
    "move unknown": (lambda db: move_resident(db, "nobody", GRIDS[0], "", day(1), "me"), ""),
    "move to unknown grid": (lambda db: move_resident(db, "p1", "9" * 15, "", day(1), "me"), ""),
    "move before moving in": (lambda db: move_resident(db, "p1", GRIDS[1], "", dt.date(2025, 1, 1), "me"), "start"),
    "death tomorrow": (lambda db: record_death(db, "p1", TODAY + dt.timedelta(days=1), "me"), "died"),
    "death before birth": (lambda db: record_death(db, "p1", dt.date(1940, 4, 30), "me"), "died"),
    "death of nobody": (lambda db: record_death(db, "nobody", day(1), "me"), ""),
    "enrol nobody": (lambda db: enrol(db, "nobody", "dementia", day(1), "me"), ""),
    "unknown category": (lambda db: enrol(db, "p1", "cats", day(1), "me"), ""),
    "category held": (lambda db: enrol(db, "p1", "living_alone", day(1), "me"), "start"),
    "category held later": (lambda db: enrol(db, "p1", "living_alone", dt.date(2024, 1, 1), "me"), "start"),
    "end of unknown": (lambda db: end_enrolment(db, "e-nobody", day(1), "me"), ""),
    "end on the start": (lambda db: end_enrolment(db, "e-p1", dt.date(2025, 1, 1), "me"), "end"),
    "absence of nobody": (lambda db: record_absence(db, "nobody", "away", day(1), None, "me"), ""),
    "absence for no reason": (lambda db: record_absence(db, "p1", "bored", day(1), None, "me"), "reason"),
    "absence backwards": (lambda db: record_absence(db, "p1", "away", day(2), day(1), "me"), "end"),
    "empty absence": (lambda db: record_absence(db, "p1", "away", day(2), day(2), "me"), "end"),
    "approve nothing": (lambda db: approve_absence(db, "nothing", "me"), ""),
    "no such tier": (lambda db: set_tier(db, "p1", "D", "x", day(1), "me"), "tier"),
    "tier without reason": (lambda db: set_tier(db, "p1", "A", " ", day(1), "me"), "reason"),
    "tier of nobody": (lambda db: set_tier(db, "nobody", "A", "x", day(1), "me"), ""),
    "contact without phone": (lambda db: add_contact(db, "p1", "甲", "", " ", "me"), "phone"),
    "contact of nobody": (lambda db: add_contact(db, "nobody", "甲", "", "1", "me"), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_and_nothing_written(database: Database, case: str) -> None:
    act, field = REFUSED[case]
    before = contents(database)
    with pytest.raises(GridAppError) as fault:
        act(database)
    assert str(fault.value) and "\n" not in str(fault.value)
    if field:
        assert isinstance(fault.value, ValidationError) and fault.value.field == field
    assert contents(database) == before


def test_what_happened_is_not_contradicted(database: Database) -> None:
    record_visit(database, NewVisit("p1", day(20)), "me")
    for act in (lambda: record_death(database, "p1", day(19), "me"),
                lambda: move_resident(database, "p1", None, "", day(20), "me")):  # fmt: skip
        before = contents(database)
        with pytest.raises(ValidationError, match="2026-03-20"):
            act()
        assert contents(database) == before
    record_death(database, "p1", day(20), "me")


def test_one_id_number_is_one_person(database: Database) -> None:
    first = add_resident(database, NewResident("甲", id_number=id_number()), GRIDS[0], "", day(1), "me").result
    with pytest.raises(ValidationError) as fault:
        add_resident(database, NewResident("乙", id_number=id_number()), GRIDS[0], "", day(1), "me")
    assert fault.value.field == "id_number" and "甲" in str(fault.value)
    with pytest.raises(ValidationError):
        edit_resident(database, "p1", NewResident("丙", id_number=id_number()), "me")
    edit_resident(database, first, NewResident("甲改", id_number=id_number().lower()), "me")


def test_ended_things_do_not_end_again(database: Database) -> None:
    end_enrolment(database, "e-p1", day(25), "me")
    with pytest.raises(ValidationError):
        end_enrolment(database, "e-p1", day(26), "me")
    set_tier(database, "p1", "A", "x", day(10), "me")
    with pytest.raises(ValidationError):
        set_tier(database, "p1", "B", "x", day(5), "me")


# ---- lists, drafts ---------------------------------------------------------------------------------------------------


def test_pages_of_residents_hold_everyone_once(databases: Databases) -> None:
    clock.set_today(TODAY)
    location = databases.new()
    database = open_database(location)
    facts = document(people=[f"n{number:03d}" for number in range(60)])
    for place, row in enumerate(facts["persons"]):
        row["name"] = f"同名{place % 3}"
    import_facts(database, facts, "tester")
    seen, after = [], None
    while rows := database.fetch(list_residents, ResidentFilter(), TODAY, 7, after):
        seen += [row.id for row in rows]
        after = rows[-1].name, rows[-1].number
    assert sorted(seen) == [row["id"] for row in facts["persons"]]
    wanted = ResidentFilter(hardship="any", scope=Scope(grid=GRIDS[0]))
    assert database.fetch(count_residents, wanted, TODAY) == 60
    assert database.fetch(count_residents, ResidentFilter(scope=Scope(grid=GRIDS[1])), TODAY) == 0
    assert database.fetch(count_residents, ResidentFilter("同名1"), TODAY) == 20
    database.close()
    databases.drop(location)


def test_filters_find_the_same_however_many_they_let_through(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long lists are asked for by name, short ones by what is filtered; both say the same, and so does the count."""
    clock.set_today(TODAY)
    location = databases.new()
    database = open_database(location)
    facts = document(people=[f"n{number:03d}" for number in range(30)])
    states = ("registered_elsewhere", "same", None, "living_elsewhere", "same")
    for place, row in enumerate(facts["persons"]):
        row["register_status"], row["name"] = states[place % 5], f"同名{place % 4}"
    facts["enrolments"] = [row for place, row in enumerate(facts["enrolments"]) if place % 3]
    import_facts(database, facts, "tester")
    carried = {row["person"] for row in facts["enrolments"]}
    apart = {row["id"] for row in facts["persons"] if str(row["register_status"]).endswith("elsewhere")}
    category = facts["enrolments"][0]["category"]
    wanted = {
        ResidentFilter(separated=True): apart,
        ResidentFilter(hardship="any"): carried,
        ResidentFilter(hardship=category): carried,
        ResidentFilter(hardship="any", separated=True): carried & apart,
        ResidentFilter(separated=True, scope=Scope(grid=GRIDS[0])): apart,
    }
    for most in (10_000, 0):
        for one, people in wanted.items():
            monkeypatch.setattr("gridapp.db.queries.residents.MOST_FILTERED", 10_000)
            assert database.fetch(count_residents, one, TODAY) == len(people)
            monkeypatch.setattr("gridapp.db.queries.residents.MOST_FILTERED", most)
            first = database.fetch(list_residents, one, TODAY, 5)
            rest = database.fetch(list_residents, one, TODAY, 100, (first[-1].name, first[-1].number))
            assert {row.id for row in first + rest} == people
            assert len(first + rest) == len(people)
            assert [row.name for row in first + rest] == sorted(row.name for row in first + rest)
    database.close()
    databases.drop(location)


def test_drafts_and_mappings_survive(databases: Databases) -> None:
    location = databases.new()
    database = open_database(location)
    upkeep.save_draft(database, "visit", {"note": "写了一半"})
    upkeep.save_draft(database, "visit", {"note": "又写"})
    upkeep.remember_mapping(database, "signature", "elders", {"A": "name"})
    database.close()
    again = open_database(location)
    assert again.fetch(load_draft, "visit") == {"note": "又写"}
    assert again.fetch(load_mapping, "signature", "elders") == {"A": "name"}
    upkeep.drop_draft(again, "visit")
    assert again.fetch(load_draft, "visit") is None
    again.close()
    databases.drop(location)
