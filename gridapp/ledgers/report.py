"""The machine-readable report of a check: ``gridapp import FILE --dry-run --report R.json``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gridapp.ledgers.checked import CheckedRow, Preview, SheetPreview
from gridapp.ledgers.fields import FIELDS, canonical_field
from gridapp.ledgers.issues import Issue
from gridapp.ledgers.values.words import word_lists


def to_report(preview: Preview) -> dict[str, Any]:
    """Return a preview as plain JSON values.

    Dates are YYYY-MM-DD; ``sex`` is 男 or 女, ``category`` a list of words such as 独居, ``visit_result``
    a word such as 见面, whatever the user's language; a mapped field without a trusted value is null.
    Rows carry their number in the file; one that tells of several people or visits comes once for each.
    """
    return {"file": preview.file, "sheets": [_sheet(sheet) for sheet in preview.sheets]}


def _sheet(sheet: SheetPreview) -> dict[str, Any]:
    mapping = sheet.mapping
    columns = mapping.columns if mapping else {}
    summary: dict[str, Any] = {
        "kind": sheet.kind,
        "hidden": sheet.hidden,
        "rows": sheet.summary.rows,
        "good": sheet.summary.good if sheet.is_usable else 0,
        "with_errors": sheet.summary.with_errors,
        "with_warnings": sheet.summary.with_warnings,
        "skipped": sheet.summary.skipped,
        "issues": [
            {"field": field, "code": code, "severity": severity, "rows": count}
            for (field, code, severity), count in sorted(sheet.summary.by_issue.items())
        ],
        "unmapped": mapping.unmapped if mapping else {},
        "notes": [_issue(note) for note in sheet.notes],
    }
    return {
        "name": sheet.name,
        "header_rows": list(mapping.header_rows) if mapping else [],
        "first_data_row": sheet.first_data_row or None,
        "columns": {a: canonical_field(name) for a, name in columns.items()},
        "context": sheet.context.facts(),
        "rows": [_row(row) for row in sheet.rows],
        "skipped": [{"row": one.row, "reason": one.message} for one in sheet.skipped],
        "summary": summary,
    }


def _row(row: CheckedRow) -> dict[str, Any]:
    fields = {name: _plain(name, value) for name, value in row.fields.items() if name in FIELDS}
    return {"row": row.row, "fields": fields, "issues": [_issue(issue) for issue in row.issues]}


def _issue(issue: Issue) -> dict[str, str]:
    return {
        "field": issue.field,
        "code": issue.code,
        "severity": issue.severity.value,
        "message": issue.message,
    }


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    words = word_lists()["report_words"].get(name)
    if words is None:
        return list(value) if isinstance(value, tuple) else value
    return [words.get(code, code) for code in value] if isinstance(value, tuple) else words.get(value, value)
