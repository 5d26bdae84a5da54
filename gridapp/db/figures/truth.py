"""What the kept figures must be, asked from the facts by the statements that define them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    cast,
    distinct,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.roster import People, RosterRule, standings
from gridapp.db.records import (
    AbsenceRecord,
    CategoryRecord,
    EnrolmentRecord,
    FigureCategoryRecord,
    FigureMonthRecord,
    FigureRuleRecord,
    ResidencyRecord,
    ResidentRecord,
    VisitRecord,
)
from gridapp.db.records.visits import MODES
from gridapp.domain.period import Month
from gridapp.settings import Settings

DEFINITION = 2
"""Raised when rows made by an earlier program must be counted again."""

RULE_ROW = 1
STANDING = ("grid_id", "status", "reason", "joined", "mask")
MOST_CATEGORIES = 62
"""Bits that fit a signed 64-bit number beside its sign."""


@dataclass(frozen=True)
class FigureRule:
    """What the kept figures depend on besides the facts about people.

    Attributes:
        modes: Bits of the modes that count, in the order of MODES.
        join_day: Last day of a month on which a joiner still counts.
        categories: Numbers of the categories that count.
    """

    modes: int
    join_day: int
    categories: frozenset[int]


def month_number(month: Month) -> int:
    """Return a month as one number: year times twelve plus month, January 0."""
    return month.year * 12 + month.month - 1


def month_at(number: int) -> Month:
    """Return the month of a number."""
    return Month(number // 12, number % 12 + 1)


def mode_bits(modes: Collection[str]) -> int:
    """Return modes of visiting as bits, in the order of MODES."""
    return sum(1 << place for place, mode in enumerate(MODES) if mode in modes)


def rule_now(session: Session) -> FigureRule:
    """Return the rule as settings and categories have it."""
    settings = load_settings(session)
    counting = select(CategoryRecord.id).where(CategoryRecord.counts)
    return FigureRule(mode_bits(settings.valid_modes), settings.join_day, frozenset(session.scalars(counting)))


def rule_kept(session: Session) -> FigureRule | None:
    """Return the rule the figures are kept by, or None when they were never counted."""
    row = session.get(FigureRuleRecord, RULE_ROW, populate_existing=True)
    if row is None or row.definition != DEFINITION:
        return None
    return FigureRule(row.modes, row.join_day, frozenset(session.scalars(select(FigureCategoryRecord.category_id))))


def months_kept(condition: ColumnElement[bool] | None = None) -> CTE:
    """Return the months kept as ``roster.days_table`` would, with their number as the period's."""
    row = FigureMonthRecord
    statement = select(row.month.label("number"), row.first, row.day, row.cutoff)
    return (statement if condition is None else statement.where(condition)).cte("period")


def standing_rows(period: CTE, people: People | None = None) -> Select[Any]:
    """Return how people stand in months that are kept: resident_id, month, and the columns of STANDING."""
    standing = standings(period, RosterRule.monthly(Settings()), people).cte("standing")
    carried = (
        select(cast(func.sum(distinct(FigureCategoryRecord.mask)), BigInteger))
        .select_from(EnrolmentRecord)
        .join(FigureCategoryRecord, FigureCategoryRecord.category_id == EnrolmentRecord.category_id)
        .where(
            EnrolmentRecord.resident_id == standing.c.resident_id,
            covers(EnrolmentRecord.start, EnrolmentRecord.end, standing.c.day),
        )
        .correlate(standing)
        .scalar_subquery()
    )
    return select(
        standing.c.resident_id,
        standing.c.number.label("month"),
        standing.c.grid_id,
        standing.c.status,
        standing.c.reason,
        standing.c.joined,
        carried.label("mask"),
    )


@lru_cache(maxsize=2)
def standings_of_some(one_month: bool) -> Select[Any]:
    """Return ``standing_rows`` of the residents bound as ``people``, in all months or the one bound as ``number``."""
    condition = FigureMonthRecord.month == bindparam("number") if one_month else None
    return standing_rows(months_kept(condition), lambda column: column.in_(bindparam("people", expanding=True)))


def people_changing(after: dt.date, until: dt.date) -> CompoundSelect[Any]:
    """Return the residents whose standing may differ between two reference days of one month.

    Only who has a boundary of an interval on a day after the first, up to the
    second, can stand differently; visits are another matter.
    """
    def passed(*columns: Any) -> ColumnElement[bool]:
        return or_(*((column > after) & (column <= until) for column in columns))

    intervals = (
        select(EnrolmentRecord.resident_id)
        .join(ResidencyRecord, ResidencyRecord.resident_id == EnrolmentRecord.resident_id)
        .join(ResidentRecord, ResidentRecord.id == EnrolmentRecord.resident_id)
        .where(
            passed(
                EnrolmentRecord.start,
                EnrolmentRecord.end,
                ResidencyRecord.start,
                ResidencyRecord.end,
                ResidentRecord.died,
            )
        )
    )
    away = select(AbsenceRecord.resident_id).where(AbsenceRecord.approved, passed(AbsenceRecord.end))
    return intervals.union(away)


def first_visit(session: Session) -> dt.date | None:
    """Return the day of the first visit known."""
    return session.scalar(select(func.min(VisitRecord.visited_on)))
