"""What the visit form and the filters of lists offer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.people import holds_more_than, list_categories
from gridapp.db.queries.places import list_communities, list_grids, list_workers, responsible_names
from gridapp.db.queries.references import matches, shown
from gridapp.db.queries.values import MOST_LISTED, FormChoices
from gridapp.db.queries.visits import newest_notes
from gridapp.db.records import AssignmentRecord, CommunityRecord, GridRecord, WorkerRecord

PHRASES = 8
LONGEST_PHRASE = 24
NOTES_LOOKED_THROUGH = 300
LEAST_OF_CODE = 6
"""So many digits are looked for in codes too; fewer are the number of a grid. [digits]"""


@dataclass(frozen=True)
class FoundPlace:
    """A community, a grid or a worker, as it is found by a part of its name.

    Attributes:
        kind: "community", "grid" or "worker".
        key: Code of the place, shown id of the worker.
        community: Name of the community it is or lies in; of a worker that of the first grid served. "" where there
            is one community only.
        grid: Name of the grid, or of the first one a worker serves.
        worker: Name of the worker, or of the one responsible for the grid.
    """

    kind: str
    key: str
    community: str = ""
    grid: str = ""
    worker: str = ""


def form_choices(session: Session, day: dt.date) -> FormChoices:
    """Return workers, grids, category names and recent phrases."""
    many_workers, many_grids = are_many(session, "worker"), are_many(session, "grid")
    return FormChoices(
        () if many_workers else tuple(list_workers(session, day)),
        () if many_grids else tuple(list_grids(session, day, with_outlines=False)),
        {row.code: row.name for row in list_categories(session)},
        recent_phrases(note.strip() for note in newest_notes(session, NOTES_LOOKED_THROUGH)),
        tuple(list_communities(session)),
        many_workers or many_grids,
    )


def are_many(session: Session, kind: str) -> bool:
    """Return whether there are more of "grid" or "worker" than a list offers."""
    record: type[GridRecord | WorkerRecord] = GridRecord if kind == "grid" else WorkerRecord
    return holds_more_than(session, record.id, MOST_LISTED)


def recent_phrases(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the short notes used most often, the newest first among equals."""
    counted = Counter(note for note in notes if note and len(note) <= LONGEST_PHRASE and "\n" not in note)
    return tuple(note for note, _count in counted.most_common(PHRASES))


def find_places(session: Session, kind: str, text: str, day: dt.date, at_most: int) -> list[FoundPlace]:
    """Return what a text finds: every word of it is part of the name, or of the code where it has six digits or more.

    Args:
        session: Where to read.
        kind: "community", "grid", "worker" (who serves a grid on the day) or "anyone" (every worker).
        text: Words; none find the first ones.
        day: The day the grids exist on.
        at_most: So many. Communities and grids come by code, workers by name.
    """
    words = text.split()
    if kind == "community":
        return _communities(session, _holds(words, CommunityRecord.name, CommunityRecord.code), at_most)
    if kind == "grid":
        name = CommunityRecord.name + " " + GridRecord.name
        return _grids(session, day, _holds(words, name, GridRecord.code), at_most)
    serving = select(AssignmentRecord.worker_id).where(covers(AssignmentRecord.start, AssignmentRecord.end, day))
    asked = _holds(words, WorkerRecord.name, WorkerRecord.ref)
    return _workers(session, day, asked if kind == "anyone" else asked & WorkerRecord.id.in_(serving), at_most)


def get_place(session: Session, kind: str, key: str, day: dt.date) -> FoundPlace | None:
    """Return one community, grid or worker by its key, or None where it is not there on the day."""
    if kind == "community":
        found = _communities(session, CommunityRecord.code == key, 1)
    elif kind == "grid":
        found = _grids(session, day, GridRecord.code == key, 1)
    else:
        found = _workers(session, day, matches(WorkerRecord, key), 1)
    return found[0] if found else None


def _holds(words: Sequence[str], name: Any, code: Any) -> ColumnElement[bool]:
    parts = []
    for word in words:
        held: ColumnElement[bool] = name.icontains(word, autoescape=True)
        is_code = word.isdigit() and len(word) >= LEAST_OF_CODE
        parts.append(held | code.startswith(word, autoescape=True) if is_code else held)
    return and_(true(), *parts)


def _communities(session: Session, asked: ColumnElement[bool], at_most: int) -> list[FoundPlace]:
    row = CommunityRecord
    found = session.execute(select(row.code, row.name).where(asked).order_by(row.code).limit(at_most))
    return [FoundPlace("community", code, name) for code, name in found]


def _grids(session: Session, day: dt.date, asked: ColumnElement[bool], at_most: int) -> list[FoundPlace]:
    grid, community = GridRecord, CommunityRecord
    statement = select(grid.id, grid.code, community.name, grid.name)
    statement = statement.join(community, community.id == grid.community_id).where(asked)
    statement = statement.where(covers(grid.valid_from, grid.valid_to, day)).order_by(grid.code).limit(at_most)
    rows = session.execute(statement).all()
    keepers = responsible_names(session, day, [number for number, *_rest in rows])
    several = holds_more_than(session, CommunityRecord.id, 1)
    return [
        FoundPlace("grid", code, of if several else "", name, keepers.get(number, ""))
        for number, code, of, name in rows
    ]


def _workers(session: Session, day: dt.date, asked: ColumnElement[bool], at_most: int) -> list[FoundPlace]:
    row = WorkerRecord
    statement = select(row.id, row.ref, row.uid, row.name).where(asked).order_by(row.name, row.id).limit(at_most)
    people = session.execute(statement).all()
    places = _first_grids(session, day, [person.id for person in people])
    several = holds_more_than(session, CommunityRecord.id, 1)
    made = []
    for number, ref, uid, name in people:
        of, grid = places.get(number, ("", ""))
        made.append(FoundPlace("worker", shown(ref, uid), of if several else "", grid, name))
    return made


def _first_grids(session: Session, day: dt.date, workers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return community and name of the first grid each worker serves."""
    post, grid, community = AssignmentRecord, GridRecord, CommunityRecord
    statement = (
        select(post.worker_id, community.name, grid.name)
        .join(grid, grid.id == post.grid_id)
        .join(community, community.id == grid.community_id)
        .where(covers(post.start, post.end, day) & post.worker_id.in_(workers))
        .order_by(grid.code.desc())  # the first of each comes last, and stays
    )
    return {worker: (of, name) for worker, of, name in session.execute(statement)}
