"""The second pass of a document: set the pieces of one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridapp.i18n import _
from gridapp.reports import codes, fonts
from gridapp.reports.blocks import Bars, Block, Form, Note, Ruled, SignOff, Table
from gridapp.reports.cells import LEADING, SIDE_PADDING, Cell, CellLine
from gridapp.reports.page import FramePainter
from gridapp.reports.placed import Page, PlacedBox, PlacedCode, PlacedLine, PlacedText
from gridapp.reports.set_blocks import (
    BAR_HEIGHT,
    CODE_DIGITS_PT,
    HEADING,
    NOTE,
    RULED_HEIGHT,
    SIGN_OFF_HEIGHT,
    Piece,
    SetForm,
    SetTable,
    note_lines,
)
from gridapp.reports.template import CODE_MM, MM

_GRID = 0.45  # grey of the inner lines
_TINT = 0.91


class BodyPainter:
    """Sets the pieces of one page."""

    def __init__(
        self,
        page: Page,
        frame: FramePainter,
        blocks: Sequence[Block],
        tables: Mapping[int, SetTable],
        forms: Mapping[int, SetForm],
    ) -> None:
        self._page = page
        self._frame = frame
        self._blocks = blocks
        self._tables = tables
        self._forms = forms
        self._pending: list[tuple[float, float, str]] = []

    def draw(self, pieces: Sequence[Piece], first: bool) -> None:
        """Set a page's pieces from the top of its body downward."""
        y = self._frame.top(first)
        grid_top: float | None = None
        for at, piece in enumerate(pieces):
            block = self._blocks[piece.block]
            if isinstance(block, Table):
                if piece.kind == "header":
                    grid_top = y
                self._table_piece(piece, y)
            else:
                self._other_piece(block, piece, y)
            y -= piece.height
            last = at + 1 == len(pieces) or pieces[at + 1].block != piece.block
            if grid_top is not None and last:
                self._grid(self._tables[piece.block], grid_top, y, empty=piece.kind == "empty")
                grid_top = None
        self._draw_codes()

    def _other_piece(self, block: Block, piece: Piece, y: float) -> None:
        if isinstance(block, Form) and piece.kind == "empty":
            self._centred(_("Nobody is on this roster this month."), y, piece.height)
        elif isinstance(block, Form):
            self._boxes(self._forms[piece.block], piece, y)
        elif isinstance(block, Note):
            line = note_lines(block, self._frame)[piece.row]
            self._page.texts.append(PlacedText(self._frame.left, y - piece.height + NOTE * 0.3, line, NOTE))
        elif isinstance(block, Ruled):
            self._heading(block.heading, y)
            for number in range(1, block.count + 1):
                line_y = y - HEADING * 2.2 - number * RULED_HEIGHT
                self._page.lines.append(PlacedLine(self._frame.left, line_y, self._frame.right, line_y, 0.4, _GRID))
        elif isinstance(block, Bars):
            self._bars(block, piece, y)
        elif isinstance(block, SignOff):
            self._sign_off(block, y)

    # Tables

    def _table_piece(self, piece: Piece, y: float) -> None:
        table = self._tables[piece.block]
        if piece.kind == "heading":
            self._heading(table.table.heading, y)
        elif piece.kind == "header":
            width = self._frame.right - self._frame.left
            self._page.boxes.append(PlacedBox(self._frame.left, y - piece.height, width, piece.height, _TINT))
            x = self._frame.left
            for cell, column_width in zip(table.header, table.widths, strict=True):
                self._lines(cell.lines, x, y, column_width, piece.height, "center")
                x += column_width
        elif piece.kind == "empty":
            self._centred(table.table.empty_text, y, piece.height)
        elif piece.kind == "row":
            values = table.table.row(piece.row)
            cut = slice(piece.skip, piece.skip + piece.lines)
            cells = [Cell(cell.lines[cut], cell.height) for cell in table.cells(piece.row, values)]
            self._row(table, piece.row, values if piece.skip == 0 else {}, cells, y, piece.height)
        else:
            for row in range(piece.row, piece.row + piece.lines):
                values = table.table.row(row)
                cells = table.cells(row, values)
                height = table.height(cells)
                self._row(table, row, values, cells, y, height)
                y -= height

    def _centred(self, text: str, y: float, height: float) -> None:
        text = fonts.printable(text)
        x = (self._page.width - fonts.width(text, NOTE)) / 2
        self._page.texts.append(PlacedText(x, y - height / 2 - NOTE * 0.38, text, NOTE))

    def _row(  # noqa: PLR0913  one row: which, what it holds, where it stands
        self, table: SetTable, row: int, values: Mapping[str, str], cells: Sequence[Cell], y: float, height: float
    ) -> None:
        x = self._frame.left
        if table.is_total(row):
            width = self._frame.right - self._frame.left
            self._page.boxes.append(PlacedBox(self._frame.left, y - height, width, height, 0.95))
        for cell, (name, _setter, column), width in zip(cells, table.setters, table.widths, strict=True):
            if column.code:
                if values.get(name):
                    self._pending.append((x + width / 2, y - height / 2, values[name]))
            elif cell.lines:
                self._lines(cell.lines, x, y, width, height, column.align)
            x += width
        bottom = y - height
        self._page.lines.append(PlacedLine(self._frame.left, bottom, self._frame.right, bottom, 0.4, _GRID))

    def _lines(  # noqa: PLR0913  the text and the box it stands in
        self, lines: Sequence[CellLine], x: float, y: float, width: float, height: float, align: str
    ) -> None:
        put = self._page.texts.append
        y -= (height - sum([line.size for line in lines]) * LEADING) / 2
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
            bottom = y - side / 2 + CODE_DIGITS_PT / 2 + 0.5
            self._page.codes.append(PlacedCode(x - side / 2, bottom, side, bitmap))
            left = x - fonts.width(code, CODE_DIGITS_PT) / 2
            self._page.texts.append(PlacedText(left, bottom - CODE_DIGITS_PT - 1.2, code, CODE_DIGITS_PT))

    def _grid(self, table: SetTable, top: float, bottom: float, empty: bool) -> None:
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

    # Forms and the rest

    def _heading(self, heading: str, y: float) -> None:
        text = fonts.printable(heading, bold=True)
        self._page.texts.append(PlacedText(self._frame.left, y - HEADING * 1.6, text, HEADING, bold=True))

    def _boxes(self, form: SetForm, piece: Piece, y: float) -> None:
        values = form.form.record(piece.row)
        height, boxes = form.boxes(form.form.rows[piece.skip], values)
        bottom = y - height
        for box in boxes:
            if box.label_width:
                self._page.boxes.append(PlacedBox(box.x, bottom, box.label_width, height, 0.94))
                self._lines(box.label.lines, box.x, y, box.label_width, height, "center")
                x = box.x + box.label_width
                self._page.lines.append(PlacedLine(x, y, x, bottom, 0.4, _GRID))
            if box.field == "code" and values.get("code"):
                middle = box.x + box.label_width + (box.width - box.label_width) / 2
                self._pending.append((middle, y - height / 2, values["code"]))
            else:
                self._lines(box.value.lines, box.x + box.label_width, y, box.width - box.label_width, height, "left")
            for x in (box.x, box.x + box.width):
                self._page.lines.append(PlacedLine(x, y, x, bottom, 0.6))
        for line_y in (y, bottom):
            self._page.lines.append(PlacedLine(self._frame.left, line_y, self._frame.right, line_y, 0.6))

    def _bars(self, block: Bars, piece: Piece, y: float) -> None:
        if not piece.row:
            self._heading(block.heading, y)
            y -= HEADING * 2.2
        shown = block.bars[piece.row : piece.row + piece.lines]
        left, right = self._frame.left, self._frame.right
        label_room = min(max([fonts.width(bar.label, NOTE) for bar in block.bars], default=0.0) + 8, (right - left) / 3)
        start, full = left + label_room, right - left - label_room - 62
        for bar in shown:
            base = y - BAR_HEIGHT * 0.68
            self._page.texts.append(PlacedText(left, base, fonts.printable(bar.label), NOTE))
            self._page.boxes.append(PlacedBox(start, y - BAR_HEIGHT * 0.82, full, BAR_HEIGHT * 0.64, 0.93))
            if bar.share is not None:
                below = bar.share < block.target
                dark = 0.62 if below else 0.3
                width = full * min(max(bar.share, 0.0), 1.0)
                self._page.boxes.append(PlacedBox(start, y - BAR_HEIGHT * 0.82, width, BAR_HEIGHT * 0.64, dark))
            self._page.texts.append(PlacedText(start + full + 6, base, fonts.printable(bar.shown), NOTE, bold=True))
            y -= BAR_HEIGHT
        goal = start + full * block.target
        top, foot = y + len(shown) * BAR_HEIGHT, y
        self._page.lines.append(PlacedLine(goal, top, goal, foot, 0.9))

    def _sign_off(self, block: SignOff, y: float) -> None:
        size = 10.5
        baseline = y - SIGN_OFF_HEIGHT * 0.62
        share = (self._frame.right - self._frame.left) / len(block.labels)
        for at, label in enumerate(block.labels):
            x = self._frame.left + at * share
            text = fonts.printable(label)
            self._page.texts.append(PlacedText(x, baseline, text, size))
            start = x + fonts.width(text, size) + 3
            self._page.lines.append(PlacedLine(start, baseline - 2, x + share - 12, baseline - 2, 0.6))
