"""What may take mouse and keys before the map does."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent, QMouseEvent


class Hand(Protocol):
    """What takes mouse and keys before the map does; each method tells whether the map is to keep out."""

    def press(self, event: QMouseEvent) -> bool:
        """Take a press of a button."""

    def move(self, event: QMouseEvent) -> bool:
        """Take a move of the pointer."""

    def release(self, event: QMouseEvent) -> bool:
        """Take a release of a button."""

    def double_click(self, event: QMouseEvent) -> bool:
        """Take a double click."""

    def key(self, event: QKeyEvent) -> bool:
        """Take a key."""

    def tab(self, forward: bool) -> bool:
        """Take Tab or Shift+Tab."""

    def event_of(self, event: QEvent) -> bool:
        """Take any other event, such as one that asks whether a key is a shortcut."""
