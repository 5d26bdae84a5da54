"""How a ledger row waits: its cells, what was read from them and how, and what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from gridapp.db.records import ImportBatchRecord, ImportRowRecord
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.ledgers.checked import CheckedRow, Preview, SheetPreview
from gridapp.ledgers.exports import ORIGIN_HEADING, read_origin
from gridapp.ledgers.fields import column_index, column_letter
from gridapp.ledgers.headings import Mapping, heading_key
from gridapp.ledgers.issues import Issue
from gridapp.ledgers.sheets import Sheet, SheetRow, Workbook

Waiting = tuple[SheetPreview, CheckedRow, tuple[Issue, ...]]


def waiting_rows(batch: int, waiting: Iterable[Waiting]) -> list[ImportRowRecord]:
    """Return records of rows that wait; a row that tells of several visits waits once, with all its issues."""
    kept: dict[tuple[str, int], ImportRowRecord] = {}
    for sheet, row, issues in waiting:
        plain = plain_issues(issues)
        known = kept.get((sheet.name, row.row))
        if known is not None:
            known.issues = known.issues + [issue for issue in plain if issue not in known.issues]
            continue
        kept[sheet.name, row.row] = ImportRowRecord(
            batch_id=batch,
            sheet=sheet.name,
            row=row.row,
            raw={column_letter(place): _plain(cell) for place, cell in enumerate(row.raw)},
            fields={"values": plain_fields(row), "read_as": _read_as(sheet)},
            issues=plain,
        )
    return list(kept.values())


def plain_issues(issues: Iterable[Issue]) -> list[dict[str, str]]:
    """Return issues as JSON values."""
    return [
        {"field": issue.field, "code": issue.code, "severity": issue.severity.value, "message": issue.message}
        for issue in issues
    ]


def plain_fields(row: CheckedRow) -> dict[str, Any]:
    """Return a row's fields as JSON values."""
    return {name: _plain(value) for name, value in row.fields.items()}


def _read_as(sheet: SheetPreview) -> dict[str, Any]:
    mapping = sheet.mapping
    return {
        "kind": sheet.kind,
        "columns": mapping.columns if mapping else {},
        "header_rows": list(mapping.header_rows) if mapping else [],
        "title": sheet.context.title,
    }


def book_of(file_name: str, rows: Iterable[ImportRowRecord], headings: dict[str, dict[str, str]]) -> Workbook:
    """Return waiting rows as the workbook they came from: title, headings, and these rows at their places."""
    sheets: dict[str, list[SheetRow]] = {}
    for record in sorted(rows, key=lambda one: one.row):
        if record.sheet not in sheets:
            told = record.fields.get("read_as", {})
            title, header = told.get("title") or "", (told.get("header_rows") or [1])[-1]
            above = [SheetRow(1, (title,))] if title and header > 1 else []
            sheets[record.sheet] = [*above, SheetRow(header, _cells(headings.get(record.sheet, {})))]
        sheets[record.sheet].append(SheetRow(record.row, _cells(record.raw)))
    return Workbook(file_name, "xlsx", tuple(Sheet(name, False, tuple(found)) for name, found in sheets.items()))


def mappings_of(
    rows: Iterable[ImportRowRecord], headings: dict[str, dict[str, str]]
) -> dict[str, Mapping]:
    """Return sheet name -> columns, as the rows were read."""
    found: dict[str, Mapping] = {}
    for record in rows:
        told = record.fields.get("read_as", {})
        rows_of_header = tuple(told.get("header_rows") or (1,))
        found.setdefault(
            record.sheet,
            Mapping(told.get("kind", ""), rows_of_header, told.get("columns", {}), headings.get(record.sheet, {})),
        )
    return found


def replace_marked(unit: UnitOfWork, preview: Preview, batch: int) -> None:
    """Remove the waiting rows that a mended file brings again: each of its rows says where it comes from.

    Args:
        unit: Where to write; undo brings the rows back.
        preview: The mended file.
        batch: Row number of the batch it makes; its own waiting rows stay.
    """
    origins = set()
    for sheet in preview.sheets:
        at = _origin_column(sheet)
        if at is not None:
            origins |= {read_origin(str(row.raw[at])) for row in sheet.rows if at < len(row.raw)}
    origins.discard(None)
    for file_name in sorted({origin[0] for origin in origins if origin}):
        waiting = (
            select(ImportRowRecord)
            .join(ImportBatchRecord, ImportBatchRecord.id == ImportRowRecord.batch_id)
            .where(ImportBatchRecord.file_name == file_name, ImportRowRecord.batch_id != batch)
        )
        for record in unit.session.scalars(waiting).all():
            if (file_name, record.sheet, record.row) in origins:
                unit.keep_removed(record)
                unit.session.delete(record)


def _origin_column(sheet: SheetPreview) -> int | None:
    headers = sheet.mapping.headers if sheet.mapping else {}
    key = heading_key(ORIGIN_HEADING)
    return next((column_index(letters) for letters, text in headers.items() if heading_key(text) == key), None)


def _cells(by_letters: dict[str, Any]) -> tuple[Any, ...]:
    places = {column_index(letters): cell for letters, cell in by_letters.items()}
    return tuple("" if places.get(i) is None else places[i] for i in range(max(places, default=-1) + 1))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
