"""Tell a hand that ticks an outcome by one digit from a scanner that types a whole code."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

BURST_MS = 80
"""Digits that follow each other faster come from a scanner: a code, never an outcome."""
AFTER_CODE_MS = 400
"""A scanner ends its code with Enter; so soon after a code it means nothing else."""
CODE_DIGITS = 12


class DigitKeys(QObject):
    """Collects digits pressed while a row is in front.

    Signals:
        digit_pressed: one digit alone.
        code_typed: the digits of a burst, twelve when it was a whole code.
    """

    digit_pressed = Signal(str)
    code_typed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._digits = ""
        self._since_code = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BURST_MS)
        self._timer.timeout.connect(self._settle)

    def take(self, digit: str) -> None:
        """Take a digit; whether it stands alone is known a moment later."""
        self._digits += digit
        self._timer.start()
        if len(self._digits) == CODE_DIGITS:
            self._timer.stop()
            self._settle()

    def note_code(self) -> None:
        """Remember that a code was just read."""
        self._since_code.start()

    @property
    def is_after_code(self) -> bool:
        """Whether an Enter now belongs to the code that was just read."""
        return self._since_code.isValid() and self._since_code.elapsed() < AFTER_CODE_MS

    @Slot()
    def _settle(self) -> None:
        digits, self._digits = self._digits, ""
        if len(digits) == 1:
            self.digit_pressed.emit(digits)
        elif digits:
            self.code_typed.emit(digits)
