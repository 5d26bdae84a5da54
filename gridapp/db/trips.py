"""Several statements in one journey to the server.

Every journey costs a turn of the server and of this program; whoever holds a lock meanwhile lets others wait for each.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from gridapp.db.faults import of_driver

Rows = list[tuple[Any, ...]]


def ask_at_once(connection: Connection, *statements: str) -> list[Rows]:
    """Carry out statements one after the other, and return the rows of each; on a server only.

    Each sees what is stored when its turn comes, so one that waits for a lock may stand before what reads.

    Args:
        connection: In a transaction.
        statements: SQL without parameters, each with rows as its answer.
    """
    whole = "; ".join(statements)
    driver: Any = connection.connection.driver_connection
    with of_driver(connection, whole), driver.cursor() as cursor:
        cursor.execute(whole, prepare=False)  # several statements cannot be prepared as one
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
    return found
