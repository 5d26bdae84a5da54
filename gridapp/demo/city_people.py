"""People of one community of the invented city, as rows: lean, but as registers are."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gridapp.demo import words
from gridapp.demo.city_places import BUILDINGS, STAMPS, Place, Rows
from gridapp.demo.city_plan import (
    AUTHOR,
    ELDERS,
    HARDSHIP,
    RESIDENTS,
    CityPlan,
    Stamper,
    county_code,
    share,
)
from gridapp.demo.papers import PaperOffice
from gridapp.domain.identity import check_digit

COLUMNS: dict[str, tuple[str, ...]] = {
    "household": ("id", "uid", "building_id", "unit", "room", *STAMPS),
    "resident": ("id", "uid", "name", "sex", "birth", "id_number", "died", "phone", "register_address",
                 "register_status", *STAMPS),
    "residency": ("id", "uid", "resident_id", "grid_id", "household_id", "start", "end", *STAMPS),
    "enrolment": ("id", "uid", "resident_id", "category_id", "start", "end", *STAMPS),
    "absence": ("id", "uid", "resident_id", "reason", "start", "end", "approved", "author", "approved_by", *STAMPS),
    "contact": ("id", "uid", "resident_id", "name", "relation", "phone", "priority", *STAMPS),
}  # fmt: skip
SEXES = ("U", "M", "F")
EARLIER_HOME = 2_000_000
"""Added to a resident's number: the residency before a move."""

_SAME, _ELSEWHERE = 0, 1
_COUNTIES, _SEQUENCES = 9, 3
_PAST_SHARE = 0.25
_SECOND = ("disabled_capacity", "disabled_capacity", "severe_disability", "family_planning_special")


@dataclass
class Elder:
    """Somebody on the monthly roster, now or before.

    Attributes:
        number: Row number of the resident.
        start: First day on the roster.
        end: Day after the last, None while it goes on.
        homes: Grid and first day in it, in order.
    """

    number: int
    start: dt.date
    end: dt.date | None
    homes: list[tuple[int, dt.date]]


@dataclass
class People:
    """The people of a community.

    Attributes:
        rows: By table.
        elders: For whom there are visits.
    """

    rows: Rows = field(default_factory=lambda: {name: [] for name in COLUMNS})
    elders: list[Elder] = field(default_factory=list)


