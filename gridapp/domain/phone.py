"""Telephone numbers as people write them in ledgers.

Source: own convention. Mobile: 1[3-9] and nine digits. Fixed: area code of three
or four digits, number of seven or eight, perhaps an extension.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'’‘`\"]")
_SEPARATORS = re.compile(r"[;；、,，/／|\n\r\t]+|或|和|及")
_LABEL = re.compile(r"^(?:本人|手机号?码?|电话|座机|宅电|家庭?|联系电话|固话|T[Ee][Ll])[:：]?")
_WORDS_BEFORE = re.compile("^[\u4e00-\u9fff]{1,6}\\s*[:：]?\\s*(?=[0-9(+])")
_WORDS_BEHIND = re.compile("(?<=[0-9])\\s*[\u4e00-\u9fff]{1,6}$|(?<=1[0-9]{10})\\.0$")
_PAREN = re.compile(r"[(（][^()（）0-9]*[)）]")
_MOBILE = re.compile(r"(?:\+?0{0,2}86)?(1[3-9][0-9]{9})")
_FIXED = re.compile(
    r"(?:\+?0{0,2}86)?\(?(0(?:10|2[0-9]|[3-9][0-9]{2}))\)?-?([2-9][0-9]{6,7})"
    r"(?:(?:-|转|EXT\.?|#)([0-9]{1,6}))?"
)
_LOCAL = re.compile(r"([2-9][0-9]{6,7})(?:(?:-|转)([0-9]{1,6}))?")
_SERVICE = re.compile(r"[48]00-?[0-9]{3}-?[0-9]{4}")
_GAP_BETWEEN_NUMBERS = re.compile(r"(?<=[0-9]{7})\s+(?=[01][0-9]{2})")


@dataclass(frozen=True)
class Phones:
    """What a cell of telephone numbers holds.

    Attributes:
        numbers: As "13900000001", "0531-88880001" or "0531-88880001-802", in order, each once.
        without_area: Those of ``numbers`` that lack an area code.
        unread: Parts that are no telephone number.
    """

    numbers: tuple[str, ...]
    without_area: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def joined(self) -> str:
        """Return the numbers as one text, separated by ";"."""
        return ";".join(self.numbers)


def parse_phones(text: str, with_words: bool = False) -> Phones:
    """Return the telephone numbers in a text; parts that are none stay in ``unread``.

    Args:
        text: As typed.
        with_words: Whether a few words may stand before or behind a number ("儿子13900000001"); they are left out.
    """
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text.replace("—", "-").replace("－", "-").replace("–", "-")))
    numbers: list[str] = []
    local: list[str] = []
    unread: list[str] = []
    for part in _parts(plain):
        number, is_local = _read_one(part)
        if number is None and with_words:
            number, is_local = _read_one(_WORDS_BEFORE.sub("", _WORDS_BEHIND.sub("", part)))
        if number is None:
            unread.append(part)
        elif number not in numbers:
            numbers.append(number)
            if is_local:
                local.append(number)
    return Phones(tuple(numbers), tuple(local), tuple(unread))


def _parts(plain: str) -> list[str]:
    parts: list[str] = []
    for piece in _SEPARATORS.split(plain):
        parts.extend(p.strip() for p in _GAP_BETWEEN_NUMBERS.split(piece) if p.strip())
    return parts


def _read_one(part: str) -> tuple[str | None, bool]:
    bare = _LABEL.sub("", _PAREN.sub("", part)).strip().rstrip(".。")
    tight = re.sub(r"[\s.]", "", bare).upper()
    compact = tight.replace("-", "")
    if match := _MOBILE.fullmatch(compact):
        return match[1], False
    if match := _FIXED.fullmatch(tight):
        return "-".join(p for p in match.groups() if p), False
    if _SERVICE.fullmatch(tight):
        return compact, False
    if match := _LOCAL.fullmatch(tight):
        return "-".join(p for p in match.groups() if p), True
    return None, False
