"""Check the audit log from its first entry to its last, and name the first that is not as it was written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection, text

from gridapp.db.audit import chain, signing
from gridapp.db.audit.reading import Link, links
from gridapp.db.base import EPOCH
from gridapp.progress import NullProgress, Progress

ERASING = "retention.erase"
"""Action of the entries that name whose row images were removed when their time was over."""
LOOKED_AHEAD = 1000
"""How many later entries are tried to tell a moved entry from an altered one."""


class Wrong(Enum):
    """What can be wrong with an entry."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut_off"
    UNSIGNED = "unsigned"
    ERASED = "erased"


@dataclass(frozen=True)
class AuditFault:
    """The first entry that is not as it was written.

    Attributes:
        wrong: In which way.
        position: Place in the chain; 0 for an entry that has none.
        operation: Number of the entry, None when it is not known.
        at: When it says it was, None when it is gone.
        actor: Who it names, "" when it is gone.
        action: What it names, "" when it is gone.
    """

    wrong: Wrong
    position: int
    operation: int | None = None
    at: dt.datetime | None = None
    actor: str = ""
    action: str = ""


@dataclass(frozen=True)
class AuditReport:
    """Outcome of a check.

    Attributes:
        entries: Entries checked.
        pruned: Entries let go before the first one, their time being over.
        checkpoints: Signed checkpoints checked.
        signed_until: Position of the last one that is good; entries after it are chained, not yet signed.
        signers: Fingerprints of the keys that signed, this computer's first.
        own: Fingerprint of this computer's key, "" when it has none.
        fault: The first fault, None when all is well.
    """

    entries: int
    pruned: int
    checkpoints: int
    signed_until: int
    signers: tuple[str, ...]
    own: str
    fault: AuditFault | None


@dataclass(frozen=True)
class _Checkpoint:
    at: int
    position: int
    digest: bytes
    pruned: bool
    public_key: bytes
    signature: bytes

    @property
    def is_signed(self) -> bool:
        message = chain.checkpoint_message(self.at, self.position, self.digest, self.pruned)
        return signing.is_signed(message, self.public_key, self.signature)


def verify(connection: Connection, progress: Progress = NullProgress()) -> AuditReport:
    """Check every entry, link and signature of a database.

    Args:
        connection: A read of one moment.
        progress: Told as entries are checked.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    checkpoints = [_Checkpoint(*_plain(row)) for row in connection.execute(text(
        "SELECT at, position, digest, pruned, public_key, signature FROM audit_checkpoint ORDER BY id"
    ))]  # fmt: skip
    start = max((one for one in checkpoints if one.pruned), key=lambda one: one.position, default=None)
    pruned, digest = (start.position, start.digest) if start else (0, chain.START)
    total = connection.execute(text("SELECT count(*) FROM audit_link")).scalar() or 0
    expected = {one.position: one.digest for one in checkpoints}
    fault = next((AuditFault(Wrong.UNSIGNED, one.position) for one in checkpoints if not one.is_signed), None)
    position = pruned
    for link in links(connection, pruned):
        if position % 5000 == 0:
            progress.advance(position - pruned, total)
        wrong = _what_is_wrong(connection, link, position + 1, digest, expected)
        if wrong is not None:
            fault = _earlier(wrong, fault)
            break
        position, digest = link.position, link.digest
    else:
        last = max(expected, default=0)
        if last > position:
            fault = _earlier(AuditFault(Wrong.CUT_OFF, position + 1), fault)
        fault = fault or _inserted(connection, pruned) or _erased(connection)
    progress.advance(1, 1)
    own = signing.own_public_key()
    good = [one for one in checkpoints if one.position <= position and one.is_signed]
    signers = sorted({one.public_key for one in good}, key=lambda key: key != own)
    return AuditReport(
        position - pruned, pruned, len(checkpoints), max((one.position for one in good), default=0),
        tuple(map(signing.fingerprint, signers)), signing.fingerprint(own) if own else "", fault,
    )  # fmt: skip


def _what_is_wrong(
    connection: Connection, link: Link, position: int, previous: bytes, expected: dict[int, bytes]
) -> AuditFault | None:
    if link.position != position:
        return AuditFault(Wrong.REMOVED, position)
    if link.content is None:
        return AuditFault(Wrong.REMOVED, position, link.operation)
    if link.digest == chain.link_digest(previous, position, link.content):
        if expected.get(position, link.digest) == link.digest:
            return None
        return _fault(Wrong.ALTERED, link)  # the chain was rebuilt, but what was signed says otherwise
    return _fault(Wrong.REORDERED if _stands_elsewhere(connection, link, previous) else Wrong.ALTERED, link)


def _stands_elsewhere(connection: Connection, link: Link, previous: bytes) -> bool:
    """Return whether the entry that belongs here is found at a later place."""
    for ahead, other in enumerate(links(connection, link.position)):
        if ahead == LOOKED_AHEAD:
            break
        if other.content is not None:
            for digest in (link.digest, other.digest):  # entries exchanged, or whole links
                if digest == chain.link_digest(previous, link.position, other.content):
                    return True
    return False


def _inserted(connection: Connection, pruned: int) -> AuditFault | None:
    """Return the first entry, or row image, that no link names."""
    referred = (
        " AND NOT EXISTS (SELECT 1 FROM operation later WHERE later.undoes_id = o.id)"
        " AND NOT EXISTS (SELECT 1 FROM import_batch b WHERE b.operation_id = o.id)"
        if pruned
        else ""  # what is still referred to stays when its time is over
    )
    found = connection.execute(text(
        "SELECT o.id, o.at, o.actor, o.action FROM operation o "
        f"WHERE NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.operation_id = o.id){referred} ORDER BY o.id LIMIT 1"
    )).first()  # fmt: skip
    if found is None:
        return None
    return AuditFault(Wrong.INSERTED, 0, found[0], _instant(found[1]), found[2], found[3])


def _erased(connection: Connection) -> AuditFault | None:
    """Return the first entry that lost row images without a later entry that says so."""
    found = connection.execute(text(
        "SELECT o.id, o.at, o.actor, o.action, l.position FROM operation_change c "
        "JOIN operation o ON o.id = c.operation_id JOIN audit_link l ON l.operation_id = o.id "
        "WHERE c.seal IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM operation_change e JOIN operation d ON d.id = e.operation_id "
        "WHERE d.action = :erasing AND e.operation_id > c.operation_id AND e.seal IS NULL "
        "AND e.before IS NULL AND e.after IS NULL "
        "AND ((e.table_name = 'resident' AND e.resident_id = c.resident_id) OR (c.resident_id IS NULL "
        "AND e.table_name = c.table_name AND e.row_key = c.row_key))) ORDER BY l.position LIMIT 1"
    ), {"erasing": ERASING}).first()  # fmt: skip
    if found is None:
        return None
    return AuditFault(Wrong.ERASED, found[4], found[0], _instant(found[1]), found[2], found[3])


def _fault(wrong: Wrong, link: Link) -> AuditFault:
    assert link.at is not None
    return AuditFault(wrong, link.position, link.operation, _instant(link.at), link.actor or "", link.action or "")


def _earlier(one: AuditFault, other: AuditFault | None) -> AuditFault:
    return one if other is None or one.position <= other.position else other


def _instant(at: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=at)


def _plain(row: object) -> tuple[int, int, bytes, bool, bytes, bytes]:
    at, position, digest, pruned, public_key, signature = tuple(row)  # type: ignore[arg-type, var-annotated]
    return at, position, bytes(digest), bool(pruned), bytes(public_key), bytes(signature)


