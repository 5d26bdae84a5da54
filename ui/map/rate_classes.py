"""Which colour a figure has: orange where somebody is missed, blue elsewhere, never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from gridapp.domain.figure_classes import FigureClasses, percent
from ui import palettes, theme

__all__ = ["Classes", "ink_on", "percent"]


@dataclass(frozen=True)
class Classes:
    """Round classes of figures with their fills.

    Attributes:
        rule: Where they divide and what they are called.
        fills: Colours of the classes.
    """

    rule: FigureClasses
    fills: tuple[QColor, ...]

    @property
    def limits(self) -> tuple[float, ...]:
        """Figures between classes, rising; ``limits[i]`` divides ``fills[i]`` from ``fills[i + 1]``."""
        return self.rule.limits

    @property
    def sign(self) -> str:
        """Stands beside a figure that needs attention."""
        return self.rule.sign

    def number(self, value: float) -> int:
        """Return the number of the class a figure belongs to."""
        return self.rule.number(value)

    def fill(self, value: float | None) -> QColor:
        """Return the fill of a figure, or that of a missing one."""
        return theme.current().colour("no_data") if value is None else self.fills[self.number(value)]

    def is_loud(self, value: float | None) -> bool:
        """Tell whether a figure needs attention; a missing one does not."""
        return self.rule.is_loud(value)

    def is_loud_class(self, number: int) -> bool:
        """Tell whether the figures of a class need attention."""
        return self.rule.loud[number]

    def title(self, number: int) -> str:
        """Write what a class holds, e.g. "80–89.9%" or "3–5"."""
        return self.rule.titles[number]

    def marked(self, shown: str, value: float | None) -> str:
        """Return a written figure with the sign behind it when it needs attention."""
        return self.rule.marked(shown, value)

    def renewed(self) -> Classes:
        """Return the same classes in the colours of the theme in force."""
        return self.of(self.rule)

    @classmethod
    def of(cls, rule: FigureClasses) -> Classes:
        """Return classes in the colours of the theme in force."""
        return cls(rule, _fills(rule))


def _fills(rule: FigureClasses) -> tuple[QColor, ...]:
    """Return the colours of classes: loud ones from yellow to red, others from pale to dark blue."""
    worst, low, middle, good, best = (QColor(name) for name in theme.current().tokens.ramp)
    loud = sum(rule.loud)
    quiet = len(rule.titles) - loud
    if rule.loud[0]:
        return (*_blend(worst, low, loud), *_blend(middle, best, quiet))
    if loud:
        return (good, *reversed(_blend(worst, low, loud)))
    return _blend(middle, best, quiet)


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
