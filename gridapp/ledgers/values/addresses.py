"""Building, entrance and room: split out of an address, and an address joined from them.

"阳光路12号院3号楼2单元501室", "3栋2单元501", "3#2-501" and "3-2-501" say the same; what
cannot be told for sure (3-2) is left alone, and the address itself always stays as written.

Source: domain research section 8.3 item 17.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import NamedTuple

from gridapp.domain.numerals import NUMERAL_CHARACTERS, chinese_number

_COUNT = f"(?:[0-9]{{1,3}}|[{NUMERAL_CHARACTERS}]{{1,3}})"
_BUILDING_NAME = rf"(?:[A-Za-z甲乙丙丁]?{_COUNT}[A-Za-z]?|[A-Za-z]|[甲乙丙丁戊东西南北])"
_ROOM = r"(?:[A-Za-z]?[0-9]{1,4}(?:-[0-9]{1,2})?[A-Za-z]?|(?:[0-9]{1,2}[层楼])?[东西南北中左右]{1,2}户)"
_TAIL = r"(?:[(（].*)?$"
_ROOM_PART = rf"[-,、/]?(?:[0-9]{{1,2}}层)?-?(?P<room>{_ROOM})?(?P<suffix>室|房间|房|号房?|户)?{_TAIL}"
_BY_BUILDING = re.compile(
    # 楼 alone is a storey, but not before an entrance.
    rf"(?P<building>{_BUILDING_NAME}(?:号楼|#楼|号?栋楼?|号?幢楼?|号?座|#|楼(?={_COUNT}单元))(?:[A-Za-z]座)?)"
    rf"[-,、/]?(?:(?P<unit>{_COUNT}|[A-Za-z])(?:单元|门(?=[0-9])|[-#](?=[0-9])))?{_ROOM_PART}"
)
_BY_UNIT = re.compile(rf"(?P<unit>{_COUNT})(?:单元|门(?=[0-9])){_ROOM_PART}")
_BY_ROOM = re.compile(rf"(?<![0-9A-Za-z-])(?P<room>{_ROOM})(?P<suffix>室|房间){_TAIL}")
_DASHES = re.compile(
    rf"(?<![0-9A-Za-z-])(?P<building>[A-Za-z]?[0-9]{{1,3}})-(?P<unit>[0-9]{{1,2}})-(?P<room>{_ROOM})(?:室|号|房)?{_TAIL}"
)
_NUMERAL = re.compile(f"^[{NUMERAL_CHARACTERS}]+")
_DASH_FORMS = str.maketrans("—－–−―〇", "-----零")
_DIGITS = re.compile("[0-9]+")


class AddressParts(NamedTuple):
    """Where in an estate a dwelling lies; "" where the address does not say."""

    building: str = ""
    unit: str = ""
    room: str = ""


NO_PARTS = AddressParts()


@functools.lru_cache(maxsize=65_536)
def split_address(text: str) -> AddressParts:
    """Return building, entrance and room that an address names; "3#" is "3号楼", "三号楼" is "3号楼"."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASH_FORMS).replace(" ", "").replace("\n", "")
    if match := _BY_BUILDING.search(plain):
        building, unit, room = match["building"], match["unit"], match["room"]
        if room and not unit and match["suffix"] in ("号", None) and len(room) < 3 and "户" not in room:
            room = None  # "3栋2": a room or an entrance
        return AddressParts(_building(building), _unit(unit), room or "")
    if "-" in plain and (match := _DASHES.search(plain)):
        return AddressParts(match["building"], match["unit"], match["room"])
    if match := _BY_UNIT.search(plain):
        return AddressParts("", _unit(match["unit"]), match["room"] or "")
    if match := _BY_ROOM.search(plain):
        return AddressParts("", "", match["room"])
    return NO_PARTS


def _unit(text: str | None) -> str:
    return f"{_arabic(text)}单元" if text else ""


def join_address(estate: str | None, building: str | None, unit: str | None, room: str | None) -> str:
    """Return an address from its parts; a bare number gets the word that belongs to it."""
    parts = [estate or ""]
    for part, word in ((building, "号楼"), (unit, "单元"), (room, "室")):
        if part:
            parts.append(part + word if part.isascii() and part.isalnum() else part)
    return "".join(parts)


def agree(one: str | None, other: str | None) -> bool:
    """Tell whether two names of a part do not contradict each other: "3" and "三号楼" agree."""
    return not one or not other or _key(one) == _key(other)


def _key(text: str) -> str:
    plain = _arabic(unicodedata.normalize("NFKC", text))
    found = _DIGITS.findall(plain)
    return found[0].lstrip("0") if len(found) == 1 else plain


def _building(text: str) -> str:
    plain = _arabic(text)
    return plain[:-1] + "号楼" if plain.endswith("#") else plain.replace("#楼", "号楼")


def _arabic(text: str) -> str:
    match = _NUMERAL.match(text)
    number = chinese_number(match[0]) if match else None
    return text if match is None or number is None else f"{number}{text[match.end():]}"
