"""Round classes of figures on a map, the same on the screen and on paper: where they divide, what they are called.

A class is known by its number: class ``n`` lies between ``limits[n - 1]`` and ``limits[n]``.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from gridapp.i18n import N_, _

INDICATORS: dict[str, str] = {
    "rate": N_("Visit rate"),
    "onsite": N_("Visit rate in person"),
    "missed": N_("Not visited this month"),
    "roster": N_("People on the roster"),
    "overdue": N_("Overdue today"),
    "due": N_("Due within a week"),
}
"""Each with its name."""

OF_TODAY = frozenset({"overdue", "due"})
"""Those that stand only for today, not for a month."""

SHARES = frozenset({"rate", "onsite"})

RATE_LIMITS = (0.7, 0.8, 0.9, 1.0)
COUNT_LIMITS = (1, 3, 6, 11, 21, 51, 101, 201, 501, 1001, 2001, 5001)
"""First numbers of the classes of people missed or overdue."""
MOST_COUNT_LIMITS = 4


def indicator_title(indicator: str) -> str:
    """Write the name of an indicator."""
    return _(INDICATORS[indicator])


@dataclass(frozen=True)
class FigureClasses:
    """Classes of figures.

    Attributes:
        limits: Figures between classes, rising.
        titles: What each class holds, one more than limits.
        loud: Whether each class needs attention.
        sign: Stands beside a figure that needs attention.
    """

    limits: tuple[float, ...]
    titles: tuple[str, ...]
    loud: tuple[bool, ...]
    sign: str

    def number(self, value: float) -> int:
        """Return the number of the class a figure belongs to."""
        return bisect.bisect_right(self.limits, value)

    def is_loud(self, value: float | None) -> bool:
        """Tell whether a figure needs attention; a missing one does not."""
        return value is not None and self.loud[self.number(value)]

    def marked(self, shown: str, value: float | None) -> str:
        """Return a written figure with the sign behind it when it needs attention."""
        return f"{shown} {self.sign}" if self.is_loud(value) else shown


def rate_classes(target: float, limits: Sequence[float] = RATE_LIMITS) -> FigureClasses:
    """Return the classes of shares; the target is always a limit, and what is below it needs attention."""
    cuts = tuple(sorted({*limits, target}))
    titles = tuple(_rate_title(cuts, number) for number in range(len(cuts) + 1))
    below = cuts.index(target) + 1
    return FigureClasses(cuts, titles, tuple(number < below for number in range(len(cuts) + 1)), "▼")


def count_classes(most: float, is_bad: bool) -> FigureClasses:
    """Return the classes of numbers of people.

    Args:
        most: Largest figure, or nearly the largest: one giant grid does not flatten all others.
        is_bad: More than nobody needs attention, as for people missed.
    """
    if is_bad:
        fitting = [limit for limit in COUNT_LIMITS if limit <= max(most, 1)]
        # The first class stays "nobody"; of the others the widest are kept.
        cuts = tuple(float(limit) for limit in (fitting[:1] + fitting[1:][-(MOST_COUNT_LIMITS - 1) :]))
    else:
        step = _round_step(most / (MOST_COUNT_LIMITS + 1))
        cuts = tuple(step * number for number in range(1, MOST_COUNT_LIMITS + 1))
    titles = tuple(_count_title(cuts, number) for number in range(len(cuts) + 1))
    return FigureClasses(cuts, titles, tuple(is_bad and number > 0 for number in range(len(cuts) + 1)), "▲")


def percent(share: float) -> str:
    """Write a round limit or a target, 0.9 as 90%."""
    return f"{share * 100:.4g}%"


def _rate_title(limits: tuple[float, ...], number: int) -> str:
    if number == len(limits):
        return "100%" if limits[-1] >= 1 else _("{share} and more").format(share=percent(limits[-1]))
    if number == 0:
        return _("below {share}").format(share=percent(limits[0]))
    # Rates are cut to one decimal, so 89.9 % is the last figure below 90 %.
    first = percent(limits[number - 1]).removesuffix("%")
    return f"{first}–{percent(limits[number] - 0.001)}"


def _count_title(limits: tuple[float, ...], number: int) -> str:
    first = int(limits[number - 1]) if number else 0
    if number == len(limits):
        return _("{number} and more").format(number=first)
    last = int(limits[number]) - 1
    return str(first) if first == last else f"{first}–{last}"


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50 … that is at least this."""
    power = 1.0
    while power * 10 <= least:
        power *= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)
