"""What a rate is: two counts of distinct people, and how it may be written.

Source: indicators.md section 2; the cutting rule is our own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NOT_APPLICABLE = "—"


def shown_rate(numerator: int, denominator: int) -> str:
    """Write a rate cut, not rounded, to one decimal.

    Args:
        numerator: People visited. [people]
        denominator: People on the roster. [people]

    Returns:
        For instance "99.9%" for 1,999 of 2,000; "100%" only when both are
        equal; "—" (not applicable) for an empty roster.
    """
    if denominator == 0:
        return NOT_APPLICABLE
    if numerator == denominator:
        return "100%"
    tenths = numerator * 1000 // denominator
    return f"{tenths // 10}.{tenths % 10}%"


@dataclass(frozen=True)
class VisitRate:
    """N and D of the visit rate, with what must always stand beside them.

    Attributes:
        visited: N, roster people with at least one valid visit. [people]
        roster: D, people on the roster. [people]
        onsite: Roster people with a valid on-site visit. [people]
        by_mode: Roster people by mode of a valid visit; one person may carry several modes. [people]
        attempts: Visits to roster people in the period that were not met and not voided. [visits]
        new: People who joined too late to be in D. [people]
        excluded: People left out of D by reason of an approved absence. [people]
    """

    visited: int = 0
    roster: int = 0
    onsite: int = 0
    by_mode: dict[str, int] = field(default_factory=dict)
    attempts: int = 0
    new: int = 0
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def missed(self) -> int:
        """People of the roster without a valid visit."""
        return self.roster - self.visited

    @property
    def shown(self) -> str:
        """The rate, written."""
        return shown_rate(self.visited, self.roster)

    @property
    def shown_onsite(self) -> str:
        """The on-site-only rate, written."""
        return shown_rate(self.onsite, self.roster)

    @property
    def share(self) -> float | None:
        """The rate as a number between 0 and 1 for drawing, or None when not applicable."""
        return self.visited / self.roster if self.roster else None
