"""The SQL against an independent slow count, over random lives.

``HYPOTHESIS_PROFILE=thorough`` runs many more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.cadence import cadence_compliance
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import EVERYWHERE, RosterRow, Scope
from gridapp.domain.period import Month, Period, Quarter
from gridapp.services.facts import import_facts
from gridapp.services.undo import undo_operation
from tests.databases import Databases
from tests.examples import share_of_examples
from tests.factories import COMMUNITY, GRIDS, KINDS, OTHER_COMMUNITY, TELLING, Document, contents, lives
from tests.slow_count import SlowCount, SlowRate, Standing, cut_to_one_decimal, month_end

TODAY = dt.date(2026, 12, 31)
MONTHS = [Month(2025, 12), *(Month(2026, number) for number in range(1, 9))]
TABLES = ("grid", "category", "worker", "community", "total")
as_of_days = st.sampled_from(TELLING)


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    with databases.opened() as database:
        yield database


class loaded:
    """The document in the database for a while; undoing the import leaves nothing behind."""

    def __init__(self, database: Database, facts: Document) -> None:
        clock.set_today(TODAY)
        self.database = database
        self.operation = import_facts(database, facts, "prover").operation

    def __enter__(self) -> Session:
        self.read = self.database.read()
        return self.read.__enter__()

    def __exit__(self, *fault: Any) -> None:
        self.read.__exit__(*fault)
        assert self.operation is not None
        undo_operation(self.database, self.operation, "prover")


def counting_of(facts: Document) -> set[str]:
    return {row["code"] for row in facts["categories"] if row["counts"]}


def slow_of(facts: Document) -> SlowCount:
    settings = facts["settings"]
    return SlowCount(facts, counting_of(facts), set(settings["valid_modes"]), settings["join_day"])


def figures(row: RateRow) -> tuple[Any, ...]:
    rate = row.rate
    return rate.visited, rate.roster, rate.by_mode, rate.attempts, rate.new, rate.excluded


def check_rows(found: list[RateRow], slow: dict[str, SlowRate]) -> None:
    assert {row.key: figures(row) for row in found} == {key: rate.figures for key, rate in slow.items()}
    assert len({row.key for row in found}) == len(found)
    for row in found:
        expected = slow[row.key]
        assert row.rate.onsite == len(expected.modes["onsite"])
        assert row.rate.missed == len(expected.roster) - len(expected.visited)
        assert row.rate.shown == cut_to_one_decimal(len(expected.visited), len(expected.roster))
        assert row.rate.shown_onsite == cut_to_one_decimal(len(expected.modes["onsite"]), len(expected.roster))


def check_list(rows: list[RosterRow], standings: dict[str, Standing]) -> None:
    assert len(rows) == len({row.person.id for row in rows}), "someone is listed twice"
    assert {row.person.id for row in rows} == set(standings)
    for row in rows:
        slow = standings[row.person.id]
        got = (row.person.grid_code, row.worker, row.joined, row.status, row.reason, frozenset(row.modes), row.attempts)
        assert got == (slow.grid, slow.worker, slow.joined, slow.status, slow.reason, slow.modes, slow.attempts)
        assert row.visited is bool(slow.modes)
        assert row.missed is (slow.status == "counted" and not slow.modes)


# ---- rates and lists -------------------------------------------------------------------------------------------------


@given(facts=lives(), as_of=as_of_days)
def test_monthly_figures_and_lists_agree_with_the_slow_count(
    database: Database, facts: Document, as_of: dt.date
) -> None:
    slow = slow_of(facts)
    with loaded(database, facts) as session:
        rule = RosterRule.monthly(load_settings(session))
        tables = {by: visit_rates(session, MONTHS, as_of, by, rule) for by in TABLES}
        for month in MONTHS:
            standings = slow.month(month.year, month.month, as_of)
            day = min(month.last, as_of)
            for by in TABLES:
                check_rows([row for row in tables[by] if row.period == month], slow.table(standings, by, day))
        chosen = Month.of(as_of)
        for month in (chosen, chosen.plus(-1), chosen.plus(1)):
            check_list(list_roster(session, month, as_of, rule), slow.month(month.year, month.month, as_of))


@hypothesis.settings(max_examples=share_of_examples(4))
@given(facts=lives(), as_of=as_of_days, category=st.sampled_from(sorted(KINDS)))
def test_quarterly_figures_of_children(database: Database, facts: Document, as_of: dt.date, category: str) -> None:
    settings = facts["settings"]
    slow = SlowCount(facts, {category}, set(settings["child_modes"]), settings["join_day"])
    quarters: list[Period] = [Quarter(2025, 4), Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3)]
    with loaded(database, facts) as session:
        rule = RosterRule.of_children(category, load_settings(session))
        for by in ("grid", "category", "total"):
            found = visit_rates(session, quarters, as_of, by, rule)
            for quarter in quarters:
                assert isinstance(quarter, Quarter)
                standings = slow.quarter(quarter.year, quarter.quarter, as_of)
                check_rows(
                    [row for row in found if row.period == quarter], slow.table(standings, by, min(quarter.last, as_of))
                )
                check_list(list_roster(session, quarter, as_of, rule), standings)


@hypothesis.settings(max_examples=share_of_examples(4))
@given(facts=lives(), as_of=as_of_days)
def test_every_figure_opens_a_list_of_that_length(database: Database, facts: Document, as_of: dt.date) -> None:
    with loaded(database, facts) as session:
        rule, month = RosterRule.monthly(load_settings(session)), Month.of(as_of)
        total = visit_rates(session, [month], as_of, "total", rule)[0].rate
        for by, scope_of in (
            ("grid", lambda key: Scope(grid=key)),
            ("community", lambda key: Scope(community=key)),
            ("worker", lambda key: Scope(worker=key)),
            ("category", None),
        ):
            found = visit_rates(session, [month], as_of, by, rule)
            for row in found:
                if row.key == "":
                    continue  # nobody responsible: no scope names that
                opened = (
                    list_roster(session, month, as_of, rule, EVERYWHERE, row.key)
                    if scope_of is None
                    else list_roster(session, month, as_of, rule, scope_of(row.key))
                )
                check_opened(row, opened)
                if scope_of is not None:
                    again = visit_rates(session, [month], as_of, "total", rule, scope_of(row.key))[0]
                    assert figures(again) == figures(row)
            if by != "category":
                assert sum(row.rate.roster for row in found) == total.roster
                assert sum(row.rate.visited for row in found) == total.visited
                assert sum(row.rate.attempts for row in found) == total.attempts
                assert sum(row.rate.new for row in found) == total.new


def check_opened(row: RateRow, opened: list[RosterRow]) -> None:
    def count(status: str) -> int:
        return sum(item.status == status for item in opened)

    assert count("counted") == row.rate.roster
    assert count("new") == row.rate.new
    assert count("excluded") == sum(row.rate.excluded.values())
    assert sum(item.missed for item in opened) == row.rate.missed
    assert sum(item.status == "counted" and item.visited for item in opened) == row.rate.visited
    assert sum(item.status == "counted" and "onsite" in item.modes for item in opened) == row.rate.onsite
    assert sum(item.attempts for item in opened if item.status == "counted") == row.rate.attempts


# ---- cadence ---------------------------------------------------------------------------------------------------------


@hypothesis.settings(max_examples=share_of_examples(4))
@given(facts=lives(), month=st.sampled_from(MONTHS), length=st.sampled_from((1, 2, 3)))
def test_compliance_agrees_with_the_slow_count(database: Database, facts: Document, month: Month, length: int) -> None:
    slow = slow_of(facts)
    first, last = month.first, month.plus(length - 1).last
    with loaded(database, facts) as session:
        settings = load_settings(session)
        got = {row.tier: (row.due, row.done) for row in cadence_compliance(session, first, last, settings)}
        assert got == slow.compliance(first, last)
        for grid in GRIDS:
            rows = cadence_compliance(session, first, last, settings, Scope(grid=grid))
            assert {row.tier: (row.due, row.done) for row in rows} == slow.compliance(first, last, grid)


def slow_due(slow: SlowCount, person: str, as_of: dt.date, interval: int) -> dt.date:
    """The day the next visit is due, found by walking through the periods from the first one."""
    joined, tier = slow.joined(person, as_of), slow.tier_on(person, as_of)
    valid = [day for day, _mode in slow.valid_days(person) if joined <= day <= as_of]
    closed = [row for row in slow.of["absences"][person] if row["approved"] and row["end"] is not None]
    if tier == "A":
        due = (max(valid) if valid else joined) + dt.timedelta(days=interval)
        while within := [row for row in closed if row["start"] <= due.isoformat() < row["end"]]:
            due = dt.date.fromisoformat(within[0]["end"])
        return due
    months = 1 if tier == "B" else 3
    first = dt.date(joined.year, (joined.month - 1) // months * months + 1, 1)
    while True:
        last = first
        for _ in range(months):
            last = month_end(last) + dt.timedelta(days=1)
        last -= dt.timedelta(days=1)
        joins_by = last.replace(day=slow.join_day)
        met = any(day >= first for day in valid)
        away = any(row["start"] <= first.isoformat() and row["end"] > last.isoformat() for row in closed)
        if joined <= joins_by and not met and not away:
            return last
        first = last + dt.timedelta(days=1)


@hypothesis.settings(max_examples=share_of_examples(4))
@given(facts=lives(), as_of=as_of_days)
def test_due_list_agrees_with_the_slow_count(database: Database, facts: Document, as_of: dt.date) -> None:
    slow = slow_of(facts)
    with loaded(database, facts) as session:
        rows = list_due(session, as_of, load_settings(session))
        standings = slow.month(as_of.year, as_of.month, as_of)
        expected = {who for who, item in standings.items() if item.status != "excluded"}
        assert {row.roster.person.id for row in rows} == expected
        for row in rows:
            person = row.roster.person
            assert person.tier.value == slow.tier_on(person.id, as_of)
            assert row.due == slow_due(slow, person.id, as_of, 7), person.id
            assert row.overdue_days == max(0, (as_of - row.due).days)
        assert [row.overdue_days for row in rows] == sorted((row.overdue_days for row in rows), reverse=True)


# ---- months that stay true -------------------------------------------------------------------------------------------


@hypothesis.settings(max_examples=share_of_examples(8))
@given(facts=lives(), change=st.sampled_from(TELLING[30:60]), grid=st.sampled_from(GRIDS))
def test_a_later_change_changes_nothing_before_it(
    database: Database, facts: Document, change: dt.date, grid: str
) -> None:
    """From a day on everyone lives in one grid and every grid has another manager."""
    before = [month for month in MONTHS if month.last < change]
    day = change.isoformat()
    moved = [cut for row in facts["residencies"] for cut in split(row, day, grid)]
    workers = [until(row, day) for row in facts["workers"]]
    workers += [
        {
            "id": f"n{place}",
            "name": "新来的",
            "grid": code,
            "role": "full_time",
            "duty": "manager",
            "start": day,
            "end": None,
        }
        for place, code in enumerate(GRIDS)
    ]
    after = facts | {"residencies": moved, "workers": workers}
    with loaded(database, facts) as session:
        rule = RosterRule.monthly(load_settings(session))
        told = [visit_rates(session, before, TODAY, by, rule) for by in TABLES]
        now = [visit_rates(session, MONTHS[-1:], TODAY, by, rule) for by in ("category", "total")]
    with loaded(database, after) as session:
        assert [visit_rates(session, before, TODAY, by, rule) for by in TABLES] == told
        # A move inside the area breaks no stay.
        assert [visit_rates(session, MONTHS[-1:], TODAY, by, rule) for by in ("category", "total")] == now


def split(row: Document, day: str, grid: str) -> list[Document]:
    if row["end"] is not None and row["end"] <= day:
        return [row]
    if row["start"] >= day:
        return [row | {"grid": grid}]
    return [row | {"end": day}, row | {"start": day, "grid": grid}]


def until(worker: Document, day: str) -> Document:
    """Keep of a worker the posts begun before a day, ended there."""
    first = {key: worker[key] for key in ("grid", "role", "duty", "start", "end") if key in worker}
    posts = [
        post | {"end": min(post["end"] or day, day)} for post in [first, *worker["assignments"]] if post["start"] < day
    ]
    return {"id": worker["id"], "name": worker["name"], "assignments": posts}


def test_undoing_an_import_gives_back_the_empty_file(database: Database) -> None:
    assert (
        database.fetch(
            lambda session: list_roster(session, MONTHS[0], TODAY, RosterRule.monthly(load_settings(session)))
        )
        == []
    )


def test_the_slow_count_would_notice(database: Database) -> None:
    """A guard on the guard: shifting one interval by one day changes what the slow count says."""
    from tests.factories import document, enrolment

    facts = document(people=("a",), enrolments=[enrolment("a", start="2026-03-20")])
    late = document(people=("a",), enrolments=[enrolment("a", start="2026-03-21")])
    count = SlowCount(facts, {"living_alone"}, {"onsite"}, 20).month(2026, 3, TODAY)["a"]
    assert count.status == "counted"
    assert SlowCount(late, {"living_alone"}, {"onsite"}, 20).month(2026, 3, TODAY)["a"] == replace(
        count, status="new", joined=dt.date(2026, 3, 21)
    )
    assert {COMMUNITY, OTHER_COMMUNITY} == {code[:12] for code in GRIDS}
    assert contents(database) == contents(database)
