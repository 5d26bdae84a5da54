"""Answers from the figures that are kept, for months that stand at the reference day asked for.

Every statement here has a slow one beside it, in ``rates`` and ``roster``,
that answers the same from the facts; tests and ``gridapp figures verify`` hold
them against each other.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import Session

from gridapp.db.figures.truth import DEFINITION, mode_bits
from gridapp.db.queries.plain_rows import column_text, numbers_in, plain_rows
from gridapp.db.queries.references import matches
from gridapp.db.queries.remembered import remembered
from gridapp.db.queries.roster import RosterDay, RosterRule, days_table, responsible
from gridapp.db.queries.values import EVERYWHERE, By, Scope
from gridapp.db.records import (
    AssignmentRecord,
    CategoryRecord,
    CommunityCategoryMonthRecord,
    CommunityMonthRecord,
    CommunityRecord,
    FigureCategoryRecord,
    FigureMonthRecord,
    FigureRuleRecord,
    FigureStaleRecord,
    GridCategoryMonthRecord,
    GridMonthRecord,
    GridRecord,
    PersonMonthRecord,
    WorkerRecord,
)
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES
from gridapp.domain.indicator import VisitRate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS = 20
_MOST = (1 << _BITS) - 1
"""What one place or worker can hold of one count in a month, so that three fit one number."""

Cell = tuple[int, int, VisitRate]
Grids = Callable[[Any], ColumnElement[bool]]
"""A condition on a column of grids' numbers."""
Months = dict[int, "list[NDArray[np.int64]]"]
"""Columns by number of the month."""
COUNTS = ("visited", "roster", *MODES, "attempts", "newcomers", *(f"excluded_{reason}" for reason in ABSENCE_REASONS))
"""Columns of the roll-ups in the order of a VisitRate's counts."""


def number_of(day: RosterDay) -> int:
    """Return the number under which a month is kept."""
    return day.first.year * 12 + day.first.month - 1


def days_kept(session: Session, days: Sequence[RosterDay], rule: RosterRule) -> list[RosterDay]:
    """Return those of the months asked for that are kept at their reference day by the rule.

    Quarters are never kept, nor is any rule but the monthly one.
    """
    if rule.categories is not None or not days:
        return []
    numbers = [number_of(day) for day in days]
    asked = {"join_day": rule.join_day, "modes": mode_bits(rule.modes), "first": min(numbers), "last": max(numbers)}
    kept = {tuple(row) for row in session.connection().execute(_standing_months(), asked)}
    return [day for day in days if (day.first, day.day, day.cutoff) in kept]


@cache
def _standing_months() -> Select[dt.date, dt.date, dt.date]:
    """Return what asks for the months that are kept; put together once, for every read begins with it."""
    month, row = FigureMonthRecord, FigureRuleRecord
    return (
        select(month.first, month.day, month.cutoff)
        .join(row, (row.join_day == bindparam("join_day")) & (row.modes == bindparam("modes")))
        .where(_is_current(), month.month.between(bindparam("first"), bindparam("last")))
    )


def _is_current() -> ColumnElement[bool]:
    """Return the condition on the rule's row that what is kept can be trusted."""
    row = FigureRuleRecord
    # Written past the program and not yet looked at: the facts know better.
    return row.held.is_(False) & (row.definition == DEFINITION) & ~select(FigureStaleRecord.id).exists()


def visits_of_month(session: Session, first: dt.date, last: dt.date) -> tuple[int, int, dt.date] | None:
    """Return how many visits met somebody and how many nobody, anybody's, summed from people's months.

    Args:
        session: Where to read.
        first: First day of a month.
        last: A later day of it.

    Returns:
        Both counts, those taken back left out, and the day up to which they are kept, not after ``last``; None where
        no such days are kept.
    """
    month, row = FigureMonthRecord, PersonMonthRecord
    standing = select(month.month, month.day).join(FigureRuleRecord, _is_current())
    found = session.execute(standing.where(month.first == first, month.day <= last)).one_or_none()
    if found is None:
        return None
    met = sum((getattr(row, mode) for mode in MODES[1:]), getattr(row, MODES[0]))
    counted = select(func.coalesce(func.sum(met), 0), func.coalesce(func.sum(row.attempts), 0))
    counts = session.execute(counted.where(row.month == found.month)).one()
    return int(counts[0]), int(counts[1]), found.day


