"""The audit log as people read it: everything about one person."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.people import chunks
from gridapp.db.queries.references import get_resident
from gridapp.db.records import OperationChangeRecord, OperationRecord, ResidentRecord, VisitRecord

_STAMPS = frozenset({"created_at", "created_by", "changed_at", "changed_by", "version"})
_RESIDENT, _VISIT = ResidentRecord.__tablename__, VisitRecord.__tablename__


@dataclass(frozen=True)
class PersonEntryRow:
    """One audit entry about a person.

    Attributes:
        number: Of the entry.
        at: When.
        actor: Who.
        action: What was done, e.g. "visit.record".
        looked: Nothing of the person's was changed: somebody looked, printed or took out.
        fields: Names of what was changed, as tables and columns call it; empty when a row was added or removed.
        reason: Why, as given; "" when nobody asked.
    """

    number: int
    at: dt.datetime
    actor: str
    action: str
    looked: bool
    fields: tuple[str, ...]
    reason: str


def list_person_entries(session: Session, resident: str, limit: int = 500) -> list[PersonEntryRow]:
    """Return who looked at or changed a person's record, newest first.

    Args:
        session: A read.
        resident: Key or reference.
        limit: How many entries at most.

    Raises:
        NotFoundError: Unknown person.
    """
    person = get_resident(session, resident)
    change = OperationChangeRecord
    found: dict[int, list[OperationChangeRecord]] = defaultdict(list)
    for row in session.scalars(
        select(change).where(change.resident_id == person.id).order_by(change.operation_id, change.position)
    ):
        if row.table_name == _RESIDENT and _names_another(row, str(person.uid)):
            found.clear()  # an earlier holder of the same row number, taken back since
            continue
        found[row.operation_id].append(row)
    for operation in _in_bulk(session, person.id):
        found.setdefault(operation, [])
    numbers = sorted(found, reverse=True)[:limit]
    entries = [
        entry
        for chunk in chunks(numbers)
        for entry in session.scalars(select(OperationRecord).where(OperationRecord.id.in_(chunk)))
    ]
    return [_row(entry, found[entry.id]) for entry in sorted(entries, key=lambda entry: -entry.id)]


def _row(entry: OperationRecord, changes: Sequence[OperationChangeRecord]) -> PersonEntryRow:
    looked = bool(changes) and all(one.before is None and one.after is None for one in changes)
    fields: dict[str, None] = {}
    for one in changes:
        for name in _changed(one.before, one.after):
            fields[name if one.table_name == _RESIDENT else f"{one.table_name}.{name}"] = None
    reason = entry.detail.get("purpose") or entry.detail.get("reason") or ""
    return PersonEntryRow(entry.id, entry.at, entry.actor, entry.action, looked, tuple(fields), str(reason))


def _changed(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    if before is None or after is None:
        return []
    return [name for name in after if name not in _STAMPS and before.get(name) != after[name]]


@dataclass(frozen=True)
class CorrectionRow:
    """One value of a person that was changed.

    Attributes:
        at: When.
        actor: Who.
        action: What was done, e.g. "resident.edit".
        field: Name of the value, as tables and columns call it.
        before: What it was, "" for nothing.
        after: What it is since.
        reason: Why, as given.
    """

    at: dt.datetime
    actor: str
    action: str
    field: str
    before: str
    after: str
    reason: str


def list_corrections(session: Session, resident: str) -> list[CorrectionRow]:
    """Return every value of a person that was ever changed, newest first, from the images of the audit log.

    Raises:
        NotFoundError: Unknown person.
    """
    person, change = get_resident(session, resident), OperationChangeRecord
    found: list[CorrectionRow] = []
    rows = session.execute(
        select(change, OperationRecord)
        .join(OperationRecord, OperationRecord.id == change.operation_id)
        .where(change.resident_id == person.id)
        .order_by(change.operation_id, change.position)
    )
    for row, entry in rows:
        if row.table_name == _RESIDENT and _names_another(row, str(person.uid)):
            found.clear()
            continue
        before, after = row.before or {}, row.after or {}
        reason = str(entry.detail.get("purpose") or entry.detail.get("reason") or "")
        for name in _changed(row.before, row.after):
            field = name if row.table_name == _RESIDENT else f"{row.table_name}.{name}"
            values = [_as_text(values.get(name)) for values in (before, after)]
            found.append(CorrectionRow(entry.at, entry.actor, entry.action, field, values[0], values[1], reason))
    return found[::-1]


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _names_another(row: OperationChangeRecord, uid: str) -> bool:
    if row.seal is not None:
        return True  # of somebody whose data was deleted since
    values = row.after or row.before
    return values is not None and values.get("uid") not in (None, uid)


def _in_bulk(session: Session, person: int) -> list[int]:
    """Return the operations that stored the person, or visits to them, as ranges of row numbers."""
    visits = list(session.scalars(select(VisitRecord.id).where(VisitRecord.resident_id == person).order_by("id")))
    change = OperationChangeRecord
    ranges = select(change.operation_id, change.table_name, change.after).where(
        change.table_name.in_((_RESIDENT, _VISIT)), change.row_key.like("%-%")
    )
    found = []
    for operation, table, after in session.execute(ranges):
        first, last = (after or {}).get("bulk", (1, 0))
        place = bisect.bisect_left(visits, first)
        if first <= person <= last if table == _RESIDENT else place < len(visits) and visits[place] <= last:
            found.append(operation)
    return found
