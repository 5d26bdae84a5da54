"""Tables of all places at once, fetched column by column, against the rows they stand for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import pytest
from sqlalchemy import case, select, update

from gridapp import clock
from gridapp.db.database import Database, Session
from gridapp.db.queries.matrix import rate_matrix
from gridapp.db.queries.plain_rows import plain_columns
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.records import GridRecord
from gridapp.domain.period import Month
from gridapp.services.facts import import_facts
from gridapp.services.projects import keep_figures_current, open_database
from gridapp.settings import DEFAULTS
from tests.databases import Databases
from tests.factories import GRIDS, document, enrolment, home, person, visit

TODAY = dt.date(2026, 3, 24)
ODD = "990102003004005"
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


def test_a_name_stays_as_it_is(peopled: Database) -> None:
    odd = '北,"里" [\\n\n\x1f\'] 𠀀'
    with peopled.write_unrecorded() as session:
        session.execute(update(GridRecord).where(GridRecord.code == GRIDS[1]).values(name=odd))

    with peopled.read() as session:
        codes, names = plain_columns(session, select(GridRecord.code, GridRecord.name))
        rows = visit_rates(session, [Month.of(TODAY)], TODAY, "grid", RosterRule.monthly(DEFAULTS))

    assert dict(zip(codes, names, strict=True))[GRIDS[1]] == odd
    assert {row.key: row.name for row in rows}[GRIDS[1]] == odd


def test_columns_without_rows_are_empty(peopled: Database) -> None:
    with peopled.read() as session:
        assert plain_columns(session, select(GridRecord.id, GridRecord.code).where(GridRecord.code == "")) == [[], []]


def _opened_again(database: Database) -> Database:
    address = database.engine.url.render_as_string(hide_password=False)
    return open_database(address if database.is_on_server else database.location)


def _keys(session: Session) -> set[str]:
    matrix = rate_matrix(session, [Month.of(TODAY)], TODAY, "grid", RosterRule.monthly(DEFAULTS))
    assert matrix.roster.sum() == 9
    return set(matrix.keys)


def test_places_are_as_they_are_now(peopled: Database) -> None:
    """Changed by this program or by another, and when a change that was read is taken back."""
    change = update(GridRecord).where(GridRecord.code.in_([GRIDS[0], ODD])).values(
        code=case((GridRecord.code == ODD, GRIDS[0]), else_=ODD)
    )  # fmt: skip
    whole = peopled.fetch(_keys)
    other = _opened_again(peopled)
    changed = whole - {GRIDS[0]} | {ODD}
    for database in (peopled, other):
        with database.write_unrecorded() as session:
            session.execute(change)
        for _time in range(2):
            assert peopled.fetch(_keys) == other.fetch(_keys) == changed
        with pytest.raises(LookupError), database.write_unrecorded() as session:
            session.execute(change)
            assert _keys(session) == whole
            raise LookupError
        assert peopled.fetch(_keys) == other.fetch(_keys) == changed
        with database.write_unrecorded() as session:
            session.execute(change)
            assert _keys(session) == whole
        assert peopled.fetch(_keys) == other.fetch(_keys) == whole
    other.close()


def test_a_read_that_began_earlier_keeps_its_moment(peopled: Database) -> None:
    other = _opened_again(peopled)
    with peopled.read() as session:
        before = _keys(session)
        with other.write_unrecorded() as writing:
            writing.execute(update(GridRecord).where(GridRecord.code == GRIDS[0]).values(code=ODD))
        assert _keys(session) == before
    assert peopled.fetch(_keys) == before - {GRIDS[0]} | {ODD}
    other.close()
