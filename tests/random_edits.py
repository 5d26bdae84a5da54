"""Random edits of a database as people make them, by the services and past them; one after the other or many at once.

Tests let them loose on a few people, ``benchmarks.city_edits`` on a city.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, text

from gridapp import clock
from gridapp.db.database import Database, Session
from gridapp.db.figures import keeping
from gridapp.db.queries.references import shown, shown_visit, site_codes
from gridapp.db.records import (
    AbsenceRecord,
    AssignmentRecord,
    CommunityRecord,
    EnrolmentRecord,
    GridRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES, OUTCOMES, pack, unpack
from gridapp.errors import GridAppError, NotFoundError, ValidationError
from gridapp.services import places, residents, upkeep, visits
from gridapp.services.facts import import_facts
from gridapp.services.projects import keep_figures_current
from gridapp.services.undo import undo_operation
from tests.factories import enrolment, home, person, visit

CATEGORIES = ("living_alone", "empty_nest", "dementia", "advanced_age", "severe_disability")
NOBODY = "nobody"


class Editor:
    """Makes one random edit after another.

    Attributes:
        done: Operations stored by this editor that undo may take back.
        seconds: How long each edit took, by its name, those refused apart.
    """

    categories = CATEGORIES
    looks_again = 1
    """Numbers of rows are looked up anew after so many edits."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        self.database, self.dice = database, dice
        self.done: list[int] = []
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.made = 0
        self.edits = self.choices()
        self._spans: dict[Any, tuple[int, int]] = {}
        self._edited = 0

    def choices(self) -> list[Callable[[], Any]]:
        """Return what an edit may be, the likely ones several times."""
        return [*[self.record] * 3, *self.daily(), *self.seldom(), self.delete_visit, self.undo_some, self.pass_days]

    def daily(self) -> list[Callable[[], Any]]:
        """Return what touches a few people."""
        return [
            self.record_some, self.void, self.replace, self.redate, self.hand, self.revive,
            self.enrol, self.enrol, self.end_enrolment, self.shift_enrolment, self.drop_enrolment,
            self.choose_tier, self.end_tier, self.be_born, self.die, self.live_again, self.move, self.move_out,
            self.go_away, self.approve, self.shorten_absence, self.assign, self.end_assignment, self.add_person,
            self.undo, self.undo,
        ]  # fmt: skip

    def seldom(self) -> list[Callable[[], Any]]:
        """Return what touches everybody, or keeps others waiting."""
        return [self.choose, self.modes, self.join_day, self.days_of_tier_a, self.hand_grid, self.take_in]

    def edit(self, edit: Callable[[], Any] | None = None) -> str:
        """Make one edit, a random one by default; one that is refused changes nothing and is fine."""
        self._edited += 1
        if self._edited % self.looks_again == 0:
            self._spans.clear()
        edit = edit or self.dice.choice(self.edits)
        began = time.perf_counter()
        try:
            changes = edit()
        except GridAppError as refusal:
            kind = "refused" if isinstance(refusal, ValidationError | NotFoundError) else type(refusal).__name__
            self.seconds[f"{edit.__name__}, {kind}"].append(time.perf_counter() - began)
            return f"{edit.__name__}: refused, {refusal}"
        self.seconds[edit.__name__].append(time.perf_counter() - began)
        if getattr(changes, "operation", None) is not None:
            self.stored(changes.operation)
        return edit.__name__

    def stored(self, operation: int) -> None:
        """Hear of a step that was stored."""
        self.done.append(operation)

    # ---- what edits choose from --------------------------------------------------------------------------------------

    def day(self) -> dt.date:
        """Return a day, mostly a recent one."""
        back = self.dice.choice((0, 0, 1, 3, 9, 20, 31, 45, 80, 200, 400, 1200))
        return clock.today() - dt.timedelta(days=max(0, back - self.dice.randint(0, 3)))

    def some(self, record: Any, *conditions: Any) -> Any:
        """Return a row that is so, at or after a random number; None where there is none."""
        at = self.dice.randint(*self._span(record))
        rows = select(record).where(*conditions).order_by(record.id).limit(1)
        with self.database.read() as session:
            return session.scalar(rows.where(record.id >= at)) or session.scalar(rows)

    def _span(self, record: Any) -> tuple[int, int]:
        if record not in self._spans:
            self._spans[record] = self.database.fetch(_span, record)
        return self._spans[record]

    def who(self) -> str:
        """Return somebody."""
        return self.key(ResidentRecord)

    def resident(self) -> int:
        """Return somebody's row number."""
        return self.some(ResidentRecord).id

    def key(self, record: Any, *conditions: Any) -> str:
        """Return what lists show for a row."""
        found = self.some(record, *conditions)
        return NOBODY if found is None else shown(found.ref, found.uid)

    def visit_key(self) -> str:
        """Return what lists show for a visit."""
        found = self.some(VisitRecord)
        return NOBODY if found is None else shown_visit(found.id, found.ref, self.database.fetch(site_codes))

    def grid(self) -> str:
        """Return a grid's code."""
        return self.some(GridRecord).code

    def change(self, record: Any, *conditions: Any, **values: Any) -> Any:
        """Change a row through the unit of work, as a correction nobody has a button for would."""
        found = self.some(record, *conditions)
        if found is None:
            return None
        held = select(record).where(record.id == found.id, *conditions).with_for_update()
        with self.database.write("test.change", "editor") as unit:
            row = unit.session.scalar(held)
            if row is None:
                return None  # somebody removed it meanwhile, or it is no longer so
            for name, value in values.items():
                setattr(row, name, value)
            return unit.changes([])

    # ---- visits ------------------------------------------------------------------------------------------------------

    def new_visit(self) -> visits.NewVisit:
        """Return a visit to somebody."""
        outcome = self.dice.choice(("met", "met", "met", *OUTCOMES))
        return visits.NewVisit(self.who(), self.day(), self.dice.choice(MODES), outcome)

    def record(self) -> Any:
        """Log a visit, often late."""
        return visits.record_visit(self.database, self.new_visit(), "editor")

    def record_some(self) -> Any:
        """Log five."""
        return visits.record_visits(self.database, [self.new_visit() for _ in range(5)], "editor")

    def void(self) -> Any:
        """Take one back."""
        return visits.void_visit(self.database, self.visit_key(), "wrong", "editor")

    def replace(self) -> Any:
        """Correct one."""
        return visits.replace_visit(self.database, self.visit_key(), self.new_visit(), "wrong", "editor")

    def redate(self) -> Any:
        """Date one anew, at times ahead."""
        ahead = dt.timedelta(days=self.dice.choice((0, 0, 0, 2, 15)))
        return self.change(VisitRecord, visited_on=self.day() + ahead, mode=self.dice.choice(MODES))

    def hand(self) -> Any:
        """Give one to somebody else."""
        return self.change(VisitRecord, resident_id=self.resident())

    def revive(self) -> Any:
        """Let one count again that was taken back."""
        return self.change(VisitRecord, VisitRecord.voided_at.is_not(None), voided_at=None, voided_by=None)

    def delete_visit(self) -> None:
        """Remove one past the services."""
        found = self.some(VisitRecord)
        if found is not None:
            with self.database.write_unrecorded() as session:
                session.execute(text("UPDATE visit SET replaces_id = NULL WHERE replaces_id = :id"), {"id": found.id})
                session.execute(text("DELETE FROM visit WHERE id = :id"), {"id": found.id})
                keeping.settle(session, clock.today())

    # ---- intervals ---------------------------------------------------------------------------------------------------

    def enrol(self) -> Any:
        """Begin a category, mostly back-dated."""
        return residents.enrol(self.database, self.who(), self.dice.choice(self.categories), self.day(), "editor")

    def end_enrolment(self) -> Any:
        """End a category."""
        return residents.end_enrolment(self.database, self.key(EnrolmentRecord), self.day(), "editor")

    def shift_enrolment(self) -> Any:
        """Let a category begin on another day."""
        return self.change(EnrolmentRecord, EnrolmentRecord.end.is_(None), start=self.day())

    def drop_enrolment(self) -> Any:
        """Remove a category."""
        found = self.some(EnrolmentRecord)
        if found is None:
            return None
        with self.database.write("test.drop", "editor") as unit:
            row = unit.session.get(EnrolmentRecord, found.id, with_for_update=True)
            if row is not None:
                unit.session.delete(row)
            return unit.changes([])

    def choose_tier(self) -> Any:
        """Choose somebody's tier."""
        resident, tier = self.resident(), self.dice.choice("ABC")
        with self.database.write("test.tier", "editor") as unit:
            unit.session.add(TierOverrideRecord(resident_id=resident, tier=tier, reason="x", start=self.day()))
            return unit.changes([])

    def end_tier(self) -> Any:
        """End a chosen tier soon."""
        found = self.some(TierOverrideRecord, TierOverrideRecord.end.is_(None))
        ahead = self.dice.choice((1, 4, 40))
        if found is None:
            return None
        end = max(found.start, clock.today()) + dt.timedelta(days=ahead)
        return self.change(TierOverrideRecord, TierOverrideRecord.id == found.id, end=end)

    def be_born(self) -> Any:
        """Let somebody turn 80 some day around now."""
        birth = clock.today() - dt.timedelta(days=80 * 365 + 20 + self.dice.randint(-40, 40))
        return self.change(ResidentRecord, birth=birth)

    def die(self) -> Any:
        """Record a death."""
        return residents.record_death(self.database, self.who(), self.day(), "editor")

    def live_again(self) -> Any:
        """Take a death back."""
        return self.change(ResidentRecord, ResidentRecord.died.is_not(None), died=None)

    def move(self) -> Any:
        """Move somebody into another grid."""
        return residents.move_resident(self.database, self.who(), self.grid(), "x", self.day(), "editor")

    def move_out(self) -> Any:
        """Let somebody leave the area."""
        return residents.move_resident(self.database, self.who(), None, "", self.day(), "editor")

    def go_away(self) -> Any:
        """Note an absence."""
        length = self.dice.choice((None, 5, 31, 62, 90))
        start = self.day()
        end = None if length is None else start + dt.timedelta(days=length)
        reason = self.dice.choice(ABSENCE_REASONS)
        return residents.record_absence(self.database, self.who(), reason, start, end, "editor")

    def approve(self) -> Any:
        """Approve an absence."""
        return residents.approve_absence(
            self.database, self.key(AbsenceRecord, AbsenceRecord.approved.is_(False)), "other"
        )

    def shorten_absence(self) -> Any:
        """Let an absence last longer or shorter."""
        found = self.some(AbsenceRecord)
        if found is None:
            return None
        end = found.start + dt.timedelta(days=self.dice.randint(1, 70))
        return self.change(AbsenceRecord, AbsenceRecord.id == found.id, end=end)

    def assign(self) -> Any:
        """Give a worker one more grid."""
        role, duty = self.dice.choice(("full_time", "part_time")), self.dice.choice(("", "manager"))
        who, where = self.key(WorkerRecord), self.grid()
        return places.assign_worker(self.database, who, where, role, duty, self.day(), "editor")

    def end_assignment(self) -> Any:
        """Let a worker leave a grid."""
        return self.change(AssignmentRecord, AssignmentRecord.start < self.day(), end=clock.today())

    def add_person(self) -> Any:
        """Add somebody new."""
        new = residents.NewResident("示例新人")
        return residents.add_resident(self.database, new, self.grid(), "x", self.day(), "editor")

    # ---- rules, places, the whole ------------------------------------------------------------------------------------

    def choose(self) -> Any:
        """Let other categories count."""
        chosen = self.dice.sample(self.categories, self.dice.randint(1, 4))
        return upkeep.choose_counting(self.database, chosen, "editor")

    def modes(self) -> Any:
        """Let other modes count."""
        chosen = self.dice.sample(MODES, self.dice.randint(1, 3))
        return upkeep.change_setting(self.database, "valid_modes", chosen, "editor")

    def join_day(self) -> Any:
        """Let people join later or earlier."""
        return upkeep.change_setting(self.database, "join_day", self.dice.choice((1, 10, 20, 28)), "editor")

    def days_of_tier_a(self) -> Any:
        """Let the most urgent be visited more or less often."""
        return upkeep.change_setting(self.database, "tier_a_days", self.dice.choice((5, 7, 14)), "editor")

    def take_in(self) -> Any:
        """Import a small file."""
        self.made += 1
        who = f"q{self.dice.randrange(1_000_000)}-{self.made}"
        facts = {
            "communities": [], "grids": [], "persons": [person(who)], "residencies": [home(who, self.grid())],
            "enrolments": [enrolment(who, self.dice.choice(self.categories), self.day().isoformat())],
            "visits": [visit(f"{who}v", who, self.day().isoformat(), worker=self.key(WorkerRecord))],
        }  # fmt: skip
        return import_facts(self.database, facts, "editor")

    def hand_grid(self) -> Any:
        """Give a grid to another community."""
        return self.change(GridRecord, community_id=self.some(CommunityRecord).id)

    def undo(self) -> Any:
        """Take back the last step."""
        return undo_operation(self.database, self.done.pop(), "editor") if self.done else None

    def undo_some(self) -> Any:
        """Take back any step."""
        return undo_operation(self.database, self.dice.choice(self.done), "editor") if self.done else None

    def pass_days(self) -> None:
        """Let days go by; not always does somebody look at once."""
        days = self.dice.choice((1, 1, 1, 2, 5, 13, 31, 40))
        clock.set_today(clock.today() + dt.timedelta(days=days))
        if self.dice.random() < 0.7:
            keep_figures_current(self.database)


def _span(session: Session, record: Any) -> tuple[int, int]:
    """Return the first and last number of a table; of visits those of the site that logged most."""
    first, last = session.execute(select(func.min(record.id), func.max(record.id))).one()
    if record is not VisitRecord or first is None:
        return first or 0, last or 0
    spans = []
    while first is not None:  # numbers of two sites lie far apart; what lies between would all be the one after it
        site = unpack(first)[0]
        end = session.scalar(select(func.max(record.id)).where(record.id < pack(site + 1, 0)))
        spans.append((first, end))
        first = session.scalar(select(func.min(record.id)).where(record.id > end))
    return max(spans, key=lambda span: span[1] - span[0])
