"""How willingly visits are made: months, weekdays and grids."""

from __future__ import annotations

import datetime as dt

from gridapp.domain.period import Month

WEAK_GRIDS = (3, 10)  # grid numbers within a community

_START, _GAIN = 0.945, 0.042
_WEAK_START, _WEAK_GAIN = 0.72, 0.075
_HOLIDAY_DIP = {2: 0.030, 10: 0.015}  # Spring Festival, National Day week
_LATE_AUTUMN_GAIN = {11: 0.004, 12: 0.006}
_WEEKDAY_CHANCE = (1.0, 1.0, 1.0, 1.0, 0.9, 0.3, 0.12)


def share_visited(grid: str, month: Month, progress: float) -> float:
    """Return the share of a grid's roster that is to be visited in a month.

    Args:
        grid: 15-digit code.
        month: The month.
        progress: 0 for the first month of visits, 1 for the running one.
    """
    weak = int(grid[-3:]) in WEAK_GRIDS
    share = _WEAK_START + _WEAK_GAIN * progress if weak else _START + _GAIN * progress
    own_way = ((int(grid[-3:]) * 37 + month.year * 12 + month.month) % 11 - 5) * 0.004
    share += own_way - _HOLIDAY_DIP.get(month.month, 0.0) + _LATE_AUTUMN_GAIN.get(month.month, 0.0)
    return max(0.0, min(1.0, share))


def works_on(day: dt.date, luck: float) -> bool:
    """Return whether a visit is made on this day of the week, given a number below 1."""
    return luck < _WEEKDAY_CHANCE[day.weekday()]
