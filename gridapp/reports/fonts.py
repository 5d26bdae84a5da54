"""Embedded fonts: which face draws which character, and how wide it is.

Noto Sans SC draws the text; HanaMinB draws what Noto lacks (CJK Extension B
to F). A character that neither has is drawn as the geta mark 〓 and reported,
never as a silent blank. The faces are read when a report is first written.

Source: shared/reference/reports.md sections 0.2 and 1.
"""

from __future__ import annotations

import mmap
import threading
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from gridapp import paths
from gridapp.errors import StorageError
from gridapp.i18n import _

REGULAR = "GridAppSans"
BOLD = "GridAppSansBold"
RARE = "GridAppRare"
GETA = "〓"
"""Stands in print for a character that no shipped font can draw."""

FILES = {REGULAR: "NotoSansSC-Regular.ttf", BOLD: "NotoSansSC-Bold.ttf", RARE: "HanaMinB.ttf"}
# Bold is cut to the 8,105 standard characters, so the regular face backs it up.
_CHAINS = {False: (REGULAR, RARE), True: (BOLD, REGULAR, RARE)}
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})

upstream_to_unicode: Callable[[str, Sequence[int]], str] | None = None
"""reportlab's own function, kept so that a test notices when it is mended."""

lock = threading.RLock()
"""Held while faces are read and while subsets are cut from them: reportlab's readers keep a position."""

_faces: dict[str, Any] = {}


class Run(NamedTuple):
    """A stretch of text that one face can draw."""

    font: str
    text: str


class Glyphs(dict[str, float]):
    """Advance of every character met so far in one weight, in em.

    Looking a character up also finds its face. Keys are single characters.

    Attributes:
        faces: Name of the face that draws the character; "" when none can.
        special: Characters met that must be replaced or dropped before drawing.
    """

    def __init__(self, bold: bool) -> None:
        super().__init__()
        self.faces: dict[str, str] = {}
        self.special: set[str] = set()
        self._chain = _CHAINS[bold]

    def __missing__(self, character: str) -> float:
        code = ord(character)
        name, advance = "", 0.0
        if unicodedata.category(character) not in _INVISIBLE and not _is_selector(code):
            for candidate in self._chain:
                widths = face(candidate).face.charWidths
                if code in widths:
                    name, advance = candidate, widths[code] / 1000
                    break
        if not name:
            self.special.add(character)
        self.faces[character] = name
        self[character] = advance
        return advance

    def can_draw(self, text: str) -> bool:
        """Tell whether every character of a text has a glyph."""
        sum(map(self.__getitem__, text))  # looks every character up, at the speed of C
        return self.special.isdisjoint(text)


_glyphs = {False: Glyphs(False), True: Glyphs(True)}


def _is_selector(code: int) -> bool:
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


def glyphs(bold: bool = False) -> Glyphs:
    """Return the advances of the regular or the bold weight."""
    return _glyphs[bold]


def face(name: str) -> Any:
    """Return reportlab's font object, read from ``resources/fonts`` on first use.

    Args:
        name: REGULAR, BOLD or RARE.

    Raises:
        StorageError: The font file is missing or damaged.
    """
    found = _faces.get(name)
    if found is None:
        with lock:
            found = _faces.get(name) or _read(name)
            _faces[name] = found
    return found


