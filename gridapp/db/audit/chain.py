"""The chain: each entry's digest covers its content and the digest before it.

The bytes are fixed (``content_digest``): numbers as eight bytes, texts and
JSON exactly as stored, each with its length before it, so that no two contents
give the same bytes. JSON is taken as its text, never parsed, so a digest can
be checked by any program that can read the tables.

A row image enters the digest as its seal: a salted digest of its own. When the
time of somebody's data is over, images and salt are removed and the seal stays
in their place (``erase``): who did what and when is still proved, and the seal
without its salt tells nothing about what it was made of.

Several may write at once on a server: whoever has done everything else takes
the end of the chain, adds to it and commits, so nobody waits for more than
another's commit, and no two wait for each other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import locks, trips
from gridapp.db.audit import signing
from gridapp.db.base import EPOCH
from gridapp.errors import StorageError

logger = logging.getLogger(__name__)

START = bytes(32)
"""What stands before the first entry."""

ENTRIES_PER_CHECKPOINT = 256
_ENTRY, _LINK, _CHECKPOINT = b"gridapp audit entry 2", b"gridapp audit link 1", b"gridapp audit checkpoint 1"
_SEAL = b"gridapp audit image 1"
_LAST = "SELECT position, digest FROM audit_link ORDER BY position DESC LIMIT 1"
SALT_BYTES = 16

Change = Sequence[Any]
"""Position, table, row key, resident number or None, and the ``seal_of`` the row before and after."""


class Entry(NamedTuple):
    """One audit entry as stored.

    Attributes:
        operation: Its number.
        at: Instant. [µs since 1970]
        actor: Who.
        action: What.
        detail: JSON text.
        undoable: Whether undo may take it back.
        undoes: The entry it takes back.
    """

    operation: int
    at: int
    actor: str
    action: str
    detail: str
    undoable: bool
    undoes: int | None


def content_digest(entry: Entry, changes: Iterable[Change]) -> bytes:
    """Return the digest of one entry with its row images in their order. [32 bytes]"""
    whole = hashlib.sha256(_ENTRY)
    add = whole.update
    for value in entry:
        add(_framed(value))
    for change in changes:
        for value in change:
            add(_framed(value))
    return whole.digest()


def seal_of(salt: bytes | None, before: str | None, after: str | None) -> bytes | None:
    """Return the salted digest that stands for a row's images [32 bytes]; None when there is nothing to seal.

    Args:
        salt: Random and kept beside the images; None for images from before salts.
        before: JSON text.
        after: JSON text.
    """
    if before is None and after is None:
        return None
    return hashlib.sha256(_SEAL + (salt or b"") + _framed(before) + _framed(after)).digest()


def new_salt() -> bytes:
    """Return a salt for the images of one row."""
    return secrets.token_bytes(SALT_BYTES)


def link_digest(previous: bytes, position: int, content: bytes) -> bytes:
    """Return the digest that joins an entry to all before it. [32 bytes]"""
    return hashlib.sha256(_LINK + previous + position.to_bytes(8, "big") + content).digest()


def checkpoint_message(at: int, position: int, digest: bytes, pruned: bool) -> bytes:
    """Return the bytes that a checkpoint's signature covers."""
    return _CHECKPOINT + at.to_bytes(8, "big", signed=True) + position.to_bytes(8, "big") + bytes([pruned]) + digest


def append(session: Session, operation: int, content: bytes) -> None:
    """Join an entry to the end of the chain; the last thing a transaction does.

    Args:
        session: Of the write that stored the entry.
        operation: Its number.
        content: Its ``content_digest``.
    """
    connection = session.connection()
    position, previous = _held_link(connection)
    add_link(connection, position + 1, operation, link_digest(previous, position + 1, content))
    if (position + 1) % ENTRIES_PER_CHECKPOINT == 0:
        try_to_sign(connection)


def _held_link(connection: Connection) -> tuple[int, bytes]:
    """Return the newest link, when nobody else adds to the chain any more."""
    if connection.dialect.name != "postgresql":
        return last_link(connection)
    _held, last = trips.ask_at_once(connection, locks.HOLD_AUDIT_END, _LAST)
    return (last[0][0], bytes(last[0][1])) if last else last_link(connection)


def last_link(connection: Connection) -> tuple[int, bytes]:
    """Return position and digest of the newest link; 0 and ``START`` when there is none."""
    last = connection.exec_driver_sql(_LAST).first()
    if last is not None:
        return last[0], bytes(last[1])
    # Nothing but what was pruned: the chain goes on from there.
    pruned = connection.exec_driver_sql(
        f"SELECT position, digest FROM audit_checkpoint WHERE {_is_pruned(connection)} ORDER BY position DESC LIMIT 1"
    ).first()
    return (pruned[0], bytes(pruned[1])) if pruned is not None else (0, START)


def try_to_sign(connection: Connection) -> bool:
    """Sign the end of the chain if something was added since the last checkpoint; return whether it was.

    A computer that cannot keep a signing key still saves: the chain holds
    without, and the next checkpoint covers everything before it.
    """
    position, digest = last_link(connection)
    signed = connection.exec_driver_sql("SELECT max(position) FROM audit_checkpoint").scalar()
    if position == 0 or (signed is not None and signed >= position):
        return False
    try:
        add_checkpoint(connection, position, digest, pruned=False)
    except StorageError:
        logger.info("the audit log could not be signed: there is no place for a signing key")
        return False
    return True


def add_checkpoint(connection: Connection, position: int, digest: bytes, pruned: bool) -> None:
    """Store a signed checkpoint of the chain.

    Args:
        connection: Of a write.
        position: Up to where.
        digest: The link's there.
        pruned: Everything up to there is about to be removed, its time being over.

    Raises:
        StorageError: There is no signing key and none can be made.
    """
    at = microseconds(clock.now())
    public_key, signature = signing.sign(checkpoint_message(at, position, digest, pruned))
    mark = _mark(connection)
    connection.exec_driver_sql(
        "INSERT INTO audit_checkpoint (at, position, digest, pruned, public_key, signature) "
        f"VALUES ({', '.join([mark] * 6)})",
        (at, position, digest, pruned, public_key, signature),
    )


def microseconds(instant: dt.datetime) -> int:
    """Return an instant as stored. [µs since 1970]"""
    return (instant - EPOCH) // dt.timedelta(microseconds=1)


def add_link(connection: Connection, position: int, operation: int, digest: bytes) -> None:
    """Store an entry's place in the chain."""
    mark = _mark(connection)
    connection.exec_driver_sql(
        f"INSERT INTO audit_link (position, operation_id, digest) VALUES ({mark}, {mark}, {mark})",
        (position, operation, digest),
    )


def _mark(connection: Connection) -> str:
    return "%s" if connection.dialect.name == "postgresql" else "?"


def _is_pruned(connection: Connection) -> str:
    return "pruned" if connection.dialect.name == "postgresql" else "pruned = 1"


def _framed(value: int | str | bytes | None) -> bytes:
    if value is None:
        return b"\x00"
    if isinstance(value, bytes):
        return b"\x03" + value
    if isinstance(value, int):
        return b"\x01" + value.to_bytes(8, "big", signed=True)
    encoded = value.encode()
    return b"\x02" + len(encoded).to_bytes(8, "big") + encoded
