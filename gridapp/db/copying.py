"""Move every row of one database into another, on either engine, and compare.

Rows travel in one plain form that both engines read and write fast: keys as 32
hexadecimal digits, dates as text, truth as 0 or 1, JSON as its text. Tables
that are made from others (``info={"derived": True}``) stay behind; the program
makes them anew.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Table,
    func,
    select,
    text,
)

from gridapp.db import bulk, numbering
from gridapp.db.base import Base, Key, table_of
from gridapp.db.bulk import is_server
from gridapp.db.days import number_sql, text_sql
from gridapp.db.faults import of_driver
from gridapp.db.records import (
    CommunityRecord,
    GridRecord,
    OperationRecord,
    ResidentRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.errors import StorageError
from gridapp.i18n import _

CHUNK = 5000
BUILDING_MEMORY = "256MB"
"""Of a server, while a copy builds an index on it."""
BEFORE_ALL = -(2**62)
"""A number no row has."""
Rows = list[tuple[Any, ...]]

_PLAIN = {
    "sqlite": {
        Key: "lower(hex({0}))",
        Date: text_sql("{0}"),
        # A column of JSON keeps a lone number as a number.
        JSON: "CASE typeof({0}) WHEN 'real' THEN printf('%!.17g', {0}) ELSE CAST({0} AS TEXT) END",
    },
    "postgresql": {
        Key: "replace({0}::text, '-', '')",
        Date: "to_char({0}, 'YYYY-MM-DD')",
        Boolean: "{0}::integer",
        JSON: "{0}::text",
    },
}


def copied_tables() -> list[Table]:
    """Return the tables that are copied, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if not table.info.get("derived")]


def derived_tables() -> list[Table]:
    """Return the tables the program makes anew from the others."""
    return [table for table in Base.metadata.sorted_tables if table.info.get("derived")]


def count_rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each copied table has."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in copied_tables()
    }


def holds_facts(connection: Connection) -> bool:
    """Return whether anything was done in a database since it was made."""
    for record in (ResidentRecord, VisitRecord, CommunityRecord, GridRecord, WorkerRecord):
        if connection.execute(select(table_of(record).c.id).limit(1)).first() is not None:
            return True
    done = select(OperationRecord.id).where(OperationRecord.action != "database.create").limit(1)
    return connection.execute(done).first() is not None


def empty(connection: Connection) -> None:
    """Delete the rows a new database begins with, and every derived one."""
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(table.delete())


def wait_as_long_as_it_takes(connection: Connection) -> None:
    """Lift the limits of time until the transaction ends, and let indexes be built in more memory than usual."""
    if is_server(connection):
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        connection.execute(text(f"SET LOCAL maintenance_work_mem = '{BUILDING_MEMORY}'"))


def structure(connection: Connection) -> tuple[list[str], list[str]]:
    """Return the statements that take indexes, references and triggers away, and those that put them back."""
    return _server_structure(connection) if is_server(connection) else _file_structure(connection)


@contextmanager
def bare_tables(connection: Connection) -> Iterator[None]:
    """Take indexes, references and triggers away, and put them back at the end, when all rows are there at once."""
    before, after = structure(connection)
    for statement in before:
        connection.exec_driver_sql(statement)
    yield
    for statement in after:
        connection.exec_driver_sql(statement)
    complete(connection)


def complete(connection: Connection) -> None:
    """Let numbers go on after the rows that have arrived, and the engine know how they are spread."""
    numbering.catch_up(connection, copied_tables())
    # By name: all tables are also the server's own, and whoever looks at those waits for other databases' copies.
    names = f" {_named(copied_tables())}" if is_server(connection) else ""
    connection.exec_driver_sql("ANALYZE" + names)


def tidy(connection: Connection) -> None:
    """Let a server note which pages everybody may see, so that its indexes alone answer from now on.

    It would do so by itself some time later, and until then whoever reads a page first pays for it.

    Args:
        connection: In no transaction, which would keep its pages from being told.
    """
    if is_server(connection):
        with connection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as apart:
            apart.exec_driver_sql("SET statement_timeout = 0")
            apart.exec_driver_sql(f"VACUUM (ANALYZE) {_named(Base.metadata.sorted_tables)}")


def _named(tables: Iterable[Table]) -> str:
    return ", ".join(f'"{table.name}"' for table in tables)


