"""Read any file a community is sent into plain rows of cells.

The bytes decide what a file is, never its name: zip (xlsx, xlsb, ods), compound
file (xls, et, encrypted xlsx), XML Spreadsheet 2003, markup (HTML saved as .xls), a web
archive (.mht) or text (csv, txt).
Cells stay raw; what they mean is judged later, with their column.
"""

from __future__ import annotations

from pathlib import Path

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.sheets import Sheet, Workbook, not_a_workbook
from gridapp.memory import collector_paused
from gridapp.progress import NullProgress, Progress

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_SHEETS = 500
"""Sheets, or tables of a page; one a grid and month is a fraction of this."""

_ZIP = b"PK"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = b"%PDF"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM\x00")
_OTHER_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


def read_workbook(path: Path, progress: Progress | None = None) -> Workbook:
    """Read a ledger file.

    Raises:
        LedgerFormatError: The file is missing, unreadable, empty, damaged,
            protected by a password, too large or no workbook at all.
        OperationCancelled: The user asked to stop.
    """
    watcher = progress or NullProgress()
    content = _content(path)
    with collector_paused():
        form, sheets = _sheets(content, path, watcher)
    if len(sheets) > MAX_SHEETS:
        message = _("“{name}” has {count} tables; a ledger has {most} at most. Please send the parts one by one.")
        raise LedgerFormatError(message.format(name=path.name, count=len(sheets), most=MAX_SHEETS))
    if not any(sheet.rows for sheet in sheets):
        raise LedgerFormatError(_("The file “{name}” holds no data.").format(name=path.name))
    return Workbook(path.name, form, sheets)


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
    from gridapp.ledgers.web_archive import is_web_archive, read_web_archive
    from gridapp.ledgers.xml_spreadsheet import is_xml_spreadsheet, read_xml_spreadsheet

    if is_xml_spreadsheet(content):
        return "xml", read_xml_spreadsheet(content, path.name, progress)
    if is_web_archive(content):
        return "html", read_web_archive(content, path.name, progress)
    text = decode_text(content, path.name)
    if text.lstrip()[:1] == "<":
        from gridapp.ledgers.webtable import read_web_tables

        return "html", read_web_tables(text, path.name, progress)
    return "text", read_plain_text(text, path, progress)
