"""Run the real window and report on it as one line of JSON; started by ``window_bench`` as a program of its own.

Usage: python -m benchmarks.window_probe start|rest|tour DATABASE [YYYY-MM-DD]
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QTableView

from benchmarks.measure import peak_memory
from benchmarks.probing import TODAY, WindowProbe, run
from ui import pages
from ui.desktop import Desktop
from ui.stall_watchdog import StallWatchdog

REST_MS = 8000


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


class Probe(WindowProbe):
    """Follows one window until it has shown what was asked for."""

    def __init__(self, desktop: Desktop, task: str) -> None:
        super().__init__(desktop)
        self._task = task
        self.calm_looks = 10 if task == "tour" else 1
        self._watchdog = StallWatchdog(self) if task == "tour" else None
        self._steps: Iterator[tuple[str, Callable[[], object]]] = iter(())
        self._longest: dict[str, float] = {}
        self._hardest: dict[str, float] = {}

    @property
    def is_busy(self) -> bool:
        """Whether the window still works; at a start, whether its first rows are there."""
        page = self.desktop.window.current_page
        if self._task == "start":
            return page is None or not page.findChild(QTableView).model().rowCount()
        return page is None or super().is_busy

    def go_on(self) -> None:
        """Report, or take the next step of the tour."""
        if self._task == "tour":
            self._next_step()
            return
        self.timer.stop()
        if self._task == "start":
            # The rows are set; they are painted by the events that wait now.
            QTimer.singleShot(0, self, self._report)
        else:
            QTimer.singleShot(REST_MS, self, self._report)

    @Slot()
    def _report(self) -> None:
        self.end({"cpu": time.process_time(), "memory": proportional_memory(), "wall": since_start()})

    def _next_step(self) -> None:
        assert self._watchdog is not None
        for kept, seen in ((self._longest, self._watchdog.longest), (self._hardest, self._watchdog.hardest)):
            kept[self.step] = max(kept.get(self.step, 0.0), seen)
        if self.step == "start-up":
            self._steps = self._tour()
        try:
            self.step, action = next(self._steps)
        except StopIteration:
            memory = {"memory": proportional_memory(), "peak": peak_memory()}
            self.end({"longest": self._longest, "hardest": self._hardest, **memory})
            return
        self._watchdog.restart()
        self.begin(action)

    def _tour(self) -> Iterator[tuple[str, Callable[[], object]]]:
        window = self.desktop.window
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

        page = self.desktop.window.current_page
        table = page.findChild(QTableView) if page is not None else None
        if table is not None:
            for _time in range(times):
                QTest.keyClick(table, key)

    def _type(self, letter: str) -> None:
        from PySide6.QtTest import QTest

        box = self.desktop.window.search_box
        if letter == "z":
            box.focus_all()
        QTest.keyClicks(box, letter)


def main(task: str, database: str, today: str = TODAY) -> int:
    """Start the program, and follow its window."""
    return run(database, today, lambda desktop: Probe(desktop, task))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
