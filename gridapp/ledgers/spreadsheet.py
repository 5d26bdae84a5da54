"""Read xlsx, xlsb, ods, xls and et through calamine, as raw cells."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.etree.ElementTree import ParseError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    ZipError,
)

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.extent import check_extent
from gridapp.ledgers.issues import Cell, CellFault
from gridapp.ledgers.old_workbook import is_locked, read_old_facts
from gridapp.ledgers.sheets import MAX_UNPACKED_BYTES, MergedCells, Sheet, damaged, not_a_workbook, rows_from
from gridapp.ledgers.workbook_xml import SheetXml, WorkbookXml, read_facts
from gridapp.progress import Progress

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_OPEN_DOCUMENT_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"


def read_spreadsheet(content: bytes, name: str, progress: Progress) -> tuple[Sheet, ...]:
    """Return the sheets of a zip or compound workbook.

    Raises:
        LedgerFormatError: Damaged, protected by a password, too large unpacked, or another kind of file.
        OperationCancelled: The user asked to stop.
    """
    facts = WorkbookXml()
    if content.startswith(b"PK"):
        facts = _check_archive(content, name)
    elif _ENCRYPTED_STREAM in content or is_locked(content):
        raise _protected(name)
    else:
        facts = read_old_facts(content)
    try:
        return _read(content, facts, progress)
    except PasswordError:
        raise _protected(name) from None
    except (CalamineError, ZipError, OSError, ValueError, IndexError) as fault:
        if not content.startswith(b"PK") and "Workbook" not in content.decode("utf-16-le", "ignore"):
            raise not_a_workbook(name) from fault
        raise damaged(name) from fault
    except BaseException as fault:  # the boundary to a reader in Rust, whose panics are no Exception
        if type(fault).__name__ != "PanicException":
            raise
        raise damaged(name) from fault


def _protected(name: str) -> LedgerFormatError:
    message = _("“{name}” is protected by a password. Please open it, remove the password, save it and try again.")
    return LedgerFormatError(message.format(name=name))


def _check_archive(content: bytes, name: str) -> WorkbookXml:
    """Refuse archives that are no workbooks or would unpack to more than memory should hold; return their facts."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive.infolist(), content, name)
            return read_facts(archive, check_extent(archive, content, name))
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError, ParseError) as fault:
        raise damaged(name) from fault


def _check_entries(entries: list[zipfile.ZipInfo], content: bytes, name: str) -> None:
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise LedgerFormatError(_("The file “{name}” is too large for a ledger.").format(name=name))
    names = {entry.filename.replace("\\", "/").lower() for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise _protected(name)
    if not any(part in names for part in _WORKBOOK_PARTS):
        raise not_a_workbook(name)
    if "content.xml" in names and _OPEN_DOCUMENT_SHEET not in content[:4096]:
        raise not_a_workbook(name)


def _read(content: bytes, facts: WorkbookXml, progress: Progress) -> tuple[Sheet, ...]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = []
    for data in workbook.sheets_metadata:
        if data.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(data.name)
        hidden = data.visible != SheetVisibleEnum.Visible
        merged = tuple(MergedCells(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in _merged(sheet))
        more = facts.sheets.get(data.name, SheetXml())
        cells: Iterable[Sequence[Cell]] = sheet.iter_rows() if sheet.start else ()
        first_column = sheet.start[1] if sheet.start else 0
        if more.faults or more.months:
            cells, first_column = _with_facts(cells, first_column, more), 0
        rows = rows_from(cells, first_column, _teller(sheet.name, sheet.total_height, progress))
        sheets.append(
            Sheet(data.name, hidden, rows, merged, more.hidden_columns, more.hidden_rows, facts.date1904)
        )
    return tuple(sheets)


def _with_facts(cells: Iterable[Sequence[Cell]], first_column: int, facts: SheetXml) -> Iterator[list[Cell]]:
    """Yield rows from column A with errors and months put where the reader has "" or a whole date."""
    marked: dict[int, list[int]] = {}
    for place, column in (*facts.faults, *facts.months):
        marked.setdefault(place, []).append(column)
    number = 0
    for number, read in enumerate(cells, 1):
        row: list[Cell] = [""] * first_column + list(read)
        for column in marked.get(number, ()):
            row.extend([""] * (column + 1 - len(row)))
            row[column] = _marked(row[column], facts.faults.get((number, column)))
        yield row
    for beyond in range(number + 1, max(marked, default=0) + 1):  # rows in which nothing but faults stands
        row = []
        for column in sorted(marked.get(beyond, ())):
            row.extend([""] * (column + 1 - len(row)))
            row[column] = facts.faults.get((beyond, column), "")
        yield row


def _marked(cell: Cell, fault: CellFault | None) -> Cell:
    if fault is not None:
        return fault if cell == "" else cell
    return f"{cell.year}年{cell.month}月" if isinstance(cell, dt.date) else cell


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    # Only xlsx and xls tell their merged cells; the others give None.
    return list(sheet.merged_cell_ranges or [])


def _teller(name: str, total: int, progress: Progress) -> Callable[[int], None]:
    message = _("Reading “{sheet}”").format(sheet=name)
    progress.advance(0, total, message)
    return lambda number: progress.advance(min(number, total), total, message)
