"""Write small .xls files (BIFF8 in a compound file) for tests, with all that other writers refuse to write.

Source: [MS-XLS] 2.4 (records), [MS-CFB] 2 (sectors and directory).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

_SECTOR = 512


class Fault:
    """A cell that shows an error such as #N/A."""


def _record(number: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text.encode("utf-16-le")) // 2, 1) + text.encode("utf-16-le")


def _cell(row: int, column: int, value: Any) -> bytes:
    where = struct.pack("<HHH", row, column, 0)
    if isinstance(value, Fault):
        return _record(0x0205, where + struct.pack("<BB", 0x2A, 1))
    if isinstance(value, bool):
        return _record(0x0205, where + struct.pack("<BB", value, 0))
    if isinstance(value, (int, float)):
        return _record(0x0203, where + struct.pack("<d", value))
    return _record(0x0204, where + _text(value))


def workbook_stream(rows: Sequence[Sequence[Any]], locked: bool = False, is_1904: bool = False) -> bytes:
    """Return the BIFF8 stream of one sheet."""
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    if locked:
        start += _record(0x002F, struct.pack("<HHH", 0, 1, 1) + bytes(50))
    start += _record(0x0022, struct.pack("<H", is_1904)) + _record(0x00E0, bytes(20))
    name = "Sheet1"
    sheet_at = len(start) + 4 + 8 + len(name) + 4
    start += _record(0x0085, struct.pack("<IHBB", sheet_at, 0, len(name), 0) + name.encode()) + _record(0x000A)
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value != "":
                body += _cell(r, c, value)
    return start + body + _record(0x000A)


def xls_bytes(rows: Sequence[Sequence[Any]], locked: bool = False, is_1904: bool = False) -> bytes:
    """Return a whole .xls file."""
    stream = workbook_stream(rows, locked, is_1904)
    stream += bytes(-len(stream) % _SECTOR)
    stream += bytes(max(0, 4096 - len(stream)))
    count = len(stream) // _SECTOR
    assert count + 2 <= _SECTOR // 4, "one table of sectors is enough for tests"
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    table = struct.pack(f"<{_SECTOR // 4}I", *(chain + [0xFFFFFFFF] * (_SECTOR // 4 - len(chain))))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    directory += _entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    return header + table + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0" if name else b""
    body = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return body + bytes(36) + struct.pack("<IQ", start, size)
