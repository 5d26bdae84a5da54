"""A row of chips that filter a list, each with its count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QPushButton, QWidget

from gridapp import formats
from ui import theme


class _Chip(QPushButton):
    """A chip as wide as its text in bold, which the style sheet makes it when it is in force."""

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        bold = QFont(self.font())
        bold.setBold(True)
        wider = QFontMetrics(bold).horizontalAdvance(self.text()) - self.fontMetrics().horizontalAdvance(self.text())
        return hint + QSize(max(0, wider), 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class FilterChips(QWidget):
    """One choice out of a few; arrows move between chips.

    Signals:
        chosen: key of the chip that is now in force.
    """

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None) -> None:
        """Make the chips.

        Args:
            choices: Pairs of key and title; the first is in force.
            name: Accessible name of the whole row.
            parent: As usual in Qt.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._titles = dict(choices)
        self._counts: dict[str, int] = {}
        self._group = QButtonGroup(self)
        self._buttons: dict[str, _Chip] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_S))
        for key, title in choices:
            chip = _Chip(title)
            chip.setCheckable(True)
            chip.setProperty("chipKey", key)
            chip.setAutoDefault(False)
            theme.dress(chip, "chip")
            self._group.addButton(chip)
            self._buttons[key] = chip
            row.addWidget(chip)
        row.addStretch(1)
        self._group.setExclusive(True)
        self.choose(choices[0][0])
        self.set_counts({})
        self._group.buttonClicked.connect(self._on_clicked)

    @property
    def key(self) -> str:
        """Return the key in force."""
        checked = self._group.checkedButton()
        return str(checked.property("chipKey")) if checked else ""

    def choose(self, key: str) -> None:
        """Put a chip in force without a signal."""
        self._buttons[key].setChecked(True)

    def set_counts(self, counts: Mapping[str, int], at_most: int | Mapping[str, int] | None = None) -> None:
        """Show how many rows each chip leads to; chips not named show none.

        Args:
            counts: By key.
            at_most: One above it stands for more; one for all, or by key.
        """
        self._counts = dict(counts)
        for key, chip in self._buttons.items():
            title = self._titles[key]
            most = at_most.get(key) if isinstance(at_most, Mapping) else at_most
            chip.setText(f"{title}  {formats.count(counts[key], most)}" if key in counts else title)
            chip.setAccessibleName(chip.text())

    def _on_clicked(self, chip: QAbstractButton) -> None:
        self.chosen.emit(str(chip.property("chipKey")))

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            keys = list(self._buttons)
            step = 1 if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down) else -1
            key = keys[(keys.index(self.key) + step) % len(keys)]
            self._buttons[key].setFocus()
            self._buttons[key].click()
            return
        super().keyPressEvent(event)
