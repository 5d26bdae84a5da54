"""What a connection to a file read before, for as long as nothing in the file has changed since.

For what is read in every view and hardly ever changes, as the codes of a
city's grids. SQLite counts what others change in a file, and what a connection
itself changed; while both counts stand, what was read is what would be read.
It is kept with the connection, which one thread uses at a time, and goes with
it. A transaction that writes neither takes nor leaves anything: it may be
taken back. A server has no such counts: there it is read each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

Answer = TypeVar("Answer")

_KEY = "gridapp_remembered"


def remembered(session: Session, question: str, read: Callable[[Session], Answer]) -> Answer:
    """Return what a question was answered by this connection, or ask it.

    Args:
        session: Where to read.
        question: Stands for ``read`` and whatever it depends on besides the file.
        read: Answers it; nobody changes the answer afterwards.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite" or connection.get_execution_options().get("gridapp_writing"):
        return read(session)
    driver: Any = connection.connection.driver_connection
    # Asked inside the transaction: from here on it sees the state that this is the number of.
    changes = driver.execute("PRAGMA data_version").fetchone()[0], driver.total_changes
    known = connection.info.setdefault(_KEY, {})
    if question not in known or known[question][0] != changes:
        known[question] = changes, read(session)
    answer: Answer = known[question][1]
    return answer
