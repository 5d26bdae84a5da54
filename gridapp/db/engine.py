"""Make engines: a file's connections come from ``connecting``, a server's from ``server``."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from gridapp.db import connecting, keyfile, keyring, limits, server
from gridapp.db.base import PackedDate
from gridapp.db.connecting import APPLICATION_ID, driver, is_on_server, is_read_only
from gridapp.domain.access import Principal
from gridapp.errors import SignInError, StorageError
from gridapp.i18n import _

__all__ = [
    "APPLICATION_ID",
    "attach_copy",
    "connect_beside",
    "driver",
    "dump_json",
    "is_encrypted",
    "is_on_server",
    "is_read_only",
    "make_engine",
]

_KEY = "gridapp_key"


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
        engine = server.make_server_engine(location, dump_json)
    else:
        path = Path(location)
        if path.exists() or not encrypt:
            encrypted = path.exists() and connecting.looks_encrypted(path)
        else:
            encrypted = True
        if not path.parent.is_dir():
            raise StorageError(_("The folder {folder} does not exist.").format(folder=path.parent))
        if encrypted and key is None and path.exists():
            key = keyring.held(path)
        if encrypted and key is None and keyring.exists(path):
            raise SignInError(_("This file is opened by an account. Sign in with a name and a password."))
        engine = _make_file_engine(path, (key or keyfile.load_key(create=not path.exists())) if encrypted else None)
    event.listen(engine, "begin", _begin)
    return engine


def _make_file_engine(path: Path, key: str | None) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=connecting.driver(),
        creator=partial(connecting.connect, path, key, is_read_only(path)),
        poolclass=QueuePool,
        pool_size=4,
        pool_use_lifo=True,  # the one just used has the pages at hand; others hold none until they are needed
        max_overflow=8,
        json_serializer=dump_json,
        execution_options={_KEY: key},
        hide_parameters=True,  # names and numbers of people stay out of error texts
    )
    engine.dialect.colspecs = {**engine.dialect.colspecs, Date: PackedDate}
    return engine


def make_limited(engine: Engine, location: str, principal: Principal, has_sealed: bool) -> Engine | None:
    """Return an engine on the same database that reads what an account may see, or None when that is everything.

    Args:
        engine: Reads and writes everything.
        location: Path of the file; a server's address is known by the engine.
        principal: The account.
        has_sealed: There are sealed records, which nobody reads in passing.
    """
    if not principal.is_limited and not has_sealed:
        return None
    on_server = engine.dialect.name != "sqlite"
    if on_server:
        limited = server.make_server_engine(engine.url.render_as_string(hide_password=False), dump_json)
    else:
        limited = _make_file_engine(Path(location), key_of(engine))
    event.listen(limited, "connect", lambda connection, _record: limits.hide(connection, principal, on_server))
    event.listen(limited, "begin", _begin)
    return limited


def release_idle(engine: Engine) -> None:
    """Close a file's connections that nobody uses at present, but one, and empty that one's cache of pages."""
    assert isinstance(engine.pool, QueuePool)
    idle = [engine.raw_connection() for _one in range(engine.pool.checkedin())]  # all at once: each a different one
    for connection in idle[1:]:
        connection.invalidate()
    for connection in idle[:1]:
        connection.cursor().execute("PRAGMA shrink_memory")
        connection.close()


def key_of(engine: Engine) -> str | None:
    """Return the key of an open file, None for a plain one."""
    key: str | None = engine.get_execution_options()[_KEY]
    return key


def connect_beside(engine: Engine, path: Path, reads_only: bool) -> Any:
    """Return a bare connection to a database's file, or to a copy with the same key; the caller closes it.

    Args:
        engine: Of a file.
        path: Any file with the same key.
        reads_only: Nothing will be written through it.
    """
    return connecting.connect_beside(path, key_of(engine), reads_only)


def is_encrypted(engine: Engine) -> bool:
    """Return whether an engine's file is encrypted."""
    return engine.get_execution_options().get(_KEY) is not None


def attach_copy(engine: Engine, connection: Any, path: Path, name: str) -> None:
    """Let a bare connection read a copy with the same key too, under a name of its own."""
    key = key_of(engine)
    uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
    connection.execute(f"ATTACH DATABASE ? AS {name} KEY ?", (uri, f"x'{key}'" if key else ""))


def _begin(connection: Connection) -> None:
    """Begin by hand, so that DDL rolls back and a writer waits its turn at once."""
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("gridapp_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def dump_json(value: Any) -> str:
    """Return a value of a JSON column as the text that is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
