"""The foot of the window: where the data is, its backup, work in hand, hints."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gridapp import clock, formats
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics
from ui.widgets.job_strip import JobStrip

BACKUP_GROWS_OLD = dt.timedelta(days=7)


class StatusLine(QWidget):
    """Always in sight; nothing here needs an answer.

    Signals:
        demo_removal_requested: the user wants the invented people gone.

    Attributes:
        jobs: The strip that shows long work.
    """

    demo_removal_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place_label = basics.label("", "small", "muted")
        self.file_label = basics.ElidedLabel("", "small")
        self.backup_label = basics.label("", "small", "muted")
        self.demo_label = basics.label(_("Demonstration data"), "small", "warning")
        self.demo_button = basics.button(_("Remove"), "link", tip=_("Remove the demonstration data"))
        self.demo_button.setAccessibleName(_("Remove the demonstration data"))
        self.demo_button.clicked.connect(self.demo_removal_requested)
        self.jobs = JobStrip()
        self.hint_label = basics.label(_("Ctrl+N log   Ctrl+K search   F1 help"), "small", "muted")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 2, 12, 2)
        self._row.setSpacing(theme.current().px(16))
        for part in (self.place_label, self.backup_label, self.demo_label, self.demo_button):
            self._row.addWidget(part)
        self._row.addWidget(self.file_label, 1)
        self._row.addWidget(self.jobs)
        self._row.addWidget(self.hint_label, 0, Qt.AlignmentFlag.AlignRight)
        for part in (self.backup_label, self.demo_label, self.demo_button):
            part.hide()
        theme.current().changed.connect(self._arrange)
        self._arrange()

    def show_place(self, location: str) -> None:
        """Say where the data is: a file on this computer, or a server."""
        on_server = "://" in location
        self.place_label.setText(_("Data is on the server") if on_server else _("All data stays on this computer"))
        self.file_label.setText(location)

    def show_backup(self, when: dt.datetime | None) -> None:
        """Show the last backup; older than seven days, or never, is written as a warning."""
        old = when is None or clock.now() - when > BACKUP_GROWS_OLD
        said = _("Never backed up") if when is None else _("Backed up {time}").format(time=formats.instant(when))
        self.backup_label.setText(("▲ " if old else "") + said)
        theme.set_text_role(self.backup_label, "small", "warning" if old else "muted")
        self.backup_label.show()

    def show_demo(self, is_demo: bool) -> None:
        """Mark a database of invented people."""
        self.demo_label.setVisible(is_demo)
        self.demo_button.setVisible(is_demo)

    def labels(self) -> list[QLabel]:
        """Return the texts, for tests that look for cut-off ones."""
        return [self.place_label, self.backup_label, self.demo_label, self.hint_label]

    def _arrange(self) -> None:
        self.setFixedHeight(theme.current().px(32))

    # Overrides of Qt methods

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.colour("surface"))
        painter.fillRect(0, 0, self.width(), 1, look.colour("line"))
        painter.end()
