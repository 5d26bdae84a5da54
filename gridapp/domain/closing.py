"""A closed month (封账): the sealed list of people behind its figure, and how facts known later differ.

Source: indicators.md section 5: a closed month never changes; a later fact
that would change it appears in a dated difference list.

The hash covers, of each person, what the figure counts and a salted digest of
who it was. When somebody's data must go for good, who it was is removed and
the digest stays (``without_people``): the hash and the figure still hold.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import secrets
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridapp.domain.indicator import REASONS, VisitRate
from gridapp.i18n import _

SCHEMA = "gridapp-closing/2"
_WHO = ("id", "name", "worker_name", "joined", "categories", "last_visit")
"""What of a person tells who it is; the rest is what the figure counts."""
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

    The hash is taken over canonical JSON: keys sorted, no spaces, UTF-8; in it
    a digest stands for who each person is.
    """
    return zlib.compress(_canonical(content), 6), _hash_of(content)


def unseal(stored: bytes, digest: str) -> tuple[dict[str, Any], bool]:
    """Return a stored content, and whether it still has its hash."""
    content: dict[str, Any] = json.loads(zlib.decompress(stored))
    return content, _hash_of(content) == digest


def _hash_of(content: Mapping[str, Any]) -> str:
    people = [
        {key: _digest_of(value) if key == "who" else value for key, value in person.items() if key != "instead"}
        for person in content["people"]
    ]
    return hashlib.sha256(_canonical({**content, "people": people})).hexdigest()


def _digest_of(who: Any) -> str:
    return who if isinstance(who, str) else hashlib.sha256(_canonical(who)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def without_people(content: Mapping[str, Any], instead: Mapping[str, str]) -> dict[str, Any] | None:
    """Return a content in which nobody knows any more who some people were; its hash stays.

    Args:
        content: Of a closing.
        instead: Key of each of them -> key of the nameless row that counts in their place, "" for none.

    Returns:
        None when none of them is in it.
    """
    found = False
    people = []
    for person in content["people"]:
        who = person["who"]
        if isinstance(who, dict) and who["id"] in instead:
            found = True
            people.append({**person, "who": _digest_of(who), "instead": instead[who["id"]]})
        else:
            people.append(person)
    return {**content, "people": people} if found else None


def with_names(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a content as it may be shown: some people, by their keys, under another name."""
    people = [
        {**person, "who": {**person["who"], "name": names[person["who"]["id"]]}}
        if isinstance(person["who"], dict) and person["who"]["id"] in names
        else person
        for person in content["people"]
    ]
    return {**content, "people": people}


def people_in(content: Mapping[str, Any]) -> tuple[ClosedPerson, ...]:
    """Return the people of a content."""
    found = []
    for person in content["people"]:
        counted = {key: value for key, value in person.items() if key not in ("who", "instead")}
        counted["modes"] = tuple(person["modes"])
        who = person["who"]
        if isinstance(who, str):  # erased: the digest alone is left
            key = person.get("instead") or who
            found.append(ClosedPerson(key, _("(deleted)"), worker_name="", joined="", categories=(), **counted))
        else:
            told = {key: who[key] for key in _WHO} | {"categories": tuple(who["categories"])}
            found.append(ClosedPerson(**told, **counted))
    return tuple(found)


def as_stored(people: Iterable[ClosedPerson]) -> list[dict[str, Any]]:
    """Return people as a content holds them: what is counted, and apart from it who they are."""
    found = []
    for person in people:
        values = dataclasses.asdict(person)
        who = {key: values.pop(key) for key in _WHO}
        found.append({**values, "who": {**who, "salt": secrets.token_hex(16)}})
    return found


def rate_of(people: Iterable[ClosedPerson]) -> VisitRate:
    """Return N, D and what stands beside them, each person counted once.

    Source: indicators.md section 2.
    """
    rows = list(people)
    counted = [row for row in rows if row.status == "counted"]
    return VisitRate(
        visited=sum(row.visited for row in counted),
        roster=len(counted),
        attempts=sum(row.attempts for row in counted),
        new=sum(row.status == "new" for row in rows),
        **{mode: sum(mode in row.modes for row in counted) for mode in MODES},
        **{reason: sum(row.status == "excluded" and row.reason == reason for row in rows) for reason in REASONS},
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
