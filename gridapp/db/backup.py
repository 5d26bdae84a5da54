"""Verified copies of a database file.

The copy is made page by page by SQLite's own backup, from one moment's state,
while others go on writing. It carries the same encryption, and is complete
under its final name or not there at all.

Source: https://sqlite.org/backup.html
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from gridapp.db import engine as engines
from gridapp.db import parts
from gridapp.db.audit import guards
from gridapp.db.base import EPOCH
from gridapp.db.faults import DISK_FULL, translate_driver
from gridapp.db.figures import triggers
from gridapp.db.records.visits import FIRST_OTHER_SITE
from gridapp.errors import DiskFullError, ForeignDatabaseError, StorageError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

PAGES_AT_ONCE = 1000


@dataclass(frozen=True)
class Contents:
    """What a file holds, for comparing a copy with its original.

    Attributes:
        revision: Of its schema.
        people: Residents.
        visits: Visits, those taken back included.
        entries: Audit entries.
        last_entry: Number of the newest audit entry, 0 without any.
        last_at: When that was, None without any.
        position: Length of the audit log's chain.
        digest: Its last digest.
    """

    revision: str
    people: int
    visits: int
    entries: int
    last_entry: int
    last_at: dt.datetime | None
    position: int
    digest: bytes


def copy(engine: Engine, path: Path, target: Path, progress: Progress = NullProgress()) -> Contents:
    """Write a checked copy of a database.

    Args:
        engine: Of the database; its connections may go on working.
        path: Its file.
        target: Where the copy goes; replaced when it is there.
        progress: Told as pages are copied; cancelling leaves nothing.

    Raises:
        StorageError: The copy could not be made or does not pass its check.
        OperationCancelled: The user asked to stop.
    """
    try:
        with parts.part_of(target) as part:
            with translate_driver():
                counted = _copy_pages(engine, path, part, progress)
                if check(engine, part, thorough=True) != counted:
                    raise StorageError(_("The backup could not be verified; nothing was changed."))
            make_durable(part)
            os.replace(part, target)
            make_durable(target.parent)
    except OSError as error:
        raise _disk_error(error) from error
    return counted


def _copy_pages(engine: Engine, path: Path, part: Path, progress: Progress) -> Contents:
    def tell(_status: int, remaining: int, total: int) -> None:
        progress.advance(total - remaining, total, _("Copying"))

    with contextlib.closing(engines.connect_beside(engine, path, reads_only=True)) as source:
        source.execute("BEGIN")
        counted = contents(source)  # holds this moment until the end
        with contextlib.closing(engines.connect_beside(engine, part, reads_only=False)) as target:
            target.execute("PRAGMA journal_mode = OFF")
            target.execute("PRAGMA synchronous = OFF")
            with _named_faults():
                source.backup(target, pages=PAGES_AT_ONCE, progress=tell)
        source.execute("ROLLBACK")
    return counted


@contextlib.contextmanager
def _named_faults() -> Iterator[None]:
    """Sort the faults of SQLite's backup, which carry a text and no name."""
    try:
        yield
    except engines.driver().Error as error:
        if getattr(error, "sqlite_errorname", ""):
            raise
        if "full" in str(error):
            raise DiskFullError(_(DISK_FULL)) from error
        raise StorageError(_("The backup could not be written: {reason}.").format(reason=error)) from error


def check(engine: Engine, file: Path, thorough: bool = False) -> Contents:
    """Open a copy and count what is in it.

    Args:
        engine: Of the database it was copied from, or of any with the same key.
        file: The copy.
        thorough: Look at every page too.

    Raises:
        ForeignDatabaseError: It is damaged, not ours, or has another key.
    """
    with translate_driver(), contextlib.closing(engines.connect_beside(engine, file, reads_only=True)) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] != engines.APPLICATION_ID:
            raise ForeignDatabaseError(_("The file is a database, but not one made by GridApp."))
        if thorough and faults_of(connection, quick=True):
            raise ForeignDatabaseError(_("The file {file} is damaged.").format(file=file.name))
        if thorough and _strangers(connection):
            raise ForeignDatabaseError(
                _("The file {file} holds instructions that are not GridApp’s. Choose another backup.").format(
                    file=file.name
                )
            )
        return contents(connection)


def newest_entry(engine: Engine, file: Path) -> int:
    """Return the number of the newest audit entry in a file, 0 without any."""
    with translate_driver(), contextlib.closing(engines.connect_beside(engine, file, reads_only=True)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'operation'").fetchone()[0]:
            return 0
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM operation").fetchone()[0])


def site_of(engine: Engine, file: Path) -> str:
    """Return the code of the site a copy is of, by which the visits keyed in there are numbered.

    Raises:
        ForeignDatabaseError: It is damaged, not ours, or has another key.
    """
    with translate_driver(), contextlib.closing(engines.connect_beside(engine, file, reads_only=True)) as connection:
        found = connection.execute("SELECT code FROM site WHERE id < ?", (FIRST_OTHER_SITE,)).fetchone()
    return str(found[0]) if found else ""


def _strangers(connection: Any) -> list[str]:
    """Return triggers and views that no version of the program made: they would act on what is saved."""
    found = connection.execute("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view')").fetchall()
    own = {*guards.NAMES, "resident_token_removed"}
    return [name for kind, name in found if kind == "view" or not (name in own or name.startswith(triggers.PREFIX))]


def faults_of(connection: Any, quick: bool) -> list[str]:
    """Return what SQLite and SQLCipher find wrong with a file's pages, in their words; nothing when all is well."""
    check_name = "quick_check" if quick else "integrity_check"
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
        found += [row[0] for row in connection.execute(f"PRAGMA {check_name}") if row[0] != "ok"]
    except UnicodeDecodeError as error:  # it quotes a name whose bytes are damaged
        found = [str(error)]
    return found


def contents(connection: Any) -> Contents:
    """Count what a file holds; starts a read when none is open."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    def one(statement: str, table: str) -> Any:
        return connection.execute(statement).fetchone() if table in tables else None

    revision = one("SELECT version_num FROM alembic_version", "alembic_version")
    newest = one("SELECT id, at FROM operation ORDER BY id DESC LIMIT 1", "operation")
    link = one("SELECT position, digest FROM audit_link ORDER BY position DESC LIMIT 1", "audit_link")
    people, visits, entries = (
        (one(f"SELECT count(*) FROM {table}", table) or (0,))[0] for table in ("resident", "visit", "operation")
    )
    return Contents(
        revision[0] if revision else "", people, visits, entries,
        newest[0] if newest else 0, EPOCH + dt.timedelta(microseconds=newest[1]) if newest else None,
        link[0] if link else 0, bytes(link[1]) if link else b"",
    )  # fmt: skip


def carry(file: Path, target: Path) -> None:
    """Copy a file's bytes to another place, complete under its name or not there at all.

    Raises:
        StorageError: The other place failed.
    """
    try:
        with parts.part_of(target) as part:
            shutil.copyfile(file, part)
            make_durable(part)
            os.replace(part, target)
            make_durable(target.parent)
    except OSError as error:
        raise _disk_error(error) from error


def make_durable(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows keeps names by itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _disk_error(error: OSError) -> StorageError:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(_(DISK_FULL))
    return StorageError(_("The backup could not be written: {reason}.").format(reason=error.strerror or "?"))
