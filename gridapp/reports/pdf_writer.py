"""Draw placed pages into a PDF, page after page, in flat memory.

The page operators and the file's structure are written here; reportlab reads
the fonts and cuts the subsets. A page leaves memory as soon as it is drawn, so
a hundred thousand rows need no more room than ten thousand.

Source: ISO 32000-1 (objects, cross-reference table, simple TrueType fonts).
"""

from __future__ import annotations

import io
import math
import zlib
from array import array
from collections.abc import Iterable
from typing import Any, BinaryIO

from gridapp import clock
from gridapp.reports import fonts
from gridapp.reports.codes import SIDE
from gridapp.reports.placed import Page, PlacedBox, PlacedCode, PlacedLine, PlacedMark, PlacedText

_CATALOGUE, _PAGES, _RESOURCES, _INFO = 1, 2, 3, 4
_LEVEL = 4  # of deflate: half the time of 6, and 4 % larger files
_SYMBOLIC, _NONSYMBOLIC = 4, 32  # font flags


def new_canvas(stream: io.BytesIO, size: tuple[float, float], title: str, author: str = "") -> Any:
    """Return a reportlab canvas that embeds its fonts and nothing else; charts and the map are drawn on it.

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


class _Subsets:
    """Stands for the document in reportlab's bookkeeping of which characters each font needs.

    reportlab asks exactly these two names of a document; their spelling is its own.
    """

    def __init__(self) -> None:
        self.fontMapping: dict[str, str] = {}
        self.delayedFonts: list[Any] = []


class PdfWriter:
    """A PDF being written page by page into a stream."""

    def __init__(self, stream: BinaryIO, title: str, author: str = "") -> None:
        """Begin the file.

        Args:
            stream: Receives the file as it grows; need not be seekable.
            title: Document title, shown by readers.
            author: Who printed it.
        """
        fonts.face(fonts.REGULAR)
        self._stream = stream
        self._title, self._author = title, author or "GridApp"
        self._position = 0
        self._offsets = array("Q", [0] * (_INFO + 1))
        self._kids = array("L")
        self._subsets = _Subsets()
        self._encoders = {bold: _Encoder(self._subsets, bold) for bold in (False, True)}
        self._put(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def add(self, page: Page) -> None:
        """Draw one page after those drawn so far."""
        parts = [*self._marks(page.marks), *_boxes(page.boxes), *_lines(page.lines), *_codes(page.codes)]
        parts += self._texts(page.texts)
        contents = self._stream_object("\n".join(parts).encode("ascii"))
        self._kids.append(self._object(
            f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {page.width:.2f} {page.height:.2f}]"
            f"/Resources {_RESOURCES} 0 R/Contents {contents} 0 R>>"
        ))  # fmt: skip

    def finish(self) -> None:
        """Write fonts and structure: the file is complete."""
        with fonts.lock:
            found = [
                f"/{name} {number} 0 R" for font in self._subsets.delayedFonts for name, number in self._font(font)
            ]
        self._object(f"<</ProcSet[/PDF/Text/ImageB]/Font<<{''.join(found)}>>>>", _RESOURCES)
        kids = " ".join(f"{number} 0 R" for number in self._kids)
        self._object(f"<</Type/Pages/Count {len(self._kids)}/Kids[{kids}]>>", _PAGES)
        self._object(f"<</Type/Catalog/Pages {_PAGES} 0 R/Lang(zh-CN)>>", _CATALOGUE)
        made = clock.now().strftime("D:%Y%m%d%H%M%SZ")
        self._object(
            f"<</Title {_text(self._title)}/Author {_text(self._author)}/Creator(GridApp)/CreationDate({made})>>", _INFO
        )
        start, count = self._position, len(self._offsets)
        self._put(f"xref\n0 {count}\n0000000000 65535 f \n".encode("ascii"))
        for offset in self._offsets[1:]:
            self._put(b"%010d 00000 n \n" % offset)
        self._put(
            f"trailer\n<</Size {count}/Root {_CATALOGUE} 0 R/Info {_INFO} 0 R>>\nstartxref\n{start}\n%%EOF\n".encode(
                "ascii"
            )
        )

    # The file's structure

    def _put(self, content: bytes) -> None:
        self._stream.write(content)
        self._position += len(content)

    def _object(self, body: str | bytes, number: int = 0) -> int:
        if not number:
            number = len(self._offsets)
            self._offsets.append(0)
        self._offsets[number] = self._position
        content = body.encode("ascii") if isinstance(body, str) else body
        self._put(b"%d 0 obj\n%b\nendobj\n" % (number, content))
        return number

    def _stream_object(self, content: bytes, more: str = "") -> int:
        packed = zlib.compress(content, _LEVEL)
        head = f"<<{more}/Filter/FlateDecode/Length {len(packed)}>>\nstream\n".encode("ascii")
        return self._object(b"%b%b\nendstream" % (head, packed))

    def _font(self, font: Any) -> Iterable[tuple[str, int]]:
        """Write the subsets of one font; yield their names in page operators and their objects."""
        from reportlab.pdfbase.ttfonts import SUBSETN  # heavy: imported when first used

        face = font.face
        for place, subset in enumerate(font.state[self._subsets].subsets):
            name = f"{SUBSETN(place).decode()}+{face.name.decode()}"
            cut = face.makeSubset(subset)
            embedded = self._stream_object(cut, f"/Length1 {len(cut)}")
            described = self._object(
                f"<</Type/FontDescriptor/FontName/{name}/Flags {face.flags & ~_NONSYMBOLIC | _SYMBOLIC}"
                f"/FontBBox[{' '.join(f'{side:g}' for side in face.bbox)}]/ItalicAngle {face.italicAngle:g}"
                f"/Ascent {face.ascent:g}/Descent {face.descent:g}/CapHeight {face.capHeight:g}/StemV {face.stemV:g}"
                f"/MissingWidth {face.defaultWidth:g}/FontFile2 {embedded} 0 R>>"
            )
            unicode = self._stream_object(fonts.to_unicode_map(name, subset).encode("ascii"))
            widths = " ".join(f"{face.getCharWidth(code):g}" for code in subset)
            number = self._object(
                f"<</Type/Font/Subtype/TrueType/BaseFont/{name}/FirstChar 0/LastChar {len(subset) - 1}"
                f"/Widths[{widths}]/FontDescriptor {described} 0 R/ToUnicode {unicode} 0 R>>"
            )
            yield font.getSubsetInternalName(place, self._subsets)[1:], number

    # Page operators

    def _marks(self, marks: Iterable[PlacedMark]) -> list[str]:
        parts: list[str] = []
        for x, y, text, size, degrees, grey in marks:
            cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
            parts.append(f"BT {grey:g} g {cosine:.4f} {sine:.4f} {-sine:.4f} {cosine:.4f} {x:.2f} {y:.2f} Tm")
            for resource, digits in self._encoders[False].encoded(text):
                parts.append(f"{resource} {size:g} Tf <{digits}> Tj")
            parts.append("ET")
        return parts

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

    def __init__(self, subsets: _Subsets, bold: bool) -> None:
        super().__init__()
        self._subsets = subsets
        self._glyphs = fonts.glyphs(bold)
        self._texts: dict[str, list[tuple[str, str]]] = {}

    def __missing__(self, character: str) -> tuple[str, str]:
        self._glyphs[character]
        font = fonts.face(self._glyphs.faces[character] or fonts.REGULAR)
        ((subset, byte),) = font.splitString(character, self._subsets)
        found = (font.getSubsetInternalName(subset, self._subsets), byte.hex())
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


def _text(text: str) -> str:
    """Return a text string object: UTF-16BE in hexadecimal."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


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
