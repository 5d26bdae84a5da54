"""Which colour a figure has: orange where somebody is missed, blue elsewhere, never colour alone."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor

from gridapp.i18n import _
from ui import palettes, theme

ROUND_LIMITS = (0.7, 0.8, 0.9, 1.0)
COUNT_LIMITS = (1, 3, 6, 11, 21, 51, 101, 201, 501, 1001, 2001, 5001)
"""First numbers of the classes of people missed or overdue."""
MOST_COUNT_LIMITS = 4


@dataclass(frozen=True)
class Classes:
    """Round classes of figures with their fills.

    Attributes:
        limits: Figures between classes, rising; ``limits[i]`` divides ``fills[i]`` from ``fills[i + 1]``.
        fills: Colours of the classes.
        sign: Stands beside a figure that needs attention.
    """

    limits: tuple[float, ...]
    fills: tuple[QColor, ...]
    sign: str

    def number(self, value: float) -> int:
        """Return the number of the class a figure belongs to."""
        return bisect.bisect_right(self.limits, value)

    def fill(self, value: float | None) -> QColor:
        """Return the fill of a figure, or that of a missing one."""
        return theme.current().colour("no_data") if value is None else self.fills[self.number(value)]

    def is_loud(self, value: float | None) -> bool:
        """Tell whether a figure needs attention; a missing one does not."""
        raise NotImplementedError

    def is_loud_class(self, number: int) -> bool:
        """Tell whether the figures of a class need attention."""
        raise NotImplementedError

    def title(self, number: int) -> str:
        """Write what a class holds."""
        raise NotImplementedError

    def marked(self, shown: str, value: float | None) -> str:
        """Return a written figure with the sign behind it when it needs attention."""
        return f"{shown} {self.sign}" if self.is_loud(value) else shown

    def renewed(self) -> Classes:
        """Return the same classes in the colours of the theme in force."""
        raise NotImplementedError


@dataclass(frozen=True)
class CountClasses(Classes):
    """Classes of numbers of people: nobody, then round numbers, pale to dark.

    Attributes:
        loud: More than nobody needs attention, as for people missed; otherwise a large number is only a large number.
    """

    loud: bool = False

    @classmethod
    def up_to(cls, most: float, loud: bool) -> CountClasses:
        """Return the classes for figures whose largest, or nearly largest, is ``most``."""
        if loud:
            fitting = [limit for limit in COUNT_LIMITS if limit <= max(most, 1)]
            # The first class stays "nobody"; of the others the widest are kept.
            limits = tuple(float(limit) for limit in (fitting[:1] + fitting[1:][-(MOST_COUNT_LIMITS - 1) :]))
        else:
            step = _round_step(most / (MOST_COUNT_LIMITS + 1))
            limits = tuple(step * number for number in range(1, MOST_COUNT_LIMITS + 1))
        return cls(limits, _count_fills(len(limits), loud), "▲", loud)

    def is_loud(self, value: float | None) -> bool:
        """Tell whether somebody is behind a figure that should be nobody."""
        return self.loud and value is not None and value > 0

    def is_loud_class(self, number: int) -> bool:
        """Tell whether a class is of more than nobody."""
        return self.loud and number > 0

    def title(self, number: int) -> str:
        """Write what a class holds, e.g. "3–5"."""
        first = int(self.limits[number - 1]) if number else 0
        if number == len(self.limits):
            return _("{number} and more").format(number=first)
        last = int(self.limits[number]) - 1
        return str(first) if first == last else f"{first}–{last}"

    def renewed(self) -> CountClasses:
        """Return the same classes in the colours of the theme in force."""
        return CountClasses(self.limits, _count_fills(len(self.limits), self.loud), self.sign, self.loud)


@dataclass(frozen=True)
class RateClasses(Classes):
    """Round classes of rates, worst first; the target is always a limit.

    Attributes:
        target: Target share, 0 to 1.
    """

    target: float

    @classmethod
    def around(cls, target: float, limits: Sequence[float] = ROUND_LIMITS) -> RateClasses:
        """Return the classes for a target, in the colours of the theme in force."""
        cuts = tuple(sorted({*limits, target}))
        below = cuts.index(target) + 1
        worst, low, middle, _good, best = (QColor(name) for name in theme.current().tokens.ramp)
        fills = (*_blend(worst, low, below), *_blend(middle, best, len(cuts) + 1 - below))
        return cls(cuts, fills, "▼", target)

    def is_loud(self, value: float | None) -> bool:
        """Tell whether a share misses the target."""
        return self.is_below(value)

    def is_loud_class(self, number: int) -> bool:
        """Tell whether a class is below the target."""
        return number <= self.limits.index(self.target)

    def is_below(self, share: float | None) -> bool:
        """Tell whether a share misses the target; a missing figure does not."""
        return share is not None and share < self.target

    def renewed(self) -> RateClasses:
        """Return the same classes in the colours of the theme in force."""
        return RateClasses.around(self.target)

    def title(self, number: int) -> str:
        """Write what a class holds, e.g. "80–89.9%"."""
        if number == len(self.limits):
            return "100%" if self.limits[-1] >= 1 else _("{share} and more").format(share=percent(self.limits[-1]))
        if number == 0:
            return _("below {share}").format(share=percent(self.limits[0]))
        # Rates are cut to one decimal, so 89.9 % is the last figure below 90 %.
        first = percent(self.limits[number - 1]).removesuffix("%")
        return f"{first}–{percent(self.limits[number] - 0.001)}"


def percent(share: float) -> str:
    """Write a round limit or a target, 0.9 as 90%."""
    return f"{share * 100:.4g}%"


def _count_fills(limits: int, loud: bool) -> tuple[QColor, ...]:
    worst, low, middle, good, best = (QColor(name) for name in theme.current().tokens.ramp)
    if loud:
        return (good, *reversed(_blend(worst, low, limits)))
    return _blend(middle, best, limits + 1)


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50 … that is at least this."""
    power = 1.0
    while power * 10 <= least:
        power *= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def ink_on(fill: QColor) -> QColor:
    """Return black or white, whichever reads better on a fill."""
    dark, light = "#14181E", "#FFFFFF"
    name = fill.name()
    return QColor(dark if palettes.contrast(dark, name) >= palettes.contrast(light, name) else light)


def _blend(first: QColor, last: QColor, count: int) -> tuple[QColor, ...]:
    """Return ``count`` colours from one to another; a single one is the last."""
    if count == 1:
        return (last,)
    steps = [number / (count - 1) for number in range(count)]
    return tuple(
        QColor(*(round(start + (end - start) * step) for start, end in zip(_rgb(first), _rgb(last), strict=True)))
        for step in steps
    )


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
