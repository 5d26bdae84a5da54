"""Invented families: who lives together, how old they are, where they are registered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gridapp.demo import words
from gridapp.demo.clerk import Clerk
from gridapp.demo.papers import PaperOffice
from gridapp.demo.places import Community, Home
from gridapp.demo.spans import Span, shift_months, union

Row = dict[str, Any]

# Families of each kind among 1,000.
SHARES = {
    "single_elder": 85, "elder_couple": 120, "skip_generation": 15, "three_generation": 190, "couple_child": 260,
    "couple_two": 160, "couple": 70, "single_adult": 70, "parent_grown": 15, "single_parent": 15,
}  # fmt: skip
REGISTERED_ELSEWHERE = 0.15
_PEOPLES = {name: people for name, _sex, people in words.UNUSUAL}


def surname_of(name: str) -> str:
    """Return the surname of a Chinese name."""
    return name[: 2 if name[:2] in words.DOUBLE_SURNAMES else 1]


@dataclass(slots=True)
class Stay:
    """Days lived in a home, ``[start, end)``."""

    home: Home
    start: dt.date
    end: dt.date | None = None


@dataclass(slots=True, eq=False)
class Member:
    """An invented person.

    Attributes:
        relation: To the head of the household, in words of the registers.
        stays: Where the person lived, in order, not overlapping.
    """

    name: str
    sex: str
    birth: dt.date
    relation: str
    key: str = ""
    died: dt.date | None = None
    stays: list[Stay] = field(default_factory=list)
    row: Row = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """Return the last home."""
        return self.stays[-1].home

    def resident(self) -> list[Span]:
        """Return the days on which the person lives in the area."""
        return union((stay.start, stay.end) for stay in self.stays)

    def grid_on(self, day: dt.date) -> str:
        """Return the code of the grid lived in on a day.

        Raises:
            LookupError: The person did not live in the area then.
        """
        for stay in self.stays:
            if stay.start <= day and (stay.end is None or day < stay.end):
                return stay.home.grid.on(day).code
        raise LookupError(day)


@dataclass(slots=True, eq=False)
class Family:
    """People who live in one home.

    Attributes:
        kind: One of ``SHARES``.
        members: The head of the household first.
        since: First day in the register here.
    """

    kind: str
    members: list[Member]
    since: dt.date


class FamilyMaker:
    """Invents families as they are on a day."""

    def __init__(self, random: Random, office: PaperOffice, today: dt.date) -> None:
        self._random = random
        self._office = office
        self._today = today
        self._kinds: dict[str, Callable[[], list[Member]]] = {
            "single_elder": lambda: [self._person(self._elder_age(), "户主")],
            "elder_couple": lambda: self._couple(self._elder_age()),
            "skip_generation": self._skip_generation,
            "three_generation": self._three_generation,
            "couple_child": lambda: self._with_children(1),
            "couple_two": lambda: self._with_children(2),
            "couple": lambda: self._couple(random.randrange(25, 58)),
            "single_adult": lambda: [self._person(random.randrange(22, 59), "户主")],
            "parent_grown": self._parent_grown,
            "single_parent": self._single_parent,
        }

    def make(self, kind: str) -> list[Member]:
        """Return the members of a new family, head first."""
        return self._kinds[kind]()

    def spouse_of(self, head: Member) -> Member:
        """Return a spouse of about the head's age."""
        age = max(self._today.year - head.birth.year + self._random.randrange(-4, 5), 20)
        return self._person(age, "配偶", "M" if head.sex == "F" else "F")

    def _elder_age(self) -> int:
        return min(60 + int(self._random.gammavariate(2.3, 5.8)), 98)

    def _person(self, age: int, relation: str, sex: str = "", surname: str = "") -> Member:
        random = self._random
        sex = sex or random.choice("FM")
        birth = dt.date(self._today.year - age, self._today.month, 1) - dt.timedelta(days=random.randrange(1, 330))
        name = (surname or self._office.surname()) + self._office.given_name(sex, birth)
        return Member(name, sex, birth, relation)

    def _couple(self, age: int) -> list[Member]:
        head = self._person(age, "户主", "M" if self._random.random() < 0.75 else "F")
        return [head, self.spouse_of(head)]

    def _child(self, parents: list[Member], age: int, relation: str = "") -> Member:
        father = next((parent for parent in parents if parent.sex == "M"), parents[0])
        surname = surname_of(father.name)
        sex = "M" if self._random.random() < 0.52 else "F"
        return self._person(age, relation or ("子" if sex == "M" else "女"), sex, surname)

    def _with_children(self, count: int) -> list[Member]:
        random = self._random
        youngest = random.randrange(0, 17)
        parents = self._couple(youngest + random.randrange(25, 35) + count)
        ages = [youngest] if count == 1 else [youngest + random.randrange(2, 7), youngest]
        return parents + [self._child(parents, age) for age in ages]

    def _parent_grown(self) -> list[Member]:
        parents = self._couple(self._random.randrange(52, 70))
        return [*parents, self._child(parents, self._random.randrange(22, 28))]

    def _single_parent(self) -> list[Member]:
        age = self._random.randrange(3, 16)
        head = self._person(age + self._random.randrange(24, 34), "户主")
        return [head, self._child([head], age)]

    def _three_generation(self) -> list[Member]:
        random = self._random
        family = self._with_children(1 if random.random() < 0.72 else 2)
        head = family[0]
        age = self._today.year - head.birth.year + random.randrange(23, 31)
        if random.random() < 0.75:
            father = self._person(age, "父亲", "M", surname_of(head.name))
            mother = self._person(age + random.randrange(-4, 3), "母亲", "F")
            return [*family, father, mother]
        return [*family, self._person(age, "母亲", "F")]

    def _skip_generation(self) -> list[Member]:
        random = self._random
        age = random.randrange(62, 76)
        elders = self._couple(age) if random.random() < 0.6 else [self._person(age, "户主")]
        child = self._child(elders, random.randrange(4, 16))
        child.relation = "孙子" if child.sex == "M" else "孙女"
        return [*elders, child]


