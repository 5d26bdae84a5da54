"""The keys of the map while nothing is edited: pan, zoom, walk from grid to grid, choose, look closer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from ui.map.figures import MonthShown
from ui.map.mark_layer import MarkLayer

_MOVES = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip
_CHOOSE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_CONTROL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class Steered(Protocol):
    """What keys move: the map, as far as they know it."""

    mark_layer: MarkLayer
    shown: MonthShown | None

    def pan(self, right: float, up: float) -> None:
        """Go sideways by steps."""

    def zoom_in(self) -> None:
        """Go nearer."""

    def zoom_out(self) -> None:
        """Go further away."""

    def fit(self) -> None:
        """Show everything."""

    def step(self, by: int) -> bool:
        """Point at the next or the previous grid; tell whether there was one."""

    def choose(self, grid: int | None) -> None:
        """Select a grid; None drops it."""

    def look_close(self, box: Sequence[float]) -> None:
        """Show a box large. [west, south, east, north]"""


def take_key(view: Steered, event: QKeyEvent) -> bool:
    """Do what a key means on the map; tell whether it means anything."""
    key = Qt.Key(event.key())
    if event.modifiers() & _CONTROL:
        return False
    if key in _MOVES:
        view.pan(*_MOVES[key])
    elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        view.zoom_in()
    elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
        view.zoom_out()
    elif key == Qt.Key.Key_Home:
        view.fit()
    elif key in (Qt.Key.Key_N, Qt.Key.Key_P):
        view.step(1 if key == Qt.Key.Key_N else -1)
    elif key == Qt.Key.Key_Escape:
        view.choose(None)
    else:
        return _take_grid(view, key)
    return True


def _take_grid(view: Steered, key: Qt.Key) -> bool:
    """Do what a key means for the grid pointed at, or the one chosen."""
    marks = view.mark_layer
    if key in _CHOOSE and marks.pointed is not None:
        view.choose(marks.pointed)
        return True
    grid = marks.selected if marks.pointed is None else marks.pointed
    if key == Qt.Key.Key_Z and grid is not None and view.shown is not None:
        view.look_close(view.shown.ground.boxes[grid].tolist())
        return True
    return False
