"""Cells put right in a ledger that was read, before it is checked again; the file itself is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gridapp.ledgers.issues import Cell
from gridapp.ledgers.sheets import Sheet, SheetRow, Workbook


@dataclass(frozen=True)
class Place:
    """A cell of a workbook.

    Attributes:
        sheet: Sheet name.
        row: 1-based row number.
        column: 0-based column.
    """

    sheet: str
    row: int
    column: int


def corrected(workbook: Workbook, corrections: Mapping[Place, str]) -> Workbook:
    """Return a workbook with other texts in some cells; places that are not there are left out."""
    by_sheet: dict[str, dict[int, dict[int, str]]] = {}
    for place, text in corrections.items():
        by_sheet.setdefault(place.sheet, {}).setdefault(place.row, {})[place.column] = text
    sheets = tuple(
        _corrected_sheet(sheet, by_sheet[sheet.name]) if sheet.name in by_sheet else sheet for sheet in workbook.sheets
    )
    return replace(workbook, sheets=sheets)


def _corrected_sheet(sheet: Sheet, rows: Mapping[int, Mapping[int, str]]) -> Sheet:
    return replace(
        sheet, rows=tuple(_corrected_row(row, rows[row.number]) if row.number in rows else row for row in sheet.rows)
    )


def _corrected_row(row: SheetRow, cells: Mapping[int, str]) -> SheetRow:
    width = max(len(row.cells), max(cells) + 1)
    found: list[Cell] = [*row.cells, *[""] * (width - len(row.cells))]
    for column, text in cells.items():
        found[column] = text
    return SheetRow(row.number, tuple(found))
