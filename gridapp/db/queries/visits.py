"""Lists of visits, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, not_, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.kept import visits_of_month
from gridapp.db.queries.people import chunks, name_communities
from gridapp.db.queries.references import matches, shown, shown_visit, site_codes
from gridapp.db.queries.values import EVERYWHERE, Scope, VisitRow
from gridapp.db.records import (
    ActorRecord,
    CommunityRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.records.visits import OUTCOMES
from gridapp.domain.grid_code import COMMUNITY_DIGITS
from gridapp.domain.period import Month
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

GRID_CODE = 8
"""Place of the grid's code in what is selected."""

MOST_NAMED = 5000
"""An area with fewer people has them named in a statement. [people]"""

FEW_MORE = 20
"""So many more are picked where some were taken back. [visits]"""
ALL = 1 << 53
"""More than any file holds. [visits]"""
MOST_DAYS = 10_000
"""So many days are named in a statement. [days]"""

NOBODY_MET = VisitRecord.outcome != literal_column(str(OUTCOMES.index("met")))
"""Written as the index of these visits is: a bound value would not find it."""

STANDING, TAKEN_BACK = VisitRecord.voided_at.is_(None), VisitRecord.voided_at.is_not(None)

Conditions = Sequence[ColumnElement[bool]]

_NEWEST_FIRST = (VisitRecord.visited_on.desc(), VisitRecord.id.desc())


@dataclass(frozen=True)
class VisitFilter:
    """Which visits a list shows.

    Attributes:
        first: First day, None for no limit.
        last: Last day, None for no limit.
        scope: Grid or community lived in on the day of the visit; worker is who visited.
        outcome: "met", "attempt" for every other one, "" for all.
        with_voided: Whether visits taken back are there too.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    scope: Scope = EVERYWHERE
    outcome: str = ""
    with_voided: bool = False


def list_visits(
    session: Session, wanted: VisitFilter, limit: int = 200, before: tuple[dt.date, int] | None = None
) -> list[VisitRow]:
    """Return one page of visits, newest first.

    Args:
        session: Where to read.
        wanted: Which visits.
        limit: Size of the page. [visits]
        before: Day and row number of the last visit of the page before.
    """
    statement = _filtered(session, _select(), wanted).order_by(*_NEWEST_FIRST)
    if wanted.scope != EVERYWHERE:
        return _rows(session, statement.where(*_earlier(before)).limit(limit))
    found: list[VisitRow] = []
    wished, is_more = limit, True
    while is_more and len(found) < limit:
        picked = _pick(session, [*_days(wanted), *_earlier(before)], wished, _among(wanted))
        found += _rows(session, statement.where(VisitRecord.id.in_([number for _day, number in picked])))
        is_more, before = len(picked) == wished, picked[-1] if picked else None
        wished = 2 * (limit - len(found)) + FEW_MORE
    return found[:limit]


def _pick(
    session: Session, conditions: Sequence[ColumnElement[bool]], limit: int, among: Sequence[Conditions] = ((),)
) -> list[tuple[dt.date, int]]:
    """Return day and number of the newest visits, by indexes alone: of a city's day tens of thousands are sorted."""
    found: list[tuple[dt.date, int]] = []
    for some in among:
        statement = select(VisitRecord.visited_on, VisitRecord.id).where(*conditions, *some)
        found += [(day, number) for day, number in session.execute(statement.order_by(*_NEWEST_FIRST).limit(limit))]
    return sorted(found, reverse=True)[:limit]


def _among(wanted: VisitFilter) -> Sequence[Conditions]:
    """Return what to go through: all visits; or the few that met nobody, by their index, and those taken back."""
    if wanted.outcome != "attempt":
        return [()]
    return [(NOBODY_MET, STANDING), (NOBODY_MET, TAKEN_BACK)][: 1 + wanted.with_voided]


