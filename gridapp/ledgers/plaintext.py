"""Read csv and txt: find out the encoding and the separator, then the rows.

Source: RFC 4180 for quoting; encodings met in ledgers: UTF-8 with and without
mark, UTF-16 ("Unicode text" of Excel), GB 18030 (and GBK, GB 2312 inside it).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from gridapp.domain.handout import COPY_MARK
from gridapp.errors import LedgerFormatError
from gridapp.i18n import _
from gridapp.ledgers.issues import Cell
from gridapp.ledgers.sheets import Sheet, damaged, not_a_workbook, rows_from
from gridapp.progress import Progress

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_SEPARATORS = (",", "\t", ";", "|")
_SAMPLE_LINES = 60
_SAMPLE = 200_000
_QUOTED = re.compile('"(?:[^"]|"")*"')  # may hold line breaks
_STEP = 200
_LONGEST_CELL = 1_000_000


def decode_text(content: bytes, name: str) -> str:
    """Return a file's text.

    Raises:
        LedgerFormatError: The bytes are no text in any of the known encodings.
    """
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.removeprefix("\ufeff")
        if _CONTROL.search(text[:100_000]):
            raise not_a_workbook(name)
        return text
    raise not_a_workbook(name)


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    sample = content[:2000]
    if sample.count(0) * 5 > len(sample):
        return ("utf-16-le",) if sample[1::2].count(0) > sample[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "gb18030")


def read_plain_text(text: str, path: Path, progress: Progress) -> tuple[Sheet, ...]:
    """Return the one sheet of a csv or txt file; row numbers are those of the records.

    Raises:
        LedgerFormatError: A text without columns, or a quotation that never ends.
        OperationCancelled: The user asked to stop.
    """
    separator = _separator(text)
    if separator is None:
        message = _("“{name}” is a text without columns. Please choose an Excel or CSV file.")
        raise LedgerFormatError(message.format(name=path.name))
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    try:
        rows = rows_from(_cells(reader, text.count("\n") + 1, path.stem, progress))
    except csv.Error as fault:
        raise damaged(path.name) from fault
    return (Sheet(path.stem, False, rows),)


def _cells(reader: Iterator[list[str]], total: int, name: str, progress: Progress) -> Iterator[list[Cell]]:
    message = _("Reading “{sheet}”").format(sheet=name)
    for number, row in enumerate(reader):
        if number % _STEP == 0:
            progress.advance(number, total, message)
        if not (len(row) == 1 and row[0].startswith(COPY_MARK)):
            yield list(row)


def _separator(text: str) -> str | None:
    """Return the separator that most lines of the beginning hold, the more often the better."""
    sample = text[:_SAMPLE]
    return _separator_of(sample) or _separator_of(_QUOTED.sub('""', sample))


def _separator_of(sample: str) -> str | None:
    lines = [line for line in sample.splitlines() if line.strip()][:_SAMPLE_LINES]
    best, best_score = None, 0
    for separator in _SEPARATORS:
        counts = [_outside_quotes(line, separator) for line in lines]
        holding = sum(1 for count in counts if count)
        score = holding * 100 + min(max(counts, default=0), 99)
        if holding * 2 >= len(lines) and score > best_score:
            best, best_score = separator, score
    return best


def _outside_quotes(line: str, separator: str) -> int:
    return sum(part.count(separator) for part in line.split('"')[::2])
