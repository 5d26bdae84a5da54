"""Row numbers for rows written past the ORM.

SQLite takes the number after the greatest one there is; PostgreSQL counts in a
sequence, which knows nothing of numbers it did not give.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.orm import Session

from gridapp.db.base import Base, table_of


def reserve(session: Session, record: type[Base], count: int) -> Sequence[int]:
    """Return row numbers that nobody else will get, in ascending order.

    On PostgreSQL they may have gaps, and are used up even if the transaction
    is taken back. On SQLite they are those after the last row, and are
    reserved until the next row is written.

    Args:
        session: A writing one.
        record: Whose rows.
        count: How many at most.
    """
    table = table_of(record)
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(_quoted(table), "id")
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return session.scalars(numbers).all() if count else []
    last = session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
    return range(last + 1, last + 1 + count)


def catch_up(connection: Connection, tables: Sequence[Table]) -> None:
    """Let PostgreSQL's sequences go on after the greatest number of each table; rows were copied with theirs."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            name = connection.scalar(select(func.pg_get_serial_sequence(_quoted(table), column.name)))
            if name is not None:
                greatest = connection.scalar(select(func.max(column)))
                connection.execute(
                    text("SELECT setval(CAST(:name AS regclass), :number, :used)"),
                    {"name": name, "number": greatest or 1, "used": greatest is not None},
                )


def _quoted(table: Table) -> str:
    return '"' + table.name.replace('"', '""') + '"'
