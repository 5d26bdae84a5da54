"""What a paper is made for: a month, quarter, half-year or year, with its months and its name."""

from __future__ import annotations

from dataclasses import dataclass

from gridapp import formats
from gridapp.domain.period import Month, Quarter
from gridapp.i18n import _


@dataclass(frozen=True)
class Span:
    """What a paper is made for.

    Attributes:
        months: Its months, oldest first.
        label: In words.
        key: As stored beside printed sheets.
    """

    months: tuple[Month, ...]
    label: str
    key: str


def span_of(period: str, month: Month) -> Span:
    """Return the month, quarter, half-year or year that a month lies in."""
    if period == "quarter":
        quarter = Quarter.of(month.first)
        months = tuple(Month(quarter.year, quarter.quarter * 3 - 2 + at) for at in range(3))
        label = _("quarter {quarter} of {year}").format(quarter=quarter.quarter, year=quarter.year)
        return Span(months, label, str(quarter))
    if period == "half":
        first = 1 if month.month <= 6 else 7
        sentence = _("first half of {year}") if first == 1 else _("second half of {year}")
        months = tuple(Month(month.year, first + at) for at in range(6))
        return Span(months, sentence.format(year=month.year), f"{month.year}-H{1 if first == 1 else 2}")
    if period == "year":
        months = tuple(Month(month.year, number) for number in range(1, 13))
        return Span(months, _("year {number}").format(number=month.year), str(month.year))
    return Span((month,), formats.month(month.year, month.month), str(month))
