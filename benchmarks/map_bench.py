"""The map with 15,000 grids on a screen: against the painter's floor, a plain STRtree, QGIS and geopandas.

Judged by CPU time of the process, or of the window's thread for frames. What
QGIS draws is a picture; a floor frame is added for bringing it to the screen.
Neither writes labels where they are compared.
"""

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
MOST_GAP_MS = 16
MOST_LABELS = 600


def map_times(ground: Ground, rounds: int) -> list[Finding]:
    """Run the probe and judge it; it takes its rounds by itself."""
    report = _probe(ground)
    data = f"{report['grids']:,} grids, {report['corners']:,} corners"
    return [
        *_frames(report, data),
        *_against_qgis(report, data),
        *_pointing(report, data),
        *_calm(report, data),
    ]


def _frames(report: dict[str, Any], data: str) -> list[Finding]:
    found = []
    for name in ("full", "mid", "near"):
        pan, floor = report[f"pan_{name}"], report[f"floor_{name}"]
        found.append(_frame(f"pan, {name}", data, pan, floor, 5.0, 50))
        found.append(_frame(f"pan, {name}, 95th percentile", data, pan, floor, 12.0, 95))
    found.append(_frame("wheel zoom", data, report["zoom"], report["floor_zoom"], 22.0, 50))
    found.append(_frame("wheel zoom, worst", data, report["zoom"], report["floor_zoom"], 35.0, 100))
    found.append(_frame("recolour everything", data, report["recolour"], report["floor_recolour"], 25.0, 50))
    return found


def _against_qgis(report: dict[str, Any], data: str) -> list[Finding]:
    found = [_first(report, data, name, most) for name, most in (("qgis", 1.3), ("geopandas", 0.2))]
    floor = statistics.median(report["floor_redraw"])
    for name, most in (("full", 0.30), ("mid", 0.5), ("near", 0.35), ("nearest", 0.35)):
        ours = _median(report[f"redraw_{name}"])
        peer = [one["cpu"] + floor for one in report.get(f"redraw_{name}_qgis", [])]
        found.append(_ratio(f"sharp at a new scale, {name}", data, ours, peer, most, report["qgis"]))
    ours = statistics.median(report["recolour"])
    peer = [one["cpu"] + floor for one in report.get("recolour_qgis", [])]
    found.append(_ratio("recolour everything, against QGIS", data, ours, peer, 0.08, report["qgis"]))
    return found


def _first(report: dict[str, Any], data: str, name: str, most: float) -> Finding:
    peer = [one["cpu"] for one in report.get(f"first_{name}", [])]
    return _ratio(f"first sharp picture, from outlines as stored ({name})", data, _median(report["first"]), peer, most,
                  report[name])  # fmt: skip


def _pointing(report: dict[str, Any], data: str) -> list[Finding]:
    ours = statistics.median(report["hover_ours"]) * 1e6
    tree = statistics.median(report["hover_tree"]) * 1e6
    wrong, asked = report["hover_wrong"], report["hover_asked"]
    found = [
        Finding("what is under the pointer", data, ours, "µs", 15, "plain STRtree", ours / tree,
                f"{wrong} of {asked} answers differ")
    ]  # fmt: skip
    if report["qgis"]:
        layer, index = report["hover_qgis"]["layer"] * 1e6, report["hover_qgis"]["index"] * 1e6
        note = f"its spatial index in memory with its geometries takes {index:.0f} µs: {ours / index:.2f}"
        found.append(Finding("what is under the pointer, against QGIS", data, ours / layer, "x", 0.2,
                             f"{report['qgis']}, identify by the layer", ours / layer, note))  # fmt: skip
    else:
        found.append(_missing("what is under the pointer, against QGIS", data, "QGIS"))
    wrong_pixels = report["pixels_wrong"]
    found.append(Finding("pixels wrong, worst of three scales", "20,000 pixels each", max(wrong_pixels), "px", 0,
                         "exact point in polygon"))  # fmt: skip
    return found


def _calm(report: dict[str, Any], data: str) -> list[Finding]:
    gaps: dict[str, dict[str, float]] = report["gaps"]
    worst = max(gaps, key=lambda name: gaps[name]["p99"])
    longest = max(gaps, key=lambda name: gaps[name]["most"])
    each = ", ".join(f"{name} {gap['p99'] * 1000:.1f}" for name, gap in gaps.items())
    return [
        Finding("gap of the window's thread while anything computes, 99th percentile, worst", data,
                gaps[worst]["p99"] * 1000, "ms", MOST_GAP_MS, note=f"[ms] {each}"),
        Finding("the same, longest", data, gaps[longest]["most"] * 1000, "ms", 100, note=longest),
        Finding("labels in sight and around it, most", data, max(report["labels"]), "", MOST_LABELS),
        Finding("labels and items made by frames of panning", data, max(report["labels_more"]), "", 0),
    ]  # fmt: skip


def _frame(what: str, data: str, ours: list[float], floor: list[float], most: float, percent: int) -> Finding:
    ordered = sorted(ours)
    value = ordered[min(len(ordered) - 1, round(percent / 100 * len(ordered) + 0.5) - 1)]
    least = statistics.median(floor)
    return Finding(what, data, value * 1000, "ms", most * least * 1000, FLOOR, value / least)


def _median(runs: list[dict[str, float]]) -> float:
    return statistics.median(run["cpu"] for run in runs)


def _ratio(  # noqa: PLR0913  a line of the table
    what: str, data: str, ours: float, peer: list[float], most: float, name: str
) -> Finding:
    if not peer:
        return Finding(what, data, ours * 1000, "ms", note=f"not measured against {name or 'a peer'}: not installed")
    least = statistics.median(peer)
    return Finding(what, data, ours / least, "x", most, name, ours / least, f"{ours * 1000:.0f} ms, {name} "
                   f"{least * 1000:.0f} ms of CPU")  # fmt: skip


def _missing(what: str, data: str, peer: str) -> Finding:
    return Finding(what, data, float("nan"), "x", note=f"not measured: {peer} is not installed")


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
