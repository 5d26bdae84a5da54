"""Open the file or the server's database that a copy goes into: empty, or as far as the same copy came before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gridapp.db import backup, copy_state, copying, keyring, locks, migrations, server
from gridapp.db import engine as engines
from gridapp.db.database import Database
from gridapp.db.faults import is_servers_trouble, translate
from gridapp.errors import DatabaseBusyError, GridAppError, OperationCancelled, ValidationError
from gridapp.i18n import _
from gridapp.services.projects import open_database

_STOPPED = (OperationCancelled, KeyboardInterrupt)


@contextmanager
def target_of(target: str, original: Database, encrypt: bool, mark: str) -> Iterator[Connection]:
    """Open a target that is ready for rows; what was stopped is kept there, what failed is removed."""
    if engines.is_on_server(target):
        with _on_server(target, original, mark) as connection:
            yield connection
    else:
        with _new_file(Path(target), original, encrypt, mark) as connection:
            yield connection


@contextmanager
def _on_server(target: str, original: Database, mark: str) -> Iterator[Connection]:
    engine = engines.make_engine(target, encrypt=False)
    try:
        with translate(), engine.connect() as connection:
            with connection.begin():
                if original.is_on_server and _is_same_database(original, connection):
                    raise ValidationError(_("A database cannot be copied into itself."))
                if not locks.hold_copy(connection):
                    raise DatabaseBusyError(_("Somebody else is copying into this database. Wait until that is done."))
                _set_up(connection, engine.url.database or "")
                copy_state.begin(connection, mark)
            try:
                yield connection
            except _STOPPED:
                raise
            except BaseException as error:
                if not is_servers_trouble(error):
                    with suppress(SQLAlchemyError), connection.begin():
                        copy_state.forget(connection)
                raise
    finally:
        engine.dispose()


def _set_up(connection: Connection, name: str) -> None:
    """Make the tables on a server, unless a copy into them was begun.

    Raises:
        ValidationError: There are facts in them.
    """
    revision = migrations.current_revision(connection)
    if revision == migrations.COPYING:
        return
    if revision is not None and copying.holds_facts(connection):
        raise _full(name)
    migrations.upgrade_within(connection)
    with Session(connection) as session:
        locks.pass_the_door(session, alone=True)
        if copying.holds_facts(connection):
            raise _full(name)
    copying.wait_as_long_as_it_takes(connection)


def _is_same_database(original: Database, connection: Connection) -> bool:
    return original.location == server.address_without_secrets(connection.engine.url)


def _full(target: str) -> ValidationError:
    return ValidationError(_("“{target}” holds data already. Copy into a new, empty one.").format(target=target), "to")


@contextmanager
def _new_file(path: Path, original: Database, encrypt: bool, mark: str) -> Iterator[Connection]:
    """Fill a file beside the target; it takes its name only when it is complete."""
    if not original.is_on_server and Path(original.location).resolve() == path.resolve():
        raise ValidationError(_("A database cannot be copied into itself."))
    if path.exists():
        _refuse_used_file(path)
    part = path.with_name(path.name + ".part")
    ring = Path(original.location) if encrypt and _has_ring(original) else None
    # Accounts open a copy as they open the original: it keeps the key and gets the ring that seals it.
    key = engines.key_of(original.engine) if ring else None
    if not _goes_on(part, encrypt, key):
        _remove(part)
    engine = engines.make_engine(str(part), encrypt, key)
    try:
        with translate(), engine.execution_options(gridapp_writing=True).connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            # Nobody sees the file before it is complete, so it need not wait for the disk; a program that ends midway
            # finds it as it was after the last step. A city's homes and indexes are read again and again, and
            # deciphered each time there was no room for them.
            for pragma in ("journal_mode = DELETE", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -131072"):
                driver.execute(f"PRAGMA {pragma}")
            with connection.begin():
                if not copy_state.is_under_way(connection):
                    migrations.upgrade_within(connection)
                copy_state.begin(connection, mark)
            yield connection
        engine.dispose()
        backup.make_durable(part)
        _remove(path)
        if ring is not None:
            keyring.keep_beside(ring, path)
        os.replace(part, path)
    except _STOPPED:
        raise
    except BaseException as error:
        engine.dispose()
        if not is_servers_trouble(error):
            _remove(part)
        raise
    finally:
        engine.dispose()


def _has_ring(original: Database) -> bool:
    return not original.is_on_server and keyring.exists(Path(original.location))


def _goes_on(part: Path, encrypt: bool, key: str | None) -> bool:
    """Return whether a part of a file is there that a copy can go on with."""
    if not part.exists():
        return False
    try:
        engine = engines.make_engine(str(part), encrypt, key)
        try:
            with engine.connect() as connection:
                return engines.is_encrypted(engine) == encrypt and copy_state.is_under_way(connection)
        finally:
            engine.dispose()
    except (GridAppError, SQLAlchemyError):
        return False  # damaged as the power went off, or by another key


def _refuse_used_file(path: Path) -> None:
    there = open_database(path, create=False)
    try:
        with there.read() as session:
            if copying.holds_facts(session.connection()):
                raise _full(path.name)
    finally:
        there.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
