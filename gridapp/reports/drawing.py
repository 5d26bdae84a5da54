"""A sheet to draw charts and maps on: vectors in a PDF, or the same as PNG.

Coordinates are points from the upper left corner, y downward. Text is drawn
with the embedded fonts and their fallback, so it can be searched and copied.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.reports import fonts
from gridapp.reports.output import write_whole
from gridapp.reports.pdf_writer import new_canvas
from gridapp.reports.rendering import png
from gridapp.reports.template import paper
from gridapp.reports.wrapping import wrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INK, MUTED, RULE, TRACK = "#1A1F27", "#57606E", "#D5DAE1", "#EEF0F3"
BLUE, BLUE_PALE = "#0B63CE", "#DCE9F8"
ORANGE, ORANGE_PALE = "#A85400", "#FBE6CF"
GREEN = "#1A7F37"
PNG_SCALE = 2.0
"""Pixels per point of a PNG sheet: A4 on its side becomes 1684 × 1191."""

Anchor = Literal["left", "center", "right"]


class Drawing:
    """One landscape A4 sheet."""

    def __init__(self, title: str) -> None:
        self.width, self.height = paper(landscape=True)
        self._stream = io.BytesIO()
        self._canvas = new_canvas(self._stream, (self.width, self.height), title)

    def text(  # noqa: PLR0913  one call places one text; each argument is independent
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        color: str = INK,
        anchor: Anchor = "left",
        room: float | None = None,
    ) -> float:
        """Draw one line with its base line at y and return its width.

        With ``room`` the text is made smaller until it fits, down to 60 %, then cut with "…".
        """
        text = fonts.printable(text, bold)
        width = fonts.width(text, size, bold)
        if room is not None and width > room:
            size = max(size * room / width, size * 0.6)
            text = shortened(text, size, room, bold)
            width = fonts.width(text, size, bold)
        x -= {"left": 0.0, "center": width / 2, "right": width}[anchor]
        self._canvas.setFillColor(color)
        for run in fonts.runs(text, bold):
            self._canvas.setFont(run.font, size)
            self._canvas.drawString(x, self.height - y, run.text)
            x += fonts.width(run.text, size, bold)
        return width

    def paragraph(self, x: float, y: float, text: str, size: float, room: float, *, color: str = MUTED) -> float:
        """Draw wrapped text with its first base line at y and return the base line below the last."""
        for line in wrap(fonts.printable(text), room / size, fonts.glyphs()):
            self.text(x, y, line, size, color=color)
            y += size * 1.4
        return y

    def rect(  # noqa: PLR0913  a box has four sides and a look
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        line: float = 0.7,
        radius: float = 0.0,
    ) -> None:
        """Draw a box whose upper left corner is (x, y)."""
        canvas = self._canvas
        if fill:
            canvas.setFillColor(fill)
        if stroke:
            canvas.setStrokeColor(stroke)
            canvas.setLineWidth(line)
        if radius:
            canvas.roundRect(x, self.height - y - height, width, height, radius, int(bool(stroke)), int(bool(fill)))
        else:
            canvas.rect(x, self.height - y - height, width, height, int(bool(stroke)), int(bool(fill)))

    def line(  # noqa: PLR0913  two ends and a look
        self, x1: float, y1: float, x2: float, y2: float, *, color: str = RULE, width: float = 0.7, dashed: bool = False
    ) -> None:
        """Draw a straight line."""
        self._canvas.setStrokeColor(color)
        self._canvas.setLineWidth(width)
        self._canvas.setDash(*(([5, 3], 0) if dashed else ([], 0)))
        self._canvas.line(x1, self.height - y1, x2, self.height - y2)
        self._canvas.setDash([], 0)

    def polygon(
        self,
        rings: Sequence[NDArray[np.float64]],
        *,
        fill: str | None = None,
        stroke: str | None = None,
        line: float = 0.7,
        hatch: str | None = None,
    ) -> None:
        """Draw an area.

        Args:
            rings: Outer ring and holes, each an array of shape (n, 2) in sheet points.
            fill: Colour of the area.
            stroke: Colour of the outline.
            line: Width of the outline.
            hatch: Colour of diagonal lines across the area.
        """
        canvas = self._canvas
        if fill:
            canvas.setFillColor(fill)
            canvas.drawPath(self._path(rings), stroke=0, fill=1, fillMode=0)
        if hatch:
            self._hatch(rings, hatch)
        if stroke:
            canvas.setStrokeColor(stroke)
            canvas.setLineWidth(line)
            canvas.setLineJoin(1)
            canvas.drawPath(self._path(rings), stroke=1, fill=0)

    def _path(self, rings: Sequence[NDArray[np.float64]]) -> object:
        path = self._canvas.beginPath()
        for ring in rings:
            points = ring.tolist()
            path.moveTo(points[0][0], self.height - points[0][1])
            for x, y in points[1:]:
                path.lineTo(x, self.height - y)
            path.close()
        return path

    def _hatch(self, rings: Sequence[NDArray[np.float64]], color: str) -> None:
        left, top = rings[0].min(axis=0).tolist()
        right, bottom = rings[0].max(axis=0).tolist()
        self._canvas.saveState()
        self._canvas.clipPath(self._path(rings), stroke=0, fill=0, fillMode=0)
        reach = bottom - top
        x = left - reach
        while x < right:
            self.line(x, bottom, x + reach, top, color=color, width=0.6)
            x += 5
        self._canvas.restoreState()

    def save(self, target: Path) -> None:
        """Finish the sheet and write it.

        Args:
            target: File ending in .pdf or .png.

        Raises:
            ValidationError: It ends in something else.
            StorageError: The file cannot be written.
        """
        check_suffix(target)
        with fonts.lock:
            self._canvas.save()
        content = self._stream.getvalue()
        write_whole(target, png(content, PNG_SCALE) if target.suffix.lower() == ".png" else content)


def check_suffix(target: Path) -> None:
    """Refuse a file name that says neither PDF nor PNG.

    Raises:
        ValidationError: It ends in something else.
    """
    if target.suffix.lower() not in {".pdf", ".png"}:
        raise ValidationError(_("The file name {name} must end in .png or .pdf.").format(name=target.name), "output")


def shortened(text: str, size: float, room: float, bold: bool = False) -> str:
    """Return text cut with "…" so that it fits into ``room`` points."""
    if fonts.width(text, size, bold) <= room * 1.001:
        return text
    while text and fonts.width(text + "…", size, bold) > room:
        text = text[:-1]
    return text + "…"


def ink_on(fill: str) -> str:
    """Return the text colour that stands out more on a fill, white or INK.

    Source: WCAG 2.2, relative luminance and contrast ratio.
    """
    light = _luminance(fill) + 0.05
    return "#FFFFFF" if 1.05 / light > light / (_luminance(INK) + 0.05) else INK


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
