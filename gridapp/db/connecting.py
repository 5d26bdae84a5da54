"""Connect to a database file: the one place that knows the driver, the key and the pragmas.

Free of SQLAlchemy, so that the first page can be read before that is loaded;
``engine`` makes its connections here too.

SQLite is reached through sqlcipher3 alone, encrypted or not: two SQLite
libraries on one file corrupt it, and Python's own has the WAL-reset fault
(fixed in 3.51.3).
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from gridapp.errors import ForeignDatabaseError, StorageError
from gridapp.i18n import _

HEAD = "0019"
"""The newest revision of the schema; kept here so that an up-to-date file opens without loading Alembic."""

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


def is_on_server(location: str) -> bool:
    """Return whether a location is an address rather than a path."""
    return "://" in location


def is_read_only(path: Path) -> bool:
    """Return whether a file is marked read-only; the mark binds the superuser too."""
    try:
        return not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    except OSError:
        return False


def looks_encrypted(path: Path) -> bool:
    """Return whether a file is encrypted, by its first bytes.

    Raises:
        StorageError: It cannot be read.
        ForeignDatabaseError: It is empty or too short to be a database.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_PLAIN_HEADER))
    except OSError as error:
        raise StorageError(_("The file {path} cannot be read.").format(path=path)) from error
    if len(head) < len(_PLAIN_HEADER):
        raise ForeignDatabaseError(_("The file {path} is empty or cut short; it is not a database.").format(path=path))
    return head != _PLAIN_HEADER


def driver() -> Any:
    """Return the driver's module.

    Raises:
        StorageError: Its SQLite is too old.
    """
    from sqlcipher3 import dbapi2

    if dbapi2.sqlite_version_info < MINIMUM_SQLITE:
        raise StorageError(_("The SQLite library is too old to keep data safely."))
    return dbapi2


def connect(path: Path, key: str | None, read_only: bool) -> Any:
    """Open a connection to a file, one of ours or an empty one in WAL mode.

    Args:
        path: The file; made if it is not there.
        key: 64 hexadecimal digits, None for a plain file.
        read_only: Nothing may be written, not even beside it.

    Raises:
        StorageError: The SQLite library is too old.
    """
    connection = _open(path, key, _reading_only(path) if read_only else "?mode=rwc")
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if not read_only and _is_ours_or_empty(connection):
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_beside(path: Path, key: str | None, reads_only: bool) -> Any:
    """Open a bare connection to a database's file or to a copy of it, which stays in the state it is in.

    Args:
        path: The file; made when it is not there and may be written to.
        key: 64 hexadecimal digits, None for a plain file.
        reads_only: Nothing will be written through it.
    """
    if not reads_only:
        return _open(path, key, "?mode=rwc")
    # A copy nobody writes to needs no files beside it.
    beside = path.with_name(path.name + "-wal").exists() and not is_read_only(path)
    return _open(path, key, "?mode=ro" if beside else _reading_only(path))


def hold_alone(path: Path, makes: bool) -> Any | None:
    """Hold an empty file until the connection returned is closed or the program ends; only one at a time can.

    Args:
        path: The file; nothing is written to it.
        makes: Make it when it is not there.

    Returns:
        None when somebody else holds it, it is not there, or the disk knows no locks.
    """
    held = None
    try:
        held = _open(path, None, "?mode=rwc" if makes else "?mode=rw")
        held.execute("PRAGMA busy_timeout = 0")
        held.execute("PRAGMA journal_mode = MEMORY")  # else another file lies beside it
        held.execute("BEGIN EXCLUSIVE")
    except driver().Error:
        if held is not None:
            held.close()
        return None
    return held


def _open(path: Path, key: str | None, query: str) -> Any:
    connection = driver().connect(
        path.resolve().as_uri() + query,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=5.0,
        cached_statements=KEPT_STATEMENTS,
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        if key is not None:
            connection.execute(f"PRAGMA key = \"x'{key}'\"")
            connection.execute("PRAGMA cipher_compatibility = 4")
    except BaseException:
        connection.close()
        raise
    return connection


def _reading_only(path: Path) -> str:
    # Immutable asks for no file beside, but passes over what a crash left in the WAL.
    wal = path.with_name(path.name + "-wal")
    return "?mode=ro" if wal.exists() and wal.stat().st_size else "?mode=ro&immutable=1"


def is_ours(connection: Any) -> bool:
    """Return whether a file says that GridApp made it."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _is_ours_or_empty(connection: Any) -> bool:
    """Return whether a file may be written to; turning on the WAL would already change someone else's."""
    return is_ours(connection) or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
