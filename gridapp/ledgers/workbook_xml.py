"""What the XML of an xlsx file says and the reader of cells does not.

Errors (#N/A), formulas without a stored result, dates shown without their day,
hidden rows and columns, and the epoch of 1904. A sheet's XML is unpacked once and
looked at in pieces while they are warm in the cache; patterns are only searched
where single bytes betray that there may be something.

Source: ECMA-376 part 1, 18.3.1 (worksheets), 18.8.30 (numFmts), 18.2.28 (workbookPr).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from gridapp.ledgers.fields import column_index
from gridapp.ledgers.issues import CellFault

PIECE = 1 << 16
_SEAM = 16  # longer than anything that is looked for
_LARGEST_PART = 1 << 25

_WIDE = re.compile(rb'r="[A-Z]{2}')
_LONG = re.compile(rb'r="[A-Z]{0,3}[0-9]{7}')
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_TYPE = re.compile(rb"\bt=[\"'](\w+)[\"']")
_STYLE = re.compile(rb"\bs=[\"']([0-9]+)[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?v>)", re.DOTALL)
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=[\"'](?:1|true)[\"']")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_ATTRIBUTE = re.compile(rb"(\w+)=[\"']([^\"']*)[\"']")
_BUILT_IN_MONTHS = frozenset((17, 55, 57))  # mmm-yy and, in Chinese Excel, yyyy"年"m"月"
_QUOTED_OR_ESCAPED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


@dataclass
class SheetXml:
    """Facts of one sheet.

    Attributes:
        faults: (1-based row, 0-based column) -> a cell without a value of its own.
        months: Cells with a date that is shown without its day.
        hidden_columns: 0-based.
        hidden_rows: How many.
    """

    faults: dict[tuple[int, int], CellFault] = field(default_factory=dict)
    months: set[tuple[int, int]] = field(default_factory=set)
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: int = 0


@dataclass
class WorkbookXml:
    """Facts of a workbook.

    Attributes:
        date1904: Whether day 0 is 1 January 1904.
        sheets: Sheet name -> its facts.
    """

    date1904: bool = False
    sheets: dict[str, SheetXml] = field(default_factory=dict)


@dataclass
class Traces:
    """What single bytes of a sheet's XML betray.

    Attributes:
        wide: A column past Z.
        long: A row number of seven digits.
        marks: "#", as in an error, or "f", as in a formula.
        hidden: A hidden row, or a text that says so.
        odd: Single quotes, which the quick patterns do not know.
    """

    wide: bool = False
    long: bool = False
    marks: bool = False
    hidden: bool = False
    odd: bool = False


def look_through(pieces: Iterable[bytes]) -> Traces:
    """Return what a sheet's XML may hold; false alarms are possible, misses are not.

    Args:
        pieces: The XML, piece by piece.
    """
    traces = Traces()
    kept, in_data = b"", False
    for piece in pieces:
        if in_data:
            seam = kept + piece[:_SEAM]
            _look(seam, 0, _end_of_data(seam), traces)
        else:
            piece = kept + piece
            start = piece.find(b"<sheetData")
            if start < 0 and piece.find(b":sheetData") < 0:
                kept = piece[-64:]
                continue
            in_data = True
            piece = piece[max(start, 0) + 10 :]
        _look(piece, 0, _end_of_data(piece), traces)
        kept = piece[-_SEAM:]
    return traces


def _end_of_data(piece: bytes) -> int:
    end = piece.rfind(b"sheetData>")
    return len(piece) if end < 0 else end


def _look(piece: bytes, begin: int, end: int, traces: Traces) -> None:
    letters = np.frombuffer(piece, np.uint8)[begin:end]
    capital = (letters - 65) < 26
    if not traces.wide:
        traces.wide = bool((capital[:-1] & capital[1:]).any()) and _WIDE.search(piece, begin, end) is not None
    if not traces.long:
        digit = (letters - 48) < 10
        two = digit[:-1] & digit[1:]
        four = two[:-2] & two[2:]
        seven = four[:-3] & four[3:]
        # A row number stands behind a column's letter or a quotation mark, a phone or ID number does not.
        before = capital | (letters == 34)
        traces.long = bool((before[: max(len(seven) - 1, 0)] & seven[1:]).any()) and bool(
            _LONG.search(piece, begin, end)
        )
    traces.marks = traces.marks or piece.find(b"#", begin, end) >= 0 or piece.find(b"f", begin, end) >= 0
    if not traces.hidden and piece.find(b"h", begin, end) >= 0:
        traces.hidden = piece.find(b"hidden=", begin, end) >= 0
    traces.odd = traces.odd or piece.find(b"'", begin, end) >= 0


def read_facts(archive: zipfile.ZipFile, traces: dict[str, Traces]) -> WorkbookXml:
    """Return the facts of a workbook.

    Args:
        archive: The open xlsx file.
        traces: Lower-case part name -> what was seen in it.

    Raises:
        zipfile.BadZipFile: A part is damaged.
        ElementTree.ParseError: A part is no XML.
    """
    names = {entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()}
    book = names.get("xl/workbook.xml")
    if book is None:
        return WorkbookXml()
    root = _parsed(archive, book)
    links = _links(archive, names)
    facts = WorkbookXml()
    months = _month_styles(archive, names)
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "workbookPr":
            facts.date1904 = element.get("date1904", "0").lower() in ("1", "true", "on")
        elif tag == "sheet":
            key = next((value for name, value in element.attrib.items() if name.rpartition("}")[2] == "id"), "")
            part = links.get(key, "")
            if part in names and part in traces:
                facts.sheets[element.get("name", "")] = _sheet_facts(archive, names[part], traces[part], months)
    return facts


def _parsed(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> ElementTree.Element:
    if entry.file_size > _LARGEST_PART:
        raise zipfile.BadZipFile(entry.filename)
    try:
        return ElementTree.fromstring(archive.read(entry))
    except (LookupError, UnicodeError) as fault:  # an encoding that nobody knows, or a wrong one
        raise zipfile.BadZipFile(entry.filename) from fault


def _links(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Return relationship key -> lower-case part name."""
    entry = names.get("xl/_rels/workbook.xml.rels")
    if entry is None:
        return {}
    links = {}
    for element in _parsed(archive, entry):
        target = element.get("Target", "").replace("\\", "/").lower()
        links[element.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return links


def _month_styles(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> frozenset[bytes]:
    """Return the cell styles that show a date without its day."""
    entry = names.get("xl/styles.xml")
    if entry is None:
        return frozenset()
    custom: set[int] = set(_BUILT_IN_MONTHS)
    styles: list[bytes] = []
    for element in _parsed(archive, entry):
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmts":
            for one in element:
                if _shows_no_day(one.get("formatCode", "")):
                    custom.add(int(one.get("numFmtId", "-1")))
        elif tag == "cellXfs":
            formats = [int(one.get("numFmtId", "0")) for one in element]
            styles = [str(place).encode() for place, number in enumerate(formats) if number in custom]
    return frozenset(styles)


def _shows_no_day(code: str) -> bool:
    bare = _QUOTED_OR_ESCAPED.sub("", code.split(";")[0]).lower()
    return "y" in bare and "m" in bare and "d" not in bare and "h" not in bare and "s" not in bare


def _sheet_facts(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, traces: Traces, months: frozenset[bytes]
) -> SheetXml:
    with archive.open(entry) as stream:
        head = stream.read(PIECE)
    facts = SheetXml(hidden_columns=_hidden_columns(head[: max(head.find(b"sheetData"), 0)]))
    if not (traces.marks or traces.hidden or months):
        return facts
    xml = archive.read(entry)
    if traces.hidden:
        facts.hidden_rows = sum(1 for _match in _HIDDEN_ROW.finditer(xml))
    has_errors = b't="e"' in xml or b"t='e'" in xml
    has_formulas = traces.marks and _FORMULA.search(xml) is not None
    if not (has_errors or has_formulas or any(b's="' + style + b'"' in xml for style in months)):
        return facts
    for cell in _CELL.finditer(xml):
        _look_at_cell(cell[1], cell[2] or b"", facts, months)
    return facts


def _look_at_cell(attributes: bytes, content: bytes, facts: SheetXml, months: frozenset[bytes]) -> None:
    kind = _TYPE.search(attributes)
    is_error = kind is not None and kind[1] == b"e"
    is_formula = not is_error and _FORMULA.search(content) is not None
    style = _STYLE.search(attributes) if months and content else None
    is_month = style is not None and style[1] in months
    if not (is_error or is_formula or is_month):
        return
    reference = _REFERENCE.search(attributes)
    if reference is None:
        return
    place = int(reference[2]), column_index(reference[1].decode())
    value = _VALUE.search(content)
    if is_error:
        shown = (value[1] or b"").decode("utf-8", "replace") if value else ""
        facts.faults[place] = CellFault(shown or "#N/A", "cell_error")
    elif is_formula and (value is None or (not value[1] and (kind is None or kind[1] != b"str"))):
        facts.faults[place] = CellFault("", "formula_without_value")
    elif is_month:
        facts.months.add(place)


def _hidden_columns(head: bytes) -> frozenset[int]:
    hidden: set[int] = set()
    for match in _COLUMN.finditer(head):
        told = dict(_ATTRIBUTE.findall(match[0]))
        if told.get(b"hidden") in (b"1", b"true"):
            first, last = int(told.get(b"min", b"1")), int(told.get(b"max", b"0"))
            hidden.update(range(first - 1, min(last, first + 1000)))
    return frozenset(hidden)
