"""What rows of a facts document may name, by the id that is shown.

For a large document all of it is read beforehand. A small one asks for each
name it holds: an office of a million people would wait for the whole reading.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.facts.form import Section
from gridapp.db.facts.values import Unacceptable, plain_text
from gridapp.db.queries.references import matches, shown


class Asked(dict[Any, Any]):
    """What is looked up the first time somebody asks for it; None is as good as not there."""

    def __init__(self, look_up: Callable[[Any], Any]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, name: Any) -> Any:
        found = self[name] = self._look_up(name)
        return found

    def get(self, name: Any, default: Any = None) -> Any:
        """Return what is there, or the default."""
        found = self[name]
        return default if found is None else found

    def __contains__(self, name: object) -> bool:
        return self[name] is not None


def read_all(session: Session, section: Section) -> dict[str, int]:
    """Return the row numbers of a table by code, where its rows have one, or else by shown id."""
    record: Any = section.record
    if section.natural:
        return {str(name): number for name, number in session.execute(select(_natural(section), record.id))}
    found = session.execute(select(record.ref, record.uid, record.id))
    return {shown(ref, uid): number for ref, uid, number in found}


def ask_each(session: Session, section: Section) -> dict[str, int]:
    """Return what ``read_all`` does, each looked up when it is asked for."""
    record: Any = section.record

    def look_up(name: Any) -> int | None:
        try:
            plain_text(name)
        except Unacceptable:
            return None  # and a server would not even look for it
        if section.natural:
            return session.scalar(select(record.id).where(_natural(section) == name))
        found = session.execute(select(record.id, record.ref, record.uid).where(matches(record, name))).first()
        return found.id if found is not None and shown(found.ref, found.uid) == name else None

    return Asked(look_up)


def _natural(section: Section) -> Any:
    return getattr(section.record, section.natural)
