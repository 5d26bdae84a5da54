"""The map with 15,000 grids: frames against the painter's floor, pointing against a plain STRtree."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.ground import Ground
from benchmarks.measure import Finding
from benchmarks.window_bench import PATIENCE_S, ROOT, environment

FLOOR = "one picture of 1920×1080"


def map_times(ground: Ground, rounds: int) -> list[Finding]:
    """Run the probe and judge it; the medians of all rounds."""
    reports = [_probe(ground) for _round in range(max(1, rounds // 2))]
    data = f"{reports[0]['grids']:,} grids, {reports[0]['corners']:,} corners"
    found = []
    for name in ("full", "mid", "near"):
        pan, floor = _all(reports, f"pan_{name}"), _all(reports, f"floor_{name}")
        found.append(_frames(f"pan, {name}", data, pan, floor, 5.0, 50))
        found.append(_frames(f"pan, {name}, 95th percentile", data, pan, floor, 12.0, 95))
    zoom, floor = _all(reports, "zoom"), _all(reports, "floor_zoom")
    found.append(_frames("wheel zoom", data, zoom, floor, 22.0, 50))
    found.append(_frames("wheel zoom, worst", data, zoom, floor, 35.0, 100))
    least = statistics.median(_all(reports, "floor_full"))
    found.append(_frames("recolour everything", data, _all(reports, "recolour"), [least], 25.0, 50))
    tree = statistics.median(report["hover_tree"] for report in reports) * 1e6
    ours = statistics.median(report["hover_ours"] for report in reports) * 1e6
    wrong = sum(report["hover_wrong"] for report in reports)
    found.append(Finding("what is under the pointer", data, ours, "µs", 15, "plain STRtree", ours / tree,
                         f"{wrong} of {2000 * len(reports)} answers differ"))  # fmt: skip
    for key, what, budget in (
        ("first_paint", "first sharp picture, from outlines as stored", None),
        ("redraw", "sharp again at a new scale", None),
        ("longest_busy", "longest gap of the window in all this, CPU", 100),
        ("busy_99", "the same, 99th percentile", 16),
        ("longest_gap", "the same, longest on the wall", None),
    ):
        value = statistics.median(report[key] for report in reports) * 1000
        found.append(Finding(what, data, value, "ms", budget, FLOOR, value / 1000 / least))
    return found


def _frames(what: str, data: str, ours: list[float], floor: list[float], most: float, percent: int) -> Finding:
    ordered = sorted(ours)
    value = ordered[min(len(ordered) - 1, round(percent / 100 * len(ordered) + 0.5) - 1)]
    least = statistics.median(floor)
    return Finding(what, data, value * 1000, "ms", most * least * 1000, FLOOR, value / least)


def _all(reports: list[dict[str, Any]], key: str) -> list[float]:
    return [value for report in reports for value in report[key]]


def _probe(ground: Ground) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.map_probe"], cwd=ROOT, text=True, env=environment(ground, None),
        capture_output=True, timeout=PATIENCE_S * 5, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"the map gave no report: {done.stderr[-800:]}")
    report: dict[str, Any] = json.loads(lines[-1])
    return report
