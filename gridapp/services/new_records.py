"""The records that ledger rows bring, numbered ahead and written in batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sqlalchemy.orm import Session

from gridapp.db.base import Base
from gridapp.db.numbering import reserve


class NewRecords:
    """Holds what is to be stored until it is written; only counts when nothing is to be written.

    Attributes:
        writes: Whether records are stored at all.
        first: People and dwellings, which others point at.
        then: What points at them.
    """

    def __init__(self, session: Session, most: int, writes: bool) -> None:
        """Prepare for at most so many records of a kind."""
        self.writes = writes
        self.first: list[Base] = []
        self.then: list[Base] = []
        self._session = session
        self._most = most
        self._numbers: dict[type[Base], Iterator[int]] = {}

    def number(self, record: type[Base]) -> int:
        """Return a row number for a new record; below zero when nothing is written."""
        if record not in self._numbers:
            ahead = iter(reserve(self._session, record, self._most)) if self.writes else itertools.count(-1, -1)
            self._numbers[record] = ahead
        return next(self._numbers[record])

    def write(self) -> None:
        """Store what has come so far."""
        if self.writes:
            for records in (self.first, self.then):
                self._session.add_all(records)
                self._session.flush()
        self.first.clear()
        self.then.clear()
