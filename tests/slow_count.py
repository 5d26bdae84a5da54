"""Every figure of indicators.md counted day by day in plain Python, from a facts document alone.

Written from the paper, not from the queries: slow, obvious, and sharing no code
with the product. Intervals are turned into day-by-day questions, so an
off-by-one of the SQL cannot hide behind the same comparison here.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

DAY = dt.timedelta(days=1)
MODES = ("onsite", "phone", "video", "remote")
ROLES = ("full_time", "professional", "part_time")


def date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def open_on(row: dict[str, Any], day: dt.date) -> bool:
    """Whether ``[start, end)`` holds a day; the end itself is out."""
    start, end = date(row["start"]), date(row["end"])
    assert start is not None
    return start <= day and (end is None or day < end)


@dataclass
class SlowRate:
    """One cell: the figure and the people behind it."""

    visited: set[str] = field(default_factory=set)
    roster: set[str] = field(default_factory=set)
    modes: dict[str, set[str]] = field(default_factory=lambda: {mode: set() for mode in MODES})
    attempts: int = 0
    new: set[str] = field(default_factory=set)
    excluded: dict[str, str] = field(default_factory=dict)

    @property
    def figures(self) -> tuple[Any, ...]:
        return (
            len(self.visited),
            len(self.roster),
            {mode: len(people) for mode, people in self.modes.items()},
            self.attempts,
            len(self.new),
            dict(Counter(self.excluded.values())),
        )

    @property
    def is_empty(self) -> bool:
        return not (self.roster or self.new or self.excluded)


@dataclass(frozen=True)
class Standing:
    """How one person stands in one period."""

    grid: str
    worker: str
    joined: dt.date
    status: str
    reason: str
    modes: frozenset[str]
    attempts: int


class SlowCount:
    """Counts of one facts document under one rule.

    Args:
        facts: The document.
        counting: Category codes that put a person on the roster.
        modes: Modes of visiting that count.
        join_day: Last day of a month on which a joiner still counts.
    """

    def __init__(self, facts: dict[str, Any], counting: set[str], modes: set[str], join_day: int) -> None:
        self.facts, self.counting, self.modes, self.join_day = facts, counting, modes, join_day
        self.people = {row["id"]: row for row in facts["persons"]}
        self.of: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for name in ("residencies", "enrolments", "absences", "visits", "tiers"):
            for row in facts.get(name, ()):
                self.of[name][row["person"]].append(row)
        self.posts = [
            row | {"worker": worker["id"]}
            for worker in facts.get("workers", ())
            for row in ([worker] if worker.get("grid") else []) + worker.get("assignments", [])
        ]

    # ---- one person, one day ---------------------------------------------------------------------------------------

    def grid_on(self, person: str, day: dt.date) -> str | None:
        found = [row["grid"] for row in self.of["residencies"][person] if open_on(row, day)]
        assert len(found) <= 1, "the document has someone in two places"
        return found[0] if found else None

    def categories_on(self, person: str, day: dt.date) -> set[str]:
        return {row["category"] for row in self.of["enrolments"][person] if open_on(row, day)}

    def on_roster(self, person: str, day: dt.date) -> bool:
        died = date(self.people[person]["died"])
        alive = died is None or died > day
        return alive and self.grid_on(person, day) is not None and bool(self.categories_on(person, day) & self.counting)

    def joined(self, person: str, day: dt.date) -> dt.date:
        while self.on_roster(person, day - DAY):
            day -= DAY
        return day

    def away_throughout(self, person: str, first: dt.date, last: dt.date) -> list[str]:
        days = [first + DAY * place for place in range((last - first).days + 1)]
        return [
            row["reason"]
            for row in self.of["absences"][person]
            if row["approved"] and all(open_on(row, day) for day in days)
        ]

    def valid_days(self, person: str) -> list[tuple[dt.date, str]]:
        return [
            (dt.date.fromisoformat(row["date"]), row["mode"])
            for row in self.of["visits"][person]
            if not row["voided"] and row["outcome"] == "met" and row["mode"] in self.modes
        ]

    def responsible(self, grid: str, day: dt.date) -> str:
        """The manager first, then by employment, then who began earlier, then by id (own convention of the product)."""
        serving = [row for row in self.posts if row["grid"] == grid and open_on(row, day)]
        serving.sort(
            key=lambda row: (row.get("duty") != "manager", ROLES.index(row["role"]), row["start"], row["worker"])
        )
        return serving[0]["worker"] if serving else ""

    # ---- one period ------------------------------------------------------------------------------------------------

    def standings(self, first: dt.date, last: dt.date, as_of: dt.date, join_month: dt.date) -> dict[str, Standing]:
        """Everyone on or beside the roster of a period.

        Args:
            first: First day of the period.
            last: Last day of the period.
            as_of: The day the facts are seen from.
            join_month: First day of the month whose ``join_day`` decides who is new.
        """
        if as_of < first:
            return {}
        day = min(last, as_of)
        found = {}
        for person in self.people:
            if not self.on_roster(person, day):
                continue
            joined = self.joined(person, day)
            reasons = self.away_throughout(person, first, day)
            status = "excluded" if reasons else "new" if joined > join_month.replace(day=self.join_day) else "counted"
            grid = self.grid_on(person, day)
            assert grid is not None
            held = [
                row
                for row in self.of["visits"][person]
                if not row["voided"] and first <= dt.date.fromisoformat(row["date"]) <= day
            ]
            found[person] = Standing(
                grid=grid,
                worker=self.responsible(grid, day),
                joined=joined,
                status=status,
                reason=min(reasons, key=("hospital", "institution", "away", "missing").index) if reasons else "",
                modes=frozenset(mode for when, mode in self.valid_days(person) if first <= when <= day),
                attempts=sum(row["outcome"] != "met" for row in held),
            )
        return found

    def month(self, year: int, number: int, as_of: dt.date) -> dict[str, Standing]:
        first = dt.date(year, number, 1)
        return self.standings(first, month_end(first), as_of, first)

    def quarter(self, year: int, number: int, as_of: dt.date) -> dict[str, Standing]:
        first, third = dt.date(year, number * 3 - 2, 1), dt.date(year, number * 3, 1)
        return self.standings(first, month_end(third), as_of, third)

    def table(self, found: dict[str, Standing], by: str, day: dt.date) -> dict[str, SlowRate]:
        """Group standings; a person with three categories appears in three rows, in every other table once."""
        table: dict[str, SlowRate] = defaultdict(SlowRate)
        if by == "total":
            table["total"] = SlowRate()
        for person, standing in found.items():
            for key in self._keys(person, standing, by, day):
                _count(table[key], person, standing)
        return dict(table)

    def _keys(self, person: str, standing: Standing, by: str, day: dt.date) -> list[str]:
        if by == "category":
            return sorted(self.categories_on(person, day) & self.counting)
        return [
            {"total": "total", "grid": standing.grid, "community": standing.grid[:12], "worker": standing.worker}[by]
        ]

    # ---- cadence ---------------------------------------------------------------------------------------------------

    def tier_on(self, person: str, day: dt.date) -> str:
        chosen = [row["tier"] for row in self.of["tiers"][person] if open_on(row, day)]
        if chosen:
            return str(chosen[0])
        held, birth = self.categories_on(person, day), date(self.people[person]["birth"])
        frail = held & {"disabled_capacity", "severe_disability", "dementia"}
        eighty = birth is not None and (day.year - 80, day.month, day.day) >= (birth.year, birth.month, birth.day)
        if (frail and held & {"living_alone", "empty_nest"}) or ("living_alone" in held and eighty):
            return "A"
        return "B" if held & self.counting else "C"

    def compliance(self, first: dt.date, last: dt.date, grid: str | None = None) -> dict[str, tuple[int, int]]:
        """Due and done by tier: units whose last day lies in the closed period."""
        counts = {tier: [0, 0] for tier in "ABC"}
        for day in (first + DAY * place for place in range((last - first).days + 1)):
            for tier, begins, joins_by in self._units_ending(day):
                for person in self.people:
                    if not self.on_roster(person, day) or self.tier_on(person, day) != tier:
                        continue
                    if grid is not None and self.grid_on(person, day) != grid:
                        continue
                    late = joins_by is not None and self.joined(person, day) > joins_by
                    if late or self.away_throughout(person, begins, day):
                        continue
                    counts[tier][0] += 1
                    counts[tier][1] += any(begins <= when <= day for when, _mode in self.valid_days(person))
        return {tier: (due, done) for tier, (due, done) in counts.items()}

    def _units_ending(self, day: dt.date) -> list[tuple[str, dt.date, dt.date | None]]:
        units: list[tuple[str, dt.date, dt.date | None]] = []
        if day.isoweekday() == 7:
            units.append(("A", day - 6 * DAY, None))
        if day == month_end(day):
            units.append(("B", day.replace(day=1), day.replace(day=self.join_day)))
            if day.month % 3 == 0:
                units.append(("C", dt.date(day.year, day.month - 2, 1), day.replace(day=self.join_day)))
        return units


def _count(rate: SlowRate, person: str, standing: Standing) -> None:
    if standing.status == "excluded":
        rate.excluded[person] = standing.reason
    elif standing.status == "new":
        rate.new.add(person)
    else:
        rate.roster.add(person)
        rate.attempts += standing.attempts
        if standing.modes:
            rate.visited.add(person)
        for mode in standing.modes:
            rate.modes[mode].add(person)


def month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def cut_to_one_decimal(numerator: int, denominator: int) -> str:
    """Write a rate by long division: no float, no rounding."""
    if denominator == 0:
        return "—"
    if numerator == denominator:
        return "100%"
    whole, left = divmod(numerator * 100, denominator)
    return f"{whole}.{left * 10 // denominator}%"
