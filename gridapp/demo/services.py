"""Invented categories that do not decide the visit rate: aid, great age, children."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridapp.demo.clerk import Clerk
from gridapp.demo.families import Family, Member
from gridapp.demo.hardship import Elder, Enrolment
from gridapp.demo.lives import Population
from gridapp.demo.spans import birthday, day_between, shift_months

ORPHANS = 6
UNSUPPORTED = 8
_ADVANCED_AGE = 80
# Chance of a service category for a hardship elder and for any other resident.
_AID = {
    "minimum_living": (0.09, 0.004), "low_income_margin": (0.06, 0.003), "extreme_poverty": (0.02, 0.0),
    "disability": (0.07, 0.012), "veteran_care": (0.05, 0.002),
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Child:
    """A child visited every quarter, with the day the visits began."""

    member: Member
    category: str
    start: dt.date


def aid_of(member: Member, elder: Elder | None, clerk: Clerk) -> list[Enrolment]:
    """Return service categories, advanced age and childlessness of a person.

    They end with the person's last stay, as every status here does.
    """
    random, today = clerk.random, clerk.today
    until = member.stays[-1].end
    first = max(member.stays[0].start, member.birth)
    found: list[Enrolment] = []
    if birthday(member.birth, 16) < today:
        for category, (of_elders, of_others) in _AID.items():
            if random.random() < (of_elders if elder else of_others):
                earliest = max(first, birthday(member.birth, 16), shift_months(today, -48))
                grade = random.choice(("三级", "四级")) if category == "disability" else ""
                found.append(Enrolment(category, day_between(random, earliest, today), until, grade))
    if member.birth.year + _ADVANCED_AGE <= today.year:
        eighty = birthday(member.birth, _ADVANCED_AGE)
        found.append(Enrolment("advanced_age", max(eighty, first), until))
    if elder is not None and elder.family.kind == "single_elder" and random.random() < 0.07:
        found.append(Enrolment("childless", max(first, shift_months(today, -36)), until))
    return [item for item in found if item.start <= today and (until is None or item.start < until)]


def children_of(population: Population, clerk: Clerk) -> list[Child]:
    """Return the scattered orphans and the children with no one to raise them."""
    random, today = clerk.random, clerk.today
    with_elders = _minors(population.families, "skip_generation", today)
    with_one = _minors(population.families, "single_parent", today)
    random.shuffle(with_elders)
    random.shuffle(with_one)
    children = [("scattered_orphan", member) for member in with_elders[:ORPHANS]]
    children += [("unsupported_child", member) for member in (with_elders[ORPHANS:] + with_one)[:UNSUPPORTED]]
    found: list[Child] = []
    for category, member in children:
        earliest = max(member.birth, member.stays[0].start, shift_months(today, -30))
        start = day_between(random, earliest, max(earliest, shift_months(today, -6)))
        found.append(Child(member, category, start))
    return found


def _minors(families: list[Family], kind: str, today: dt.date) -> list[Member]:
    return [
        family.members[-1]
        for family in families
        if family.kind == kind and birthday(family.members[-1].birth, 17) > today
    ]


def left_behind(families: list[Family], children: list[Child], today: dt.date) -> list[tuple[Member, Enrolment]]:
    """Return the grandchildren raised by grandparents who are not among the given children."""
    taken = {child.member.key for child in children}
    return [
        (member, Enrolment("left_behind_child", member.stays[0].start, None))
        for member in _minors(families, "skip_generation", today)
        if member.key not in taken
    ]
