"""Import a ledger in the real window, step by step, and report how long it stood still; a program of its own.

Usage: python -m benchmarks.import_probe DATABASE LEDGER [YYYY-MM-DD]
"""

# ruff: noqa: T201  the report goes to the standard output
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from ui import app
from ui.desktop import Desktop
from ui.dialogs.import_wizard import ImportWizard
from ui.stall_watchdog import StallWatchdog

TODAY = "2026-09-30"
LOOK_EVERY_MS = 10
CALM_LOOKS = 15
PATIENCE_LOOKS = 60_000


class ImportProbe(QObject):
    """Drives the wizard as a user does and keeps the longest gap of every step."""

    def __init__(self, desktop: Desktop, path: str) -> None:
        super().__init__(desktop)
        self._desktop, self._path = desktop, path
        self._calm = self._looks = 0
        self._watchdog = StallWatchdog(self)
        self._steps = self._story()
        self._step = "start-up"
        self._gaps: dict[str, tuple[float, float]] = {}
        self._said = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    @property
    def _wizard(self) -> ImportWizard | None:
        found: ImportWizard | None = getattr(self._desktop.window.current_page, "wizard", None)
        return found

    @property
    def _is_busy(self) -> bool:
        wizard = self._wizard
        return (wizard is not None and wizard.is_busy) or not self._desktop.is_at_rest()

    @Slot()
    def _look(self) -> None:
        self._looks += 1
        self._calm = 0 if self._is_busy else self._calm + 1
        if self._looks > PATIENCE_LOOKS:
            self._end({"error": f"still busy at {self._step}"})
        elif self._calm >= CALM_LOOKS:
            self._go_on()

    def _go_on(self) -> None:
        longest, hardest = self._gaps.get(self._step, (0.0, 0.0))
        self._gaps[self._step] = max(longest, self._watchdog.longest), max(hardest, self._watchdog.hardest)
        try:
            self._step, action = next(self._steps)
        except StopIteration:
            self._gaps.pop("start-up", None)
            self._end({"gaps": self._gaps, "done": self._said})
            return
        self._calm = self._looks = 0
        self._watchdog.restart()
        action()

    def _story(self) -> Iterator[tuple[str, Callable[[], object]]]:
        window = self._desktop.window
        yield "opening the page", lambda: window.go_to("data")
        yield "reading", lambda: window.go_to("data", {"file": self._path})
        wizard = self._wizard
        assert wizard is not None
        yield "checking", wizard.next
        for key in ("waiting", "good", "all"):
            yield f"rows: {key}", lambda key=key: wizard.preview_step.chips.choose(key)  # type: ignore[misc]
        yield "importing", wizard.next
        self._said = wizard.step is wizard.done_step
        yield "closing", wizard.next

    def _end(self, report: dict[str, object]) -> None:
        self._timer.stop()
        print(json.dumps(report), flush=True)
        QApplication.exit(0)


def main(database: str, ledger: str, today: str = TODAY) -> int:
    """Start the program as ``main.py`` does, with a probe on its desktop."""
    show = Desktop.start

    def start(desktop: Desktop) -> None:
        show(desktop)
        ImportProbe(desktop, ledger)

    Desktop.start = start  # type: ignore[method-assign, assignment]
    return app.main(["--db", database, "--page", "today", "--today", today])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
