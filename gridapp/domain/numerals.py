"""Whole numbers as Chinese ledgers write them.

Source: own convention; covers what dates, grid names and addresses use (0-999).
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_BY_PLACE = re.compile(
    r"(?:(?P<h>[一二三四五六七八九两])百零?)?"
    r"(?:(?P<t>[一二三四五六七八九])?(?P<ten>十))?"
    r"(?P<o>[一二三四五六七八九])?"
)

NUMERAL_CHARACTERS = "〇○零一二三四五六七八九十百两"


def chinese_number(text: str) -> int | None:
    """Return the number a run of digits or Chinese numerals stands for, or None.

    "12", "１２", "十二", "二十", "一百零三" and digit by digit "二〇二六" are read.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.isdecimal():
        return int(plain)
    if not plain or any(c not in NUMERAL_CHARACTERS for c in plain):
        return None
    if not any(c in _UNITS for c in plain):
        return int("".join(str(_DIGITS[c]) for c in plain))
    match = _BY_PLACE.fullmatch(plain)
    if match is None:
        return None
    hundreds = _DIGITS[match["h"]] if match["h"] else 0
    tens = (_DIGITS[match["t"]] if match["t"] else 1) if match["ten"] else 0
    ones = _DIGITS[match["o"]] if match["o"] else 0
    return hundreds * 100 + tens * 10 + ones
