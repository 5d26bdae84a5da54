"""Write very many rows past the ORM, as tuples of stored values.

Stored values are what the engine keeps: instants as whole microseconds, words
as their place, keys as 16 bytes, truth as 0 or 1, objects as JSON text, and
days in the form of ``day_form``. Indexes that no constraint needs are taken
down meanwhile and built again at the end, which is several times as fast.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from gridapp.db import faults, numbering
from gridapp.db.base import Base, Key, table_of
from gridapp.db.days import pack_day

CHUNK = 10_000
"""Rows written by one call."""

EMPTY = "\x00"
"""Stands for an empty value on its way into the file; no text that is stored holds it."""
OPEN_MARK = "nullif({0}, char(0))"
"""SQL that makes nothing of it again."""

Row = Sequence[Any]
DayForm = Callable[[dt.date], Any]


def is_server(connection: Connection | Engine) -> bool:
    """Return whether a connection, or what makes them, speaks to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def day_form(on_server: bool) -> DayForm:
    """Return how the engine keeps a day."""
    return (lambda day: day) if on_server else pack_day


class BulkWriter:
    """Writes rows of one table: prepared statements in the file, COPY on a server.

    The file's driver takes eight times as long for an empty value as for a
    number, so none is handed over: SQL makes one of a mark. Sorting rows by
    what they leave empty would be as quick, but a tenth of the file's pages
    would stay blank. Keys are best given as ``bytearray``.

    Attributes:
        columns: Names of the columns, in the order of the tuples' values.
    """

    def __init__(self, connection: Connection, record: type[Base], columns: Sequence[str]) -> None:
        table = table_of(record)
        self.columns = tuple(columns)
        self._connection = connection
        self._table = connection.dialect.identifier_preparer.quote(table.name)
        self._keys = [place for place, name in enumerate(self.columns) if isinstance(table.columns[name].type, Key)]
        self._prepared: dict[tuple[tuple[int, ...], frozenset[int]], str] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Write some rows.

        Raises:
            IntegrityError: Of the engine; a key is there already.
        """
        if not rows:
            return
        driver: Any = self._connection.connection.driver_connection
        with faults.of_driver(self._connection, self._table):
            if is_server(self._connection):
                self._copy(driver, rows)
                return
            places, open_places, values = what_is_there(rows)
            statement = self._prepared.get((places, open_places)) or self._prepare(places, open_places)
            driver.executemany(statement, values)

    def _prepare(self, places: tuple[int, ...], open_places: frozenset[int]) -> str:
        marks = ", ".join(OPEN_MARK.format("?") if place in open_places else "?" for place in places)
        statement = f"INSERT INTO {self._table} ({self._named(places)}) VALUES ({marks})"
        self._prepared[places, open_places] = statement
        return statement

    def _named(self, places: Iterable[int]) -> str:
        return ", ".join(f'"{self.columns[place]}"' for place in places)

    def _copy(self, driver: Any, rows: Sequence[Row]) -> None:
        statement = f"COPY {self._table} ({self._named(range(len(self.columns)))}) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                values = list(row)
                for place in self._keys:
                    values[place] = values[place] if values[place] is None else values[place].hex()
                copy.write_row(values)


def what_is_there(rows: Sequence[Row]) -> tuple[tuple[int, ...], frozenset[int], Iterable[Row]]:
    """Return the places at which any row holds something, those of them at which some do not, and what is there.

    ``EMPTY`` stands for what is not; write it with ``OPEN_MARK``. The rows keep their order, so that they fill the
    pages of the file.
    """
    places, open_places, filled = [], set(), []
    for place, column in enumerate(zip(*rows, strict=True)):
        missing = column.count(None)
        if missing == len(rows):
            continue
        places.append(place)
        if missing:
            open_places.add(place)
        filled.append([EMPTY if value is None else value for value in column] if missing else column)
    return tuple(places), frozenset(open_places), zip(*filled, strict=True)


def may_change_tables(connection: Connection, table: str) -> bool:
    """Return whether this user may take indexes down; on a server only the owner of a table may."""
    if not is_server(connection):
        return True
    owned = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE tablename = :name AND schemaname = :schema"
    schema = connection.scalar(text("SELECT current_schema()"))
    return bool(connection.scalar(text(owned), {"name": table, "schema": schema}))


def take_down(connection: Connection, records: Iterable[type[Base]], spare: Collection[str] = ()) -> list[str]:
    """Drop the indexes that keep nothing unique, and return the statements that build them again.

    Args:
        connection: Of a write.
        records: Whose indexes.
        spare: Columns; an index that begins with one of them stays.
    """
    made = []
    for record in records:
        table = table_of(record)
        named = {
            str(index.name) for index in table.indexes if not index.unique and index.columns[0].name not in spare
        }
        if is_server(connection):
            found = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
                         "AND tablename = :table ORDER BY indexname")  # fmt: skip
        else:
            found = text("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = :table "
                         "AND sql IS NOT NULL ORDER BY name")  # fmt: skip
        for name, statement in connection.execute(found, {"table": table.name}).all():
            if name in named:
                connection.exec_driver_sql(f'DROP INDEX "{name}"')
                made.append(statement)
    return made


def put_back(connection: Connection, statements: Iterable[str]) -> None:
    """Build indexes again."""
    for statement in statements:
        connection.exec_driver_sql(statement)


def catch_up(session: Session, records: Iterable[type[Base]]) -> None:
    """Let a server's own numbers go on after those that were written."""
    numbering.catch_up(session.connection(), [table_of(record) for record in records])


@contextmanager
def roomy(connection: Connection, mebibytes: int = 128) -> Iterator[None]:
    """Give one connection to a file a larger page cache while much is written."""
    if is_server(connection):
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{mebibytes * 1024}")
    try:
        yield
    finally:
        # The connection goes back to the pool, whatever happened.
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


@contextmanager
def temporary_files(engine: Engine) -> Iterator[None]:
    """Let sorting of millions of rows spill to files; only for people who do not exist, for they are not encrypted."""

    def spill(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA temp_store = FILE")

    if is_server(engine):
        yield
        return
    event.listen(engine, "checkout", spill)
    try:
        yield
    finally:
        event.remove(engine, "checkout", spill)
        # Connections that spilled are not used for real people again.
        engine.dispose()
