"""Keep people: who they are, whom to call, when they are away; ``resident_dates`` has what else holds for a time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import locks
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_grid, get_resident, held, matches, text_of
from gridapp.db.records import AbsenceRecord, ContactRecord, ResidencyRecord, ResidentRecord
from gridapp.db.records.people import ABSENCE_REASONS, REGISTER_STATES, SEXES
from gridapp.db.sealing import sealed_numbers
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs
from gridapp.domain.identity import parse_id_number
from gridapp.errors import ConflictError, NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.services.resident_dates import end_enrolment, enrol, move_resident, record_death, set_tier

__all__ = [
    "NewResident",
    "add_contact",
    "add_resident",
    "approve_absence",
    "checked_values",
    "edit_resident",
    "end_enrolment",
    "enrol",
    "move_resident",
    "record_absence",
    "record_death",
    "set_tier",
    "stored_resident",
]


@dataclass(frozen=True)
class NewResident:
    """A person as they are entered or corrected.

    Attributes:
        name: Full name.
        sex: "F", "M" or "U"; taken from the ID number when that is given.
        birth: Birth date; taken from the ID number when that is given.
        id_number: Citizen ID number or "".
        phone: One or several, as written.
        ethnicity: Name of the ethnic group.
        register_address: Address of the household register.
        register_status: "same", "registered_elsewhere", "living_elsewhere" or "".
        note: Free text.
    """

    name: str
    sex: str = "U"
    birth: dt.date | None = None
    id_number: str = ""
    phone: str = ""
    ethnicity: str = ""
    register_address: str = ""
    register_status: str = ""
    note: str = ""


@repeated_on_clash
def add_resident(
    database: Database, person: NewResident, grid: str, address: str, since: dt.date, actor: str
) -> Changes:
    """Add a person who lives in a grid since a day.

    Returns:
        Changes whose result is the person's key.

    Raises:
        NotFoundError: Unknown grid.
        ValidationError: A value cannot be, or the ID number is there already.
    """
    with database.write("resident.add", actor) as unit:
        values = checked_values(unit.session, person, None)
        record = ResidentRecord(**values)
        unit.session.add(record)
        unit.session.flush()
        lived = ResidencyRecord(
            resident_id=record.id, grid_id=get_grid(unit.session, grid).id, address=address.strip() or None, start=since
        )
        unit.session.add(lived)
        unit.session.flush()
        return unit.changes({Kind.RESIDENT}, _("Added {name}.").format(name=record.name), text_of(record))


@repeated_on_clash
def edit_resident(
    database: Database, resident: str, person: NewResident, actor: str, seen: int | None = None
) -> Changes:
    """Correct who a person is.

    Args:
        database: Where.
        resident: Key or reference.
        person: All values, changed or not.
        actor: Who says so.
        seen: Version these values began from (``ResidentCard.version``); None overwrites whatever is there.

    Raises:
        NotFoundError: Unknown person.
        ConflictError: Someone else changed the person after that version; it carries what is stored now.
        ValidationError: A value cannot be, or the ID number belongs to someone else.
    """
    with database.write("resident.edit", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        if seen is not None and record.version != seen:
            raise ConflictError(theirs=_as_stored(record))
        for name, value in checked_values(unit.session, person, record.id).items():
            setattr(record, name, value)
        return unit.changes({Kind.RESIDENT}, _("Changed {name}.").format(name=record.name), resident)


def stored_resident(session: Session, resident: str) -> Theirs:
    """Return a person as stored now, who stored it and when; ``seen`` is what a correction says it has seen.

    Raises:
        NotFoundError: Unknown person.
    """
    return _as_stored(get_resident(session, resident))


def _as_stored(record: ResidentRecord) -> Theirs:
    """Return the fields of ``NewResident`` as stored, "" where there is no text."""
    names = (field.name for field in dataclasses.fields(NewResident))
    values = {name: getattr(record, name) for name in names}
    values |= {name: value or "" for name, value in values.items() if name != "birth"}
    by, at = record.changed_by or record.created_by, record.changed_at or record.created_at
    return Theirs(values, by, at, record.version)


def checked_values(session: Session, person: NewResident, own: int | None) -> dict[str, Any]:
    """Return column values of a person, checked.

    Args:
        session: Where to look for the same ID number.
        person: What was entered.
        own: Row number of the person being corrected.

    Raises:
        ValidationError: A value cannot be, or the ID number belongs to someone else.
    """
    if not person.name.strip():
        raise ValidationError(_("A name is needed."), "name")
    if person.sex not in SEXES:
        raise ValidationError(_("“{value}” is not a sex.").format(value=person.sex), "sex")
    if person.register_status and person.register_status not in REGISTER_STATES:
        raise ValidationError(
            _("“{value}” is not a register status.").format(value=person.register_status), "register_status"
        )
    birth, sex, number = person.birth, person.sex, None
    if person.id_number.strip():
        parsed = parse_id_number(person.id_number)
        number, birth, sex = parsed.number, parsed.birth, parsed.sex
        if person.birth is not None and person.birth != parsed.birth:
            raise ValidationError(
                _("The birth date {given} does not agree with the ID number, which says {read}.").format(
                    given=person.birth, read=parsed.birth
                ),
                "birth",
            )
        if person.sex != "U" and person.sex != parsed.sex:
            raise ValidationError(_("The sex does not agree with the ID number."), "sex")
        locks.hold_id_number(session, number)
        holder = session.scalar(select(ResidentRecord).where(ResidentRecord.id_number == number))
        if holder is not None and holder.id != own:
            raise ValidationError(
                _("This ID number belongs to {name}, who is here already.").format(name=holder.name), "id_number"
            )
        if own is None and number in sealed_numbers(session):
            raise ValidationError(_("This ID number belongs to the sealed record of somebody who died."), "id_number")
    if birth is not None and birth > clock.today():
        raise ValidationError(_("The birth date {day} lies in the future.").format(day=birth), "birth")
    texts = {
        name: getattr(person, name).strip() or None
        for name in ("phone", "ethnicity", "register_address", "register_status", "note")
    }
    return {"name": person.name.strip(), "sex": sex, "birth": birth, "id_number": number, **texts}


@repeated_on_clash
def record_absence(
    database: Database, resident: str, reason: str, start: dt.date, end: dt.date | None, actor: str
) -> Changes:
    """Note that a person is away; it counts once someone else approved it.

    Raises:
        NotFoundError: Unknown person.
        ValidationError: Unknown reason, or the end is not after the start.
    """
    with database.write("absence.add", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        if reason not in ABSENCE_REASONS:
            raise ValidationError(_("“{value}” is not a reason of absence.").format(value=reason), "reason")
        if end is not None and end <= start:
            raise ValidationError(_("The end must lie after the start {day}.").format(day=start), "end")
        absence = AbsenceRecord(
            resident_id=record.id, reason=reason, start=start, end=end, approved=False, author=actor
        )
        unit.session.add(absence)
        unit.session.flush()
        message = _("Noted that {name} is away; someone else must approve it.").format(name=record.name)
        return unit.changes({Kind.ABSENCE}, message, text_of(absence))


@repeated_on_clash
def approve_absence(database: Database, absence: str, actor: str) -> Changes:
    """Approve an absence that someone else noted.

    Raises:
        NotFoundError: Unknown absence.
        ValidationError: It was approved before, or the actor noted it.
    """
    with database.write("absence.approve", actor) as unit:
        record = unit.session.scalar(held(select(AbsenceRecord).where(matches(AbsenceRecord, absence))))
        if record is None:
            raise NotFoundError(_("There is no absence “{id}”.").format(id=absence))
        if record.approved:
            raise ValidationError(_("This absence was approved before."), "approved")
        if record.author == actor:
            raise ValidationError(_("Who noted an absence cannot approve it. Ask a colleague."), "approved_by")
        record.approved, record.approved_by, record.approved_at = True, actor, unit.now
        return unit.changes({Kind.ABSENCE}, _("Approved the absence."), absence)


@repeated_on_clash
def add_contact(database: Database, resident: str, name: str, relation: str, phone: str, actor: str) -> Changes:
    """Add someone to call for a person.

    Raises:
        NotFoundError: Unknown person.
        ValidationError: Name or phone is missing.
    """
    with database.write("contact.add", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        if not name.strip() or not phone.strip():
            raise ValidationError(_("A contact needs a name and a phone."), "phone")
        contact = ContactRecord(
            resident_id=record.id, name=name.strip(), relation=relation.strip() or None, phone=phone.strip()
        )
        unit.session.add(contact)
        unit.session.flush()
        return unit.changes(
            {Kind.RESIDENT}, _("Added a contact for {name}.").format(name=record.name), text_of(contact)
        )
