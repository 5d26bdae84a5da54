"""Write very many rows past the ORM, as tuples of stored values.

Stored values are what SQLite keeps: dates as ISO text, instants as whole
microseconds, words as their place, keys as 16 bytes, objects as JSON text. A
server is given the few of them it keeps otherwise in its own form.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Date, Table, func, select
from sqlalchemy.orm import Session

from gridapp.db.base import EPOCH, Base, Code, Instant, Key, table_of

CHUNK = 10_000
"""Rows written by one call."""
FEW = 20_000
"""Rows for which taking an index down and building it again does not pay."""

_MICROSECOND = dt.timedelta(microseconds=1)
Stored = Callable[[Any], Any]


def stored_form(kind: Any) -> Stored | None:
    """Return how a column's Python values become stored ones, None when they are the same.

    Args:
        kind: The column's type.
    """
    if isinstance(kind, Code):
        return kind.words.index
    if isinstance(kind, Instant):
        return lambda moment: (moment - EPOCH) // _MICROSECOND
    if isinstance(kind, Key):
        return lambda key: key.bytes
    if isinstance(kind, Date):
        return dt.date.isoformat
    if isinstance(kind, JSON):
        return lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return None


class BulkWriter:
    """Writes rows of one table.

    Attributes:
        columns: Names of the columns, in the order of the tuples' values.
    """

    def __init__(self, connection: Connection, record: type[Base], columns: Sequence[str] = ()) -> None:
        table = table_of(record)
        self.columns = tuple(columns) or tuple(column.name for column in table.columns)
        self._connection = connection
        server = connection.dialect.name == "postgresql"
        quote = connection.dialect.identifier_preparer.quote
        names = ", ".join(quote(name) for name in self.columns)
        marks = ", ".join(["%s" if server else "?"] * len(self.columns))
        self._statement = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})"
        self._adapted = _adapted(table, self.columns) if server else []

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Write some rows, at most some ten thousand at a time.

        Raises:
            IntegrityError: Of the engine; a key is there already.
        """
        if not rows:
            return
        if self._adapted:
            rows = [self._adapt(row) for row in rows]
        self._connection.exec_driver_sql(self._statement, rows)

    def write_all(self, rows: Iterable[tuple[Any, ...]]) -> int:
        """Write rows as they come and return how many there were."""
        count, pending = 0, list[tuple[Any, ...]]()
        for row in rows:
            pending.append(row)
            if len(pending) >= CHUNK:
                self.write(pending)
                count += len(pending)
                pending = []
        self.write(pending)
        return count + len(pending)

    def _adapt(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, adapt in self._adapted:
            if values[place] is not None:
                values[place] = adapt(values[place])
        return tuple(values)


def _adapted(table: Table, columns: Sequence[str]) -> list[tuple[int, Stored]]:
    found: list[tuple[int, Stored]] = []
    for place, name in enumerate(columns):
        kind = table.columns[name].type
        if isinstance(kind, Key):
            found.append((place, lambda value: uuid.UUID(bytes=value)))
        elif isinstance(kind, Boolean):
            found.append((place, bool))
    return found


def drop_indexes(connection: Connection, records: Iterable[type[Base]]) -> None:
    """Take down the indexes that no constraint needs; ``create_indexes`` puts them back."""
    for record in records:
        for index in sorted(table_of(record).indexes, key=lambda index: str(index.name)):
            index.drop(connection, checkfirst=True)


def create_indexes(connection: Connection, records: Iterable[type[Base]]) -> None:
    """Build the indexes that are not there."""
    for record in records:
        for index in sorted(table_of(record).indexes, key=lambda index: str(index.name)):
            index.create(connection, checkfirst=True)


class Indexes:
    """Indexes of a table that much is written to: taken down once that is quicker than keeping them.

    What fails rolls them back with everything else.
    """

    def __init__(self, session: Session, record: type[Base]) -> None:
        self._session = session
        self._record = record
        here = session.scalar(select(func.count()).select_from(table_of(record))) or 0
        self._worth = max(FEW, here)
        self._down = False

    def wrote(self, count: int) -> None:
        """Hear how many rows were written so far."""
        if not self._down and count >= self._worth:
            drop_indexes(self._session.connection(), [self._record])
            self._down = True

    def restore(self) -> None:
        """Build again what was taken down."""
        if self._down:
            create_indexes(self._session.connection(), [self._record])
            self._down = False


@contextmanager
def roomy(connection: Connection, mebibytes: int = 128) -> Iterator[None]:
    """Give one connection a larger page cache while much is written."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{mebibytes * 1024}")
    try:
        yield
    finally:
        # The connection goes back to the pool, whatever happened.
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
