"""Cells that name places: addresses, buildings, rooms, grids."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from gridapp.domain.numerals import NUMERAL_CHARACTERS, chinese_number
from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult, error
from gridapp.ledgers.values.text import check_text, clean_text, is_nothing, text_of

_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_PATH = re.compile(r"[,，/\\>|]+")
_COUNTED = re.compile(
    f"^(?P<area>.*?)(?:第?(?P<before>[0-9]+|[{NUMERAL_CHARACTERS}]+)[号#]?(?:个)?网格|网格第?(?P<after>[0-9]+|[{NUMERAL_CHARACTERS}]+)号?)$"
)
_BARE_COUNT = re.compile("第?([1-9][0-9]?)号?")
_AREA_SUFFIX = re.compile(r"(?:社区|村|居委会|村委会|街道|镇|乡)$")


def check_place_text(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check an address, building, entrance or room, kept as text.

    "3-2" that a spreadsheet has turned into a date cannot be told back for sure.
    """
    if isinstance(raw, (dt.date, dt.datetime, dt.time, dt.timedelta)):
        message = _("{field}: the spreadsheet has turned this into a date ({text}). Please type it again as text.")
        return error(field, "text_became_date", message.format(field=field_title(field), text=text_of(raw)))
    result = check_text(raw, field, context)
    if isinstance(result.value, str) and is_nothing(result.value):
        return EMPTY
    return result


def grid_name_keys(name: str) -> frozenset[str]:
    """Return the keys by which one grid's names are found to be the same.

    "第三网格", "三网格", "3网格", "3号网格", "网格3", "第03网格(基础)" and
    "第三网格,示例社区,示例街道" all share "#3"; the name itself, without brackets,
    path and spaces, is a key too, and so is a bare "3". A prefix ("示例社区第三网格") adds "示例社区#3".

    Source: domain research section 8.3 item 18.
    """
    plain = unicodedata.normalize("NFKC", clean_text(name)).replace(" ", "")
    first = _PATH.split(_BRACKETS.sub("", plain))[0].strip("、-_")
    if not first:
        return frozenset()
    keys = {first}
    if bare := _BARE_COUNT.fullmatch(first):
        return frozenset((first, f"#{bare[1]}"))
    if match := _COUNTED.match(first):
        number = chinese_number(match["before"] or match["after"])
        if number is not None:
            area = match["area"].strip("-_ ").removesuffix("第")
            keys.add(f"#{number}")
            if area:
                keys.add(f"{area}#{number}")
    return frozenset(keys)


def grid_area(name: str) -> str:
    """Return the community or other area that a grid's name or path mentions, or ""."""
    plain = unicodedata.normalize("NFKC", clean_text(name)).replace(" ", "")
    parts = [part for part in _PATH.split(_BRACKETS.sub("", plain)) if part]
    for part in parts[1:]:
        if _AREA_SUFFIX.search(part):
            return part
    if parts and (match := _COUNTED.match(parts[0])):
        return match["area"].strip("-_ ").removesuffix("第")
    return ""


def bare_area(name: str) -> str:
    """Return an area's name without 社区, 居委会 and the like, for comparison."""
    return _AREA_SUFFIX.sub("", name)
