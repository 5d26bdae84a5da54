"""Blocks with their texts set in the columns and boxes of a page: how high each part is, before pages are broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gridapp.i18n import _
from gridapp.reports import fonts
from gridapp.reports.blocks import Form, Note, Table, Values
from gridapp.reports.cells import Cell, CellSetter
from gridapp.reports.page import FramePainter
from gridapp.reports.paper_template import FormRow
from gridapp.reports.template import CODE_MM, MM, Column
from gridapp.reports.wrapping import wrap

ROW_PADDING = 3.0
HEADING, NOTE = 11.0, 9.0
NOTE_LINE, NOTE_AIR = NOTE * 1.5, 4.0
"""Height of a line of a note, and the air above the first."""
CODE_DIGITS_PT = 5.6
SIGN_OFF_HEIGHT = 15 * MM
RULED_HEIGHT = 9 * MM
BAR_HEIGHT = 6 * MM
_NO_TEXT = Cell((), 0.0)
_FORM_PT = 10.0


class Piece(NamedTuple):
    """Part of a block on one page.

    A piece of kind "rows" is a run of ``lines`` whole rows beginning with
    ``row``; of kind "row" the ``lines`` text lines after ``skip`` of a row
    taller than a page; of kind "boxes" line ``skip`` of a form's record.
    """

    block: int
    kind: str
    height: float
    row: int = 0
    skip: int = 0
    lines: int = 0


@dataclass
class SetTable:
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
            self.row_height = max(self.row_height, CODE_MM * MM + CODE_DIGITS_PT + 6)

    def is_total(self, row: int) -> bool:
        """Tell whether a row is the total."""
        return self.table.total_row and row + 1 == self.table.count

    def cells(self, row: int, values: Values) -> list[Cell]:
        """Return the set cells of a row."""
        if self.is_total(row):
            names = [name for name, _setter, _column in self.setters]
            return [setter[values[name]] for setter, name in zip(self.total_setters, names, strict=True)]
        return [_NO_TEXT if column.code else setter[values[name]] for name, setter, column in self.setters]

    def height(self, cells: Sequence[Cell]) -> float:
        """Return the height of a row."""
        return max(self.row_height, max([cell.height for cell in cells]) + 2 * ROW_PADDING)


class SetBox(NamedTuple):
    """A box of a form, set: left side, widths of label and value, their lines, the field."""

    x: float
    label_width: float
    width: float
    label: Cell
    value: Cell
    field: str


@dataclass
class SetForm:
    """A form with its boxes ready to set."""

    form: Form
    left: float
    room: float

    def boxes(self, line: FormRow, values: Values) -> tuple[float, list[SetBox]]:
        """Return the height of a line of boxes, and the boxes."""
        shares = sum(cell.share for cell in line.cells)
        x, height, boxes = self.left, line.height_mm * MM, []
        for cell in line.cells:
            whole = self.room * cell.share / shares
            label_width = min(cell.label_mm * MM, whole * 0.6) if cell.label else 0.0
            label = self._set(_(cell.label) if cell.label else "", label_width, bold=True)
            is_code = cell.field == "code"
            value = _NO_TEXT if is_code else self._set(values.get(cell.field, ""), whole - label_width)
            boxes.append(SetBox(x, label_width, whole, label, value, cell.field))
            x += whole
            height = max(height, label.height + 2 * ROW_PADDING, value.height + 2 * ROW_PADDING)
            if is_code:
                height = max(height, CODE_MM * MM + CODE_DIGITS_PT + 6)
        return height, boxes

    @staticmethod
    def _set(text: str, width: float, bold: bool = False) -> Cell:
        if not text:
            return _NO_TEXT
        return CellSetter(Column("", 1, ""), width, _FORM_PT - (0.5 if bold else 0), bold, heading=bold)[text]


def set_table(table: Table) -> SetTable:
    """Make the columns of a table ready to set."""
    template = table.template
    widths = template.widths()
    setters, totals, header = [], [], []
    for column, width in zip(template.columns, widths, strict=True):
        setters.append((column.field, CellSetter(column, width, template.text_pt), column))
        totals.append(CellSetter(column, width, template.text_pt, bold=True))
        plain = Column(column.title, column.width_mm, column.field)
        title = _(column.title) if column.title else ""
        header.append(CellSetter(plain, width, template.text_pt - 0.5, bold=True, heading=True)[title])
    height = max(cell.height for cell in header) + 2 * ROW_PADDING + 2
    return SetTable(table, widths, setters, totals, header, height)


def note_lines(note: Note, frame: FramePainter) -> list[str]:
    """Return the set lines of a note."""
    return wrap(fonts.printable(note.text), (frame.right - frame.left) / NOTE, fonts.glyphs())
