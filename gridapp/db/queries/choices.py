"""What the visit form and the filters of lists offer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from sqlalchemy.orm import Session

from gridapp.db.queries.people import list_categories
from gridapp.db.queries.places import list_communities, list_grids, list_offered_workers
from gridapp.db.queries.values import FormChoices
from gridapp.db.queries.visits import newest_notes

PHRASES = 8
LONGEST_PHRASE = 24
NOTES_LOOKED_THROUGH = 300


def form_choices(session: Session, day: dt.date) -> FormChoices:
    """Return workers, grids, category names and recent phrases."""
    return FormChoices(
        tuple(list_offered_workers(session, day)),
        tuple(list_grids(session, day, with_outlines=False)),
        {row.code: row.name for row in list_categories(session)},
        recent_phrases(newest_notes(session, NOTES_LOOKED_THROUGH)),
        tuple(list_communities(session)),
    )


def recent_phrases(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the short notes used most often, the newest first among equals."""
    short = (note.strip() for note in notes)
    counted = Counter(note for note in short if note and len(note) <= LONGEST_PHRASE and "\n" not in note)
    return tuple(note for note, _count in counted.most_common(PHRASES))
