"""Cut a life into nameless pieces that count as it did, and that nobody can join again.

When somebody's data is deleted, past figures must stay. What figures ask of a
person lies within one month or quarter, so each quarter of their life becomes
a row of its own: where somebody lived, which counting categories they carried,
when they were away, and the days of visits. Nothing joins one quarter to the
next, and no piece has a name, a birth date, a number or an address.

A stay that began before the quarter begins with it: it still began in time for
each of its months (indicators.md section 2, point 4).

A tier that no category tells, because it was set by hand or follows from age,
stays with the piece, so that visits due and missed are counted as before
(section 3). One thing cannot be: a week across two quarters whose only visit
lies in the first is due no more, and counts neither as due nor as done.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from gridapp.domain.cadence import AGE_OF_WEEKLY_ALONE, Tier, age_on, default_tier
from gridapp.domain.period import Quarter, week_end

_DAY = dt.timedelta(days=1)


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
        tiers: Tiers that the categories alone do not tell.
    """

    quarter: Quarter
    homes: tuple[Span, ...]
    categories: tuple[Span, ...]
    absences: tuple[Span, ...]
    visits: tuple[int, ...]
    tiers: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Cadence:
    """What says how often somebody was due, besides their categories.

    Attributes:
        tiers: As ``untold_tiers`` returns them.
        met: Days of visits that count.
    """

    tiers: Sequence[Span] = ()
    met: Collection[dt.date] = field(default=frozenset())


def untold_tiers(
    held: Sequence[Span], overrides: Sequence[Span], birth: dt.date | None, counting: Collection[str]
) -> list[Span]:
    """Return the tiers somebody had that their categories alone do not tell.

    Args:
        held: Categories carried, by code.
        overrides: Tiers set by hand, by letter.
        birth: Birth date, if known.
        counting: Codes of the categories that count for the visit rate.
    """
    edges = {day for span in (*held, *overrides) for day in (span.start, span.end) if day is not None}
    if birth is not None:
        edges.add(_birthday(birth, AGE_OF_WEEKLY_ALONE))
    found = []
    for start, end in itertools.pairwise([*sorted(edges), None]):
        assert start is not None
        codes = [str(span.what) for span in _on(held, start)]
        alone = default_tier(codes, None, counting)
        chosen = [Tier(str(span.what)) for span in _on(overrides, start)]
        tier = chosen[0] if chosen else default_tier(codes, age_on(birth, start) if birth else None, counting)
        if tier is not alone:
            found.append(Span(start, end, tier.value))
    return found


def pieces(
    homes: Sequence[Span],
    categories: Sequence[Span],
    absences: Sequence[Span],
    visits: Iterable[tuple[int, dt.date]],
    died: dt.date | None,
    until: dt.date,
    cadence: Cadence = Cadence(),
) -> list[Piece]:
    """Return the quarters of a life in which any figure counts something.

    Args:
        homes: Grids lived in.
        categories: Categories carried.
        absences: Approved absences.
        visits: Number and day of each visit that was not taken back.
        died: Day of death; nothing holds from then on.
        until: Day up to which open intervals are cut into quarters.
        cadence: How often they were due.
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
            _tiers_in(quarter, cadence, absences, died),
        )
        for quarter in sorted(counted, key=lambda one: one.first)
    ]


def _tiers_in(
    quarter: Quarter, cadence: Cadence, absences: Sequence[Span], died: dt.date | None
) -> tuple[Span, ...]:
    """Return the tiers of a quarter; none is A on the Sunday of a week whose days before the quarter decide it."""
    found = _within(cadence.tiers, quarter, died)
    last = week_end(quarter.first)
    week = [last - _DAY * place for place in range(7)]
    if quarter.first == week[-1] or (died is not None and last >= died):
        return found
    away = any(span.start <= week[-1] and (span.end is None or span.end > last) for span in absences)
    before, after = (any((day < quarter.first) is early and day in cadence.met for day in week)
                     for early in (True, False))  # fmt: skip
    if not away and (after or not before):
        return found
    spared = Span(last, last + _DAY, Tier.C.value)
    rest = [Span(start, end, span.what) for span in found
            for start, end in ((span.start, min(span.end or last, last)), (max(span.start, last + _DAY), span.end))
            if end is None or start < end]  # fmt: skip
    return (*rest, spared)


def _birthday(birth: dt.date, age: int) -> dt.date:
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:  # 29 February
        return dt.date(birth.year + age, 3, 1)


def _on(spans: Iterable[Span], day: dt.date) -> list[Span]:
    return [span for span in spans if span.start <= day and (span.end is None or span.end > day)]


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
