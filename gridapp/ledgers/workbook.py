"""Read any file a community is sent into plain rows of cells.

The bytes decide what a file is, never its name: zip (xlsx, xlsb, ods), compound
file (xls, et, encrypted xlsx), markup (HTML saved as .xls) or text (csv, txt).
Cells stay raw; what they mean is judged later, with their column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.issues import Cell
from gridapp.progress import NullProgress, Progress

MAX_ROWS = 1_048_576
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024

_ZIP = b"PK"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = b"%PDF"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM\x00")
_OTHER_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


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


def read_workbook(path: Path, progress: Progress | None = None) -> Workbook:
    """Read a ledger file.

    Raises:
        LedgerFormatError: The file is missing, unreadable, empty, damaged,
            protected by a password, too large or no workbook at all.
        OperationCancelled: The user asked to stop.
    """
    watcher = progress or NullProgress()
    content = _content(path)
    form, sheets = _sheets(content, path, watcher)
    if not any(sheet.rows for sheet in sheets):
        raise LedgerFormatError(_("The file “{name}” holds no data.").format(name=path.name))
    return Workbook(path.name, form, sheets)


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


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise LedgerFormatError(_("The file “{name}” is too large for a ledger.").format(name=path.name))
        content = path.read_bytes()
    except FileNotFoundError:
        raise LedgerFormatError(_("The file “{name}” is not there.").format(name=path.name)) from None
    except IsADirectoryError:
        raise LedgerFormatError(_("“{name}” is a folder, not a file.").format(name=path.name)) from None
    except OSError as fault:
        message = _("The file “{name}” cannot be read: {reason}. Please close it in other programs and try again.")
        raise LedgerFormatError(message.format(name=path.name, reason=fault.strerror or fault)) from fault
    if not content.strip():
        raise LedgerFormatError(_("The file “{name}” is empty.").format(name=path.name))
    return content


def _sheets(content: bytes, path: Path, progress: Progress) -> tuple[str, tuple[Sheet, ...]]:
    if content.startswith((_ZIP, _COMPOUND)):
        from gridapp.ledgers.spreadsheet import read_spreadsheet  # heavy: imported when first used

        return ("xlsx" if content.startswith(_ZIP) else "xls"), read_spreadsheet(content, path.name, progress)
    if content.startswith(_PDF):
        message = _("“{name}” is a PDF, not a workbook. Please ask for the Excel file.")
        raise LedgerFormatError(message.format(name=path.name))
    if content.startswith(_PICTURES) or content.startswith(_OTHER_ARCHIVES):
        raise not_a_workbook(path.name)
    from gridapp.ledgers.plaintext import decode_text, read_plain_text

    text = decode_text(content, path.name)
    if text.lstrip()[:1] == "<":
        from gridapp.ledgers.webtable import read_web_tables

        return "html", read_web_tables(text, path.name, progress)
    return "text", read_plain_text(text, path, progress)


def not_a_workbook(name: str) -> LedgerFormatError:
    """Return the error for a file that is something else."""
    return LedgerFormatError(
        _("“{name}” is not a workbook. Please choose an Excel or CSV file (.xlsx, .xls, .csv).").format(name=name)
    )


def damaged(name: str) -> LedgerFormatError:
    """Return the error for a workbook that cannot be read to its end."""
    message = _("The workbook “{name}” is damaged. Please open it in Excel or WPS, save it again and retry.")
    return LedgerFormatError(message.format(name=name))
