"""What the records of an .xls file say and the reader of cells does not.

Errors (#N/A) in cells and as results of formulas, hidden rows and columns, the epoch of
1904, and whether the file is locked.

Source: [MS-CFB] 2.1-2.6 (sectors, directory), [MS-XLS] 2.4 (records).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from gridapp.ledgers.issues import CellFault
from gridapp.ledgers.workbook_xml import SheetXml, WorkbookXml

_LOCKED = re.compile(rb"\x09\x08\x10\x00[\s\S]{16}(?:\x86\x00\x00\x00)?\x2f\x00")
_END = 0xFFFFFFFA  # this number and larger ones name no sector
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_BOF, _EOF, _BOUNDSHEET, _DATEMODE, _COLINFO, _BOOLERR, _FORMULA, _ROW = (
    0x0809, 0x0A, 0x85, 0x22, 0x7D, 0x0205, 0x06, 0x0208
)  # fmt: skip


def is_locked(content: bytes) -> bool:
    """Tell whether a workbook is protected by a password, whatever the way of hiding its cells."""
    return _LOCKED.search(content) is not None


def read_old_facts(content: bytes) -> WorkbookXml:
    """Return what an .xls file's records tell; nothing when they cannot be followed."""
    try:
        return _facts(_stream(content))
    except (struct.error, IndexError, UnicodeDecodeError, ValueError):
        return WorkbookXml()  # the reader of cells says what is wrong with the file


def _stream(content: bytes) -> bytes:
    """Return the workbook's stream out of its sectors."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in (512, 4096):
        raise ValueError(size)
    first_directory, cutoff, more_tables = (struct.unpack_from("<I", content, at)[0] for at in (48, 56, 68))
    tables = [number for number in struct.unpack_from("<109I", content, 76) if number < _END]
    while more_tables < _END and len(tables) * size < len(content):
        numbers = struct.unpack_from(f"<{size // 4}I", content, (more_tables + 1) * size)
        tables += [number for number in numbers[:-1] if number < _END]
        more_tables = numbers[-1]
    links: list[int] = []
    for number in tables:
        links += struct.unpack_from(f"<{size // 4}I", content, (number + 1) * size)
    directory = _chain(content, links, first_directory, size)
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le")
        start, length = struct.unpack_from("<II", directory, at + 116)
        if name in ("Workbook", "Book") and length >= cutoff:
            return _chain(content, links, start, size)[:length]
    raise ValueError("no workbook")


def _chain(content: bytes, links: list[int], number: int, size: int) -> bytes:
    pieces: list[bytes] = []
    while number < _END and len(pieces) <= len(links):
        pieces.append(content[(number + 1) * size : (number + 2) * size])
        number = links[number]
    return b"".join(pieces)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part, without its beginning and end."""
    while at + 4 <= len(stream):
        number, length = struct.unpack_from("<HH", stream, at)
        if number == _EOF:
            return
        yield number, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _facts(stream: bytes) -> WorkbookXml:
    facts = WorkbookXml()
    places: list[tuple[str, int]] = []
    for number, body in _records(stream, 0):
        if number == _DATEMODE:
            facts.date1904 = body[:2] == b"\1\0"
        elif number == _BOUNDSHEET:
            length, is_wide = body[6], body[7] & 1
            raw = body[8 : 8 + length * (1 + is_wide)]
            places.append((raw.decode("utf-16-le" if is_wide else "latin-1"), struct.unpack_from("<I", body)[0]))
    for name, at in places:
        facts.sheets[name] = _sheet(stream, at)
    return facts


def _sheet(stream: bytes, at: int) -> SheetXml:
    facts = SheetXml()
    hidden: set[int] = set()
    for number, body in _records(stream, at):
        if number == _BOOLERR and body[7]:
            _note(facts, body, body[6])
        elif number == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            _note(facts, body, body[8])
        elif number == _COLINFO:
            first, last, _width, _style, marks = struct.unpack_from("<HHHHH", body)
            if marks & 1:
                hidden.update(range(first, min(last, 255) + 1))
        elif number == _ROW and body[12] & 0x20:
            facts.hidden_rows += 1
    facts.hidden_columns = frozenset(hidden)
    return facts


def _note(facts: SheetXml, body: bytes, code: int) -> None:
    row, column = struct.unpack_from("<HH", body)
    facts.faults[row + 1, column] = CellFault(_ERRORS.get(code, "#N/A"), "cell_error")
