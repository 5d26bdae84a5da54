"""Take ledgers in: check, import the good rows, keep the rest, undo a batch."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.places import list_workers
from gridapp.db.queries.references import matches, text_of
from gridapp.db.records import (
    CommunityRecord,
    GridRecord,
    HeaderMappingRecord,
    ImportBatchRecord,
    OperationChangeRecord,
    OperationRecord,
    ResidentRecord,
)
from gridapp.db.sealing import sealed_numbers
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.changes import Changes, Kind
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.ledgers.checked import Preview
from gridapp.ledgers.headings import Mapping
from gridapp.ledgers.lookups import KnownGrid, KnownWorker, Lookups
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.sheets import Workbook
from gridapp.ledgers.workbook import read_workbook
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.inbox_rows import replace_marked, waiting_rows
from gridapp.services.ledger_rows import UNCHANGED, RowRefused, RowStore
from gridapp.services.outlook import refused_issue, take_row
from gridapp.services.undo import undo_operation

STEP = 500
KINDS = frozenset({Kind.IMPORT, Kind.RESIDENT, Kind.ENROLMENT, Kind.VISIT, Kind.PLACE})


def check_file(
    database: Database,
    path: Path,
    kind: str = "auto",
    mappings: MappingOf[str, Mapping] | None = None,
    progress: Progress = NullProgress(),
) -> Preview:
    """Read a ledger and check every value; nothing is written.

    Args:
        database: Its grids and workers are what names are looked up in.
        path: xlsx, xls, ods, csv or text file.
        kind: "residents", "elders", "visits", or "auto".
        mappings: Sheet name -> columns the user has settled.
        progress: Told as rows are checked.

    Raises:
        LedgerFormatError: The file cannot be read as a ledger.
        OperationCancelled: The user asked to stop.
    """
    return check_book(database, read_workbook(path, progress), kind, mappings, progress)


def check_book(
    database: Database,
    workbook: Workbook,
    kind: str = "auto",
    mappings: MappingOf[str, Mapping] | None = None,
    progress: Progress = NullProgress(),
) -> Preview:
    """Check every value of a ledger that was read before; arguments and errors as ``check_file``."""
    with database.read_whole() as whole:
        newest = whole.scalar(select(func.max(OperationRecord.id))) or 0
    with database.read() as session:
        lookups, remembered = read_lookups(session, clock.today()), _remembered(session)
    checked = check_workbook(
        workbook,
        kind,
        today=clock.today(),
        lookups=lookups,
        mappings=mappings,
        remembered=remembered,
        progress=progress,
    )
    return replace(checked, seen=newest)


def read_lookups(session: Session, day: dt.date) -> Lookups:
    """Return the grids and workers of the register, for cells that name them."""
    grids = session.execute(
        select(GridRecord.code, GridRecord.name, CommunityRecord.name).join(
            CommunityRecord, CommunityRecord.id == GridRecord.community_id
        )
    )
    workers = [KnownWorker(row.id, row.name, row.grids[0] if row.grids else "") for row in list_workers(session, day)]
    return Lookups([KnownGrid(*row) for row in grids], workers)


def _remembered(session: Session) -> dict[str, dict[str, str]]:
    return {row.signature: row.columns for row in session.scalars(select(HeaderMappingRecord))}


def import_ledger(database: Database, preview: Preview, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Import the good rows of a checked ledger and keep the others waiting.

    Returns:
        Changes whose result is the batch's key; its counts say how many rows
        were added, changed, unchanged and kept waiting.

    Raises:
        ValidationError: The file holds no rows that can be used.
        OperationCancelled: Nothing was written.
    """
    refuse_unusable(preview)
    good = list(preview.good_rows())
    backups.back_up_if_changed(database, "before-import", progress)
    with database.write("ledger.import", actor, alone=True) as unit:
        kinds = sorted({sheet.kind for sheet, _row in good} or {sheet.kind for sheet in preview.sheets if sheet.kind})
        headings = {sheet.name: dict(sheet.mapping.headers) for sheet in preview.sheets if sheet.mapping}
        batch = ImportBatchRecord(file_name=preview.file, kind=" ".join(kinds), counts={}, headings=headings or None)
        unit.session.add(batch)
        unit.session.flush()
        waiting = [(sheet, row, row.issues) for sheet, row in preview.remaining_rows()]
        counts: Counter[str] = Counter()
        fields = [row.fields for _sheet, row in good]
        store = RowStore(unit.session, clock.today(), fields, unit, sealed_numbers(unit.session))
        store.changed_since = _changed_since(unit, preview.seen)
        with unit.session.no_autoflush:
            for place, (sheet, row) in enumerate(good):
                if place % STEP == 0:
                    progress.advance(place, len(good), _("Importing"))
                    store.flush()
                try:
                    counts[take_row(store, sheet.kind, fields[place])] += 1
                except RowRefused as refusal:
                    waiting.append((sheet, row, (*row.issues, refused_issue(refusal))))
            store.flush()
        store.let_go()
        kept = waiting_rows(batch.id, waiting)
        unit.session.add_all(kept)
        replace_marked(unit, preview, batch.id)
        batch.counts = dict(counts) | {"waiting": len(kept)}
        unit.detail = {"counts": batch.counts, "kind": batch.kind}
        progress.advance(len(good), len(good))
        stored = sum(count for outcome, count in counts.items() if outcome != UNCHANGED)
        message = _("Imported {stored} rows; {unchanged} were known, {waiting} wait to be put right.").format(
            stored=stored, unchanged=counts[UNCHANGED], waiting=len(kept)
        )
        changes = unit.changes(KINDS, message, text_of(batch))
        batch.operation_id = changes.operation
        return changes


def _changed_since(unit: UnitOfWork, seen: int | None) -> dict[int, str]:
    """Return whom others changed after a step of the register, by row number, and who did last."""
    if seen is None:
        return {}
    change, step = OperationChangeRecord, OperationRecord
    changed = select(change.resident_id, step.actor).join(step, step.id == change.operation_id)
    changed = changed.where(change.operation_id > seen, change.table_name == ResidentRecord.__tablename__)
    changed = changed.where(change.after.is_not(None), step.actor != unit.actor).order_by(change.operation_id)
    return {resident: actor for resident, actor in unit.session.execute(changed) if resident is not None}


def refuse_unusable(preview: Preview) -> None:
    """Refuse a ledger without rows that could be imported.

    Raises:
        ValidationError: It has none; the text says why.
    """
    if not preview.is_usable:
        notes = [note.message for sheet in preview.sheets for note in sheet.notes]
        raise ValidationError(
            " ".join([_("The file {file} holds no rows that can be imported.").format(file=preview.file), *notes])
        )


def undo_batch(database: Database, batch: str, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Take a whole import back, also days later.

    Raises:
        OperationCancelled: The user asked to stop; nothing was written.
        NotFoundError: There is no such import.
        ValidationError: It was undone before, or later work depends on it.
    """
    with database.read() as session:
        record = session.scalar(select(ImportBatchRecord).where(matches(ImportBatchRecord, batch)))
    if record is None or record.operation_id is None:
        raise NotFoundError(_("There is no import “{id}”.").format(id=batch))
    return undo_operation(database, record.operation_id, actor, progress)
