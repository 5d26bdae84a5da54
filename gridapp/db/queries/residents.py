"""Find residents, and read everything about one of them."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.people import describe_people, one_line_address
from gridapp.db.queries.references import get_resident, shown
from gridapp.db.queries.values import EVERYWHERE, PersonRow, Scope, VisitRow
from gridapp.db.queries.visits import list_visits_of
from gridapp.db.records import (
    AbsenceRecord,
    BuildingRecord,
    CategoryRecord,
    CommunityRecord,
    ConsentRecord,
    ContactRecord,
    EnrolmentRecord,
    GridRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
)
from gridapp.db.search import finding
from gridapp.domain.hardship import built_in_title

MOST_NAMED = 5000
"""An area with fewer people has them named in a statement. [people]"""
MOST_FOUND, MOST_FILTERED = 1000, 10_000
"""Counts beyond these are not needed to the last person, and would read the whole city."""
APART_STATES = ("registered_elsewhere", "living_elsewhere")
APART = ResidentRecord.register_status.in_(APART_STATES)
"""Register and person are in two places."""


@dataclass(frozen=True)
class IntervalRow:
    """Something that holds for ``[start, end)``: where one lived, a category, an absence, a tier, a wish.

    Attributes:
        id: Key or reference.
        what: Code or address.
        title: The same in the user's words.
        note: Grade, reason or wish.
        start: First day.
        end: Day after the last, None while open.
        approved: Of an absence, whether it was approved; of a consent, whether they agreed; True for everything else.
        means: Of a consent, how it was given.
        paper: Of a consent, where the signed paper is kept.
    """

    id: str
    what: str
    title: str
    note: str
    start: dt.date
    end: dt.date | None
    approved: bool = True
    means: str = ""
    paper: str = ""


@dataclass(frozen=True)
class ContactRow:
    """Someone to call for a person."""

    id: str
    name: str
    relation: str
    phone: str


@dataclass(frozen=True)
class ResidentCard:
    """Everything about one person; ``version`` is what a correction says it has seen."""

    person: PersonRow
    version: int
    ethnicity: str
    register_address: str
    register_status: str
    note: str
    residencies: tuple[IntervalRow, ...]
    enrolments: tuple[IntervalRow, ...]
    absences: tuple[IntervalRow, ...]
    tiers: tuple[IntervalRow, ...]
    consents: tuple[IntervalRow, ...]
    contacts: tuple[ContactRow, ...]
    household: tuple[PersonRow, ...]
    visits: tuple[VisitRow, ...]


@dataclass(frozen=True)
class ResidentFilter:
    """Which residents a list shows.

    Attributes:
        text: Words that must all be found, "" for everyone.
        hardship: Only people with an open category of this code; "any" for any hardship category.
        scope: Which grid or community they live in today.
        separated: Only people whose register and address differ (人户分离).
    """

    text: str = ""
    hardship: str = ""
    scope: Scope = EVERYWHERE
    separated: bool = False


def search_residents(session: Session, text: str, day: dt.date, limit: int = 50) -> list[PersonRow]:
    """Return the people a search text finds, best first.

    Every word of the text must fit the name or a part of it, its pinyin or
    initials, four or more digits of a phone, the last digits or six others of
    the ID number, or a part of an address. When hardly anybody fits, names and
    pinyin with one wrong character are found as well, after the others.
    """
    return list_residents(session, ResidentFilter(text), day, limit)


def list_residents(
    session: Session, wanted: ResidentFilter, day: dt.date, limit: int = 200, after: tuple[str, int] | None = None
) -> list[PersonRow]:
    """Return one page of residents, best match first or by name.

    Args:
        session: Where to read.
        wanted: Which residents.
        day: The day addresses and categories are taken from.
        limit: Size of the page. [people]
        after: Name and row number of the last person of the page before; only without a search text.
    """
    if wanted.text.strip():
        numbers = finding.find(session, wanted.text, _among(session, wanted, day), limit)
    else:
        statement = (_among_many if _are_many(session, wanted, day) else _filtered)(session, wanted, day)
        if after is not None:
            name, last = after
            same = and_(ResidentRecord.name == name, ResidentRecord.id > last)
            statement = statement.where((ResidentRecord.name > name) | same)
        statement = statement.order_by(ResidentRecord.name, ResidentRecord.id)
        numbers = list(session.scalars(statement.limit(limit)))
    people = describe_people(session, numbers, day)
    return [people[key] for key in numbers]


def count_residents(session: Session, wanted: ResidentFilter, day: dt.date) -> int:
    """Return how many residents a filter lets through.

    Returns:
        The number; everybody is counted exactly, others up to :func:`counted_at_most`: one above that means "more".
    """
    limit = counted_at_most(wanted) + 1
    if wanted.text.strip():
        return len(finding.find(session, wanted.text, _among(session, wanted, day), limit))
    if wanted == ResidentFilter():
        everybody = session.scalar(select(func.count()).select_from(ResidentRecord)) or 0
        withheld = select(func.count()).where(ResidentRecord.withheld.is_not(None))
        return everybody - (session.scalar(withheld) or 0)
    some = _to_count(session, wanted, day).limit(limit).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def counted_at_most(wanted: ResidentFilter) -> int:
    """Return up to how many people of a filter are counted. [people]"""
    if wanted == ResidentFilter():
        return sys.maxsize
    return MOST_FOUND if wanted.text.strip() else MOST_FILTERED


def _filtered(session: Session, wanted: ResidentFilter, day: dt.date) -> Select[int]:
    statement = select(ResidentRecord.id).where(ResidentRecord.withheld.is_(None))
    if wanted.separated:
        statement = statement.where(APART)
    among = _among(session, replace(wanted, separated=False), day)
    return statement.where(*(ResidentRecord.id.in_(one) for one in among))


def _are_many(session: Session, wanted: ResidentFilter, day: dt.date) -> bool:
    """Return whether a filter of the whole place lets so many through that a page by name is soon full."""
    if wanted.scope != EVERYWHERE or not (wanted.hardship or wanted.separated):
        return False
    # Those whom both filters let through are not counted: that would take as long as the rest of the page.
    counted = replace(wanted, separated=False) if wanted.hardship else wanted
    return count_residents(session, counted, day) > MOST_FILTERED


def _among_many(session: Session, wanted: ResidentFilter, day: dt.date) -> Select[int]:
    """Return the same as ``_filtered``, asked so that people are gone through by name and each is looked up.

    By the index of names alone, if possible: their rows lie all over the file.
    """
    statement = select(ResidentRecord.id).where(ResidentRecord.id.not_in(_withheld()))
    if not wanted.hardship:
        # Wrapped, so that the index of register states does not lead: all it finds would be read and sorted.
        return statement.where(func.coalesce(ResidentRecord.register_status, None).in_(APART_STATES))
    if wanted.separated:
        number = func.coalesce(ResidentRecord.id, None)
        statement = statement.where(number.in_(select(ResidentRecord.id).where(APART)))
    own = EnrolmentRecord.resident_id == ResidentRecord.id
    return statement.where(_carriers(session, wanted.hardship, day).where(own).exists())


def _withheld() -> Select[int]:
    return select(ResidentRecord.id).where(ResidentRecord.withheld.is_not(None))


def _to_count(session: Session, wanted: ResidentFilter, day: dt.date) -> Select[int]:
    """Return who is counted; of the whole place by the indexes alone, without reading anybody's row."""
    if wanted.scope != EVERYWHERE:
        return _filtered(session, wanted, day)
    withheld = _withheld()
    if not wanted.hardship:
        return select(ResidentRecord.id).where(APART, ResidentRecord.id.not_in(withheld))
    carrier = EnrolmentRecord.resident_id
    statement = _carriers(session, wanted.hardship, day).where(carrier.not_in(withheld)).distinct()
    return statement.where(carrier.in_(select(ResidentRecord.id).where(APART))) if wanted.separated else statement


