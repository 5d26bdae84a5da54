"""Count all figures from the facts again, in one transaction and bounded memory."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from gridapp.db import bulk, locks
from gridapp.db.base import table_of
from gridapp.db.figures import dues, triggers
from gridapp.db.figures.counting import (
    add_communities,
    add_to_roll_ups,
    add_visits,
    count_other_modes,
    place_and_count,
    place_people,
)
from gridapp.db.figures.truth import (
    DEFINITION,
    MOST_CATEGORIES,
    RULE_ROW,
    FigureRule,
    first_visit,
    month_number,
    months_kept,
    rule_now,
)
from gridapp.db.queries.roster import COUNTED, NEW
from gridapp.db.records import (
    CommunityCategoryMonthRecord,
    CommunityMonthRecord,
    FigureCategoryRecord,
    FigureMonthRecord,
    FigureRuleRecord,
    FigureStaleRecord,
    GridCategoryMonthRecord,
    GridMonthRecord,
    PersonDueRecord,
    PersonMonthRecord,
    ResidentRecord,
)
from gridapp.domain.period import Month, months_back
from gridapp.errors import ReadOnlyDatabaseError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

MONTHS_BACK = 24
"""Months before the running one that are kept at least."""
MOST_MONTHS = 120
"""Months that are kept at most; earlier ones are counted when somebody asks."""
PEOPLE_AT_ONCE = 50_000

_ROLL_UPS = (GridMonthRecord, CommunityMonthRecord, GridCategoryMonthRecord, CommunityCategoryMonthRecord)


def hold(session: Session) -> None:
    """Let the triggers stand still until ``rebuild``, which must follow in the same transaction."""
    session.execute(update(FigureRuleRecord).values(held=True))


def release(session: Session) -> None:
    """Let the triggers work again."""
    session.execute(update(FigureRuleRecord).values(held=False))


def rebuild(session: Session, today: dt.date, progress: Progress = NullProgress()) -> None:
    """Count everything from the facts; the caller's transaction makes it all or nothing.

    Months are kept from that of the first visit, at least 24 and at most 120
    before the running one.

    Args:
        session: Of a write.
        today: Reference day of the running month.
        progress: Told per 50,000 residents.

    Raises:
        OperationCancelled: The user asked to stop; the caller rolls back.
        ReadOnlyDatabaseError: The triggers on the server are missing, and this user may not make them.
    """
    session.flush()
    connection = session.connection()
    locks.hold_figures(session)
    if not triggers.are_right(connection) and not triggers.may_create(connection):
        raise ReadOnlyDatabaseError(
            _("The figures on the server must be set up first. Let the owner of the database open it once.")
        )
    hold(session)
    triggers.drop(connection)
    for record in (FigureStaleRecord, FigureCategoryRecord, FigureMonthRecord, PersonMonthRecord, PersonDueRecord,
                   *_ROLL_UPS):  # fmt: skip
        session.execute(delete(table_of(record)))
    write_rule(session, rule_now(session))
    _write_months(session, today)
    least, most = session.execute(select(func.min(ResidentRecord.id), func.max(ResidentRecord.id))).one()
    if least is not None:
        indexes = [] if bulk.is_server(connection) else bulk.take_down(connection, [PersonMonthRecord])
        for first in range(least, most + 1, PEOPLE_AT_ONCE):
            progress.advance(first - least, most + 1 - least, _("Counting figures"))
            _count_people(session, first, min(most, first + PEOPLE_AT_ONCE - 1))
        bulk.put_back(connection, indexes)
        _add_up(session)
        dues.rebuild(session)
        progress.advance(1, 1, _("Counting figures"))
    if not triggers.are_right(connection):
        triggers.create(connection)
    release(session)


def _count_people(session: Session, first: int, last: int) -> None:
    if locks.on_server(session):
        place_and_count(session, first, last)
        return
    # In this order a row gets its grid, and its place in the index of grids, at once.
    place_people(session, months_kept(), lambda column: column.between(first, last))
    add_visits(session, "v.resident_id BETWEEN :first AND :last", first=first, last=last)


def _add_up(session: Session) -> None:
    """Fill the roll-ups, month by month: a month's people lie together, and so do its cells."""
    for month in session.scalars(select(FigureMonthRecord.month).order_by(FigureMonthRecord.month)).all():
        add_to_roll_ups(session, "p.month = :month", month=month)
    add_communities(session, 0)


def follow_rule(session: Session, before: FigureRule, now: FigureRule) -> None:
    """Let the figures follow other modes and another joining day, by what differs; categories stayed.

    Args:
        session: Of a write that holds the figures.
        before: The rule they are kept by.
        now: The next one.
    """
    if now.modes != before.modes:
        count_other_modes(session, before.modes, now.modes)
    session.execute(update(FigureRuleRecord).values(modes=now.modes, join_day=now.join_day))
    if now.join_day == before.join_day:
        return
    row, month = table_of(PersonMonthRecord).c, FigureMonthRecord
    for number, first in session.execute(select(month.month, month.first)).all():
        cutoff = first.replace(day=now.join_day)
        session.execute(update(month).where(month.month == number).values(cutoff=cutoff))
        # Only who joined in the month itself can have joined too late in it; triggers add up what changes.
        joined = (row.month == number, row.joined >= first)
        for status, other, late in ((NEW, COUNTED, row.joined <= cutoff), (COUNTED, NEW, row.joined > cutoff)):
            changed = update(row.month.table).where(*joined, row.status == status, late)
            session.execute(changed.values(status=other))


def add_up_communities_again(session: Session) -> None:
    """Add up the communities' roll-ups from their grids' once more, as when a grid belongs to another community."""
    for record in (CommunityMonthRecord, CommunityCategoryMonthRecord):
        session.execute(delete(table_of(record)))
    add_communities(session, 0)


def write_rule(session: Session, rule: FigureRule) -> None:
    """Store the rule the figures are kept by from now on, triggers held.

    Raises:
        ValidationError: More than 62 categories count.
    """
    if len(rule.categories) > MOST_CATEGORIES:
        raise ValidationError(
            _("At most {count} categories can count at the same time.").format(count=MOST_CATEGORIES), "counts"
        )
    values = {"modes": rule.modes, "join_day": rule.join_day, "held": True, "definition": DEFINITION}
    if not session.execute(update(FigureRuleRecord).values(values)).rowcount:  # type: ignore[attr-defined]
        session.execute(insert(FigureRuleRecord).values(id=RULE_ROW, **values))
    rows = [{"category_id": number, "mask": 1 << bit} for bit, number in enumerate(sorted(rule.categories))]
    if rows:
        session.execute(insert(table_of(FigureCategoryRecord)), rows)


def _write_months(session: Session, today: dt.date) -> None:
    rule, running = rule_now(session), Month.of(today)
    visited = first_visit(session)
    begun = month_number(Month.of(visited)) if visited else month_number(running)
    count = min(MOST_MONTHS, max(MONTHS_BACK, month_number(running) - begun) + 1)
    rows = [month_row(month, today, rule.join_day) for month in months_back(running, count)]
    session.execute(insert(table_of(FigureMonthRecord)), rows)


def month_row(month: Month, today: dt.date, join_day: int) -> dict[str, object]:
    """Return the row of ``figure_month`` for a month that has begun on a day."""
    return {
        "month": month_number(month),
        "first": month.first,
        "day": min(month.last, today),
        "cutoff": month.first.replace(day=join_day),
    }
