"""How long the window stands still while the map of a city is used; prints the longest gap of every step.

A gap is ours with the smaller of its time on the wall and the processor time of all threads of the process in it:
others on a busy machine are left out, workers that hold the interpreter are not.

Usage: python -m benchmarks.map_window DATABASE [YYYY-MM-DD]
"""

# ruff: noqa: T201  the report goes to the standard output
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks import window_probe
from benchmarks.probing import TODAY, run
from gridapp.domain.figure_classes import INDICATORS
from ui.desktop import Desktop

if TYPE_CHECKING:
    from ui.pages.map import MapPage

Step = tuple[str, Callable[[], object]]

SIZE = 1920, 1080


class MapProbe(window_probe.Probe):
    """Opens the map and does with it what a hand would do."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop, "tour")
        desktop.window.resize(*SIZE)
        self._last = perf_counter(), process_time()
        self._gaps: dict[str, list[float]] = {}
        self._ticks = QTimer(self)
        self._ticks.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticks.timeout.connect(self._tick)
        self._ticks.start(1)

    def _tick(self) -> None:
        now = perf_counter(), process_time()
        self._gaps.setdefault(self.step, []).append(min(now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now

    @property
    def _page(self) -> MapPage:
        page: Any = self.desktop.window.current_page
        return page  # type: ignore[no-any-return]

    @property
    def is_busy(self) -> bool:
        """Whether the window still works, or the map is not drawn sharp yet."""
        if super().is_busy:
            return True
        page = self._page
        return page.key == "map" and page.shown is not None and not page.view.grid_layer.is_sharp

    def _tour(self) -> Iterator[Step]:
        yield "opened", lambda: self.desktop.window.go_to("map")
        yield "opened, still", lambda: None
        for key, times, name in (
            (Qt.Key.Key_Plus, 6, "nearer"), (Qt.Key.Key_Left, 8, "to the side"), (Qt.Key.Key_Minus, 3, "further"),
            (Qt.Key.Key_Home, 1, "everything"), (Qt.Key.Key_N, 3, "from grid to grid"),
        ):  # fmt: skip
            for _time in range(times):
                yield name, lambda key=key: self._press(key, 1)  # type: ignore[misc]
        for indicator in (*INDICATORS, "rate"):
            yield f"coloured by {indicator}", lambda indicator=indicator: self._choose(indicator)  # type: ignore[misc]
        for _month in range(3):
            yield "another month", lambda: self._page.strip.slider.setValue(self._page.strip.slider.value() - 1)
        yield "twelve small maps", lambda: self._page.strip.multiples_button.click()
        yield "one large map", lambda: self._page.strip.multiples_button.click()
        yield "a grid found", self._find
        yield "under the pointer", self._point
        yield "edited", lambda: self._page.toolbar.edit_button.click()
        yield "edited, still", lambda: None
        yield "not edited any more", lambda: self._page.editing.end()
        yield "dark", lambda: self.desktop.window.commands.triggered.emit("theme_dark")

    def _press(self, key: Qt.Key, times: int) -> None:
        from PySide6.QtTest import QTest  # not what the program itself needs to start

        for _time in range(times):
            QTest.keyClick(self._page.view, key)

    def _choose(self, indicator: str) -> None:
        self._page.toolbar.choose_indicator(indicator)

    def _find(self) -> None:
        assert self._page.shown is not None
        field = self._page.toolbar.search_field
        field.setText(self._page.shown.ground.codes[len(self._page.shown.ground) // 2])
        field.returnPressed.emit()

    def _point(self) -> None:
        from PySide6.QtTest import QTest

        view = self._page.view
        for step in range(40):
            QTest.mouseMove(view.viewport(), QPoint(300 + 12 * step, 300 + 5 * step))
            QApplication.processEvents()
        self._page.view.grid_layer.number_at(*QPointF(0, 0).toTuple())

    def end(self, report: dict[str, Any]) -> None:
        """Print the longest gap of every step, and leave the program."""
        self.timer.stop()
        print(f"{'longest gap [ms]':28} ours  (99 %)   wall  own work")
        for step, gaps in self._gaps.items():
            ours, most = float(np.quantile(gaps, 0.99)) * 1000, max(gaps) * 1000
            wall, work = report["longest"].get(step, 0.0), report["hardest"].get(step, 0.0)
            print(f"{step:28} {most:4.0f}  ({ours:4.1f})  {wall:5.0f}  {work:5.0f}")
        print({key: value for key, value in report.items() if key not in ("longest", "hardest")}, flush=True)
        QApplication.exit(0)


def main(database: str, today: str = TODAY) -> int:
    """Start the program, and do with its map what a hand would do."""
    return run(database, today, MapProbe)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
