"""The due list page by page, from the rows kept for the day the figures stand at.

On any other day, or while nothing is kept, ``lists.list_due`` is asked and cut
into the same pages: the same people in the same order of urgency, slowly.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from gridapp.db.figures.dues import standing_day
from gridapp.db.queries.kept import days_kept, grids_within, number_of
from gridapp.db.queries.lists import STATUS_WORDS, list_due, walking_order
from gridapp.db.queries.people import describe_people
from gridapp.db.queries.plain_rows import plain_rows
from gridapp.db.queries.references import shown
from gridapp.db.queries.roster import COUNTED, RosterDay, RosterRule, days_table, responsible, roster_days
from gridapp.db.queries.values import (
    EVERYWHERE,
    KINDS,
    SOON_DAYS,
    After,
    DueCounts,
    DueFilter,
    DueList,
    DuePage,
    DueRow,
    RosterRow,
    Scope,
    belongs,
    count_rows,
)
from gridapp.db.records import EnrolmentRecord, GridRecord, PersonDueRecord, PersonMonthRecord, WorkerRecord
from gridapp.db.records.visits import MODES
from gridapp.db.search import finding
from gridapp.domain.period import Month
from gridapp.settings import Settings

WHOLE = 600
"""Up to so many people are read at once; beyond, page by page. [people]"""
PAGE = 200
MOST_FOUND = 200
"""More people than this are not found by one text. [people]"""


def count_due(session: Session, as_of: dt.date, settings: Settings, scope: Scope = EVERYWHERE) -> DueCounts:
    """Return how many people are behind each of KINDS."""
    day = _kept_day(session, as_of, settings)
    if day is None:
        return count_rows(list_due(session, as_of, settings, scope), as_of)
    amounts = [func.coalesce(func.sum(case((_behind(kind, day), 1), else_=0)), 0) for kind in KINDS]
    statement = _inside(session, select(*amounts, func.min(PersonDueRecord.due)), scope, day)
    *counted, first = session.execute(statement).one()
    longest = max(0, (as_of - first).days) if first else 0
    return DueCounts(dict(zip(KINDS, map(int, counted), strict=True)), longest)


def count_due_by_grid(
    session: Session, as_of: dt.date, settings: Settings, since: dt.date | None, until: dt.date
) -> dict[str, int]:
    """Return how many people of each grid are due on some days, by the grid's code; grids without any are left out.

    Args:
        session: Where to read.
        as_of: The day the facts are seen from.
        settings: Modes that count, joining day, days of tier A.
        since: First day; None takes everyone due earlier too.
        until: Last day.
    """
    row, grid, first = PersonDueRecord, GridRecord, since or dt.date.min
    if _kept_day(session, as_of, settings) is None:
        rows = list_due(session, as_of, settings)
        return Counter(item.roster.person.grid_code for item in rows if first <= item.due <= until)
    days = row.due <= until if since is None else row.due.between(since, until)
    counted = select(row.grid_id, func.count().label("people")).where(days).group_by(row.grid_id).subquery("counted")
    return dict(plain_rows(session, select(grid.code, counted.c.people).join(counted, counted.c.grid_id == grid.id)))


def read_due_list(session: Session, as_of: dt.date, settings: Settings, wanted: DueFilter) -> DueList:
    """Return everyone due where that is few people, else the first page of one kind.

    Args:
        session: Where to read.
        as_of: The day the facts are seen from.
        settings: Modes that count, joining day, days of tier A.
        wanted: Which people; kind "" takes the most urgent one that has anybody.
    """
    counts = count_due(session, as_of, settings, wanted.scope)
    if counts.people["all"] <= WHOLE:
        rows = list_due(session, as_of, settings, wanted.scope)
        return DueList(DuePage(tuple(rows)), counts, "all", is_whole=True)
    kind = wanted.kind or next(kind for kind in KINDS if counts.people[kind])
    page = read_due_page(session, as_of, settings, replace(wanted, kind=kind))
    return DueList(page, counts, kind, is_whole=False)


def read_due_page(
    session: Session,
    as_of: dt.date,
    settings: Settings,
    wanted: DueFilter = DueFilter(),
    after: After | None = None,
    limit: int = PAGE,
) -> DuePage:
    """Return people of the due list, the longest overdue first, then by due day and walking order.

    Args:
        session: Where to read.
        as_of: The day the facts are seen from.
        settings: Modes that count, joining day, days of tier A.
        wanted: Which people.
        after: Where the page before ended.
        limit: Size of the page, more only to keep a grid's people of one due day together. [people]
    """
    day = _kept_day(session, as_of, settings)
    if day is None:
        rows = list_due(session, as_of, settings, wanted.scope)
        if wanted.text.strip():
            found = set(finding.find(session, wanted.text, [select(EnrolmentRecord.resident_id)], MOST_FOUND))
            rows = [row for row in rows if row.roster.person.number in found]
        return _cut(rows, as_of, wanted.kind, after, limit)
    row = PersonDueRecord
    everyone: Any = select(row.resident_id, row.due, row.grid_id).where(_behind(wanted.kind, day))
    base = _inside(session, everyone, wanted.scope, day)
    if wanted.text.strip():
        among = [base.with_only_columns(row.resident_id).order_by(None)]
        numbers = finding.find(session, wanted.text, among, MOST_FOUND)
        return DuePage(_describe(session, numbers, day, settings))
    statement = base.order_by(row.due, row.grid_id)
    if after is not None:
        statement = statement.where(tuple_(row.due, row.grid_id) > tuple_(*after))
    page = list(session.execute(statement.limit(limit)))
    if len(page) < limit:
        return DuePage(_describe(session, [number for number, *_ in page], day, settings))
    end: After = (page[-1][1], page[-1][2])
    rest = session.scalars(base.with_only_columns(row.resident_id).where(row.due == end[0], row.grid_id == end[1]))
    people = {number for number, *_ in page} | set(rest)
    return DuePage(_describe(session, people, day, settings), end)


def _kept_day(session: Session, as_of: dt.date, settings: Settings) -> RosterDay | None:
    """Return the running month when the rows kept stand at the day asked for, by the rule asked for."""
    rule = RosterRule.monthly(settings)
    days = days_kept(session, roster_days([Month.of(as_of)], as_of, rule), rule)
    return days[0] if days and is_last_kept(session, days[0]) else None


def is_last_kept(session: Session, day: RosterDay) -> bool:
    """Return whether a month that is kept is the running one: only of that the due days are kept."""
    found = standing_day(session)
    return found is not None and found[1] == day.day


def _behind(kind: str, day: RosterDay) -> ColumnElement[bool]:
    row = PersonDueRecord
    if kind == "overdue":
        return row.due < day.day
    if kind == "today":
        return row.due == day.day
    if kind == "soon":
        return (row.due > day.day) & (row.due <= day.day + dt.timedelta(days=SOON_DAYS))
    if kind == "month":
        return (row.status == COUNTED) & or_(row.last_valid.is_(None), row.last_valid < day.first)
    return row.resident_id > 0


def _inside(session: Session, statement: Select[Any], scope: Scope, day: RosterDay) -> Select[Any]:
    grids = grids_within(session, scope, day)
    return statement if grids is None else statement.where(PersonDueRecord.grid_id.in_(grids))


def _describe(session: Session, numbers: Collection[int], day: RosterDay, settings: Settings) -> tuple[DueRow, ...]:
    """Return due rows of some people, in order."""
    due, month, worker = PersonDueRecord, PersonMonthRecord, WorkerRecord
    people = describe_people(session, numbers, day.day)
    found = select(due.grid_id).where(due.resident_id.in_(numbers)).distinct()
    keeper = responsible(days_table([day]), lambda column: column.in_(found))
    statement = (
        select(
            due.resident_id, due.status, due.joined, due.last_valid, due.due,
            worker.ref, worker.uid, worker.name, month.attempts, *(getattr(month, mode) for mode in MODES),
        )
        .join(month, (month.resident_id == due.resident_id) & (month.month == number_of(day)))
        .outerjoin(keeper, keeper.c.grid_id == due.grid_id)
        .outerjoin(worker, worker.id == keeper.c.worker_id)
        .where(due.resident_id.in_(numbers))
    )  # fmt: skip
    rows = []
    for number, status, joined, last, on, ref, uid, name, attempts, *met in session.execute(statement):
        counted = zip(MODES, met, strict=True)
        modes = tuple(mode for mode, count in counted if count and mode in settings.valid_modes)
        roster = RosterRow(
            person=people[number], worker=shown(ref, uid) if uid else "", worker_name=name or "", joined=joined,
            status=STATUS_WORDS[status], reason="", visited=bool(modes), modes=modes, attempts=attempts,
            last_valid=last,
        )  # fmt: skip
        rows.append(DueRow(roster, on, max(0, (day.day - on).days), bool(modes)))
    return tuple(sorted(rows, key=lambda row: (row.due, walking_order(row.roster))))


def _cut(rows: list[DueRow], as_of: dt.date, kind: str, after: After | None, limit: int) -> DuePage:
    """Cut a whole list into pages by place: the number of a page's end stands where a grid's number would."""
    start = after[1] if after is not None else 0
    behind = [row for row in rows if belongs(row, kind, as_of)]
    page = behind[start : start + limit]
    ends = start + limit < len(behind)
    return DuePage(tuple(page), (page[-1].due, start + limit) if ends else None)
