"""What a rate is: two counts of distinct people, and how it may be written.

Source: indicators.md section 2; the cutting rule is our own.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_APPLICABLE = "—"
REASONS = ("hospital", "institution", "away", "missing")
"""Why an approved absence may leave somebody out of D."""


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


class VisitRate(NamedTuple):
    """N and D of the visit rate, with what must always stand beside them.

    A tuple, because a city has tens of thousands and these are made five times as fast.

    Attributes:
        visited: N, roster people with at least one valid visit. [people]
        roster: D, people on the roster. [people]
        onsite: Roster people with a valid on-site visit; one person may be counted in several modes. [people]
        phone: The same by phone.
        video: The same by video.
        remote: The same by remote monitoring.
        attempts: Visits to roster people in the period that were not met and not voided. [visits]
        new: People who joined too late to be in D. [people]
        hospital: People left out of D by an approved absence for that reason. [people]
        institution: The same in an institution.
        away: The same away with family.
        missing: The same missing.
    """

    visited: int = 0
    roster: int = 0
    onsite: int = 0
    phone: int = 0
    video: int = 0
    remote: int = 0
    attempts: int = 0
    new: int = 0
    hospital: int = 0
    institution: int = 0
    away: int = 0
    missing: int = 0

    @property
    def by_mode(self) -> dict[str, int]:
        """Roster people by mode of a valid visit."""
        return {"onsite": self.onsite, "phone": self.phone, "video": self.video, "remote": self.remote}

    @property
    def excluded(self) -> dict[str, int]:
        """People left out of D, by reason; reasons of nobody are left out."""
        return {reason: count for reason in REASONS if (count := getattr(self, reason))}

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
