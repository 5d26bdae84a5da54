"""Remember in a target how far a copy into it has come, so that a copy that was stopped goes on.

While a copy is under way its target holds one more table: which source it
comes from, the statements that have still to make the tables whole again, and
the steps that are done. Its revision is not one of the program's, so nobody
opens it meanwhile.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, inspect, select, text

from gridapp.db import copying, migrations
from gridapp.db.base import Base, table_of
from gridapp.db.connecting import HEAD
from gridapp.db.records import OperationRecord, SiteRecord
from gridapp.db.records.visits import is_own

TABLE = "copy_under_way"
_MARK = -1
"""Place of the source's mark; statements stand at 0 and above, steps that are done below it."""


def mark_of_source(connection: Connection) -> str:
    """Return what tells a source, as it is now, from another or a later one."""
    site, operation = table_of(SiteRecord), table_of(OperationRecord)
    code = connection.scalar(select(site.c.code).where(is_own(site.c.id)))
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
    waiting: list[str] = []
    if is_under_way(connection):
        if connection.scalar(text(f"SELECT content FROM {TABLE} WHERE place = {_MARK}")) == mark:
            return
        waiting = left_to_build(connection)
        connection.execute(text(f"DROP TABLE {TABLE}"))
    before, after = copying.structure(connection)
    for statement in before:
        connection.exec_driver_sql(statement)
    connection.execute(text(f"CREATE TABLE {TABLE} (place INTEGER PRIMARY KEY, content TEXT NOT NULL)"))
    # What the copy before this one had not yet put back comes last: triggers, and references to keys that are there.
    statements = [*after, *(statement for statement in waiting if statement not in after)]
    _remember(connection, [(_MARK, mark), *enumerate(statements)])
    connection.execute(text("UPDATE alembic_version SET version_num = :copying"), {"copying": migrations.COPYING})
    copying.empty(connection)


def left_to_build(connection: Connection) -> list[str]:
    """Return the statements that have still to make the tables whole again, in their order."""
    return list(connection.scalars(text(f"SELECT content FROM {TABLE} WHERE place > {_MARK} ORDER BY place")))


def build_next(connection: Connection) -> None:
    """Carry out the first of them; it is not wanted again once the transaction is stored."""
    place, statement = connection.execute(
        text(f"SELECT place, content FROM {TABLE} WHERE place > {_MARK} ORDER BY place LIMIT 1")
    ).one()
    connection.exec_driver_sql(statement)
    connection.execute(text(f"DELETE FROM {TABLE} WHERE place = :place"), {"place": place})


def is_done(connection: Connection, step: str) -> bool:
    """Return whether a step was carried out and stored."""
    found = text(f"SELECT count(*) FROM {TABLE} WHERE place < {_MARK} AND content = :step")
    return bool(connection.scalar(found, {"step": step}))


def note_done(connection: Connection, step: str) -> None:
    """Store with what a step has written that it is done."""
    lowest = connection.scalar(text(f"SELECT min(place) FROM {TABLE}")) or _MARK
    _remember(connection, [(lowest - 1, step)])


def finish(connection: Connection) -> None:
    """Let a target be opened that is whole again."""
    connection.execute(text(f"DROP TABLE {TABLE}"))
    connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})


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


def _remember(connection: Connection, rows: list[tuple[int, str]]) -> None:
    statement = text(f"INSERT INTO {TABLE} (place, content) VALUES (:place, :content)")
    connection.execute(statement, [{"place": place, "content": content} for place, content in rows])
