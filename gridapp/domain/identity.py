"""Citizen identity numbers of GB 11643.

Eighteen characters: six for the county of first registration, eight for the
birth date, three for the sequence (odd = male) and one check character. The
county digits say nothing about where a person lives today and are not judged.

Source: GB 11643-1999; check character by ISO 7064 MOD 11-2.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from gridapp.errors import ValidationError
from gridapp.i18n import _

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
# What people and programs put around a number: spaces, zero-width marks, an apostrophe, dashes between groups.
_DRESSING = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'’‘`\"\-]")
_OLDEST_YEAR = 1850

FIELD = "id_number"


class IdNumberError(ValidationError):
    """A text that is not a valid citizen identity number.

    Attributes:
        code: "length", "characters", "birth" or "check_digit".
        field: Always "id_number".
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, FIELD)
        self.code = code


@dataclass(frozen=True)
class IdNumber:
    """A valid identity number and what it tells.

    Attributes:
        number: Eighteen characters, X in upper case.
        birth: Birth date.
        sex: "F" or "M".
        upgraded: Whether it was written with the fifteen digits used until 1999.
    """

    number: str
    birth: dt.date
    sex: str
    upgraded: bool = False


def clean_id_text(text: str) -> str:
    """Return the text without spaces, marks and full-width forms, in upper case."""
    return _DRESSING.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_digit(first17: str) -> str:
    """Return the check character that belongs to the first seventeen digits.

    Source: ISO 7064 MOD 11-2.
    """
    total = 0
    for digit, weight in zip(first17, _WEIGHTS, strict=True):
        total += int(digit) * weight
    return _CHECK_CHARACTERS[total % 11]


def parse_id_number(text: str) -> IdNumber:
    """Return the identity number a text stands for.

    Accepts full-width characters, spaces, a lower-case x and the old form of
    fifteen digits, which belongs to people born from 1900 to 1999.

    Raises:
        IdNumberError: Wrong length or characters, an impossible birth date or a
            check character that does not fit. Nothing is repaired by guessing.
    """
    number = clean_id_text(text)
    upgraded = _FIFTEEN.fullmatch(number) is not None
    if upgraded:
        body = f"{number[:6]}19{number[6:]}"
        number = body + check_digit(body)
    if len(number) != 18:
        raise IdNumberError(
            _("The ID number has {count} characters; it must have 18. Please check it against the card.").format(
                count=len(number)
            ),
            "length",
        )
    if _EIGHTEEN.fullmatch(number) is None:
        raise IdNumberError(
            _("The ID number may hold only digits, and an X at the end. Please check it against the card."),
            "characters",
        )
    birth = _birth_date(number)
    expected = check_digit(number[:17])
    if number[17] != expected:
        raise IdNumberError(
            _(
                "The ID number does not fit its own check digit (the last would be {expected}, not {found}): "
                "one of its digits is wrong. Please check it against the card."
            ).format(expected=expected, found=number[17]),
            "check_digit",
        )
    return IdNumber(number, birth, "M" if int(number[16]) % 2 else "F", upgraded)


def birth_and_sex(number: str) -> tuple[dt.date, str]:
    """Return what a number that ``parse_id_number`` has accepted tells: birth date, and "F" or "M"."""
    birth = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return birth, "M" if int(number[16]) % 2 else "F"


def _birth_date(number: str) -> dt.date:
    digits = number[6:14]
    try:
        birth = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        birth = None
    if birth is None or birth.year < _OLDEST_YEAR:
        message = _("The birth date inside the ID number ({digits}) does not exist. Please check it against the card.")
        raise IdNumberError(message.format(digits=digits), "birth")
    return birth
