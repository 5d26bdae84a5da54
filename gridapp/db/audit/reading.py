"""Read the audit log as the chain saw it, values exactly as stored; and chain a log that never was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from gridapp.db.audit import chain
from gridapp.db.audit.chain import Entry, content_digest

CHUNK = 1000

_ENTRY = (
    "o.id, o.at, o.actor, o.action, CAST(o.detail AS TEXT), o.undoable, o.undoes_id"
)
_CHANGE = (
    "c.operation_id, c.position, c.table_name, c.row_key, c.resident_id, CAST(c.before AS TEXT), "
    "CAST(c.after AS TEXT), c.salt, c.seal"
)


@dataclass(frozen=True)
class Link:
    """One place of the chain with the entry it names.

    Attributes:
        position: In the chain, from 1.
        operation: Number of its entry.
        digest: As stored.
        at: Instant. [µs since 1970] None when the entry is gone.
        actor: Who; None when the entry is gone.
        action: What; None when the entry is gone.
        content: Digest of what the entry holds now; None when it is gone.
    """

    position: int
    operation: int
    digest: bytes
    at: int | None
    actor: str | None
    action: str | None
    content: bytes | None


def links(connection: Connection, after: int = 0) -> Iterator[Link]:
    """Yield the chain in its order, from the place after a position."""
    while True:
        rows = connection.execute(
            text(
                f"SELECT l.position, l.operation_id, l.digest, {_ENTRY} FROM audit_link l "
                "LEFT JOIN operation o ON o.id = l.operation_id "
                "WHERE l.position > :after ORDER BY l.position LIMIT :most"
            ),
            {"after": after, "most": CHUNK},
        ).all()
        if not rows:
            return
        changes = connection.execute(
            text(
                f"SELECT {_CHANGE} FROM audit_link l JOIN operation_change c ON c.operation_id = l.operation_id "
                "WHERE l.position > :after AND l.position <= :until ORDER BY l.position, c.position"
            ),
            {"after": after, "until": rows[-1][0]},
        )
        by_operation = {number: [_sealed(row) for row in group] for number, group in groupby(changes, itemgetter(0))}
        for position, operation, digest, *entry in rows:
            gone = entry[0] is None
            content = None if gone else content_digest(_typed(entry), by_operation.get(operation, ()))
            at, actor, action = (None, None, None) if gone else entry[1:4]
            yield Link(position, operation, bytes(digest), at, actor, action, content)
        after = rows[-1][0]


def unlinked_entries(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """Yield number and content digest of every entry, by number."""
    after = 0
    while True:
        rows = connection.execute(
            text(f"SELECT {_ENTRY} FROM operation o WHERE o.id > :after ORDER BY o.id LIMIT :most"),
            {"after": after, "most": CHUNK},
        ).all()
        if not rows:
            return
        changes = connection.execute(
            text(
                f"SELECT {_CHANGE} FROM operation_change c WHERE c.operation_id > :after AND c.operation_id <= :until "
                "ORDER BY c.operation_id, c.position"
            ),
            {"after": after, "until": rows[-1][0]},
        )
        by_operation = {number: [_sealed(row) for row in group] for number, group in groupby(changes, itemgetter(0))}
        for entry in rows:
            yield entry[0], content_digest(_typed(entry), by_operation.get(entry[0], ()))
        after = rows[-1][0]


def adopt(connection: Connection) -> None:
    """Chain the entries of a database that had no chain yet; only an upgrade does this."""
    if connection.exec_driver_sql("SELECT count(*) FROM audit_link").scalar():
        return
    position, previous = 0, chain.START
    for operation, content in unlinked_entries(connection):
        position, previous = position + 1, chain.link_digest(previous, position + 1, content)
        chain.add_link(connection, position, operation, previous)
    chain.try_to_sign(connection)


def _typed(entry: Any) -> Entry:
    number, at, actor, action, detail, undoable, undoes = entry
    return Entry(number, at, actor, action, detail, bool(undoable), undoes)


def _sealed(row: Any) -> chain.Change:
    _operation, position, table, key, resident, before, after, salt, seal = row
    # Images that are there speak for themselves: a seal beside them proves nothing.
    is_erased = before is None and after is None and seal is not None
    whole = bytes(seal) if is_erased else chain.seal_of(bytes(salt) if salt is not None else None, before, after)
    return position, table, key, resident, whole