class Registrar:
    """Invents the people of one community.

    Args:
        categories: Row numbers of the built-in categories by code.
    """

    def __init__(self, plan: CityPlan, place: Place, stamper: Stamper, categories: dict[str, int]) -> None:
        self._plan, self._place, self._stamper, self._categories = plan, place, stamper, categories
        self._random: Random = plan.random(place.number, "people")
        self._office = PaperOffice(self._random)
        self._sequences: Counter[tuple[int, int]] = Counter()
        block, self._county = divmod(place.number, _COUNTIES)
        self._first_sequence = 1 + block * _SEQUENCES
        self._people = People()
        self._today = plan.today

    def settle(self) -> People:
        """Return everybody: as many residents, elders and elders in hardship as the plan gives the community."""
        number = self._place.number
        residents = share(RESIDENTS, number)
        elders, hardship = len(share(ELDERS, number)), len(share(HARDSHIP, number))
        past = int(hardship * _PAST_SHARE)
        following, left, others = residents.start + 1, elders, len(residents) - elders
        while left or others:
            old, young = self._household(left, others)
            left, others = left - old, others - young
            alone = young == 0 and hardship + past > 0
            following = self._move_in(following, old, young, self._carried(hardship, past, old) if alone else "")
            if alone:
                taken = min(old, hardship)
                hardship, past = hardship - taken, past - (old - taken if past else 0)
                past = max(past, 0)
        return self._people

    def _household(self, elders: int, others: int) -> tuple[int, int]:
        luck = self._random.random()
        if luck < 0.30 or not others:
            return min(elders, 1), 0 if elders else min(others, 1)
        if luck < 0.62 or not elders:
            return (min(elders, 2), 0) if elders else (0, min(others, 3))
        return min(elders, 1 + (luck < 0.9)), min(others, 2 + (luck > 0.75))

    def _carried(self, hardship: int, past: int, old: int) -> str:
        """Return how many of an elders' household are on the roster: n of today, p of the past."""
        now = min(old, hardship)
        return "n" * now + "p" * min(old - now, past)

    def _move_in(self, first: int, old: int, young: int, carried: str) -> int:
        random, stamper, place = self._random, self._stamper, self._place
        building = random.randrange(BUILDINGS)
        grid = place.grids[building * len(place.grids) // BUILDINGS + (random.random() < 0.15)]
        key, instant = stamper.row()
        home = place.number * BUILDINGS + building + 1
        room = f"{random.randrange(1, 7)}0{random.randrange(1, 4)}"
        unit = f"{random.randrange(1, 5)}单元"
        self._people.rows["household"].append((first, key, home, unit, room, instant, AUTHOR, 1))
        since = self._plan.founded + dt.timedelta(days=random.randrange(700))
        for offset in range(old + young):
            age = self._elder_age() if offset < old else random.randrange(0, 59)
            mark = carried[offset] if offset < len(carried) else ""
            self._person(first + offset, age, (grid, first, since), mark, old)
        return first + old + young

    def _elder_age(self) -> int:
        return min(60 + int(self._random.gammavariate(2.3, 5.8)), 98)

    def _person(self, number: int, age: int, home: tuple[int, int, dt.date], mark: str, together: int) -> None:
        random = self._random
        grid, household, since = home
        male = random.random() < 0.48
        birth, id_number = self._born(age, male)
        name = self._office.surname() + self._office.given_name("M" if male else "F", birth)
        elder = None
        died = None
        if mark:
            elder = self._enrol(number, grid, since, mark, together)
            if mark == "p" and random.random() < 0.6:
                died = elder.end
        phone = f"1990{number:07d}" if random.random() < 0.6 else None
        address, status = None, _SAME
        if random.random() < 0.12:
            address, status = random.choice(list(words.COUNTIES.values())) + random.choice(words.VILLAGES), _ELSEWHERE
        key, instant = self._stamper.row()
        gone = self._plan.day(died) if died else None
        row = (number, key, name, 1 if male else 2, self._plan.day(birth), id_number, gone, phone, address, status)
        self._people.rows["resident"].append((*row, instant, AUTHOR, 1))
        self._live(number, (grid, household, max(since, birth)), gone, elder)

    def _live(self, number: int, home: tuple[int, int, dt.date], gone: Any, elder: Elder | None) -> None:
        random, rows = self._random, self._people.rows["residency"]
        grid, household, since = home
        if elder is not None and elder.end is None and random.random() < 0.04:
            moved = self._plan.window + dt.timedelta(days=random.randrange(60, 1300))
            if since < moved <= self._today:
                before = random.choice(self._place.grids)
                elder.homes = [(before, since), (grid, moved)]
                key, instant = self._stamper.row()
                values = (number, before, None, self._plan.day(since), self._plan.day(moved))
                rows.append((EARLIER_HOME + number, key, *values, instant, AUTHOR, 1))
                since = moved
        key, instant = self._stamper.row()
        rows.append((number, key, number, grid, household, self._plan.day(since), gone, instant, AUTHOR, 1))

    def _born(self, age: int, male: bool) -> tuple[dt.date, str]:
        """Return a birth date of an age, with an ID number that nobody else in the city has."""
        born = self._today.toordinal() - age * 36525 // 100 - self._random.randrange(1, 330)
        while True:
            taken = self._sequences[born, male]
            if taken < _SEQUENCES:
                self._sequences[born, male] += 1
                birth = dt.date.fromordinal(born)
                stem = f"{county_code(self._county)}{birth:%Y%m%d}{(self._first_sequence + taken) * 2 + male:03d}"
                number = stem + check_digit(stem)
                if not number.endswith("000"):
                    return birth, number
            born -= 1

    def _enrol(self, number: int, grid: int, since: dt.date, mark: str, together: int) -> Elder:
        random, plan, rows = self._random, self._plan, self._people.rows
        earliest = max(since, plan.window - dt.timedelta(days=400))
        whole = (self._today - earliest).days
        start = earliest + dt.timedelta(days=int(whole * random.random() ** 2.2 * 0.96))
        end = None
        if mark == "p":
            end = start + dt.timedelta(days=random.randrange(1, max((self._today - start).days, 2)))
        codes = ["living_alone" if together == 1 else "empty_nest"]
        if random.random() < 0.22:
            codes.append(random.choice(_SECOND))
        for place, code in enumerate(codes):
            key, instant = self._stamper.row()
            values = (number, self._categories[code], self._plan.day(start), self._plan.day(end) if end else None)
            rows["enrolment"].append((number * 4 + place, key, *values, instant, AUTHOR, 1))
        key, instant = self._stamper.row()
        name = self._office.surname() + self._office.given_name("M", dt.date(1980, 1, 1))
        relation = random.choice(words.CHILD_RELATIONS)[0]
        rows["contact"].append((number, key, number, name, relation, f"1992{number:07d}", 1, instant, AUTHOR, 1))
        elder = Elder(number, start, end, [(grid, since)])
        if random.random() < 0.05:
            self._be_away(elder)
        self._people.elders.append(elder)
        return elder

    def _be_away(self, elder: Elder) -> None:
        random = self._random
        left = elder.start + dt.timedelta(days=random.randrange(1, 400))
        if left >= min(self._today, elder.end or self._today):
            return
        back = left + dt.timedelta(days=random.randrange(5, 90))
        key, instant = self._stamper.row()
        approved = random.random() < 0.7
        away = self._plan.day(left), self._plan.day(back)
        values: tuple[Any, ...] = (elder.number, random.randrange(3), *away, int(approved))
        row = (elder.number, key, *values, "网格员", "社区" if approved else None, instant, AUTHOR, 1)
        self._people.rows["absence"].append(row)
