"""Dates the way people write them in ledgers.

A text is read only when it can mean one thing; what is missing (year, month) may
be supplied by the sheet's title, and the answer says so. Lunar dates are
recognised and refused: they cannot be turned into civil dates without doubt.

Source: the forms listed in domain research section 8.3 item 9; the two-digit
year rule is our own convention.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import unicodedata
from dataclasses import dataclass

from gridapp.domain.numerals import NUMERAL_CHARACTERS, chinese_number

_HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'’‘`\"]")
_TIME = re.compile(
    # A colon, 时/点 or a word for the part of day is required: "2024-03-1 5" must not lose its 5.
    r"(?:[T\s]|(?<=日))\s*(?:上午|下午|早上|晚上|中午|凌晨|AM|PM)?\s*"
    r"(?:[0-9]{1,2}[:时点](?:[0-9]{1,2}分?)?(?::?[0-9]{1,2}(?:\.[0-9]+)?秒?)?|(?<=[午晨上])|(?<=[AP]M))\s*(?:AM|PM|Z)?$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?")
_ORDINARY = re.compile(r"^(?:公历|阳历|新历|西历)\s*[:：]?\s*")
_LUNAR = re.compile(r"农历|阴历|旧历|农\s*历|正月|腊月|冬月|初[一二三四五六七八九十]|廿")
_CHINESE = re.compile(f"([{NUMERAL_CHARACTERS}]+)(?=[年月日号])")
_SEPARATOR = r"(?:\s*[-/.。、,\\·年月]\s*|\s+)"
_FULL = re.compile(
    rf"(?P<y>[0-9]{{4}}|[0-9]{{2}}){_SEPARATOR}(?P<m>[0-9]{{1,2}}){_SEPARATOR}(?P<d>[0-9]{{1,2}})\s*[日号]?"
)
_YEAR_MONTH = re.compile(rf"(?P<y>[0-9]{{4}}){_SEPARATOR}(?P<m>[0-9]{{1,2}})\s*月?(?:份)?")
_SHORT_YEAR_MONTH = re.compile(r"(?P<y>[0-9]{2})年\s*(?P<m>[0-9]{1,2})\s*月(?:份)?")
_MONTH_DAY = re.compile(r"(?P<m>[0-9]{1,2})\s*[-/.月]\s*(?P<d>[0-9]{1,2})\s*[日号]?")
_DAY = re.compile(r"(?P<d>[0-9]{1,2})\s*[日号]")
_YEAR = re.compile(r"(?P<y>[0-9]{4})\s*年?")
_PACKED = re.compile(r"(?P<y>(?:1[89]|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})?")

EXCEL_EPOCH = dt.date(1899, 12, 30)
EPOCH_1904 = dt.date(1904, 1, 1)
_LAST_SERIAL = 80_000
_OLDEST_AGE = 115


@dataclass(frozen=True)
class WrittenDate:
    """What a written date says.

    Attributes:
        day: The civil date, or None when the text does not give one for sure.
        year: The year where it is certain.
        month: The month where it is certain.
        flaw: "" or why ``day`` is None: "unreadable", "impossible", "lunar",
            "no_year", "no_month", "no_day", "ambiguous".
        notes: What was supplied or assumed: "year_supplied", "month_supplied",
            "two_digit_year", "serial_number".
    """

    day: dt.date | None
    year: int | None = None
    month: int | None = None
    flaw: str = ""
    notes: tuple[str, ...] = ()


def parse_date(
    text: str, today: dt.date, *, year: int | None = None, month: int | None = None, is_birth: bool = False
) -> WrittenDate:
    """Return what a written date says.

    Args:
        text: As typed; full-width forms, spaces, a time of day and weekdays are tolerated.
        today: Civil date that two-digit years are judged by.
        year: Year from the title, for dates that lack one.
        month: Month from the title, for dates that are only a day.
        is_birth: Whether a date lies in a life that may be long: affects two-digit years.
    """
    plain = _ORDINARY.sub("", _tidy(text).removesuffix("生").rstrip())
    if _LUNAR.search(plain):
        return WrittenDate(None, flaw="lunar")
    plain = _CHINESE.sub(_to_digits, plain)
    for candidate in (plain, _TIME.sub("", plain).strip()):
        found = _read(candidate, today, year, month, is_birth)
        if found is not None:
            return found
    return WrittenDate(None, flaw="unreadable")


def date_from_number(
    number: float, today: dt.date, *, year: int | None = None, is_birth: bool = False, date1904: bool = False
) -> WrittenDate:
    """Return what a bare number in a date column says.

    Eight digits are a date, six a year and month, four a year, five the day
    count of a spreadsheet. A number with a fraction is month.day or year.month,
    where a lost trailing zero (3.1 typed as 3.10) makes the answer ambiguous.
    """
    if not math.isfinite(number):
        return WrittenDate(None, flaw="unreadable")
    whole = int(number)
    if number != whole:
        return _from_fraction(number, today, year, date1904)
    digits = str(whole)
    if len(digits) in (4, 6, 8):
        return parse_date(digits, today, is_birth=is_birth)
    if len(digits) == 5 and whole <= _LAST_SERIAL:
        day = (EPOCH_1904 if date1904 else EXCEL_EPOCH) + dt.timedelta(days=whole)
        return WrittenDate(day, day.year, day.month, notes=("serial_number",))
    return WrittenDate(None, flaw="unreadable")


@functools.lru_cache(maxsize=65_536)
def eight_digits_date(digits: str) -> dt.date | None:
    """Return the date that eight ASCII digits (YYYYMMDD) name from 1850 on, or None; each is worked out once."""
    try:
        found = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if found.year >= 1850 else None


def completed_years(birth: dt.date, on: dt.date) -> int:
    """Return the age in completed years. Source: indicators.md section 6."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _tidy(text: str) -> str:
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).replace("—", "-").replace("–", "-").replace("−", "-")
    return _WEEKDAY.sub("", plain).strip()


