"""Who a visit is logged for, and what the form needs to know about them.

No Qt here: these functions run on a reader's thread.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridapp.db.database import Session
from gridapp.db.queries.journal import load_draft
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.people import describe_people, list_categories
from gridapp.db.queries.places import list_communities, list_grids, list_workers
from gridapp.db.queries.references import get_resident
from gridapp.db.queries.values import CommunityRow, DueRow, GridRow, PersonRow, Scope, VisitRow, WorkerRow
from gridapp.db.queries.visits import VisitFilter, list_visits, list_visits_of
from gridapp.settings import Settings

RECENT_VISITS = 3
PHRASES = 8
LONGEST_PHRASE = 24
NOTES_LOOKED_THROUGH = 300


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


@dataclass(frozen=True)
class FormChoices:
    """What the form and the filters let the user choose from.

    Attributes:
        workers: Everyone who can have visited.
        grids: Grids that exist on the day.
        categories: Names of categories by code.
        phrases: Short notes used most in the newest visits.
        communities: All of them.
    """

    workers: tuple[WorkerRow, ...] = ()
    grids: tuple[GridRow, ...] = ()
    categories: dict[str, str] = field(default_factory=dict, hash=False)
    phrases: tuple[str, ...] = ()
    communities: tuple[CommunityRow, ...] = ()


def read_choices(session: Session, day: dt.date) -> FormChoices:
    """Return workers, grids, category names and recent phrases."""
    notes = [row.note.strip() for row in list_visits(session, VisitFilter(), NOTES_LOOKED_THROUGH)]
    return FormChoices(
        tuple(list_workers(session, day)),
        tuple(list_grids(session, day, with_outlines=False)),
        {row.code: row.name for row in list_categories(session)},
        recent_phrases(notes),
        tuple(list_communities(session)),
    )


def recent_phrases(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the short notes used most often, the newest first among equals."""
    counted = Counter(note for note in notes if note and len(note) <= LONGEST_PHRASE and "\n" not in note)
    return tuple(note for note, _count in counted.most_common(PHRASES))


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
    numbers = [get_resident(session, person).id for person in persons]
    people = describe_people(session, numbers, day)
    grids = sorted({people[number].grid_code for number in numbers} - {""})
    due = [row for grid in grids for row in list_due(session, day, settings, Scope(grid=grid))]
    known = {row.roster.person.number: row for row in due}
    on_roster = {target.person.number: target for target in targets_of(
        [known[number] for number in numbers if number in known], due)}
    return tuple(on_roster.get(number) or _beside_roster(session, people[number], day) for number in numbers)


def _beside_roster(session: Session, person: PersonRow, day: dt.date) -> VisitTarget:
    serving = list_workers(session, day, person.grid_code) if person.grid_code else []
    return VisitTarget(person, None, (), serving[0].id, serving[0].name) if serving else VisitTarget(person)


def read_recent(session: Session, resident: int) -> tuple[VisitRow, ...]:
    """Return a person's newest visits that were not taken back.

    Args:
        session: Where to read.
        resident: Local row number of the person.
    """
    found = [row for row in list_visits_of(session, resident, RECENT_VISITS * 4) if not row.voided]
    return tuple(found[:RECENT_VISITS])


def read_drafts(session: Session, keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the drafts that are kept under some keys."""
    found = {key: load_draft(session, key) for key in keys}
    return {key: body for key, body in found.items() if body}
