"""Set the text of a table cell: lines, sizes, heights."""

from __future__ import annotations

from typing import NamedTuple

from gridapp.reports import fonts
from gridapp.reports.template import Column
from gridapp.reports.wrapping import balanced, wrap

LEADING = 1.28
"""Line height in units of the text size."""
SIDE_PADDING = 3.0
"""Points between a cell's text and its side lines."""
_SMALLEST = 0.6
_KEPT = 8192


class CellLine(NamedTuple):
    """One set line of a cell; ``width`` in points."""

    text: str
    size: float
    bold: bool
    width: float


class Cell(NamedTuple):
    """The set lines of a cell and their height in points."""

    lines: tuple[CellLine, ...]
    height: float


class CellSetter(dict[str, Cell]):
    """Sets the texts of one column, each different text once.

    A heading breaks into lines of about equal length.

    Attributes:
        unprintable: Texts met that hold a character no font can draw.
    """

    def __init__(  # noqa: PLR0913  a column's look
        self, column: Column, width: float, text_pt: float, bold: bool = False, heading: bool = False
    ) -> None:
        super().__init__()
        self.unprintable: set[str] = set()
        self._column = column
        self._room = width - 2 * SIDE_PADDING
        self._size = text_pt
        self._bold = bold
        self._heading = heading
        self._hurt = False  # the text being set holds a character no font can draw

    def __missing__(self, text: str) -> Cell:
        if len(self) >= _KEPT:
            self.clear()  # addresses never come back; words and dates soon do
        lines: list[CellLine] = []
        for number, paragraph in enumerate(text.split("\n") if text else ()):
            strong = self._column.strong and number == 0
            self._set(lines, paragraph, self._size + (1.5 if strong else 0), strong or self._bold)
        cell = Cell(tuple(lines), sum([line.size for line in lines]) * LEADING)
        if lines and self._hurt:
            self.unprintable.add(text)
            self._hurt = False
        self[text] = cell
        return cell

    def _set(self, lines: list[CellLine], text: str, size: float, bold: bool) -> None:
        advances = fonts.glyphs(bold)
        natural = sum(map(advances.__getitem__, text)) * size
        if not advances.special.isdisjoint(text):
            self._hurt = self._hurt or bool(fonts.missing_characters(text))
            text = fonts.printable(text, bold)
            natural = fonts.width(text, size, bold)
        if natural > self._room and not self._column.wrap:
            shrunk = max(size * self._room / natural, size * _SMALLEST)
            natural, size = natural * shrunk / size, shrunk
        if natural <= self._room * 1.00001:
            lines.append(CellLine(text, size, bold, natural))
            return
        room = self._room / size
        broken = balanced(text, room, advances) if self._heading else None
        for line in broken or wrap(text, room, advances, self._column.enumeration):
            lines.append(CellLine(line, size, bold, fonts.width(line, size, bold)))
