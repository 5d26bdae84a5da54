"""Who waits for whom when several people write at once.

A file has one writer at a time. On a server many write, so each transaction
takes what it needs in this order, and no two can wait for each other:

1. the door: everyone passes it together, a large import alone;
2. the ID number being given to someone;
3. the row of the person, visit or operation being changed;
4. the own site's row, for the number of a new visit;
5. the figures: what changed is only noted until the end of the step, and whoever then brings them up to date is alone
   until it is stored;
6. the end of the audit log's chain, when everything else is done.

What can still clash the server ends
with SQLSTATE 40P01 or 40001, and ``gridapp.db.clashes`` does the step again.
"""

from __future__ import annotations

import zlib

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

SPACE = 0x47524944  # "GRID"
_COPY_WAIT = "30s"
"""Longer than a server takes to notice that a client is gone; see ``server``."""
_LOCK_NOT_AVAILABLE = "55P03"
_DOOR, _MIGRATION, _ID_NUMBER, _AUDIT_END, _FIGURES, _COPY = 1, 2, 3, 4, 5, 6


def pass_the_door(session: Session, alone: bool, name: str = "") -> None:
    """Wait until nobody imports; or, alone, until nobody writes at all. Held until the transaction ends.

    Args:
        session: Of a write that has done nothing yet.
        alone: Let nobody else in.
        name: What those are shown who have to wait meanwhile; see ``turns``.
    """
    if on_server(session):
        take = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        session.execute(select(func.set_config("application_name", name, True), take(SPACE, _DOOR)))


def waited_too_long(error: DBAPIError) -> bool:
    """Return whether a server gave up waiting for what somebody else holds."""
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def hold_migration(connection: Connection) -> None:
    """Wait until no other program updates the tables. Held until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(SPACE, _MIGRATION)))


HOLD_AUDIT_END = f"SELECT pg_advisory_xact_lock({SPACE}, {_AUDIT_END})"
"""Waits on a server until nobody else adds to the audit log's chain; held until the transaction ends."""
HOLD_STALE_FIGURES = f"SELECT pg_advisory_xact_lock({SPACE}, {_FIGURES}) WHERE EXISTS (SELECT FROM figure_stale)"
"""Waits on a server, if figures are to be brought up to date, until nobody else does so."""


def hold_copy(connection: Connection) -> bool:
    """Tell whether nobody else copies into this database; held until the connection is closed.

    A copy that was killed holds on until the server notices, so this waits a while.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = '{_COPY_WAIT}'"))
    try:
        with connection.begin_nested():
            connection.execute(select(func.pg_advisory_lock(SPACE, _COPY)))
    except OperationalError as error:
        if not waited_too_long(error):
            raise
        return False
    return True


def hold_id_number(session: Session, number: str) -> None:
    """Wait until nobody else gives this ID number to someone. Held until the transaction ends."""
    if on_server(session):
        place = zlib.crc32(number.encode()) - 2**31  # two integers of 32 bits name a lock
        session.execute(select(func.pg_advisory_xact_lock(SPACE + _ID_NUMBER, place)))


def hold_figures(session: Session) -> None:
    """Wait until nobody else brings the figures up to date. Held until the transaction ends."""
    if on_server(session):
        session.execute(select(func.pg_advisory_xact_lock(SPACE, _FIGURES)))


def on_server(session: Session) -> bool:
    """Return whether others may be writing at the same time."""
    return session.get_bind().dialect.name == "postgresql"
