"""Open, create and close databases."""

from __future__ import annotations

import contextlib
import datetime as dt
from functools import partial
from pathlib import Path

from sqlalchemy import select

from gridapp import clock
from gridapp.db import engine as engines
from gridapp.db import marks, migrations, search, server
from gridapp.db.audit import guards
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database, Session
from gridapp.db.faults import translate
from gridapp.db.figures import keeping
from gridapp.db.queries.journal import list_operations
from gridapp.db.records import CategoryRecord, SiteRecord
from gridapp.db.records.visits import is_own
from gridapp.domain.hardship import BUILT_IN
from gridapp.errors import DatabaseBusyError, ForeignDatabaseError, NotFoundError, ReadOnlyDatabaseError
from gridapp.formats import instant
from gridapp.i18n import _
from gridapp.services import backups

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
    try:
        made = engines.make_engine(text, encrypt, key)
    except ForeignDatabaseError as error:
        raise _with_offer(error, path) from error
    marked = path is not None and marks.look(path)
    read_only = path is not None and engines.is_read_only(path)
    try:
        with translate():
            copy = None if path is None else partial(backups.copy_file, made, path, "before-update")
            migrations.upgrade(made, copy, read_only)
        database = Database(made, text if path is not None else server.address_without_secrets(made.url))
        # Asked of the file, not of the migration: a start cut short between the two must not leave it bare.
        if not database.fetch(_is_seeded):
            _seed(database)
        if not read_only:
            if path is not None:
                database.notice = _loss_notice(database, path) if marked else ""
                marks.put(path)
            _keep_guards(database)
        if not read_only and not database.fetch(keeping.are_held):
            _keep_search(database)
            keep_figures_current(database)
        database.limit_reads()
    except ForeignDatabaseError as error:
        made.dispose()
        raise _with_offer(error, path) from error
    except BaseException:
        made.dispose()
        raise
    return database


def _loss_notice(database: Database, path: Path) -> str:
    """Return what to say about a file whose newest changes went with the file beside it."""
    entries = database.fetch(list_operations, 1)
    said = _(
        "GridApp was ended without closing, and the file {name} with the newest changes is gone. "
        "What was saved after {time} may be missing: compare with your notes."
    ).format(name=path.name + "-wal", time=instant(entries[0].at) if entries else "—")
    return f"{said} {backups.offer(path)}".strip()


def _with_offer(error: ForeignDatabaseError, path: Path | None) -> ForeignDatabaseError:
    """Add to what is wrong with a file the backup that could take its place."""
    offer = backups.offer(path) if path is not None else ""
    return type(error)(f"{error} {offer}") if offer else error


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


class _SeededMeanwhile(Exception):
    """Another program was first."""


def _is_seeded(session: Session) -> bool:
    return session.scalar(select(SiteRecord.id).where(is_own(SiteRecord.id))) is not None


def _seed(database: Database) -> None:
    """Give a new database its own site and the categories every community starts with."""
    from gridapp.db.facts.loading import new_site_code  # heavy: half of a file's opening time, for new ones only

    with (
        contextlib.suppress(_SeededMeanwhile),
        database.write("database.create", SYSTEM, undoable=False, alone=True) as unit,
    ):
        if _is_seeded(unit.session):
            raise _SeededMeanwhile
        unit.session.add(SiteRecord(id=0, code=new_site_code()))
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
