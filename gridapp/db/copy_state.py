"""Remember in a target how far a copy into it has come, so that a copy that was stopped goes on.

While a copy is under way its target holds one more table: which source it
comes from, and the statements that make the tables whole again at the end. Its
revision is not one of the program's, so nobody opens it meanwhile.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, inspect, select, text

from gridapp.db import copying, migrations
from gridapp.db.base import Base, table_of
from gridapp.db.connecting import HEAD
from gridapp.db.records import OperationRecord, SiteRecord
from gridapp.db.unit_of_work import OWN_SITE

TABLE = "copy_under_way"
_MARK = -1


def mark_of_source(connection: Connection) -> str:
    """Return what tells a source, as it is now, from another or a later one."""
    site, operation = table_of(SiteRecord), table_of(OperationRecord)
    code = connection.scalar(select(site.c.code).where(site.c.id == OWN_SITE))
    last = connection.scalar(select(func.max(operation.c.id))) or 0
    return f"{HEAD} {code} {last}"


def is_under_way(connection: Connection) -> bool:
    """Return whether a copy into this database was begun and not finished."""
    return inspect(connection).has_table(TABLE)


def begin(connection: Connection, mark: str) -> None:
    """Make a target ready: tables bare and empty, or as far as the same copy came before.

    Args:
        connection: In a transaction; the tables are this program's.
        mark: Of the source.
    """
    if not is_under_way(connection):
        before, after = copying.structure(connection)
        for statement in before:
            connection.exec_driver_sql(statement)
        connection.execute(text(f"CREATE TABLE {TABLE} (place INTEGER PRIMARY KEY, content TEXT NOT NULL)"))
        rows = [{"place": place, "content": statement} for place, statement in enumerate(after)]
        _remember(connection, [{"place": _MARK, "content": mark}, *rows])
        connection.execute(text("UPDATE alembic_version SET version_num = :copying"), {"copying": migrations.COPYING})
        copying.empty(connection)
    elif _content(connection)[0] != mark:
        connection.execute(text(f"UPDATE {TABLE} SET content = :mark WHERE place = {_MARK}"), {"mark": mark})
        copying.empty(connection)


def finish(connection: Connection) -> None:
    """Make the tables of a target whole again, and let it be opened."""
    for statement in _content(connection)[1:]:
        connection.exec_driver_sql(statement)
    connection.execute(text(f"DROP TABLE {TABLE}"))
    connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    copying.complete(connection)


def last_copied(connection: Connection, table: Table) -> tuple[int, int]:
    """Return how many rows of a table have arrived, and the key of the last.

    A table whose key does not count up is small; it begins anew.
    """
    if not copying.counts_up(table):
        connection.execute(table.delete())
        return 0, copying.BEFORE_ALL
    key = table.primary_key.columns.values()[0]
    count, last = connection.execute(select(func.count(), func.max(key)).select_from(table)).one()
    return count, copying.BEFORE_ALL if last is None else last


def forget(connection: Connection) -> None:
    """Remove everything a copy made on a server."""
    names = [table.name for table in Base.metadata.sorted_tables]
    for name in (*names, "alembic_version", TABLE):
        connection.execute(text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))


def _remember(connection: Connection, rows: list[dict[str, object]]) -> None:
    connection.execute(text(f"INSERT INTO {TABLE} (place, content) VALUES (:place, :content)"), rows)


def _content(connection: Connection) -> list[str]:
    return list(connection.scalars(text(f"SELECT content FROM {TABLE} ORDER BY place")))
