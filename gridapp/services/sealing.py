"""Seal the records of the deceased, open one for a reason, and unseal.

Source: PIPL articles 47 and 49; reference/domain.md section 6.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import engine as engines
from gridapp.db import sealing
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.references import get_resident, matches, shown
from gridapp.db.queries.residents import written_address
from gridapp.db.queries.retention import LISTED, list_to_seal
from gridapp.db.records import ContactRecord, ResidencyRecord, ResidentRecord, SealedPersonRecord
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.domain.masking import mask_name
from gridapp.errors import NotAllowedError, NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.services.revealing import Revealed, demand_reason

AT_ONCE = 200
OPENING = "sealed.open"


@dataclass(frozen=True)
class SealedRow:
    """A sealed record, for whoever may open one.

    Attributes:
        id: Key or reference.
        name: Masked.
        died: Day of death.
        at: When it was sealed.
        by: Who sealed it.
    """

    id: str
    name: str
    died: dt.date | None
    at: dt.datetime
    by: str


@repeated_on_clash
def seal_record(database: Database, person: str, actor: str) -> Changes:
    """Seal the record of somebody who died, before its time.

    Raises:
        NotFoundError: Unknown person, or sealed before.
        ValidationError: They have not died.
    """
    with database.write("sealed.add", actor, undoable=False) as unit:
        record = get_resident(unit.session, person, to_change=True)
        if record.died is None or record.died > clock.today():
            raise ValidationError(_("Only the record of somebody who has died can be sealed."))
        sealing.take_away(unit, record)
        unit.detail = {"people": 1}
        changes = unit.changes(EVERYTHING, _("Sealed the record."))
    database.limit_reads()
    return Changes(changes.kinds, None, changes.message, 1)


def is_any_due(database: Database) -> bool:
    """Return whether there is a record that this account should seal now."""
    if not database.principal.may("sealed.add"):
        return False
    if not database.is_on_server and engines.is_read_only(Path(database.location)):
        return False
    return bool(database.fetch(list_to_seal, clock.today(), 1))


def seal_due(database: Database, actor: str, at_most: int | None = None, before: int = 0) -> Changes:
    """Seal the records of those whose time until sealing is over.

    Args:
        database: Where they are.
        actor: Who seals.
        at_most: So many; whoever calls again until fewer are sealed lets others save meanwhile.
        before: How many were sealed in the turns before; the last turn tells of all.

    Returns:
        Changes whose result is how many there were.

    Raises:
        StorageError: The file or server failed; whoever was not sealed will be the next time.
        NotAllowedError: The account may not.
    """
    database.principal.demand("sealed.add")
    people = database.fetch(list_to_seal, clock.today(), at_most or LISTED)
    for start in range(0, len(people), AT_ONCE):
        _seal_some(database, people[start : start + AT_ONCE], actor)
    if people:
        database.limit_reads()
    if len(people) == at_most or not before + len(people):
        return Changes(result=len(people))
    message = _("Sealed {count} records of the deceased.").format(count=before + len(people))
    return Changes(EVERYTHING, None, message, len(people))


@repeated_on_clash
def _seal_some(database: Database, people: list[str], actor: str) -> None:
    with database.write("sealed.add", actor, undoable=False) as unit:
        for person in people:
            found = unit.session.scalar(select(ResidentRecord).where(matches(ResidentRecord, person)))
            if found is not None and found.withheld is None and found.died is not None:
                sealing.take_away(unit, found)
        unit.detail = {"people": len(people), "rule": "due"}
        unit.changes(EVERYTHING)


def may_open(database: Database) -> bool:
    """Return whether whoever works with a database may open sealed records, by the settings."""
    role = database.principal.role
    return role is None or role.value in database.fetch(load_settings).sealed_readers


def list_sealed(database: Database) -> list[SealedRow]:
    """Return the sealed records, the newest first.

    Raises:
        NotAllowedError: The account may not open any.
    """
    _demand_opener(database)
    with database.read() as limited, database.read_whole(OPENING) as session:
        in_sight = set(limited.scalars(select(ResidentRecord.id).where(ResidentRecord.withheld == "sealed")))
        rows = session.execute(
            select(SealedPersonRecord, ResidentRecord)
            .join(ResidentRecord, ResidentRecord.id == SealedPersonRecord.resident_id)
            .order_by(SealedPersonRecord.at.desc(), SealedPersonRecord.resident_id)
        )
        return [
            SealedRow(shown(person.ref, person.uid), mask_name(_name_of(kept)), person.died, kept.at, kept.by)
            for kept, person in rows
            if person.id in in_sight
        ]


@repeated_on_clash
def open_sealed(database: Database, person: str, reason: str, actor: str) -> Changes:
    """Return what a sealed record holds as ``Changes.result``, and note who asked and why.

    Args:
        database: Where it is.
        person: Key or reference.
        reason: Why it is needed; goes into the audit log.
        actor: Who asks.

    Raises:
        ValidationError: No reason was given.
        NotFoundError: There is no such sealed record.
        NotAllowedError: The account may not open any, or it lies outside its area.
    """
    _demand_opener(database)
    demand_reason(reason)
    with database.write(OPENING, actor, undoable=False) as unit:
        record, sealed = _sealed(unit.session, person)
        unit.keep_look([record.id])
        unit.detail = {"purpose": reason.strip()}
        return unit.changes((), "", _revealed(unit.session, sealed))


@repeated_on_clash
def unseal(database: Database, person: str, reason: str, actor: str) -> Changes:
    """Put a sealed record back where it was, for instance when a death was noted by mistake.

    Raises:
        ValidationError: No reason was given.
        NotFoundError: There is no such sealed record.
        NotAllowedError: Only an administrator may.
    """
    demand_reason(reason)
    with database.write("sealed.remove", actor, undoable=False) as unit:
        record, sealed = _sealed(unit.session, person)
        sealing.put_back(unit, record, sealed)
        unit.detail = {"reason": reason.strip()}
        done = unit.changes(EVERYTHING, _("Unsealed the record of {name}.").format(name=record.name), person)
    database.limit_reads()
    return Changes(done.kinds, None, done.message, person)


def _sealed(session: Session, person: str) -> tuple[ResidentRecord, SealedPersonRecord]:
    record = session.scalar(select(ResidentRecord).where(matches(ResidentRecord, person)))
    found = session.get(SealedPersonRecord, record.id) if record is not None else None
    if record is None or found is None:
        raise NotFoundError(_("There is no sealed record “{id}”.").format(id=person))
    return record, found


def _demand_opener(database: Database) -> None:
    if not may_open(database):
        raise NotAllowedError(_("Your account may not open sealed records. The settings name who may."))


def _name_of(sealed: SealedPersonRecord) -> str:
    return str(sealing.values_of(sealed, ResidentRecord)[0]["name"])


def _revealed(session: Session, sealed: SealedPersonRecord) -> Revealed:
    person = sealing.values_of(sealed, ResidentRecord)[0]
    places = sealing.values_of(sealed, ResidencyRecord)
    homes = [written_address(session, values.get("address"), values.get("household_id")) for values in places]
    contacts = tuple(
        (values["name"], values["relation"] or "", values["phone"] or "")
        for values in sealing.values_of(sealed, ContactRecord)
    )
    return Revealed(
        person["name"], person.get("id_number", ""), person.get("phone", ""), person.get("other_document", ""),
        next(filter(None, reversed(homes)), ""), person.get("register_address", ""), contacts,
    )  # fmt: skip
