"""Classes in black and white: worse is darker and more densely hatched, so that a copier keeps them apart."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from ui.map.rate_classes import Classes

LIGHT, DARK = 252, 150
"""Grey of the calmest and of the loudest class; black letters are read on both."""

PATTERNS = (
    Qt.BrushStyle.NoBrush, Qt.BrushStyle.NoBrush, Qt.BrushStyle.Dense7Pattern, Qt.BrushStyle.Dense6Pattern,
    Qt.BrushStyle.FDiagPattern, Qt.BrushStyle.DiagCrossPattern,
)  # fmt: skip


def order_of(classes: Classes, number: int) -> float:
    """Return how loud a class is, 0 to 1: of rates the lowest is, of counts the highest."""
    last = max(len(classes.fills) - 1, 1)
    return 1 - number / last if classes.sign == "▼" else number / last


def in_grey(classes: Classes) -> Classes:
    """Return the same classes in greys."""
    fills = []
    for number in range(len(classes.fills)):
        grey = round(LIGHT - (LIGHT - DARK) * order_of(classes, number))
        fills.append(QColor(grey, grey, grey))
    return dataclasses.replace(classes, fills=tuple(fills))


def pattern_of(classes: Classes, number: int) -> Qt.BrushStyle:
    """Return the hatching of a class."""
    return PATTERNS[round(order_of(classes, number) * (len(PATTERNS) - 1))]
