"""Read "XML Spreadsheet 2003", which older systems hand out as .xml or .xls.

Numbers are kept as text where a spreadsheet's float could not hold them, so that an
identity number written whole stays whole.

Source: Microsoft XML Spreadsheet Reference (Workbook, Worksheet, Table, Column, Row, Cell, Data).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from gridapp.ledgers.issues import Cell, CellFault
from gridapp.ledgers.sheets import MergedCells, Sheet, SheetRow, damaged
from gridapp.progress import Progress

_NAMESPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_MARK = b"urn:schemas-microsoft-com:office:spreadsheet"
_STEP = 1 << 16
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_EXACT_DIGITS = 15


def is_xml_spreadsheet(content: bytes) -> bool:
    """Tell whether bytes begin such a file, in UTF-8 or UTF-16."""
    head = content[:4096].replace(b"\0", b"")
    return _MARK in head and b"<?xml" in head[:200] and b"Workbook" in head


def read_xml_spreadsheet(content: bytes, name: str, progress: Progress) -> tuple[Sheet, ...]:
    """Return the worksheets.

    Raises:
        LedgerFormatError: The XML is damaged, declares entities, or names a cell outside every sheet.
        OperationCancelled: The user asked to stop.
    """
    if b"<!DOCTYPE" in content[:_STEP].replace(b"\0", b""):
        raise damaged(name)
    parser: XMLPullParser[Any] = XMLPullParser(("start", "end"))
    reader = _Reader()
    try:
        for start in range(0, len(content), _STEP):
            progress.advance(start, len(content))
            parser.feed(content[start : start + _STEP])
            reader.take(parser)
        parser.close()
        reader.take(parser)
    except (ParseError, ValueError, LookupError, OverflowError) as fault:
        raise damaged(name) from fault
    if not reader.sheets:
        raise damaged(name)
    return tuple(replace(sheet, date1904=reader.is_1904) for sheet in reader.sheets)


class _Reader:
    """Collects sheets while the parser goes along; parts that were read are let go."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.is_1904 = False
        self._start("")

    def _start(self, title: str) -> None:
        self._title, self._hidden = title, False
        self._rows: list[SheetRow] = []
        self._merged: list[MergedCells] = []
        self._hidden_columns: set[int] = set()
        self._hidden_rows = self._row = self._column = 0

    def take(self, parser: XMLPullParser[Any]) -> None:
        """Take what the parser has met since."""
        event: Any
        for event in parser.read_events():
            (self._begin if event[0] == "start" else self._end)(event[1])

    def _begin(self, element: Element) -> None:
        if element.tag == f"{_NAMESPACE}Worksheet":
            self._start(element.get(f"{_NAMESPACE}Name", ""))

    def _end(self, element: Element) -> None:
        tag = element.tag.removeprefix(_NAMESPACE)
        if tag == "Row":
            self._take_row(element)
            element.clear()
        elif tag == "Column":
            self._take_column(element)
        elif tag == "Worksheet":
            rows, merged, columns = tuple(self._rows), tuple(self._merged), frozenset(self._hidden_columns)
            self.sheets.append(Sheet(self._title, self._hidden, rows, merged, columns, self._hidden_rows))
            element.clear()
        elif tag == f"{_EXCEL}Visible":
            self._hidden = "Hidden" in (element.text or "")
        elif tag == f"{_EXCEL}Date1904":
            self.is_1904 = True

    def _take_column(self, element: Element) -> None:
        self._column = int(element.get(f"{_NAMESPACE}Index", self._column + 1))
        last = self._column + int(element.get(f"{_NAMESPACE}Span", 0))
        if element.get(f"{_NAMESPACE}Hidden") == "1":
            self._hidden_columns.update(range(self._column - 1, min(last, _LAST_COLUMN)))
        self._column = last

    def _take_row(self, element: Element) -> None:
        self._row = int(element.get(f"{_NAMESPACE}Index", self._row + 1))
        if not 0 < self._row <= _LAST_ROW:
            raise ValueError(self._row)
        self._hidden_rows += element.get(f"{_NAMESPACE}Hidden") == "1"
        cells: list[Cell] = []
        for one in element.iterfind(f"{_NAMESPACE}Cell"):
            at = int(one.get(f"{_NAMESPACE}Index", len(cells) + 1)) - 1
            if not len(cells) <= at < _LAST_COLUMN:
                raise ValueError(at)
            cells.extend([""] * (at - len(cells)))
            cells.append(_cell(one))
            across = int(one.get(f"{_NAMESPACE}MergeAcross", 0))
            down = int(one.get(f"{_NAMESPACE}MergeDown", 0))
            if not 0 <= across < _LAST_COLUMN - at:
                raise ValueError(across)
            if across or down:
                self._merged.append(MergedCells(self._row, at, self._row + down, at + across))
                cells.extend([""] * across)
        while cells and cells[-1] == "":
            cells.pop()
        if any(type(cell) is not str or cell.strip() for cell in cells):
            self._rows.append(SheetRow(self._row, tuple(cells)))
        self._row += int(element.get(f"{_NAMESPACE}Span", 0))


def _cell(element: Element) -> Cell:
    data = element.find(f"{_NAMESPACE}Data")
    is_formula = element.get(f"{_NAMESPACE}Formula") is not None
    text = "".join(data.itertext()) if data is not None else ""
    kind = data.get(f"{_NAMESPACE}Type", "String") if data is not None else ""
    if kind == "Error":
        return CellFault(text or "#N/A", "cell_error")
    if is_formula and not text and kind != "String":
        return CellFault("", "formula_without_value")
    if kind == "Number" and text.strip():
        bare = text.strip()
        return bare if bare.isdecimal() and len(bare) > _EXACT_DIGITS else float(bare)
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime" and text.strip():
        return dt.datetime.fromisoformat(text.strip().removesuffix("Z"))
    return text