def _among(session: Session, wanted: ResidentFilter, day: dt.date) -> list[Select[int]]:
    """Return who is let through by everything but the text; the narrowest first."""
    found: list[Select[int]] = []
    here: list[int] | None = None
    scope = wanted.scope
    if scope.grid or scope.community:
        lived = (
            select(ResidencyRecord.resident_id)
            .join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
            .join(CommunityRecord, CommunityRecord.id == GridRecord.community_id)
            .where(covers(ResidencyRecord.start, ResidencyRecord.end, day))
        )
        if scope.grid:
            lived = lived.where(GridRecord.code == scope.grid)
        if scope.community:
            lived = lived.where(CommunityRecord.code == scope.community)
        # Asked at once and named one by one: left inside, SQLite begins with everybody who carries a category.
        here = list(session.scalars(lived.limit(MOST_NAMED + 1)))
        here = here if len(here) <= MOST_NAMED else None
        found.append(lived if here is None else select(ResidentRecord.id).where(ResidentRecord.id.in_(here)))
    if wanted.hardship:
        carriers = _carriers(session, wanted.hardship, day)
        found.append(carriers if here is None else carriers.where(EnrolmentRecord.resident_id.in_(here)))
    if wanted.separated:
        found.append(select(ResidentRecord.id).where(APART))
    return found


def _carriers(session: Session, category: str, day: dt.date) -> Select[int]:
    wanted: ColumnElement[bool] = (
        CategoryRecord.kind == "hardship" if category == "any" else CategoryRecord.code == category
    )
    # The few numbers first: joined, SQLite goes through every category anybody ever carried.
    numbers = list(session.scalars(select(CategoryRecord.id).where(wanted)))
    return select(EnrolmentRecord.resident_id).where(
        EnrolmentRecord.category_id.in_(numbers), covers(EnrolmentRecord.start, EnrolmentRecord.end, day)
    )


