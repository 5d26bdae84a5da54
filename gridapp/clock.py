"""The only place that asks what day and what time it is.

A civil date is a date in UTC+8 (indicators.md section 1); instants are kept in
UTC. ``set_today`` pins both, so that a report can be made again.
"""

from __future__ import annotations

import datetime as dt

CIVIL_ZONE = dt.timezone(dt.timedelta(hours=8), "UTC+8")

_pinned: dt.date | None = None


def now() -> dt.datetime:
    """Return the present instant, in UTC.

    With a pinned day it is noon (UTC+8) of that day.
    """
    if _pinned is not None:
        return dt.datetime.combine(_pinned, dt.time(12), CIVIL_ZONE).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the present civil date (UTC+8)."""
    return now().astimezone(CIVIL_ZONE).date()


def set_today(day: dt.date | None) -> None:
    """Pin the clock to a day, or let it run again with None."""
    global _pinned
    _pinned = day
