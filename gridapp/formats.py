"""How dates and counts are written, on screen and on paper alike."""

from __future__ import annotations

import datetime as dt

from gridapp.clock import CIVIL_ZONE
from gridapp.i18n import N_, _

_WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))


def date(day: dt.date | None) -> str:
    """Write a day for tables, 2026-11-21; nothing for None."""
    return "" if day is None else day.isoformat()


def short_date(day: dt.date | None, today: dt.date) -> str:
    """Write a day for narrow columns: 11-21 within this year, 2025-11-21 otherwise."""
    if day is None:
        return ""
    return f"{day:%m-%d}" if day.year == today.year else day.isoformat()


def long_date(day: dt.date) -> str:
    """Write a day in words for headings, 2026年11月21日 in Chinese."""
    return _("{day}/{month}/{year}").format(year=day.year, month=day.month, day=day.day)


def weekday(day: dt.date) -> str:
    """Write the day of the week."""
    return _(_WEEKDAYS[day.weekday()])


def month(year: int, number: int) -> str:
    """Write a month in words, 2026年3月 in Chinese."""
    return _("{month}/{year}").format(year=year, month=number)


def count(number: int, at_most: int | None = None) -> str:
    """Write a count with thousands apart; one above ``at_most``, which was not counted to the end, like 1,000+."""
    return f"{number:,}" if at_most is None or number != at_most + 1 else f"{at_most:,}+"


def instant(moment: dt.datetime) -> str:
    """Write an instant in civil time (UTC+8) to the minute."""
    return f"{moment.astimezone(CIVIL_ZONE):%Y-%m-%d %H:%M}"
