"""The inbox: ledger rows that wait, put right where they are and checked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gridapp import clock
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import held, matches
from gridapp.db.records import ImportBatchRecord, ImportRowRecord
from gridapp.db.sealing import sealed_numbers
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.changes import Changes
from gridapp.domain.conflict import Theirs, refuse_if_changed
from gridapp.domain.handout import Stamp
from gridapp.errors import ConflictError, NotFoundError
from gridapp.i18n import _
from gridapp.ledgers.checked import CheckedRow, SheetPreview
from gridapp.ledgers.decisions import DECIDED
from gridapp.ledgers.exports import export_remaining
from gridapp.ledgers.issues import Issue, Severity
from gridapp.ledgers.preview import check_workbook
from gridapp.progress import NullProgress, Progress
from gridapp.services.importing import KINDS, read_lookups
from gridapp.services.inbox_rows import book_of, mappings_of, plain_fields, plain_issues
from gridapp.services.ledger_rows import UNCHANGED, RowRefused, RowStore
from gridapp.services.outlook import refused_issue, take_row

Corrections = MappingOf[int, MappingOf[str, str]]
Seen = MappingOf[int, MappingOf[str, Any]]
"""Number of a waiting row -> column letters -> cell, as the user saw it."""


def mend_rows(  # noqa: PLR0913  where, what, by whom, how it is told, what was seen
    database: Database,
    batch: str,
    corrections: Corrections,
    actor: str,
    progress: Progress = NullProgress(),
    decisions: MappingOf[int, str] | None = None,
    seen: Seen | None = None,
) -> Changes:
    """Put waiting rows right, check all that wait in their batch again, and store those that are good now.

    Args:
        database: Where the rows wait.
        batch: Key of their import.
        corrections: Number of a waiting row -> column letters -> new text; {} only checks again.
        actor: Who acts.
        progress: Told as rows are checked.
        decisions: Number of a row that is perhaps somebody known -> ``SAME`` or ``ANOTHER``.
        seen: The cells that are overwritten or decided by; None asks nothing.

    Returns:
        Changes whose result is how many rows still wait. Undo brings stored rows back to the inbox.

    Raises:
        NotFoundError: There is no such import.
        ConflictError: Somebody else changed such a cell meanwhile, or the row does not wait any more.
        OperationCancelled: Nothing was changed.
    """
    with database.write("ledger.mend", actor, alone=True) as unit:
        record = unit.session.scalar(select(ImportBatchRecord).where(matches(ImportBatchRecord, batch)))
        if record is None:
            raise NotFoundError(_("There is no import “{id}”.").format(id=batch))
        waiting = unit.session.scalars(select(ImportRowRecord).where(ImportRowRecord.batch_id == record.id)).all()
        _refuse_overtaken(waiting, seen)
        for row in waiting:
            row.raw = row.raw | dict(corrections.get(row.id, {}))
            if decisions and row.id in decisions:
                row.fields = row.fields | {DECIDED: decisions[row.id]}
        headings = record.headings or {}
        preview = check_workbook(
            book_of(record.file_name, waiting, headings),
            today=clock.today(),
            lookups=read_lookups(unit.session, clock.today()),
            mappings=mappings_of(waiting, headings),
            progress=progress,
        )
        by_place = {(row.sheet, row.row): row for row in waiting}
        checked = [(sheet, row) for sheet in preview.sheets for row in sheet.rows]
        counts, left = _take(unit, checked, by_place)
        message = _("{stored} rows went in, {waiting} still wait.").format(
            stored=len(by_place) - left, waiting=left
        )
        unit.detail = {"counts": dict(counts) | {"waiting": left}, "kind": record.kind}
        return unit.changes(KINDS, message, left)


def _take(
    unit: UnitOfWork,
    checked: list[tuple[SheetPreview, CheckedRow]],
    by_place: dict[tuple[str, int], ImportRowRecord],
) -> tuple[Counter[str], int]:
    """Store the good rows and note anew what is wrong with the others; return outcomes and rows left."""
    fields = [row.fields for _sheet, row in checked]
    store = RowStore(unit.session, clock.today(), fields, unit, sealed_numbers(unit.session))
    wrong: dict[tuple[str, int], tuple[CheckedRow, list[Issue]]] = {}
    seen: set[tuple[str, int]] = set()
    counts: Counter[str] = Counter()
    with unit.session.no_autoflush:
        for (sheet, row), values in zip(checked, fields, strict=True):
            place = (sheet.name, row.row)
            seen.add(place)
            issues = list(row.issues)
            if place in by_place and (said := by_place[place].fields.get(DECIDED)):
                values[DECIDED] = said
            if sheet.is_usable and row.is_good:
                try:
                    counts[take_row(store, sheet.kind, values)] += 1
                    continue
                except RowRefused as refusal:
                    issues.append(refused_issue(refusal))
            wrong.setdefault(place, (row, []))[1].extend(issues)
        store.flush()
    for place, record in by_place.items():
        if place in wrong:
            row, issues = wrong[place]
            record.issues = plain_issues(issues)
            record.fields = record.fields | {"values": plain_fields(row)}
        elif place in seen:
            unit.keep_removed(record)
            unit.session.delete(record)
    left = sum(1 for place in by_place if place in wrong or place not in seen)
    counts[UNCHANGED] += 0
    return counts, left


def export_waiting(
    database: Database, batch: str, path: Path, stamp: Stamp | None = None, progress: Progress = NullProgress()
) -> int:
    """Write the rows that wait in their original layout, with what is wrong, and return how many.

    The mended file can be imported like any other; its rows replace those that wait.

    Args:
        database: Where the rows wait.
        batch: Key of their import.
        path: Replaced when it exists.
        stamp: Whose copy it is.
        progress: Told as rows are checked.

    Raises:
        NotFoundError: There is no such import.
        UserError: The file cannot be written.
    """
    with database.read() as session:
        record = session.scalar(select(ImportBatchRecord).where(matches(ImportBatchRecord, batch)))
        if record is None:
            raise NotFoundError(_("There is no import “{id}”.").format(id=batch))
        waiting = session.scalars(select(ImportRowRecord).where(ImportRowRecord.batch_id == record.id)).all()
        lookups, headings = read_lookups(session, clock.today()), record.headings or {}
    book = book_of(record.file_name, waiting, headings)
    mappings = mappings_of(waiting, headings)
    preview = check_workbook(book, today=clock.today(), lookups=lookups, mappings=mappings, progress=progress)
    kept = {(row.sheet, row.row): tuple(_issue(issue) for issue in row.issues) for row in waiting}
    sheets = tuple(
        replace(
            sheet, rows=tuple(row._replace(issues=kept.get((sheet.name, row.row), row.issues)) for row in sheet.rows)
        )
        for sheet in preview.sheets
    )
    return export_remaining(replace(preview, sheets=sheets), book, path, stamp)


@repeated_on_clash
def drop_rows(database: Database, batch: str, rows: list[int], actor: str, seen: Seen | None = None) -> Changes:
    """Let waiting rows go that nobody needs; undo brings them back.

    Args:
        database: Where the rows wait.
        batch: Key of their import.
        rows: Numbers of waiting rows.
        actor: Who acts.
        seen: Their cells; None asks nothing.

    Raises:
        NotFoundError: There is no such import.
        ConflictError: Somebody else changed such a row meanwhile, or it does not wait any more.
    """
    with database.write("ledger.drop", actor) as unit:
        record = unit.session.scalar(select(ImportBatchRecord).where(matches(ImportBatchRecord, batch)))
        if record is None:
            raise NotFoundError(_("There is no import “{id}”.").format(id=batch))
        waiting = select(ImportRowRecord).where(ImportRowRecord.batch_id == record.id, ImportRowRecord.id.in_(rows))
        gone = unit.session.scalars(held(waiting)).all()
        _refuse_overtaken(gone, seen)
        for row in gone:
            unit.keep_removed(row)
            unit.session.delete(row)
        unit.detail = {"counts": {"dropped": len(gone)}, "kind": record.kind}
        return unit.changes(KINDS, _("Removed {count} rows from the inbox.").format(count=len(gone)), len(gone))


def _refuse_overtaken(waiting: Iterable[ImportRowRecord], seen: Seen | None) -> None:
    rows = {row.id: row for row in waiting}
    for number, cells in (seen or {}).items():
        row = rows.get(number)
        if row is None:
            raise ConflictError(_("This row does not wait any more: somebody else put it right or removed it."))
        said = _("Somebody else changed row {row} meanwhile. Look at it again, then repeat your change.")
        now = {letters: row.raw.get(letters) for letters in cells}
        refuse_if_changed(cells, Theirs(now, seen=now), said.format(row=row.row))


def _issue(told: dict[str, str]) -> Issue:
    return Issue(told["field"], told["code"], Severity(told["severity"]), told["message"])
