"""What a workbook is once it is read: sheets of rows of raw cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.issues import Cell

MAX_ROWS = 1_048_576
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with content.

    Attributes:
        number: 1-based row number in the file.
        cells: From column A on; "" is an empty cell.
    """

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MergedCells:
    """A block of merged cells; rows 1-based, columns 0-based, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet; rows without any content are left out.

    Attributes:
        name: As in the file; the file's name for text files.
        hidden: Whether the sheet is hidden.
        rows: In file order, row numbers rising.
        merged: Blocks of merged cells.
    """

    name: str
    hidden: bool
    rows: tuple[SheetRow, ...]
    merged: tuple[MergedCells, ...] = ()


@dataclass(frozen=True)
class Workbook:
    """A file's sheets.

    Attributes:
        name: File name without folders.
        form: "xlsx", "xls", "html" or "text": what the bytes are.
        sheets: In file order; at least one has rows.
    """

    name: str
    form: str
    sheets: tuple[Sheet, ...]


def rows_from(cells: Iterable[Sequence[Cell]], first_column: int = 0) -> Iterable[SheetRow]:
    """Yield the rows that have content, numbered from 1, trailing empty cells cut.

    Raises:
        LedgerFormatError: More rows with content than a spreadsheet can hold.
    """
    padding: tuple[Cell, ...] = ("",) * first_column
    count = 0
    for number, row in enumerate(cells, 1):
        end = len(row)
        while end and (row[end - 1] == "" or row[end - 1] is None):
            end -= 1
        if not end or all(type(cell) is str and not cell.strip() for cell in row[:end]):
            continue
        count += 1
        if count > MAX_ROWS:
            raise LedgerFormatError(_("The file has more than {count} rows. Please split it.").format(count=MAX_ROWS))
        yield SheetRow(number, padding + tuple(row[:end]))


def not_a_workbook(name: str) -> LedgerFormatError:
    """Return the error for a file that is something else."""
    return LedgerFormatError(
        _("“{name}” is not a workbook. Please choose an Excel or CSV file (.xlsx, .xls, .csv).").format(name=name)
    )


def damaged(name: str) -> LedgerFormatError:
    """Return the error for a workbook that cannot be read to its end."""
    message = _("The workbook “{name}” is damaged. Please open it in Excel or WPS, save it again and retry.")
    return LedgerFormatError(message.format(name=name))
