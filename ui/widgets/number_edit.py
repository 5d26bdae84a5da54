"""A field for a measure: typed, or stepped by the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class NumberEdit(QLineEdit):
    """A number with one decimal between two limits; what is no number changes nothing.

    Signals:
        value_changed: the number that is now in force.
    """

    value_changed = Signal(float)

    def __init__(self, least: float, most: float, step: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._most, self._step = least, most, step
        self._value = least
        self.textEdited.connect(self._on_edited)
        self.editingFinished.connect(self._tidy)

    @property
    def value(self) -> float:
        """Return the number in force."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show a number without a signal; one that is being typed keeps its form."""
        if value != self._value or not self.hasFocus():
            self._value = value
            self.setText(f"{value:g}")

    def _take(self, value: float) -> None:
        value = round(min(max(value, self._least), self._most), 1)
        if value != self._value:
            self._value = value
            self.value_changed.emit(value)

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        try:
            value = float(text.strip().replace("，", ".").replace(",", "."))
        except ValueError:
            return
        if self._least <= value <= self._most:
            self._take(value)

    @Slot()
    def _tidy(self) -> None:
        self.setText(f"{self._value:g}")

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: self._step, Qt.Key.Key_Down: -self._step}
        step = steps.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        self._take(self._value + step)
        self._tidy()
