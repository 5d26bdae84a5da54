"""N and D of the visit rate by grid, category, worker, community, or in total."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import CTE, ColumnElement, Select, SQLColumnExpression, and_, case, func, literal, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.references import shown
from gridapp.db.queries.roster import COUNTED, EXCLUDED, NEW, RosterRule, counting, roster_days, roster_of
from gridapp.db.queries.scope import EVERYWHERE, Scope, within
from gridapp.db.records import CategoryRecord, CommunityRecord, EnrolmentRecord, GridRecord, WorkerRecord
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES
from gridapp.domain.hardship import built_in_title
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Period

By = Literal["grid", "category", "worker", "community", "total"]


@dataclass(frozen=True)
class RateRow:
    """One cell of a rate table.

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


def visit_rates(
    session: Session,
    periods: Sequence[Period],
    as_of: dt.date,
    by: By,
    rule: RosterRule,
    scope: Scope = EVERYWHERE,
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
    """
    days = roster_days(periods, as_of, rule)
    found: dict[tuple[int, str], tuple[str, VisitRate]] = {}
    if days:
        statement = _grouped(roster_of(days, rule), by, rule, scope)
        workers = _workers(session) if by == "worker" else {}
        for row in session.execute(statement):
            key, name = workers.get(row.key, ("", "")) if by == "worker" else (row.key, row.name or "")
            found[row.number, key] = (name, _rate(row))
    if by == "total":
        for number in range(len(periods)):
            found.setdefault((number, "total"), ("", VisitRate(by_mode=dict.fromkeys(MODES, 0))))
    return [
        RateRow(periods[number], key, _name(by, key, name), rate)
        for (number, key), (name, rate) in sorted(found.items(), key=lambda item: item[0])
    ]


def _workers(session: Session) -> dict[int, tuple[str, str]]:
    rows = session.execute(select(WorkerRecord.id, WorkerRecord.ref, WorkerRecord.uid, WorkerRecord.name))
    return {number: (shown(ref, uid), name) for number, ref, uid, name in rows}


def _name(by: By, key: str, name: str) -> str:
    return name or (built_in_title(key) or key if by == "category" else "")


def _grouped(roster: CTE, by: By, rule: RosterRule, scope: Scope) -> Select[Any]:
    key, name, base = _keyed(roster, by, rule)
    counted = roster.c.status == COUNTED
    counts = [
        _sum(counted).label("roster"),
        _sum(and_(counted, roster.c.visited == 1)).label("visited"),
        *(_sum(and_(counted, roster.c[mode] == 1)).label(mode) for mode in MODES),
        func.sum(case((counted, roster.c.attempts), else_=0)).label("attempts"),
        _sum(roster.c.status == NEW).label("new"),
        *(
            _sum(and_(roster.c.status == EXCLUDED, roster.c.reason == reason)).label(f"excluded_{reason}")
            for reason in ABSENCE_REASONS
        ),
    ]
    statement: Select[Any] = base.add_columns(roster.c.number, key.label("key"), name.label("name"), *counts)
    inside = within(scope, roster.c.grid_id, roster.c.community_id, roster.c.worker_id)
    return statement.where(inside).group_by(roster.c.number, key, name)


def _keyed(roster: CTE, by: By, rule: RosterRule) -> tuple[SQLColumnExpression[Any], SQLColumnExpression[Any], Any]:
    base = select().select_from(roster)
    if by == "grid":
        return GridRecord.code, GridRecord.name, base.join(GridRecord, GridRecord.id == roster.c.grid_id)
    if by == "community":
        joined = base.join(CommunityRecord, CommunityRecord.id == roster.c.community_id)
        return CommunityRecord.code, CommunityRecord.name, joined
    if by == "worker":
        return roster.c.worker_id, literal(""), base
    if by == "category":
        carried = (
            select(literal(1))
            .where(
                EnrolmentRecord.resident_id == roster.c.resident_id,
                EnrolmentRecord.category_id == CategoryRecord.id,
                covers(EnrolmentRecord.start, EnrolmentRecord.end, roster.c.day),
            )
            .exists()
        )
        return CategoryRecord.code, CategoryRecord.name, base.join(CategoryRecord, counting(rule) & carried)
    return literal("total"), literal(""), base


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _rate(row: Any) -> VisitRate:
    return VisitRate(
        visited=int(row.visited),
        roster=int(row.roster),
        onsite=int(row.onsite),
        by_mode={mode: int(getattr(row, mode)) for mode in MODES},
        attempts=int(row.attempts),
        new=int(row.new),
        excluded={reason: count for reason in ABSENCE_REASONS if (count := int(getattr(row, f"excluded_{reason}")))},
    )
