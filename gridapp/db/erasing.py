"""Remove what is held about somebody: rows, words, audit images; leave nameless pieces and seals.

Rows are removed past the ORM, so that the audit log keeps no image of them.
Figures stay by the pieces (``domain.nameless``), closed months by the digests
in their content (``domain.closing``), the audit chain by its seals.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, Table, cast, delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db.audit import chain
from gridapp.db.base import EPOCH, Base, position_of, table_of
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.people import chunks
from gridapp.db.queries.references import shown
from gridapp.db.queries.roster import RosterRule
from gridapp.db.records import (
    AbsenceRecord,
    CategoryRecord,
    ClosedMonthRecord,
    DraftRecord,
    EnrolmentRecord,
    FirstPageRecord,
    HouseholdRecord,
    ImportBatchRecord,
    ImportRowRecord,
    OperationChangeRecord,
    OperationRecord,
    PrintedRowRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.db.records.people import CATEGORY_KINDS
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain import closing, nameless
from gridapp.domain.nameless import Cadence, Piece, Span
from gridapp.i18n import _

NAMELESS_BY = "gridapp"
_CHANGE = table_of(OperationChangeRecord)
_RESIDENT, _VISIT = table_of(ResidentRecord), table_of(VisitRecord)
_STAYING = {OperationChangeRecord.__tablename__, PrintedRowRecord.__tablename__}
"""Tables that keep their rows: images lose their content, printed rows their reference."""


@dataclass
class Erased:
    """What was removed; goes into the audit entry as the proof.

    Attributes:
        rows: By table.
        images: Row images of the audit log.
        seals: Digest over the seals of those images, in their order.
    """

    rows: Counter[str] = field(default_factory=Counter)
    images: int = 0
    seals: Any = field(default_factory=hashlib.sha256)

    @property
    def proof(self) -> dict[str, Any]:
        """What the audit entry says."""
        return {"rows": dict(sorted(self.rows.items())), "images": self.images, "seals": self.seals.hexdigest()}


def erase_people(unit: UnitOfWork, numbers: Sequence[int]) -> Erased:
    """Remove people for good.

    Args:
        unit: The work; its entry names each of them by row number only.
        numbers: Row numbers of residents; every one of them is there.
    """
    session, erased = unit.session, Erased()
    unit.keep_look(numbers)
    people = {row.id: row for row in session.execute(select(_RESIDENT).where(_RESIDENT.c.id.in_(numbers)))}
    cut = [(person, piece) for person in people.values() for piece in _pieces(session, person)]
    random.SystemRandom().shuffle(cut)  # nothing may join one quarter of a life to the next
    instead: dict[str, dict[str, str]] = {shown(person.ref, person.uid): {} for person in people.values()}
    for person, piece in cut:
        key = _put_piece(unit, piece)
        instead[shown(person.ref, person.uid)][str(piece.quarter)] = key
    _erase_closings(unit, instead, erased)
    _erase_notes(unit, list(people.values()), erased)
    _erase_rows(unit, list(people), erased)
    for chunk in chunks(list(people)):
        _seal_images(session, _CHANGE.c.resident_id.in_(chunk), erased)
    session.expire_all()
    return erased


def erase_waiting(unit: UnitOfWork, before: dt.datetime) -> Erased:
    """Remove rows of ledgers that have waited since before an instant, and drafts as old."""
    erased = Erased()
    batch = table_of(ImportBatchRecord)
    old = list(unit.session.scalars(select(batch.c.id).where(batch.c.created_at < before)))
    for chunk in chunks(old):
        table = table_of(ImportRowRecord)
        _drop(unit, table, table.c.batch_id.in_(chunk), erased)
    draft = table_of(DraftRecord)
    found = unit.session.execute(delete(draft).where(draft.c.saved_at < before)).rowcount  # type: ignore[attr-defined]
    erased.rows["draft"] += found
    entry = table_of(OperationRecord)
    as_old = select(entry.c.id).where(entry.c.at < before)
    _seal_bare(unit, "import_row", _CHANGE.c.operation_id.in_(as_old), erased)
    return erased


def _pieces(session: Session, person: Any) -> list[Piece]:
    lived, carried, away = table_of(ResidencyRecord), table_of(EnrolmentRecord), table_of(AbsenceRecord)
    category = table_of(CategoryRecord)
    homes = select(lived.c.start, lived.c.end, lived.c.grid_id).where(lived.c.resident_id == person.id)
    counting = [kind for kind in CATEGORY_KINDS if kind != "service"]
    categories = (
        select(carried.c.start, carried.c.end, carried.c.category_id)
        .join(category, category.c.id == carried.c.category_id)
        .where(carried.c.resident_id == person.id, category.c.kind.in_(counting))
    )
    absences = select(away.c.start, away.c.end, away.c.reason).where(away.c.resident_id == person.id, away.c.approved)
    visits = select(_VISIT.c.id, _VISIT.c.visited_on, _VISIT.c.outcome, _VISIT.c.mode).where(
        _VISIT.c.resident_id == person.id, _VISIT.c.voided_at.is_(None)
    )
    lived_in, carries, is_away = (
        [Span(*row) for row in session.execute(asked)] for asked in (homes, categories, absences)
    )
    found = session.execute(visits).all()
    modes = RosterRule.monthly(load_settings(session)).modes
    counted = frozenset(row.visited_on for row in found if row.outcome == "met" and row.mode in modes)
    cadence = Cadence(_untold_tiers(session, person, carries), counted)
    met = [(row.id, row.visited_on) for row in found]
    return nameless.pieces(lived_in, carries, is_away, met, person.died, clock.today(), cadence)


def _untold_tiers(session: Session, person: Any, carries: list[Span]) -> list[Span]:
    known, chosen = table_of(CategoryRecord), table_of(TierOverrideRecord)
    codes = {row.id: row for row in session.execute(select(known.c.id, known.c.code, known.c.counts))}
    held = [Span(span.start, span.end, codes[span.what].code) for span in carries]
    overrides = select(chosen.c.start, chosen.c.end, chosen.c.tier).where(chosen.c.resident_id == person.id)
    by_hand = [Span(*row) for row in session.execute(overrides.order_by(chosen.c.id))]
    return nameless.untold_tiers(held, by_hand, person.birth, {row.code for row in codes.values() if row.counts})


def _put_piece(unit: UnitOfWork, piece: Piece) -> str:
    """Store a nameless row that counts as the piece did; return its key."""
    session = unit.session
    stamp = {"created_at": EPOCH, "created_by": NAMELESS_BY, "version": 1}
    uid = unit.new_key()
    made = insert(_RESIDENT).values(uid=uid, name=_("(deleted)"), sex="U", withheld="erased", **stamp)
    number = session.execute(made.returning(_RESIDENT.c.id)).scalar_one()
    kinds: tuple[tuple[type[Base], str, tuple[Span, ...], dict[str, Any]], ...] = (
        (ResidencyRecord, "grid_id", piece.homes, {}),
        (EnrolmentRecord, "category_id", piece.categories, {}),
        (AbsenceRecord, "reason", piece.absences, {"approved": True}),
        (TierOverrideRecord, "tier", piece.tiers, {"reason": _("(deleted)")}),
    )
    for record, column, spans, more in kinds:
        for span in spans:
            values = {"uid": unit.new_key(), "resident_id": number, "start": span.start, "end": span.end}
            session.execute(insert(table_of(record)).values(**values, **{column: span.what}, **more, **stamp))
    bare = dict.fromkeys(("ref", "note", "findings", "needs", "referral", "time", "void_reason", "replaces_id"))
    for chunk in chunks(piece.visits):
        session.execute(update(_VISIT).where(_VISIT.c.replaces_id.in_(chunk)).values(replaces_id=None))
        session.execute(update(_VISIT).where(_VISIT.c.id.in_(chunk)).values(
            resident_id=number, created_at=_midnight(piece), **bare
        ))  # fmt: skip
    return str(uid)


def _midnight(piece: Piece) -> dt.datetime:
    """Return the stamp of a piece's visits; when each was keyed in would tell them apart."""
    return dt.datetime.combine(piece.quarter.last, dt.time(), clock.CIVIL_ZONE)


