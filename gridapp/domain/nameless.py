"""Cut a life into nameless pieces that count as it did, and that nobody can join again.

When somebody's data is deleted, past figures must stay. What figures ask of a
person lies within one month or quarter, so each quarter of their life becomes
a row of its own: where somebody lived, which counting categories they carried,
when they were away, and the days of visits. Nothing joins one quarter to the
next, and no piece has a name, a birth date, a number or an address.

A stay that began before the quarter begins with it: it still began in time for
each of its months (indicators.md section 2, point 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridapp.domain.period import Quarter


@dataclass(frozen=True)
class Span:
    """Something that holds for ``[start, end)``; ``what`` is its number or word."""

    start: dt.date
    end: dt.date | None
    what: object


@dataclass(frozen=True)
class Piece:
    """One quarter of a life.

    Attributes:
        quarter: Which.
        homes: Grids lived in.
        categories: Categories carried that figures count.
        absences: Reasons of approved absences.
        visits: Numbers of the visits.
    """

    quarter: Quarter
    homes: tuple[Span, ...]
    categories: tuple[Span, ...]
    absences: tuple[Span, ...]
    visits: tuple[int, ...]


def pieces(
    homes: Sequence[Span],
    categories: Sequence[Span],
    absences: Sequence[Span],
    visits: Iterable[tuple[int, dt.date]],
    died: dt.date | None,
    until: dt.date,
) -> list[Piece]:
    """Return the quarters of a life in which any figure counts something.

    Args:
        homes: Grids lived in.
        categories: Categories carried.
        absences: Approved absences.
        visits: Number and day of each visit that was not taken back.
        died: Day of death; nothing holds from then on.
        until: Day up to which open intervals are cut into quarters.
    """
    met: dict[Quarter, list[int]] = {}
    for number, day in visits:
        met.setdefault(Quarter.of(day), []).append(number)
    counted = set(met)
    for span in categories:
        last = min(day for day in (span.end, died, until + dt.timedelta(days=1)) if day is not None)
        quarter = Quarter.of(span.start)
        while quarter.first < last:
            counted.add(quarter)
            quarter = quarter.plus(1)
    return [
        Piece(
            quarter,
            _within(homes, quarter, died),
            _within(categories, quarter, died),
            _within(absences, quarter, died),
            tuple(met.get(quarter, ())),
        )
        for quarter in sorted(counted, key=lambda one: one.first)
    ]


def _within(spans: Iterable[Span], quarter: Quarter, died: dt.date | None) -> tuple[Span, ...]:
    first, end = quarter.first, quarter.last + dt.timedelta(days=1)
    if died is not None:
        end = min(end, died)
    found = []
    for span in spans:
        start, stop = max(span.start, first), min(span.end or end, end)
        if start < stop:
            found.append(Span(start, stop, span.what))
    return tuple(found)
