"""A yes or no that is seen in every theme and large enough for a finger."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from ui import theme


class ToggleChip(QPushButton):
    """A chip that is on or off by itself; on is a tick and a colour, never the colour alone."""

    def __init__(self, text: str, name: str = "", parent: QWidget | None = None) -> None:
        """Make a chip that is off.

        Args:
            text: What is on or off.
            name: Accessible name; the text when "".
            parent: As usual in Qt.
        """
        super().__init__(text, parent)
        self._text = text
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setAccessibleName(name or text)
        theme.dress(self, "chip")
        self.toggled.connect(self._show_state)

    def _show_state(self, is_on: bool) -> None:
        self.setText("✓ " + self._text if is_on else self._text)
