"""Figures that are kept against the facts, after every one of many random edits.

``GRIDAPP_FIGURE_OPERATIONS=100000`` makes the long run; a failure names the
seed and the operations since the last figures that were right.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from gridapp import clock
from gridapp.db.base import Base
from gridapp.db.database import Database, Session
from gridapp.db.figures import judging, triggers, verifying
from gridapp.db.figures.verifying import Difference
from gridapp.db.queries import due
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.people import describe_people
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.queries.visits import VisitFilter, count_visits, list_visits
from gridapp.db.records import (
    CategoryRecord,
    CommunityMonthRecord,
    FigureMonthRecord,
    GridRecord,
    PersonDueRecord,
    ResidencyRecord,
    TierOverrideRecord,
)
from gridapp.domain.period import Month, Period, Quarter, months_back
from gridapp.errors import GridAppError
from gridapp.services import residents, upkeep, visits
from gridapp.services.facts import import_facts
from gridapp.services.figures import rebuild_figures, verify_figures
from gridapp.services.projects import keep_figures_current, open_database
from gridapp.services.undo import undo_operation
from tests.databases import Databases
from tests.factories import COMMUNITY, GRIDS, OTHER_COMMUNITY, document, enrolment, home, person, plain_database, visit
from tests.random_edits import CATEGORIES, Editor

OPERATIONS = int(os.environ.get("GRIDAPP_FIGURE_OPERATIONS", "210"))
SEEDS = range(int(os.environ.get("GRIDAPP_FIGURE_SEED", "1")), int(os.environ.get("GRIDAPP_FIGURE_SEED", "1")) + 3)
FIRST_DAY = dt.date(2026, 1, 18)
LONG_AGO, FAR_AHEAD = Month(1990, 1), Month(2100, 1)
BYS = ("grid", "category", "worker", "community", "total")
SCOPES = (EVERYWHERE, Scope(grid=GRIDS[0]), Scope(community=COMMUNITY), Scope(worker="w1"),
          Scope(community=OTHER_COMMUNITY, worker="w2"))


def start(database: Database) -> None:
    """Put a few people into a database: some enrolled, some not, with visits."""
    people = [f"p{place}" for place in range(8)]
    facts = document(people=())
    facts["persons"] = [person(who) for who in people]
    facts["residencies"] = [home(who, GRIDS[place % 3]) for place, who in enumerate(people)]
    facts["enrolments"] = [enrolment(who, CATEGORIES[place % 3]) for place, who in enumerate(people[:6])]
    facts["visits"] = [visit(f"v{place}", people[place % 8], f"2025-{place % 12 + 1:02}-15") for place in range(20)]
    import_facts(database, facts, "start")


def differences(database: Database) -> list[Difference]:
    with database.read() as session:
        basis, cells = verifying.compare_basis(session), verifying.compare_months(session, LONG_AGO, FAR_AHEAD)
        if not database.is_on_server and not basis:
            judge_agrees_with(session, cells)
        return [*basis, *cells, *verifying.compare_dues(session)]


def judge_agrees_with(session: Session, cells: list[Difference]) -> None:
    """The quick judge says the same as the statements: of the latest months, and of those with a difference."""
    months = session.scalars(select(FigureMonthRecord).order_by(FigureMonthRecord.month.desc())).all()
    wrong = {one.month for one in cells}
    for place, row in enumerate(months):
        month = Month(row.month // 12, row.month % 12 + 1)
        if place < 2 or month in wrong:
            assert judging.agrees(session, row) is (month not in wrong), (month, cells[:5])


def compare_reads(database: Database, dice: random.Random) -> None:
    """The same question, answered from what is kept and from the facts."""
    as_of = clock.today() - dt.timedelta(days=dice.choice((0, 0, 0, 1, 12, 40)))
    periods: list[Period] = [*months_back(Month.of(as_of), dice.randint(1, 30)), Month.of(as_of).plus(1)]
    periods += [Quarter.of(as_of)] if dice.random() < 0.2 else []
    scope, by = dice.choice(SCOPES), dice.choice(BYS)
    with database.read() as session:
        rule = RosterRule.monthly(load_settings(session))
        asked = (session, periods, as_of, by, rule, scope)
        assert visit_rates(*asked) == visit_rates(*asked, from_facts=True), (by, scope, as_of)
        month = dice.choice(periods[-3:])
        category = dice.choice((None, None, *CATEGORIES))
        listed = (session, month, as_of, rule, scope, category)
        assert list_roster(*listed) == list_roster(*listed, from_facts=True), (month, scope, as_of)
        compare_due_pages(session, as_of, scope, dice)
        compare_visits(session, month, as_of, dice)


def compare_visits(session: Session, period: Period, as_of: dt.date, dice: random.Random) -> None:
    """The visits of a month, summed from what is kept where it stands at that day, are those that are listed."""
    last = dice.choice((period.last, min(period.last, as_of), period.first))
    wanted = VisitFilter(
        period.first, last, outcome=dice.choice(("", "met", "attempt")), with_voided=dice.random() < 0.5
    )
    assert count_visits(session, wanted) == len(list_visits(session, wanted, 100_000)), wanted


def compare_due_pages(session: Session, as_of: dt.date, scope: Scope, dice: random.Random) -> None:
    """The due list page by page holds everyone of the whole list once, in its order of urgency."""
    settings, kind = load_settings(session), dice.choice(due.KINDS)
    whole = list_due(session, as_of, settings, scope)
    wanted, size = due.DueFilter(scope, kind), dice.randint(1, 4)
    page = due.read_due_page(session, as_of, settings, wanted, None, size)
    found = list(page.rows)
    while page.after is not None:
        page = due.read_due_page(session, as_of, settings, wanted, page.after, size)
        found += page.rows
    behind = [row for row in whole if due.belongs(row, kind, as_of)]
    assert sorted(found, key=lambda row: row.roster.person.number) == sorted(
        behind, key=lambda row: row.roster.person.number
    )
    assert [row.due for row in found] == [row.due for row in behind]
    assert due.count_due(session, as_of, settings, scope) == due.count_rows(whole, as_of)
    since, until = dice.choice((None, as_of)), as_of + dt.timedelta(days=dice.randint(-3, 9))
    expected = Counter(
        row.roster.person.grid_code
        for row in list_due(session, as_of, settings)
        if row.due <= until and (since is None or row.due >= since)
    )
    assert due.count_due_by_grid(session, as_of, settings, since, until) == expected


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    clock.set_today(FIRST_DAY)
    with databases.opened() as database:
        start(database)
        yield database


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    clock.set_today(FIRST_DAY)
    database = plain_database(tmp_path)
    start(database)
    yield database
    database.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_agrees_after_every_edit(database: Database, seed: int) -> None:
    dice = random.Random(seed)
    editor = Editor(database, dice)
    told: list[str] = []
    for place in range(OPERATIONS // len(SEEDS)):
        if place % 2000 == 1999:  # years go by; begin anew with fewer people
            clock.set_today(FIRST_DAY)
        told.append(editor.edit())
        found = differences(database)
        assert not found, (seed, place, told[-5:], found[:5])
        if place % 3 == 0:
            compare_reads(database, dice)


def test_a_lost_trigger_is_noticed_and_what_it_missed_counted(file: Database, tmp_path: Path) -> None:
    with file.write_unrecorded() as session:
        session.execute(text("DROP TRIGGER figures_visit_added"))
    visits.record_visit(file, visits.NewVisit("p0", FIRST_DAY), "editor")
    assert differences(file)
    file.close()
    again = open_database(tmp_path / "plain.db", encrypt=False)
    assert not differences(again)
    again.close()


def test_verify_names_what_differs_and_rebuilding_repairs(database: Database) -> None:
    with database.write_unrecorded() as session:
        session.execute(text("UPDATE grid_month SET visited = visited + 1 WHERE month = 24312"))
        session.execute(text("DELETE FROM person_month WHERE month = 24311 AND resident_id = 1"))
        session.execute(text("UPDATE person_due SET status = 1 - status WHERE resident_id = 2"))
        session.execute(text("UPDATE figure_rule SET join_day = 3"))
    found = verify_figures(database)
    assert {one.table for one in found} >= {"figure_rule", "grid_month", "person_month", "person_due"}
    assert verify_figures(database, Month(2020, 1)) == [one for one in found if one.month is None]
    rebuild_figures(database, "editor")
    assert verify_figures(database) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE person_month SET attempts = attempts + 1 WHERE month = {month} AND resident_id = {resident}",
        "UPDATE person_month SET onsite = 0, phone = 1 WHERE month = {month} AND resident_id = {resident}",
        "DELETE FROM person_month WHERE month = {month} AND resident_id = {resident}",
        "INSERT INTO person_month (month, resident_id, video) VALUES ({month}, 99, 1)",
    ],
)
def test_verify_finds_visits_that_are_counted_wrong(database: Database, damage: str) -> None:
    visits.record_visit(database, visits.NewVisit("p0", FIRST_DAY), "editor")
    month = FIRST_DAY.year * 12 + FIRST_DAY.month - 1
    with database.write_unrecorded() as session:
        visited = session.scalar(text("SELECT id FROM resident WHERE ref = 'p0'"))
        triggers.drop(session.connection())  # on a server they stay: the roll-ups then agree with the damage
        session.execute(text(damage.format(month=month, resident=visited)))
    wrong = [one for one in verify_figures(database, Month.of(FIRST_DAY)) if one.table == "person_month"]
    assert wrong and all(one.key in (f"resident {visited}", "resident 99") for one in wrong)


KEYS = {"month", "resident_id", "grid_id", "community_id", "category_id"}


@pytest.mark.parametrize("table", verifying.TABLES)
def test_the_quick_judge_misses_no_damaged_cell(file: Database, table: str) -> None:
    visits.record_visit(file, visits.NewVisit("p0", FIRST_DAY), "editor")
    month = FIRST_DAY.year * 12 + FIRST_DAY.month - 1
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name not in KEYS]
    # Each person's status and reason go together; an empty reason is none.
    damages = [f"UPDATE {table} SET {name} = coalesce({name}, 0) + 1 WHERE month = {month}" for name in columns]
    damages += [f"DELETE FROM {table} WHERE month = {month}"]
    for damage in damages:
        with file.read() as session:
            row = session.get_one(FigureMonthRecord, month)
            assert judging.agrees(session, row) and not verifying.compare_months(session, LONG_AGO, FAR_AHEAD)
            triggers.drop(session.connection())
            assert session.execute(text(damage)).rowcount > 0  # type: ignore[attr-defined]
            assert not judging.agrees(session, row), damage
            assert verifying.compare_month(session, Month.of(FIRST_DAY)), damage
            session.rollback()


def test_another_joining_day_and_other_modes_change_what_differs(database: Database) -> None:
    for who in ("p6", "p7"):
        residents.enrol(database, who, CATEGORIES[0], dt.date(2025, 3, 15), "editor")
    away = residents.record_absence(database, "p7", "hospital", dt.date(2025, 3, 1), dt.date(2025, 8, 1), "editor")
    residents.approve_absence(database, away.result, "other")
    newcomers = {}
    for join_day, modes in ((20, ["phone", "video"]), (1, ["remote"]), (14, ["onsite"]), (15, ["onsite", "phone"])):
        upkeep.change_setting(database, "join_day", join_day, "editor")
        changes = upkeep.change_setting(database, "valid_modes", modes, "editor")
        assert not differences(database), (join_day, modes)
        undo_operation(database, changes.operation or 0, "editor")
        assert not differences(database), (join_day, modes)
        with database.read() as session:
            march = select(func.sum(CommunityMonthRecord.newcomers)).where(CommunityMonthRecord.month == 2025 * 12 + 2)
            newcomers[join_day] = session.scalar(march)
    assert newcomers == {20: 0, 1: 1, 14: 1, 15: 0}


def test_of_two_tiers_chosen_from_one_day_the_same_counts_everywhere(database: Database) -> None:
    """A server returns rows in any order: the one changed last comes last."""
    day = dt.date(2025, 6, 1)
    for tier in "BC":
        with database.write("test.tier", "editor") as unit:
            unit.session.add(TierOverrideRecord(resident_id=1, tier=tier, reason="x", start=day))
    with database.read() as session:
        chosen = session.scalars(select(TierOverrideRecord).order_by(TierOverrideRecord.uid)).all()
    for row in chosen:
        with database.write("test.tier", "editor") as unit:
            unit.session.get_one(TierOverrideRecord, row.id).end = dt.date(2027, 1, 1)
        assert not differences(database)
        with database.read() as session:
            kept = session.scalar(select(PersonDueRecord.tier).where(PersonDueRecord.resident_id == 1))
            told = describe_people(session, [1], FIRST_DAY)[1].tier
        assert kept == told == chosen[-1].tier


def test_triggers_are_put_back_after_a_table_was_rebuilt(database: Database) -> None:
    with database.write_unrecorded() as session:
        connection = session.connection()
        before = triggers.present(connection)
        for name in list(before)[:5]:
            on = f" ON {triggers.wanted(connection.dialect.name)[name][0].table}" if database.is_on_server else ""
            connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
        assert not triggers.are_right(connection)
        triggers.create(connection)
        assert triggers.present(connection) == before


def test_someone_cannot_live_in_two_places(database: Database) -> None:
    with pytest.raises(GridAppError, match="two places"), database.write("test", "editor") as unit:
        grid = unit.session.scalar(select(GridRecord.id).where(GridRecord.code == GRIDS[1]))
        unit.session.add(ResidencyRecord(resident_id=1, grid_id=grid, start=dt.date(2025, 6, 1)))


def test_a_year_without_opening_is_caught_up(database: Database) -> None:
    clock.set_today(dt.date(2027, 3, 9))
    keep_figures_current(database)
    assert not differences(database)
    assert database.fetch(verifying.kept_months)[-1] == Month(2027, 3)
    clock.set_today(dt.date(2031, 3, 9))
    keep_figures_current(database)
    assert not differences(database)


def test_derived_tables_are_marked(database: Database) -> None:
    derived = {name for name, table in Base.metadata.tables.items() if table.info.get("derived")}
    assert {"person_month", "figure_rule", *triggers.ROLL_UPS} <= derived
    assert CategoryRecord.__tablename__ not in derived
