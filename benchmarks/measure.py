"""Take times fairly, and say how they stand against a budget and a peer."""

from __future__ import annotations

import gc
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Job = Callable[[], object]


def peak_memory() -> float:
    """Return the most memory this process ever held. [MB]

    Not ``ru_maxrss`` of the operating system: a new process begins it with its parent's.
    """
    found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text("utf-8"))
    assert found is not None
    return int(found[1]) / 1024


@dataclass
class Times:
    """What several runs of one thing took.

    Attributes:
        wall: By the clock on the wall. [s]
        cpu: Of this process, all threads. [s]
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, job: Job) -> None:
        """Run a job once and keep how long it took."""
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)

    def median(self, clock: str = "cpu") -> float:
        """Return the median by one of the two clocks. [s]"""
        return float(statistics.median(getattr(self, clock)))

    def percentile(self, percent: int, clock: str = "cpu") -> float:
        """Return a percentile by one of the two clocks: the value that many of the runs did not pass. [s]"""
        ordered = sorted(getattr(self, clock))
        return float(ordered[min(len(ordered) - 1, round(percent / 100 * len(ordered) + 0.5) - 1)])


def interleaved(jobs: dict[str, Job], rounds: int, warm: bool = True) -> dict[str, Times]:
    """Run every job in turn, again and again, so that a slow moment of the machine meets all of them."""
    found = {name: Times() for name in jobs}
    if warm:
        for job in jobs.values():
            job()
    for _round in range(rounds):
        for name, job in jobs.items():
            found[name].add(job)
    return found


@dataclass(frozen=True)
class Finding:
    """One line of the table.

    Attributes:
        what: What was done.
        data: On how much.
        measured: Median, or the percentile named in ``what``.
        unit: "ms", "s", "MB", "x".
        budget: Not more than this; None where none is set.
        peer: What the ratio is against.
        ratio: Measured over the peer's, in the same run; None without a peer.
        note: Anything else worth a line.
    """

    what: str
    data: str
    measured: float
    unit: str
    budget: float | None = None
    peer: str = ""
    ratio: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return "ok", "over", or "" where there is no budget."""
        if self.budget is None:
            return ""
        return "ok" if self.measured <= self.budget else "over"


HEADINGS = ("what", "data", "measured", "budget", "ratio", "peer", "")


def table(findings: list[Finding]) -> str:
    """Return the findings as a Markdown table that is also easy to read in a terminal."""
    rows = [HEADINGS] + [
        (
            found.what, found.data, f"{_short(found.measured)} {found.unit}",
            f"{_short(found.budget)} {found.unit}" if found.budget is not None else "",
            f"{found.ratio:.2f}" if found.ratio is not None else "", found.peer, found.verdict,
        )
        for found in findings
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(cells)} |" for cells in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines + [f"  {found.what}: {found.note}" for found in findings if found.note])


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"
