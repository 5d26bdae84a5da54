"""What a workbook is once it is read: sheets of rows of raw cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.issues import Cell

MAX_ROWS = 1_048_576
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
_STEP = 200


class SheetRow(NamedTuple):
    """A row with content; a tuple, because a ledger holds a hundred thousand of them.

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
        hidden_columns: 0-based.
        hidden_rows: How many; they are read like the others.
        date1904: Whether bare day numbers count from 1904.
    """

    name: str
    hidden: bool
    rows: tuple[SheetRow, ...]
    merged: tuple[MergedCells, ...] = ()
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: int = 0
    date1904: bool = False


@dataclass(frozen=True)
class Workbook:
    """A file's sheets.

    Attributes:
        name: File name without folders.
        form: "xlsx", "xls", "xml", "html" or "text": what the bytes are.
        sheets: In file order; at least one has rows.
    """

    name: str
    form: str
    sheets: tuple[Sheet, ...]


def rows_from(
    cells: Iterable[Sequence[Cell]], first_column: int = 0, tell: Callable[[int], None] | None = None
) -> tuple[SheetRow, ...]:
    """Return the rows that have content, numbered from 1, trailing empty cells cut.

    Args:
        cells: Rows of one sheet.
        first_column: Index of the column they begin in.
        tell: Called with the row's number every 200 rows.

    Raises:
        LedgerFormatError: More rows with content than a spreadsheet can hold.
    """
    padding: tuple[Cell, ...] = ("",) * first_column
    found: list[SheetRow] = []
    make, row_type = tuple.__new__, SheetRow  # half the time of calling the named tuple
    for number, row in enumerate(cells, 1):
        if tell is not None and not number % _STEP:
            tell(number)
        end = len(row)
        while end and row[end - 1] == "":
            end -= 1
        if not end:
            continue
        first = row[0]
        if (first == "" or (type(first) is str and first.isspace())) and _is_blank(row[:end]):
            continue
        found.append(make(row_type, (number, padding + tuple(row if end == len(row) else row[:end]))))
    if len(found) > MAX_ROWS:
        raise LedgerFormatError(_("The file has more than {count} rows. Please split it.").format(count=MAX_ROWS))
    return tuple(found)


def _is_blank(cells: Sequence[Cell]) -> bool:
    return all(type(cell) is str and not cell.strip() for cell in cells)


def not_a_workbook(name: str) -> LedgerFormatError:
    """Return the error for a file that is something else."""
    return LedgerFormatError(
        _("“{name}” is not a workbook. Please choose an Excel or CSV file (.xlsx, .xls, .csv).").format(name=name)
    )


def damaged(name: str) -> LedgerFormatError:
    """Return the error for a workbook that cannot be read to its end."""
    message = _("The workbook “{name}” is damaged. Please open it in Excel or WPS, save it again and retry.")
    return LedgerFormatError(message.format(name=name))