def _read(name: str) -> Any:
    from reportlab.pdfbase import pdfmetrics, ttfonts  # heavy: imported when first used

    _mend_to_unicode(ttfonts)
    path = paths.resource(f"fonts/{FILES[name]}")
    try:
        font = ttfonts.TTFont(name, _MappedFile(path), shapable=False)
    except (ttfonts.TTFError, OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise StorageError(
            _("The font file {name} is missing or damaged. Please install GridApp again.").format(name=path.name)
        ) from error
    pdfmetrics.registerFont(font)
    _slim(font.face)
    return font


class _MappedFile:
    """A font file for reportlab, which keeps what ``read`` gives: of 44 MB only the pages in use come into memory."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)

    def read(self) -> mmap.mmap:
        with Path(self.name).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Outlines:
    """The outlines of a face; a slice copies one glyph, where reportlab copied all of them for each subset."""

    def __init__(self, data: mmap.mmap, begin: int) -> None:
        self._data, self._begin = data, begin

    def __getitem__(self, piece: slice) -> bytes:
        return self._data[self._begin + piece.start : self._begin + piece.stop]


def _slim(face: Any) -> None:
    """Drop what reportlab keeps of a face and only shaping would ask for; share what is the same for many glyphs."""
    face.glyphToChar = {}
    alike: dict[tuple[float, int], tuple[float, int]] = {}
    face.hmetrics = [alike.setdefault(one, one) for one in face.hmetrics]
    face.get_table = partial(_table, face, face.get_table)


def _table(face: Any, copied: Callable[[str], bytes], tag: str) -> bytes | _Outlines:
    return _Outlines(face._ttf_data, face.get_table_pos(tag)[0]) if tag == "glyf" else copied(tag)  # noqa: SLF001


def width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of one line of text in points."""
    return sum(map(_glyphs[bold].__getitem__, text)) * size


def runs(text: str, bold: bool = False) -> list[Run]:
    """Split text into stretches that one face each can draw.

    Invisible characters are dropped; characters without a glyph become 〓.
    """
    known = _glyphs[bold]
    text = printable(text, bold)
    parts: list[Run] = []
    for character in text:
        name = known.faces[character]
        if parts and parts[-1].font == name:
            parts[-1] = Run(name, parts[-1].text + character)
        else:
            parts.append(Run(name, character))
    return parts


def printable(text: str, bold: bool = False) -> str:
    """Return text as it can be drawn: controls dropped, glyphless characters as 〓."""
    known = _glyphs[bold]
    if known.can_draw(text):
        return text
    return "".join(_drawn(character, known) for character in text)


def _drawn(character: str, known: Glyphs) -> str:
    if known.faces[character]:
        return character
    if character == "\t":
        return " "
    invisible = unicodedata.category(character) in _INVISIBLE or _is_selector(ord(character))
    return "" if invisible else GETA


def missing_characters(text: str) -> str:
    """Return the characters of text that no shipped font can draw, each once.

    Control and format characters are not counted: they have nothing to draw.
    """
    known = _glyphs[False]
    if known.can_draw(text):
        return ""
    return "".join(dict.fromkeys(c for c in text if c in known.special and _drawn(c, known) == GETA))


def to_unicode_map(font_name: str, subset: Sequence[int]) -> str:
    """Return the ToUnicode CMap of a one-byte subset font.

    Args:
        font_name: Name of the subset, e.g. "AAAAAA+NotoSansSC-Regular".
        subset: Code point for each byte value; 0 where the byte is unused.

    Source: ISO 32000-1 section 9.10.3: values are UTF-16BE, so a character
    above U+FFFF is a surrogate pair, and a bfchar block has at most 100 lines.
    """
    lines = [
        f"<{byte:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for byte, code in enumerate(subset) if code
    ]
    blocks: list[str] = []
    for start in range(0, len(lines), 100):
        block = lines[start : start + 100]
        blocks += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    head = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        f"/CIDSystemInfo << /Registry ({font_name}) /Ordering ({font_name}) /Supplement 0 >> def",
        f"/CMapName /{font_name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    tail = ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(head + blocks + tail)


def _mend_to_unicode(ttfonts: Any) -> None:
    # reportlab 5.1 writes <2CB4E> where a surrogate pair belongs, so 周𬭎 is
    # copied and searched as another character. It looks the name up per font.
    global upstream_to_unicode
    if ttfonts.makeToUnicodeCMap is not to_unicode_map:
        upstream_to_unicode = ttfonts.makeToUnicodeCMap
        ttfonts.makeToUnicodeCMap = to_unicode_map
