"""Read the tables of an HTML page, which many systems hand out as .xls."""

from __future__ import annotations

from html.parser import HTMLParser

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.issues import Cell
from gridapp.ledgers.sheets import MergedCells, Sheet, rows_from
from gridapp.progress import Progress

_MAX_SPAN = 500
_LAST_COLUMN = 16_384
"""Columns of a sheet; what a page has beyond them is no ledger."""


class _TableReader(HTMLParser):
    """Collects the outermost tables; text of tables inside a cell joins that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[list[list[Cell]], list[MergedCells]]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._spans: tuple[int, int] = (1, 1)
        self._covered_to: dict[int, int] = {}  # column -> last row that a cell above reaches down to

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(([], []))
                self._covered_to = {}
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._end_cell()
            self.tables[-1][0].append([])
        elif tag in ("td", "th") and self.tables[-1][0]:
            self._end_cell()
            self._cell = []
            found = dict(attrs)
            self._spans = (_span(found.get("rowspan")), _span(found.get("colspan")))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._depth == 1 and tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        rows, merged = self.tables[-1]
        row, number = rows[-1], len(rows)
        while self._covered_to.get(len(row), 0) >= number:
            row.append("")
        left = len(row)
        down, across = self._spans
        across = min(across, _LAST_COLUMN - left)
        if across > 0:
            row.append(" ".join("".join(self._cell).replace("\xa0", " ").split(" ")).strip())
            row.extend([""] * (across - 1))
            if down > 1 or across > 1:
                merged.append(MergedCells(number, left, number + down - 1, left + across - 1))
            if down > 1:
                self._covered_to.update(dict.fromkeys(range(left, left + across), number + down - 1))
        self._cell = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _MAX_SPAN) if text and text.strip().isdecimal() else 1


def read_web_tables(text: str, name: str, progress: Progress) -> tuple[Sheet, ...]:
    """Return the tables of a page as sheets, in order.

    Raises:
        LedgerFormatError: The page has no table, or is XML of another kind.
        OperationCancelled: The user asked to stop.
    """
    reader = _TableReader()
    step = 1 << 16
    for start in range(0, len(text), step):
        progress.advance(start, len(text), _("Reading “{sheet}”").format(sheet=name))
        reader.feed(text[start : start + step])
    reader.close()
    sheets = []
    for number, (rows, merged) in enumerate(reader.tables, 1):
        title = name if len(reader.tables) == 1 else f"{name} {number}"
        sheets.append(Sheet(title, False, rows_from(rows), tuple(merged)))
    if not sheets:
        message = _("“{name}” is a web page or XML file without a table. Please save it as .xlsx and try again.")
        raise LedgerFormatError(message.format(name=name))
    return tuple(sheets)
