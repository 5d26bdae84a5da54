"""Show what is masked, of one person, to somebody who says why; each look is on record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_resident
from gridapp.db.queries.residents import written_address
from gridapp.db.records import ContactRecord, ResidencyRecord
from gridapp.domain.changes import Changes
from gridapp.errors import ValidationError
from gridapp.i18n import _

SHORTEST_REASON = 2
SHOWN_SECONDS = 60
"""How long a screen shows what was revealed. [s]"""


@dataclass(frozen=True)
class Revealed:
    """What lists do not show of a person.

    Attributes:
        contacts: Name, relation and phone of each emergency contact.
    """

    name: str
    id_number: str
    phone: str
    other_document: str
    address: str
    register_address: str
    contacts: tuple[tuple[str, str, str], ...]


def demand_reason(reason: str) -> None:
    """Check that somebody says why.

    Raises:
        ValidationError: They do not.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError(_("Say why you need to see this."), "reason")


@repeated_on_clash
def reveal(database: Database, person: str, reason: str, actor: str) -> Changes:
    """Return the whole record of one person as ``Changes.result``, and note who asked and why.

    Args:
        database: Where they are.
        person: Key or reference.
        reason: Why it is needed; goes into the audit log.
        actor: Who asks.

    Raises:
        ValidationError: No reason was given.
        NotFoundError: There is no such person.
        NotAllowedError: They do not belong to the account's area.
    """
    demand_reason(reason)
    with database.write("reveal.person", actor, undoable=False) as unit:
        record = get_resident(unit.session, person)
        unit.keep_look([record.id])
        unit.detail = {"purpose": reason.strip()}
        home = unit.session.execute(
            select(ResidencyRecord.address, ResidencyRecord.household_id)
            .where(ResidencyRecord.resident_id == record.id)
            .order_by(ResidencyRecord.start.desc())
            .limit(1)
        ).first()
        address = written_address(unit.session, *home) if home is not None else ""
        contacts = select(ContactRecord.name, ContactRecord.relation, ContactRecord.phone)
        rows = unit.session.execute(contacts.where(ContactRecord.resident_id == record.id).order_by(ContactRecord.id))
        found = Revealed(
            record.name, record.id_number or "", record.phone or "", record.other_document or "", address,
            record.register_address or "", tuple((name, relation or "", phone or "") for name, relation, phone in rows),
        )  # fmt: skip
        return unit.changes((), "", found)
