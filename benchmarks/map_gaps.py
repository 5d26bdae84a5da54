"""How long the window's thread waits while something of the map is worked out beside it.

A timer of one millisecond ticks in the window's thread. A gap between two
ticks counts with the smaller of its time on the wall and the processor time
all threads of this process took in it: what others do on a busy machine is
not our gap, what a worker does while it holds the interpreter is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter, process_time
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, Qt, QTimer

from gridapp.db.queries.values import GridRow
from gridapp.geo.between import Laid
from gridapp.geo.division import divide
from gridapp.geo.editing.check import problems_among
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.locate import PointIndex
from gridapp.geo.pieces import read_wkb
from ui.jobs import JobRunner
from ui.map.ground import MapGround, anchors_of, make_ground, prepare
from ui.map.tiles import make_tiles

POINTS = 1_000_000
PATIENCE_MS = 120_000


class GapMeter:
    """Runs work beside the window's thread and takes down the gaps of that thread."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner
        self._gaps: list[float] = []
        self._last = (perf_counter(), process_time())
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self.found: dict[str, list[float]] = {}

    def _tick(self) -> None:
        now = (perf_counter(), process_time())
        self._gaps.append(min(now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now

    def run(self, name: str, work: Callable[..., Any], *given: Any) -> Any:
        """Return what the work gives."""
        results: list[Any] = []
        loop = QEventLoop()
        job = self._runner.start(work, *given)
        job.succeeded.connect(results.append)
        job.finished.connect(loop.quit)
        self._gaps = []
        self._last = (perf_counter(), process_time())
        self._timer.start()
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        loop.exec()
        self._timer.stop()
        if not results:
            raise RuntimeError(f"{name} gave no result")
        self.found[name] = self._gaps
        return results[0]


def measure_gaps(runner: JobRunner, rows: Sequence[GridRow], ground: MapGround) -> dict[str, dict[str, float]]:
    """Return the 99th percentile and the longest of the gaps, by what was worked out. [s]"""
    meter = GapMeter(runner)
    meter.run("grids read", make_ground, rows, {})
    scale = 1900 / (ground.box[2] - ground.box[0])
    for name, nearer in (("full", 1), ("mid", 3), ("near", 12)):
        keys = [(column, row, scale * nearer) for column in range(-5, 5) for row in range(-3, 3)]
        meter.run(f"tiles, {name}", make_tiles, ground, keys)
    meter.run("places for labels", anchors_of, ground, range(600))
    meter.run("found by place", prepare, make_ground(rows, {}))
    shapes = read_wkb(list(ground.outlines))
    index = meter.run("points sorted", PointIndex, _points(shapes))
    meter.run("points assigned", index.locate, shapes)
    outlines = dict(zip(ground.codes, ground.outlines, strict=True))
    coverage = meter.run("coverage opened", Coverage.from_degrees, outlines)
    valid = [id for id, shape in coverage.shapes.items() if shapely.is_valid(shape)]
    meter.run("coverage checked", problems_among, coverage, valid)
    laid = meter.run("outlines laid out", Laid, list(shapes))
    meter.run("overlaps found", laid.overlaps)
    meter.run("gaps found", laid.gaps)
    from benchmarks.map_core_bench import buildings_to_divide

    meter.run("divided", divide, buildings_to_divide(), 10)
    return {
        name: {"p99": float(np.quantile(gaps, 0.99)), "most": max(gaps), "count": len(gaps)}
        for name, gaps in meter.found.items()
        if gaps
    }


def _points(shapes: NDArray[Any]) -> NDArray[np.float64]:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return np.round(np.random.default_rng(2).uniform((west, south), (east, north), (POINTS, 2)), 8)
