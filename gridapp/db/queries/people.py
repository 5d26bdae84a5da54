"""What lists say about a person on one day: who, where, which categories, which tier."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gridapp.db.base import covers
from gridapp.db.queries.references import shown
from gridapp.db.queries.values import CategoryRow, PersonRow
from gridapp.db.records import (
    AbsenceRecord,
    BuildingRecord,
    CategoryRecord,
    CommunityRecord,
    ContactRecord,
    EnrolmentRecord,
    GridRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
)
from gridapp.domain.cadence import Absence, Tier, age_on, default_tier
from gridapp.domain.grid_code import COMMUNITY_DIGITS
from gridapp.domain.hardship import built_in_title

CHUNK = 5000
Sortable = TypeVar("Sortable", int, str)


@dataclass
class _Found:
    where: dict[int, tuple[str, str, str, int | None, float | None, float | None]] = field(default_factory=dict)
    categories: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    overrides: dict[int, str] = field(default_factory=dict)
    contacts: dict[int, str] = field(default_factory=dict)
    absences: dict[int, str] = field(default_factory=dict)
    communities: dict[str, str] = field(default_factory=dict)


def list_categories(session: Session) -> list[CategoryRow]:
    """Return all categories in their order."""
    rows = session.scalars(select(CategoryRecord).order_by(CategoryRecord.position, CategoryRecord.code))
    return [
        CategoryRow(row.code, row.name or built_in_title(row.code) or row.code, row.kind, row.counts) for row in rows
    ]


def chunks(numbers: Iterable[Sortable]) -> Iterator[list[Sortable]]:
    """Cut row numbers or texts into pieces that fit a statement's IN list, each once."""
    ordered = sorted(set(numbers))
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def holds_more_than(session: Session, key: Any, count: int) -> bool:
    """Return whether a table holds more than so many rows, without counting those beyond.

    Args:
        session: Where to read.
        key: Its key's column.
        count: How many. [rows]
    """
    return session.scalar(select(key).offset(count).limit(1)) is not None


def describe_people(session: Session, numbers: Collection[int], day: dt.date) -> dict[int, PersonRow]:
    """Return people as lists show them on a day, by row number.

    Args:
        session: Where to read.
        numbers: Local row numbers of residents; unknown ones are left out.
        day: The day categories, tier, address and absence are taken from.
    """
    counting = {row.code for row in list_categories(session) if row.counts}
    people: dict[int, PersonRow] = {}
    # Columns, not records: a list of 2,000 people takes half the time.
    record = ResidentRecord
    asked = select(
        record.id, record.uid, record.ref, record.name, record.sex, record.birth, record.id_number, record.phone,
        record.died,
    )  # fmt: skip
    for chunk in chunks(numbers):
        found = _find(session, chunk, day)
        found.communities = name_communities(session, (code for code, *_rest in found.where.values()))
        for person in session.execute(asked.where(record.id.in_(chunk))):
            people[person.id] = _row(person, found, day, counting)
    return people


def name_communities(session: Session, grids: Iterable[str]) -> dict[str, str]:
    """Return the names of the communities some grids lie in, by community code; nothing where there is one only.

    Args:
        session: Where to read.
        grids: Codes of grids; the first twelve digits are the community's.
    """
    row = CommunityRecord
    if not holds_more_than(session, row.id, 1):
        return {}
    codes = {code[:COMMUNITY_DIGITS] for code in grids if code}
    return dict(session.execute(select(row.code, row.name).where(row.code.in_(codes))).all())


def _row(person: Any, found: _Found, day: dt.date, counting: Collection[str]) -> PersonRow:
    age = age_on(person.birth, day) if person.birth else None
    held = tuple(found.categories.get(person.id, ()))
    override = found.overrides.get(person.id)
    grid_code, grid_name, address, household, lon, lat = found.where.get(person.id, ("", "", "", None, None, None))
    return PersonRow(
        number=person.id,
        id=shown(person.ref, person.uid),
        name=person.name,
        sex=person.sex,
        birth=person.birth,
        age=age,
        id_number=person.id_number,
        phone=person.phone,
        died=person.died,
        grid_code=grid_code,
        grid_name=grid_name,
        address=address,
        household=household,
        lon=lon,
        lat=lat,
        categories=held,
        tier=Tier(override) if override else default_tier(held, age, counting),
        contact=found.contacts.get(person.id, ""),
        absence=found.absences.get(person.id, ""),
        community=found.communities.get(grid_code[:COMMUNITY_DIGITS], ""),
    )


