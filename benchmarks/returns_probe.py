"""The real window with the desk of returned papers open; keeps in a file what is in sight, and steers nothing.

Usage: python -m benchmarks.returns_probe STATE_FILE DATABASE YYYY-MM-DD
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from gridapp import clock
from ui import app
from ui.desktop import Desktop
from ui.dialogs.returned_papers import ReturnedPapers
from ui.pages.reports import ReportsPage

LOOK_EVERY_MS = 15


class Watcher(QObject):
    """Opens the desk once the page is there, then writes down which row is in front and how many were saved."""

    def __init__(self, desktop: Desktop, file: Path) -> None:
        super().__init__(desktop)
        self._desktop, self._file, self._saved = desktop, file, 0
        self._desk: ReturnedPapers | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    @Slot(object)
    def _on_recorded(self, _row: object) -> None:
        self._saved += 1

    @Slot()
    def _look(self) -> None:
        page = self._desktop.window.current_page
        if self._desk is None and isinstance(page, ReportsPage) and self._desktop.is_at_rest():
            page.open_returns()
            self._desk = page.returns_dialog
            self._desk.row_recorded.connect(self._on_recorded)
        if self._desk is None:
            return
        row = self._desk.row
        state = {
            "ready": self._desk.isActiveWindow(), "row": row.row if row else 0, "saved": self._saved,
            "types": self._desk.code_edit.hasFocus(), "problem": self._desk.problem.text(),
            "offers": self._desk.offer is not None,
        }  # fmt: skip
        half = self._file.with_suffix(".half")
        half.write_text(json.dumps(state), "utf-8")
        os.replace(half, self._file)


def main() -> int:
    """Run the window until it is ended."""
    file, database, today = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    clock.set_today(dt.date.fromisoformat(today))
    running = QApplication.instance() or QApplication([])
    desktop = Desktop(app._parse(["--db", database, "--today", today, "--page", "reports"]))  # noqa: SLF001
    desktop.start()
    watcher = Watcher(desktop, file)
    code = running.exec()
    del watcher
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
