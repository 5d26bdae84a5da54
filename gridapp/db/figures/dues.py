"""The due list of the day the figures stand at: one row per person, changed only where it differs.

The rule itself is ``domain.cadence.due_on``; nothing of it is said again in
SQL. A visit asks for a new due day of one person (``after_visits``), anything
else for the person's whole row (``refresh``), a new month or another rule for
everybody's (``rebuild``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, Update, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from gridapp.db.base import covers, table_of
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.last_visit import last_valid_visit
from gridapp.db.queries.people import chunks
from gridapp.db.queries.roster import EXCLUDED, People
from gridapp.db.records import (
    AbsenceRecord,
    CategoryRecord,
    EnrolmentRecord,
    FigureMonthRecord,
    PersonDueRecord,
    PersonMonthRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.domain.cadence import AGE_OF_WEEKLY_ALONE, Absence, Standing, Tier, age_on, default_tier, due_on
from gridapp.settings import Settings

PEOPLE_AT_ONCE = 20_000


class Due(NamedTuple):
    """A row of ``person_due``."""

    resident_id: int
    grid_id: int
    status: int
    tier: str
    joined: dt.date
    last_valid: dt.date | None
    due: dt.date
    away: bool


def standing_day(session: Session) -> tuple[int, dt.date] | None:
    """Return the running month as kept, and the day it stands at; None before the first count."""
    found = session.connection().execute(_standing_day()).one_or_none()
    return None if found is None else (found[0], found[1])


def rebuild(session: Session) -> None:
    """Write everybody's row anew; only differences are written."""
    found = standing_day(session)
    if found is None:
        return
    row = PersonMonthRecord
    most = session.scalar(
        select(row.resident_id).where(row.month == found[0]).order_by(row.resident_id.desc()).limit(1)
    )
    kept = session.scalar(select(PersonDueRecord.resident_id).order_by(PersonDueRecord.resident_id.desc()).limit(1))
    for first in range(1, max(most or 0, kept or 0) + 1, PEOPLE_AT_ONCE):
        _write(session, _between(first), *found)


def refresh(session: Session, people: Collection[int]) -> None:
    """Write the rows of some residents anew; only differences are written."""
    found = standing_day(session) if people else None
    if found is not None:
        for chunk in chunks(people):
            _write(session, _one_of(chunk), *found)


def after_visits(session: Session, people: Collection[int], day: dt.date) -> None:
    """Write the due days of residents whose visits changed; everything else about them stayed.

    Args:
        session: Of a write.
        people: Their row numbers.
        day: The day the figures stand at.
    """
    if not people:
        return
    settings, connection = load_settings(session), session.connection()
    moved, with_absences = [], set()
    for chunk in chunks(people):
        asked = {"people": chunk, "until": day, "modes": settings.valid_modes}
        for resident, tier, joined, before, away, now in connection.execute(_last_visits(), asked):
            if now == before:
                continue
            if away:
                with_absences.add(resident)
            else:
                due = _due_on(Standing(Tier(tier), joined, now), settings)
                moved.append({"who": resident, "last": now, "on": due})
    if moved:
        connection.execute(_new_dues(), moved)
    refresh(session, with_absences)


# Every visit saved asks these: put together once, they cost a fifth of the time.


@lru_cache(maxsize=1)
def _standing_day() -> Select[Any]:
    row = table_of(FigureMonthRecord).c
    return select(row.month, row.day).order_by(row.month.desc()).limit(1)


@lru_cache(maxsize=1)
def _last_visits() -> Select[Any]:
    row = table_of(PersonDueRecord).c
    modes: BindParameter[Any] = bindparam("modes", expanding=True)
    last = last_valid_visit(row.resident_id, bindparam("until"), modes).correlate(row.resident_id.table)
    columns = (row.resident_id, row.tier, row.joined, row.last_valid, row.away, last.scalar_subquery())
    return select(*columns).where(row.resident_id.in_(bindparam("people", expanding=True)))


@lru_cache(maxsize=1)
def _new_dues() -> Update:
    table = table_of(PersonDueRecord)
    values: dict[str, Any] = {"last_valid": bindparam("last"), "due": bindparam("on")}
    return update(table).where(table.c.resident_id == bindparam("who")).values(values)


def people_changing(session: Session, after: dt.date, until: dt.date) -> set[int]:
    """Return the residents whose row may differ between two days of one month for another reason than standing.

    A chosen tier begins or ends, somebody turns 80, or a visit was dated ahead.
    """
    chosen, visit = TierOverrideRecord, VisitRecord
    passed = or_((chosen.start > after) & (chosen.start <= until), (chosen.end > after) & (chosen.end <= until))
    # Whoever is born on 29 February is a year older on 1 March.
    youngest, oldest = (_years_before(day, AGE_OF_WEEKLY_ALONE) for day in (until, after))
    born = ResidentRecord.birth.between(oldest - dt.timedelta(days=1), youngest + dt.timedelta(days=1))
    aged = select(ResidentRecord.id).join(PersonDueRecord, PersonDueRecord.resident_id == ResidentRecord.id).where(born)
    ahead = select(visit.resident_id).where(visit.visited_on > after, visit.visited_on <= until)
    found = set(session.scalars(select(chosen.resident_id).where(passed)))
    return found.union(session.scalars(aged), session.scalars(ahead))


