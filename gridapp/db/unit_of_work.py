"""One service call, one transaction, one audit entry, one undo.

While a unit of work is open, the session's flushes are watched: every row that
is added, changed or deleted through the ORM is kept as it was before and after.
On success those images are stored with the audit entry, and undo puts them back.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import event, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import limits, search
from gridapp.db.audit import chain
from gridapp.db.base import Base, Instant, Key, Stamped, Travelling, table_of
from gridapp.db.engine import dump_json
from gridapp.db.figures import keeping
from gridapp.db.records import (
    AccountAreaRecord,
    AccountRecord,
    ActorRecord,
    DraftRecord,
    HeaderMappingRecord,
    ImportRowRecord,
    OperationChangeRecord,
    OperationRecord,
    ResidentRecord,
    ResidentSearchRecord,
    SealedPersonRecord,
    SiteRecord,
)
from gridapp.db.records.visits import is_own, pack
from gridapp.domain.access import Principal
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.keys import new_key
from gridapp.memory import PIECE, let_go

_UNWATCHED = (
    AccountRecord,
    AccountAreaRecord,
    OperationRecord,
    OperationChangeRecord,
    DraftRecord,
    HeaderMappingRecord,
    ImportRowRecord,
    ResidentSearchRecord,
    SealedPersonRecord,
    SiteRecord,
)
RESIDENT = ResidentRecord.__tablename__


class UnitOfWork:
    """An open transaction of one action.

    Attributes:
        session: Where records are read and written.
        actor: Who acts.
        now: The instant every stamp of this action carries.
        detail: What the audit entry says besides the action; no personal data.
    """

    def __init__(self, session: Session, action: str, actor: str, undoable: bool, principal: Principal) -> None:
        self.session = session
        self.actor = actor
        self._principal = principal
        self.now: dt.datetime = clock.now()
        self.detail: dict[str, Any] = {}
        self.operation = OperationRecord(at=self.now, actor=actor, action=action, detail={}, undoable=undoable)
        self._images: list[tuple[str, str, dict[str, Any] | None, dict[str, Any] | None]] = []
        self._content = b""
        self._actors: dict[str, int] = {}
        event.listen(session, "before_flush", self._stamp)
        event.listen(session, "after_flush", self._watch)

    def new_key(self) -> uuid.UUID:
        """Return a key for a new row."""
        return new_key(self.now)

    def next_visit_ids(self, count: int) -> Sequence[int]:
        """Return the row numbers of the next visits logged here.

        The site's numbers have no gaps: whoever takes some holds the site's row
        until the transaction ends, and a step that fails gives its numbers back.
        """
        site = table_of(SiteRecord)
        taken = update(site).where(is_own(site.c.id)).values(next_seq=site.c.next_seq + count)
        number, following = self.session.execute(taken.returning(site.c.id, site.c.next_seq)).one()
        end = pack(number, following)
        return range(end - count, end)

    def actor_number(self, name: str) -> int:
        """Return the number of a name visits are keyed in under, a new one if need be."""
        number = self._actors.get(name)
        if number is None:
            self._actors[name] = number = number_of_actor(self.session, name)
        return number

    def changes(self, kinds: Iterable[Kind], message: str = "", result: Any = None) -> Changes:
        """Return what the service answers; call it inside the block."""
        self._store()
        return Changes(frozenset(kinds), self.operation.id, message, result)

    def keep_bulk(self, table: str, first: int, last: int) -> None:
        """Note rows written past the ORM, from number first to last, so that undo can take them back."""
        self._images.append((table, f"{first}-{last}", None, {"bulk": [first, last]}))

    def keep_bulk_rows(self, table: str, numbers: Iterable[int]) -> None:
        """Note rows written past the ORM, as runs of numbers that follow each other."""
        for _offset, run in itertools.groupby(enumerate(sorted(numbers)), key=lambda item: item[1] - item[0]):
            following = [number for _place, number in run]
            self.keep_bulk(table, following[0], following[-1])

    def keep_update(self, table: str, number: int, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Note a row changed past the ORM, so that undo can put it back."""
        self._images.append((table, str(number), before, after))

    def keep_removed(self, record: Base) -> None:
        """Note a row that is about to be removed and is not watched, so that undo can bring it back."""
        values = image(record)
        self._images.append((record.__tablename__, str(values["id"]), values, None))

    def keep_look(self, residents: Iterable[int]) -> None:
        """Note that somebody looked at people, printed them or took them out; nothing of theirs changes.

        Raises:
            NotAllowedError: One of them is not theirs to see.
        """
        residents = list(residents)
        limits.demand_people(self.session.connection(), self._principal, residents)
        self._images += [(RESIDENT, str(number), None, None) for number in residents]

    def keep_erased(self, table: str, key: str) -> None:
        """Note that the images of a row about nobody in particular were removed; see ``db.erasing``."""
        self._images.append((table, key, None, None))

    def finish(self) -> None:
        """Write the audit entry, bring search words and figures up to date, chain the entry; called once."""
        if self.operation.id is None:
            self._store()
        self.session.flush()
        limits.demand_inside(self.session.connection(), self._principal, self.touched_rows())
        keeping.settle(self.session, clock.today())
        assert self.operation.id is not None
        chain.append(self.session, self.operation.id, self._content)

    def forget(self) -> None:
        """Let go of the images, once all is stored: the session's listeners hold the unit, and it holds the session."""
        let_go(self._images)

    def _store(self) -> None:
        self.session.flush()
        residents = self._touched_residents()
        if residents:
            search.refresh(self.session, residents)
        self.operation.detail = self.detail
        self.session.add(self.operation)
        self.session.flush()
        rows = [
            (position, table, key, _whom(table, key, after or before), before, after, _salt(before, after))
            for position, (table, key, before, after) in enumerate(self._images)
        ]
        names = ("position", "table_name", "row_key", "resident_id", "before", "after", "salt")
        for start in range(0, len(rows), PIECE):
            piece = rows[start : start + PIECE]
            values = [{"operation_id": self.operation.id, **dict(zip(names, row, strict=True))} for row in piece]
            self.session.execute(insert(table_of(OperationChangeRecord)), values)
        entry = self.operation
        stored = chain.Entry(
            entry.id, chain.microseconds(entry.at), entry.actor, entry.action, dump_json(entry.detail), entry.undoable,
            entry.undoes_id,
        )  # fmt: skip
        self._content = chain.content_digest(
            stored, ((*row[:4], chain.seal_of(row[6], _text(row[4]), _text(row[5]))) for row in rows)
        )
        let_go(rows)

    def _touched_residents(self) -> set[int]:
        return search.affected_residents(self.session, self.touched_rows())

    def touched_rows(self) -> list[tuple[str, dict[str, Any]]]:
        """Return table and values of every row kept so far."""
        return [(table, after or before or {}) for table, _key, before, after in self._images if after or before]

    def _stamp(self, session: Session, _context: object, _instances: object) -> None:
        for record in session.new:
            if isinstance(record, Travelling) and record.uid is None:
                record.uid = self.new_key()
            if isinstance(record, Stamped) and record.created_at is None:
                record.created_at, record.created_by = self.now, self.actor
        for record in session.dirty:
            if isinstance(record, Stamped) and session.is_modified(record):
                record.changed_at, record.changed_by = self.now, self.actor

    def _watch(self, session: Session, _context: object) -> None:
        if self.operation.id is not None:
            return  # the audit entry itself is being written
        for record in session.new:
            self._keep(record, None, image(record))
        for record in session.dirty:
            if session.is_modified(record):
                self._keep(record, image(record, committed=True), image(record))
        for record in session.deleted:
            self._keep(record, image(record, committed=True), None)

    def _keep(self, record: Any, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if isinstance(record, _UNWATCHED):
            return
        table = record.__tablename__
        key = str((after or before or {})[inspect(type(record)).primary_key[0].name])
        self._images.append((table, key, before, after))


def _whom(table: str, key: str, values: dict[str, Any] | None) -> int | None:
    """Return the number of the resident a row is about."""
    if values is not None and "bulk" in values:
        return None  # about many
    return int(key) if table == RESIDENT else (values or {}).get("resident_id")


def _salt(before: dict[str, Any] | None, after: dict[str, Any] | None) -> bytes | None:
    return None if before is None and after is None else chain.new_salt()


def _text(values: dict[str, Any] | None) -> str | None:
    return None if values is None else dump_json(values)


def number_of_actor(session: Session, name: str) -> int:
    """Return the number of a name in ``actor``; two programs may add it at once, and both get the same."""
    known = select(ActorRecord.id).where(ActorRecord.name == name)
    number = session.scalar(known)
    if number is None:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(make(table_of(ActorRecord)).values(name=name).on_conflict_do_nothing())
        number = session.scalars(known).one()
    return number


def image(record: Base, committed: bool = False) -> dict[str, Any]:
    """Return a row's values as plain JSON, now or as last read from the database."""
    state = inspect(record)
    values: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        value = getattr(record, attribute.key)
        if committed:
            history = state.attrs[attribute.key].history
            if history.has_changes():
                # Nothing deleted: the column was never set before, which the database holds as NULL.
                value = history.deleted[0] if history.deleted else None
        values[attribute.key] = _plain(value)
    return values


def revived(record: type[Base], stored: dict[str, Any]) -> dict[str, Any]:
    """Return column values from an image of a row; what is no column any more is left out."""
    columns = table_of(record).columns
    return {name: _revive(columns[name].type, value) for name, value in stored.items() if name in columns}


def _revive(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Key):
        return uuid.UUID(value)
    if isinstance(kind, Instant):
        return dt.datetime.fromisoformat(value)
    python_type = kind.python_type
    if python_type is dt.date:
        return dt.date.fromisoformat(value)
    return bytes.fromhex(value) if python_type is bytes else value


def _plain(value: Any) -> Any:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value
