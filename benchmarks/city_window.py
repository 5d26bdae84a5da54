"""The window on a city's file: to its first rows, its memory, and whether it ever stands still."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.measure import Finding
from benchmarks.window_bench import probe, tour_times

STARTS = 3


def window_times(path: Path, today: dt.date, starts: int = STARTS) -> list[Finding]:
    """Measure the window on a city.

    Args:
        path: The city; the window remembers its first page there.
        today: The day its figures stand at, taken for today.
        starts: How often the start is measured, after one to warm up; 0 leaves it out.
    """
    with tempfile.TemporaryDirectory(prefix="gridapp-window-") as folder:
        ground, data = Ground(Path(folder)), f"a file of {path.stat().st_size / 1e6:,.0f} MB"
        findings = []
        if starts:
            probe(ground, "rest", path, None, today)
            runs = sorted((probe(ground, "start", path, None, today) for _start in range(starts)),
                          key=lambda run: float(run["cpu"]))  # fmt: skip
            middle = runs[starts // 2]
            note = f"{float(middle['wall']):.2f} s by the wall"
            findings = [Finding("opening to a useful window, CPU", data, float(middle["cpu"]), "s", 1.5, note=note)]
        return findings + tour_times(ground, path, data, today)
