"""Whose record is to be sealed, and whose data is due for deletion."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.references import shown
from gridapp.db.records import (
    DraftRecord,
    ImportBatchRecord,
    ImportRowRecord,
    OperationRecord,
    ResidencyRecord,
    ResidentRecord,
)
from gridapp.domain.masking import mask_name
from gridapp.domain.retention import Rule, months_before, years_after, years_before

LISTED = 1000


@dataclass(frozen=True)
class DuePersonRow:
    """Somebody whose data is due for deletion.

    Attributes:
        id: Key or reference.
        name: Masked; what stands in its place when the record is sealed.
        rule: Why.
        since: Day of the death or of moving away.
        due: First day on which the data is due for deletion.
    """

    id: str
    name: str
    rule: Rule
    since: dt.date
    due: dt.date


@dataclass(frozen=True)
class DueForDeletion:
    """What is due for deletion on a day, by the settings in force.

    Attributes:
        people: The first thousand, the longest due first.
        waiting: Rows of ledgers that waited too long. [rows]
        drafts: Drafts as old.
        entries: Entries of the audit log older than they are kept.
    """

    people: tuple[DuePersonRow, ...]
    waiting: int
    drafts: int
    entries: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to delete."""
        return not (self.people or self.waiting or self.drafts or self.entries)


def list_to_seal(session: Session, today: dt.date, limit: int = LISTED) -> list[str]:
    """Return the keys of people whose time until sealing is over."""
    before = months_before(today, load_settings(session).seal_months)
    statement = select(ResidentRecord.ref, ResidentRecord.uid).where(
        ResidentRecord.died.is_not(None), ResidentRecord.died <= before, ResidentRecord.withheld.is_(None)
    )
    first = statement.order_by(ResidentRecord.died, ResidentRecord.id).limit(limit)
    return [shown(ref, uid) for ref, uid in session.execute(first)]


def list_due_for_deletion(session: Session, today: dt.date) -> DueForDeletion:
    """Return what is due for deletion on a day."""
    settings = load_settings(session)
    people = [*_dead(session, today, settings.keep_dead_years), *_moved(session, today, settings.keep_moved_years)]
    waiting = instant_before(today, settings.keep_waiting_months)
    old_rows = select(func.count()).select_from(ImportRowRecord).join(
        ImportBatchRecord, ImportBatchRecord.id == ImportRowRecord.batch_id
    ).where(ImportBatchRecord.created_at < waiting)  # fmt: skip
    drafts = select(func.count()).select_from(DraftRecord).where(DraftRecord.saved_at < waiting)
    entries = select(func.count()).select_from(OperationRecord).where(
        OperationRecord.at < instant_before(today, settings.audit_months),
        exists(text("1")).select_from(text("audit_link")).where(text("audit_link.operation_id = operation.id")),
    )  # fmt: skip
    return DueForDeletion(
        tuple(sorted(people, key=lambda row: (row.due, row.id))[:LISTED]), session.scalar(old_rows) or 0,
        session.scalar(drafts) or 0, session.scalar(entries) or 0,
    )  # fmt: skip


def instant_before(today: dt.date, months: int) -> dt.datetime:
    """Return the beginning of the day some months before another."""
    return dt.datetime.combine(months_before(today, months), dt.time(), clock.CIVIL_ZONE)


def _dead(session: Session, today: dt.date, years: int) -> list[DuePersonRow]:
    person = ResidentRecord
    rows = session.execute(
        select(person.ref, person.uid, person.name, person.withheld, person.died)
        .where(person.died.is_not(None), person.died <= years_before(today, years))
        .order_by(person.died, person.id).limit(LISTED)
    )  # fmt: skip
    return [
        DuePersonRow(shown(ref, uid), name if withheld else mask_name(name), Rule.DEAD, died, years_after(died, years))
        for ref, uid, name, withheld, died in rows
        if died is not None
    ]


def _moved(session: Session, today: dt.date, years: int) -> list[DuePersonRow]:
    person, lived = ResidentRecord, ResidencyRecord
    left = func.max(lived.end).label("left")
    still = select(lived.resident_id).where(lived.end.is_(None))
    gone = (
        select(lived.resident_id, left).where(lived.resident_id.not_in(still))
        .group_by(lived.resident_id).having(left <= years_before(today, years)).subquery()
    )  # fmt: skip
    rows = session.execute(
        select(person.ref, person.uid, person.name, gone.c.left)
        .join(gone, gone.c.resident_id == person.id)
        .where(person.died.is_(None), person.withheld.is_(None))
        .order_by(gone.c.left, person.id).limit(LISTED)
    )  # fmt: skip
    return [
        DuePersonRow(shown(ref, uid), mask_name(name), Rule.MOVED, end, years_after(end, years))
        for ref, uid, name, end in rows
    ]
