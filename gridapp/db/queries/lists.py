"""The people behind the figures: roster, missed, new, excluded, due and overdue.

Each list comes from the statement the figures are counted from, so a figure
and the list it opens cannot disagree.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.kept import days_kept
from gridapp.db.queries.kept import people as kept_people
from gridapp.db.queries.last_visit import last_valid_visit
from gridapp.db.queries.people import approved_absences, chunks, describe_people
from gridapp.db.queries.references import shown
from gridapp.db.queries.roster import COUNTED, EXCLUDED, NEW, RosterDay, RosterRule, roster_days, roster_of
from gridapp.db.queries.values import EVERYWHERE, DueRow, PersonRow, RosterRow, Scope
from gridapp.db.records import ResidentRecord, WorkerRecord
from gridapp.db.records.visits import MODES
from gridapp.domain.cadence import Standing, due_on
from gridapp.domain.period import Month, Period
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.settings import Settings

STATUS_WORDS = {COUNTED: "counted", NEW: "new", EXCLUDED: "excluded"}


def list_roster(  # noqa: PLR0913  whose roster, when, where, and who is told meanwhile
    session: Session,
    period: Period,
    as_of: dt.date,
    rule: RosterRule,
    scope: Scope = EVERYWHERE,
    category: str | None = None,
    from_facts: bool = False,
    progress: Progress = NullProgress(),
    is_wanted: Callable[[str, bool], bool] = lambda status, is_visited: True,
) -> list[RosterRow]:
    """Return everyone on or beside a period's roster, in walking order.

    Walking order is grid, address, name.

    Args:
        session: Where to read.
        period: Month or quarter.
        as_of: The day the facts are seen from.
        rule: Whose roster, and which visits count.
        scope: Which grids.
        category: Only people who carry it on the reference day.
        from_facts: Count from the facts even where figures are kept; the same rows, slowly.
        progress: Told as people are looked up; may cancel.
        is_wanted: Told a status and whether a valid visit was made; others are not looked up, nor kept in memory.
    """
    days = roster_days([period], as_of, rule)
    if not days:
        return []
    ready = [] if from_facts else days_kept(session, days, rule)
    everyone = _kept_people(session, ready[0], rule, scope) if ready else _people(session, days[0], rule, scope)
    found = [one for one in everyone if is_wanted(STATUS_WORDS[one[2]], bool(one[4]))]
    rows = _rows(session, found, days[0], rule, progress)
    if category is not None:
        rows = [row for row in rows if category in row.person.categories]
    return rows


def list_grids_people(session: Session, day: RosterDay, rule: RosterRule, grids: Sequence[int]) -> list[RosterRow]:
    """Return everyone of some grids on or beside the roster of a month that is kept, in walking order.

    Args:
        session: Where to read.
        day: The month; it must be kept by the rule.
        rule: Which visits count.
        grids: Local numbers of the grids.
    """
    return _rows(session, list(_kept_people(session, day, rule, EVERYWHERE, grids)), day, rule) if grids else []


LOOKED_UP_AT_ONCE = 2000
"""People between two looks at whether they are still wanted."""


def _rows(
    session: Session, found: Sequence[Found], day: RosterDay, rule: RosterRule, progress: Progress = NullProgress()
) -> list[RosterRow]:
    numbers = [row[0] for row in found]
    people: dict[int, PersonRow] = {}
    last: dict[int, dt.date] = {}
    for start in range(0, len(numbers), LOOKED_UP_AT_ONCE):
        progress.advance(start, len(numbers), _("Looking people up…"))
        some = numbers[start : start + LOOKED_UP_AT_ONCE]
        people |= describe_people(session, some, day.day)
        last |= last_valid_visits(session, some, day.day, rule)
    rows = [
        RosterRow(
            person=people[number],
            worker=shown(ref, uid) if uid else "",
            worker_name=name or "",
            joined=joined,
            status=STATUS_WORDS[status],
            reason=reason or "",
            visited=bool(modes),
            modes=modes,
            attempts=attempts,
            last_valid=last.get(number),
        )
        for number, joined, status, reason, modes, attempts, ref, uid, name in found
    ]
    return sorted(rows, key=walking_order)


Found = tuple[int, dt.date, int, str | None, tuple[str, ...], int, str | None, uuid.UUID | None, str | None]
"""Resident, first day of the stay, status, reason, modes of valid visits, attempts, and the responsible worker."""


def _kept_people(
    session: Session, day: RosterDay, rule: RosterRule, scope: Scope, grids: Sequence[int] | None = None
) -> Iterator[Found]:
    """Yield who is on or beside the roster, from the figures kept."""
    for number, joined, status, reason, *met, attempts, ref, uid, name in kept_people(session, day, scope, None, grids):
        modes = tuple(mode for mode, count in zip(MODES, met, strict=True) if count and mode in rule.modes)
        yield number, joined, status, reason, modes, attempts, ref, uid, name


def _people(session: Session, day: RosterDay, rule: RosterRule, scope: Scope) -> Iterator[Found]:
    """Yield who is on or beside the roster, from the facts."""
    roster = roster_of([day], rule, scope)
    statement = select(roster, WorkerRecord.ref, WorkerRecord.uid, WorkerRecord.name).outerjoin(
        WorkerRecord, WorkerRecord.id == roster.c.worker_id
    )
    for row in session.execute(statement):
        modes = tuple(mode for mode in MODES if getattr(row, mode))
        told = (row.resident_id, row.joined, row.status, row.reason, modes)
        yield *told, int(row.attempts), row.ref, row.uid, row.name


def walking_order(row: RosterRow) -> tuple[str, str, str, str]:
    """Return what rows are sorted by to walk from door to door: grid, address, name."""
    return row.person.grid_code, row.person.address, row.person.name, row.person.id


def last_valid_visits(session: Session, numbers: Collection[int], day: dt.date, rule: RosterRule) -> dict[int, dt.date]:
    """Return the day of each person's last valid visit on or before a day."""
    found: dict[int, dt.date] = {}
    # One look per person into the index of visits: nobody's years of visits are read to find the last.
    last = last_valid_visit(ResidentRecord.id, day, rule.modes).correlate(ResidentRecord).scalar_subquery()
    for chunk in chunks(numbers):
        statement = select(ResidentRecord.id, last).where(ResidentRecord.id.in_(chunk))
        found.update((number, visited) for number, visited in session.execute(statement) if visited is not None)
    return found


def list_due(session: Session, as_of: dt.date, settings: Settings, scope: Scope = EVERYWHERE) -> list[DueRow]:
    """Return everyone on the roster today with the day their next visit is due.

    The longest overdue come first, then by due day and walking order. People
    who joined too late to count this month are there too: they are due later.
    People on an approved absence for the whole month so far are left out.

    Source: indicators.md section 3.
    """
    found = list_roster(session, Month.of(as_of), as_of, RosterRule.monthly(settings), scope)
    return due_among(session, found, as_of, settings)


def due_among(session: Session, found: Sequence[RosterRow], as_of: dt.date, settings: Settings) -> list[DueRow]:
    """Return the due list of a roster that was read already, as ``list_due`` does."""
    roster = [row for row in found if row.status != "excluded"]
    absences = approved_absences(session, [row.person.number for row in roster])
    rows = []
    for row in roster:
        standing = Standing(row.person.tier, row.joined, row.last_valid, absences.get(row.person.number, ()))
        due = due_on(standing, settings.tier_a_days, settings.join_day)
        rows.append(DueRow(row, due, max(0, (as_of - due).days), row.visited))
    return sorted(rows, key=lambda item: (-item.overdue_days, item.due, walking_order(item.roster)))
