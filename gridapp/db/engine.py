"""The one place that opens connections; ``server`` has those to PostgreSQL.

SQLite is reached through sqlcipher3 alone, encrypted or not: two SQLite
libraries on one file corrupt it, and Python's own has the WAL-reset fault
(fixed in 3.51.3).
"""

from __future__ import annotations

import json
import stat
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from gridapp.db import keyfile, server
from gridapp.db.days import PackedDate
from gridapp.errors import ForeignDatabaseError, StorageError
from gridapp.i18n import _

APPLICATION_ID = 0x47524944  # "GRID"
MINIMUM_SQLITE = (3, 51, 3)
KEPT_STATEMENTS = 1000
"""Prepared statements kept per connection. The driver drops the least used, which once its cache is full is always
the newest: with its usual 128 a visit's triggers were compiled again for every visit, 1.1 ms instead of 0.05."""
_PLAIN_HEADER = b"SQLite format 3\x00"

_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    "busy_timeout = 5000",
    "foreign_keys = ON",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    "cache_size = -16000",
    "temp_store = MEMORY",
)


def make_engine(location: str, encrypt: bool, key: str | None = None) -> Engine:
    """Return an engine for a file path or a database URL.

    Args:
        location: Path of an SQLite file, or a URL such as
            ``postgresql+psycopg://user@host/name``.
        encrypt: Whether a file that does not exist yet is made encrypted. An
            existing file says by its first bytes what it is.
        key: 64 hexadecimal digits; None takes the user's key file.

    Raises:
        StorageError: The folder is missing, or the key is, or the URL is no PostgreSQL server's.
        ForeignDatabaseError: The file is empty or too short to be a database.
    """
    if is_on_server(location):
        engine = server.make_server_engine(location, _dump_json)
    else:
        path = Path(location)
        if path.exists() or not encrypt:
            encrypted = path.exists() and _looks_encrypted(path)
        else:
            encrypted = True
        if not path.parent.is_dir():
            raise StorageError(_("The folder {folder} does not exist.").format(folder=path.parent))
        chosen = (key or keyfile.load_key(create=not path.exists())) if encrypted else None
        engine = create_engine(
            "sqlite://",
            module=_driver(),
            creator=partial(_connect, path, chosen, is_read_only(path)),
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=8,
            json_serializer=_dump_json,
            hide_parameters=True,  # names and numbers of people stay out of error texts
        )
        engine.dialect.colspecs = {**engine.dialect.colspecs, Date: PackedDate}
    event.listen(engine, "begin", _begin)
    return engine


def is_on_server(location: str) -> bool:
    """Return whether a location is an address rather than a path."""
    return "://" in location


def is_read_only(path: Path) -> bool:
    """Return whether a file is marked read-only; the mark binds the superuser too."""
    try:
        return not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    except OSError:
        return False


def _looks_encrypted(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(len(_PLAIN_HEADER))
    except OSError as error:
        raise StorageError(_("The file {path} cannot be read.").format(path=path)) from error
    if len(head) < len(_PLAIN_HEADER):
        raise ForeignDatabaseError(_("The file {path} is empty or cut short; it is not a database.").format(path=path))
    return head != _PLAIN_HEADER


def _driver() -> Any:
    from sqlcipher3 import dbapi2

    if dbapi2.sqlite_version_info < MINIMUM_SQLITE:
        raise StorageError(_("The SQLite library is too old to keep data safely."))
    return dbapi2


def _connect(path: Path, key: str | None, read_only: bool) -> Any:
    driver = _driver()
    uri = path.resolve().as_uri() + (_reading_only(path) if read_only else "?mode=rwc")
    connection = driver.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0, cached_statements=KEPT_STATEMENTS
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        if key is not None:
            connection.execute(f"PRAGMA key = \"x'{key}'\"")
            connection.execute("PRAGMA cipher_compatibility = 4")
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if not read_only and _is_ours_or_empty(connection):
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _reading_only(path: Path) -> str:
    # Immutable asks for no file beside, but passes over what a crash left in the WAL.
    wal = path.with_name(path.name + "-wal")
    return "?mode=ro" if wal.exists() and wal.stat().st_size else "?mode=ro&immutable=1"


def _is_ours_or_empty(connection: Any) -> bool:
    """Return whether a file may be written to; turning on the WAL would already change someone else's."""
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return True
    return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0)


def _begin(connection: Connection) -> None:
    """Begin by hand, so that DDL rolls back and a writer waits its turn at once."""
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("gridapp_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
