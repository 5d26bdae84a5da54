"""Open, create and close databases."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from gridapp import clock
from gridapp.db import backup, migrations, search, server
from gridapp.db import engine as engines
from gridapp.db.audit import guards
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database, Session
from gridapp.db.faults import translate
from gridapp.db.figures import keeping
from gridapp.db.records import CategoryRecord, SiteRecord
from gridapp.db.unit_of_work import OWN_SITE
from gridapp.domain.hardship import BUILT_IN
from gridapp.errors import DatabaseBusyError, NotFoundError, ReadOnlyDatabaseError, ValidationError
from gridapp.i18n import _

SYSTEM = "gridapp"
BUILT_IN_SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""Stamp of what every database starts with, so that equal facts give equal exports."""


def open_database(location: str | Path, encrypt: bool = True, create: bool = True, key: str | None = None) -> Database:
    """Open a database, bringing it to this program's schema first.

    Args:
        location: Path of a file, or a database URL.
        encrypt: Whether a new file is encrypted; an old one says itself.
        create: Make the file when it is not there.
        key: 64 hexadecimal digits; None takes the user's key file.

    Raises:
        NotFoundError: The file is not there and may not be made.
        StorageError: It cannot be opened; the text says why and what to do.
    """
    text = str(location)
    path = None if engines.is_on_server(text) else Path(text)
    if path is not None and not path.exists() and not create:
        raise NotFoundError(_("There is no database {path}.").format(path=path))
    made = engines.make_engine(text, encrypt, key)
    read_only = path is not None and engines.is_read_only(path)
    try:
        with translate():
            migrations.upgrade(made, path, read_only)
        database = Database(made, text if path is not None else server.address_without_secrets(made.url))
        # Asked of the file, not of the migration: a start cut short between the two must not leave it bare.
        if not database.fetch(_is_seeded):
            _seed(database)
        if not read_only:
            _keep_guards(database)
            _keep_search(database)
            keep_figures_current(database)
    except BaseException:
        made.dispose()
        raise
    return database


@repeated_on_clash
def _keep_guards(database: Database) -> None:
    """Put the audit log's triggers back where something dropped them; on a server only its owner may."""
    if not database.is_on_server and not database.fetch(_are_guarded):
        with database.write_unrecorded() as session:
            guards.create(session.connection())


def _are_guarded(session: Session) -> bool:
    return guards.are_right(session.connection())


@repeated_on_clash
def _keep_search(database: Database) -> None:
    """Fill a search index that an update has just made."""
    if database.fetch(search.is_missing):
        with database.write_unrecorded() as session:
            if search.is_missing(session):
                search.refresh(session)


@repeated_on_clash
def keep_figures_current(database: Database) -> None:
    """Let the figures kept stand at today; call it after midnight too, so that the first to save need not wait.

    When another program is writing, or this user of a server may only look,
    this is left to the next write: reads stay exact meanwhile, only slower.

    Raises:
        StorageError: The file or server failed.
    """
    if database.fetch(keeping.are_current, clock.today()):
        return
    try:
        with database.write_unrecorded() as session:
            keeping.ensure(session, clock.today())
    except (DatabaseBusyError, ReadOnlyDatabaseError):
        return


def back_up(database: Database) -> Path:
    """Write a verified copy beside the database file and return its path.

    Raises:
        ValidationError: The database is on a server, which has its own backups.
        StorageError: The copy failed or does not pass its check.
    """
    if database.is_on_server:
        raise ValidationError(
            _("A database on a server is backed up there, for instance with pg_dump. See docs/postgresql.md.")
        )
    return backup.copy_beside(database.engine, Path(database.location), "backup")


class _SeededMeanwhile(Exception):
    """Another program was first."""


def _is_seeded(session: Session) -> bool:
    return session.get(SiteRecord, OWN_SITE) is not None


def last_backup(database: Database) -> dt.datetime | None:
    """Return when the newest backup beside the database file was made, or None."""
    if database.is_on_server:
        return None
    return backup.newest_copy(Path(database.location))


def _seed(database: Database) -> None:
    """Give a new database its own site and the categories every community starts with."""
    from gridapp.db.facts_loading import new_site_code  # heavy: half of a file's opening time, for new ones only

    with (
        contextlib.suppress(_SeededMeanwhile),
        database.write("database.create", SYSTEM, undoable=False, alone=True) as unit,
    ):
        if _is_seeded(unit.session):
            raise _SeededMeanwhile
        unit.session.add(SiteRecord(id=OWN_SITE, code=new_site_code()))
        for position, category in enumerate(BUILT_IN):
            unit.session.add(
                CategoryRecord(
                    code=category.code,
                    ref=category.code,
                    name=None,
                    kind=category.kind.value,
                    counts=category.counts,
                    position=position,
                    created_at=BUILT_IN_SINCE,
                    created_by=SYSTEM,
                )
            )
