"""Long work in sight: what is done, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from gridapp.i18n import _
from ui import theme
from ui.jobs import Job
from ui.widgets import basics

PATIENCE_MS = 600


class JobStrip(QWidget):
    """Shows the oldest titled job once it has run for 600 ms."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self.text_label = basics.label("", "body")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(theme.current().px(180))
        self.bar.setAccessibleName(_("Progress"))
        theme.dress(self.bar, "progress")
        self.cancel_button = basics.button(_("Stop"), "link")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_S))
        for part in (self.text_label, self.bar, self.cancel_button):
            row.addWidget(part)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._show_oldest)
        self.cancel_button.clicked.connect(self._on_cancel)
        self.hide()

    def follow(self, job: Job) -> None:
        """Watch a job; those without a title stay out of sight."""
        if not job.title:
            return
        self._jobs.append(job)
        job.progressed.connect(self._on_progressed)
        job.finished.connect(self._on_finished)
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def _show_oldest(self) -> None:
        if not self._jobs:
            self.hide()
            return
        job = self._jobs[0]
        self.text_label.setText(job.title)
        self.bar.setRange(0, 0)
        self.cancel_button.setEnabled(True)
        self.cancel_button.setVisible(job.reports_progress)
        self.cancel_button.setAccessibleName(_("Stop: {job}").format(job=job.title))
        self.show()

    def _on_progressed(self, done: int, total: int, message: str) -> None:
        if self._jobs and self.sender() is self._jobs[0] and total > 0:
            # A progress bar counts in 32 bits; a thousandth is finer than a pixel.
            self.bar.setRange(0, 1000)
            self.bar.setValue(min(1000, done * 1000 // total))
            self.text_label.setText(message or self._jobs[0].title)

    def _on_finished(self) -> None:
        job = self.sender()
        was_shown = bool(self._jobs) and job is self._jobs[0]
        self._jobs = [waiting for waiting in self._jobs if waiting is not job]
        if was_shown and self.isVisible():
            self.hide()
            if self._jobs:
                self._patience.start()
        if not self._jobs:
            self._patience.stop()

    def _on_cancel(self) -> None:
        if self._jobs:
            self.cancel_button.setEnabled(False)
            self.text_label.setText(_("Stopping…"))
            self._jobs[0].cancel()
