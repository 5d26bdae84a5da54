"""Columns as data: what a table on paper shows, how wide, and who signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "center", "right"]

MM = 72 / 25.4
"""Points in a millimetre."""
SIZES = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A5": (148.0, 210.0)}
"""Width and height of upright paper in millimetres, by name. Source: ISO 216."""
SIDE_MARGIN_MM = 10.0
CODE_MM = 10.2
"""Side of a row's QR symbol: below 10 mm a 150 dpi scan is no longer safe."""


@dataclass(frozen=True)
class Column:
    """One column of a printed table.

    Attributes:
        title: Source text of the heading, looked up in the catalogue when printed; a line feed breaks it.
        width_mm: Width on paper; a template's columns are stretched together to fill the page.
        field: Key of the row value shown.
        align: Where lines stand in the cell.
        wrap: False keeps the text on one line by shrinking it (to 60 % at most, then it wraps after all).
        enumeration: The text lists words with "、" between; lines break there.
        strong: The first line is larger and bold, for names.
        code: The value is a row code, drawn as a QR symbol above its digits.
    """

    title: str
    width_mm: float
    field: str
    align: Align = "left"
    wrap: bool = True
    enumeration: bool = False
    strong: bool = False
    code: bool = False


@dataclass(frozen=True)
class Template:
    """A table's look.

    Attributes:
        name: Key of the template.
        columns: From left to right.
        landscape: Paper lies on its long side.
        text_pt: Size of cell text in points.
        row_mm: Least height of a row, room for handwriting.
        size: Name of the paper.
    """

    name: str
    columns: tuple[Column, ...]
    landscape: bool = False
    text_pt: float = 9.0
    row_mm: float = 7.0
    size: str = "A4"

    def widths(self) -> tuple[float, ...]:
        """Return the column widths in points, stretched to the page."""
        asked = sum(column.width_mm for column in self.columns)
        factor = (paper(self.landscape, self.size)[0] - 2 * SIDE_MARGIN_MM * MM) / asked
        return tuple(column.width_mm * factor for column in self.columns)


def paper(landscape: bool, size: str = "A4") -> tuple[float, float]:
    """Return the width and height of the paper in points.

    Args:
        landscape: It lies on its long side.
        size: One of SIZES.
    """
    short, long = (side * MM for side in SIZES[size])
    return (long, short) if landscape else (short, long)
