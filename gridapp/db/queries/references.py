"""Find rows by what users know them by: a key, or the reference of a facts file."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from gridapp.db.base import Travelling
from gridapp.db.records import ActorRecord, GridRecord, ResidentRecord, SiteRecord, VisitRecord, WorkerRecord
from gridapp.db.records.visits import is_own, pack, unpack
from gridapp.domain.keys import parse_uuid, parse_visit_uuid, visit_uuid
from gridapp.errors import NotFoundError
from gridapp.i18n import _

Record = TypeVar("Record", bound=Travelling)
Found = TypeVar("Found", bound=Any)


def shown(ref: str | None, uid: uuid.UUID) -> str:
    """Return what lists and exports show: the reference if there is one, else the key."""
    return ref if ref is not None else str(uid)


def shown_plain(ref: str | None, uid: bytes | uuid.UUID) -> str:
    """Return ``shown`` of a key as ``plain_rows`` has it: bytes of a file, a UUID of a server."""
    if ref is not None or not isinstance(uid, bytes):
        return ref if ref is not None else str(uid)
    text = uid.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def matches(record: type[Travelling], text: str) -> ColumnElement[bool]:
    """Return the condition that a row has this key or reference."""
    key = parse_uuid(text)
    return record.ref == text if key is None else record.uid == key


def _get(session: Session, record: type[Record], text: str, sentence: str, to_change: bool = False) -> Record:
    statement = select(record).where(matches(record, text))
    found = session.scalar(held(statement) if to_change else statement)
    if found is None:
        raise NotFoundError(sentence.format(id=text))
    return found


def held(statement: Select[Found]) -> Select[Found]:
    """Let a statement wait until nobody else changes its rows, read them as they are then, and hold them.

    Rows that merely point at them may still be added by others. SQLite has one
    writer anyway.
    """
    return statement.with_for_update(key_share=True).execution_options(populate_existing=True)


def get_resident(session: Session, text: str, to_change: bool = False) -> ResidentRecord:
    """Return the resident with this key or reference.

    Args:
        session: Where to look.
        text: Key or reference.
        to_change: Nobody else changes what is kept about them until the transaction ends.

    Raises:
        NotFoundError: There is none, or the record is sealed.
    """
    found = _get(session, ResidentRecord, text, _("There is no person “{id}”."), to_change)
    if found.withheld is not None:
        raise NotFoundError(_("This record is sealed or deleted. Ask an administrator."))
    return found


def get_worker(session: Session, text: str) -> WorkerRecord:
    """Return the worker with this key or reference.

    Raises:
        NotFoundError: There is none.
    """
    return _get(session, WorkerRecord, text, _("There is no worker “{id}”."))


def get_grid(session: Session, code: str) -> GridRecord:
    """Return the grid with this code.

    Raises:
        NotFoundError: There is none.
    """
    found = session.scalar(select(GridRecord).where(GridRecord.code == code))
    if found is None:
        raise NotFoundError(_("There is no grid “{code}”.").format(code=code))
    return found


def get_visit(session: Session, text: str, to_change: bool = False) -> VisitRecord:
    """Return the visit with this key or reference.

    Args:
        session: Where to look.
        text: Key or reference.
        to_change: Nobody else takes it back until the transaction ends.

    Raises:
        NotFoundError: There is none.
    """
    key = parse_uuid(text)
    dot = parse_visit_uuid(key) if key else None
    found = None
    if dot is not None:
        site = session.scalar(select(SiteRecord.id).where(SiteRecord.code == site_code(dot[0])))
        found = session.get(VisitRecord, pack(site, dot[1])) if site is not None else None
    if found is None:
        found = session.scalar(select(VisitRecord).where(VisitRecord.ref == text))
    if found is None:
        raise NotFoundError(_("There is no visit “{id}”.").format(id=text))
    if to_change:
        found = session.scalar(held(select(VisitRecord).where(VisitRecord.id == found.id)))
        if found is None:  # taken back by undoing while this one waited
            raise NotFoundError(_("There is no visit “{id}”.").format(id=text))
    return found


def site_code(site: int) -> str:
    """Return a site's 80-bit number as it is stored, 20 hexadecimal digits."""
    return f"{site:020x}"


def shown_visit(row_number: int, ref: str | None, site_codes: dict[int, str]) -> str:
    """Return what lists and exports show for a visit.

    Args:
        row_number: Packed row number.
        ref: Its reference, if any.
        site_codes: Codes of sites by their number here.
    """
    if ref is not None:
        return ref
    site, seq = unpack(row_number)
    return str(visit_uuid(int(site_codes[site], 16), seq))


def own_site_code(session: Session) -> str:
    """Return the code of this database's own site."""
    return session.scalars(select(SiteRecord.code).where(is_own(SiteRecord.id))).one()


def site_codes(session: Session) -> dict[int, str]:
    """Return the codes of all sites by their number here."""
    return dict(session.execute(select(SiteRecord.id, SiteRecord.code)).all())


def actor_names(session: Session) -> dict[int, str]:
    """Return the names visits were keyed in under, by their number."""
    return dict(session.execute(select(ActorRecord.id, ActorRecord.name)).all())


def text_of(record: Any) -> str:
    """Return what lists show for a travelling record."""
    return shown(record.ref, record.uid)
