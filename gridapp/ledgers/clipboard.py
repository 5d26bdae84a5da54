"""Tables for the clipboard, so that 18 digits survive the way to Excel, WPS and LibreOffice.

Excel and WPS take the HTML with ``mso-number-format``; LibreOffice takes ``sdnum``
and ``sdval``; everything else takes the tab-separated text.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.exports import CellValue, ColumnKind, ExportColumn, plain_value
from gridapp.ledgers.sheets import Sheet, Workbook, rows_from

_MSO_FORMATS: dict[ColumnKind, str] = {
    "text": r"\@",
    "date": r"yyyy\-mm\-dd",
    "integer": "0",
    "number": "General",
    "percent": r"0\.0%",
}
_LONGEST_CELL = 1_000_000
_LIBRE_TEXT = "1033;0;@"


def to_tsv(columns: Sequence[ExportColumn], rows: Sequence[Sequence[CellValue]], *, headings: bool = True) -> str:
    """Return rows as tab-separated text; tabs and line breaks inside a cell become spaces."""
    lines = [[column.heading for column in columns]] if headings else []
    lines += [[plain_value(value) for value in row] for row in rows]
    return "".join("\t".join(_one_line(text) for text in line) + "\r\n" for line in lines)


def to_html(columns: Sequence[ExportColumn], rows: Sequence[Sequence[CellValue]], *, headings: bool = True) -> str:
    """Return rows as an HTML table in which text columns are marked as text."""
    parts = ['<html><head><meta charset="utf-8"></head><body><table>']
    if headings:
        cells = "".join(f"<th>{html.escape(column.heading)}</th>" for column in columns)
        parts.append(f"<tr>{cells}</tr>")
    for row in rows:
        cells = "".join(_cell(column, value) for column, value in zip(columns, row, strict=True))
        parts.append(f"<tr>{cells}</tr>")
    parts.append("</table></body></html>")
    return "".join(parts)


def from_tsv(text: str) -> list[list[str]]:
    """Return the cells of pasted tab-separated text; a quoted cell may hold line breaks."""
    import csv
    import io

    csv.field_size_limit(_LONGEST_CELL)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))


def pasted_workbook(text: str, name: str) -> Workbook:
    """Return a block of cells copied in Excel, WPS or LibreOffice as a workbook of one sheet.

    The text form is taken, not the HTML one: it holds what the cells show, so that a
    number of which digits got lost shows itself (3.70102E+17) and is refused.

    Raises:
        LedgerFormatError: The clipboard holds no table.
    """
    rows = rows_from(from_tsv(text))
    if not rows or max(len(row.cells) for row in rows) < 2:
        message = _("There is no table to paste. Please select the cells in Excel or WPS, headings too, and copy them.")
        raise LedgerFormatError(message)
    return Workbook(name, "text", (Sheet(name, False, rows),))


def _one_line(text: str) -> str:
    plain = " ".join(text.replace("\t", " ").split("\n")).replace("\r", " ")
    # A quotation mark in front opens a quoted cell, for Excel as for us.
    return '"' + plain.replace('"', '""') + '"' if plain.startswith('"') else plain


def _cell(column: ExportColumn, value: CellValue) -> str:
    # HTML cells are data, never formulas: the guard of csv is not wanted here.
    shown = html.escape(value if isinstance(value, str) else plain_value(value)).replace("\n", "<br>")
    kind: ColumnKind = "text" if isinstance(value, str) else column.kind
    marks = f"style=\"mso-number-format:'{_MSO_FORMATS[kind]}'\""
    if kind == "text":
        return f'<td {marks} sdnum="{_LIBRE_TEXT}">{shown}</td>'
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<td {marks} sdval="{value}">{shown}</td>'
    return f"<td {marks}>{shown}</td>"
