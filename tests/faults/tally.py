"""Counts of faults tried, survived and lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

SHOWN = 5
COUNTS = "counts"
"""Name of the property a test keeps them in, for the summary of the whole run."""


class Tally:
    """Counts one kind of fault.

    Attributes:
        kind: Its name.
        tried: Faults by what was going on.
        losses: What was lost, in words.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.tried: Counter[str] = Counter()
        self.losses: list[str] = []
        self.lost = 0
        self.notes: list[str] = []

    def count(self, what: str, problems: Iterable[str]) -> None:
        """Count one fault and what it did."""
        self.tried[what] += 1
        found = [problem for problem in problems if problem]
        if found:
            self.lost += 1
            self.losses.append(f"{what}: {'; '.join(found)}")

    def note(self, text: str) -> None:
        """Keep something worth printing."""
        self.notes.append(text)

    def add(self, other: Tally) -> Tally:
        """Take another tally of the same kind in."""
        self.tried += other.tried
        self.losses += other.losses
        self.lost += other.lost
        self.notes += other.notes
        return self

    @property
    def total(self) -> int:
        """Faults tried."""
        return sum(self.tried.values())

    def lines(self) -> list[str]:
        """Return what is printed."""
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.tried.items()))
        survived = self.total - self.lost
        first = f"{self.kind}: faults tried {self.total} / survived {survived} / lost {self.lost} ({counts})"
        return [first, *(f"  {note}" for note in self.notes), *(f"  LOST {loss}" for loss in self.losses[:SHOWN])]