def get_card(session: Session, person: str, day: dt.date) -> ResidentCard:
    """Return everything about one person.

    Raises:
        NotFoundError: There is no person with that key or reference.
    """
    record = get_resident(session, person)
    number = record.id
    row = describe_people(session, [number], day)[number]
    return ResidentCard(
        person=row,
        version=record.version,
        ethnicity=record.ethnicity or "",
        register_address=record.register_address or "",
        register_status=record.register_status or "",
        note=record.note or "",
        residencies=_residencies(session, number),
        enrolments=_enrolments(session, number),
        absences=_intervals(session, AbsenceRecord, number, "reason", ""),
        tiers=_intervals(session, TierOverrideRecord, number, "tier", "reason"),
        consents=_intervals(session, ConsentRecord, number, "scope", "wish"),
        contacts=_contacts(session, number),
        household=_companions(session, row, day),
        visits=tuple(list_visits_of(session, number)),
    )


def written_address(session: Session, address: str | None, household: int | None) -> str:
    """Return where somebody lives in one line: as it was written, else by their household's building, unit and room.

    Args:
        session: Where households are.
        address: Of the residency, if it was written.
        household: Row number, if they belong to one that is still there.
    """
    found = session.execute(
        select(HouseholdRecord, BuildingRecord.name)
        .outerjoin(BuildingRecord, BuildingRecord.id == HouseholdRecord.building_id)
        .where(HouseholdRecord.id == household)
    ).first()
    home, building = found if found is not None else (None, None)
    return one_line_address(address, *((home.address, building, home.unit, home.room) if home else (None,) * 4))


def _residencies(session: Session, number: int) -> tuple[IntervalRow, ...]:
    statement = (
        select(ResidencyRecord, GridRecord.name, HouseholdRecord, BuildingRecord.name)
        .join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
        .outerjoin(HouseholdRecord, HouseholdRecord.id == ResidencyRecord.household_id)
        .outerjoin(BuildingRecord, BuildingRecord.id == HouseholdRecord.building_id)
        .where(ResidencyRecord.resident_id == number)
        .order_by(ResidencyRecord.start.desc())
    )
    rows = []
    for lived, grid, home, building in session.execute(statement):
        dwelling = (home.address, building, home.unit, home.room) if home else (None, None, None, None)
        address = one_line_address(lived.address, *dwelling)
        rows.append(IntervalRow(shown(lived.ref, lived.uid), address, address, grid, lived.start, lived.end))
    return tuple(rows)


def _enrolments(session: Session, number: int) -> tuple[IntervalRow, ...]:
    statement = (
        select(EnrolmentRecord, CategoryRecord)
        .join(CategoryRecord, CategoryRecord.id == EnrolmentRecord.category_id)
        .where(EnrolmentRecord.resident_id == number)
        .order_by(EnrolmentRecord.start.desc(), CategoryRecord.position)
    )
    return tuple(
        IntervalRow(
            shown(row.ref, row.uid),
            category.code,
            category.name or built_in_title(category.code) or category.code,
            row.grade or row.note or "",
            row.start,
            row.end,
        )
        for row, category in session.execute(statement)
    )


def _intervals(
    session: Session,
    record: Any,
    number: int,
    what: str,
    note: str,
) -> tuple[IntervalRow, ...]:
    statement = select(record).where(record.resident_id == number).order_by(record.start.desc())
    rows = []
    for row in session.scalars(statement):
        text = str(getattr(row, what))
        approved = bool(getattr(row, "approved", True)) and bool(getattr(row, "given", True))
        remark = getattr(row, note) or "" if note else ""
        rows.append(IntervalRow(
            shown(row.ref, row.uid), text, text, remark, row.start, row.end, approved,
            getattr(row, "means", None) or "", getattr(row, "paper", None) or "",
        ))  # fmt: skip
    return tuple(rows)


def _contacts(session: Session, number: int) -> tuple[ContactRow, ...]:
    statement = (
        select(ContactRecord)
        .where(ContactRecord.resident_id == number)
        .order_by(ContactRecord.priority, ContactRecord.id)
    )
    return tuple(
        ContactRow(shown(row.ref, row.uid), row.name, row.relation or "", row.phone or "")
        for row in session.scalars(statement)
    )


def _companions(session: Session, person: PersonRow, day: dt.date) -> tuple[PersonRow, ...]:
    if person.household is None:
        return ()
    statement = select(ResidencyRecord.resident_id).where(
        ResidencyRecord.household_id == person.household, covers(ResidencyRecord.start, ResidencyRecord.end, day)
    )
    numbers = [number for number in session.scalars(statement) if number != person.number]
    return tuple(describe_people(session, numbers, day).values())
