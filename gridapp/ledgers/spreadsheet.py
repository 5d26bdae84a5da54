"""Read xlsx, xlsb, ods, xls and et through calamine, as raw cells."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

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
from gridapp.ledgers.issues import Cell
from gridapp.ledgers.sheets import MAX_UNPACKED_BYTES, MergedCells, Sheet, damaged, not_a_workbook, rows_from
from gridapp.progress import Progress

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_OPEN_DOCUMENT_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_STEP = 200


def read_spreadsheet(content: bytes, name: str, progress: Progress) -> tuple[Sheet, ...]:
    """Return the sheets of a zip or compound workbook.

    Raises:
        LedgerFormatError: Damaged, protected by a password, too large unpacked, or another kind of file.
        OperationCancelled: The user asked to stop.
    """
    if content.startswith(b"PK"):
        _check_archive(content, name)
    elif _ENCRYPTED_STREAM in content:
        raise _protected(name)
    try:
        return _read(content, progress)
    except PasswordError:
        raise _protected(name) from None
    except (CalamineError, ZipError, OSError, ValueError, IndexError) as fault:
        if not content.startswith(b"PK") and "Workbook" not in content.decode("utf-16-le", "ignore"):
            raise not_a_workbook(name) from fault
        raise damaged(name) from fault


def _protected(name: str) -> LedgerFormatError:
    message = _("“{name}” is protected by a password. Please open it, remove the password, save it and try again.")
    return LedgerFormatError(message.format(name=name))


def _check_archive(content: bytes, name: str) -> None:
    """Refuse archives that are no workbooks or would unpack to more than memory should hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive.infolist(), content, name)
            check_extent(archive, name)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError) as fault:
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


def _read(content: bytes, progress: Progress) -> tuple[Sheet, ...]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = []
    for data in workbook.sheets_metadata:
        if data.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(data.name)
        hidden = data.visible != SheetVisibleEnum.Visible
        merged = tuple(MergedCells(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in _merged(sheet))
        first_column = sheet.start[1] if sheet.start else 0
        rows = tuple(rows_from(_cells(sheet, progress), first_column)) if sheet.start else ()
        sheets.append(Sheet(data.name, hidden, rows, merged))
    return tuple(sheets)


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    # Only xlsx and xls tell their merged cells; the others give None.
    return list(sheet.merged_cell_ranges or [])


def _cells(sheet: CalamineSheet, progress: Progress) -> Iterator[list[Cell]]:
    total = sheet.total_height
    message = _("Reading “{sheet}”").format(sheet=sheet.name)
    for number, row in enumerate(sheet.iter_rows()):
        if number % _STEP == 0:
            progress.advance(number, total, message)
        yield row
