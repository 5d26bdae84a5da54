"""The people behind a figure, page by page in walking order, whole grids at a time.

The grids of a page are chosen by the counts kept of each, so that a city's
hundred thousand are never read to show the first two hundred. Where a month is
not kept everybody is read, and cut into the same pages.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.due import read_due_page
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.kept import days_kept, grids_within, number_of
from gridapp.db.queries.lists import list_grids_people, list_roster
from gridapp.db.queries.roster import RosterDay, RosterRule, roster_days
from gridapp.db.queries.values import DueFilter, PeoplePage, PeopleWish
from gridapp.db.records import GridMonthRecord, GridRecord

PAGE = 200


def read_people_page(session: Session, wish: PeopleWish, after: Any = None, limit: int = PAGE) -> PeoplePage:
    """Return some of the people behind a figure.

    Args:
        session: Where to read.
        wish: Which people.
        after: Where the page before ended, as it said itself.
        limit: Size of the page; more only to keep the people of a grid together. [people]
    """
    settings = load_settings(session)
    if wish.kind == "overdue":
        found = read_due_page(session, wish.as_of, settings, DueFilter(wish.scope, "overdue"), after, limit)
        return PeoplePage(tuple(row.roster for row in found.rows), found.after)
    rule = RosterRule.monthly(settings)
    days = roster_days([wish.month], wish.as_of, rule)
    if not days:
        return PeoplePage(())
    ready = days_kept(session, days, rule)
    if not ready:
        return _cut(session, wish, rule, after or 0, limit)
    grids, end = _grids_of_page(session, ready[0], wish, after or "", limit)
    rows = list_grids_people(session, ready[0], rule, grids)
    return PeoplePage(tuple(row for row in rows if wish.takes(row)), end)


def _grids_of_page(
    session: Session, day: RosterDay, wish: PeopleWish, after: str, limit: int
) -> tuple[list[int], str | None]:
    """Return the next grids that hold a page of such people, and where the page after begins."""
    cell, inside = GridMonthRecord, grids_within(session, wish.scope, day)
    count = {"missed": cell.roster - cell.visited, "onsite": cell.onsite}.get(wish.kind, cell.roster)
    statement = (
        select(cell.grid_id, GridRecord.code, count)
        .join(GridRecord, GridRecord.id == cell.grid_id)
        .where(cell.month == number_of(day), GridRecord.code > after, count > 0)
        .order_by(GridRecord.code)
    )
    if inside is not None:
        statement = statement.where(cell.grid_id.in_(inside))
    grids: list[int] = []
    people, end = 0, ""
    for number, code, counted in session.execute(statement.limit(limit + 1)):
        if people >= limit:
            return grids, end
        grids.append(number)
        people, end = people + counted, code
    return grids, None


def _cut(session: Session, wish: PeopleWish, rule: RosterRule, start: int, limit: int) -> PeoplePage:
    rows = list_roster(session, wish.month, wish.as_of, rule, wish.scope, wish.category)
    wanted = [row for row in rows if wish.takes(row)]
    return PeoplePage(tuple(wanted[start : start + limit]), start + limit if start + limit < len(wanted) else None)
