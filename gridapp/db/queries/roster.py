"""The roster R(m) as one SQL statement: the source of every figure and list.

Source: indicators.md sections 1, 2 and 4.

For each period the statement yields one row per person who on the reference
day carries a counting category and is resident and alive, with the grid of
that day, how the person stands (counted, new, excluded) and what visits the
period holds. Rates count these rows; lists show them; nothing else decides.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    Select,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from gridapp.db.base import OPEN_END, covers, earlier, later
from gridapp.db.queries.scope import within
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.records import (
    AbsenceRecord,
    AssignmentRecord,
    CategoryRecord,
    EnrolmentRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.records.visits import MODES
from gridapp.domain.period import Period, reference_day
from gridapp.settings import Settings

People = Callable[[Any], ColumnElement[bool]]
"""A condition on a column of residents' numbers, for asking about some of them."""

COUNTED, NEW, EXCLUDED = 0, 1, 2
FIELD_BITS = 12
FIELD = (1 << FIELD_BITS) - 1
"""Largest count of a field of a tally: nobody is visited 4,096 times in a quarter."""


@dataclass(frozen=True)
class RosterRule:
    """Which categories put a person on the roster, and which visits count.

    Attributes:
        categories: Category codes; None takes those marked as counting.
        modes: Modes of visiting that count.
        join_day: Last day of the month on which a joiner still counts.
    """

    categories: tuple[str, ...] | None
    modes: tuple[str, ...]
    join_day: int

    @classmethod
    def monthly(cls, settings: Settings) -> RosterRule:
        """Return the rule of the monthly visit rate."""
        return cls(None, settings.valid_modes, settings.join_day)

    @classmethod
    def of_children(cls, category: str, settings: Settings) -> RosterRule:
        """Return the rule of one quarterly roster of children."""
        return cls((category,), settings.child_modes, settings.join_day)


@dataclass(frozen=True)
class RosterDay:
    """A period with its reference day.

    Attributes:
        number: Its place in the question asked.
        first: First day of the period.
        day: The reference day d(m).
        cutoff: Last day on which a joiner still counts.
    """

    number: int
    first: dt.date
    day: dt.date
    cutoff: dt.date


def roster_days(periods: Sequence[Period], as_of: dt.date, rule: RosterRule) -> list[RosterDay]:
    """Return the reference days of the periods that have begun on the as-of day."""
    days = []
    for number, period in enumerate(periods):
        day = reference_day(period, as_of)
        if day is not None:
            cutoff = period.joined_by_month.first.replace(day=rule.join_day)
            days.append(RosterDay(number, period.first, day, cutoff))
    return days


def counting(rule: RosterRule) -> ColumnElement[bool]:
    """Return the condition that a category puts its people on the roster."""
    if rule.categories is None:
        return CategoryRecord.counts.is_(True)
    return CategoryRecord.code.in_(rule.categories)


def days_table(days: Sequence[RosterDay]) -> CTE:
    """Return the periods as a table: number, first, day, cutoff."""
    rows = [
        select(
            cast(literal(item.number), Integer).label("number"),
            _date(item.first).label("first"),
            _date(item.day).label("day"),
            _date(item.cutoff).label("cutoff"),
        )
        for item in days
    ]
    return (rows[0] if len(rows) == 1 else union_all(*rows)).cte("period")


def _date(day: dt.date) -> ColumnElement[dt.date]:
    # SQLite's CAST AS DATE would make a number of the text; the bound type is enough there.
    return literal(day, Date)


