"""Who stands on papers besides the roster: service objects, and workers' phones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import SQLColumnExpression, func, null, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.lists import last_valid_visits
from gridapp.db.queries.people import describe_people
from gridapp.db.queries.references import shown
from gridapp.db.queries.roster import (
    EXCLUDED,
    RosterDay,
    RosterRule,
    days_table,
    responsible,
    roster_days,
    roster_of,
)
from gridapp.db.queries.scope import within
from gridapp.db.queries.values import EVERYWHERE, PersonRow, Scope
from gridapp.db.records import (
    CategoryRecord,
    EnrolmentRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    WorkerRecord,
)
from gridapp.domain.period import Month


@dataclass(frozen=True)
class ServiceRow:
    """A person with a service category.

    Attributes:
        person: The person on the day.
        categories: Codes of the service categories open on the day.
        level: Their grades, those that are known.
        last_valid: Day of the last valid visit on or before the day.
    """

    person: PersonRow
    categories: tuple[str, ...]
    level: str
    last_valid: dt.date | None


def list_service_objects(
    session: Session, day: dt.date, rule: RosterRule, scope: Scope = EVERYWHERE
) -> list[ServiceRow]:
    """Return everyone alive and resident who carries a service category on a day, in walking order."""
    keeper = responsible(days_table([RosterDay(0, day, day, day)]))
    statement = (
        select(EnrolmentRecord.resident_id, CategoryRecord.code, EnrolmentRecord.grade)
        .join(CategoryRecord, (CategoryRecord.id == EnrolmentRecord.category_id) & (CategoryRecord.kind == "service"))
        .join(ResidentRecord, ResidentRecord.id == EnrolmentRecord.resident_id)
        .join(
            ResidencyRecord,
            (ResidencyRecord.resident_id == EnrolmentRecord.resident_id)
            & covers(ResidencyRecord.start, ResidencyRecord.end, day),
        )
        .join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
        .where(
            covers(EnrolmentRecord.start, EnrolmentRecord.end, day),
            ResidentRecord.died.is_(None) | (ResidentRecord.died > day),
        )
        .order_by(CategoryRecord.position)
    )
    worker_id: SQLColumnExpression[Any] = null()
    if scope.worker is not None:
        statement = statement.outerjoin(keeper, keeper.c.grid_id == ResidencyRecord.grid_id)
        worker_id = keeper.c.worker_id
    statement = statement.where(within(scope, ResidencyRecord.grid_id, GridRecord.community_id, worker_id))
    codes: dict[int, dict[str, str]] = {}
    for number, code, grade in session.execute(statement):
        codes.setdefault(number, {}).setdefault(code, grade or "")
    people = describe_people(session, list(codes), day)
    last = last_valid_visits(session, list(codes), day, rule)
    rows = [
        ServiceRow(people[number], tuple(held), "、".join(filter(None, held.values())), last.get(number))
        for number, held in codes.items()
    ]
    return sorted(rows, key=lambda row: (row.person.grid_code, row.person.address, row.person.name, row.person.id))


def count_people_on_roster(
    session: Session, months: Sequence[Month], as_of: dt.date, rule: RosterRule, scope: Scope = EVERYWHERE
) -> int:
    """Return how many different people were on the roster in any of several months, new ones included."""
    days = roster_days(months, as_of, rule)
    if not days:
        return 0
    roster = roster_of(days, rule, scope)
    statement = select(func.count(roster.c.resident_id.distinct())).where(roster.c.status != EXCLUDED)
    return session.scalar(statement) or 0


def worker_phones(session: Session) -> dict[str, str]:
    """Return workers' phones by their shown id."""
    found = {}
    for ref, uid, phone in session.execute(select(WorkerRecord.ref, WorkerRecord.uid, WorkerRecord.phone)):
        found[shown(ref, uid)] = phone or ""
    return found