def _find(session: Session, chunk: list[int], day: dt.date) -> _Found:
    found = _Found()
    for number, code, name, *address, household, lon, lat in session.execute(
        _addresses(ResidencyRecord.resident_id.in_(chunk), day)
    ):
        found.where[number] = (code, name, one_line_address(*address), household, lon, lat)
    carried = (
        select(EnrolmentRecord.resident_id, CategoryRecord.code)
        .join(CategoryRecord, CategoryRecord.id == EnrolmentRecord.category_id)
        .where(EnrolmentRecord.resident_id.in_(chunk), covers(EnrolmentRecord.start, EnrolmentRecord.end, day))
        .order_by(CategoryRecord.position)
    )
    for number, code in session.execute(carried):
        if code not in found.categories[number]:
            found.categories[number].append(code)
    for number, tier in _open(session, TierOverrideRecord, TierOverrideRecord.tier, chunk, day):
        found.overrides[number] = tier
    for number, reason in _open(session, AbsenceRecord, AbsenceRecord.reason, chunk, day, AbsenceRecord.approved):
        found.absences[number] = reason
    contacts = select(ContactRecord.resident_id, ContactRecord.name, ContactRecord.phone)
    first_last = (ContactRecord.priority.desc(), ContactRecord.id.desc())
    for number, *parts in session.execute(contacts.where(ContactRecord.resident_id.in_(chunk)).order_by(*first_last)):
        found.contacts[number] = " ".join(part for part in parts if part)
    return found


def _open(
    session: Session,
    record: Any,
    what: InstrumentedAttribute[str],
    chunk: list[int],
    day: dt.date,
    *conditions: ColumnElement[bool] | InstrumentedAttribute[bool],
) -> Iterable[Any]:
    open_then = covers(record.start, record.end, day)
    statement = select(record.resident_id, what).where(record.resident_id.in_(chunk), open_then, *conditions)
    return session.execute(statement.order_by(record.start, record.uid))


def _addresses(condition: ColumnElement[bool], day: dt.date) -> Any:
    return (
        select(
            ResidencyRecord.resident_id,
            GridRecord.code,
            GridRecord.name,
            ResidencyRecord.address,
            HouseholdRecord.address,
            BuildingRecord.name,
            HouseholdRecord.unit,
            HouseholdRecord.room,
            ResidencyRecord.household_id,
            BuildingRecord.lon,
            BuildingRecord.lat,
        )
        .join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
        .outerjoin(HouseholdRecord, HouseholdRecord.id == ResidencyRecord.household_id)
        .outerjoin(BuildingRecord, BuildingRecord.id == HouseholdRecord.building_id)
        .where(condition, covers(ResidencyRecord.start, ResidencyRecord.end, day))
    )


def one_line_address(
    written: str | None, dwelling: str | None, building: str | None, unit: str | None, room: str | None
) -> str:
    """Write an address: as it was written if it was, else building, unit and room."""
    return written or dwelling or "".join(part for part in (building, unit, room) if part)


def approved_absences(session: Session, numbers: Collection[int]) -> dict[int, list[Absence]]:
    """Return the approved absences of people, by row number."""
    found: dict[int, list[Absence]] = defaultdict(list)
    for chunk in chunks(numbers):
        statement = select(AbsenceRecord).where(AbsenceRecord.resident_id.in_(chunk), AbsenceRecord.approved)
        for row in session.scalars(statement.order_by(AbsenceRecord.start)):
            found[row.resident_id].append(Absence(row.start, row.end, row.reason))
    return found