def _erase_rows(unit: UnitOfWork, numbers: list[int], erased: Erased) -> None:
    session, lived = unit.session, table_of(ResidencyRecord)
    homes: set[int] = set()
    for chunk in chunks(numbers):
        of_them = select(lived.c.household_id).where(lived.c.resident_id.in_(chunk), lived.c.household_id.is_not(None))
        homes.update(session.scalars(of_them))
        session.execute(update(_VISIT).where(_VISIT.c.resident_id.in_(chunk)).values(replaces_id=None))
        for table in reversed(Base.metadata.sorted_tables):
            if "resident_id" in table.columns and table.name not in _STAYING and not _is_figure(table):
                _drop(unit, table, table.c.resident_id.in_(chunk), erased)
        printed = table_of(PrintedRowRecord)
        session.execute(update(printed).where(printed.c.resident_id.in_(chunk)).values(resident_id=None))
        _drop(unit, _RESIDENT, _RESIDENT.c.id.in_(chunk), erased)
    household = table_of(HouseholdRecord)
    for chunk in chunks(sorted(homes)):
        still = set(session.scalars(select(lived.c.household_id).where(lived.c.household_id.in_(chunk))))
        left = [number for number in chunk if number not in still]
        if left:
            _drop(unit, household, household.c.id.in_(left), erased)
            _seal_bare(unit, "household", _CHANGE.c.row_key.in_([str(number) for number in left]), erased)
    session.execute(delete(table_of(FirstPageRecord)))


