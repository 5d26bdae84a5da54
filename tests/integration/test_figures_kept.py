"""Figures that are kept against the facts, after every one of many random edits.

``GRIDAPP_FIGURE_OPERATIONS=100000`` makes the long run; a failure names the
seed and the operations since the last figures that were right.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from gridapp import clock
from gridapp.db.base import Base
from gridapp.db.database import Database, Session
from gridapp.db.figures import judging, keeping, triggers, verifying
from gridapp.db.figures.verifying import Difference
from gridapp.db.queries import due
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.queries.visits import VisitFilter, count_visits, list_visits
from gridapp.db.records import (
    AbsenceRecord,
    AssignmentRecord,
    CategoryRecord,
    CommunityRecord,
    EnrolmentRecord,
    FigureMonthRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES, OUTCOMES
from gridapp.domain.period import Month, Period, Quarter, months_back
from gridapp.errors import GridAppError
from gridapp.services import places, residents, upkeep, visits
from gridapp.services.facts import import_facts
from gridapp.services.figures import rebuild_figures, verify_figures
from gridapp.services.projects import keep_figures_current, open_database
from gridapp.services.undo import undo_operation
from tests.databases import Databases
from tests.factories import COMMUNITY, GRIDS, OTHER_COMMUNITY, document, enrolment, home, person, plain_database, visit

OPERATIONS = int(os.environ.get("GRIDAPP_FIGURE_OPERATIONS", "210"))
SEEDS = range(int(os.environ.get("GRIDAPP_FIGURE_SEED", "1")), int(os.environ.get("GRIDAPP_FIGURE_SEED", "1")) + 3)
FIRST_DAY = dt.date(2026, 1, 18)
LONG_AGO, FAR_AHEAD = Month(1990, 1), Month(2100, 1)
BYS = ("grid", "category", "worker", "community", "total")
SCOPES = (EVERYWHERE, Scope(grid=GRIDS[0]), Scope(community=COMMUNITY), Scope(worker="w1"),
          Scope(community=OTHER_COMMUNITY, worker="w2"))
CATEGORIES = ("living_alone", "empty_nest", "dementia", "advanced_age", "severe_disability")


def start(database: Database) -> None:
    """Put a few people into a database: some enrolled, some not, with visits."""
    people = [f"p{place}" for place in range(8)]
    facts = document(people=())
    facts["persons"] = [person(who) for who in people]
    facts["residencies"] = [home(who, GRIDS[place % 3]) for place, who in enumerate(people)]
    facts["enrolments"] = [enrolment(who, CATEGORIES[place % 3]) for place, who in enumerate(people[:6])]
    facts["visits"] = [visit(f"v{place}", people[place % 8], f"2025-{place % 12 + 1:02}-15") for place in range(20)]
    import_facts(database, facts, "start")


class Editor:
    """Makes one random edit after another, through services and past them."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        self.database = database
        self.dice = dice
        self.done: list[int] = []
        self.made = 0
        self.edits: list[Callable[[], Any]] = [
            self.record, self.record, self.record, self.record_some, self.void, self.replace, self.redate, self.hand,
            self.revive, self.delete_visit, self.enrol, self.enrol, self.end_enrolment, self.shift_enrolment,
            self.drop_enrolment, self.choose_tier, self.end_tier, self.be_born, self.days_of_tier_a,
            self.die, self.live_again, self.move, self.move_out, self.go_away, self.approve,
            self.shorten_absence, self.choose, self.modes, self.join_day, self.assign, self.end_assignment,
            self.add_person, self.take_in, self.hand_grid, self.undo, self.undo, self.undo_some, self.pass_days,
        ]  # fmt: skip

    def edit(self) -> str:
        """Make one edit; one that is refused changes nothing and is fine."""
        edit = self.dice.choice(self.edits)
        try:
            changes = edit()
        except GridAppError as refusal:
            return f"{edit.__name__}: refused, {refusal}"
        if getattr(changes, "operation", None) is not None:
            self.done.append(changes.operation)
        return edit.__name__

    # ---- what edits choose from --------------------------------------------------------------------------------------

    def day(self) -> dt.date:
        back = self.dice.choice((0, 0, 1, 3, 9, 20, 31, 45, 80, 200, 400, 1200))
        return clock.today() - dt.timedelta(days=max(0, back - self.dice.randint(0, 3)))

    def some(self, record: Any, *conditions: Any) -> Any:
        with self.database.read() as session:
            found = session.scalars(select(record).where(*conditions).order_by(record.id)).all()
        return self.dice.choice(found) if found else None

    def who(self) -> str:
        record = self.some(ResidentRecord)
        return record.ref or str(record.uid)

    def key(self, record: Any, *conditions: Any) -> str:
        found = self.some(record, *conditions)
        return "nothing" if found is None else found.ref or str(found.uid)

    def change(self, record: Any, *conditions: Any, **values: Any) -> Any:
        """Change a row through the unit of work, as a correction nobody has a button for would."""
        found = self.some(record, *conditions)
        if found is None:
            return None
        with self.database.write("test.change", "editor") as unit:
            row = unit.session.get(record, found.id)
            for name, value in values.items():
                setattr(row, name, value)
            return unit.changes([])

    # ---- visits ------------------------------------------------------------------------------------------------------

    def new_visit(self) -> visits.NewVisit:
        outcome = self.dice.choice(("met", "met", "met", *OUTCOMES))
        return visits.NewVisit(self.who(), self.day(), self.dice.choice(MODES), outcome)

    def record(self) -> Any:
        return visits.record_visit(self.database, self.new_visit(), "editor")

    def record_some(self) -> Any:
        return visits.record_visits(self.database, [self.new_visit() for _ in range(5)], "editor")

    def visit_key(self) -> str:
        found = self.some(VisitRecord)
        if found is None or found.ref:
            return "nothing" if found is None else found.ref
        from gridapp.db.queries.references import shown_visit, site_codes

        with self.database.read() as session:
            return shown_visit(found.id, found.ref, site_codes(session))

    def void(self) -> Any:
        return visits.void_visit(self.database, self.visit_key(), "wrong", "editor")

    def replace(self) -> Any:
        return visits.replace_visit(self.database, self.visit_key(), self.new_visit(), "wrong", "editor")

    def redate(self) -> Any:
        ahead = dt.timedelta(days=self.dice.choice((0, 0, 0, 2, 15)))
        return self.change(VisitRecord, visited_on=self.day() + ahead, mode=self.dice.choice(MODES))

    def hand(self) -> Any:
        return self.change(VisitRecord, resident_id=self.some(ResidentRecord).id)

    def revive(self) -> Any:
        return self.change(VisitRecord, VisitRecord.voided_at.is_not(None), voided_at=None, voided_by=None)

    def delete_visit(self) -> None:
        found = self.some(VisitRecord)
        if found is not None:
            with self.database.write_unrecorded() as session:
                session.execute(text("UPDATE visit SET replaces_id = NULL WHERE replaces_id = :id"), {"id": found.id})
                session.execute(text("DELETE FROM visit WHERE id = :id"), {"id": found.id})
                keeping.settle(session, clock.today())

    # ---- intervals ---------------------------------------------------------------------------------------------------

    def enrol(self) -> Any:
        return residents.enrol(self.database, self.who(), self.dice.choice(CATEGORIES), self.day(), "editor")

    def end_enrolment(self) -> Any:
        return residents.end_enrolment(self.database, self.key(EnrolmentRecord), self.day(), "editor")

    def shift_enrolment(self) -> Any:
        return self.change(EnrolmentRecord, EnrolmentRecord.end.is_(None), start=self.day())

    def drop_enrolment(self) -> Any:
        found = self.some(EnrolmentRecord)
        if found is None:
            return None
        with self.database.write("test.drop", "editor") as unit:
            unit.session.delete(unit.session.get(EnrolmentRecord, found.id))
            return unit.changes([])

    def choose_tier(self) -> Any:
        resident, tier = self.some(ResidentRecord).id, self.dice.choice("ABC")
        with self.database.write("test.tier", "editor") as unit:
            unit.session.add(TierOverrideRecord(resident_id=resident, tier=tier, reason="x", start=self.day()))
            return unit.changes([])

    def end_tier(self) -> Any:
        found = self.some(TierOverrideRecord, TierOverrideRecord.end.is_(None))
        ahead = self.dice.choice((1, 4, 40))
        if found is None:
            return None
        end = max(found.start, clock.today()) + dt.timedelta(days=ahead)
        return self.change(TierOverrideRecord, TierOverrideRecord.id == found.id, end=end)

    def be_born(self) -> Any:
        """Turn 80 some day around now."""
        birth = clock.today() - dt.timedelta(days=80 * 365 + 20 + self.dice.randint(-40, 40))
        return self.change(ResidentRecord, birth=birth)

    def days_of_tier_a(self) -> Any:
        return upkeep.change_setting(self.database, "tier_a_days", self.dice.choice((5, 7, 14)), "editor")

    def die(self) -> Any:
        return residents.record_death(self.database, self.who(), self.day(), "editor")

    def live_again(self) -> Any:
        return self.change(ResidentRecord, ResidentRecord.died.is_not(None), died=None)

    def move(self) -> Any:
        return residents.move_resident(self.database, self.who(), self.dice.choice(GRIDS), "x", self.day(), "editor")

    def move_out(self) -> Any:
        return residents.move_resident(self.database, self.who(), None, "", self.day(), "editor")

    def go_away(self) -> Any:
        length = self.dice.choice((None, 5, 31, 62, 90))
        start = self.day()
        end = None if length is None else start + dt.timedelta(days=length)
        reason = self.dice.choice(ABSENCE_REASONS)
        return residents.record_absence(self.database, self.who(), reason, start, end, "editor")

    def approve(self) -> Any:
        return residents.approve_absence(
            self.database, self.key(AbsenceRecord, AbsenceRecord.approved.is_(False)), "other"
        )

    def shorten_absence(self) -> Any:
        found = self.some(AbsenceRecord)
        if found is None:
            return None
        end = found.start + dt.timedelta(days=self.dice.randint(1, 70))
        return self.change(AbsenceRecord, AbsenceRecord.id == found.id, end=end)

    # ---- rules, places, the whole ------------------------------------------------------------------------------------

    def choose(self) -> Any:
        return upkeep.choose_counting(self.database, self.dice.sample(CATEGORIES, self.dice.randint(1, 4)), "editor")

    def modes(self) -> Any:
        chosen = self.dice.sample(MODES, self.dice.randint(1, 3))
        return upkeep.change_setting(self.database, "valid_modes", chosen, "editor")

    def join_day(self) -> Any:
        return upkeep.change_setting(self.database, "join_day", self.dice.choice((1, 10, 20, 28)), "editor")

    def assign(self) -> Any:
        role, duty = self.dice.choice(("full_time", "part_time")), self.dice.choice(("", "manager"))
        worker, grid = self.dice.choice(("w1", "w2")), self.dice.choice(GRIDS)
        return places.assign_worker(self.database, worker, grid, role, duty, self.day(), "editor")

    def end_assignment(self) -> Any:
        return self.change(AssignmentRecord, AssignmentRecord.start < self.day(), end=clock.today())

    def add_person(self) -> Any:
        new = residents.NewResident("示例新人")
        return residents.add_resident(self.database, new, self.dice.choice(GRIDS), "x", self.day(), "editor")

    def take_in(self) -> Any:
        self.made += 1
        who = f"q{self.made}"
        facts = {
            "communities": [], "grids": [], "persons": [person(who)], "residencies": [home(who, GRIDS[1])],
            "enrolments": [enrolment(who, self.dice.choice(CATEGORIES), self.day().isoformat())],
            "visits": [visit(f"{who}v", who, self.day().isoformat())],
        }  # fmt: skip
        return import_facts(self.database, facts, "editor")

    def hand_grid(self) -> Any:
        return self.change(GridRecord, community_id=self.some(CommunityRecord).id)

    def undo(self) -> Any:
        return undo_operation(self.database, self.done.pop(), "editor") if self.done else None

    def undo_some(self) -> Any:
        return undo_operation(self.database, self.dice.choice(self.done), "editor") if self.done else None

    def pass_days(self) -> None:
        days = self.dice.choice((1, 1, 1, 2, 5, 13, 31, 40))
        clock.set_today(clock.today() + dt.timedelta(days=days))
        if self.dice.random() < 0.7:
            keep_figures_current(self.database)


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
        compare_visits(session, month, as_of, dice.choice(("", "met", "attempt", "refused")))


def compare_visits(session: Session, period: Period, as_of: dt.date, outcome: str) -> None:
    """The visits of a month, summed from what is kept where it stands at that day, are those that are listed."""
    wanted = VisitFilter(period.first, min(period.last, as_of), outcome=outcome)
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
