"""How large a sheet of an xlsx file really is, before anything allocates it.

The reader lays a sheet out as a full rectangle. One stray character in the last
cell of the last column would ask for hundreds of gigabytes and end the program,
so the corners are looked up in the XML first. The file's own ``<dimension>`` is
not believed: programs write it wrongly in both directions.

Source: ECMA-376 part 1, 18.3.1.4 (c) and 18.3.1.73 (row).
"""

from __future__ import annotations

import re
import zipfile

from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.fields import column_index
from gridapp.ledgers.unpacking import unpacked
from gridapp.ledgers.workbook_xml import Traces, look_through

MAX_CELLS = 40_000_000
"""Cells of one sheet's rectangle, empty ones included: more than a million rows of thirty columns."""

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

# Three looks, each dearer than the one before. No column past Z and no row of seven digits: at most 26 million
# cells. No column past ZZ and no row of five digits: at most 7 million. Else every filled cell is looked at.
_WIDE_OR_LONG = re.compile(rb'r="(?:[A-Z]{2}|[A-Z]?[0-9]{7})')
_WIDER_OR_LONGER = re.compile(rb'r="(?:[A-Z]{3}|[A-Z]{0,2}[0-9]{5})')
_FILLED = re.compile(
    rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]+)([0-9]+)[\"'][^>]*(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b",
)
_CLAIM = re.compile(rb"\b(?:uniqueCount|count)=[\"']([0-9]+)[\"']")
_HEAD_BYTES = 4096


def check_extent(archive: zipfile.ZipFile, content: bytes, name: str) -> dict[str, Traces]:
    """Refuse a workbook with a sheet whose filled cells lie too far apart.

    Args:
        archive: The open xlsx file.
        content: Its bytes.
        name: The file's name, for the message.

    Returns:
        Lower-case part name of each sheet -> what a look through it has betrayed.

    Raises:
        LedgerFormatError: A cell far away must be deleted first, or lies outside every sheet.
        zipfile.BadZipFile: A part is damaged.
    """
    seen: dict[str, Traces] = {}
    for entry in archive.infolist():
        part = entry.filename.replace("\\", "/").lower()
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            traces = seen[part] = look_through(unpacked(content, entry))
            if traces.wide or traces.long or traces.odd:
                _check_sheet(archive.read(entry), name)
        elif part.startswith("xl/") and part.endswith(".xml"):
            with archive.open(entry) as stream:
                _check_claims(stream.read(_HEAD_BYTES))
    return seen


def _check_claims(head: bytes) -> None:
    """Refuse a part that claims impossibly many entries: the reader would reserve room for them all."""
    if any(int(match[1]) > MAX_CELLS for match in _CLAIM.finditer(head)):
        raise zipfile.BadZipFile("impossible count")


def _check_sheet(xml: bytes, name: str) -> None:
    quoted_otherwise = b"r='" in xml
    if not quoted_otherwise and (_WIDE_OR_LONG.search(xml) is None or _WIDER_OR_LONGER.search(xml) is None):
        return
    left, right, top, bottom = LAST_COLUMN, 0, LAST_ROW, 0
    corner = ""
    for match in _FILLED.finditer(xml):
        column, row = column_index(match[1].decode()) + 1, int(match[2])
        if column > right or row > bottom:
            corner = (match[1] + match[2]).decode()
        left, right, top, bottom = min(left, column), max(right, column), min(top, row), max(bottom, row)
    too_far = right > LAST_COLUMN or bottom > LAST_ROW
    if too_far or (right - left + 1) * (bottom - top + 1) > MAX_CELLS:
        message = _("In “{name}” something stands far from the table, in cell {cell}. Please delete it and save again.")
        raise LedgerFormatError(message.format(name=name, cell=corner[:12]))
