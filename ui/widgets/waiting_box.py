"""Tells somebody whose save has to wait for whom, and lets them stop waiting."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from ui import messages
from ui.jobs import Job


class WaitingBox(QObject):
    """A box over whatever the user works in, for as long as a save waits."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._box: QMessageBox | None = None

    @Slot(object)
    def follow(self, job: Job) -> None:
        """Watch a job."""
        job.waits.connect(self._on_waits)
        job.finished.connect(self._close)

    @Slot(str)
    def _on_waits(self, sentence: str) -> None:
        job = self.sender()
        if not sentence:
            self._close()
        elif self._box is not None:
            self._box.setText(sentence)
        elif isinstance(job, Job):
            self._show(job, sentence)

    def _show(self, job: Job, sentence: str) -> None:
        box = messages.waiting_box(QApplication.activeModalWidget() or self._window, sentence)
        box.buttonClicked.connect(job.cancel)
        box.finished.connect(self._forget)
        self._box = box
        box.open()

    @Slot()
    def _close(self) -> None:
        if self._box is not None:
            self._box.accept()

    @Slot()
    def _forget(self) -> None:
        if self._box is not None:
            self._box.deleteLater()
            self._box = None
