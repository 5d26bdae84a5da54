"""Invented names, ID numbers and telephone numbers that cannot be anybody's."""

from __future__ import annotations

import datetime as dt
from random import Random

from gridapp.demo import words
from gridapp.domain.identity import check_digit

_MOBILE_PREFIX = "19900"  # 199 0000 0000 and on: plainly made up
_AS_ROUNDED = "000"  # a true number may end so, but a ledger's reader would ask whether it was rounded
_OLD, _GROWN = 1966, 1996


class PaperOffice:
    """Issues names and numbers; no number twice.

    ID numbers stand under county codes 990101 to 990109, which do not exist.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._issued: set[str] = set()
        self._lines = 0

    def surname(self) -> str:
        """Return a surname, common ones more often."""
        random = self._random
        if random.random() < 0.006:
            return random.choice(words.DOUBLE_SURNAMES)
        return words.SURNAMES[int(random.random() ** 1.9 * len(words.SURNAMES))]

    def given_name(self, sex: str, birth: dt.date) -> str:
        """Return a given name as people born then bear it."""
        random = self._random
        if birth.year < _OLD:
            first, second = (words.OLD_MEN, words.OLD_WOMEN)[sex == "F"]
        elif birth.year < _GROWN:
            first, second = (words.MEN, words.WOMEN)[sex == "F"]
        else:
            first, second = (words.YOUNG_MEN, words.YOUNG_WOMEN)[sex == "F"]
        if random.random() < 0.12:
            return random.choice(words.SINGLE_WOMEN if sex == "F" else words.SINGLE_MEN)
        return random.choice(first) + random.choice(second)

    def id_number(self, county: str, birth: dt.date, sex: str) -> str:
        """Return an 18-digit number whose birth date, sex digit and check digit agree.

        Source: GB 11643-1999 (odd sequence numbers for men).
        """
        while True:
            sequence = self._random.randrange(1, 499) * 2 + (sex == "M")
            stem = f"{county}{birth:%Y%m%d}{sequence:03d}"
            number = stem + check_digit(stem)
            if stem not in self._issued and not number.endswith(_AS_ROUNDED):
                self._issued.add(stem)
                return number

    def phone(self) -> str:
        """Return a mobile number of a plainly made-up series."""
        self._lines += 1
        return f"{_MOBILE_PREFIX}{self._lines:06d}"
