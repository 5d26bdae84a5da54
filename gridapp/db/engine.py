"""Make engines: a file's connections come from ``connecting``, a server's from ``server``."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from gridapp.db import connecting, keyfile, server
from gridapp.db.base import PackedDate
from gridapp.db.connecting import APPLICATION_ID, driver, is_on_server, is_read_only
from gridapp.errors import StorageError
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
        chosen = (key or keyfile.load_key(create=not path.exists())) if encrypted else None
        engine = create_engine(
            "sqlite://",
            module=connecting.driver(),
            creator=partial(connecting.connect, path, chosen, is_read_only(path)),
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=8,
            json_serializer=dump_json,
            execution_options={_KEY: chosen},
            hide_parameters=True,  # names and numbers of people stay out of error texts
        )
        engine.dialect.colspecs = {**engine.dialect.colspecs, Date: PackedDate}
    event.listen(engine, "begin", _begin)
    return engine


def connect_beside(engine: Engine, path: Path, reads_only: bool) -> Any:
    """Return a bare connection to a database's file, or to a copy with the same key; the caller closes it.

    Args:
        engine: Of a file.
        path: Any file with the same key.
        reads_only: Nothing will be written through it.
    """
    return connecting.connect_beside(path, engine.get_execution_options()[_KEY], reads_only)


def is_encrypted(engine: Engine) -> bool:
    """Return whether an engine's file is encrypted."""
    return engine.get_execution_options().get(_KEY) is not None


def attach_copy(engine: Engine, connection: Any, path: Path, name: str) -> None:
    """Let a bare connection read a copy with the same key too, under a name of its own."""
    key = engine.get_execution_options()[_KEY]
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
