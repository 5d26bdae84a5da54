"""Bring a database to this program's schema; refuse one from a newer program.

Revisions are frozen once released: they speak plain Alembic operations and
import no record. All pending revisions run in one transaction that is checked
before it is committed, after a verified backup of the file.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from gridapp.db import backup
from gridapp.db.engine import APPLICATION_ID
from gridapp.db.figures import triggers
from gridapp.errors import ForeignDatabaseError, NewerDatabaseError, ReadOnlyDatabaseError, StorageError
from gridapp.i18n import _

HEAD = "0003"
"""The newest revision; kept here so that an up-to-date file opens without loading Alembic."""

_FOLDER = Path(__file__).parent


def current_revision(connection: Connection) -> str | None:
    """Return the revision of an open database, or None when it holds nothing yet.

    Raises:
        ForeignDatabaseError: It holds something that is not ours.
    """
    if connection.dialect.name == "sqlite":
        tables = connection.scalar(text("SELECT count(*) FROM sqlite_schema"))
        if not tables:
            return None
        if connection.scalar(text("PRAGMA application_id")) != APPLICATION_ID:
            raise ForeignDatabaseError(_("The file is a database, but not one made by GridApp."))
    elif not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def upgrade(engine: Engine, path: Path | None, read_only: bool = False) -> str | None:
    """Bring a database to HEAD.

    Args:
        engine: Of the database.
        path: Its file, for the backup; None on a server.
        read_only: The file must not be touched.

    Returns:
        The revision it had before, None for a new one.

    Raises:
        NewerDatabaseError: Made by a newer GridApp; untouched.
        ForeignDatabaseError: Not ours; untouched.
        StorageError: A step failed its checks; rolled back.
    """
    with engine.connect() as connection:
        before = current_revision(connection)
    if before == HEAD:
        return before
    if before is not None and before not in _known():
        raise NewerDatabaseError(
            _("This database was made by a newer GridApp (revision {revision}). Update GridApp to open it.").format(
                revision=before
            )
        )
    if read_only:
        raise ReadOnlyDatabaseError(_("The database needs an update but the file is read-only."))
    if before is not None and path is not None:
        backup.copy_beside(engine, path, f"before-{HEAD}")
    _run(engine)
    return before


def _known() -> set[str]:
    return {file.name[:4] for file in (_FOLDER / "versions").glob("[0-9]*.py")}


def _run(engine: Engine) -> None:
    from alembic import command  # heavy: only a new or old database needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(gridapp_writing=True).connect() as connection:
        _foreign_keys(connection, on=False)
        with connection.begin():
            config.attributes["connection"] = connection
            kept = triggers.are_right(connection)
            command.upgrade(config, "head")
            if kept:
                # Rebuilding a table drops its triggers silently.
                triggers.create(connection)
            _check(connection)
        _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, on: bool) -> None:
    """Switch enforcement outside a transaction: rebuilding a parent table would delete its children."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _check(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    sound = connection.scalar(text("PRAGMA quick_check"))
    if broken or sound != "ok":
        raise StorageError(_("The update of the database failed its check and was taken back."))
    connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
