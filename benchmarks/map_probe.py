"""Draw 15,000 grids at 1920 by 1080 and report on it as one line of JSON; started by ``map_bench``.

Usage: python -m benchmarks.map_probe
"""

# ruff: noqa: T201  the report goes to the standard output
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter, process_time, thread_time
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from gridapp.db.queries.values import GridRow
from gridapp.domain.period import Month
from ui.jobs import JobRunner
from ui.map.figures import MapFigures, MonthShown
from ui.map.ground import MapGround, make_ground
from ui.map.map_view import MapView

WIDTH, HEIGHT = 1920, 1080
SIDE, BENDS = 123, 13
STEP = 0.004
PATIENCE_S = 120


class Floor(QWidget):
    """The least a frame can cost: one picture of the size of the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(WIDTH, HEIGHT)
        self._picture = QPixmap(WIDTH, HEIGHT)
        self._picture.fill(QColor("steelblue"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()


def invented_rows() -> list[GridRow]:
    """Return 123 × 122 grids whose common borders bend thirteen times: 15,006 grids, about 800,000 corners."""
    rng = np.random.default_rng(7)
    knots = np.stack(np.meshgrid(np.arange(SIDE + 1.0), np.arange(float(SIDE))), axis=-1)
    knots += rng.uniform(-0.2, 0.2, knots.shape)
    share = np.linspace(0, 1, BENDS + 1)[None, None, :, None]
    swing = np.sin(np.linspace(0, np.pi, BENDS + 1))[None, None, :, None]

    def bent(start: Any, end: Any) -> Any:
        line = start[:, :, None] * (1 - share) + end[:, :, None] * share
        return line + swing * rng.uniform(-0.04, 0.04, line.shape)

    across, up = bent(knots[:, :-1], knots[:, 1:]), bent(knots[:-1], knots[1:])
    rows = []
    for row in range(SIDE - 1):
        for column in range(SIDE):
            ring = np.concatenate([
                across[row, column], up[row, column + 1][1:],
                across[row + 1, column][::-1][1:], up[row, column][::-1][1:],
            ])  # fmt: skip
            outline = shapely.to_wkb(shapely.Polygon(np.round(ring * STEP + (104.0, 39.0), 8)))
            number = len(rows)
            code = f"990101{number // 12:06d}{number % 12:03d}"
            rows.append(GridRow(code, f"第{number % 12 + 1}网格", "basic", code[:12], outline, ""))
    return rows


class Probe:
    """The map in a window, and the floor beside it."""

    def __init__(self) -> None:
        self.report: dict[str, Any] = {}
        self.rows = invented_rows()
        self.runner = JobRunner(2, "bench")
        self.holder = QWidget()
        self.holder.resize(WIDTH, HEIGHT)
        self.view = MapView(self.runner.start, self.holder)
        self.view.resize(WIDTH, HEIGHT)
        self.floor = Floor()
        self.floor.show()
        self.gaps: list[float] = []
        self.busy: list[float] = []
        self._last, self._spent = perf_counter(), process_time()
        self._ticker = QTimer()
        self._ticker.setInterval(2)
        self._ticker.timeout.connect(self._tick)

    def _tick(self) -> None:
        now, spent = perf_counter(), process_time()
        self.gaps.append(now - self._last)
        self.busy.append(spent - self._spent)
        self._last, self._spent = now, spent

    def until(self, ready: Callable[[], bool]) -> None:
        """Let the window live until something is true."""
        self.view.viewport().repaint()  # a view that has just been moved does not know yet what it lacks
        end = perf_counter() + PATIENCE_S
        while not ready():
            QApplication.processEvents()
            if perf_counter() > end:
                raise TimeoutError("the map did not come to rest")

    def timed(self, step: Callable[[], object]) -> float:
        """Return the time a step and the frame after it take of this thread. [s]"""
        started = thread_time()
        step()
        self.view.viewport().repaint()
        return thread_time() - started

    def floor_frame(self) -> float:
        """Return the same of the floor. [s]"""
        started = thread_time()
        self.floor.repaint()
        return thread_time() - started

    @property
    def is_calm(self) -> bool:
        """Whether nothing is under way."""
        return self.view.grid_layer.is_sharp and self.view.label_layer.is_done and not self.runner.running

    def open(self) -> MapGround:
        """Show the map for the first time; read off the screen's thread, as the page does."""
        self._ticker.start()
        self.holder.show()
        self.until(lambda: len(self.gaps) > 20)
        self.gaps.clear()
        self.busy.clear()
        found: list[MapGround] = []
        started = perf_counter()
        job = self.runner.start(make_ground, self.rows, {})
        job.succeeded.connect(found.append)
        self.until(lambda: bool(found))
        self.report["prepared"] = perf_counter() - started
        ground = found[0]
        self.view.show_month(self.month(ground, 0))
        self.until(lambda: self.view.grid_layer.is_sharp)
        self.report["first_paint"] = perf_counter() - started
        self.until(lambda: self.is_calm)
        self.report["corners"], self.report["grids"] = len(ground.edges.points), len(ground)
        return ground

    def month(self, ground: MapGround, seed: int) -> MonthShown:
        """Return invented figures."""
        amounts = np.random.default_rng(seed).integers(5, 12, (1, len(ground))).astype(np.int32)
        figures = MapFigures("rate", (Month(2026, 9),), amounts, np.full_like(amounts, 11), 0.9, "", None)
        return MonthShown.of(ground, figures, 0)

    def pan(self, name: str, frames: int = 60) -> None:
        """Pan in a circle, a floor frame after each of ours."""
        self.until(lambda: self.is_calm)
        metres = 1 / self.view.pixels_per_metre
        ours, least = [], []
        for number in range(frames):
            angle = 2 * np.pi * number / frames
            dx, dy = round(24 * np.cos(angle)), round(24 * np.sin(angle))
            ours.append(self.timed(lambda dx=dx, dy=dy: self.view.box.translateBy(x=dx * metres, y=dy * metres)))
            least.append(self.floor_frame())
            QApplication.processEvents()
        self.report[f"pan_{name}"], self.report[f"floor_{name}"] = ours, least

    def zoom(self, ground: MapGround) -> None:
        """Zoom in by the wheel's steps, then wait for the sharp picture at a new scale."""
        self.view.fit()
        self.until(lambda: self.is_calm)
        ours, least = [], []
        for _number in range(24):
            ours.append(self.timed(lambda: self.view.box.scaleBy((1 / 1.15, 1 / 1.15))))
            least.append(self.floor_frame())
            QApplication.processEvents()
        self.report["zoom"], self.report["floor_zoom"] = ours, least
        self.until(lambda: self.is_calm)
        self.view.fit()
        self.view.box.scaleBy((0.97, 0.97))
        started = perf_counter()
        self.view.viewport().repaint()
        self.until(lambda: self.view.grid_layer.is_sharp)
        self.report["redraw"] = perf_counter() - started

    def recolour(self, ground: MapGround) -> None:
        """Show other figures on the same grids."""
        self.view.fit()
        self.until(lambda: self.is_calm)
        months = [self.month(ground, seed) for seed in range(9)]
        self.report["recolour"] = []
        for month in months:
            started = thread_time()
            self.view.show_month(month)
            self.view.viewport().repaint()
            for _frame in range(100):
                if self.view.grid_layer.is_whole:
                    break
                self.view.viewport().repaint()
            self.report["recolour"].append(thread_time() - started)

    def hover(self, ground: MapGround) -> None:
        """Ask what is under the pointer, and ask a plain STRtree the same."""
        self.view.fit()
        self.until(lambda: self.is_calm)
        rng = np.random.default_rng(2)
        pixels = rng.uniform((600, 100), (1300, 900), (2000, 2)).tolist()
        places = [self.view.box.mapSceneToView(QPointF(x, y)) for x, y in pixels]
        points = [(place.x(), place.y()) for place in places]
        found: dict[str, list[Any]] = {}
        for name, ask in (("ours", self.view.grid_layer.number_at), ("tree", _plain(ground))):
            started = perf_counter()
            found[name] = [ask(x, y) for x, y in points]
            self.report[f"hover_{name}"] = (perf_counter() - started) / len(points)
        self.report["hover_wrong"] = sum(a != b for a, b in zip(found["ours"], found["tree"], strict=True))


