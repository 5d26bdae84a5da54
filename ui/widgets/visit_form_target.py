"""Who a visit is logged for, and what the form needs to know about them.

No Qt here: these functions run on a reader's thread, and import the queries
there, so that the form is shown before they are loaded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridapp.db.queries.values import DueRow, FormChoices, PersonRow, Scope, VisitRow
from gridapp.settings import Settings

if TYPE_CHECKING:
    from gridapp.db.database import Session

RECENT_VISITS = 3


@dataclass(frozen=True)
class VisitTarget:
    """A person a visit is to be logged for.

    Attributes:
        person: The person on the day.
        due: When and why a visit is due; None for people who are not on the roster.
        companions: Other people of the roster in the same dwelling.
        worker: Shown id of the responsible worker, or "".
        worker_name: That worker's name.
    """

    person: PersonRow
    due: DueRow | None = None
    companions: tuple[PersonRow, ...] = ()
    worker: str = ""
    worker_name: str = ""


def read_choices(session: Session, day: dt.date) -> FormChoices:
    """Return workers, grids, category names and recent phrases."""
    from gridapp.db.queries.choices import form_choices  # heavy: imported when first used

    return form_choices(session, day)


def targets_of(rows: Sequence[DueRow], everyone: Sequence[DueRow]) -> tuple[VisitTarget, ...]:
    """Return targets for rows of the due list, with their companions from that list."""
    chosen = {row.roster.person.id for row in rows}
    targets = []
    for row in rows:
        person = row.roster.person
        companions = tuple(
            other.roster.person
            for other in everyone
            if person.household is not None
            and other.roster.person.household == person.household
            and other.roster.person.id not in chosen
        )
        targets.append(VisitTarget(person, row, companions, row.roster.worker, row.roster.worker_name))
    return tuple(targets)


def read_targets(
    session: Session, persons: tuple[str, ...], day: dt.date, settings: Settings
) -> tuple[VisitTarget, ...]:
    """Return targets for people by key or reference.

    Raises:
        NotFoundError: There is no such person.
    """
    from gridapp.db.queries.lists import list_due  # heavy: imported when first used
    from gridapp.db.queries.people import describe_people
    from gridapp.db.queries.references import get_resident

    numbers = [get_resident(session, person).id for person in persons]
    people = describe_people(session, numbers, day)
    grids = sorted({people[number].grid_code for number in numbers} - {""})
    due = [row for grid in grids for row in list_due(session, day, settings, Scope(grid=grid))]
    known = {row.roster.person.number: row for row in due}
    on_roster = {target.person.number: target for target in targets_of(
        [known[number] for number in numbers if number in known], due)}
    return tuple(on_roster.get(number) or _beside_roster(session, people[number], day) for number in numbers)


def _beside_roster(session: Session, person: PersonRow, day: dt.date) -> VisitTarget:
    from gridapp.db.queries.places import list_workers  # heavy: imported when first used

    serving = list_workers(session, day, person.grid_code) if person.grid_code else []
    return VisitTarget(person, None, (), serving[0].id, serving[0].name) if serving else VisitTarget(person)


def read_recent(session: Session, resident: int) -> tuple[VisitRow, ...]:
    """Return a person's newest visits that were not taken back.

    Args:
        session: Where to read.
        resident: Local row number of the person.
    """
    from gridapp.db.queries.visits import list_visits_of  # heavy: imported when first used

    found = [row for row in list_visits_of(session, resident, RECENT_VISITS * 4) if not row.voided]
    return tuple(found[:RECENT_VISITS])


def read_drafts(session: Session, keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the drafts that are kept under some keys."""
    from gridapp.db.queries.journal import load_draft  # heavy: imported when first used

    found = {key: load_draft(session, key) for key in keys}
    return {key: body for key, body in found.items() if body}
