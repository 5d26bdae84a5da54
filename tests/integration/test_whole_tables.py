"""Tables of all places at once, fetched column by column, against the rows they stand for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import pytest
from sqlalchemy import select, update

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.matrix import rate_matrix
from gridapp.db.queries.plain_rows import SEPARATOR, plain_columns
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.records import GridRecord
from gridapp.domain.period import Month
from gridapp.services.facts import import_facts
from gridapp.services.projects import keep_figures_current
from gridapp.settings import DEFAULTS
from tests.databases import Databases
from tests.factories import GRIDS, document, enrolment, home, person, visit

TODAY = dt.date(2026, 3, 24)
MONTHS = [Month(2026, 3), Month(2025, 12), Month(2026, 3), Month(2027, 1)]
"""Not in order, one twice, one not begun."""


@pytest.fixture
def peopled(databases: Databases) -> Iterator[Database]:
    clock.set_today(TODAY)
    with databases.opened() as database:
        people = [f"p{place}" for place in range(9)]
        facts = document(people=())
        facts["persons"] = [person(who) for who in people]
        facts["residencies"] = [home(who, GRIDS[place % 3]) for place, who in enumerate(people)]
        facts["enrolments"] = [enrolment(who, "living_alone") for who in people]
        facts["visits"] = [
            visit("a", "p0", "2026-03-02"),
            visit("b", "p1", "2026-03-03", mode="phone"),
            visit("c", "p1", "2025-12-03"),
            visit("d", "p5", "2025-12-24", mode="phone"),
        ]
        import_facts(database, facts, "start")
        keep_figures_current(database)
        yield database


@pytest.mark.parametrize("is_onsite", [False, True])
@pytest.mark.parametrize("modes", [DEFAULTS.valid_modes, ("phone",)], ids=["kept", "by another rule"])
@pytest.mark.parametrize("by", ["grid", "community"])
def test_a_matrix_holds_the_figures_of_the_rows(
    peopled: Database, by: Literal["grid", "community"], modes: tuple[str, ...], is_onsite: bool
) -> None:
    rule = RosterRule(None, modes, DEFAULTS.join_day)
    matrix = peopled.fetch(rate_matrix, MONTHS, TODAY, by, rule, is_onsite)

    found = {
        (number, key): (int(matrix.roster[number, at]), int(matrix.visited[number, at]))
        for number in range(len(MONTHS))
        for at, key in enumerate(matrix.keys)
        if matrix.roster[number, at]
    }
    expected = {}
    for number, month in enumerate(MONTHS):
        for row in peopled.fetch(visit_rates, [month], TODAY, by, rule, from_facts=True):
            met = row.rate.onsite if is_onsite else row.rate.visited
            expected[number, row.key] = (row.rate.roster, met)
    assert found == expected
    assert {number for number, _key in found} == {0, 1, 2}


def test_a_name_that_holds_the_separator_stays_whole(peopled: Database) -> None:
    odd = f"北{SEPARATOR}里"
    with peopled.write_unrecorded() as session:
        session.execute(update(GridRecord).where(GridRecord.code == GRIDS[1]).values(name=odd))

    with peopled.read() as session:
        codes, names = plain_columns(session, select(GridRecord.code, GridRecord.name))
        rows = visit_rates(session, [Month.of(TODAY)], TODAY, "grid", RosterRule.monthly(DEFAULTS))

    assert dict(zip(codes, names, strict=True))[GRIDS[1]] == odd
    assert {row.key: row.name for row in rows}[GRIDS[1]] == odd
