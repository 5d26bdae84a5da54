"""Civil days in the file: one small number instead of ten letters.

A day is kept as ``(months since January 1970) * 32 + day of the month``: two
bytes until 2054, ordered like the days themselves, and the month of a day is a
shift. A city's visits and their indexes are a quarter smaller for it. A server
keeps its own DATE. Free of SQLAlchemy, like the connection itself.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

BEGUN = 1970 * 12
"""January 1970, counted as the figures count months: year times twelve plus month, January 0."""


def pack_day(day: dt.date | None) -> int | None:
    """Return a day as the file keeps it."""
    return None if day is None else (day.year * 12 + day.month - 1 - BEGUN) * 32 + day.day


@lru_cache(maxsize=1 << 16)
def unpack_day(number: int | None) -> dt.date | None:
    """Return the day the file keeps as a number."""
    if number is None:
        return None
    year, month = divmod((number >> 5) + BEGUN, 12)
    return dt.date(year, month + 1, number & 31)


def month_sql(day: str) -> str:
    """Return SQL for the number of a kept day's month, in the file."""
    return f"(({day} >> 5) + {BEGUN})"


def text_sql(day: str) -> str:
    """Return SQL that writes a kept day as YYYY-MM-DD, in the file."""
    month = month_sql(day)
    return f"CASE WHEN {day} IS NOT NULL THEN printf('%04d-%02d-%02d', {month} / 12, {month} % 12 + 1, {day} & 31) END"


def number_sql(written: str) -> str:
    """Return SQL that makes a kept day of YYYY-MM-DD, in the file; of NULL it makes NULL."""
    month = f"substr({written}, 1, 4) * 12 + substr({written}, 6, 2) - 1 - {BEGUN}"
    return f"(({month}) * 32 + substr({written}, 9, 2))"