def _plain(ground: MapGround) -> Callable[[float, float], int | None]:
    tree = shapely.STRtree(ground.shapes)

    def ask(x: float, y: float) -> int | None:
        found = tree.query(shapely.Point(x, y), predicate="intersects")
        return int(found.min()) if len(found) else None

    return ask


def main() -> int:
    """Measure everything; the report is one line."""
    sys.setswitchinterval(0.001)  # as the window does
    application = QApplication([])
    probe = Probe()
    ground = probe.open()
    probe.pan("full")
    centre = probe.view.box.viewRect().center()
    for name, share in (("mid", 0.4), ("near", 0.08)):
        seen = ground.box[2] - ground.box[0]
        wide = seen * share * 1.2
        tall = wide * HEIGHT / WIDTH
        probe.view.look_at(QRectF(centre.x() - wide / 2, centre.y() - tall / 2, wide, tall))
        probe.pan(name)
    probe.zoom(ground)
    probe.recolour(ground)
    probe.hover(ground)
    probe.report["longest_gap"], probe.report["longest_busy"] = max(probe.gaps), max(probe.busy)
    probe.report["busy_99"] = float(np.quantile(probe.busy, 0.99))
    print(json.dumps(probe.report))
    probe.runner.shut_down()
    probe.holder.close()
    application.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main())
