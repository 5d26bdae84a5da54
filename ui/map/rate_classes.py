"""Which colour a rate has: orange below the target, blue from it on, never colour alone."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor

from gridapp.i18n import _
from ui import palettes, theme

ROUND_LIMITS = (0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class RateClasses:
    """Round classes of rates with their fills; the target is always a limit.

    Attributes:
        limits: Shares between classes, rising; ``limits[i]`` divides ``fills[i]`` from ``fills[i + 1]``.
        fills: Colours, worst first.
        target: Target share, 0 to 1.
    """

    limits: tuple[float, ...]
    fills: tuple[QColor, ...]
    target: float

    @classmethod
    def around(cls, target: float, limits: Sequence[float] = ROUND_LIMITS) -> RateClasses:
        """Return the classes for a target, in the colours of the theme in force."""
        cuts = tuple(sorted({*limits, target}))
        below = cuts.index(target) + 1
        worst, low, middle, _good, best = (QColor(name) for name in theme.current().tokens.ramp)
        fills = (*_blend(worst, low, below), *_blend(middle, best, len(cuts) + 1 - below))
        return cls(cuts, fills, target)

    def number(self, share: float) -> int:
        """Return the number of the class a share belongs to."""
        return bisect.bisect_right(self.limits, share)

    def fill(self, share: float | None) -> QColor:
        """Return the fill of a share, or that of a missing figure."""
        return theme.current().colour("no_data") if share is None else self.fills[self.number(share)]

    def is_below(self, share: float | None) -> bool:
        """Tell whether a share misses the target; a missing figure does not."""
        return share is not None and share < self.target

    def marked(self, shown: str, share: float | None) -> str:
        """Return a written rate with ▼ behind it when it misses the target."""
        return f"{shown} ▼" if self.is_below(share) else shown

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
