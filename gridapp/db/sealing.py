"""Take what is personal out of somebody's rows and lock it away, and put it back.

What figures ask stays where it is, so every figure of the past stays true by
itself; whatever reads the rows finds nobody in them, on any connection. What
was taken lies in ``sealed_person``, which no read shows (``db.limits``).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.base import Base
from gridapp.db.records import (
    ConsentRecord,
    ContactRecord,
    EnrolmentRecord,
    GridChoiceRecord,
    ResidencyRecord,
    ResidentRecord,
    SealedPersonRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.db.unit_of_work import UnitOfWork, image, revived
from gridapp.i18n import _

_TAKEN: dict[type[Base], tuple[str, ...]] = {
    ResidentRecord: (
        "name", "id_number", "other_document", "phone", "ethnicity", "register_address", "register_status", "note",
    ),
    ResidencyRecord: ("address", "household_id"),
    EnrolmentRecord: ("grade", "note"),
    TierOverrideRecord: ("reason",),
    VisitRecord: ("note", "findings", "needs", "referral", "void_reason"),
}  # fmt: skip
"""Columns that tell who somebody is or was; sex and birth date stay, because figures ask the age."""
_REMOVED: tuple[type[Base], ...] = (ContactRecord, ConsentRecord, GridChoiceRecord)
_BY_TABLE = {record.__tablename__: record for record in (*_TAKEN, *_REMOVED)}


def take_away(unit: UnitOfWork, person: ResidentRecord) -> None:
    """Seal somebody's record."""
    session = unit.session
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for record, columns in _TAKEN.items():
        for row in _rows_of(session, record, person):
            values = {name: value for name, value in image(row).items() if name in columns and value is not None}
            if values:
                rows.setdefault(record.__tablename__, {})[str(row.id)] = values
                for name in values:
                    setattr(row, name, _("(sealed)") if name in ("name", "reason") else None)
    removed: dict[str, list[dict[str, Any]]] = {}
    for record in _REMOVED:
        for row in _rows_of(session, record, person):
            removed.setdefault(record.__tablename__, []).append(image(row))
            session.delete(row)
    person.withheld = "sealed"
    body = {"rows": rows, "removed": removed}
    session.add(SealedPersonRecord(resident_id=person.id, at=unit.now, by=unit.actor, body=body))


def put_back(unit: UnitOfWork, person: ResidentRecord, sealed: SealedPersonRecord) -> None:
    """Unseal somebody's record."""
    session = unit.session
    for table, rows in sealed.body["rows"].items():
        record = _BY_TABLE[table]
        for number, values in rows.items():
            row = session.get(record, int(number))
            if row is not None:
                for name, value in revived(record, values).items():
                    setattr(row, name, value)
    for table, images in sealed.body["removed"].items():
        for values in images:
            session.add(_BY_TABLE[table](**revived(_BY_TABLE[table], values)))
    person.withheld = None
    session.delete(sealed)


def values_of(sealed: SealedPersonRecord, record: type[Base]) -> list[dict[str, Any]]:
    """Return what was taken of one table's rows, those removed included."""
    table = record.__tablename__
    return [*sealed.body["rows"].get(table, {}).values(), *sealed.body["removed"].get(table, [])]


def sealed_numbers(session: Session) -> frozenset[str]:
    """Return the ID numbers of sealed records, so that nobody who died is added anew.

    Args:
        session: One that sees past the views.
    """
    table = ResidentRecord.__tablename__
    return frozenset(
        values["id_number"]
        for body in session.scalars(select(SealedPersonRecord.body))
        for values in body["rows"].get(table, {}).values()
        if values.get("id_number")
    )


def _rows_of(session: Session, record: Any, person: ResidentRecord) -> list[Any]:
    if record is ResidentRecord:
        return [person]
    return list(session.scalars(select(record).where(record.resident_id == person.id).order_by(record.id)))
