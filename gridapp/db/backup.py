"""Verified copies of a database file."""

from __future__ import annotations

import datetime as dt
import glob
import os
from pathlib import Path

from sqlalchemy import Engine, text

from gridapp import clock
from gridapp.db.faults import translate
from gridapp.errors import StorageError
from gridapp.i18n import _


def copy_beside(engine: Engine, path: Path, reason: str) -> Path:
    """Write a consistent, checked copy of a database next to it.

    The copy carries the same encryption and is complete under its final name
    or not there at all.

    Args:
        engine: Of the database; other connections may go on working.
        path: Its file.
        reason: Goes into the copy's name.

    Raises:
        StorageError: The copy could not be made or does not pass its check.
    """
    target = path.with_name(f"{path.name}.{reason}-{clock.now():%Y%m%d%H%M%S}.bak")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with translate(), engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("VACUUM INTO ?", (str(part),))
            before = connection.scalar(text("SELECT count(*) FROM sqlite_schema"))
            driver.execute("ATTACH DATABASE ? AS copied", (str(part),))
            try:
                sound = driver.execute("PRAGMA copied.quick_check").fetchone()[0] == "ok"
                after = driver.execute("SELECT count(*) FROM copied.sqlite_schema").fetchone()[0]
            finally:
                connection.rollback()
                driver.execute("DETACH DATABASE copied")
        if not sound or before != after:
            raise StorageError(_("The backup could not be verified; nothing was changed."))
        make_durable(part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def newest_copy(path: Path) -> dt.datetime | None:
    """Return when the newest copy beside a database was made, or None."""
    found = [file.stat().st_mtime for file in path.parent.glob(glob.escape(path.name) + ".*.bak")]
    return dt.datetime.fromtimestamp(max(found), dt.UTC) if found else None


def make_durable(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
