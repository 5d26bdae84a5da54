"""The roster R(m) as one SQL statement: the source of every figure and list.

Source: indicators.md sections 1, 2 and 4.

For each period the statement yields one row per person who on the reference
day carries a counting category and is resident and alive, with the grid of
that day, how the person stands (counted, new, excluded) and what visits the
period holds. Rates count these rows; lists show them; nothing else decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from gridapp.db.base import OPEN_END, covers, earlier, later
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

COUNTED, NEW, EXCLUDED = 0, 1, 2


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


def stays(rule: RosterRule) -> CTE:
    """Return every unbroken stay on the roster: resident_id, start, end (excluded).

    A stay is a union of days on which a counting category is open and the
    person is resident and alive; pieces that touch or overlap are one stay.
    An open end is the year 9999.
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
        .where(counting(rule))
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


def visits_in(period: CTE, rule: RosterRule) -> CTE:
    """Return what visits each period holds, per person: flags per mode of valid visits, and attempts.

    Columns: number, resident_id, visited (0 or 1), one 0/1 column per mode of
    visiting, attempts [visits].
    """
    visit = VisitRecord
    valid = and_(visit.outcome == "met", visit.mode.in_(rule.modes))
    flags = [func.max(case((and_(valid, visit.mode == mode), 1), else_=0)).label(mode) for mode in MODES]
    return (
        select(
            period.c.number,
            visit.resident_id,
            func.max(case((valid, 1), else_=0)).label("visited"),
            *flags,
            func.sum(case((visit.outcome != "met", 1), else_=0)).label("attempts"),
        )
        .join(period, visit.visited_on.between(period.c.first, period.c.day))
        .where(visit.voided_at.is_(None))
        .group_by(period.c.number, visit.resident_id)
        .cte("period_visit")
    )


def responsible(period: CTE) -> CTE:
    """Return the responsible worker of each grid on each reference day.

    The grid's manager comes first, then full-time, professional and part-time
    workers, then whoever began earlier (own convention).
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
        .cte("ranked_assignment")
    )
    return (
        select(ranked.c.number, ranked.c.grid_id, ranked.c.worker_id)
        .where(ranked.c.place == 1)
        .cte("responsible_worker")
    )


def roster_of(days: Sequence[RosterDay], rule: RosterRule) -> CTE:
    """Return the roster of several periods.

    Columns: number (of the period), day, resident_id, grid_id, community_id,
    joined (first day of the stay), status (COUNTED, NEW or EXCLUDED), reason
    (of an exclusion), visited, one 0/1 column per mode, attempts, worker_id
    (responsible, may be NULL).
    """
    period = days_table(days)
    standing = _present(period, stays(rule))
    visited, keeper = visits_in(period, rule), responsible(period)
    status = case(
        (standing.c.reason.is_not(None), EXCLUDED), (standing.c.joined > standing.c.cutoff, NEW), else_=COUNTED
    )
    flags = [func.coalesce(visited.c[name], 0).label(name) for name in ("visited", *MODES, "attempts")]
    return (
        select(
            standing.c.number,
            standing.c.day,
            standing.c.resident_id,
            standing.c.grid_id,
            GridRecord.community_id,
            standing.c.joined,
            status.label("status"),
            standing.c.reason,
            *flags,
            keeper.c.worker_id,
        )
        .select_from(standing)
        .join(GridRecord, GridRecord.id == standing.c.grid_id)
        .outerjoin(visited, (visited.c.number == standing.c.number) & (visited.c.resident_id == standing.c.resident_id))
        .outerjoin(keeper, (keeper.c.number == standing.c.number) & (keeper.c.grid_id == standing.c.grid_id))
        .cte("roster")
    )


def _present(period: CTE, stay: CTE) -> CTE:
    """Return who is on or beside the roster on each reference day, where, since when, and why excluded."""
    residency, absence = ResidencyRecord, AbsenceRecord
    reason = (
        select(func.min(absence.reason))
        .where(
            absence.resident_id == stay.c.resident_id,
            absence.approved,
            absence.start <= period.c.first,
            (absence.end.is_(None)) | (absence.end > period.c.day),
        )
        .correlate(stay, period)
        .scalar_subquery()
    )
    lived = (residency.resident_id == stay.c.resident_id) & covers(residency.start, residency.end, period.c.day)
    return (
        select(
            period.c.number,
            period.c.day,
            period.c.cutoff,
            stay.c.resident_id,
            residency.grid_id,
            stay.c.start.label("joined"),
            reason.label("reason"),
        )
        .select_from(stay)
        .join(period, (stay.c.start <= period.c.day) & (stay.c.end > period.c.day))
        .join(residency, lived)
        .cte("present")
    )