def cells(session: Session, days: Sequence[RosterDay], by: By, rule: RosterRule, scope: Scope) -> list[Cell]:
    """Return figures from the roll-ups.

    Args:
        session: Where to read.
        days: Months that are kept.
        by: What a cell stands for.
        rule: By which the months are kept.
        scope: Which grids.

    Returns:
        Month number, local number of the grid, category, worker or community
        (0 for the total and where nobody is responsible), and the figure;
        cells without anybody are left out.
    """
    table = _table(by, scope)
    grids = grids_of(session, scope) if hasattr(table, "grid_id") else None
    statement = select(table.month).where(table.month.in_([number_of(day) for day in days]))
    if scope.worker is not None:
        period = days_table([dataclasses.replace(day, number=number_of(day)) for day in days])
        keeper = responsible(period, grids)
        statement = statement.join(keeper, (keeper.c.grid_id == table.grid_id) & (keeper.c.number == table.month))
        statement = statement.where(keeper.c.worker_id == _worker(scope.worker))
    if grids is not None:
        statement = statement.where(grids(table.grid_id))
    elif scope.community is not None:
        statement = statement.where(table.community_id == _community(scope.community))
    someone = table.roster + table.newcomers + sum(getattr(table, f"excluded_{reason}") for reason in ABSENCE_REASONS)
    counts = [literal(0) if name in MODES and name not in rule.modes else getattr(table, name) for name in COUNTS]
    if (table, by) in ((GridMonthRecord, "grid"), (CommunityMonthRecord, "community"), (GridMonthRecord, "worker")):
        key = table.community_id if by == "community" else table.grid_id
        found = _many(session, statement.where(someone > 0).group_by(table.month), table.month, [key, *_packed(counts)])
        return _counted(_of_workers(session, found, days, grids) if by == "worker" else found)
    nobody: ColumnElement[int] = literal_column("0")
    key = getattr(table, f"{by}_id", None)
    if by == "community" and key is None:
        statement, key = statement.join(GridRecord, GridRecord.id == table.grid_id), GridRecord.community_id
    groups = [table.month] if key is None else [table.month, key]
    grouped = statement.group_by(*groups).having(func.sum(someone) > 0)
    sums = [cast(func.sum(count), BigInteger) for count in counts]
    rows = plain_rows(session, grouped.add_columns(nobody if key is None else key, *sums))
    return [(number, place, VisitRate(*map(int, counted))) for number, place, *counted in rows]


def _many(session: Session, statement: Select[int], month: Any, columns: Sequence[Any]) -> Months:
    """Fetch columns of numbers of a city's places: each month as a few long texts."""
    rows = plain_rows(session, statement.add_columns(*map(column_text, columns)))
    return {number: [numbers_in(text) for text in texts] for number, *texts in rows}


def _of_workers(session: Session, months: Months, days: Sequence[RosterDay], grids: Grids | None) -> Months:
    """Add up the grids of each responsible worker, 0 where there is none: SQL would take twice as long."""
    import numpy as np  # heavy: imported when first used

    found = {}
    for day in days:
        if number_of(day) not in months:
            continue
        places, *threes = months[number_of(day)]
        asked = partial(_responsible, day=day, grids=grids)
        worker_of = remembered(session, f"responsible on {day.day}", asked) if grids is None else asked(session)
        order = np.argsort(worker_of[places])
        keys, first = np.unique(worker_of[places][order], return_index=True)
        found[number_of(day)] = [keys, *(np.add.reduceat(three[order], first) for three in threes)]
    return found


def _responsible(session: Session, day: RosterDay, grids: Grids | None) -> NDArray[np.int32]:
    """Return the local number of each grid's responsible worker, by the grid's; 0 where there is none."""
    import numpy as np  # heavy: imported when first used

    keeper = responsible(days_table([day]), grids)
    highest = select(func.max(GridRecord.id)).scalar_subquery()
    [(held, workers, last)] = plain_rows(
        session, select(column_text(keeper.c.grid_id), column_text(keeper.c.worker_id), highest)
    )
    worker_of = np.zeros(last + 1, np.int32)
    worker_of[numbers_in(held)] = numbers_in(workers)
    return worker_of


def _counted(months: Months) -> list[Cell]:
    """Return the cells of keys and packed counts."""
    cells: list[Cell] = []
    for number, (keys, *threes) in months.items():
        counts = [three >> shift & _MOST for three in threes for shift in (2 * _BITS, _BITS, 0)]
        rates = map(VisitRate._make, zip(*(count.tolist() for count in counts), strict=True))
        cells += zip(itertools.repeat(number), keys.tolist(), rates)
    return cells