def stays(rule: RosterRule, people: People | None = None) -> CTE:
    """Return every unbroken stay on the roster: resident_id, start, end (excluded).

    A stay is a union of days on which a counting category is open and the
    person is resident and alive; pieces that touch or overlap are one stay.
    An open end is the year 9999.

    Args:
        rule: Whose roster.
        people: Whom to look at; None looks at everyone.
    """
    enrolment, residency, resident = EnrolmentRecord, ResidencyRecord, ResidentRecord
    start = later(enrolment.start, residency.start)
    end = earlier(
        func.coalesce(enrolment.end, OPEN_END),
        func.coalesce(residency.end, OPEN_END),
        func.coalesce(resident.died, OPEN_END),
    )
    piece = (
        select(enrolment.resident_id, start.label("start"), end.label("end"))
        .join(CategoryRecord, CategoryRecord.id == enrolment.category_id)
        .join(residency, residency.resident_id == enrolment.resident_id)
        .join(resident, resident.id == enrolment.resident_id)
        .where(counting(rule), _among(people, enrolment.resident_id))
        .cte("piece")
    )
    reached = func.max(piece.c.end).over(
        partition_by=piece.c.resident_id, order_by=(piece.c.start, piece.c.end), rows=(None, -1)
    )
    marked = (
        select(piece, case((piece.c.start <= reached, 0), else_=1).label("fresh"))
        .where(piece.c.start < piece.c.end)
        .cte("marked_piece")
    )
    island = func.sum(marked.c.fresh).over(
        partition_by=marked.c.resident_id, order_by=(marked.c.start, marked.c.end), rows=(None, 0)
    )
    numbered = select(marked.c.resident_id, marked.c.start, marked.c.end, island.label("island")).cte("numbered_piece")
    return (
        select(
            numbered.c.resident_id,
            func.min(numbered.c.start, type_=Date).label("start"),
            func.max(numbered.c.end, type_=Date).label("end"),
        )
        .group_by(numbered.c.resident_id, numbered.c.island)
        .cte("stay")
    )


def _among(people: People | None, column: Any) -> ColumnElement[bool]:
    return true() if people is None else people(column)


def responsible(period: CTE, grids: Callable[[Any], ColumnElement[bool]] | None = None) -> CTE:
    """Return the responsible worker of each grid on each reference day.

    The grid's manager comes first, then full-time, professional and part-time
    workers, then whoever began earlier (own convention).

    Args:
        period: The reference days, as from ``days_table``.
        grids: A condition on a column of grids' numbers; None looks at all.
    """
    assignment, worker = AssignmentRecord, WorkerRecord
    place = func.row_number().over(
        partition_by=(period.c.number, assignment.grid_id),
        order_by=(
            case((assignment.duty == "manager", 0), else_=1),
            assignment.role,
            assignment.start,
            func.coalesce(worker.ref, ""),
            worker.uid,
        ),
    )
    ranked = (
        select(period.c.number, assignment.grid_id, assignment.worker_id, place.label("place"))
        .select_from(assignment)
        .join(worker, worker.id == assignment.worker_id)
        .join(period, covers(assignment.start, assignment.end, period.c.day))
        .where(_among(grids, assignment.grid_id))
        .cte("ranked_assignment")
    )
    return (
        select(ranked.c.number, ranked.c.grid_id, ranked.c.worker_id)
        .where(ranked.c.place == 1)
        .cte("responsible_worker")
    )


def standing_of(period: CTE, rule: RosterRule, scope: Scope = EVERYWHERE) -> CTE:
    """Return how people stand in several periods: one row per person and period, computed once.

    Columns: number (of the period), day, resident_id, grid_id, joined (first
    day of the stay), status (COUNTED, NEW or EXCLUDED), reason (of an
    exclusion), tally (see ``valid_visits``, ``visited`` and ``attempts``).

    Args:
        period: From ``days_table``.
        rule: Whose roster, and which visits count.
        scope: Only its grid and community are looked at.
    """
    present = _present(period, rule, scope, None)
    tally = func.coalesce(_tally(present, rule), 0).label("tally")
    return _once(_standings(present).add_columns(tally).cte("standing"))


def standings(period: CTE, rule: RosterRule, people: People | None = None) -> Select[Any]:
    """Return how people stand, without their visits: the columns of ``standing_of`` but the tally.

    Args:
        period: As from ``days_table``.
        rule: Whose roster.
        people: Whom to look at; None looks at everyone.
    """
    return _standings(_present(period, rule, EVERYWHERE, people))


def _standings(present: CTE) -> Select[Any]:
    status = case((present.c.reason.is_not(None), EXCLUDED), (present.c.joined > present.c.cutoff, NEW), else_=COUNTED)
    return select(
        present.c.number,
        present.c.day,
        present.c.resident_id,
        present.c.grid_id,
        present.c.joined,
        status.label("status"),
        present.c.reason,
    )


