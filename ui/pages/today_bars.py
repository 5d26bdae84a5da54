"""What stands above the list of Today: a draft to go on with, and the month's progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from gridapp import formats
from gridapp.domain.indicator import VisitRate
from gridapp.i18n import C_, _
from ui import theme
from ui.widgets import basics


class DraftBar(basics.Card):
    """Offers a visit that was being typed when the program ended.

    Signals:
        resumed: go on with it.
        discarded: forget it.
    """

    resumed = Signal()
    discarded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, padded=False)
        px = theme.current().px
        self.text_label = basics.label("", "body", "warning", wrap=True)
        self.resume_button = basics.button(_("Go on with it"), "primary")
        self.discard_button = basics.button(_("Discard"), "quiet")
        row = QHBoxLayout()
        row.setContentsMargins(px(14), px(6), px(10), px(6))
        row.setSpacing(px(theme.GAP_S))
        row.addWidget(self.text_label, 1)
        row.addWidget(self.resume_button)
        row.addWidget(self.discard_button)
        self.body.addLayout(row)
        self.resume_button.clicked.connect(self.resumed)
        self.discard_button.clicked.connect(self.discarded)
        self.hide()

    def offer(self, body: Mapping[str, Any]) -> None:
        """Say whose visit it is, and appear."""
        names = C_("enumeration", ", ").join(str(name) for name in body.get("names", ())) or _("nobody chosen yet")
        day = str(body.get("date", ""))
        self.text_label.setText(_("● There is an unsaved visit: {names}, {day}.").format(names=names, day=day))
        self.setAccessibleName(self.text_label.text())
        self.show()


class MonthProgress(QWidget):
    """The running month: visited, roster, rate, and how many are left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text_label = basics.label("", "strong")
        self.text_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Visited this month"))
        theme.dress(self.bar, "progress")
        self.bar.setFixedHeight(6)
        self.bar.setMaximumWidth(theme.current().px(160))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_M))
        row.addWidget(self.bar)
        row.addWidget(self.text_label, 1)

    def show_rate(self, rate: VisitRate) -> None:
        """Show a month's figure."""
        self.bar.setRange(0, max(1, rate.roster))
        self.bar.setValue(rate.visited)
        text = _("Visited this month {visited} / {roster} ({rate}), {missed} to go").format(
            visited=formats.count(rate.visited), roster=formats.count(rate.roster), rate=rate.shown,
            missed=formats.count(rate.missed),
        )
        if rate.roster and not rate.missed:
            text = _("✓ Everyone visited this month: {visited} / {roster} ({rate})").format(
                visited=formats.count(rate.visited), roster=formats.count(rate.roster), rate=rate.shown
            )
        self.text_label.setText(text)
        self.text_label.setToolTip(text)
        self.bar.setAccessibleDescription(text)
        self._fit()

    def _fit(self) -> None:
        """Leave the bar out where the words need its room."""
        words = self.text_label.sizeHint().width()
        self.bar.setVisible(self.width() >= words + theme.current().px(60))

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
