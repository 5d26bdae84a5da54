"""A computer's clock that tells a day before the one its data has been brought to."""

from __future__ import annotations

import datetime as dt

import pytest

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures.dues import standing_day
from gridapp.db.queries.due import read_due_list
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import DueFilter
from gridapp.domain.period import Month, months_back
from gridapp.domain.visit import NewVisit
from gridapp.errors import OperationCancelled, ValidationError
from gridapp.progress import NullProgress
from gridapp.services import clock_check
from gridapp.services.facts import import_facts
from gridapp.services.figures import verify_figures
from gridapp.services.projects import keep_figures_current
from gridapp.services.visits import record_visit
from tests.factories import document, visit

REACHED, BEFORE, LATER = dt.date(2026, 4, 30), dt.date(2020, 1, 1), dt.date(2026, 5, 2)


class Refusing(NullProgress):
    """Stops at the first report."""

    def advance(self, done: int, total: int, message: str = "") -> None:
        raise OperationCancelled


@pytest.fixture
def brought(database: Database) -> Database:
    """A small community whose figures stand at the day reached."""
    clock.set_today(REACHED)
    import_facts(database, document() | {"visits": [visit("v1", "p1", "2026-04-10")]}, "tester")
    keep_figures_current(database)
    return database


def rates(database: Database, day: dt.date, from_facts: bool = False) -> list[RateRow]:
    rule, months = RosterRule.monthly(database.fetch(load_settings)), months_back(Month.of(day), 12)
    return database.fetch(visit_rates, months, day, "grid", rule, from_facts=from_facts)


def day_kept(database: Database) -> dt.date:
    found = database.fetch(standing_day)
    assert found is not None
    return found[1]


def test_the_day_reached_stays_today_until_the_clock_has_caught_up(brought: Database) -> None:
    said = rates(brought, clock.today())
    clock.set_today(BEFORE)
    clock_check.follow(brought)
    assert (clock.today(), clock.computers_day(), clock.is_behind()) == (REACHED, BEFORE, True)
    assert "2020-01-01" in clock_check.warning() and "2026-04-30" in clock_check.warning()
    assert rates(brought, clock.today()) == said
    listed = brought.fetch(read_due_list, clock.today(), brought.fetch(load_settings), DueFilter())
    assert listed.counts.people["all"] == 3
    clock.set_today(LATER)
    assert (clock.today(), clock_check.warning()) == (LATER, "")


def test_visits_are_taken_up_to_the_day_reached_and_not_after(brought: Database) -> None:
    clock.set_today(BEFORE)
    clock_check.follow(brought)
    record_visit(brought, NewVisit("p2", REACHED, "onsite", "met"), "tester")
    with pytest.raises(ValidationError, match="future"):
        record_visit(brought, NewVisit("p3", LATER, "onsite", "met"), "tester")
    assert day_kept(brought) == REACHED
    assert verify_figures(brought) == []


def test_a_right_clock_takes_the_figures_back(brought: Database) -> None:
    clock.set_today(dt.date(2027, 1, 15))
    keep_figures_current(brought)
    clock.set_today(REACHED)
    clock_check.follow(brought)
    assert clock.is_behind()
    with pytest.raises(OperationCancelled):
        clock_check.take_computers_day(brought, "tester", Refusing())
    assert clock.is_behind() and day_kept(brought) == dt.date(2027, 1, 15)
    clock_check.take_computers_day(brought, "tester")
    assert (clock.today(), clock_check.warning(), day_kept(brought)) == (REACHED, "", REACHED)
    assert verify_figures(brought) == []
    assert rates(brought, REACHED) == rates(brought, REACHED, from_facts=True)


def test_data_that_was_never_counted_reaches_no_day(database: Database) -> None:
    clock.set_today(BEFORE)
    clock.reach(REACHED)
    with database.write_unrecorded() as session:
        session.connection().exec_driver_sql("DELETE FROM figure_month")
    clock_check.follow(database)
    assert clock.today() == BEFORE and not clock.is_behind()
