"""Choose a month: back, the month itself, forward; Page Up and Page Down work too."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.domain.period import Month
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics

MONTHS_BACK = 36


class MonthPicker(QWidget):
    """One month out of the last three years; never one that has not begun.

    Signals:
        month_chosen: the Month (``gridapp.domain.period``) that is now chosen.
    """

    month_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None, months_back: int = MONTHS_BACK) -> None:
        super().__init__(parent)
        newest = Month.of(clock.today())
        self._months = [newest.plus(-back) for back in range(months_back)]
        self.earlier_button = basics.button("‹", tip=_("Earlier month (Page Up)"))
        self.later_button = basics.button("›", tip=_("Later month (Page Down)"))
        self.earlier_button.setAccessibleName(_("Earlier month"))
        self.later_button.setAccessibleName(_("Later month"))
        self.combo = basics.dressed(QComboBox(), _("Month"))
        self.combo.addItems([formats.month(month.year, month.month) for month in self._months])
        self.combo.setMaxVisibleItems(12)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_XS))
        for part in (self.earlier_button, self.combo, self.later_button):
            row.addWidget(part)
        self.combo.currentIndexChanged.connect(self._on_index_changed)
        self.earlier_button.clicked.connect(self._go_earlier)
        self.later_button.clicked.connect(self._go_later)
        self._show_ends()

    @property
    def month(self) -> Month:
        """Return the month chosen."""
        return self._months[self.combo.currentIndex()]

    def choose(self, month: Month) -> None:
        """Choose a month; one outside the list is ignored."""
        if month in self._months:
            self.combo.setCurrentIndex(self._months.index(month))

    def _go_earlier(self) -> None:
        self.combo.setCurrentIndex(min(self.combo.currentIndex() + 1, len(self._months) - 1))

    def _go_later(self) -> None:
        self.combo.setCurrentIndex(max(self.combo.currentIndex() - 1, 0))

    def _on_index_changed(self, number: int) -> None:
        self._show_ends()
        self.month_chosen.emit(self._months[number])

    def _show_ends(self) -> None:
        number = self.combo.currentIndex()
        self.later_button.setEnabled(number > 0)
        self.earlier_button.setEnabled(number < len(self._months) - 1)

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_PageUp:
            self._go_earlier()
        elif event.key() == Qt.Key.Key_PageDown:
            self._go_later()
        else:
            super().keyPressEvent(event)
