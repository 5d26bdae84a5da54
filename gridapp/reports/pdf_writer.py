"""Draw placed pages into a PDF with reportlab's canvas.

The page operators are written here: one text object per page, each character
encoded once per document, which is faster than ``canvas.drawString``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from gridapp.reports import fonts
from gridapp.reports.codes import SIDE
from gridapp.reports.placed import Page, PlacedBox, PlacedCode, PlacedLine, PlacedText


def new_canvas(stream: io.BytesIO, size: tuple[float, float], title: str, author: str = "") -> Any:
    """Return a reportlab canvas that embeds its fonts and nothing else.

    Args:
        stream: Receives the file on ``canvas.save()``.
        size: Width and height of the first page in points.
        title: Document title, shown by readers.
        author: Who printed it.
    """
    from reportlab.pdfgen.canvas import Canvas  # heavy: imported when first used

    fonts.face(fonts.REGULAR)
    # Without initialFontName every file would name Helvetica, which is not embedded.
    canvas = Canvas(
        stream, pagesize=size, pageCompression=1, initialFontName=fonts.REGULAR, pdfVersion=(1, 5), lang="zh-CN"
    )
    canvas.setTitle(title)
    canvas.setAuthor(author or "GridApp")
    canvas.setCreator("GridApp")
    canvas.setSubject("")
    return canvas


class PdfWriter:
    """A PDF being written page by page."""

    def __init__(self, size: tuple[float, float], title: str, author: str = "") -> None:
        self._stream = io.BytesIO()
        self._canvas = new_canvas(self._stream, size, title, author)
        document = self._canvas._doc  # noqa: SLF001  reportlab offers no other way to its subsets
        self._encoders = {bold: _Encoder(document, bold) for bold in (False, True)}

    def add(self, page: Page) -> None:
        """Draw one page after those drawn so far."""
        self._canvas.setPageSize((page.width, page.height))
        parts = [*_boxes(page.boxes), *_lines(page.lines), *_codes(page.codes), *self._texts(page.texts)]
        self._canvas.addLiteral("\n".join(parts))
        self._canvas.showPage()

    def finish(self) -> bytes:
        """Return the complete file."""
        with fonts.lock:
            self._canvas.save()
        return self._stream.getvalue()

    def _texts(self, texts: Iterable[PlacedText]) -> list[str]:
        parts = ["BT"]
        put = parts.append
        font_now: tuple[str, float] = ("", 0.0)
        grey_now = -1.0
        for x, y, text, size, bold, grey in texts:
            if grey != grey_now:
                put(f"{grey:g} g")
                grey_now = grey
            put(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
            for resource, digits in self._encoders[bold].encoded(text):
                if (resource, size) != font_now:
                    put(f"{resource} {size:g} Tf")
                    font_now = (resource, size)
                put(f"<{digits}> Tj")
        put("ET")
        return parts


class _Encoder(dict[str, tuple[str, str]]):
    """Subset font and hexadecimal byte of every character met in one document."""

    _KEPT = 4096

    def __init__(self, document: Any, bold: bool) -> None:
        super().__init__()
        self._document = document
        self._glyphs = fonts.glyphs(bold)
        self._texts: dict[str, list[tuple[str, str]]] = {}

    def __missing__(self, character: str) -> tuple[str, str]:
        self._glyphs[character]
        font = fonts.face(self._glyphs.faces[character] or fonts.REGULAR)
        ((subset, byte),) = font.splitString(character, self._document)
        found = (font.getSubsetInternalName(subset, self._document), byte.hex())
        self[character] = found
        return found

    def encoded(self, text: str) -> list[tuple[str, str]]:
        """Return (font resource, hexadecimal bytes) for each stretch of one subset."""
        # Category words, tick boxes and dates come back row after row.
        known = self._texts.get(text)
        if known is not None:
            return known
        stretches: list[tuple[str, str]] = []
        resource_now, digits_now = "", ""
        for resource, digits in map(self.__getitem__, text):
            if resource == resource_now:
                digits_now += digits
                continue
            if digits_now:
                stretches.append((resource_now, digits_now))
            resource_now, digits_now = resource, digits
        if digits_now:
            stretches.append((resource_now, digits_now))
        if len(self._texts) >= self._KEPT:
            self._texts.clear()
        self._texts[text] = stretches
        return stretches


def _boxes(boxes: Iterable[PlacedBox]) -> list[str]:
    return [f"{grey:g} g {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f" for x, y, width, height, grey in boxes]


def _lines(lines: Iterable[PlacedLine]) -> list[str]:
    parts: list[str] = []
    pen_now = (-1.0, -1.0)
    for x1, y1, x2, y2, width, grey in lines:
        if (width, grey) != pen_now:
            parts.append(f"{width:g} w {grey:g} G")
            pen_now = (width, grey)
        parts.append(f"{x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S")
    return parts


def _codes(symbols: Iterable[PlacedCode]) -> list[str]:
    # A 63-byte image mask instead of some two hundred rectangles.
    return [
        f"q 0 g {side:.2f} 0 0 {side:.2f} {x:.2f} {y:.2f} cm "
        f"BI /W {SIDE} /H {SIDE} /IM true /BPC 1 /D [1 0] /F /AHx ID {bitmap.hex()}> EI Q"
        for x, y, side, bitmap in symbols
    ]
