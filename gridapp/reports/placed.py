"""What stands where on a page: the hand-over between layout and drawing.

Lengths are points, the origin is the lower left corner of the paper. Any
backend that can place text, lines, boxes and bitmaps can draw a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class PlacedText(NamedTuple):
    """One line of text; ``y`` is its base line, ``grey`` 0 black to 1 white."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    grey: float = 0.0


class PlacedLine(NamedTuple):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.4
    grey: float = 0.0


class PlacedBox(NamedTuple):
    """A filled rectangle, drawn below everything else."""

    x: float
    y: float
    width: float
    height: float
    grey: float


class PlacedCode(NamedTuple):
    """A QR symbol; ``bitmap`` as `codes.row_bitmaps` returns it."""

    x: float
    y: float
    side: float
    bitmap: bytes


class PlacedMark(NamedTuple):
    """A watermark: one line of text about (x, y), turned by an angle, under everything else."""

    x: float
    y: float
    text: str
    size: float
    degrees: float
    grey: float


@dataclass
class Page:
    """Everything on one page."""

    width: float
    height: float
    marks: list[PlacedMark] = field(default_factory=list)
    boxes: list[PlacedBox] = field(default_factory=list)
    lines: list[PlacedLine] = field(default_factory=list)
    codes: list[PlacedCode] = field(default_factory=list)
    texts: list[PlacedText] = field(default_factory=list)