def _to_digits(match: re.Match[str]) -> str:
    number = chinese_number(match[1])
    return match[1] if number is None else str(number)


def _read(plain: str, today: dt.date, year: int | None, month: int | None, is_birth: bool) -> WrittenDate | None:
    if match := _FULL.fullmatch(plain):
        return _full(match, today, is_birth)
    if match := _PACKED.fullmatch(plain):
        if match["d"] is None:
            return _incomplete(int(match["y"]), int(match["m"]))
        return _civil(int(match["y"]), int(match["m"]), int(match["d"]))
    if match := _YEAR_MONTH.fullmatch(plain):
        return _incomplete(int(match["y"]), int(match["m"]))
    if match := _SHORT_YEAR_MONTH.fullmatch(plain):
        return WrittenDate(None, None, int(match["m"]), flaw="no_day")
    if match := _MONTH_DAY.fullmatch(plain):
        return _with_year(int(match["m"]), int(match["d"]), year)
    if match := _DAY.fullmatch(plain):
        if month is None:
            return WrittenDate(None, year, flaw="no_month")
        found = _with_year(month, int(match["d"]), year)
        return WrittenDate(found.day, found.year, found.month, found.flaw, (*found.notes, "month_supplied"))
    if match := _YEAR.fullmatch(plain):
        return _incomplete(int(match["y"]), None)
    if plain.isdecimal() and len(plain) == 5 and int(plain) <= _LAST_SERIAL:
        return date_from_number(int(plain), today)
    return None


def _full(match: re.Match[str], today: dt.date, is_birth: bool) -> WrittenDate:
    written, m, d = match["y"], int(match["m"]), int(match["d"])
    if len(written) == 4:
        return _civil(int(written), m, d)
    this_century, last_century = 2000 + int(written), 1900 + int(written)
    if not is_birth:
        return _civil(this_century, m, d, ("two_digit_year",))
    if this_century > today.year:
        return _civil(last_century, m, d, ("two_digit_year",))
    if today.year - last_century <= _OLDEST_AGE:
        return WrittenDate(None, None, m, flaw="ambiguous")
    return _civil(this_century, m, d, ("two_digit_year",))


def _civil(year: int, month: int, day: int, notes: tuple[str, ...] = ()) -> WrittenDate:
    try:
        return WrittenDate(dt.date(year, month, day), year, month, notes=notes)
    except ValueError:
        return WrittenDate(None, flaw="impossible")


def _incomplete(year: int, month: int | None) -> WrittenDate:
    if not 1850 <= year <= 2150 or (month is not None and not 1 <= month <= 12):
        return WrittenDate(None, flaw="impossible")
    return WrittenDate(None, year, month, flaw="no_day")


def _with_year(month: int, day: int, year: int | None) -> WrittenDate:
    if year is not None:
        return _civil(year, month, day, ("year_supplied",))
    # A leap year, so that 29 February is "without a year" and not "impossible".
    if _civil(2000, month, day).day is None:
        return WrittenDate(None, flaw="impossible")
    return WrittenDate(None, None, month, flaw="no_year")


def _from_fraction(number: float, today: dt.date, year: int | None, date1904: bool) -> WrittenDate:
    if 10_000 <= number <= _LAST_SERIAL:
        return date_from_number(int(number), today, date1904=date1904)
    whole_text, _dot, fraction = repr(number).partition(".")
    if not fraction.isdecimal() or not whole_text.isdecimal() or len(fraction) > 2:
        return WrittenDate(None, flaw="unreadable")
    whole, part = int(whole_text), int(fraction)
    if 1900 <= whole <= 2150:
        lost_zero = fraction == "1"
        return _incomplete(whole, None if lost_zero else part)
    if 1 <= whole <= 12:
        if len(fraction) == 1 and part in (1, 2, 3):
            return WrittenDate(None, year, whole, flaw="ambiguous")
        return _with_year(whole, part, year)
    return WrittenDate(None, flaw="unreadable")
