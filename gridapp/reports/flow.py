"""Flow tables, notes and the sign-off block over as many pages as they need.

Two passes: the first finds the page breaks and so the page count, the second
sets one page at a time. Every row is set exactly once; a row taller than a
page goes on over the next pages and keeps its code on the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.reports import codes, fonts
from gridapp.reports.cells import LEADING, SIDE_PADDING, Cell, CellLine, CellSetter
from gridapp.reports.page import Frame, FramePainter
from gridapp.reports.placed import Page, PlacedBox, PlacedCode, PlacedLine, PlacedText
from gridapp.reports.template import CODE_MM, MM, Column, Template
from gridapp.reports.wrapping import wrap

_ROW_PADDING = 3.0
_HEADING, _NOTE = 11.0, 9.0
_CODE_DIGITS_PT = 5.6
_NO_TEXT = Cell((), 0.0)
_GRID = 0.45  # grey of the inner lines
_SIGN_OFF_HEIGHT = 15 * MM


@dataclass(frozen=True)
class Table:
    """A table whose rows are made when they are needed.

    Attributes:
        template: Columns and look.
        count: Number of rows.
        row: Returns the values of row ``index`` (from 0) by field. Called twice for each row.
        heading: Line above the table, or "".
        empty_text: Sentence printed in place of rows when there are none.
        total_row: The last row is a total, set bold on a tint.
    """

    template: Template
    count: int
    row: Callable[[int], Mapping[str, str]]
    heading: str = ""
    empty_text: str = ""
    total_row: bool = False


@dataclass(frozen=True)
class Note:
    """A paragraph across the page."""

    text: str


@dataclass(frozen=True)
class SignOff:
    """Labels with room to sign behind them, on one line, kept together."""

    labels: tuple[str, ...]


Block = Table | Note | SignOff


class Unprintable(NamedTuple):
    """A text on paper that shows 〓: its row from 1 (0 outside tables) and the characters."""

    row: int
    text: str
    characters: str


class _Piece(NamedTuple):
    """Part of a block on one page. ``skip`` and ``lines`` cut a row taller than a page."""

    block: int
    kind: str
    height: float
    row: int = 0
    skip: int = 0
    lines: int = 0


@dataclass
class _SetTable:
    """A table with its columns ready to set."""

    table: Table
    widths: tuple[float, ...]
    setters: list[tuple[str, CellSetter, Column]]
    total_setters: list[CellSetter]
    header: list[Cell]
    header_height: float
    row_height: float = field(init=False)

    def __post_init__(self) -> None:
        self.row_height = self.table.template.row_mm * MM
        if any(column.code for column in self.table.template.columns):
            self.row_height = max(self.row_height, CODE_MM * MM + _CODE_DIGITS_PT + 6)

    def is_total(self, row: int) -> bool:
        return self.table.total_row and row + 1 == self.table.count

    def cells(self, row: int, values: Mapping[str, str]) -> list[Cell]:
        if self.is_total(row):
            names = [name for name, _setter, _column in self.setters]
            return [setter[values[name]] for setter, name in zip(self.total_setters, names, strict=True)]
        return [_NO_TEXT if column.code else setter[values[name]] for name, setter, column in self.setters]


class Flow:
    """A document laid out: its page count now, its pages on demand.

    Attributes:
        page_count: Number of pages.
        row_count: Number of table rows.
        unprintable: Texts that hold a character no font can draw.
    """

    def __init__(self, frame: Frame, blocks: Sequence[Block]) -> None:
        self._painter = FramePainter(frame)
        self._blocks = blocks
        self._tables = {at: _ready(block) for at, block in enumerate(blocks) if isinstance(block, Table)}
        self.unprintable: list[Unprintable] = [
            Unprintable(0, text, missing)
            for text in (frame.title, *frame.facts, frame.printed_by, frame.rule_text)
            if (missing := fonts.missing_characters(text))
        ]
        self._plan: list[list[_Piece]] = [[]]
        self._room = self._painter.top(first=True) - self._painter.bottom
        for at, block in enumerate(blocks):
            self._plan_block(at, block)
        self.page_count = len(self._plan)
        self.row_count = sum(block.count for block in blocks if isinstance(block, Table))

    def pages(self, progress: Progress | None = None) -> Iterator[Page]:
        """Set and yield the pages in order, reporting after each."""
        progress = progress or NullProgress()
        for number, pieces in enumerate(self._plan, start=1):
            page = self._painter.draw(number, self.page_count)
            _BodyPainter(page, self._painter, self._blocks, self._tables).draw(pieces, number == 1)
            yield page
            progress.advance(number, self.page_count, _("Writing pages"))

    # First pass: where the pages break.

    def _put(self, piece: _Piece) -> None:
        self._plan[-1].append(piece)
        self._room -= piece.height

    def _turn(self) -> None:
        self._plan.append([])
        self._room = self._painter.top(first=False) - self._painter.bottom

    def _plan_block(self, at: int, block: Block) -> None:
        if isinstance(block, Table):
            self._plan_table(at, self._tables[at])
        elif isinstance(block, Note):
            self._plan_note(at, block)
        else:
            if self._room < _SIGN_OFF_HEIGHT:
                self._turn()
            self._put(_Piece(at, "sign_off", _SIGN_OFF_HEIGHT))

    def _plan_note(self, at: int, note: Note) -> None:
        lines = _note_lines(note, self._painter)
        for number in range(len(lines)):
            if self._room < _NOTE * 1.5:
                self._turn()
            self._put(_Piece(at, "note", _NOTE * 1.5, row=number))

    def _plan_table(self, at: int, table: _SetTable) -> None:
        heading = _HEADING * 2.2 if table.table.heading else 0.0
        first = self._row_height(table, table.cells(0, table.table.row(0))) if table.table.count else table.row_height
        whole = self._painter.top(first=False) - self._painter.bottom
        if self._room < min(heading + table.header_height + first, whole):
            self._turn()
        if heading:
            self._put(_Piece(at, "heading", heading))
        self._put(_Piece(at, "header", table.header_height))
        if not table.table.count:
            self._put(_Piece(at, "empty", table.row_height))
        for row in range(table.table.count):
            self._plan_row(at, table, row)

    def _plan_row(self, at: int, table: _SetTable, row: int) -> None:
        values = table.table.row(row)
        cells = table.cells(row, values)
        self._note_unprintable(table, row, values)
        height = self._row_height(table, cells)
        lines = max(len(cell.lines) for cell in cells)
        if height <= self._room:
            self._put(_Piece(at, "row", height, row, 0, lines))
            return
        whole = self._painter.top(first=False) - self._painter.bottom - table.header_height
        if height <= whole:
            self._turn()
            self._put(_Piece(at, "header", table.header_height))
            self._put(_Piece(at, "row", height, row, 0, lines))
            return
        self._plan_tall_row(at, table, row, cells)

    def _plan_tall_row(self, at: int, table: _SetTable, row: int, cells: list[Cell]) -> None:
        leading = max(line.size for cell in cells for line in cell.lines) * LEADING
        total = max(len(cell.lines) for cell in cells)
        skip = 0
        while skip < total:
            fitting = int((self._room - 2 * _ROW_PADDING) / leading)
            if fitting < 1 or (skip == 0 and self._room < table.row_height):
                self._turn()
                self._put(_Piece(at, "header", table.header_height))
                continue
            lines = min(fitting, total - skip)
            least = table.row_height if skip == 0 else 0.0
            self._put(_Piece(at, "row", max(lines * leading + 2 * _ROW_PADDING, least), row, skip, lines))
            skip += lines

    @staticmethod
    def _row_height(table: _SetTable, cells: list[Cell]) -> float:
        return max(table.row_height, max(cell.height for cell in cells) + 2 * _ROW_PADDING)

    def _note_unprintable(self, table: _SetTable, row: int, values: Mapping[str, str]) -> None:
        for name, setter, _column in table.setters:
            if values[name] in setter.unprintable:
                for line in values[name].split("\n"):
                    if missing := fonts.missing_characters(line):
                        self.unprintable.append(Unprintable(row + 1, line, missing))


class _BodyPainter:
    """Second pass: sets the pieces of one page."""

    def __init__(
        self, page: Page, frame: FramePainter, blocks: Sequence[Block], tables: Mapping[int, _SetTable]
    ) -> None:
        self._page = page
        self._frame = frame
        self._blocks = blocks
        self._tables = tables
        self._pending: list[tuple[float, float, str]] = []

    def draw(self, pieces: Sequence[_Piece], first: bool) -> None:
        y = self._frame.top(first)
        grid_top: float | None = None
        for at, piece in enumerate(pieces):
            block = self._blocks[piece.block]
            if isinstance(block, Table):
                if piece.kind == "header":
                    grid_top = y
                self._table_piece(piece, y)
            elif isinstance(block, Note):
                line = _note_lines(block, self._frame)[piece.row]
                self._page.texts.append(PlacedText(self._frame.left, y - _NOTE * 1.2, line, _NOTE))
            else:
                self._sign_off(block, y)
            y -= piece.height
            last = at + 1 == len(pieces) or pieces[at + 1].block != piece.block
            if grid_top is not None and last:
                self._grid(self._tables[piece.block], grid_top, y, empty=piece.kind == "empty")
                grid_top = None
        self._draw_codes()

    def _table_piece(self, piece: _Piece, y: float) -> None:
        table = self._tables[piece.block]
        if piece.kind == "heading":
            text = fonts.printable(table.table.heading)
            self._page.texts.append(PlacedText(self._frame.left, y - _HEADING * 1.6, text, _HEADING, bold=True))
        elif piece.kind == "header":
            width = self._frame.right - self._frame.left
            self._page.boxes.append(PlacedBox(self._frame.left, y - piece.height, width, piece.height, 0.91))
            x = self._frame.left
            for cell, column_width in zip(table.header, table.widths, strict=True):
                self._lines(cell.lines, x, y, column_width, piece.height, "center")
                x += column_width
        elif piece.kind == "empty":
            text = fonts.printable(table.table.empty_text)
            x = (self._page.width - fonts.width(text, _NOTE)) / 2
            self._page.texts.append(PlacedText(x, y - piece.height / 2 - _NOTE * 0.38, text, _NOTE))
        else:
            self._row(table, piece, y)

    def _row(self, table: _SetTable, piece: _Piece, y: float) -> None:
        x = self._frame.left
        values = table.table.row(piece.row)
        cells = table.cells(piece.row, values)
        if table.is_total(piece.row):
            width = self._frame.right - self._frame.left
            self._page.boxes.append(PlacedBox(self._frame.left, y - piece.height, width, piece.height, 0.95))
        for cell, (name, _setter, column), width in zip(cells, table.setters, table.widths, strict=True):
            if column.code:
                if piece.skip == 0 and values[name]:
                    self._pending.append((x + width / 2, y - piece.height / 2, values[name]))
            elif cell.lines:
                lines = cell.lines[piece.skip : piece.skip + piece.lines]
                self._lines(lines, x, y, width, piece.height, column.align)
            x += width
        bottom = y - piece.height
        self._page.lines.append(PlacedLine(self._frame.left, bottom, self._frame.right, bottom, 0.4, _GRID))

    def _lines(self, lines: Sequence[CellLine], x: float, y: float, width: float, height: float, align: str) -> None:
        put = self._page.texts.append
        y -= (height - sum(line.size for line in lines) * LEADING) / 2
        for text, size, bold, text_width in lines:
            if align == "left":
                left = x + SIDE_PADDING
            elif align == "center":
                left = x + (width - text_width) / 2
            else:
                left = x + width - min(3 * SIDE_PADDING, max(width - text_width, 0) / 2) - text_width
            # Noto's em square reaches 0.88 above the base line; half the extra leading goes above.
            put(PlacedText(left, y - size * (0.88 + (LEADING - 1) / 2), text, size, bold))
            y -= size * LEADING

    def _draw_codes(self) -> None:
        side = CODE_MM * MM
        bitmaps = codes.row_bitmaps([code for _x, _y, code in self._pending])
        for (x, y, code), bitmap in zip(self._pending, bitmaps, strict=True):
            bottom = y - side / 2 + _CODE_DIGITS_PT / 2 + 0.5
            self._page.codes.append(PlacedCode(x - side / 2, bottom, side, bitmap))
            left = x - fonts.width(code, _CODE_DIGITS_PT) / 2
            self._page.texts.append(PlacedText(left, bottom - _CODE_DIGITS_PT - 1.2, code, _CODE_DIGITS_PT))

    def _grid(self, table: _SetTable, top: float, bottom: float, empty: bool) -> None:
        left, right = self._frame.left, self._frame.right
        put = self._page.lines.append
        foot = top - table.header_height if empty else bottom
        x = left
        for width in table.widths[:-1]:
            x += width
            put(PlacedLine(x, top, x, foot, 0.4, _GRID))
        under_header = top - table.header_height
        put(PlacedLine(left, under_header, right, under_header, 0.8))
        for y in (top, bottom):
            put(PlacedLine(left, y, right, y, 0.8))
        for x in (left, right):
            put(PlacedLine(x, top, x, bottom, 0.8))

    def _sign_off(self, block: SignOff, y: float) -> None:
        size = 10.5
        baseline = y - _SIGN_OFF_HEIGHT * 0.62
        share = (self._frame.right - self._frame.left) / len(block.labels)
        for at, label in enumerate(block.labels):
            x = self._frame.left + at * share
            text = fonts.printable(label)
            self._page.texts.append(PlacedText(x, baseline, text, size))
            start = x + fonts.width(text, size) + 3
            self._page.lines.append(PlacedLine(start, baseline - 2, x + share - 12, baseline - 2, 0.6))


def _note_lines(note: Note, frame: FramePainter) -> list[str]:
    return wrap(fonts.printable(note.text), (frame.right - frame.left) / _NOTE, fonts.glyphs())


def _ready(table: Table) -> _SetTable:
    template = table.template
    widths = template.widths()
    setters, totals, header = [], [], []
    for column, width in zip(template.columns, widths, strict=True):
        setters.append((column.field, CellSetter(column, width, template.text_pt), column))
        totals.append(CellSetter(column, width, template.text_pt, bold=True))
        plain = Column(column.title, column.width_mm, column.field)
        title = _(column.title) if column.title else ""
        header.append(CellSetter(plain, width, template.text_pt - 0.5, bold=True)[title])
    height = max(cell.height for cell in header) + 2 * _ROW_PADDING + 2
    return _SetTable(table, widths, setters, totals, header, height)
