"""How often a person is due a visit, and since when one is overdue.

Source: indicators.md section 3. The default tiers are our own reading of the
graded cadences in use (reference: domain.md section 2.3) and can be overridden
per person with a reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gridapp.domain.period import Month, Quarter, week_end


class Tier(StrEnum):
    """A: every so many days. B: every calendar month. C: every calendar quarter."""

    A = "A"
    B = "B"
    C = "C"


WEEKLY_WITH = frozenset({"disabled_capacity", "severe_disability", "dementia"})
ALONE = frozenset({"living_alone", "empty_nest"})
AGE_OF_WEEKLY_ALONE = 80


@dataclass(frozen=True)
class Absence:
    """An approved absence, ``[start, end)``; end None is open."""

    start: dt.date
    end: dt.date | None
    reason: str = ""

    def covers(self, first: dt.date, last: dt.date) -> bool:
        """Return whether every day from first to last lies inside."""
        return self.start <= first and (self.end is None or self.end > last)


def age_on(birth: dt.date, day: dt.date) -> int:
    """Return completed years on a day.

    Source: indicators.md section 6.
    """
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def default_tier(categories: Collection[str], age: int | None, counting: Collection[str]) -> Tier:
    """Return the tier that follows from a person's open categories.

    A: lost capacity, severe disability or dementia together with living alone
    or an empty nest; or living alone at 80 and over. B: any category that
    counts for the visit rate. C: the rest.
    """
    held = frozenset(categories)
    if held & WEEKLY_WITH and held & ALONE:
        return Tier.A
    if "living_alone" in held and age is not None and age >= AGE_OF_WEEKLY_ALONE:
        return Tier.A
    return Tier.B if held & frozenset(counting) else Tier.C


@dataclass(frozen=True)
class Standing:
    """What decides when a person is due.

    Attributes:
        tier: The person's tier on the as-of day.
        roster_start: First day of the current unbroken stay on the roster.
        last_valid: Day of the last valid visit on or before the as-of day, if any.
        absences: Approved absences of the person.
    """

    tier: Tier
    roster_start: dt.date
    last_valid: dt.date | None
    absences: Sequence[Absence] = ()


def due_on(standing: Standing, interval_days: int = 7, join_day: int = 20) -> dt.date:
    """Return the day by which the next valid visit is due.

    A: last valid visit plus the interval. B and C: last day of the earliest
    month or quarter still unmet. A person never visited counts from the roster
    start. Joining after the join day moves the first due period to the next
    one, and a period spent wholly in an approved absence asks for no visit.

    Args:
        standing: The person's situation.
        interval_days: Days between visits in tier A. [days]
        join_day: Last day of a month on which a joiner still counts for it.
    """
    anchor = standing.roster_start
    if standing.last_valid is not None and standing.last_valid >= anchor:
        anchor = standing.last_valid
        visited = True
    else:
        visited = False
    if standing.tier is Tier.A:
        return _after_absence(anchor + dt.timedelta(days=interval_days), standing.absences)
    kind = Month if standing.tier is Tier.B else Quarter
    period = kind.of(anchor)
    joined_late = anchor > period.joined_by_month.first.replace(day=join_day)
    if visited or joined_late:
        period = period.plus(1)
    while any(absence.covers(period.first, period.last) and absence.end is not None for absence in standing.absences):
        period = period.plus(1)
    return period.last


def _after_absence(due: dt.date, absences: Sequence[Absence]) -> dt.date:
    """Move a due day that falls into closed absences to the day after the last of them."""
    for absence in sorted(absences, key=lambda item: item.start):
        if absence.end is not None and absence.start <= due < absence.end:
            due = absence.end
    return due


@dataclass(frozen=True)
class Obligation:
    """One week, month or quarter in which a visit was due.

    Attributes:
        tier: The tier that asks for it.
        start: First day.
        end: Last day; it is owed by who is on the roster with this tier then.
    """

    tier: Tier
    start: dt.date
    end: dt.date


def units_ending_in(tier: Tier, first: dt.date, last: dt.date) -> list[Obligation]:
    """Return the weeks (A), months (B) or quarters (C) that end from first to last."""
    units: list[Obligation] = []
    if tier is Tier.A:
        end = week_end(first)
        while end <= last:
            units.append(Obligation(tier, end - dt.timedelta(days=6), end))
            end += dt.timedelta(days=7)
        return units
    period: Month | Quarter = Month.of(first) if tier is Tier.B else Quarter.of(first)
    while period.last <= last:
        units.append(Obligation(tier, period.first, period.last))
        period = period.plus(1)
    return units
