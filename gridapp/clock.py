"""The only place that asks what day and what time it is.

A civil date is a date in UTC+8 (indicators.md section 1); instants are kept in
UTC. ``set_today`` pins both, so that a report can be made again.

A computer's clock can be set back, e.g. to 2020 by an empty battery. ``reach``
names the day to which the open data has been brought: today is no day before.
"""

from __future__ import annotations

import datetime as dt

CIVIL_ZONE = dt.timezone(dt.timedelta(hours=8), "UTC+8")

_pinned: dt.date | None = None
_reached = dt.date.min


def now() -> dt.datetime:
    """Return the present instant, in UTC.

    With a pinned day it is noon (UTC+8) of that day.
    """
    if _pinned is not None:
        return dt.datetime.combine(_pinned, dt.time(12), CIVIL_ZONE).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def computers_day() -> dt.date:
    """Return the present civil date (UTC+8) as this computer's clock tells it."""
    return now().astimezone(CIVIL_ZONE).date()


def today() -> dt.date:
    """Return the present civil date (UTC+8); the day reached while the computer's lies before it."""
    return max(computers_day(), _reached)


def is_behind() -> bool:
    """Return whether the computer's clock tells a day before the one the open data has been brought to."""
    return computers_day() < _reached


def reach(day: dt.date | None) -> None:
    """Let no day before this one be today, or any with None."""
    global _reached
    _reached = day or dt.date.min


def set_today(day: dt.date | None) -> None:
    """Pin the clock to a day, or let it run again with None."""
    global _pinned
    _pinned = day