def _packed(counts: Sequence[Any]) -> list[ColumnElement[int]]:
    """Put three counts each into one number."""
    high, middle = literal(1 << 2 * _BITS, BigInteger), literal(1 << _BITS, BigInteger)
    return [a * high + b * middle + c for a, b, c in zip(*(iter(counts),) * 3, strict=True)]


def _table(by: By, scope: Scope) -> Any:
    by_grid = scope.grid is not None or scope.worker is not None or by in ("grid", "worker")
    if by == "category":
        return GridCategoryMonthRecord if by_grid else CommunityCategoryMonthRecord
    return GridMonthRecord if by_grid else CommunityMonthRecord


def _worker(text: str) -> ScalarSelect[int]:
    return select(WorkerRecord.id).where(matches(WorkerRecord, text)).scalar_subquery()


def _community(code: str) -> ScalarSelect[int]:
    return select(CommunityRecord.id).where(CommunityRecord.code == code).scalar_subquery()


def grids_of(session: Session, scope: Scope) -> Grids | None:
    """Return the condition on grids that can matter inside a scope; None when all can.

    A worker's grids are those with any assignment of theirs; who is
    responsible there is decided among all who serve them.
    """
    statement = select(GridRecord.id)
    if scope.grid is not None:
        statement = statement.where(GridRecord.code == scope.grid)
    if scope.community is not None:
        statement = statement.where(GridRecord.community_id == _community(scope.community))
    if scope.worker is not None:
        served = select(AssignmentRecord.grid_id).where(AssignmentRecord.worker_id == _worker(scope.worker))
        statement = statement.where(GridRecord.id.in_(served))
    if scope == EVERYWHERE:
        return None
    numbers = session.scalars(statement).all()
    return lambda column: column.in_(numbers)


def grids_within(session: Session, scope: Scope, day: RosterDay) -> list[int] | None:
    """Return the local numbers of the grids inside a scope on a reference day; None for all grids.

    A worker's are those the worker is responsible for on that day.
    """
    if scope == EVERYWHERE:
        return None
    grids = grids_of(session, scope)
    statement = select(GridRecord.id).where(grids(GridRecord.id) if grids else true())
    if scope.worker is not None:
        keeper = responsible(days_table([day]), grids)
        statement = select(keeper.c.grid_id).where(keeper.c.worker_id == _worker(scope.worker))
    return list(session.scalars(statement))


def people(
    session: Session,
    day: RosterDay,
    scope: Scope,
    category: str | None = None,
    grids_only: Sequence[int] | None = None,
) -> Iterable[Any]:
    """Return people on or beside the roster of a month that is kept; a city's are too many to hold all at once.

    Rows of resident_id, joined, status, reason, one count per mode of visiting
    (met, whether the mode counts or not), attempts, and worker_id, ref, uid
    and name of the responsible worker.

    Args:
        session: Where to read.
        day: A month that is kept.
        scope: Which grids.
        category: Only people who carry this counting category on the reference day.
        grids_only: Only people of these grids, by local number, whatever the scope.
    """
    row, worker = PersonMonthRecord, WorkerRecord
    grids = grids_of(session, scope) if grids_only is None else (lambda column: column.in_(grids_only))
    keeper = responsible(days_table([day]), grids)
    statement = (
        select(
            row.resident_id,
            row.joined,
            row.status,
            row.reason,
            *(getattr(row, name) for name in (*MODES, "attempts")),
            worker.ref,
            worker.uid,
            worker.name,
        )
        .outerjoin(keeper, keeper.c.grid_id == row.grid_id)
        .outerjoin(worker, worker.id == keeper.c.worker_id)
        .where(row.month == number_of(day), row.grid_id.is_not(None) if grids is None else grids(row.grid_id))
    )
    if scope.worker is not None and grids_only is None:
        statement = statement.where(keeper.c.worker_id == _worker(scope.worker))
    if category is not None:
        kept = FigureCategoryRecord
        mask = select(kept.mask).join(CategoryRecord, CategoryRecord.id == kept.category_id)
        mask = mask.where(CategoryRecord.code == category)
        statement = statement.where(row.mask.bitwise_and(mask.scalar_subquery()) != 0)
    return session.connection().execute(statement)