def _is_figure(table: Table) -> bool:
    """Tell whether triggers keep a table; the search words are removed with the rest."""
    return bool(table.info.get("derived")) and table.name != "resident_search"


def _erase_closings(unit: UnitOfWork, instead: dict[str, dict[str, str]], erased: Erased) -> None:
    """Remove from closed months who somebody was; what they counted and the hash stay."""
    table = table_of(ClosedMonthRecord)
    for number, month, content, digest in unit.session.execute(
        select(table.c.id, table.c.month, table.c.content, table.c.hash)
    ).all():
        quarter = f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
        stored, _whole = closing.unseal(content, digest)
        left = closing.without_people(stored, {key: found.get(quarter, "") for key, found in instead.items()})
        if left is not None:
            body, _hash = closing.seal(left)
            unit.session.execute(update(table).where(table.c.id == number).values(content=body))
            erased.rows["closed_month"] += 1
            _seal_bare(unit, "closed_month", _CHANGE.c.row_key == str(number), erased)


def _erase_notes(unit: UnitOfWork, people: list[Any], erased: Erased) -> None:
    """Remove waiting ledger rows and drafts that name one of the people by key or ID number."""
    session = unit.session
    for person in people:
        known = (person.id_number, person.ref, str(person.uid))
        marks = [json.dumps(mark, ensure_ascii=False) for mark in known if mark]
        number = [json.dumps(person.id_number)] if person.id_number else []
        waiting, draft = table_of(ImportRowRecord), table_of(DraftRecord)
        for mark in number:
            held = or_(_names(waiting.c.raw, mark), _names(waiting.c.fields, mark))
            _drop(unit, waiting, held, erased)
            _seal_bare(unit, "import_row", or_(_names(_CHANGE.c.before, mark), _names(_CHANGE.c.after, mark)), erased)
        for mark in marks:
            _drop(unit, draft, _names(draft.c.body, mark), erased)
        for key in (person.ref, str(person.uid)):
            if key:
                _drop(unit, draft, position_of(draft.c.key, key) > 0, erased)
    session.flush()


def _names(column: Any, mark: str) -> Any:
    return position_of(cast(column, String), mark) > 0


def _drop(unit: UnitOfWork, table: Table, condition: Any, erased: Erased) -> None:
    found = unit.session.execute(delete(table).where(condition)).rowcount  # type: ignore[attr-defined]
    if found and not table.info.get("derived"):
        erased.rows[table.name] += found


def _seal_bare(unit: UnitOfWork, table: str, condition: Any, erased: Erased) -> None:
    """Remove images of rows that are about nobody in particular; the entry names each of them."""
    keys = _seal_images(unit.session, (_CHANGE.c.table_name == table) & condition, erased)
    for key in keys:
        unit.keep_erased(table, key)


def _seal_images(session: Session, condition: Any, erased: Erased) -> Iterable[str]:
    """Let images give way to their seals; return the keys of their rows."""
    as_stored = text("CAST(before AS TEXT) AS b"), text("CAST(after AS TEXT) AS a")
    found = session.execute(
        select(_CHANGE.c.operation_id, _CHANGE.c.position, _CHANGE.c.row_key, _CHANGE.c.salt, *as_stored)
        .where(condition, or_(_CHANGE.c.before.is_not(None), _CHANGE.c.after.is_not(None)))
        .order_by(_CHANGE.c.operation_id, _CHANGE.c.position)
    ).all()
    keys: dict[str, None] = {}
    sealing = text(
        "UPDATE operation_change SET before = NULL, after = NULL, salt = NULL, seal = :seal "
        "WHERE operation_id = :operation AND position = :position"
    )
    for operation, position, key, salt, before, after in found:
        seal = chain.seal_of(bytes(salt) if salt is not None else None, before, after)
        session.execute(sealing, {"seal": seal, "operation": operation, "position": position})
        erased.seals.update(seal)
        erased.images += 1
        keys[key] = None
    return keys
