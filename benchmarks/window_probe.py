"""Run the real window and report on it as one line of JSON; started by ``window_bench`` as a program of its own.

Usage: python -m benchmarks.window_probe start|rest|tour DATABASE [YYYY-MM-DD]
"""

# ruff: noqa: T201  the report goes to the standard output
from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QTableView

from ui import app, pages
from ui.desktop import Desktop
from ui.stall_watchdog import StallWatchdog

TODAY = "2026-09-30"
LOOK_EVERY_MS = 10
REST_MS = 8000
CALM_LOOKS = 10
PATIENCE_LOOKS = 1500


def proportional_memory() -> float:
    """Return the memory of this process, pages shared with others counted in part. [MB]"""
    try:
        text = Path("/proc/self/smaps_rollup").read_text("ascii")
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def since_start() -> float:
    """Return how long ago this process was started, by the clock on the wall. [s]"""
    started = int(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")


def peak_memory() -> float:
    """Return the most memory this process ever held. [MB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Probe(QObject):
    """Follows one window until it has shown what was asked for."""

    def __init__(self, desktop: Desktop, task: str) -> None:
        super().__init__(desktop)
        self._desktop, self._task = desktop, task
        self._calm = self._looks = 0
        self._watchdog = StallWatchdog(self) if task == "tour" else None
        self._steps: Iterator[tuple[str, Callable[[], object]]] = iter(())
        self._step = "start-up"
        self._longest: dict[str, float] = {}
        self._hardest: dict[str, float] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    @property
    def _is_busy(self) -> bool:
        page = self._desktop.window.current_page
        if self._task == "start":
            return page is None or not page.findChild(QTableView).model().rowCount()
        return page is None or not self._desktop.is_at_rest()

    @Slot()
    def _look(self) -> None:
        self._looks += 1
        self._calm = 0 if self._is_busy else self._calm + 1
        if self._looks > PATIENCE_LOOKS:
            self._end({"error": f"still loading at {self._step}"})
        elif self._task != "tour" and self._calm:
            self._timer.stop()
            if self._task == "start":
                # The rows are set; they are painted by the events that wait now.
                QTimer.singleShot(0, self, self._report)
            else:
                QTimer.singleShot(REST_MS, self, self._report)
        elif self._calm >= CALM_LOOKS:
            self._next_step()

    @Slot()
    def _report(self) -> None:
        self._end({"cpu": time.process_time(), "memory": proportional_memory(), "wall": since_start()})

    def _next_step(self) -> None:
        assert self._watchdog is not None
        for kept, seen in ((self._longest, self._watchdog.longest), (self._hardest, self._watchdog.hardest)):
            kept[self._step] = max(kept.get(self._step, 0.0), seen)
        if self._step == "start-up":
            self._steps = self._tour()
        try:
            self._step, action = next(self._steps)
        except StopIteration:
            memory = {"memory": proportional_memory(), "peak": peak_memory()}
            self._end({"longest": self._longest, "hardest": self._hardest, **memory})
            return
        self._calm = self._looks = 0
        self._watchdog.restart()
        action()

    def _tour(self) -> Iterator[tuple[str, Callable[[], object]]]:
        window = self._desktop.window
        for page in pages.PAGES:
            if page.exists:
                yield f"{page.key}, first", lambda key=page.key: window.go_to(key)  # type: ignore[misc]
                for key, times in ((Qt.Key.Key_Down, 12), (Qt.Key.Key_PageDown, 4), (Qt.Key.Key_Home, 1)):
                    yield f"{page.key}, keys", lambda key=key, times=times: self._press(key, times)  # type: ignore[misc]
        for page in pages.PAGES:
            if page.exists:
                yield f"{page.key}, again", lambda key=page.key: window.go_to(key)  # type: ignore[misc]
        for letter in "zhang":
            yield "typing a search", lambda letter=letter: self._type(letter)  # type: ignore[misc]
        for look in ("larger", "larger", "smaller", "theme_dark", "theme_light"):
            yield "look", lambda look=look: window.commands.triggered.emit(look)  # type: ignore[misc]

    def _press(self, key: Qt.Key, times: int) -> None:
        from PySide6.QtTest import QTest  # not what the program itself needs to start

        page = self._desktop.window.current_page
        table = page.findChild(QTableView) if page is not None else None
        if table is not None:
            for _time in range(times):
                QTest.keyClick(table, key)

    def _type(self, letter: str) -> None:
        from PySide6.QtTest import QTest

        box = self._desktop.window.search_box
        if letter == "z":
            box.focus_all()
        QTest.keyClicks(box, letter)

    def _end(self, report: dict[str, object]) -> None:
        self._timer.stop()
        print(json.dumps(report), flush=True)
        QApplication.exit(0)


def main(task: str, database: str, today: str = TODAY) -> int:
    """Start the program as ``main.py`` does, with a probe on its desktop."""
    show = Desktop.start

    def start(desktop: Desktop) -> None:
        show(desktop)
        Probe(desktop, task)

    Desktop.start = start  # type: ignore[method-assign, assignment]
    return app.main(["--db", database, "--page", "today", "--today", today])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
