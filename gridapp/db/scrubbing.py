"""Make sure that deleted rows leave no bytes behind.

In a file freed pages are overwritten as rows go (``secure_delete``); what is
left are pieces in the search index, which are merged away, and the write-ahead
log, which is written into the file and cut to nothing.
A server keeps dead rows until they are vacuumed.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gridapp.db import engine as engines
from gridapp.db.base import Base
from gridapp.db.faults import translate_driver
from gridapp.db.search import index


def scrub(engine: Engine, location: str) -> None:
    """Overwrite what was deleted; another program that reads meanwhile delays part of it until it closes.

    Args:
        engine: Of the database, nothing open in this thread.
        location: Its path, or a server's address.
    """
    if engine.dialect.name == "sqlite":
        with translate_driver(), contextlib.closing(
            engines.connect_beside(engine, Path(location), reads_only=False)
        ) as bare:
            bare.execute("PRAGMA secure_delete = ON")
            # The search index merely marks who was removed until its pieces are merged.
            bare.execute(f"INSERT INTO {index.TABLE} ({index.TABLE}) VALUES ('optimize')")
            bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for table in Base.metadata.sorted_tables:
            with contextlib.suppress(DBAPIError):  # only a table's owner may; the server does it by itself in time
                connection.execute(text(f"VACUUM {table.name}"))
