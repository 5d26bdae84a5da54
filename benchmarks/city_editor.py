"""Random edits of a city by the services, as people make them, and the comparison of every figure after them."""

from __future__ import annotations

import collections
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from gridapp import clock
from gridapp.db.database import Database, Session
from gridapp.db.figures import verifying
from gridapp.db.queries.references import shown, shown_visit, site_codes
from gridapp.db.records import (
    AbsenceRecord,
    EnrolmentRecord,
    GridRecord,
    PersonDueRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES, OUTCOMES, pack, unpack
from gridapp.errors import GridAppError, ValidationError
from gridapp.services import residents, upkeep, visits
from gridapp.services.projects import keep_figures_current
from gridapp.services.undo import undo_operation

CATEGORIES = ("living_alone", "empty_nest", "dementia", "advanced_age", "severe_disability", "left_behind")
SELDOM = 20_000
"""One in so many edits changes the rule for everybody."""


class CityEditor:
    """Makes random edits of an open city, all by the services."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        self.database, self.dice = database, dice
        self.done: list[int] = []
        self.stored: list[int] = []
        self.counts: collections.Counter[str] = collections.Counter()
        with database.read() as session:
            self.spans = {record: _span(session, record) for record in (ResidentRecord, VisitRecord, EnrolmentRecord,
                                                                       AbsenceRecord, GridRecord)}  # fmt: skip
            self.elders = list(session.scalars(select(PersonDueRecord.resident_id)))
            self.codes = site_codes(session)
        self.edits: list[Callable[[], Any]] = [
            *[self.record] * 10, self.record_some, self.void, self.replace, self.enrol, self.enrol,
            self.end_enrolment, self.die, self.move, self.move, self.move_out, self.go_away, self.approve,
            self.choose_tier, self.undo, self.undo,
        ]  # fmt: skip

    def edit(self, place: int) -> None:
        """Make one edit; one that is refused changes nothing."""
        edit = self.dice.choice(self.edits)
        if place % SELDOM == SELDOM // 2:
            edit = self.dice.choice((self.modes, self.join_day, self.choose))
        elif place % (SELDOM // 8) == 0:
            edit = self.pass_day
        try:
            changes = edit()
        except ValidationError:
            self.counts[f"{edit.__name__}, refused"] += 1
            return
        except GridAppError as error:
            self.counts[f"{edit.__name__}, {type(error).__name__}"] += 1
            return
        self.counts[edit.__name__] += 1
        if getattr(changes, "operation", None) is not None:
            self.stored.append(changes.operation)
            if edit not in (self.undo,):
                self.done.append(changes.operation)
                del self.done[:-200]

    def day(self) -> dt.date:
        """Return a day, mostly a recent one."""
        back = self.dice.choice((0, 0, 0, 1, 3, 9, 20, 31, 45, 80, 200, 400, 1200))
        return clock.today() - dt.timedelta(days=back)

    def some(self, record: Any) -> Any:
        """Return a row at or after a random number."""
        first, last = self.spans[record]
        with self.database.read() as session:
            at = self.dice.randint(first, last)
            return session.scalar(select(record).where(record.id >= at).order_by(record.id).limit(1))

    def who(self) -> str:
        """Return somebody: mostly of the roster, at times anybody."""
        with self.database.read() as session:
            if self.dice.random() < 0.8:
                found = session.get(ResidentRecord, self.dice.choice(self.elders))
                if found is not None:
                    return shown(found.ref, found.uid)
        return self.key(ResidentRecord)

    def key(self, record: Any) -> str:
        """Return the shown key of a random row."""
        found = self.some(record)
        return shown(found.ref, found.uid)

    def new_visit(self) -> visits.NewVisit:
        """Return a visit to somebody."""
        outcome = self.dice.choice(("met", "met", "met", *OUTCOMES))
        return visits.NewVisit(self.who(), self.day(), self.dice.choice(MODES), outcome)

    def visit_key(self) -> str:
        """Return a random visit's key."""
        found = self.some(VisitRecord)
        return shown_visit(found.id, found.ref, self.codes)

    def record(self) -> Any:
        """Log a visit."""
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

    def enrol(self) -> Any:
        """Begin a category, at times back-dated."""
        return residents.enrol(self.database, self.who(), self.dice.choice(CATEGORIES), self.day(), "editor")

    def end_enrolment(self) -> Any:
        """End a category."""
        return residents.end_enrolment(self.database, self.key(EnrolmentRecord), self.day(), "editor")

    def die(self) -> Any:
        """Record a death."""
        return residents.record_death(self.database, self.who(), self.day(), "editor")

    def move(self) -> Any:
        """Move somebody into another grid."""
        grid = self.some(GridRecord).code
        return residents.move_resident(self.database, self.who(), grid, "x", self.day(), "editor")

    def move_out(self) -> Any:
        """Let somebody leave the area."""
        return residents.move_resident(self.database, self.who(), None, "", self.day(), "editor")

    def go_away(self) -> Any:
        """Note an absence."""
        length = self.dice.choice((None, 5, 31, 62, 90))
        start = self.day()
        end = None if length is None else start + dt.timedelta(days=length)
        return residents.record_absence(
            self.database, self.who(), self.dice.choice(ABSENCE_REASONS), start, end, "editor"
        )

    def approve(self) -> Any:
        """Approve an absence."""
        return residents.approve_absence(self.database, self.key(AbsenceRecord), "other")

    def choose_tier(self) -> Any:
        """Choose somebody's tier."""
        resident, tier = self.dice.choice(self.elders), self.dice.choice("ABC")
        with self.database.write("benchmark.tier", "editor") as unit:
            unit.session.add(TierOverrideRecord(resident_id=resident, tier=tier, reason="x", start=self.day()))
            return unit.changes([])

    def modes(self) -> Any:
        """Let other modes count."""
        return upkeep.change_setting(self.database, "valid_modes", self.dice.sample(MODES, 3), "editor")

    def join_day(self) -> Any:
        """Let people join later or earlier."""
        return upkeep.change_setting(self.database, "join_day", self.dice.choice((15, 20, 25)), "editor")

    def choose(self) -> Any:
        """Let other categories count."""
        return upkeep.choose_counting(self.database, self.dice.sample(CATEGORIES, 5), "editor")

    def undo(self) -> Any:
        """Take back one of the last operations."""
        if not self.done:
            return None
        return undo_operation(self.database, self.done.pop(self.dice.randrange(len(self.done))), "editor")

    def pass_day(self) -> None:
        """Let a day go by."""
        clock.set_today(clock.today() + dt.timedelta(days=1))
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


def compare(database: Database) -> list[verifying.Difference]:
    """Return every cell that differs from the facts, of all months."""
    found = database.fetch(verifying.compare_basis)
    for month in database.fetch(verifying.kept_months):
        found += database.fetch(verifying.compare_month, month)
    return [*found, *database.fetch(verifying.compare_dues)]
