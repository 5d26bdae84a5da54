"""A strip above the pages while this computer's clock tells a day before the one the data has been brought to."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gridapp.i18n import _
from ui import startup, theme
from ui.widgets import basics

LOOK_MS = 5_000
"""How often it is looked whether somebody has put the clock right."""


class ClockBanner(QWidget):
    """Says what both days are; goes by itself once the clock is right.

    Signals:
        correction_requested: the computer's day is the right one, so figures are to be counted for it.
    """

    correction_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mark = QLabel("▲")
        theme.set_text_role(self.mark, "body", "warning")
        self.text_label = basics.label("", "body", "text", wrap=True)
        self.right_button = basics.button(_("The clock is right…"))
        self.right_button.clicked.connect(self.correction_requested)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.mark)
        self._row.addWidget(self.text_label, 1)
        self._row.addWidget(self.right_button)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look_at_clock)
        theme.current().changed.connect(self._arrange)
        self._arrange()
        self.hide()

    @Slot()
    def look_at_clock(self) -> None:
        """Come, change or go as the clock demands."""
        text = startup.warning_of_clock()
        if text != self.text_label.text():
            self.text_label.setText(text)
            self.setAccessibleName(text)
        self.setVisible(bool(text))
        if text:
            self._timer.start()
        else:
            self._timer.stop()

    def _arrange(self) -> None:
        px = theme.current().px
        self._row.setContentsMargins(px(20), px(6), px(20), px(6))
        self._row.setSpacing(px(theme.GAP_M))

    # Overrides of Qt methods

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().colour("warning_soft"))
        painter.end()