def roster_of(days: Sequence[RosterDay], rule: RosterRule, scope: Scope = EVERYWHERE) -> CTE:
    """Return the roster of several periods, inside the scope.

    Columns: those of ``standing_of`` without the tally, and community_id,
    worker_id (responsible, may be NULL), visited and one column per mode of
    visiting (true or false), attempts [visits].
    """
    period = days_table(days)
    standing, keeper = standing_of(period, rule, scope), responsible(period)
    flags = [valid_visits(standing.c.tally, mode).label(mode) for mode in MODES]
    columns = [column for column in standing.c if column.name != "tally"]
    return (
        select(
            *columns,
            GridRecord.community_id,
            visited(standing.c.tally).label("visited"),
            *flags,
            attempts(standing.c.tally).label("attempts"),
            keeper.c.worker_id,
        )
        .select_from(standing)
        .join(GridRecord, GridRecord.id == standing.c.grid_id)
        .outerjoin(keeper, (keeper.c.number == standing.c.number) & (keeper.c.grid_id == standing.c.grid_id))
        .where(within(scope, standing.c.grid_id, GridRecord.community_id, keeper.c.worker_id))
        .cte("roster")
    )


def valid_visits(tally: ColumnElement[int], mode: str) -> ColumnElement[bool]:
    """Return whether a tally holds a valid visit of a mode."""
    return tally.bitwise_and(FIELD << FIELD_BITS * MODES.index(mode)) > 0


def visited(tally: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether a tally holds a valid visit of any mode."""
    return tally.bitwise_and((1 << FIELD_BITS * len(MODES)) - 1) > 0


def attempts(tally: ColumnElement[int]) -> ColumnElement[int]:
    """Return how many visits of a tally met nobody. [visits]"""
    # PostgreSQL shifts by a plain integer only.
    return tally.bitwise_rshift(literal(FIELD_BITS * len(MODES), Integer))


def _once(table: CTE) -> CTE:
    # SQLite would otherwise put the text of a costly column wherever the column is used, and compute it there again.
    return table.prefix_with("MATERIALIZED")


def _tally(present: CTE, rule: RosterRule) -> ScalarSelect[int]:
    """Count a person's visits of a period in one number.

    A field of 12 bits for the valid visits of each mode, in the order of
    MODES, and above them the attempts: one look into the index of visits
    answers every question about the person's month.
    """
    visit = VisitRecord
    modes = [(visit.mode == mode, _one_in(MODES.index(mode))) for mode in rule.modes]
    weight = case((visit.outcome != "met", _one_in(len(MODES))), *modes, else_=literal(0, BigInteger))
    return (
        select(cast(func.sum(weight), BigInteger))
        .where(
            visit.resident_id == present.c.resident_id,
            visit.visited_on.between(present.c.first, present.c.day),
            visit.voided_at.is_(None),
        )
        .correlate(present)
        .scalar_subquery()
    )


def _one_in(field: int) -> ColumnElement[int]:
    return literal(1 << FIELD_BITS * field, BigInteger)


def _present(period: CTE, rule: RosterRule, scope: Scope, people: People | None) -> CTE:
    """Return who is on or beside the roster on each reference day, where, since when, and why excluded."""
    stay, residency, absent = stays(rule, people), ResidencyRecord, _absent(period, people)
    lived = (residency.resident_id == stay.c.resident_id) & covers(residency.start, residency.end, period.c.day)
    place = dataclasses.replace(scope, worker=None)
    statement = (
        select(
            period.c.number,
            period.c.first,
            period.c.day,
            period.c.cutoff,
            stay.c.resident_id,
            residency.grid_id,
            stay.c.start.label("joined"),
            absent.c.reason,
        )
        .select_from(stay)
        .join(period, (stay.c.start <= period.c.day) & (stay.c.end > period.c.day))
        .join(residency, lived)
        .outerjoin(absent, (absent.c.number == period.c.number) & (absent.c.resident_id == stay.c.resident_id))
    )
    if place != EVERYWHERE:
        statement = statement.join(GridRecord, GridRecord.id == residency.grid_id)
        statement = statement.where(within(place, residency.grid_id, GridRecord.community_id, null()))
    return statement.cte("present")


def _absent(period: CTE, people: People | None) -> CTE:
    """Return whom an approved absence covers for a whole period up to its reference day, and why."""
    absence = AbsenceRecord
    covering = (absence.start <= period.c.first) & (absence.end.is_(None) | (absence.end > period.c.day))
    return (
        select(period.c.number, absence.resident_id, func.min(absence.reason).label("reason"))
        .select_from(absence)
        .join(period, covering)
        .where(absence.approved, _among(people, absence.resident_id))
        .group_by(period.c.number, absence.resident_id)
        .cte("absent")
    )
