"""Write lists to xlsx and csv so that Excel and WPS keep every digit.

Identity numbers, phones and everything else that is text carry the text format,
formulas are never made from data, and a file appears whole or not at all.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gridapp.domain.handout import COPY_MARK, Stamp
from gridapp.errors import UserError
from gridapp.i18n import _
from gridapp.ledgers.checked import CheckedRow, Preview, SheetPreview
from gridapp.ledgers.issues import Severity
from gridapp.ledgers.quick_rows import fill_frame
from gridapp.ledgers.sheets import Workbook
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ColumnKind = Literal["text", "date", "integer", "number", "percent"]
CellValue = str | int | float | bool | dt.date | None

REMARK_HEADING = "错误说明"
"""Heading of the column that says why a row stayed behind; readers ignore it."""

ORIGIN_HEADING = "原文件行"
"""Heading of the column that says which row of which file a row that stayed behind comes from."""

_LONGEST_FOOTER = 255  # Excel refuses longer ones
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS: dict[ColumnKind, float] = {"text": 14, "date": 12, "integer": 10, "number": 12, "percent": 10}
_TEXT_FORMAT = 49  # Excel's own "@"; spelt out it would be a format of the user's.
_FORMATS: dict[ColumnKind, str | int] = {
    "text": _TEXT_FORMAT,
    "date": "yyyy-mm-dd",
    "integer": "#,##0",
    "number": "#,##0.##",
    "percent": "0.0%",
}
_WIDEST = 60.0
_STEP = 500


@dataclass(frozen=True)
class ExportColumn:
    """A column of an exported list.

    Attributes:
        heading: As shown on screen.
        kind: What its values are; "text" also for identity numbers, phones and codes.
        width: In characters; 0 takes the usual width of the kind.
    """

    heading: str
    kind: ColumnKind = "text"
    width: float = 0


def write_xlsx(
    path: Path,
    columns: Sequence[ExportColumn],
    rows: Iterable[Sequence[CellValue]],
    *,
    title: str = "",
    sheet_name: str = "Sheet1",
    stamp: Stamp | None = None,
    progress: Progress | None = None,
) -> int:
    """Write a list to an Excel workbook and return its number of rows.

    Args:
        path: Replaced when it exists, and only once the new file is complete.
        columns: Headings and kinds, left to right.
        rows: Values in the columns' order; None is an empty cell.
        title: Line above the headings; "" for none.
        sheet_name: Shortened to what Excel allows.
        stamp: Whose copy it is; printed above and below every page, and among the document's properties.
        progress: Told every 500 rows.

    Raises:
        UserError: The file cannot be written.
        OperationCancelled: The user asked to stop; no file is left.
    """
    watcher = progress or NullProgress()

    def fill(temporary: Path) -> int:
        import xlsxwriter  # heavy: imported when first used

        message = _("Writing “{name}”").format(name=path.name)
        frame = io.BytesIO()
        with xlsxwriter.Workbook(frame, _OPTIONS | {"in_memory": True}) as workbook:
            sheet = workbook.add_worksheet(safe_sheet_name(sheet_name))
            _sign(workbook, sheet, stamp)
            top = _write_heading(workbook, sheet, columns, title)
            for i, column in enumerate(columns):
                sheet.write_blank(top + 1, i, None, workbook.add_format({"num_format": _FORMATS[column.kind]}))
            if columns:
                sheet.autofilter(top, 0, top + 1, len(columns) - 1)
                sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{top + 2}"})
        return fill_frame(frame, temporary, top + 2, rows, lambda count: watcher.advance(count, 0, message))

    return _whole_file(path, fill)


_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_csv(
    path: Path,
    columns: Sequence[ExportColumn],
    rows: Iterable[Sequence[CellValue]],
    *,
    encoding: Literal["utf-8-sig", "gb18030"] = "utf-8-sig",
    stamp: Stamp | None = None,
    progress: Progress | None = None,
) -> int:
    """Write a list to a csv file and return its number of rows.

    Text that a spreadsheet would run as a formula gets an apostrophe in front,
    which our own reader takes off again; it leaves out the last line too, which
    says whose copy it is.

    Raises:
        UserError: The file cannot be written.
        OperationCancelled: The user asked to stop; no file is left.
    """
    watcher = progress or NullProgress()

    def fill(temporary: Path) -> int:
        count = 0
        with temporary.open("w", encoding=encoding, newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([guarded(column.heading) for column in columns])
            for count, row in enumerate(rows, 1):
                if count % _STEP == 1:
                    watcher.advance(count, 0, _("Writing “{name}”").format(name=path.name))
                writer.writerow([plain_value(value) for value in row])
            if stamp is not None:
                writer.writerow([COPY_MARK + stamp.line])
        return count

    return _whole_file(path, fill)


def export_remaining(preview: Preview, workbook: Workbook, path: Path, stamp: Stamp | None = None) -> int:
    """Write the rows that stayed behind, in their original layout, and return how many.

    Titles and headings keep their rows and columns keep their letters, so that the
    mended file is read like the original; a last column says what is wrong.

    Args:
        preview: The check the rows stayed behind in.
        workbook: The file it checked.
        path: Replaced when it exists.
        stamp: As for ``write_xlsx``.

    Raises:
        UserError: The file cannot be written.
    """
    waiting: dict[str, list[CheckedRow]] = {}
    for sheet, row in preview.remaining_rows():
        rows = waiting.setdefault(sheet.name, [])
        if rows and rows[-1].row == row.row:  # another visit of the same row
            rows[-1] = row._replace(issues=tuple(dict.fromkeys((*rows[-1].issues, *row.issues))))
        else:
            rows.append(row)

    def fill(temporary: Path) -> int:
        import xlsxwriter  # heavy: imported when first used

        with xlsxwriter.Workbook(str(temporary), _OPTIONS) as target:
            taken: set[str] = set()
            for number, sheet in enumerate(preview.sheets, 1):
                if sheet.name in waiting:
                    name = safe_sheet_name(sheet.name)
                    name = f"{name[:25]} ({number})" if name.lower() in taken else name
                    taken.add(name.lower())
                    made = target.add_worksheet(name)
                    _sign(target, made, stamp)
                    _write_remaining(made, target, workbook, sheet, waiting[sheet.name])
            if not waiting:
                target.add_worksheet()
        return sum(len(rows) for rows in waiting.values())

    return _whole_file(path, fill)


def write_remaining(preview: Preview, workbook: Workbook, path: Path, stamp: Stamp | None, progress: Progress) -> int:
    """Do what ``export_remaining`` does, as whoever hands files out calls it."""
    return export_remaining(preview, workbook, path, stamp)


def origin_text(file: str, sheet: str, row: int) -> str:
    """Return where a row comes from, so that its mended copy replaces it."""
    return "|".join((file.replace("|", "/"), sheet.replace("|", "/"), str(row)))


def read_origin(text: str) -> tuple[str, str, int] | None:
    """Return file, sheet and row of ``origin_text``, or None for any other text."""
    parts = text.split("|")
    return (parts[0], parts[1], int(parts[2])) if len(parts) == 3 and parts[2].isdecimal() else None


def guarded(text: str) -> str:
    """Return text that no spreadsheet will run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def plain_value(value: CellValue) -> str:
    """Return a value as csv and the clipboard carry it; text is guarded, numbers are not."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else str(value)


def safe_sheet_name(name: str) -> str:
    """Return a name Excel accepts: at most 31 characters, no brackets, colons or slashes."""
    plain = "".join("_" if c in "[]:*?/\\" or not c.isprintable() else c for c in name)
    return plain.strip("' ")[:31].strip("' ") or "Sheet1"


def _sign(workbook: xlsxwriter.Workbook, sheet: Worksheet, stamp: Stamp | None) -> None:
    """Print whose copy it is above and below every page; no cell changes, so it is read back as it was."""
    if stamp is None:
        return
    text = stamp.line.replace("&", "&&")[: _LONGEST_FOOTER - len("&C&P / &N&R")].rstrip("&")
    sheet.set_header(f"&R{text}")
    sheet.set_footer(f"&C&P / &N&R{text}")
    workbook.set_properties({"author": stamp.by, "comments": stamp.line, "created": stamp.at.replace(tzinfo=None)})


def _write_heading(workbook: xlsxwriter.Workbook, sheet: Worksheet, columns: Sequence[ExportColumn], title: str) -> int:
    """Write title and headings; return the 0-based row of the headings."""
    top = 1 if title else 0
    if title:
        sheet.write_string(0, 0, title, workbook.add_format({"bold": True, "font_size": 14}))
    look = {"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1, "bg_color": "#EEF2F7"}
    bold = workbook.add_format(look)
    plain = {kind: workbook.add_format({"num_format": number}) for kind, number in _FORMATS.items()}
    for i, column in enumerate(columns):
        sheet.write_string(top, i, column.heading, bold)
        width = column.width or max(_WIDTHS[column.kind], 2.2 * len(column.heading))
        sheet.set_column(i, i, min(width, _WIDEST), plain[column.kind])
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return top


def _write_value(sheet: Worksheet, row: int, column: int, value: Any, form: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否", form)
    elif isinstance(value, (dt.date, dt.datetime)):
        sheet.write_datetime(row, column, value, form)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, form)
    else:
        sheet.write_string(row, column, str(value), form)


def _write_remaining(
    sheet: Worksheet,
    target: xlsxwriter.Workbook,
    source: Workbook,
    preview: SheetPreview,
    rows: Sequence[CheckedRow],
) -> None:
    text = target.add_format({"num_format": _TEXT_FORMAT})
    date = target.add_format({"num_format": "yyyy-mm-dd"})
    bold = target.add_format({"bold": True, "text_wrap": True})
    red = target.add_format({"font_color": "#B42318", "text_wrap": True})
    header_rows = preview.mapping.header_rows if preview.mapping else (0,)
    original = next(one for one in source.sheets if one.name == preview.name)
    remark_at = 0
    for line in original.rows:
        remark_at = max(remark_at, len(line.cells))
    for line in (line for line in original.rows if line.number <= header_rows[-1]):
        for i, cell in enumerate(line.cells):
            _write_value(sheet, line.number - 1, i, cell, bold)
    # In the upper row of a grouped heading, lest it be taken for a part of the last group.
    sheet.write_string(header_rows[0] - 1, remark_at, REMARK_HEADING, bold)
    sheet.write_string(header_rows[0] - 1, remark_at + 1, ORIGIN_HEADING, bold)
    sheet.set_column(0, max(remark_at - 1, 0), 14, text)
    sheet.set_column(remark_at, remark_at, 60)
    sheet.set_column(remark_at + 1, remark_at + 1, 20)
    for at, row in enumerate(rows, header_rows[-1]):
        for i, cell in enumerate(row.raw):
            if cell != "":
                _write_value(sheet, at, i, cell, date if isinstance(cell, dt.date) else text)
        reasons = [issue.message for issue in row.issues if issue.severity is not Severity.INFO]
        reasons += [note.message for note in preview.notes if note.severity is Severity.ERROR]
        sheet.write_string(at, remark_at, "\n".join(reasons), red)
        sheet.write_string(at, remark_at + 1, origin_text(source.name, preview.name, row.row), text)
    sheet.freeze_panes(header_rows[-1], 0)


def _whole_file(path: Path, fill: Callable[[Path], int]) -> int:
    """Write beside the target and put it in its place when complete."""
    try:
        handle, name = tempfile.mkstemp(prefix=".gridapp-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    temporary = Path(name)
    try:
        count = fill(temporary)
        os.replace(temporary, path)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    except UnicodeEncodeError as fault:
        raise _unwritable(path, fault) from fault
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return count


def _unwritable(path: Path, fault: Exception) -> UserError:
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    message = _("“{name}” cannot be written: {reason}. Please close it in other programs or choose another place.")
    return UserError(message.format(name=path.name, reason=reason))
