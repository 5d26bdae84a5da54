"""Remember the first page, so that the next start shows it at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from gridapp.db import connecting, first_page
from gridapp.db.base import table_of
from gridapp.db.database import Database
from gridapp.db.figures import dues
from gridapp.db.first_page import FirstPage
from gridapp.db.queries.choices import form_choices
from gridapp.db.queries.due import read_due_list
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.people import holds_more_than
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import DueFilter, Scope
from gridapp.db.records import AccountRecord, FirstPageRecord, OperationRecord, PersonDueRecord
from gridapp.domain.period import Month

MOST_AHEAD = 5_000
"""People on the roster whose next days are worked out ahead."""


def first_page_of(session: Session, day: dt.date, scope: Scope) -> FirstPage:
    """Return what the window shows first on a day, by the queries every page uses."""
    settings = load_settings(session)
    rate = visit_rates(session, [Month.of(day)], day, "total", RosterRule.monthly(settings), scope)[0].rate
    return FirstPage(
        settings,
        read_due_list(session, day, settings, DueFilter(scope, "")),
        rate,
        form_choices(session, day),
    )


def remember_first_page(database: Database, language: str, scope: Scope, days: Iterable[dt.date]) -> bool:
    """Keep the first page of some days beside the operation it takes in, in place of what was kept.

    Args:
        database: Nothing is kept on a server or in a read-only file.
        language: Of the names in it.
        scope: Whose people the page shows.
        days: Today and those that follow; facts entered until then make theirs worthless. Of a large area only the
            day its figures stand at is kept: the others would be counted from the facts, for minutes.

    Returns:
        Whether it was kept; not when somebody wrote meanwhile, nor in a database with accounts.

    Raises:
        StorageError: The file failed.
    """
    wanted = {day.isoformat(): day for day in days}
    if database.principal.role is not None or database.is_on_server or connecting.is_read_only(Path(database.location)):
        return False
    asked, rows, kept = first_page.question(language, scope), [], FirstPageRecord
    with database.read() as session:
        if session.scalar(select(AccountRecord.id).limit(1)) is not None:
            return False  # who may see whom is known after signing in
        operation = _last_operation(session)
        good = (kept.operation == operation) & (kept.question == asked) & kept.day.in_(list(wanted))
        there = set(session.scalars(select(kept.day).where(good)))
        standing = dues.standing_day(session)
        if standing is not None and holds_more_than(session, PersonDueRecord.resident_id, MOST_AHEAD):
            wanted = {text: day for text, day in wanted.items() if day == standing[1]}
        for day in wanted.keys() - there:
            page = first_page_of(session, wanted[day], scope)
            rows.append({"day": day, "question": asked, "operation": operation, "body": first_page.written(page)})
    if not rows:
        return True
    with database.write_unrecorded() as session:
        session.execute(delete(table_of(kept)).where(~good))
        if _last_operation(session) != operation:
            return False
        there = set(session.scalars(select(kept.day).where(good)))  # another window may have been quicker
        rows = [row for row in rows if row["day"] not in there]
        if rows:
            session.execute(insert(table_of(kept)), rows)
    return True


def _last_operation(session: Session) -> int:
    return session.scalar(select(func.max(OperationRecord.id))) or 0
