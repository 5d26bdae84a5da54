"""Compare the figures two databases keep of the same facts, row by row, without counting them again."""

from __future__ import annotations

from contextlib import closing
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Table, select

from gridapp.db import copying
from gridapp.db.base import table_of
from gridapp.db.figures.counting import TALLIES
from gridapp.db.figures.triggers import COUNTS
from gridapp.db.figures.truth import month_at, month_number
from gridapp.db.records import (
    CommunityCategoryMonthRecord,
    CommunityMonthRecord,
    FigureCategoryRecord,
    FigureMonthRecord,
    FigureRuleRecord,
    GridCategoryMonthRecord,
    GridMonthRecord,
    PersonDueRecord,
    PersonMonthRecord,
)
from gridapp.domain.period import Month

_PEOPLE = table_of(PersonMonthRecord)
_ROLL_UPS = tuple(
    map(table_of, (GridMonthRecord, CommunityMonthRecord, GridCategoryMonthRecord, CommunityCategoryMonthRecord))
)
# A row that has come to say nothing may stay; counted anew there is none.
_SAYS_SOMETHING = {_PEOPLE: " OR ".join(("grid_id IS NOT NULL", *(f"{name} <> 0" for name in TALLIES)))}
_SAYS_SOMETHING |= dict.fromkeys(_ROLL_UPS, " OR ".join(f"{name} <> 0" for name in COUNTS))


def months_of_both(ours: Connection, theirs: Connection) -> list[Month]:
    """Return the months both keep by the same rule and up to the same day, oldest first."""
    for record in (FigureRuleRecord, FigureCategoryRecord):
        statement = select(*table_of(record).columns).order_by(*table_of(record).primary_key.columns)
        if ours.execute(statement).all() != theirs.execute(statement).all():
            return []
    statement = select(*table_of(FigureMonthRecord).columns)
    kept = set(map(tuple, ours.execute(statement))) & set(map(tuple, theirs.execute(statement)))
    return sorted(month_at(number) for number, *_days in kept)


def compare_month(ours: Connection, theirs: Connection, month: Month) -> tuple[int, bool]:
    """Return how many rows one database keeps of a month, and whether the other keeps the same.

    Args:
        ours: One of them; nothing of it is changed.
        theirs: The other; its people, grids and categories have the same numbers.
        month: Kept by both.
    """
    rows = 0
    for table, something in _SAYS_SOMETHING.items():
        found, same = _compare(ours, theirs, table, f"month = {month_number(month)} AND ({something})")
        rows += found
        if not same:
            return rows, False
    return rows, True


def compare_dues(ours: Connection, theirs: Connection) -> tuple[int, bool]:
    """Return how many people one database keeps on its due list, and whether the other keeps the same."""
    return _compare(ours, theirs, table_of(PersonDueRecord), "")


def _compare(ours: Connection, theirs: Connection, table: Table, only: str) -> tuple[int, bool]:
    rows, nothing = 0, list[tuple[Any, ...]]()
    with (
        closing(copying.read_rows(ours, table, only=only)) as one,
        closing(copying.read_rows(theirs, table, only=only)) as other,
    ):
        for mine, yours in zip_longest(one, other, fillvalue=nothing):
            if mine != yours:
                return rows, False
            rows += len(mine)
    return rows, True
