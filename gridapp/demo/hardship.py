"""Invented enrolments: who carries which category from when to when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from gridapp.demo import words
from gridapp.demo.clerk import Clerk
from gridapp.demo.families import Family, Member, Row
from gridapp.demo.lives import Population
from gridapp.demo.sizes import Size
from gridapp.demo.spans import Span, birthday, day_between, holding, intersection, shift_months, union
from gridapp.domain.hardship import BUILT_IN

COUNTING = frozenset(category.code for category in BUILT_IN if category.counts)
ELDER_AGE = 60

_UNUSUAL = frozenset(name for name, _sex, _people in words.UNUSUAL)
_PRIMARY = {"single_elder": "living_alone", "elder_couple": "empty_nest", "skip_generation": "left_behind"}
_FAMILY_SHARES = {"single_elder": 0.41, "elder_couple": 0.34, "skip_generation": 0.05}
_SECOND = ("disabled_capacity", "disabled_capacity", "severe_disability", "family_planning_special", "dementia")
_THIRD = ("disabled_capacity", "disabled_capacity", "severe_disability", "family_planning_special", "disabled_capacity")
_GRADES = {
    "disabled_capacity": ("中度", "中度", "重度", "完全失能"), "severe_disability": ("一级", "二级"),
    "disability": ("三级", "四级"), "dementia": ("轻度", "中度"),
}  # fmt: skip
_SECOND_SHARE = 0.24
_ENDED_SHARE = 0.05
_LATE_SHARE = 0.34
_BEFORE_WINDOW = 18  # months of enrolments that are older than the first visit


@dataclass(slots=True)
class Enrolment:
    """A category carried during ``[start, end)``."""

    category: str
    start: dt.date
    end: dt.date | None
    grade: str = ""


@dataclass(slots=True, eq=False)
class Elder:
    """Somebody who is or was visited every month.

    Attributes:
        roster: Days with a counting category and a home in the area, in disjoint spans.
    """

    member: Member
    family: Family
    enrolments: list[Enrolment] = field(default_factory=list)
    roster: list[Span] = field(default_factory=list)

    def settle(self) -> None:
        """Work the roster spans out of the enrolments and stays."""
        counting = union((e.start, e.end) for e in self.enrolments if e.category in COUNTING)
        self.roster = intersection(counting, self.member.resident())

    def categories_on(self, day: dt.date) -> set[str]:
        """Return the categories open on a day."""
        return {e.category for e in self.enrolments if e.start <= day and (e.end is None or day < e.end)}


class Enroller:
    """Decides who carries which category."""

    def __init__(self, size: Size, clerk: Clerk) -> None:
        self._clerk = clerk
        self._random = clerk.random
        self._today = clerk.today
        self._window = shift_months(clerk.today, 1 - size.months)
        self._horizon = shift_months(self._window, -_BEFORE_WINDOW)

    def enrol(self, population: Population, wanted: int) -> list[Elder]:
        """Return elders with their enrolments, exactly ``wanted`` of them on the roster today."""
        chosen = self._candidates(population, wanted)
        elders: list[Elder] = []
        for member, family, category in chosen:
            elder = Elder(member, family)
            self._primary(elder, category)
            self._second(elder)
            elders.append(elder)
        elders += self._left(population)
        elders += self._ended(population, {elder.member.key for elder in elders}, wanted)
        for elder in elders:
            elder.settle()
        assert sum(holding(elder.roster, self._today) is not None for elder in elders) == wanted
        return elders

    def _candidates(self, population: Population, wanted: int) -> list[tuple[Member, Family, str]]:
        """Return living elders with their first category, most of them alone or in couples."""
        found: dict[str, list[tuple[Member, Family, str]]] = {"": [], **{kind: [] for kind in _FAMILY_SHARES}}
        for family in population.families:
            for member in family.members:
                if member.died is None and self._age(member) > ELDER_AGE and not member.home.grid.dedicated:
                    category = _PRIMARY.get(family.kind) or self._random.choice(_THIRD)
                    group = family.kind if family.kind in found else ""
                    found[group].append((member, family, category))
        named = [item for item in found["single_elder"] if item[0].name in _UNUSUAL]
        chosen: list[tuple[Member, Family, str]] = []
        for kind, share in _FAMILY_SHARES.items():
            first = named if kind == "single_elder" else []
            rest = [item for item in found[kind] if item not in first]
            if kind == "single_elder":
                self._random.shuffle(rest)
            else:
                rest = self._pairs(rest)
            chosen += [*first, *rest][: int(wanted * share)]
        self._random.shuffle(found[""])
        return chosen + found[""][: wanted - len(chosen)]

    def _pairs(self, items: list[tuple[Member, Family, str]]) -> list[tuple[Member, Family, str]]:
        """Shuffle couples, keeping the two together."""
        order: dict[int, float] = {}
        for item in items:
            order.setdefault(id(item[1]), self._random.random())
        return sorted(items, key=lambda item: order[id(item[1])])

    def _age(self, member: Member) -> int:
        return self._today.year - member.birth.year

    def _start(self, member: Member, latest: dt.date) -> dt.date:
        """Return a day on which the member begins to be looked after, not before 60 and being here."""
        random = self._random
        earliest = max(self._horizon, birthday(member.birth, ELDER_AGE), member.stays[0].start)
        middle = max(self._window, earliest)
        if random.random() < _LATE_SHARE or middle == earliest:
            return min(day_between(random, middle, self._today), latest)
        return min(day_between(random, earliest, middle), latest)

    def _primary(self, elder: Elder, category: str) -> None:
        member = elder.member
        partner = elder.family.members[-1] if elder.family.kind == "single_elder" else None
        if partner is not None and partner.died is not None:
            before = day_between(self._random, self._horizon, partner.died - dt.timedelta(days=90))
            earliest = max(birthday(member.birth, ELDER_AGE), member.stays[0].start)
            if max(before, earliest) < partner.died:
                elder.enrolments.append(Enrolment("empty_nest", max(before, earliest), partner.died))
            elder.enrolments.append(Enrolment(category, max(partner.died, earliest), None))
            return
        start = self._start(member, self._today)
        gap = (self._today - start).days
        if gap > 500 and self._random.random() < 0.03:  # lived with the children for a while
            away = start + dt.timedelta(days=self._random.randrange(120, 300))
            elder.enrolments.append(self._graded(category, start, away))
            start = away + dt.timedelta(days=self._random.randrange(25, 120))
        elder.enrolments.append(self._graded(category, start, None))

    def _second(self, elder: Elder) -> None:
        random = self._random
        held = {enrolment.category for enrolment in elder.enrolments}
        chance = _SECOND_SHARE + 0.012 * max(self._age(elder.member) - 78, 0)
        if random.random() >= chance:
            return
        category = random.choice([code for code in _SECOND if code not in held])
        start = day_between(random, elder.enrolments[-1].start, self._today)
        recovered = (self._today - start).days > 200 and random.random() < 0.08
        end = start + dt.timedelta(days=random.randrange(60, 180)) if recovered else None
        elder.enrolments.append(self._graded(category, start, end))

    def _graded(self, category: str, start: dt.date, end: dt.date | None) -> Enrolment:
        grades = _GRADES.get(category)
        return Enrolment(category, start, end, self._random.choice(grades) if grades else "")

    def _left(self, population: Population) -> list[Elder]:
        """Return elders who died or moved away, enrolled until then."""
        elders: list[Elder] = []
        for family in (*population.families, *population.former):
            for member in family.members:
                end = member.stays[-1].end
                unknown = member.died is None and self._random.random() < 0.5
                if end is None or unknown or birthday(member.birth, ELDER_AGE + 1) >= end:
                    continue
                earliest = max(self._horizon, birthday(member.birth, ELDER_AGE), member.stays[0].start)
                start = day_between(self._random, earliest, end - dt.timedelta(days=30))
                alone = _PRIMARY.get(family.kind) if member.died is None else None
                couple = "empty_nest" if family.kind == "single_elder" else self._random.choice(_THIRD)
                if start < end:
                    elders.append(Elder(member, family, [self._graded(alone or couple, start, end)]))
        return elders

    def _ended(self, population: Population, taken: set[str], wanted: int) -> list[Elder]:
        """Return living elders whose only category has ended: a child moved in, they recovered."""
        random = self._random
        elders: list[Elder] = []
        quota = int(wanted * _ENDED_SHARE)
        for family in population.families:
            for member in family.members:
                fit = birthday(member.birth, ELDER_AGE + 2) < self._window and member.stays[0].start < self._window
                idle = member.died is None and member.key not in taken and not member.home.grid.dedicated
                if len(elders) < quota and fit and idle and random.random() < 0.06:
                    start = day_between(random, max(self._horizon, member.stays[0].start), self._window)
                    end = day_between(random, self._window, self._today - dt.timedelta(days=5))
                    category = "empty_nest" if family.kind == "elder_couple" else random.choice(_THIRD)
                    if start < end:
                        elders.append(Elder(member, family, [self._graded(category, start, end)]))
        return elders


def enrolment_rows(member: Member, enrolments: list[Enrolment], clerk: Clerk) -> list[Row]:
    """Return the facts rows of a person's enrolments."""
    rows: list[Row] = []
    for enrolment in enrolments:
        key, stamp = clerk.identified(enrolment.start)
        row: Row = {"id": key, "person": member.key, "category": enrolment.category}
        row |= {"start": enrolment.start.isoformat(), "end": enrolment.end.isoformat() if enrolment.end else None}
        if enrolment.grade:
            row["grade"] = enrolment.grade
        rows.append(row | stamp)
    return rows
