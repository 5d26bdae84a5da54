"""The invented population of a community: who came, moved, left and died."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from gridapp.demo import words
from gridapp.demo.clerk import Clerk
from gridapp.demo.families import Family, FamilyMaker, Member, Registrar, Row, Stay, homes_of, kinds_for, move_in_day
from gridapp.demo.papers import PaperOffice
from gridapp.demo.places import Community, Home
from gridapp.demo.sizes import Size
from gridapp.demo.spans import birthday, day_between, shift_months

_WIDOWED = 0.14
_ELDERS_LOST = 0.03
_FORMER_KINDS = ("single_elder", "elder_couple", "elder_couple", "couple_child", "three_generation")
_MOVERS = ("single_elder", "elder_couple", "three_generation", "couple_child")


@dataclass
class Population:
    """Everybody the register of a community knows.

    Attributes:
        families: Families living here today, with members lost meanwhile.
        former: Families that moved away.
    """

    families: list[Family]
    former: list[Family]

    def members(self) -> list[Member]:
        """Return everybody, in a fixed order."""
        return [member for family in (*self.families, *self.former) for member in family.members]


class Settler:
    """Settles families in the homes of a community."""

    def __init__(self, size: Size, clerk: Clerk, office: PaperOffice) -> None:
        self._size = size
        self._clerk = clerk
        self._random: Random = clerk.random
        self._today = clerk.today
        self._window = shift_months(clerk.today, -size.months)
        self._maker = FamilyMaker(clerk.random, office, clerk.today)
        self._registrar = Registrar(clerk, office)

    def settle(self, community: Community) -> Population:
        """Return the population of a community; every row of a person is complete."""
        random, founded = self._random, community.grids[0].valid_from
        dedicated = [home for home in community.homes if home.grid.dedicated]
        homes = homes_of(community)
        random.shuffle(homes)
        vacant, lived_in = homes[: self._size.vacant], homes[self._size.vacant :]
        kinds = kinds_for(len(lived_in) + len(dedicated), random)
        quiet = [kind for kind in kinds if kind in ("couple", "single_adult")][: len(dedicated)]
        for kind in quiet:
            kinds.remove(kind)
        families = [self._settle_in(kind, home, founded) for kind, home in
                    zip(kinds + quiet, lived_in + dedicated, strict=True)]  # fmt: skip
        if community.index == 0:
            self._name_unusual(families)
        third = len(vacant) // 3
        self._move_within(families, vacant[:third])
        former = [self._former(home, founded) for home in vacant[third:]]
        for family in families:
            self._lose_members(family)
        for family in (*families, *former):
            self._registrar.enter(family)
        return Population(families, former)

    def _settle_in(self, kind: str, home: Home, founded: dt.date) -> Family:
        since = move_in_day(self._random, self._today, founded, self._size.months)
        family = Family(kind, self._maker.make(kind), since)
        for member in family.members:
            member.stays.append(Stay(home, max(since, member.birth)))
        return family

    def _name_unusual(self, families: list[Family]) -> None:
        """Give some lone elders names that programs stumble over."""
        lone = [family.members[0] for family in families if family.kind == "single_elder"]
        for name, sex, _people in words.UNUSUAL:
            head = next(elder for elder in lone if elder.sex == sex)
            lone.remove(head)
            head.name = name

    def _move_within(self, families: list[Family], vacant: list[Home]) -> None:
        """Let some families come to their homes from ones that stand empty now, in another grid."""
        movers = [family for family in families if family.kind in _MOVERS and family.since < self._window]
        for home, family in zip(vacant, self._random.sample(movers, len(vacant)), strict=True):
            if home.grid is family.members[0].home.grid:
                continue
            day = day_between(self._random, self._window, self._today - dt.timedelta(days=20))
            for member in family.members:
                stay = member.stays[0]
                if stay.start < day:
                    member.stays = [Stay(home, stay.start, day), Stay(stay.home, day)]

    def _former(self, home: Home, founded: dt.date) -> Family:
        family = Family(self._random.choice(_FORMER_KINDS), [], founded)
        family.members = self._maker.make(family.kind)
        left = day_between(self._random, self._window, self._today - dt.timedelta(days=3))
        family.members = [member for member in family.members if member.birth < left]
        for member in family.members:
            member.stays.append(Stay(home, max(founded, member.birth), left))
        return family

    def _lose_members(self, family: Family) -> None:
        """Let spouses of lone elders and a few other elders have died in the time of visits."""
        random = self._random
        lately = self._today - dt.timedelta(days=2)
        if family.kind == "single_elder" and family.since < self._window and random.random() < _WIDOWED:
            lost = self._maker.spouse_of(family.members[0])
            lost.died = day_between(random, self._window, lately)
            lost.stays = [Stay(stay.home, stay.start, stay.end) for stay in family.members[0].stays]
            family.members.append(lost)
            end_stays(lost, lost.died)
        for member in family.members:
            old = family.kind == "three_generation" and birthday(member.birth, 66) < self._window
            if old and member.died is None and random.random() < _ELDERS_LOST and member.stays[0].start < self._window:
                member.died = day_between(random, self._window, lately)
                end_stays(member, member.died)


def end_stays(member: Member, day: dt.date) -> None:
    """End a person's stays on a day; stays that had not begun by then fall away."""
    member.stays = [stay for stay in member.stays if stay.start < day]
    member.stays[-1].end = day


def residency_rows(member: Member, clerk: Clerk) -> list[Row]:
    """Return the person's residencies, cut where a grid was split under them."""
    rows: list[Row] = []
    for stay in member.stays:
        for grid, (start, end) in stay.home.grid.stretches(stay.start, stay.end):
            key, stamp = clerk.identified(start)
            row: Row = {"id": key, "person": member.key, "grid": grid, "start": start.isoformat()}
            row["end"] = end.isoformat() if end else None
            rows.append(row | {"household": stay.home.key} | stamp)
    return rows
