"""Delete what need not be kept any longer, and leave a proof that holds.

The proof is the audit entry: how many people, how many rows of which kind, by
which rule and whom, and a digest over the seals of the images that were
removed. ``audit verify`` checks that every image that is gone is named by such
an entry.

Source: PIPL article 47; reference/domain.md section 6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from gridapp import clock, formats
from gridapp.db import erasing, scrubbing
from gridapp.db.audit.verifying import ERASING
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.references import matches
from gridapp.db.queries.retention import DueForDeletion, instant_before, list_due_for_deletion
from gridapp.db.records import ResidentRecord
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.domain.retention import Rule, months_before
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.audit import prune_audit

LONGEST_KEPT_MONTHS = 13
"""The rule of backups keeps one of each of twelve months; after the thirteenth nothing older is left."""


@dataclass(frozen=True)
class HeldCopies:
    """Backups made before a deletion, which still hold what was deleted.

    Attributes:
        count: How many lie beside the database.
        until: Day by which the last of them goes by itself; None without any.
    """

    count: int
    until: dt.date | None


def delete_people(
    database: Database, people: Collection[str], actor: str, reason: str = "", progress: Progress = NullProgress()
) -> Changes:
    """Delete people for good: those whose time is over, or anybody for a reason given.

    Args:
        database: Where they are.
        people: Keys or references.
        actor: Who deletes.
        reason: Why somebody goes before their time, e.g. a consent withdrawn; it must not name them.
        progress: Told as it goes.

    Returns:
        Changes whose result is the proof as the audit entry has it.

    Raises:
        ValidationError: Nobody was named, or somebody is not due and no reason was given; nothing was deleted.
        NotFoundError: Unknown person.
        NotAllowedError: Only an administrator may.
    """
    if not people:
        raise ValidationError(_("Nobody was chosen."))
    progress.advance(0, 2, _("Deleting"))
    done = _delete(database, frozenset(people), actor, reason.strip())
    progress.advance(1, 2, _("Overwriting what was deleted"))
    scrubbing.scrub(database.engine, database.location)
    database.limit_reads()
    progress.advance(2, 2)
    return done


@repeated_on_clash
def _delete(database: Database, people: frozenset[str], actor: str, reason: str) -> Changes:
    with database.write(ERASING, actor, undoable=False, alone=True) as unit:
        session = unit.session
        due = {row.id: row.rule for row in list_due_for_deletion(session, clock.today()).people}
        rules = sorted({(Rule.ASKED if reason else due.get(one, Rule.ASKED)).value for one in people})
        if not reason and any(one not in due for one in people):
            raise ValidationError(_("Somebody chosen is not due for deletion yet. Give a reason."), "reason")
        numbers = []
        for one in people:
            record = session.scalar(select(ResidentRecord).where(matches(ResidentRecord, one)))
            if record is None or record.withheld == "erased":
                raise NotFoundError(_("There is no person “{id}”.").format(id=one))
            numbers.append(record.id)
        session.expunge_all()
        erased = erasing.erase_people(unit, numbers)
        unit.detail = {"people": len(numbers), "rules": rules, **erased.proof} | ({"reason": reason} if reason else {})
        message = _("Deleted the data of {count} people. The audit log holds the proof.").format(count=len(numbers))
        changes = unit.changes(EVERYTHING, message, dict(unit.detail))
    return Changes(changes.kinds, None, changes.message, changes.result)


@repeated_on_clash
def delete_waiting(database: Database, actor: str) -> Changes:
    """Delete ledger rows that waited, and drafts that lay, longer than the settings say.

    Raises:
        NotAllowedError: Only an administrator may.
    """
    with database.write(ERASING, actor, undoable=False, alone=True) as unit:
        before = instant_before(clock.today(), load_settings(unit.session).keep_waiting_months)
        erased = erasing.erase_waiting(unit, before)
        unit.detail = {"rules": ["waiting"], **erased.proof}
        count = sum(erased.rows.values())
        changes = unit.changes(EVERYTHING, _("Deleted {count} old rows and drafts.").format(count=count), unit.detail)
    scrubbing.scrub(database.engine, database.location)
    return Changes(changes.kinds, None, changes.message, dict(unit.detail))


def delete_all_due(database: Database, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Delete everything whose time is over: people, waiting rows and drafts, old entries of the audit log.

    Raises:
        ValidationError: Nothing is due.
        NotAllowedError: Only an administrator may.
    """
    database.principal.demand(ERASING)
    due = database.fetch(list_due_for_deletion, clock.today())
    if due.is_empty:
        raise ValidationError(_("Nothing is due for deletion."))
    if due.people:
        delete_people(database, [row.id for row in due.people], actor, progress=progress)
    if due.waiting or due.drafts:
        delete_waiting(database, actor)
    if due.entries:
        prune_audit(database, actor)
        scrubbing.scrub(database.engine, database.location)
    message = _("Deleted: {people} people, {rows} waiting rows and drafts, {entries} entries of the audit log.").format(
        people=len(due.people), rows=due.waiting + due.drafts, entries=due.entries
    )
    return Changes(EVERYTHING, None, message, due)


def held_copies(database: Database, before: dt.datetime) -> HeldCopies:
    """Return the backups made before a deletion; the rule that rotates them says how long they stay."""
    if database.is_on_server:
        return HeldCopies(0, None)
    rows = [row for row in backups.list_all(database) if row.at < before]
    if not rows:
        return HeldCopies(0, None)
    newest = max(row.at for row in rows).astimezone(clock.CIVIL_ZONE).date()
    return HeldCopies(len(rows), months_before(newest, -LONGEST_KEPT_MONTHS))


def copies_sentence(held: HeldCopies) -> str:
    """Return what backups still hold, as a sentence."""
    if held.until is None:
        return _("No backup holds it.")
    return _(
        "{count} backups made before still hold it. They can be put back only by whoever may restore, and the last of "
        "them goes by {day}; copies you made elsewhere stay until you delete them."
    ).format(count=held.count, day=formats.date(held.until))


__all__ = [
    "DueForDeletion",
    "HeldCopies",
    "copies_sentence",
    "delete_all_due",
    "delete_people",
    "delete_waiting",
    "held_copies",
]