def kinds_for(count: int, random: Random) -> list[str]:
    """Return that many family kinds in the given shares, shuffled."""
    kinds: list[str] = []
    total = done = 0
    for kind, share in SHARES.items():
        total += share
        number = round(count * total / 1000) - done
        kinds += [kind] * number
        done += number
    random.shuffle(kinds)
    return kinds


class Registrar:
    """Writes families into the register: keys, numbers, addresses."""

    def __init__(self, clerk: Clerk, office: PaperOffice) -> None:
        self._clerk = clerk
        self._office = office

    def enter(self, family: Family) -> None:
        """Complete the facts row of every member; stays and deaths are known by now."""
        random = self._clerk.random
        elsewhere = random.random() < REGISTERED_ELSEWHERE
        county, address = words.HOME_COUNTY, ""
        if elsewhere:
            county = random.choice(tuple(words.COUNTIES))
            address = f"{words.COUNTIES[county]}{random.choice(words.VILLAGES)}{random.randrange(1, 200)}号"
        for member in family.members:
            self._enter(member, county, address)

    def _enter(self, member: Member, county: str, elsewhere: str) -> None:
        random = self._clerk.random
        age = self._clerk.today.year - member.birth.year
        born_in = county if random.random() < 0.88 else random.choice(tuple(words.COUNTIES))
        first = member.stays[0].start
        member.key, stamp = self._clerk.identified(first)
        left = member.stays[-1].end is not None and member.died is None
        status = "registered_elsewhere" if elsewhere else "living_elsewhere" if left else "same"
        numbered = random.random() > 0.003
        row: Row = {"id": member.key, "name": member.name, "sex": member.sex, "birth": member.birth.isoformat()}
        row["id_number"] = self._office.id_number(born_in, member.birth, member.sex) if numbered else None
        row["died"] = member.died.isoformat() if member.died else None
        if random.random() < (0.0 if age < 14 else 0.9 if age < 60 else 0.93):
            row["phone"] = self._office.phone()
        row["ethnicity"] = "汉族" if random.random() < 0.97 else random.choice(words.MINORITIES)
        row["ethnicity"] = _PEOPLES.get(member.name, row["ethnicity"])
        if not numbered:
            row["other_document"] = f"证件遗失补办回执{random.randrange(1000, 10000)}"
        row["register_address"] = elsewhere or words.CITY + words.COUNTY + member.home.address
        row["register_status"] = status
        member.row = row | stamp


def move_in_day(random: Random, today: dt.date, founded: dt.date, months: int) -> dt.date:
    """Return the day a family came: mostly before there was a register, some lately."""
    luck = random.random()
    window = shift_months(today, -months)
    if luck < 0.82:
        return founded
    first, last = (founded, window) if luck < 0.95 else (window, today)
    return first + dt.timedelta(days=random.randrange(max((last - first).days, 1)))


def homes_of(community: Community) -> list[Home]:
    """Return the homes outside dedicated grids."""
    return [home for home in community.homes if not home.grid.dedicated]
