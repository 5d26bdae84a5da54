"""Invented grid workers and their dated assignments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridapp.demo.clerk import Clerk
from gridapp.demo.families import Row
from gridapp.demo.papers import PaperOffice
from gridapp.demo.places import Community, Grid
from gridapp.demo.spans import birthday, shift_months

_GRIDS_PER_ASSISTANT = 3
_GRIDS_PER_MONITOR = 4
_REPLACED_MONTHS_AGO = 7
_REPLACED_GRID = 2  # counted from 0


@dataclass(frozen=True, slots=True)
class Posting:
    """A worker's work in a grid during ``[start, end)``."""

    worker: str
    grid: str
    duty: str
    start: dt.date
    end: dt.date | None


class Staff:
    """The workers of a community.

    Attributes:
        rows: Facts rows.
        postings: Every assignment.
    """

    def __init__(self, community: Community, clerk: Clerk, office: PaperOffice) -> None:
        self.rows: list[Row] = []
        self.postings: list[Posting] = []
        self._clerk = clerk
        self._office = office
        self._names: dict[str, str] = {}
        handover = shift_months(clerk.today, -_REPLACED_MONTHS_AGO) + dt.timedelta(days=14)
        for number, grid in enumerate(community.grids):
            if number == _REPLACED_GRID:
                self._hire("full_time", "manager", [grid], None, handover)
                self._hire("full_time", "manager", [grid], handover, None)
            else:
                self._hire("full_time", "manager", [grid], None, None)
        for first in range(0, len(community.grids), _GRIDS_PER_ASSISTANT):
            self._hire("professional", "assistant", community.grids[first : first + _GRIDS_PER_ASSISTANT], None, None)
        for first in range(0, len(community.grids), _GRIDS_PER_MONITOR):
            self._hire("part_time", "monitor", community.grids[first : first + _GRIDS_PER_MONITOR], None, None)

    def on_duty(self, grid: str, duty: str, day: dt.date) -> str:
        """Return the key of the worker with a duty in a grid on a day.

        Raises:
            LookupError: Nobody had it.
        """
        for posting in self.postings:
            if posting.grid == grid and posting.duty == duty and posting.start <= day:
                if posting.end is None or day < posting.end:
                    return posting.worker
        raise LookupError(f"{grid} {duty} {day}")

    def name(self, worker: str) -> str:
        """Return a worker's name."""
        return self._names[worker]

    def _hire(self, role: str, duty: str, grids: list[Grid], start: dt.date | None, end: dt.date | None) -> None:
        clerk = self._clerk
        first = start or grids[0].valid_from
        birth = birthday(clerk.today, -clerk.random.randrange(28, 58))
        sex = "F" if clerk.random.random() < 0.7 else "M"
        name = self._office.surname() + self._office.given_name(sex, birth)
        key, stamp = clerk.identified(first)
        self._names[key] = name
        entries: list[Row] = []
        for grid in grids:
            since = max(first, grid.valid_from)
            self.postings.append(Posting(key, grid.code, duty, since, end))
            entry: Row = {"grid": grid.code, "role": role, "duty": duty, "start": since.isoformat()}
            entry_key, entry_stamp = clerk.identified(since)
            entries.append({"id": entry_key, **entry, "end": end.isoformat() if end else None, **entry_stamp})
        entries.sort(key=lambda entry: (entry["start"], entry["id"]))
        row: Row = {"id": key, "name": name, "phone": self._office.phone()}
        own = ("id", *stamp)
        row |= {field: value for field, value in entries[0].items() if field not in own}
        row["assignment"] = {field: entries[0][field] for field in own}
        if entries[1:]:
            row["assignments"] = entries[1:]
        self.rows.append(row | stamp)
