"""Flow tables, forms, notes and the sign-off block over as many pages as they need.

Two passes: the first finds the page breaks and so the page count, the second
sets one page at a time. Every row is set exactly once; a row taller than a
page goes on over the next pages and keeps its code on the first. Neither pass
keeps the rows, so what a long list needs is a handful of bytes a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.reports import fonts
from gridapp.reports.blocks import Bars, Block, Form, Note, Ruled, SignOff, Table, Values
from gridapp.reports.body import BodyPainter
from gridapp.reports.cells import LEADING, Cell
from gridapp.reports.page import Frame, FramePainter
from gridapp.reports.placed import Page
from gridapp.reports.set_blocks import (
    BAR_HEIGHT,
    HEADING,
    NOTE,
    NOTE_AIR,
    NOTE_LINE,
    ROW_PADDING,
    RULED_HEIGHT,
    SIGN_OFF_HEIGHT,
    Piece,
    SetForm,
    SetTable,
    note_lines,
    set_table,
)

_BARS_TOGETHER = 14
"""A chart of up to a year of months is never torn; one of many grids goes on over the next page."""


class Unprintable(NamedTuple):
    """A text on paper that shows 〓: its row from 1 (0 outside tables) and the characters."""

    row: int
    text: str
    characters: str


class Flow:
    """A document laid out: its page count now, its pages on demand.

    Attributes:
        page_count: Number of pages.
        row_count: Number of table rows and of records of forms.
        unprintable: Texts that hold a character no font can draw; known before a page is written.
    """

    def __init__(self, frame: Frame, blocks: Sequence[Block], progress: Progress | None = None) -> None:
        self._painter = FramePainter(frame)
        self._blocks = blocks
        self._progress = progress or NullProgress()
        self._tables = {at: set_table(block) for at, block in enumerate(blocks) if isinstance(block, Table)}
        room = self._painter.right - self._painter.left
        self._forms = {
            at: SetForm(block, self._painter.left, room) for at, block in enumerate(blocks) if isinstance(block, Form)
        }
        self.unprintable: list[Unprintable] = [
            Unprintable(0, text, missing)
            for text in (frame.title, *frame.facts, frame.printed_by, frame.rule_text, *_said(blocks))
            if (missing := fonts.missing_characters(text))
        ]
        self._plan: list[list[Piece]] = [[]]
        self._room = self._painter.top(first=True) - self._painter.bottom
        for at, block in enumerate(blocks):
            self._plan_block(at, block)
        self.page_count = len(self._plan)
        self.row_count = sum(block.count for block in blocks if isinstance(block, Table | Form))

    def pages(self, progress: Progress | None = None) -> Iterator[Page]:
        """Set and yield the pages in order, reporting after each."""
        progress = progress or NullProgress()
        for number, pieces in enumerate(self._plan, start=1):
            page = self._painter.draw(number, self.page_count)
            BodyPainter(page, self._painter, self._blocks, self._tables, self._forms).draw(pieces, number == 1)
            yield page
            progress.advance(number, self.page_count, _("Writing pages"))

    # First pass: where the pages break.

    def _put(self, piece: Piece) -> None:
        self._plan[-1].append(piece)
        self._room -= piece.height

    def _turn(self) -> None:
        self._plan.append([])
        self._room = self._painter.top(first=False) - self._painter.bottom

    def _keep_together(self, height: float) -> None:
        if self._room < height and self._plan[-1]:
            self._turn()

    def _turn_with_last(self) -> None:
        """Turn the page and take along what stood last on it: a table's last row, or a whole small block."""
        pieces = self._plan[-1]
        last = pieces[-1] if pieces else None
        if last is None:
            return
        carried: list[Piece] = []
        if last.kind == "rows" and last.lines > 1:
            table, row = self._tables[last.block], last.row + last.lines - 1
            height = table.height(table.cells(row, table.table.row(row)))
            pieces[-1] = last._replace(height=last.height - height, lines=last.lines - 1)
            carried = [Piece(last.block, "header", table.header_height), Piece(last.block, "rows", height, row, 0, 1)]
        elif isinstance(self._blocks[last.block], Table | Form | Ruled | Bars | Note):
            begin = next(at for at, piece in enumerate(pieces) if piece.block == last.block)
            if begin:  # else it is all there is on the page, or came from the page before
                carried = pieces[begin:]
                del pieces[begin:]
        self._turn()
        for piece in carried:
            self._put(piece)

    def _plan_block(self, at: int, block: Block) -> None:
        if isinstance(block, Table):
            self._plan_table(at, self._tables[at])
        elif isinstance(block, Form):
            self._plan_form(at, self._forms[at])
        elif isinstance(block, Note):
            for number in range(len(note_lines(block, self._painter))):
                height = NOTE_LINE + (0.0 if number else NOTE_AIR)
                self._keep_together(height)
                self._put(Piece(at, "note", height, row=number))
        elif isinstance(block, Ruled):
            height = HEADING * 2.2 + block.count * RULED_HEIGHT
            self._keep_together(height)
            self._put(Piece(at, "ruled", height))
        elif isinstance(block, Bars):
            self._plan_bars(at, block)
        else:
            if self._room < SIGN_OFF_HEIGHT:
                self._turn_with_last()  # nobody signs a page with nothing on it
            self._put(Piece(at, "sign_off", SIGN_OFF_HEIGHT))

    def _plan_bars(self, at: int, chart: Bars) -> None:
        count, heading, row = len(chart.bars), HEADING * 2.2, 0
        self._keep_together(min(heading + count * BAR_HEIGHT + NOTE, heading + _BARS_TOGETHER * BAR_HEIGHT))
        while row < max(count, 1):
            above = 0.0 if row else heading
            if self._room < above + BAR_HEIGHT + NOTE:
                self._turn()
            lines = min(int((self._room - above - NOTE) / BAR_HEIGHT), count - row)
            self._put(Piece(at, "bars", above + lines * BAR_HEIGHT + NOTE, row, 0, lines))
            row += max(lines, 1)

    def _plan_form(self, at: int, form: SetForm) -> None:
        if not form.form.count:
            self._put(Piece(at, "empty", HEADING * 4))
        for record in range(form.form.count):
            if self._plan[-1]:
                self._turn()
            values = form.form.record(record)
            self._note_values(record, values.values())
            for number, line in enumerate(form.form.rows):
                height, _boxes = form.boxes(line, values)
                self._keep_together(height)
                self._put(Piece(at, "boxes", height, record, number))

    def _plan_table(self, at: int, table: SetTable) -> None:
        heading = HEADING * 2.2 if table.table.heading else 0.0
        first = table.height(table.cells(0, table.table.row(0))) if table.table.count else table.row_height
        whole = self._painter.top(first=False) - self._painter.bottom
        if self._room < min(heading + table.header_height + first, whole):
            self._turn()
        if heading:
            self._put(Piece(at, "heading", heading))
        self._put(Piece(at, "header", table.header_height))
        if not table.table.count:
            self._put(Piece(at, "empty", table.row_height))
        for row in range(table.table.count):
            self._plan_row(at, table, row)
            if row % 1000 == 999:
                self._progress.advance(row + 1, table.table.count, _("Setting the rows"))

    def _plan_row(self, at: int, table: SetTable, row: int) -> None:
        values = table.table.row(row)
        cells = table.cells(row, values)
        self._note_unprintable(table, row, values)
        height = table.height(cells)
        if height > self._room:
            whole = self._painter.top(first=False) - self._painter.bottom - table.header_height
            if height > whole:
                self._plan_tall_row(at, table, row, cells)
                return
            if table.is_total(row) and row:
                self._turn_with_last()  # a total belongs below what it adds up
            else:
                self._turn()
            if not self._plan[-1]:
                self._put(Piece(at, "header", table.header_height))
        last = self._plan[-1][-1]
        if last.kind == "rows" and last.block == at:
            self._plan[-1][-1] = last._replace(height=last.height + height, lines=last.lines + 1)
            self._room -= height
        else:
            self._put(Piece(at, "rows", height, row, 0, 1))

    def _plan_tall_row(self, at: int, table: SetTable, row: int, cells: list[Cell]) -> None:
        leading = max(line.size for cell in cells for line in cell.lines) * LEADING
        total = max(len(cell.lines) for cell in cells)
        skip = 0
        while skip < total:
            fitting = int((self._room - 2 * ROW_PADDING) / leading)
            if fitting < 1 or (skip == 0 and self._room < table.row_height):
                self._turn()
                self._put(Piece(at, "header", table.header_height))
                continue
            lines = min(fitting, total - skip)
            least = table.row_height if skip == 0 else 0.0
            self._put(Piece(at, "row", max(lines * leading + 2 * ROW_PADDING, least), row, skip, lines))
            skip += lines

    def _note_unprintable(self, table: SetTable, row: int, values: Values) -> None:
        for name, setter, _column in table.setters:
            if setter.unprintable and values[name] in setter.unprintable:
                self._note_values(row, [values[name]])

    def _note_values(self, row: int, values: Iterable[str]) -> None:
        for value in values:
            for line in value.split("\n"):
                if missing := fonts.missing_characters(line):
                    self.unprintable.append(Unprintable(row + 1, line, missing))


def _said(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield what blocks say besides the values of rows."""
    for block in blocks:
        if isinstance(block, SignOff):
            yield from block.labels
        elif isinstance(block, Note):
            yield block.text
        elif isinstance(block, Bars):
            yield from (block.heading, *(bar.label for bar in block.bars))
        elif isinstance(block, Table):
            yield from (block.heading, *(_(column.title) for column in block.template.columns if column.title))
        elif isinstance(block, Form):
            yield from (_(cell.label) for row in block.rows for cell in row.cells if cell.label)
        else:
            yield block.heading
