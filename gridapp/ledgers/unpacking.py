"""Unpack a part of a zip file quickly: a sheet's XML is gone through once before it is read.

Intel's inflate (isal) takes two fifths of zlib's time; the checksum is left to the reader of cells.

Source: PKWARE APPNOTE 4.3.7 (local file header), 4.4.5 (methods).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from isal import isal_zlib
from isal.igzip_lib import IsalError

_PIECE = 1 << 16
_HEADER = 30


def unpacked(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's bytes, piece by piece.

    Args:
        content: The whole zip file.
        entry: The part.

    Raises:
        zipfile.BadZipFile: The part is damaged, or larger than it says.
        NotImplementedError: It is packed in a way that spreadsheets never use.
    """
    start = entry.header_offset
    try:
        marks = content[start : start + 4]
        name_length, more_length = struct.unpack_from("<HH", content, start + 26)
    except struct.error as fault:
        raise zipfile.BadZipFile(entry.filename) from fault
    if marks != b"PK\x03\x04":
        raise zipfile.BadZipFile(entry.filename)
    start += _HEADER + name_length + more_length
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(packed, entry)
    else:
        raise NotImplementedError(entry.compress_type)


def _inflated(packed: memoryview, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    inflate = isal_zlib.decompressobj(-15)
    left = entry.file_size
    try:
        for at in range(0, len(packed), _PIECE):
            waiting: bytes | memoryview = packed[at : at + _PIECE]
            while waiting and not inflate.eof:
                piece = inflate.decompress(waiting, _PIECE)
                waiting = inflate.unconsumed_tail
                left -= len(piece)
                if left < 0:
                    raise zipfile.BadZipFile(entry.filename)
                yield piece
        while not inflate.eof and (piece := inflate.decompress(b"", _PIECE)):
            left -= len(piece)
            if left < 0:
                raise zipfile.BadZipFile(entry.filename)
            yield piece
    except IsalError as fault:  # type: ignore[misc]  # the stub names no base class
        raise zipfile.BadZipFile(entry.filename) from fault
