"""Arithmetic of ``[start, end)`` intervals while lives are being invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from random import Random

Span = tuple[dt.date, dt.date | None]

FOREVER = dt.date.max


def closed(span: Span) -> tuple[dt.date, dt.date]:
    """Return the span with an open end written as the last day there is."""
    return span[0], span[1] or FOREVER


def union(spans: Iterable[Span]) -> list[Span]:
    """Return disjoint spans in order; those that touch or overlap become one."""
    merged: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted(closed(span) for span in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return [(start, None if end == FOREVER else end) for start, end in merged]


def intersection(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """Return the days that lie in both lists of disjoint spans."""
    right = [closed(span) for span in other]
    shared: list[Span] = []
    for start, end in map(closed, one):
        for first, last in right:
            low, high = max(start, first), min(end, last)
            if low < high:
                shared.append((low, None if high == FOREVER else high))
    return sorted(shared, key=closed)


def holding(spans: Iterable[Span], day: dt.date) -> Span | None:
    """Return the span that contains a day, or None."""
    for span in spans:
        if span[0] <= day and (span[1] is None or day < span[1]):
            return span
    return None


def shift_months(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month that many months after the one a day lies in."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def birthday(birth: dt.date, age: int) -> dt.date:
    """Return the day an age is completed; born on 29 February counts from 1 March."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return dt.date(birth.year + age, 3, 1)


def day_between(random: Random, first: dt.date, last: dt.date) -> dt.date:
    """Return a random day from first to last, both included; first when the order is wrong."""
    return first + dt.timedelta(days=random.randrange(max((last - first).days, 0) + 1))