def counts_up(table: Table) -> bool:
    """Tell whether a table's rows are numbered, so that those behind a number are the ones not yet copied."""
    keys = table.primary_key.columns.values()
    return len(keys) == 1 and keys[0].type.python_type is int


def _server_structure(connection: Connection) -> tuple[list[str], list[str]]:
    names = [table.name for table in Base.metadata.sorted_tables]
    references = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname"
    ).all()
    indexes = connection.exec_driver_sql(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "JOIN pg_class ON pg_class.oid = indrelid "
        "WHERE relnamespace = current_schema()::regnamespace AND relname = ANY (%s) "
        "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY indexrelid",
        (names,),
    ).all()
    before = [f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in names]
    before += [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _definition in references]
    before += [f"DROP INDEX {name}" for name, _definition in indexes]
    after = [definition for _name, definition in indexes]
    after += [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in references]
    return before, after + [f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in names]


def _file_structure(connection: Connection) -> tuple[list[str], list[str]]:
    found = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
        "ORDER BY type"  # indexes before triggers
    ).all()
    return [f'DROP {kind} "{name}"' for kind, name, _sql in found], [sql for _kind, _name, sql in found]


def read_rows(
    connection: Connection, table: Table, behind: int = BEFORE_ALL, only: str = ""
) -> Generator[Rows, None, None]:
    """Yield a table's rows in plain form, ordered by its key, ``CHUNK`` at a time.

    Args:
        connection: Where to read.
        table: Whose rows.
        behind: Only rows with a higher number.
        only: SQL that says which rows, of all columns; "" for every one.
    """
    forms = _PLAIN[connection.dialect.name]
    columns = ", ".join(_plain(column, forms) for column in table.columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    condition = only or ("true" if behind == BEFORE_ALL else f"{order} > {behind}")
    statement = f'SELECT {columns} FROM "{table.name}" WHERE {condition} ORDER BY {order}'
    driver: Any = connection.connection.driver_connection
    with of_driver(connection, statement):
        # On a server all rows would come at once, were the cursor not one of the server's own.
        cursor = driver.cursor(name="gridapp_copy") if is_server(connection) else driver.cursor()
        try:
            cursor.execute(statement)
            while rows := cursor.fetchmany(CHUNK):
                yield rows
        finally:
            cursor.close()


def _plain(column: Column[Any], forms: dict[type[Any], str]) -> str:
    form = next((form for kind, form in forms.items() if isinstance(column.type, kind)), "{0}")
    return form.format(f'"{column.name}"')


@contextmanager
def writer(connection: Connection, table: Table) -> Iterator[Any]:
    """Give a function that writes rows in plain form into a table."""
    driver: Any = connection.connection.driver_connection
    if is_server(connection):
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        statement = f'COPY "{table.name}" ({names}) FROM STDIN'
        with of_driver(connection, statement), driver.cursor() as cursor, cursor.copy(statement) as copy:

            def send(rows: Rows) -> None:
                for row in rows:
                    copy.write_row(row)

            yield send
    else:
        with of_driver(connection, table.name):
            yield lambda rows: driver.executemany(*_insertion(table, rows))


def _insertion(table: Table, rows: Rows) -> tuple[str, Iterable[bulk.Row]]:
    """Return what writes rows in plain form into a file, and what to give it."""
    places, open_places, values = bulk.what_is_there(rows)
    columns = [table.columns[place] for place in places]
    marks = [bulk.OPEN_MARK if place in open_places else "{0}" for place in places]
    written = (
        _stored(mark.format(f"?{number}"), column)
        for number, (mark, column) in enumerate(zip(marks, columns, strict=True), 1)
    )
    names = ", ".join(f'"{column.name}"' for column in columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join(written)})', values


def _stored(written: str, column: Column[Any]) -> str:
    if isinstance(column.type, Key):
        return f"unhex({written})"
    return number_sql(written) if isinstance(column.type, Date) else written


def refuse_difference(ours: Rows, theirs: Rows, table: Table) -> None:
    """Refuse a copy whose rows are not those of the original.

    Raises:
        StorageError: Naming the table.
    """
    if ours != theirs:
        raise StorageError(
            _("The copy of table “{table}” differs from the original; nothing was kept of it.").format(table=table.name)
        )
