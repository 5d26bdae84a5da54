"""Put the rows of a long list into a workbook that XlsxWriter has made without them.

XlsxWriter makes the frame: styles, headings, widths, filter, print set-up, and one row of empty
cells that shows each column's style. The rows take that row's place as text, in a third of the
time that writing them cell by cell takes.

Source: ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.53 (is), 22.9.2.19 (ST_Xstring: ``_x000D_``).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

Value = str | int | float | bool | dt.date | None

SHEET = "xl/worksheets/sheet1.xml"
_BOOK = "xl/workbook.xml"
_CELL = re.compile(r'<c r="([A-Z]+)[0-9]+" s="([0-9]+)"/>')
_MARKED = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\\s|\\s$|[\n\t]|  ")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH = dt.date(1899, 12, 30)
_FIRST_SURE_DAY = dt.date(1900, 3, 1)  # before it Excel counts a 29 February that never was
_EXACT = 10**15
_LONGEST_TEXT = 32_767
_STEP = 500


def fill_frame(
    frame: IO[bytes], target: Path, row: int, values: Iterable[Sequence[Value]], tell: Callable[[int], None]
) -> int:
    """Write the frame with rows in the place of its row of styles, and return how many there are.

    Args:
        frame: Workbook of one sheet.
        target: Written anew.
        row: 1-based row of the empty cells that show each column's style; nothing stands below.
        values: In the columns' order; None and "" are empty cells.
        tell: Called with the number of rows every 500 rows.
    """
    with zipfile.ZipFile(frame) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as made:
        xml = source.read(SHEET).decode("utf-8")
        start = xml.index(f'<row r="{row}"')
        end = xml.index("</row>", start) + len("</row>")
        columns = _CELL.findall(xml, start, end)
        # Without a dimension readers look for themselves; how far the rows go is known only at the end.
        head = re.sub(r"<dimension[^>]*/>", "", xml[:start])
        with made.open(SHEET, "w", force_zip64=True) as stream:
            stream.write(head.encode("utf-8"))
            count = _write_rows(stream, columns, row, values, tell)
            last = row - 1 + count
            stream.write(re.sub(rf"(:[A-Z]+){row}\b", rf"\g<1>{last}", xml[end:]).encode("utf-8"))
        for entry in source.infolist():
            if entry.filename == _BOOK:
                book = source.read(entry).decode("utf-8")
                made.writestr(entry, re.sub(rf"(:\$[A-Z]+\$){row}\b", rf"\g<1>{last}", book))
            elif entry.filename != SHEET:
                made.writestr(entry, source.read(entry))
    return count


def _write_rows(
    stream: IO[bytes],
    columns: Sequence[tuple[str, str]],
    first: int,
    values: Iterable[Sequence[Value]],
    tell: Callable[[int], None],
) -> int:
    """Write rows from number ``first`` on; return how many."""
    starts = [f'<c r="{letters}' for letters, _style in columns]
    numbers = [f'" s="{style}"><v>' for _letters, style in columns]
    texts = [f'" s="{style}" t="inlineStr"><is><t>' for _letters, style in columns]
    count, parts = 0, list[str]()
    put, marked = parts.append, _MARKED.search
    for count, row in enumerate(values, 1):
        at = first - 1 + count
        if count % _STEP == 1:
            tell(count)
            stream.write("".join(parts).encode("utf-8"))
            parts.clear()
        put(f'<row r="{at}">')
        for value, start, text, number in zip(row, starts, texts, numbers, strict=True):
            if type(value) is str:
                if not value:
                    continue
                if marked(value) is not None or len(value) > _LONGEST_TEXT:
                    put(f"{start}{at}{text[:-1]} xml:space=\"preserve\">{_escaped(value)}</t></is></c>")
                else:
                    put(f"{start}{at}{text}{value}</t></is></c>")
            elif value is not None and not isinstance(value, str):
                found = _serial(value)
                if type(found) is str:
                    put(f"{start}{at}{text}{found}</t></is></c>")
                else:
                    put(f"{start}{at}{number}{found!r}</v></c>")
        put("</row>")
    stream.write("".join(parts).encode("utf-8"))
    return count


def _escaped(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 1] + "…"
    plain = _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _serial(value: int | float | bool | dt.date) -> int | float | str:
    """Return the number that stands for a value in a cell, or a text where a number would not say the same."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) and abs(value) < _EXACT else str(value)
    day = value.date() if isinstance(value, dt.datetime) else value
    if day < _FIRST_SURE_DAY:
        return value.isoformat()
    days = (day - _EPOCH).days
    if isinstance(value, dt.datetime):
        clock = value.replace(tzinfo=None) - dt.datetime.combine(day, dt.time())
        return days + clock / dt.timedelta(days=1)
    return days
