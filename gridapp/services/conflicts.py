"""Two people correct the same person: what each changed, and one value from both.

Nothing is overwritten silently: a field that only one of them changed takes
that value, and one that both changed differently is for a person to choose.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gridapp.db.queries.references import get_resident
from gridapp.services.residents import NewResident

FIELDS = tuple(field.name for field in dataclasses.fields(NewResident))


@dataclass(frozen=True)
class StoredResident:
    """A person as stored now.

    Attributes:
        person: The values.
        version: What a correction of them says it has seen.
        by: Who stored them last.
        at: When.
    """

    person: NewResident
    version: int
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class FieldConflict:
    """A field that both changed, each to something else.

    Attributes:
        name: Of the field.
        before: What both began from.
        mine: What was about to be saved.
        theirs: What was saved meanwhile.
    """

    name: str
    before: Any
    mine: Any
    theirs: Any


def stored_resident(session: Session, resident: str) -> StoredResident:
    """Return a person as stored now, with who stored it.

    Raises:
        NotFoundError: Unknown person.
    """
    record = get_resident(session, resident)
    texts = {
        name: getattr(record, name) or ""
        for name in ("id_number", "phone", "ethnicity", "register_address", "register_status", "note")
    }
    person = NewResident(name=record.name, sex=record.sex, birth=record.birth, **texts)
    return StoredResident(
        person, record.version, record.changed_by or record.created_by, record.changed_at or record.created_at
    )


def conflicts(before: NewResident, mine: NewResident, theirs: NewResident) -> list[FieldConflict]:
    """Return the fields that both changed differently, in the order of the form."""
    found = []
    for name in FIELDS:
        one, other, first = (_value(person, name) for person in (mine, theirs, before))
        if one != other and first not in (one, other):
            found.append(FieldConflict(name, first, one, other))
    return found


def changed_by_them(before: NewResident, mine: NewResident, theirs: NewResident) -> list[str]:
    """Return the fields that only the other one changed; their values are taken over."""
    return [
        name
        for name in FIELDS
        if _value(before, name) == _value(mine, name) != _value(theirs, name)
    ]


def merged(before: NewResident, mine: NewResident, theirs: NewResident, keep_mine: Collection[str]) -> NewResident:
    """Return one person from both.

    Args:
        before: What both began from.
        mine: What was about to be saved.
        theirs: What was saved meanwhile.
        keep_mine: Which of the fields in ``conflicts`` keep my value; the others keep theirs.
    """
    values = {}
    for name in FIELDS:
        one, other, first = (_value(person, name) for person in (mine, theirs, before))
        only_i_changed = other == first
        values[name] = one if only_i_changed or (one != first and name in keep_mine) else other
    return NewResident(**values)


def _value(person: NewResident, name: str) -> Any:
    value = getattr(person, name)
    return value.strip() if isinstance(value, str) else value
