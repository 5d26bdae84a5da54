"""The monthly visit rate counted plainly from a facts document, day by day; nothing shared with the product."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from typing import Any

COUNTING = {
    "living_alone", "empty_nest", "left_behind", "disabled_capacity", "severe_disability", "family_planning_special",
}  # fmt: skip
COUNTING_MODES = {"onsite", "phone", "video"}
DAY = dt.timedelta(days=1)
Interval = tuple[dt.date, dt.date]


def interval(row: dict[str, Any]) -> Interval:
    end = row["end"]
    return dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(end) if end else dt.date.max


def covers(intervals: list[Interval], day: dt.date) -> bool:
    return any(start <= day < end for start, end in intervals)


class SlowCount:
    """Counts N and D of indicators.md section 2."""

    def __init__(self, facts: dict[str, Any], today: dt.date) -> None:
        self.today = today
        self.died = {row["id"]: dt.date.fromisoformat(row["died"]) for row in facts["persons"] if row["died"]}
        self.homes: dict[str, list[Interval]] = defaultdict(list)
        self.grids: dict[str, list[tuple[Interval, str]]] = defaultdict(list)
        self.statuses: dict[str, list[Interval]] = defaultdict(list)
        self.absences: dict[str, list[Interval]] = defaultdict(list)
        self.met: dict[str, list[dt.date]] = defaultdict(list)
        for row in facts["residencies"]:
            self.homes[row["person"]].append(interval(row))
            self.grids[row["person"]].append((interval(row), row["grid"]))
        for row in facts["enrolments"]:
            if row["category"] in COUNTING:
                self.statuses[row["person"]].append(interval(row))
        for row in facts["absences"]:
            if row["approved"]:
                self.absences[row["person"]].append(interval(row))
        for row in facts["visits"]:
            if row["outcome"] == "met" and row["mode"] in COUNTING_MODES and not row["voided"]:
                self.met[row["person"]].append(dt.date.fromisoformat(row["date"]))

    def on_roster(self, person: str, day: dt.date) -> bool:
        alive = person not in self.died or day < self.died[person]
        return alive and covers(self.statuses[person], day) and covers(self.homes[person], day)

    def elders(self, day: dt.date) -> list[str]:
        return [person for person in sorted(self.statuses) if self.on_roster(person, day)]

    def counted(self, year: int, month: int) -> dict[str, tuple[str, bool]]:
        """Return for everybody in D the grid on the reference day, and whether a valid visit took place."""
        first = dt.date(year, month, 1)
        last = min(dt.date(year, month, calendar.monthrange(year, month)[1]), self.today)
        found: dict[str, tuple[str, bool]] = {}
        for person in self.elders(last):
            began = last
            while began > first.replace(day=20) - DAY and self.on_roster(person, began - DAY):
                began -= DAY
            away = any(start <= first and end > last for start, end in self.absences[person])
            if began > first.replace(day=20) or away:
                continue
            grid = next(grid for (start, end), grid in self.grids[person] if start <= last < end)
            found[person] = grid, any(first <= day <= last for day in self.met[person])
        return found
