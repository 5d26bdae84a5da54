"""How long personal data is kept, and by which rule it is deleted.

Source: PIPL article 47 (delete when the purpose is reached, the period is over
or consent is withdrawn); reference/domain.md section 6. The periods are settings.
"""

from __future__ import annotations

import calendar
import datetime as dt
from enum import StrEnum

from gridapp.i18n import N_


class Rule(StrEnum):
    """Why somebody's data is deleted."""

    DEAD = "dead"
    MOVED = "moved"
    ASKED = "asked"


RULE_TITLES = {
    Rule.DEAD: N_("died, and the time is over"),
    Rule.MOVED: N_("moved away, and the time is over"),
    Rule.ASKED: N_("deleted on request"),
}


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the same day some months earlier, or the last of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def years_before(day: dt.date, years: int) -> dt.date:
    """Return the same day some years earlier; of 29 February the 28th where there is none."""
    return months_before(day, 12 * years)


def years_after(day: dt.date, years: int) -> dt.date:
    """Return the same day some years later; of 29 February the 28th where there is none."""
    return months_before(day, -12 * years)
