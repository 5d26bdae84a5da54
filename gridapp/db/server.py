"""Connections to a PostgreSQL server.

What is relied on, and why the limits are what they are: ``docs/postgresql.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

import gridapp
from gridapp.errors import StorageError
from gridapp.i18n import _

OLDEST = (12,)
"""Version that has what the statements use: MATERIALIZED tables inside a statement."""

_SCHEMES = ("postgresql+psycopg", "postgresql", "postgres")
_CONNECTING = {
    "connect_timeout": 10,
    "client_encoding": "utf8",
    # A pulled cable is noticed within a minute, also while waiting for an answer.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_LIMITS = {
    "statement_timeout": "10min",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "10min",
    "client_connection_check_interval": "10s",  # since version 14: what a killed program had asked for ends
}
# A limit that the server, the role or the address sets is left alone; a name the server does not know is passed over.
_SET_LIMITS = """
    SELECT set_config(name, value, false) FROM pg_settings
    JOIN unnest(%s::text[], %s::text[]) AS wanted (known, value) ON known = name
    WHERE setting = '0'
"""
# Compiling a statement to machine code takes longer than any of ours runs.
_NO_COMPILING = "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'"


def parse_address(location: str) -> URL:
    """Read the address of a database on a server.

    Raises:
        StorageError: It is not one; the text does not repeat it, for it may hold a password.
    """
    sentence = _(
        "This is not the address of a database GridApp can open. Write postgresql+psycopg://user@host/name."
    )
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        raise StorageError(sentence) from error
    if url.drivername not in _SCHEMES or not url.database:
        raise StorageError(sentence)
    return url.set(drivername=_SCHEMES[0])


def address_without_secrets(url: URL) -> str:
    """Return who, where and which database, as screens and records show it; no password, no options."""
    shown = URL.create(url.drivername, url.username, None, url.host, url.port, url.database)
    return shown.render_as_string()


def make_server_engine(location: str, dump_json: Callable[[Any], str]) -> Engine:
    """Return an engine for a database on a server; nothing is connected yet.

    Args:
        location: Its address. Options in it, such as ``connect_timeout`` or
            ``sslmode``, go before ours.
        dump_json: Writes JSON columns.

    Raises:
        StorageError: The address is not understood.
    """
    url = parse_address(location)
    ours: dict[str, Any] = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    ours["fallback_application_name"] = f"GridApp {gridapp.__version__}"
    engine = create_engine(
        url,
        connect_args=ours,
        json_serializer=dump_json,
        hide_parameters=True,
        pool_pre_ping=True,  # a connection that the server closed meanwhile is replaced before it is used
        pool_size=4,
        max_overflow=8,
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    connection.autocommit = True  # what a transaction sets goes when it is taken back
    with connection.cursor() as cursor:
        cursor.execute(_SET_LIMITS, (list(_LIMITS), list(_LIMITS.values())))
        cursor.execute(_NO_COMPILING)
    connection.autocommit = False