def _earlier(before: tuple[dt.date, int] | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    day, number = before
    return [VisitRecord.visited_on <= day, not_((VisitRecord.visited_on == day) & (VisitRecord.id >= number))]


def count_visits(session: Session, wanted: VisitFilter, at_most: int | None = None) -> int:
    """Return how many visits a filter lets through.

    Args:
        session: Where to read.
        wanted: Which visits.
        at_most: No need to count beyond this: one above it means "more". What takes no time is counted all the same,
            a month and what is of one place or worker. None counts all. [visits]
    """
    if wanted.scope != EVERYWHERE:
        inner = _filtered(session, _select(), wanted).order_by(None).subquery()
        return session.scalar(select(func.count()).select_from(inner)) or 0
    kept = _count_kept(session, wanted)
    return kept if kept is not None else _count_months(session, wanted, ALL if at_most is None else at_most + 1)


def _count_kept(session: Session, wanted: VisitFilter) -> int | None:
    """Count a month by what is kept of its people, which takes as long however often they are visited."""
    first, last = wanted.first, wanted.last
    if first is None or last is None or Month.of(first) != Month.of(last):
        return None
    kept = visits_of_month(session, first, last)
    if kept is None:
        return None
    met, attempts, day = kept
    found = {"": met + attempts, "met": met, "attempt": attempts}[wanted.outcome]
    if wanted.with_voided:
        found += _count(session, None, *_days(wanted), TAKEN_BACK, *_of_outcome(wanted))
    after = replace(wanted, first=day + dt.timedelta(days=1), with_voided=False)
    return found + (_count_days(session, after, None) if day < last else 0)


def _count_months(session: Session, wanted: VisitFilter, limit: int) -> int:
    """Count month by month, the newest first, and stop where there are enough: years hold millions."""
    found, (first, last) = 0, _span(session, wanted)
    while first <= last and found < limit:
        since = max(first, last.replace(day=1))
        found += _count_days(session, replace(wanted, first=since, last=last), limit - found)
        last = since - dt.timedelta(days=1)
    return min(found, limit)


def _count_days(session: Session, wanted: VisitFilter, limit: int | None) -> int:
    """Count by the indexes of days alone: those that met nobody, those taken back, or all less these, which are few."""
    days = _days(wanted)
    if wanted.outcome == "attempt":
        return sum(_count(session, limit, *days, *some) for some in _among(wanted))
    less = 0
    if wanted.outcome == "met":
        attempts = _among(replace(wanted, outcome="attempt"))
        less += sum(_count(session, None, *days, *some) for some in attempts)
    if not wanted.with_voided:
        less += _count(session, None, *days, TAKEN_BACK)
    return _count(session, None if limit is None else limit + less, *days) - less


def _span(session: Session, wanted: VisitFilter) -> tuple[dt.date, dt.date]:
    """Return the first and last day on which there can be visits; the first after the last when there are none."""
    day = VisitRecord.visited_on
    first, last = session.execute(
        select(select(func.min(day)).scalar_subquery(), select(func.max(day)).scalar_subquery())
    ).one()
    if first is None:
        return dt.date.max, dt.date.min
    return max(first, wanted.first or first), min(last, wanted.last or last)


def _count(session: Session, limit: int | None, *conditions: ColumnElement[bool]) -> int:
    some = select(VisitRecord.visited_on).where(*conditions).limit(limit)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _of_outcome(wanted: VisitFilter) -> list[ColumnElement[bool]]:
    return {"": [], "met": [VisitRecord.outcome == "met"], "attempt": [NOBODY_MET]}[wanted.outcome]


def _days(wanted: VisitFilter) -> list[ColumnElement[bool]]:
    days = []
    if wanted.first is not None:
        days.append(VisitRecord.visited_on >= wanted.first)
    if wanted.last is not None:
        days.append(VisitRecord.visited_on <= wanted.last)
    return days


def list_visits_of(session: Session, resident: int, limit: int = 500) -> list[VisitRow]:
    """Return the visits of one person, newest first, those taken back included.

    Args:
        session: Where to read.
        resident: Local row number of the person.
        limit: At most so many. [visits]
    """
    statement = _select().where(VisitRecord.resident_id == resident)
    return _rows(session, statement.order_by(*_NEWEST_FIRST).limit(limit))


def newest_notes(session: Session, limit: int) -> list[str]:
    """Return the notes of the newest visits that were not taken back, those without one left out.

    Args:
        session: Where to read.
        limit: How many visits are looked through. [visits]
    """
    row = VisitRecord
    numbers = [number for _day, number in _pick(session, [], limit)]
    statement = select(row.note).where(row.id.in_(numbers), row.voided_at.is_(None), row.note.is_not(None))
    return [note for note in session.scalars(statement.order_by(*_NEWEST_FIRST)) if note]


def visits_of_many(
    session: Session, residents: Collection[int], first: dt.date, last: dt.date, progress: Progress = NullProgress()
) -> dict[int, list[VisitRow]]:
    """Return the visits of people within days, by local row number of the person, oldest first; none taken back.

    Args:
        session: Where to read.
        residents: Local row numbers of people.
        first: First day.
        last: Last day.
        progress: Told as people are looked up; may cancel.
    """
    found: dict[int, list[VisitRow]] = {}
    codes = site_codes(session)
    done = 0
    for chunk in chunks(residents):
        progress.advance(done, len(residents), _("Looking visits up…"))
        done += len(chunk)
        statement = _select().where(
            VisitRecord.resident_id.in_(chunk),
            VisitRecord.visited_on.between(first, last),
            VisitRecord.voided_at.is_(None),
        )
        for row in session.execute(statement.order_by(VisitRecord.visited_on, VisitRecord.id)):
            found.setdefault(row[0].resident_id, []).append(_row(row, codes))
    return found


def _select() -> Any:
    lived = (ResidencyRecord.resident_id == VisitRecord.resident_id) & covers(
        ResidencyRecord.start, ResidencyRecord.end, VisitRecord.visited_on
    )
    return (
        select(
            VisitRecord,
            ResidentRecord.ref,
            ResidentRecord.uid,
            ResidentRecord.name,
            WorkerRecord.ref,
            WorkerRecord.uid,
            WorkerRecord.name,
            GridRecord.name,
            GridRecord.code,
            ActorRecord.name,
        )
        .join(ResidentRecord, ResidentRecord.id == VisitRecord.resident_id)
        .join(ActorRecord, ActorRecord.id == VisitRecord.actor_id)
        .outerjoin(WorkerRecord, WorkerRecord.id == VisitRecord.worker_id)
        .outerjoin(ResidencyRecord, lived)
        .outerjoin(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
    )


def _filtered(session: Session, statement: Select[Any], wanted: VisitFilter) -> Select[Any]:
    statement = statement.where(*_days(wanted))
    statement = statement.where(*_of_outcome(wanted))
    if not wanted.with_voided:
        statement = statement.where(VisitRecord.voided_at.is_(None))
    scope = wanted.scope
    if scope.grid or scope.community:
        statement = _of_people_of(session, statement, scope)
    if scope.grid:
        statement = statement.where(GridRecord.code == scope.grid)
    if scope.community:
        community = select(CommunityRecord.id).where(CommunityRecord.code == scope.community).scalar_subquery()
        statement = statement.where(GridRecord.community_id == community)
    return _of_worker(session, statement, wanted) if scope.worker else statement


def _of_worker(session: Session, statement: Select[Any], wanted: VisitFilter) -> Select[Any]:
    """Limit visits to those one worker made, looked up day by day in the index of days, which holds the worker too.

    An index of workers first would take as much room again; asked for all days at once, this one is read as a whole.
    """
    assert wanted.scope.worker is not None
    worker = select(WorkerRecord.id).where(matches(WorkerRecord, wanted.scope.worker)).scalar_subquery()
    first, last = _span(session, wanted)
    if (last - first).days < MOST_DAYS:
        days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        statement = statement.where(VisitRecord.visited_on.in_(days))
    return statement.where(VisitRecord.worker_id == worker)


def _of_people_of(session: Session, statement: Select[Any], scope: Scope) -> Select[Any]:
    """Limit visits to people who ever lived in a grid or community, each looked up by the index of their visits.

    Left to itself SQLite goes through all visits of the days asked for.
    """
    lived = select(ResidencyRecord.resident_id).join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
    if scope.grid:
        lived = lived.where(GridRecord.code == scope.grid)
    if scope.community:
        community = select(CommunityRecord.id).where(CommunityRecord.code == scope.community).scalar_subquery()
        lived = lived.where(GridRecord.community_id == community)
    people = list(session.scalars(lived.distinct().limit(MOST_NAMED + 1)))
    return statement if len(people) > MOST_NAMED else statement.where(VisitRecord.resident_id.in_(people))


def _rows(session: Session, statement: Select[Any]) -> list[VisitRow]:
    codes = site_codes(session)
    found = session.execute(statement).all()
    communities = name_communities(session, {row[GRID_CODE] for row in found if row[GRID_CODE]})
    return [_row(row, codes, communities) for row in found]


def _row(row: Sequence[Any], codes: dict[int, str], communities: dict[str, str] | None = None) -> VisitRow:
    visit, person_ref, person_uid, person_name, worker_ref, worker_uid, worker_name, grid_name, grid_code, actor = row
    return VisitRow(
        number=visit.id,
        id=shown_visit(visit.id, visit.ref, codes),
        person=shown(person_ref, person_uid),
        person_name=person_name,
        grid_name=grid_name or "",
        day=visit.visited_on,
        time=visit.time or "",
        mode=visit.mode,
        outcome=visit.outcome,
        worker=shown(worker_ref, worker_uid) if worker_uid else "",
        worker_name=worker_name or "",
        note=visit.note or "",
        needs=visit.needs or "",
        referral=visit.referral or "",
        findings=visit.findings or {},
        voided=visit.voided_at is not None,
        void_reason=visit.void_reason or "",
        created_at=visit.created_at,
        created_by=actor,
        community=(communities or {}).get((grid_code or "")[:COMMUNITY_DIGITS], ""),
    )
