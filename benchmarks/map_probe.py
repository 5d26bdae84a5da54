"""Draw 15,000 grids at 1920 by 1080 and report on it as one line of JSON; started by ``map_bench``.

Usage: python -m benchmarks.map_probe [FOLDER for the peers' file]
"""

# ruff: noqa: T201  the report goes to the standard output
from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QEventLoop, QPointF, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks import map_peers
from benchmarks.map_gaps import measure_gaps
from benchmarks.map_ground import rows_to_draw
from gridapp.domain.period import Month
from ui.garbage import UiThreadCollector
from ui.jobs import JobRunner
from ui.map.figures import MapFigures, MonthShown
from ui.map.ground import MapGround, make_ground
from ui.map.map_view import MapView
from ui.map.tiles import SIDE

WIDTH, HEIGHT = 1920, 1080
PATIENCE_S = 120
SIGHTS = {"full": 1.0, "mid": 0.3}
"""Share of the width in sight."""

FEW = {"near": 300, "nearest": 120}
"""Grids in sight."""

PIXELS = 20_000


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


class Probe:
    """The map in a window, and the floor beside it."""

    def __init__(self, folder: Path) -> None:
        self.report: dict[str, Any] = {}
        self.shares = dict(SIGHTS)
        self.rows = rows_to_draw()
        self.file = folder / "peers.gpkg"
        self.file.unlink(missing_ok=True)
        self.runner = JobRunner(2, "bench")
        self.holder = QWidget()
        self.holder.resize(WIDTH, HEIGHT)
        self.view = MapView(self.runner.start, self.holder)
        self.view.resize(WIDTH, HEIGHT)
        self.floor = Floor()
        self.floor.show()
        self.qgis, self.geopandas = map_peers.qgis(), map_peers.geopandas()
        self.report["qgis"] = self.qgis.name if self.qgis else ""
        self.report["geopandas"] = self.geopandas.name if self.geopandas else ""
        self.labels_drawn = 0
        draw = self.view.label_layer._draw  # noqa: SLF001  counted, not changed

        def counted(*given: Any) -> Any:
            self.labels_drawn += 1
            return draw(*given)

        self.view.label_layer._draw = counted  # type: ignore[method-assign]  # noqa: SLF001
        self._ticker = QTimer()
        self._ticker.setInterval(2)
        self._ticker.start()

    def until(self, ready: Callable[[], bool], repaint: bool = True) -> None:
        """Let the window live until something is true; it sleeps between two events, as a window does."""
        if repaint:
            self.view.viewport().repaint()  # a view that has just been moved does not know yet what it lacks
        end = perf_counter() + PATIENCE_S
        while not ready():
            QApplication.processEvents(
                QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents
            )
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

    def keep(self, name: str, value: object) -> None:
        """Add to a list of the report."""
        self.report.setdefault(name, []).append(value)

    def open(self, times: int) -> MapGround:
        """Show the map for the first time, again and again; read off the screen's thread, as the page does."""
        self.holder.show()
        self.view.label_layer.hide()  # peers write none
        for number in range(times):
            found: list[MapGround] = []
            wall, cpu = perf_counter(), process_time()
            job = self.runner.start(make_ground, self.rows, {})
            job.succeeded.connect(found.append)
            self.until(lambda found=found: bool(found))
            ground = found[0]
            self.view.show_month(self.month(ground, number))
            self.until(lambda: self.view.grid_layer.is_whole)
            self.keep("first", {"cpu": process_time() - cpu, "wall": perf_counter() - wall})
            self.until(lambda: self.is_calm)
            if not self.file.exists():
                map_peers.write_polygons(self.file, ground.shapes)
            for peer, name in ((self.qgis, "qgis"), (self.geopandas if number == 0 else None, "geopandas")):
                if peer is not None:
                    asked = {"path": str(self.file), "box": self.seen, "size": [WIDTH, HEIGHT]}
                    self.keep(f"first_{name}", peer.ask("first", **asked))
        self.view.label_layer.show()
        self.shares = SIGHTS | {name: self._share_of(ground, count) for name, count in FEW.items()}
        self.report["corners"], self.report["grids"] = len(ground.edges.points), len(ground)
        return ground

    def _share_of(self, ground: MapGround, count: int) -> float:
        """Return the share of the width around the middle that shows so many grids."""
        low, high = 0.001, 1.0
        for _halving in range(20):
            share = (low + high) / 2
            self.look(share)
            low, high = (low, share) if len(ground.within(self.view.box_in_sight)) > count else (share, high)
        return low

    @property
    def seen(self) -> list[float]:
        """West, south, east, north of the view. [m]"""
        return list(self.view.box_in_sight)

    def month(self, ground: MapGround, seed: int) -> MonthShown:
        """Return invented figures."""
        amounts = np.random.default_rng(seed).integers(5, 12, (1, len(ground))).astype(np.int32)
        figures = MapFigures("rate", (Month(2026, 9),), amounts, np.full_like(amounts, 11), 0.9, "", None)
        return MonthShown.of(ground, figures, 0)

    def look(self, share: float) -> None:
        """Look at the middle, so much of the width."""
        self.view.fit()
        if share < 1:
            seen = self.view.box.viewRect()
            wide, tall = seen.width() * share, seen.height() * share
            centre = seen.center()
            self.view.look_at(QRectF(centre.x() - wide / 2, centre.y() - tall / 2, wide, tall))

    def pan(self, name: str, frames: int = 60) -> None:
        """Pan in a circle, a floor frame after each of ours; count what is made for it."""
        self.look(self.shares[name])
        self.until(lambda: self.is_calm)
        metres = 1 / self.view.pixels_per_metre
        items, made = len(self.view.sceneObj.items()), 0
        for number in range(frames):
            angle = 2 * np.pi * number / frames
            dx, dy = round(24 * np.cos(angle)), round(24 * np.sin(angle))
            before = self.labels_drawn
            self.keep(f"pan_{name}", self.timed(
                lambda dx=dx, dy=dy: self.view.box.translateBy(x=dx * metres, y=dy * metres)))  # fmt: skip
            made += self.labels_drawn - before
            self.keep(f"floor_{name}", self.floor_frame())
            QApplication.processEvents()
        self.keep("labels_more", made + len(self.view.sceneObj.items()) - items)
        self.keep("labels", self.view.label_layer.count)

    def zoom(self) -> None:
        """Zoom in by the wheel's steps."""
        self.view.fit()
        self.until(lambda: self.is_calm)
        for _number in range(24):
            self.keep("zoom", self.timed(lambda: self.view.box.scaleBy((1 / 1.15, 1 / 1.15))))
            self.keep("floor_zoom", self.floor_frame())
            QApplication.processEvents()
        self.until(lambda: self.is_calm)

    def redraw(self, times: int) -> None:
        """Draw sharply at scales not seen before, in turn with QGIS; neither writes labels."""
        self.view.label_layer.hide()
        for number in range(times):
            for name, share in self.shares.items():
                self.look(share * (0.97 - 0.013 * number))
                self.until(lambda: self.is_calm)
                self.look(share * (0.96 - 0.013 * number))
                self.view.grid_layer.is_whole = False  # until it has been painted
                wall, cpu = perf_counter(), process_time()
                self.until(lambda: self.view.grid_layer.is_whole, repaint=False)
                self.keep(f"redraw_{name}", {"cpu": process_time() - cpu, "wall": perf_counter() - wall})
                self.until(lambda: self.is_calm)
                self.keep("floor_redraw", self.floor_frame())
                if self.qgis is not None:
                    self.keep(f"redraw_{name}_qgis", self.qgis.ask("draw", box=self.seen))

    def recolour(self, ground: MapGround, times: int) -> None:
        """Show other figures on the same grids, their labels too."""
        self.view.label_layer.show()
        self.view.fit()
        self.until(lambda: self.is_calm)
        for number, month in enumerate([self.month(ground, seed) for seed in range(times)]):
            self.floor_frame()
            started = thread_time()
            self.view.show_month(month)
            self.view.viewport().repaint()
            for _frame in range(100):
                if self.view.grid_layer.is_whole:
                    break
                self.view.viewport().repaint()
            self.keep("recolour", thread_time() - started)
            self.keep("floor_recolour", self.floor_frame())
            if self.qgis is not None and number < times / 2:
                self.keep("recolour_qgis", self.qgis.ask("recolour", box=self.seen, column=f"class{1 + number % 3}"))

    def hover(self, ground: MapGround) -> None:
        """Ask what is under the pointer; ask a plain STRtree and QGIS the same."""
        self.view.fit()
        self.until(lambda: self.is_calm)
        rng = np.random.default_rng(2)
        pixels = rng.uniform((600, 100), (1300, 900), (2000, 2)).tolist()
        places = [self.view.box.mapSceneToView(QPointF(x, y)) for x, y in pixels]
        points = [(place.x(), place.y()) for place in places]
        found: dict[str, list[Any]] = {}
        for name, ask in (("ours", self.view.grid_layer.number_at), ("tree", _plain(ground))):
            for _turn in range(3):
                started = thread_time()
                found[name] = [ask(x, y) for x, y in points]
                self.keep(f"hover_{name}", (thread_time() - started) / len(points))
        self.report["hover_wrong"] = sum(a != b for a, b in zip(found["ours"], found["tree"], strict=True))
        self.report["hover_asked"] = len(points)
        if self.qgis is not None:
            self.report["hover_qgis"] = self.qgis.ask("identify", points=points)

    def pixels(self, ground: MapGround) -> None:
        """Compare pixels of tiles at three scales with the polygon their centre lies in, asked one by one."""
        rng = np.random.default_rng(4)
        layer = self.view.grid_layer
        for share in (1.0, 0.4, 0.08):
            self.look(share)
            self.until(lambda: self.is_calm)
            tiles = layer.tiles_shown()
            chosen = rng.integers(0, len(tiles), PIXELS)
            lines, places = rng.integers(0, SIDE, PIXELS), rng.integers(0, SIDE, PIXELS)
            numbers = np.array([tiles[tile][1].numbers[line, place]
                                for tile, line, place in zip(chosen, lines, places, strict=True)])  # fmt: skip
            keys = np.array([tiles[tile][0] for tile in chosen])
            x = (keys[:, 0] * SIDE + places + 0.5) / keys[:, 2]
            y = ((keys[:, 1] + 1) * SIDE - lines - 0.5) / keys[:, 2]
            asked, polygons = ground.tree.query(shapely.points(x, y), predicate="intersects")
            counts = np.bincount(asked, minlength=PIXELS)
            exact = np.zeros(PIXELS, dtype=np.int64)
            exact[asked] = polygons + 1
            exact[counts > 1] = len(ground) + 1
            self.keep("pixels_wrong", int((exact != numbers).sum()))


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
    collector = UiThreadCollector(application)
    with tempfile.TemporaryDirectory(prefix="gridapp-map-") as folder:
        probe = Probe(Path(folder))
        ground = probe.open(3)
        for name in ("full", "mid", "near"):
            probe.pan(name)
        probe.zoom()
        probe.redraw(3)
        probe.recolour(ground, 9)
        probe.hover(ground)
        probe.pixels(ground)
        for peer in (probe.qgis, probe.geopandas):
            if peer is not None:
                peer.stop()
    probe.report["gaps"] = measure_gaps(probe.runner, probe.rows, ground)
    print(json.dumps(probe.report))
    probe.runner.shut_down()
    probe.holder.close()
    application.processEvents()
    collector.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
