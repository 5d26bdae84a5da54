"""Calendar months, quarters and weeks, in civil dates (UTC+8).

Source: indicators.md sections 1, 2 and 4. Intervals are ``[start, end)``.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from gridapp.errors import ValidationError
from gridapp.i18n import _

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def of(cls, day: dt.date) -> Month:
        """Return the month a day belongs to."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month written as YYYY-MM.

        Raises:
            ValidationError: It is not a month of the calendar.
        """
        found = _MONTH.fullmatch(text.strip())
        if found is None or not 1 <= int(found[2]) <= 12 or not 1900 <= int(found[1]) <= 9998:
            raise ValidationError(_("“{text}” is not a month. Write it like 2026-03.").format(text=text), "month")
        return cls(int(found[1]), int(found[2]))

    @property
    def first(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, self.month, 1)

    @property
    def last(self) -> dt.date:
        """The last day."""
        return dt.date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def joined_by_month(self) -> Month:
        """The month whose day the joining rule counts in: itself."""
        return self

    def plus(self, months: int) -> Month:
        """Return the month that many months later, or earlier when negative."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, 1 to 4."""

    year: int
    quarter: int

    @classmethod
    def of(cls, day: dt.date) -> Quarter:
        """Return the quarter a day belongs to."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Return the quarter written as YYYY-Qn.

        Raises:
            ValidationError: It is not a quarter.
        """
        found = _QUARTER.fullmatch(text.strip().upper())
        if found is None or not 1900 <= int(found[1]) <= 9998:
            raise ValidationError(_("“{text}” is not a quarter. Write it like 2026-Q1.").format(text=text), "quarter")
        return cls(int(found[1]), int(found[2]))

    @property
    def first(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, self.quarter * 3 - 2, 1)

    @property
    def last(self) -> dt.date:
        """The last day."""
        return Month(self.year, self.quarter * 3).last

    @property
    def joined_by_month(self) -> Month:
        """The month whose day the joining rule counts in: the quarter's last (own convention)."""
        return Month(self.year, self.quarter * 3)

    def plus(self, quarters: int) -> Quarter:
        """Return the quarter that many quarters later, or earlier when negative."""
        index = self.year * 4 + self.quarter - 1 + quarters
        return Quarter(index // 4, index % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-Q{self.quarter}"


Period = Month | Quarter


def months_back(last: Month, count: int) -> list[Month]:
    """Return ``count`` months ending with ``last``, oldest first."""
    return [last.plus(offset) for offset in range(1 - count, 1)]


def reference_day(period: Period, as_of: dt.date) -> dt.date | None:
    """Return d(m): the period's last day, or the as-of day while it runs.

    Returns:
        None for a period that has not begun on the as-of day.

    Source: indicators.md section 1.
    """
    if as_of < period.first:
        return None
    return min(period.last, as_of)


def week_end(day: dt.date) -> dt.date:
    """Return the Sunday that ends the ISO week of a day."""
    return day + dt.timedelta(days=7 - day.isoweekday())
