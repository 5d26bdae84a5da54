"""Take one picture of the window when it has come to rest, then end the program."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget

logger = logging.getLogger(__name__)

LOOK_EVERY_MS = 50
CALM_LOOKS = 8
PATIENCE_LOOKS = 1200


class Camera(QObject):
    """Waits until nothing is being opened or loaded, for a minute at most."""

    def __init__(self, window: QWidget, file: str, is_at_rest: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._file = file
        self._is_at_rest = is_at_rest
        self._calm = 0
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    @Slot()
    def _look(self) -> None:
        self._looks += 1
        self._calm = self._calm + 1 if self._is_at_rest() else 0
        if self._calm < CALM_LOOKS and self._looks < PATIENCE_LOOKS:
            return
        self._timer.stop()
        saved = self._window.grab().save(self._file)
        if not saved:
            logger.error("The picture could not be saved: %s", self._file)
        QApplication.exit(0 if saved else 1)
