"""Prove the audit log, let go what is older than it must be kept, and note who looked at whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import text

from gridapp import clock
from gridapp.db.audit import chain, verifying, witness
from gridapp.db.audit.verifying import AuditFault, AuditReport, Wrong
from gridapp.db.audit.witness import Witness
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.references import get_resident
from gridapp.domain.changes import Changes
from gridapp.domain.retention import months_before
from gridapp.formats import instant
from gridapp.i18n import N_, _
from gridapp.progress import NullProgress, Progress

__all__ = [
    "AuditFault", "AuditReport", "Witness", "Wrong", "compare_with_paper", "fault_sentence", "prune_audit",
    "record_look", "verify_audit",
]  # fmt: skip

_SENTENCES = {
    Wrong.ALTERED: N_("Entry {number} of the audit log was altered after it was written ({action}, {actor}, {time})."),
    Wrong.REORDERED: N_("Entry {number} of the audit log stands where it was not written ({action}, {actor}, {time})."),
    Wrong.INSERTED: N_("Entry {number} was put into the audit log past GridApp ({action}, {actor}, {time})."),
    Wrong.REMOVED: N_("An entry was removed from the audit log at place {place}."),
    Wrong.CUT_OFF: N_("The audit log was cut off at place {place}: entries that were signed are gone."),
    Wrong.ERASED: N_(
        "Row images of entry {number} of the audit log were removed past GridApp ({action}, {actor}, {time})."
    ),
    Wrong.UNSIGNED: N_("The signature of the audit log at place {place} is not genuine."),
}

_WITNESSED = {
    Witness.HELD: N_("The paper belongs to this audit log: entry {place} is the one it was printed after."),
    Witness.OTHER: N_("The audit log is not the one of the paper: at place {place} stands another entry."),
    Witness.BEYOND: N_("The audit log is not the one of the paper: it ends before place {place}."),
    Witness.LET_GO: N_("Entry {place} was let go when its time was over; the paper can no longer be compared."),
}


def verify_audit(database: Database, progress: Progress = NullProgress()) -> AuditReport:
    """Check the audit log from its first entry to its last.

    Raises:
        OperationCancelled: The user asked to stop.
        StorageError: The file or server failed.
    """
    with database.read_whole() as session:
        return verifying.verify(session.connection(), progress)


def compare_with_paper(database: Database, printed: str) -> tuple[Witness, str]:
    """Return whether the mark at the foot of a printed page belongs to this log, and a sentence that says so.

    Only together with ``verify_audit`` does it prove that all before the print is as it was.

    Raises:
        ValidationError: That is no such mark.
    """
    with database.read() as session:
        found, place = witness.compare(session.connection(), printed)
    return found, _(_WITNESSED[found]).format(place=place)


def fault_sentence(fault: AuditFault) -> str:
    """Return one sentence that names the first entry that is not as it was written."""
    time = instant(fault.at) if fault.at else ""
    return _(_SENTENCES[fault.wrong]).format(
        number=fault.operation, place=fault.position, action=fault.action, actor=fault.actor, time=time
    )


@repeated_on_clash
def record_look(
    database: Database, people: Collection[str], action: str, actor: str, purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> Changes:  # fmt: skip
    """Note that somebody looked at people's records, printed them or took them out.

    Args:
        database: Where.
        people: Keys or references.
        action: Such as "resident.reveal" or "roster.print".
        actor: Who.
        purpose: Why, as given.
        detail: What else the entry says; no personal data.

    Raises:
        NotFoundError: Unknown person.
    """
    with database.write(action, actor, undoable=False) as unit:
        unit.keep_look([get_resident(unit.session, one).id for one in people])
        unit.detail = (detail or {}) | ({"purpose": purpose} if purpose else {})
        return unit.changes(())


def prune_audit(database: Database, actor: str) -> Changes:
    """Let go of entries older than they must be kept, and leave a signed checkpoint in their place.

    What a later entry or an import still refers to keeps its line, without the row images.

    Returns:
        Changes whose result is how many entries went.

    Raises:
        StorageError: The file or server failed, or nothing can be signed here; nothing was written.
    """
    with database.write("audit.prune", actor, undoable=False, alone=True) as unit:
        months = load_settings(unit.session).audit_months
        day = months_before(clock.today(), months)
        before = chain.microseconds(dt.datetime.combine(day, dt.time(), clock.CIVIL_ZONE))
        connection = unit.session.connection()
        # The first entry that is young enough stays, and everything behind it: clocks can have been wrong.
        last = connection.execute(text(
            "SELECT coalesce(min(l.position) - 1, (SELECT max(position) FROM audit_link)) FROM audit_link l "
            "JOIN operation o ON o.id = l.operation_id WHERE o.at >= :before"
        ), {"before": before}).scalar() or 0  # fmt: skip
        gone = connection.execute(
            text("SELECT count(*) FROM audit_link WHERE position <= :last"), {"last": last}
        ).scalar() or 0
        if gone:
            digest = connection.execute(
                text("SELECT digest FROM audit_link WHERE position = :last"), {"last": last}
            ).scalar()
            assert digest is not None
            chain.add_checkpoint(connection, last, bytes(digest), pruned=True)
            for statement in _PRUNING:
                connection.execute(text(statement), {"last": last})
        unit.detail = {"entries": gone, "months": months}
        return unit.changes((), _("{count} entries older than {day} were let go.").format(count=gone, day=day), gone)


_OLD = "SELECT operation_id FROM audit_link WHERE position <= :last"
_PRUNING = (
    f"DELETE FROM operation_change WHERE operation_id IN ({_OLD})",
    f"DELETE FROM operation WHERE id IN ({_OLD}) "
    "AND NOT EXISTS (SELECT 1 FROM operation later WHERE later.undoes_id = operation.id "
    f"AND later.id NOT IN ({_OLD})) "
    "AND NOT EXISTS (SELECT 1 FROM import_batch b WHERE b.operation_id = operation.id)",
    "DELETE FROM audit_link WHERE position <= :last",
)
