"""Settings, drafts, operations and import batches as stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Exists, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from gridapp import settings
from gridapp.db.base import table_of
from gridapp.db.queries.references import matches, shown
from gridapp.db.records import (
    DraftRecord,
    HeaderMappingRecord,
    ImportBatchRecord,
    ImportRowRecord,
    OperationRecord,
    SettingRecord,
)
from gridapp.errors import NotFoundError
from gridapp.i18n import _

DEMO_REMOVED = "demo.remove"
"""Action after which nothing done before can be undone: its people are gone."""


@dataclass(frozen=True)
class OperationRow:
    """One audit entry."""

    number: int
    at: dt.datetime
    actor: str
    action: str
    undoable: bool
    undone: bool
    detail: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class BatchRow:
    """One imported ledger.

    Attributes:
        id: Key or reference, as `imports undo` takes it.
        file_name: Name of the file.
        kind: "residents", "elders" or "visits".
        at: When.
        by: By whom.
        counts: Rows added, changed, unchanged.
        waiting: Rows kept for later. [rows]
        undone: Whether it was taken back.
        operation: Number of its audit entry.
    """

    id: str
    file_name: str
    kind: str
    at: dt.datetime
    by: str
    counts: dict[str, int] = field(hash=False)
    waiting: int
    undone: bool
    operation: int | None


@dataclass(frozen=True)
class WaitingRow:
    """A ledger row kept for later, with what is wrong with it.

    ``raw`` holds the cells, ``headings`` the headings and ``columns`` the fields
    the columns hold, all by column letters; ``number`` names the row for ``mend_rows``.
    """

    sheet: str
    row: int
    raw: dict[str, Any] = field(hash=False)
    fields: dict[str, Any] = field(hash=False)
    issues: tuple[dict[str, Any], ...] = field(hash=False)
    headings: dict[str, str] = field(default_factory=dict, hash=False)
    columns: dict[str, str] = field(default_factory=dict, hash=False)
    number: int = 0


def load_settings(session: Session) -> settings.Settings:
    """Return the settings of a database."""
    if session.autoflush:
        session.flush()
    return settings.from_stored(dict(session.connection().execute(_stored_settings()).all()))


@lru_cache(maxsize=1)
def _stored_settings() -> Select[Any]:
    row = table_of(SettingRecord).c
    return select(row.key, row.value)


def load_draft(session: Session, key: str) -> dict[str, Any] | None:
    """Return a draft kept under a key, or None."""
    found = session.get(DraftRecord, key)
    return found.body if found else None


def load_mapping(session: Session, signature: str, kind: str) -> dict[str, str] | None:
    """Return the remembered meaning of a header's columns, or None."""
    found = session.get(HeaderMappingRecord, (signature, kind))
    return found.columns if found else None


def list_operations(session: Session, limit: int = 200) -> list[OperationRow]:
    """Return the newest audit entries first."""
    undoing = aliased(OperationRecord)
    statement = (
        select(OperationRecord, undoing.id)
        .outerjoin(undoing, undoing.undoes_id == OperationRecord.id)
        .order_by(OperationRecord.id.desc())
        .limit(limit)
    )
    rows = session.execute(statement).all()
    emptied = max((row.id for row, _undone in rows if row.action == DEMO_REMOVED), default=0)
    return [
        OperationRow(
            row.id, row.at, row.actor, row.action, row.undoable and row.id > emptied, undone is not None, row.detail
        )
        for row, undone in rows
    ]


def was_emptied_after(operation: Any) -> Exists:
    """Return the condition that the invented people an operation was about have been removed since."""
    later = aliased(OperationRecord)
    return exists().where(later.id > operation, later.action == DEMO_REMOVED)


def list_batches(session: Session) -> list[BatchRow]:
    """Return imported ledgers, newest first."""
    undoing = aliased(OperationRecord)
    waiting = select(ImportRowRecord.batch_id, func.count().label("rows")).group_by(ImportRowRecord.batch_id).subquery()
    statement = (
        select(ImportBatchRecord, undoing.id, waiting.c.rows)
        .outerjoin(undoing, undoing.undoes_id == ImportBatchRecord.operation_id)
        .outerjoin(waiting, waiting.c.batch_id == ImportBatchRecord.id)
        .order_by(ImportBatchRecord.id.desc())
    )
    return [
        BatchRow(
            shown(row.ref, row.uid), row.file_name, row.kind, row.created_at, row.created_by, row.counts, kept or 0,
            undone is not None, row.operation_id,
        )
        for row, undone, kept in session.execute(statement)
    ]  # fmt: skip


def list_waiting(session: Session, batch: str) -> list[WaitingRow]:
    """Return the rows of an imported ledger that wait to be put right.

    Raises:
        NotFoundError: There is no such import.
    """
    record = session.scalar(select(ImportBatchRecord).where(matches(ImportBatchRecord, batch)))
    if record is None:
        raise NotFoundError(_("There is no import “{id}”.").format(id=batch))
    rows = select(ImportRowRecord).where(ImportRowRecord.batch_id == record.id).order_by(ImportRowRecord.id)
    headings = record.headings or {}
    return [
        WaitingRow(
            row.sheet, row.row, row.raw, row.fields.get("values", {}), tuple(row.issues), headings.get(row.sheet, {}),
            row.fields.get("read_as", {}).get("columns", {}), row.id,
        )
        for row in session.scalars(rows)
    ]  # fmt: skip
