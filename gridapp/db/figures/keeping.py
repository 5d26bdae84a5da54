"""Keep people's standing current: after changed intervals, and as days go by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete

from gridapp import clock
from gridapp.db import locks, trips, turns
from gridapp.db.base import table_of
from gridapp.db.figures import dues, triggers
from gridapp.db.figures.counting import (
    add_communities,
    add_to_roll_ups,
    add_visits,
    every_month,
    forget_empty,
    place_people,
    recount_visits,
)
from gridapp.db.figures.rebuilding import add_up_communities_again, follow_rule, hold, month_row, rebuild, release
from gridapp.db.figures.truth import (
    STANDING,
    month_at,
    month_number,
    months_kept,
    people_changing,
    rule_kept,
    rule_now,
    standings_of_some,
)
from gridapp.db.queries.people import chunks
from gridapp.db.records import (
    EnrolmentRecord,
    FigureMonthRecord,
    FigureRuleRecord,
    FigureStaleRecord,
    PersonMonthRecord,
    ResidentRecord,
)
from gridapp.domain.period import Month
from gridapp.errors import ValidationError
from gridapp.i18n import _

FEW_PEOPLE = 500
MANY_SHARE = 4
"""When more than one in so many enrolled people is touched at once, counting everybody is faster."""
MOST_MONTHS_AHEAD = 24
"""A clock that jumps further than this makes the months begin anew."""

Standing = tuple[Any, ...]
Note = tuple[int, int | None]
"""What a trigger noted: a resident, or what ``triggers`` says is none, and the month of a visit."""


def settle(session: Session, today: dt.date) -> None:
    """Bring the figures up to date before a transaction ends.

    Args:
        session: Of a write; everything it changed has been flushed.
        today: The running month stands at this day, unless it stands at a later one.

    Raises:
        ValidationError: Someone would live in two places on one day.
    """
    day, notes = _noted_on_server(session) if locks.on_server(session) else _noted_in_file(session)
    if day is None:
        return  # not counted yet: opening the database does that
    if day < today:
        advance(session, today)
    if notes:
        _look_again(session, max(day, today), notes)


def _noted_on_server(session: Session) -> tuple[dt.date | None, set[Note]]:
    """Return the day the figures stand at and take what was noted, once nobody else brings figures up to date."""
    held, days, notes = trips.ask_at_once(
        session.connection(),
        locks.HOLD_STALE_FIGURES,
        "SELECT max(day) FROM figure_month",
        "DELETE FROM figure_stale RETURNING resident_id, month",
    )
    if notes and not held:  # noted past the program, between two of these statements
        locks.hold_figures(session)
    return days[0][0], {(number, month) for number, month in notes}


def _noted_in_file(session: Session) -> tuple[dt.date | None, set[Note]]:
    day, is_stale = session.connection().execute(_state()).one()
    found = session.connection().execute(_notes()) if is_stale else ()
    return day, {(number, month) for number, month in found}


@lru_cache(maxsize=1)
def _state() -> Select[Any, bool]:
    """Return the statement that every step of anybody ends with; put together once, it costs a fifth of the time."""
    return select(func.max(table_of(FigureMonthRecord).c.day), exists(select(table_of(FigureStaleRecord).c.id)))


@lru_cache(maxsize=1)
def _notes() -> ReturningDelete[Any]:
    table = table_of(FigureStaleRecord)
    return delete(table).returning(table.c.resident_id, table.c.month)


def _look_again(session: Session, day: dt.date, notes: set[Note]) -> None:
    visits = {(number, month) for number, month in notes if month}
    if visits and locks.on_server(session):
        recount_visits(session, sorted(visits))
    visited = {number for number, _month in visits}
    people = {number for number, month in notes if number > 0 and month is None}
    if len(visits) == len(notes):
        dues.after_visits(session, visited, day)
        return
    numbers = {number for number, _month in notes}
    if _are_many(session, people):
        rebuild(session, day)
        return
    if triggers.RULE_CHANGED in numbers:
        now, before = rule_now(session), rule_kept(session)
        if before is None or now.categories != before.categories:
            rebuild(session, day)
            return
        follow_rule(session, before, now)
    refresh(session, people)
    if triggers.PLACES_CHANGED in numbers:
        add_up_communities_again(session)
    if triggers.RULE_CHANGED in numbers:
        dues.rebuild(session)
        return
    changed = people | {number for number, month in notes if number > 0 and month == 0}
    dues.refresh(session, changed)
    dues.after_visits(session, visited - changed, day)


def _are_many(session: Session, people: set[int]) -> bool:
    if len(people) <= FEW_PEOPLE:
        return False
    enrolled = session.scalar(select(func.count(EnrolmentRecord.resident_id.distinct()))) or 0
    return len(people) * MANY_SHARE > enrolled


def refresh(session: Session, people: Iterable[int], month: int | None = None) -> None:
    """Write how some residents stand, in all months kept or in one; only differences are written.

    Raises:
        ValidationError: Someone would live in two places on one day.
    """
    for chunk in chunks(people):
        _write_differences(session, _standings_now(session, chunk, month), _standings_kept(session, chunk, month))
        forget_empty(session, chunk)


def _standings_now(session: Session, people: list[int], month: int | None) -> dict[tuple[int, int], Standing]:
    values: dict[str, Any] = {"people": people} if month is None else {"people": people, "number": month}
    found: dict[tuple[int, int], Standing] = {}
    for resident, number, *standing in session.execute(standings_of_some(month is not None), values):
        if (resident, number) in found:
            name = session.scalar(select(ResidentRecord.name).where(ResidentRecord.id == resident))
            raise ValidationError(
                _("{name} would live in two places in {month}. End the earlier residency first.").format(
                    name=name, month=month_at(number)
                ),
                "start",
            )
        found[resident, number] = tuple(standing)
    return found


def _standings_kept(session: Session, people: list[int], month: int | None) -> dict[tuple[int, int], Standing]:
    row = PersonMonthRecord
    statement = select(row.resident_id, row.month, *(getattr(row, name) for name in STANDING)).where(
        row.resident_id.in_(people), row.grid_id.is_not(None)
    )
    statement = statement.where(row.month.in_(every_month()) if month is None else row.month == month)
    return {(resident, number): tuple(standing) for resident, number, *standing in session.execute(statement)}


def _write_differences(
    session: Session, now: dict[tuple[int, int], Standing], kept: dict[tuple[int, int], Standing]
) -> None:
    table = table_of(PersonMonthRecord)
    placed = [
        {"resident_id": resident, "month": month, **dict(zip(STANDING, standing, strict=True))}
        for (resident, month), standing in sorted(now.items())
        if kept.get((resident, month)) != standing
    ]
    if placed:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        statement = make(table)
        taken = {name: statement.excluded[name] for name in STANDING}
        # By upsert: a visit logged this moment by somebody else may be making the same row.
        session.execute(statement.on_conflict_do_update(index_elements=["resident_id", "month"], set_=taken), placed)
    gone = [{"who": resident, "when": month} for resident, month in sorted(kept.keys() - now.keys())]
    if gone:
        emptied = (
            update(table)
            .where(table.c.resident_id == bindparam("who"), table.c.month == bindparam("when"))
            .values(grid_id=None, status=None, reason=None, joined=None, mask=0)
        )
        session.execute(emptied, gone)


def advance(session: Session, today: dt.date) -> None:
    """Let the running month stand at a later day, and begin the months that have begun meanwhile."""
    locks.hold_figures(session)
    number, day = session.execute(
        select(FigureMonthRecord.month, FigureMonthRecord.day).order_by(FigureMonthRecord.month.desc()).limit(1)
    ).one()
    if day >= today:
        return  # somebody else did it while this one waited
    running = month_at(number)
    ahead = month_number(Month.of(today)) - number
    if ahead > MOST_MONTHS_AHEAD:
        rebuild(session, today)
        return
    until = min(running.last, today)
    session.execute(update(FigureMonthRecord).where(FigureMonthRecord.month == number).values(day=until))
    add_visits(session, "v.visited_on > :day AND v.visited_on <= :until", day=day, until=until)
    changing = set(session.scalars(select(people_changing(day, until).subquery())))
    refresh(session, changing, number)
    if ahead:
        _begin_months(session, [running.plus(step) for step in range(1, ahead + 1)], today)
        dues.rebuild(session)
    else:
        dues.refresh(session, changing | dues.people_changing(session, day, until))


def _begin_months(session: Session, months: list[Month], today: dt.date) -> None:
    join_day = session.scalar(select(FigureRuleRecord.join_day))
    assert join_day is not None
    hold(session)
    rows = [month_row(month, today, join_day) for month in months]
    session.execute(insert(table_of(FigureMonthRecord)), rows)
    first = month_number(months[0])
    add_visits(session, "v.visited_on >= :day AND v.visited_on <= :until", day=months[0].first, until=today)
    place_people(session, months_kept(FigureMonthRecord.month >= first), None)
    add_to_roll_ups(session, "p.month >= :month", month=first)
    add_communities(session, first)
    release(session)


def ensure(session: Session, today: dt.date) -> None:
    """Make the figures right after a database was opened: triggers in place, everything counted, today reached.

    Where the triggers on a server are not this program's, and this user may not
    replace them, the figures are held: they are counted from the facts when
    asked for, until the owner opens the database.

    Raises:
        ValidationError: More than 62 categories count.
    """
    connection = session.connection()
    right = triggers.are_right(connection)
    if not right and not triggers.may_create(connection):
        hold(session)
        return
    if not right or rule_kept(session) is None:
        turn = turns.Turn("figures.rebuild", "", clock.now())
        locks.pass_the_door(session, True, turns.name_of(turn))  # putting triggers in place waits for all visits
        rebuild(session, today)
    settle(session, today)


def are_held(session: Session) -> bool:
    """Return whether somebody is filling the database in several steps, and brings everything up to date at the end.

    Figures held because triggers are missing are another matter: whoever may puts those right.
    """
    return bool(session.scalar(select(FigureRuleRecord.held))) and triggers.are_right(session.connection())


def are_current(session: Session, today: dt.date) -> bool:
    """Return whether ``ensure`` would change nothing."""
    day = session.scalar(select(func.max(FigureMonthRecord.day)))
    if day is None or day < today or rule_kept(session) is None:
        return False
    return triggers.are_right(session.connection()) and session.scalar(select(FigureStaleRecord.id).limit(1)) is None
