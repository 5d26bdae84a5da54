"""A rate as charts and tables show it, and which side of the target it is on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RateRow:
    """Visited and roster of one grid or category.

    Attributes:
        name: What the row is about.
        visited: N, people with at least one valid visit.
        roster: D, people on the roster.
        shown: The rate as the indicators write it, cut to one decimal, "—" when D is 0.
        rate: N / D, None when D is 0.
        note: Words beside the figure, e.g. the responsible worker, or "".
    """

    name: str
    visited: int
    roster: int
    shown: str
    rate: float | None
    note: str = ""


def is_below(rate: float | None, target: float) -> bool:
    """Tell whether a rate misses the target; a missing rate does not."""
    return rate is not None and rate < target


def marked(shown: str, rate: float | None, target: float) -> str:
    """Return the shown rate with ▼ behind it when it misses the target."""
    return f"{shown} ▼" if is_below(rate, target) else shown


def marked_before(shown: str, rate: float | None, target: float) -> str:
    """Return the shown rate with ▼ before it, so that right-aligned figures keep their column."""
    return f"▼ {shown}" if is_below(rate, target) else shown


def percent(share: float) -> str:
    """Write a round limit or target, 0.9 as 90%."""
    return f"{share * 100:.4g}%"
