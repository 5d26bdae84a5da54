"""Which copies to keep: seven days, four weeks, twelve months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

DAYS, WEEKS, MONTHS = 7, 4, 12
RECENT = 3
"""The newest copies always stay, however many were made in one day."""


def kept(copies: Iterable[dt.datetime]) -> set[dt.datetime]:
    """Return the copies to keep, by when they were made.

    Of each of the last 7 days, 4 ISO weeks and 12 months that have copies, the
    newest stays; days without a copy are not counted, so that a computer that
    was switched off for a month loses nothing.

    Args:
        copies: When each was made, in one time zone.
    """
    newest_first = sorted(set(copies), reverse=True)
    staying = set(newest_first[:RECENT])
    for most, period_of in ((DAYS, _day), (WEEKS, _week), (MONTHS, _month)):
        staying |= _newest_of_each(newest_first, most, period_of)
    return staying


def _newest_of_each(
    newest_first: list[dt.datetime], most: int, period_of: Callable[[dt.datetime], tuple[int, ...]]
) -> set[dt.datetime]:
    found: dict[tuple[int, ...], dt.datetime] = {}
    for copy in newest_first:
        if len(found) < most or period_of(copy) in found:
            found.setdefault(period_of(copy), copy)
    return set(found.values())


def _day(copy: dt.datetime) -> tuple[int, ...]:
    return copy.year, copy.month, copy.day


def _week(copy: dt.datetime) -> tuple[int, ...]:
    year, week, _weekday = copy.isocalendar()
    return year, week


def _month(copy: dt.datetime) -> tuple[int, ...]:
    return copy.year, copy.month
