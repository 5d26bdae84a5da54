"""N and D of the visit rate by grid, category, worker, community, or in total."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, SQLColumnExpression, case, func, literal, null, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.kept import cells, days_kept, number_of
from gridapp.db.queries.people import CHUNK
from gridapp.db.queries.plain_rows import plain_columns, plain_rows
from gridapp.db.queries.references import shown_plain
from gridapp.db.queries.roster import (
    COUNTED,
    EXCLUDED,
    NEW,
    RosterDay,
    RosterRule,
    attempts,
    counting,
    days_table,
    responsible,
    roster_days,
    standing_of,
    valid_visits,
    visited,
)
from gridapp.db.queries.scope import within
from gridapp.db.queries.values import EVERYWHERE, By, Scope
from gridapp.db.records import CategoryRecord, CommunityRecord, EnrolmentRecord, GridRecord, WorkerRecord
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES
from gridapp.domain.hardship import built_in_title
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Period

_NOBODY = ("", "")


class RateRow(NamedTuple):
    """One cell of a rate table; a tuple, because a city has tens of thousands and these are made three times as fast.

    Attributes:
        period: The month or quarter.
        key: Grid or community code, category code, worker's shown id, or "total"; "" where nobody is responsible.
        name: What people call it.
        rate: The figure.
    """

    period: Period
    key: str
    name: str
    rate: VisitRate


Found = dict[int, list[RateRow]]
"""Rows by number of their period."""


def visit_rates(
    session: Session,
    periods: Sequence[Period],
    as_of: dt.date,
    by: By,
    rule: RosterRule,
    scope: Scope = EVERYWHERE,
    from_facts: bool = False,
) -> list[RateRow]:
    """Return the figures of several periods, ordered by period and key.

    Rows whose roster, new and excluded lists are all empty are left out,
    except that "total" always has a row for each period, D = 0 included.

    Args:
        session: Where to read.
        periods: Months or quarters; those not begun on the as-of day give nothing but a total of D = 0.
        as_of: The day the facts are seen from.
        by: What a row stands for. By category a person appears in every category carried on the reference day.
        rule: Whose roster, and which visits count.
        scope: Which grids.
        from_facts: Count from the facts even where figures are kept; the same rows, slowly.
    """
    days = roster_days(periods, as_of, rule)
    ready = [] if from_facts else days_kept(session, days, rule)
    others = [day for day in days if day not in ready]
    found = _from_kept(session, ready, periods, by, rule, scope) if ready else {}
    if others:
        found |= _from_facts(session, others, periods, by, rule, scope)
    rows: list[RateRow] = []
    for number, period in enumerate(periods):
        empty = [RateRow(period, "total", "", VisitRate())] if by == "total" else []
        rows += sorted(found.get(number, ()), key=itemgetter(1)) or empty
    return rows


def _from_facts(  # noqa: PLR0913  what, when, by which rule
    session: Session, days: Sequence[RosterDay], periods: Sequence[Period], by: By, rule: RosterRule, scope: Scope
) -> Found:
    found: Found = {}
    workers = _workers(session) if by == "worker" else {}
    for number, key, name, *counts in session.execute(_grouped(days, by, rule, scope)):
        key, name = workers.get(key, _NOBODY) if by == "worker" else (key, name or _name(by, key))
        found.setdefault(number, []).append(RateRow(periods[number], key, name, VisitRate(*map(int, counts))))
    return found


def _from_kept(  # noqa: PLR0913  what, when, by which rule
    session: Session, days: Sequence[RosterDay], periods: Sequence[Period], by: By, rule: RosterRule, scope: Scope
) -> Found:
    asked = {number_of(day): periods[day.number] for day in days}
    rows = cells(session, days, by, rule, scope)
    names = _names(session, by, {row[1] for row in rows})
    found: Found = {number: [] for number in asked}
    for number, place, rate in rows:
        found[number].append(RateRow(asked[number], *names.get(place, _NOBODY), rate))
    return {day.number: found[number_of(day)] for day in days}  # a month may be asked for twice


def _names(session: Session, by: By, numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return key and name of what cells stand for, by local number."""
    if by == "total":
        return {0: ("total", "")}
    if by == "worker":
        return _workers(session, numbers)
    record: Any = {"grid": GridRecord, "community": CommunityRecord, "category": CategoryRecord}[by]
    statement = select(record.id, record.code, func.coalesce(record.name, ""))
    if len(numbers) <= CHUNK:
        statement = statement.where(record.id.in_(numbers))
    found, codes, names = plain_columns(session, statement)
    if by == "category":
        names = [name or _name(by, code) for code, name in zip(codes, names, strict=True)]
    return dict(zip(found, zip(codes, names, strict=True), strict=True))


