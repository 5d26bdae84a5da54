"""Bring a database to this program's schema; refuse one from a newer program.

Revisions are frozen once released: they speak plain Alembic operations and
import no record. All pending revisions run in one transaction that is checked
before it is committed, after a verified backup of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from gridapp.db import locks, server
from gridapp.db.audit import guards, reading
from gridapp.db.connecting import APPLICATION_ID, HEAD
from gridapp.db.figures import triggers
from gridapp.errors import ForeignDatabaseError, NewerDatabaseError, ReadOnlyDatabaseError, StorageError
from gridapp.i18n import _

COPYING = "copying"
"""In the place of a revision while a copy into a database is not finished."""
INSUFFICIENT_PRIVILEGE = "42501"
_OUR_TABLES = {"alembic_version", "site", "operation"}
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
    else:
        found = {name for name in _OUR_TABLES if inspect(connection).has_table(name)}
        if not found:
            return None
        if found != _OUR_TABLES:
            raise ForeignDatabaseError(
                _("The database on the server holds tables that are not GridApp’s. Give GridApp a database of its own.")
            )
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def upgrade(engine: Engine, back_up: Callable[[], object] | None = None, read_only: bool = False) -> str | None:
    """Bring a database to HEAD.

    Args:
        engine: Of the database.
        back_up: Makes a verified copy before anything is changed; a server makes its own.
        read_only: The file must not be touched.

    Returns:
        The revision it had before, None for a new one.

    Raises:
        NewerDatabaseError: Made by a newer GridApp; untouched.
        ForeignDatabaseError: Not ours; untouched.
        StorageError: A step failed its checks, or this user may not; rolled back.
    """
    with engine.connect() as connection:
        before = current_revision(connection)
    if before == HEAD:
        return before
    if before == COPYING:
        raise StorageError(
            _("A copy into this database is not finished. Run the same “gridapp copy” again: it goes on from there.")
        )
    if before is not None and before not in _known():
        raise NewerDatabaseError(
            _("This database was made by a newer GridApp (revision {revision}). Update GridApp to open it.").format(
                revision=before
            )
        )
    if read_only:
        raise ReadOnlyDatabaseError(_("The database needs an update but the file is read-only."))
    if before is not None and back_up is not None:
        back_up()
    _run(engine)
    return before


def _known() -> set[str]:
    return {file.name[:4] for file in (_FOLDER / "versions").glob("[0-9]*.py")}


def _run(engine: Engine) -> None:
    with engine.execution_options(gridapp_writing=True).connect() as connection:
        foreign_keys(connection, on=False)
        with connection.begin():
            upgrade_within(connection)
        foreign_keys(connection, on=True)


def upgrade_within(connection: Connection) -> None:
    """Run all pending revisions in the transaction that is open, and check the outcome.

    Two programs may start this at once: the second one waits, and then finds
    nothing left to do.

    Raises:
        StorageError: The outcome fails its check, or the server will not do.
        ReadOnlyDatabaseError: This user of the server may not change tables.
    """
    from alembic import command  # heavy: only a new or old database needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        _check_server(connection)
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '5min'"))
        locks.hold_migration(connection)
    kept = triggers.are_right(connection)
    try:
        command.upgrade(config, "head")
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != INSUFFICIENT_PRIVILEGE:
            raise
        raise ReadOnlyDatabaseError(
            _("The tables on the server must be set up or updated first. Let the owner of the database open it once.")
        ) from error
    if inspect(connection).has_table("audit_link"):
        reading.adopt(connection)
        guards.create(connection)
    if kept:
        # Rebuilding a table drops its triggers silently.
        triggers.create(connection)
    check(connection)


def _check_server(connection: Connection) -> None:
    version = connection.dialect.server_version_info or ()
    if version < server.OLDEST:
        raise StorageError(
            _("The database server is too old: PostgreSQL {needed} or newer is needed, this is {found}.").format(
                needed=".".join(map(str, server.OLDEST)), found=".".join(map(str, version))
            )
        )
    if connection.scalar(text("SHOW server_encoding")) != "UTF8":
        raise StorageError(_("The database on the server cannot hold Chinese. Make one with the encoding UTF8."))


def foreign_keys(connection: Connection, on: bool) -> None:
    """Switch SQLite's enforcement outside a transaction: rebuilding a parent table would delete its children."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def check(connection: Connection) -> None:
    """Refuse a file whose references or pages are broken; mark it as ours.

    Raises:
        StorageError: It is; what the transaction did is taken back.
    """
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    sound = connection.scalar(text("PRAGMA quick_check"))
    if broken or sound != "ok":
        raise StorageError(_("The update of the database failed its check and was taken back."))
    connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