def _years_before(day: dt.date, years: int) -> dt.date:
    return dt.date(day.year - years, day.month, min(day.day, 28))


def differing(session: Session) -> list[tuple[Due | None, Due | None]]:
    """Return every row that is not what the facts say: as kept and as wanted, None where there is none."""
    found = standing_day(session)
    if found is None:
        return []
    settings = load_settings(session)
    wanted = {row.resident_id: row for row in _wanted(session, _everybody, *found, settings)}
    kept = {row.resident_id: row for row in _kept(session, _everybody)}
    return [
        (kept.get(number), wanted.get(number))
        for number in sorted(wanted.keys() | kept.keys())
        if kept.get(number) != wanted.get(number)
    ]


def _everybody(column: Any) -> Any:
    return column > 0


def _between(first: int) -> People:
    return lambda column: column.between(first, first + PEOPLE_AT_ONCE - 1)


def _one_of(people: list[int]) -> People:
    return lambda column: column.in_(people)


def _write(session: Session, among: People, number: int, day: dt.date) -> None:
    wanted = {row.resident_id: row for row in _wanted(session, among, number, day, load_settings(session))}
    kept = {row.resident_id: row for row in _kept(session, among)}
    table = table_of(PersonDueRecord)
    other = [who for who in kept if wanted.get(who) != kept[who]]
    for chunk in chunks(other):
        session.execute(delete(table).where(table.c.resident_id.in_(chunk)))
    new = [wanted[who]._asdict() for who in sorted(wanted) if kept.get(who) != wanted[who]]
    if new:
        session.execute(insert(table), new)


def _kept(session: Session, among: People) -> Iterator[Due]:
    row = PersonDueRecord
    statement = select(*(getattr(row, name) for name in Due._fields)).where(among(row.resident_id))
    return (Due(*found) for found in session.execute(statement))


def _wanted(session: Session, among: People, number: int, day: dt.date, settings: Settings) -> Iterator[Due]:
    row = PersonMonthRecord
    last = last_valid_visit(row.resident_id, day, settings.valid_modes).correlate(row).scalar_subquery()
    standing = (
        select(row.resident_id, row.grid_id, row.status, row.joined, ResidentRecord.birth, last)
        .join(ResidentRecord, ResidentRecord.id == row.resident_id)
        .where(row.month == number, row.grid_id.is_not(None), row.status != EXCLUDED, among(row.resident_id))
    )
    known = session.execute(select(CategoryRecord.id, CategoryRecord.code, CategoryRecord.counts)).all()
    counting = {code for _number, code, counts in known if counts}
    held = _categories(session, among, day, {number: code for number, code, _counts in known})
    chosen = _tiers(session, among, day)
    absences = _absences(session, among)
    for resident, grid, status, joined, birth, visited in session.execute(standing):
        tier = chosen.get(resident) or default_tier(
            held.get(resident, ()), age_on(birth, day) if birth else None, counting
        )
        away = absences.get(resident, [])
        due = _due_on(Standing(tier, joined, visited, away), settings)
        yield Due(resident, grid, status, tier.value, joined, visited, due, bool(away))


def _due_on(standing: Standing, settings: Settings) -> dt.date:
    return due_on(standing, settings.tier_a_days, settings.join_day)


def _categories(session: Session, among: People, day: dt.date, codes: dict[int, str]) -> dict[int, list[str]]:
    enrolment, found = EnrolmentRecord, dict[int, list[str]]()
    statement = select(enrolment.resident_id, enrolment.category_id)
    statement = statement.where(among(enrolment.resident_id), covers(enrolment.start, enrolment.end, day))
    for resident, category in session.execute(statement):
        found.setdefault(resident, []).append(codes[category])
    return found


def _tiers(session: Session, among: People, day: dt.date) -> dict[int, Tier]:
    chosen = TierOverrideRecord
    statement = select(chosen.resident_id, chosen.tier).where(
        among(chosen.resident_id), covers(chosen.start, chosen.end, day)
    )
    # Of several the last chosen; the key decides between two of one day, for a server returns them in any order.
    return {resident: Tier(tier) for resident, tier in session.execute(statement.order_by(chosen.start, chosen.uid))}


def _absences(session: Session, among: People) -> dict[int, list[Absence]]:
    away, found = AbsenceRecord, dict[int, list[Absence]]()
    statement = select(away.resident_id, away.start, away.end, away.reason)
    statement = statement.where(among(away.resident_id), away.approved, away.end.is_not(None)).order_by(away.start)
    for resident, start, end, reason in session.execute(statement):
        found.setdefault(resident, []).append(Absence(start, end, reason))
    return found
