"""Logging visits and taking them back; every figure follows at once."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import pytest

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import list_operations, load_settings
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import Scope, VisitRow
from gridapp.db.queries.visits import VisitFilter, count_visits, list_visits
from gridapp.domain.changes import Kind
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.errors import NotFoundError, ValidationError
from gridapp.services.facts import import_facts
from gridapp.services.residents import NewResident, edit_resident
from gridapp.services.undo import last_undoable, undo_operation
from gridapp.services.upkeep import change_setting, choose_counting
from gridapp.services.visits import record_visit, record_visits, replace_visit, void_visit
from tests.databases import Databases
from tests.factories import contents, document

TODAY = dt.date(2026, 3, 25)


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    clock.set_today(TODAY)
    with databases.opened() as database:
        facts = document()
        facts["persons"][2]["died"] = "2026-03-10"
        import_facts(database, facts, "tester")
        yield database


def rate(database: Database) -> VisitRate:
    rule = RosterRule.monthly(database.fetch(load_settings))
    return database.fetch(visit_rates, [Month(2026, 3)], TODAY, "total", rule)[0].rate


def visits_of(database: Database, **more: bool) -> list[VisitRow]:
    return database.fetch(list_visits, VisitFilter(**more))


def test_a_visit_counts_at_once_and_is_kept_as_keyed_in(database: Database) -> None:
    before = rate(database)
    visit = NewVisit("p1", TODAY, "phone", "met", "w1", "09:30", " 好 ", "买药", "社区医院", {"gas": "正常"})
    changes = record_visit(database, visit, "me")
    assert changes.kinds >= {Kind.VISIT} and changes.operation is not None
    (row,) = visits_of(database)
    assert (row.id, row.person, row.day, row.mode, row.outcome, row.worker) == (
        changes.result, "p1", TODAY, "phone", "met", "w1")  # fmt: skip
    assert (row.time, row.note, row.needs, row.referral, row.findings) == (
        "09:30",
        "好",
        "买药",
        "社区医院",
        {"gas": "正常"},
    )
    assert (row.created_by, row.voided) == ("me", False)
    after = rate(database)
    assert (after.visited, after.onsite, after.by_mode["phone"]) == (before.visited + 1, 0, 1)


@pytest.mark.parametrize(
    ("visit", "field"),
    [
        (NewVisit("p1", TODAY + dt.timedelta(days=1)), "date"),
        (NewVisit("p1", dt.date(1940, 4, 30)), "date"),
        (NewVisit("p3", dt.date(2026, 3, 11)), "date"),
        (NewVisit("p1", TODAY, mode="letter"), "mode"),
        (NewVisit("p1", TODAY, outcome="gone"), "outcome"),
        (NewVisit("p1", TODAY, time="9:30"), "time"),
        (NewVisit("p1", TODAY, time="24:00"), "time"),
        (NewVisit("p1", TODAY, time="09:30\n"), "time"),
    ],
)
def test_a_visit_that_cannot_be_is_refused(database: Database, visit: NewVisit, field: str) -> None:
    before = contents(database)
    with pytest.raises(ValidationError) as fault:
        record_visit(database, visit, "me")
    assert fault.value.field == field
    assert contents(database) == before


def test_unknown_people_are_refused(database: Database) -> None:
    before = contents(database)
    for visit in (NewVisit("nobody", TODAY), NewVisit("p1", TODAY, worker="nobody")):
        with pytest.raises(NotFoundError, match="nobody"):
            record_visit(database, visit, "me")
        with pytest.raises(NotFoundError):
            record_visits(database, [NewVisit("p2", TODAY), visit], "me")
    assert contents(database) == before


def test_the_day_of_death_itself_is_possible(database: Database) -> None:
    record_visit(database, NewVisit("p3", dt.date(2026, 3, 10)), "me")
    record_visit(database, NewVisit("p1", dt.date(1940, 5, 1)), "me")


def test_a_round_is_one_step(database: Database) -> None:
    changes = record_visits(database, [NewVisit("p1", TODAY), NewVisit("p2", TODAY, outcome="not_home")], "me")
    assert len(set(changes.result)) == 2
    assert (rate(database).visited, rate(database).attempts) == (1, 1)
    assert changes.operation is not None
    undo_operation(database, changes.operation, "me")
    assert (rate(database).visited, rate(database).attempts) == (0, 0)
    assert len(visits_of(database, with_voided=True)) == 2, "what was logged stays, marked"


def test_taking_back_needs_a_reason_and_happens_once(database: Database) -> None:
    ident = record_visit(database, NewVisit("p1", TODAY), "me").result
    with pytest.raises(ValidationError):
        void_visit(database, ident, "  ", "me")
    void_visit(database, ident, " 记错人 ", "you")
    (row,) = visits_of(database, with_voided=True)
    assert (row.voided, row.void_reason) == (True, "记错人")
    assert (rate(database).visited, visits_of(database)) == (0, [])
    with pytest.raises(ValidationError):
        void_visit(database, ident, "再来", "me")
    with pytest.raises(NotFoundError):
        void_visit(database, "no-such-visit", "x", "me")


def test_a_correction_replaces(database: Database) -> None:
    wrong = record_visit(database, NewVisit("p1", TODAY, note="错"), "me").result
    changes = replace_visit(database, wrong, NewVisit("p2", TODAY), "写错人", "me")
    rule = RosterRule.monthly(database.fetch(load_settings))
    rows = database.fetch(list_roster, Month(2026, 3), TODAY, rule)
    assert [row.person.id for row in rows if row.missed] == ["p1"]
    told = {row["id"]: row for row in database.fetch(read_facts)["visits"]}
    assert told[changes.result]["replaces"] == wrong and told[wrong]["voided"]
    with pytest.raises(ValidationError):
        replace_visit(database, wrong, NewVisit("p1", TODAY), "again", "me")
    before = contents(database)
    with pytest.raises(ValidationError):
        replace_visit(database, changes.result, NewVisit("p2", dt.date(2027, 1, 1)), "later", "me")
    assert contents(database) == before, "the old visit is not taken back when the new one is refused"
    assert changes.operation is not None
    undo_operation(database, changes.operation, "me")
    assert [row.id for row in visits_of(database)] == [wrong]


def test_undo_of_undo_and_twice(database: Database) -> None:
    logged = record_visit(database, NewVisit("p1", TODAY), "me")
    assert logged.operation is not None
    undone = undo_operation(database, logged.operation, "me")
    with pytest.raises(ValidationError):
        undo_operation(database, logged.operation, "me")
    assert rate(database).visited == 0
    assert undone.operation is not None
    undo_operation(database, undone.operation, "me")
    assert rate(database).visited == 1
    for none in (0, -1, 10_000, 2**70):
        with pytest.raises(NotFoundError):
            undo_operation(database, none, "me")


def test_undo_after_a_later_change_is_refused(database: Database) -> None:
    logged = record_visit(database, NewVisit("p1", TODAY), "me")
    void_visit(database, logged.result, "记错", "you")
    before = contents(database)
    assert logged.operation is not None
    with pytest.raises(ValidationError):
        undo_operation(database, logged.operation, "me")
    first = edit_resident(database, "p1", NewResident("甲"), "me")
    edit_resident(database, "p1", NewResident("乙"), "you")
    assert first.operation is not None
    changed = contents(database)
    with pytest.raises(ValidationError):
        undo_operation(database, first.operation, "me")
    assert contents(database) == changed != before


def test_everyone_undoes_their_own_last_step(database: Database) -> None:
    mine = record_visit(database, NewVisit("p1", TODAY), "me").operation
    record_visit(database, NewVisit("p2", TODAY), "you")
    assert database.fetch(last_undoable, "me") == mine
    assert mine is not None
    undo_operation(database, mine, "me")
    assert database.fetch(last_undoable, "me") is None
    assert database.fetch(last_undoable, "nobody") is None


def test_lists_of_visits(database: Database) -> None:
    for day in range(1, 21):
        record_visit(database, NewVisit("p1" if day % 2 else "p2", dt.date(2026, 3, day), worker="w1",
                                        outcome="met" if day % 3 else "refused"), "me")  # fmt: skip
    page, seen = None, []
    while rows := database.fetch(list_visits, VisitFilter(), 7, page):
        seen += rows
        page = rows[-1].day, rows[-1].number
    assert [row.day.day for row in seen] == list(range(20, 0, -1))
    assert database.fetch(count_visits, VisitFilter()) == 20
    assert database.fetch(count_visits, VisitFilter(outcome="attempt")) == 6
    assert database.fetch(count_visits, VisitFilter(first=dt.date(2026, 3, 5), last=dt.date(2026, 3, 6))) == 2


def test_visits_are_counted_as_they_are_listed(database: Database) -> None:
    assert database.fetch(count_visits, VisitFilter(outcome="met"), 3) == 0
    for day in range(1, 21):
        on = dt.date(2026, 3 if day > 8 else 1 if day > 2 else 2, day)  # three months, one of them short
        key = record_visit(database, NewVisit("p1", on, worker="w1" if day % 4 else "w2",
                                              outcome="met" if day % 3 else "not_home"), "me").result  # fmt: skip
        if day % 5 == 0 or day == 3:
            void_visit(database, str(key), "typed twice", "me")
    everything = database.fetch(list_visits, VisitFilter(with_voided=True))
    days = ((None, None), (dt.date(2026, 2, 2), None), (dt.date(2026, 1, 4), dt.date(2026, 3, 15)))
    for outcome, (first, last), worker in itertools.product(("", "met", "attempt"), days, (None, "w2")):
        for with_voided in (False, True):
            wanted = VisitFilter(first, last, Scope(worker=worker), outcome, with_voided)
            fitting = [
                row.number for row in everything
                if (first or row.day) <= row.day <= (last or row.day) and worker in (None, row.worker)
                and (with_voided or not row.voided)
                and outcome in ("", "met" if row.outcome == "met" else "attempt")
            ]  # fmt: skip
            assert [row.number for row in database.fetch(list_visits, wanted)] == fitting
            assert database.fetch(count_visits, wanted) == len(fitting)
            for most in (0, 3, max(0, len(fitting) - 1), len(fitting)):
                counted = len(fitting) if worker else min(len(fitting), most + 1)
                assert database.fetch(count_visits, wanted, most) == counted
        pages, before = [], None
        while page := database.fetch(list_visits, wanted, 4, before):
            pages += page
            before = page[-1].day, page[-1].number
        assert [row.number for row in pages] == fitting
    assert database.fetch(count_visits, VisitFilter(outcome="attempt")) == 4
    assert database.fetch(count_visits, VisitFilter(outcome="attempt", with_voided=True)) == 6


# ---- settings that decide figures ------------------------------------------------------------------------------------


def test_settings_move_the_figures_and_come_back(database: Database) -> None:
    record_visit(database, NewVisit("p1", TODAY, mode="phone"), "me")
    assert rate(database).visited == 1
    changed = change_setting(database, "valid_modes", ["onsite"], "me")
    assert (rate(database).visited, database.fetch(load_settings).valid_modes) == (0, ("onsite",))
    assert changed.operation is not None
    undo_operation(database, changed.operation, "me")
    assert rate(database).visited == 1
    counted = choose_counting(database, ["dementia"], "me")
    assert rate(database).roster == 0 and database.fetch(list_due, TODAY, database.fetch(load_settings)) == []
    assert counted.operation is not None
    undo_operation(database, counted.operation, "me")
    assert rate(database).roster == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [("join_day", 0), ("join_day", 29), ("join_day", "20"), ("join_day", True), ("join_day", 20.0), ("valid_modes", []),
     ("valid_modes", ["letter"]), ("valid_modes", "onsite"), ("valid_modes", [["onsite"]]), ("target_percent", 101),
     ("community_name", 5), ("community_name", "\ud800"), ("demo", 1), ("nonsense", 1)],
)  # fmt: skip
def test_settings_outside_their_limits(database: Database, key: str, value: object) -> None:
    before = contents(database)
    with pytest.raises(ValidationError) as fault:
        change_setting(database, key, value, "me")
    assert fault.value.field == key
    assert contents(database) == before


def test_modes_are_kept_in_one_order(database: Database) -> None:
    change_setting(database, "valid_modes", ["video", "onsite"], "me")
    assert database.fetch(load_settings).valid_modes == ("onsite", "video")
    with pytest.raises(NotFoundError, match="cats"):
        choose_counting(database, ["cats"], "me")
    assert [row.action for row in database.fetch(list_operations)][0] == "setting.change"