def _workers(session: Session, numbers: Collection[int] | None = None) -> dict[int, tuple[str, str]]:
    """Return shown id and name of the workers of some local numbers, of all for None."""
    row = WorkerRecord
    statement = select(row.id, row.ref, row.uid, row.name)
    if numbers is not None and len(numbers) <= CHUNK:
        statement = statement.where(row.id.in_(numbers))
    return {
        number: (shown_plain(ref, uid), name)
        for number, ref, uid, name in plain_rows(session, statement)
        if numbers is None or number in numbers
    }


def _name(by: By, key: str) -> str:
    return built_in_title(key) or key if by == "category" else ""


def _grouped(days: Sequence[RosterDay], by: By, rule: RosterRule, scope: Scope) -> Select[Any]:
    period = days_table(days)
    counted = _counted(period, by, rule, scope)
    key, name, base = _keyed(counted, by)
    base = base.join(GridRecord, GridRecord.id == counted.c.grid_id)
    worker_id: SQLColumnExpression[Any] = null()
    if by == "worker" or scope.worker is not None:
        keeper = responsible(period)
        held = (keeper.c.number == counted.c.number) & (keeper.c.grid_id == counted.c.grid_id)
        base, worker_id = base.outerjoin(keeper, held), keeper.c.worker_id
        key = worker_id if by == "worker" else key
    on_roster, excluded = counted.c.status == COUNTED, counted.c.status == EXCLUDED
    counts = [
        *(_sum(on_roster, counted.c[column]).label(column) for column in ("visited", "roster", *MODES, "attempts")),
        _sum(counted.c.status == NEW, counted.c.roster).label("new"),
        *(
            _sum(excluded & (counted.c.reason == reason), counted.c.roster).label(f"excluded_{reason}")
            for reason in ABSENCE_REASONS
        ),
    ]
    statement: Select[Any] = base.add_columns(counted.c.number, key.label("key"), name.label("name"), *counts)
    inside = within(scope, counted.c.grid_id, GridRecord.community_id, worker_id)
    return statement.where(inside).group_by(counted.c.number, key, name)


def _counted(period: CTE, by: By, rule: RosterRule, scope: Scope) -> CTE:
    """Count people by period, grid, status and reason, and by category if asked: small numbers sort fast."""
    standing = standing_of(period, rule, scope)
    base = select().select_from(standing)
    groups: list[SQLColumnExpression[Any]] = [standing.c.number, standing.c.grid_id, standing.c.status]
    groups.append(standing.c.reason)
    if by == "category":
        carried = (
            select(literal(1))
            .where(
                EnrolmentRecord.resident_id == standing.c.resident_id,
                EnrolmentRecord.category_id == CategoryRecord.id,
                covers(EnrolmentRecord.start, EnrolmentRecord.end, standing.c.day),
            )
            .exists()
        )
        base = base.join(CategoryRecord, counting(rule) & carried)
        groups.append(CategoryRecord.id.label("category_id"))
    tally = standing.c.tally
    columns = [
        func.count().label("roster"),
        _sum(visited(tally)).label("visited"),
        *(_sum(valid_visits(tally, mode)).label(mode) for mode in MODES),
        func.sum(attempts(tally)).label("attempts"),
    ]
    return base.add_columns(*groups, *columns).group_by(*groups).cte("counted")


def _keyed(counted: CTE, by: By) -> tuple[SQLColumnExpression[Any], SQLColumnExpression[Any], Any]:
    base = select().select_from(counted)
    if by == "grid":
        return GridRecord.code, GridRecord.name, base
    if by == "community":
        lying = (
            select(CommunityRecord.id, CommunityRecord.code, CommunityRecord.name, GridRecord.id.label("grid_id"))
            .join(GridRecord, GridRecord.community_id == CommunityRecord.id)
            .subquery("lying")
        )
        return lying.c.code, lying.c.name, base.join(lying, lying.c.grid_id == counted.c.grid_id)
    if by == "category":
        joined = base.join(CategoryRecord, CategoryRecord.id == counted.c.category_id)
        return CategoryRecord.code, CategoryRecord.name, joined
    return literal("total"), literal(""), base


def _sum(condition: ColumnElement[bool], amount: Any = 1) -> ColumnElement[int]:
    return func.sum(case((condition, amount), else_=0))
