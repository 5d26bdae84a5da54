"""What the probes of the real window share: they look at it every few milliseconds, and go on once it is calm."""

# ruff: noqa: T201  the report goes to the standard output
from __future__ import annotations

import json
import linecache
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from ui import app
from ui.desktop import Desktop

TODAY = "2026-09-30"
LOOK_EVERY_MS = 10


class WindowProbe(QObject):
    """Follows one window; a subclass says when it is busy and what comes once it is calm.

    Attributes:
        step: What the window does at present, for the report.
    """

    calm_looks = 10
    patience_looks = 1500

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop)
        self.desktop = desktop
        self.step = "start-up"
        self._calm = self._looks = 0
        self.timer = QTimer(self)
        self.timer.timeout.connect(self._look)
        self.timer.start(LOOK_EVERY_MS)

    @property
    def is_busy(self) -> bool:
        """Whether the window still works."""
        return not self.desktop.is_at_rest()

    def go_on(self) -> None:
        """Do what comes next; the window is calm."""
        raise NotImplementedError

    def begin(self, action: Callable[[], object]) -> None:
        """Do something, and wait until the window is calm again."""
        self._calm = self._looks = 0
        action()

    @Slot()
    def _look(self) -> None:
        self._looks += 1
        self._calm = 0 if self.is_busy else self._calm + 1
        if self._looks > self.patience_looks:
            self.end({"error": f"still busy at {self.step}"})
        elif self._calm >= self.calm_looks:
            self.go_on()

    def end(self, report: dict[str, object]) -> None:
        """Print the report and leave the program."""
        self.timer.stop()
        print(json.dumps(report), flush=True)
        QApplication.exit(0)


def run(database: str, today: str, follow: Callable[[Desktop], object]) -> int:
    """Start the program as ``main.py`` does, with a probe on its desktop.

    Args:
        database: The file to open.
        today: The day it is.
        follow: Puts a probe on the desktop.
    """
    show = Desktop.start

    def start(desktop: Desktop) -> None:
        show(desktop)
        follow(desktop)

    linecache.clearcache()  # sources of what was imported beside Qt before ``app.main`` keeps them unread
    Desktop.start = start  # type: ignore[method-assign, assignment]
    return app.main(["--db", database, "--page", "today", "--today", today])
