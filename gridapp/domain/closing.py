"""A closed month (封账): the sealed list of people behind its figure, and how facts known later differ.

Source: indicators.md section 5: a closed month never changes; a later fact
that would change it appears in a dated difference list.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridapp.domain.indicator import VisitRate

SCHEMA = "gridapp-closing/1"
MODES = ("onsite", "phone", "video", "remote")


@dataclass(frozen=True)
class ClosedPerson:
    """One person as the closing found them.

    Attributes:
        id: Key or reference.
        name: Full name.
        grid: Code of the grid of the reference day.
        grid_name: Its name.
        worker_name: Responsible worker of that day, or "".
        status: "counted", "new" or "excluded".
        reason: Why excluded, or "".
        joined: First day of the stay on the roster.
        visited: Has a valid visit in the month.
        modes: Modes of the valid visits.
        attempts: Visits that met nobody. [visits]
        categories: Codes open on the reference day.
        last_visit: Last valid visit on or before the reference day.
    """

    id: str
    name: str
    grid: str
    grid_name: str
    worker_name: str
    status: str
    reason: str
    joined: str
    visited: bool
    modes: tuple[str, ...]
    attempts: int
    categories: tuple[str, ...]
    last_visit: str = ""

    @property
    def standing(self) -> tuple[str, str, bool, str]:
        """What a figure asks of a person: status, reason, whether a counted one was visited, grid."""
        return self.status, self.reason, self.visited and self.status == "counted", self.grid


@dataclass(frozen=True)
class Difference:
    """A person whom facts known later put elsewhere; None stands for not on the roster at all."""

    id: str
    name: str
    closed: ClosedPerson | None
    live: ClosedPerson | None


def seal(content: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return a content as it is stored, and its SHA-256.

    The hash is taken over canonical JSON: keys sorted, no spaces, UTF-8.
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    return zlib.compress(text, 6), hashlib.sha256(text).hexdigest()


def unseal(stored: bytes, digest: str) -> tuple[dict[str, Any], bool]:
    """Return a stored content, and whether it still has its hash."""
    text = zlib.decompress(stored)
    content: dict[str, Any] = json.loads(text)
    return content, hashlib.sha256(text).hexdigest() == digest


def people_in(content: Mapping[str, Any]) -> tuple[ClosedPerson, ...]:
    """Return the people of a content."""
    return tuple(
        ClosedPerson(**{**person, "modes": tuple(person["modes"]), "categories": tuple(person["categories"])})
        for person in content["people"]
    )


def as_stored(people: Iterable[ClosedPerson]) -> list[dict[str, Any]]:
    """Return people as a content holds them."""
    return [dataclasses.asdict(person) for person in people]


def rate_of(people: Iterable[ClosedPerson]) -> VisitRate:
    """Return N, D and what stands beside them, each person counted once.

    Source: indicators.md section 2.
    """
    rows = list(people)
    counted = [row for row in rows if row.status == "counted"]
    excluded: dict[str, int] = {}
    for row in rows:
        if row.status == "excluded":
            excluded[row.reason] = excluded.get(row.reason, 0) + 1
    by_mode = {mode: sum(mode in row.modes for row in counted) for mode in MODES}
    return VisitRate(
        visited=sum(row.visited for row in counted),
        roster=len(counted),
        onsite=by_mode["onsite"],
        by_mode=by_mode,
        attempts=sum(row.attempts for row in counted),
        new=sum(row.status == "new" for row in rows),
        excluded=excluded,
    )


def differences(closed: Sequence[ClosedPerson], live: Sequence[ClosedPerson]) -> list[Difference]:
    """Return the people whom two lists put in different places, in the order of the closed one."""
    before, now = {row.id: row for row in closed}, {row.id: row for row in live}
    found = []
    for key in dict.fromkeys([*before, *now]):
        one, other = before.get(key), now.get(key)
        if one is None or other is None or one.standing != other.standing:
            told = one or other
            assert told is not None
            found.append(Difference(key, told.name, one, other))
    return found


def earliest_closing(last: dt.date) -> dt.date:
    """Return the first day on which a month may be closed: the day after its last."""
    return last + dt.timedelta(days=1)
