"""Puts an invented place together as a facts document."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Any

from gridapp.demo.care import Carer
from gridapp.demo.clerk import Clerk
from gridapp.demo.families import Member, Row
from gridapp.demo.hardship import Elder, Enroller, Enrolment, enrolment_rows
from gridapp.demo.lives import Population, Settler, residency_rows
from gridapp.demo.papers import PaperOffice
from gridapp.demo.places import Community, build_communities
from gridapp.demo.services import Child, aid_of, children_of, left_behind
from gridapp.demo.sizes import Size, size_named
from gridapp.demo.staff import Staff
from gridapp.demo.visit_rows import Visit, visit_rows
from gridapp.demo.visiting import Visitor
from gridapp.domain.keys import SITE_BITS
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

SCHEMA = "gridapp-facts/1"
DEFAULT_SEED = 1
_SECTIONS = ("communities", "grids", "workers", "buildings", "households", "persons", "residencies", "enrolments",
             "absences", "contacts", "consents", "tiers", "visits")  # fmt: skip
_CODED = ("communities", "grids")


@dataclass
class InventedCommunity:
    """A community with its people as objects, before they become rows.

    Attributes:
        elders: Those who are or were on the monthly roster.
        enrolments: Every enrolment, with the person.
    """

    place: Community
    staff: Staff
    population: Population
    elders: list[Elder]
    children: list[Child]
    enrolments: list[tuple[Member, list[Enrolment]]]
    carer: Carer
    visits: list[Visit]


def invent(size: str, seed: int, today: dt.date, progress: Progress | None = None) -> dict[str, Any]:
    """Return an invented place as a ``gridapp-facts/1`` document.

    The same size, seed and day give the same document, to the byte. Nobody in
    it exists: county codes 990101 to 990109 are not in use.

    Args:
        size: "community" (12 grids, 9,000 residents, 420 hardship elders, 18
            months) or "street" (60 grids, 60,000 residents, 2,000 elders, 36 months).
        seed: Any number.
        today: The last day of visits; the running month is unfinished.
        progress: Told about every community.

    Raises:
        ValidationError: There is no such size.
        OperationCancelled: The progress asked to stop.
    """
    document: dict[str, Any] = {"schema": SCHEMA, "settings": {"demo": True}}
    document |= {section: [] for section in _SECTIONS}
    visits: list[Visit] = []
    for invented in invent_communities(size_named(size), seed, today, progress or NullProgress()):
        _append(document, invented, Clerk(f"{seed}/{size}/rows/{invented.place.index}", today))
        visits += invented.visits
    for section in _SECTIONS:  # the order in which a facts file is exported
        document[section].sort(key=lambda row: row["code" if section in _CODED else "id"])
    document["visits"] = visit_rows(visits, Random(f"{seed}/{size}/site").getrandbits(SITE_BITS))
    return document


def invent_communities(size: Size, seed: int, today: dt.date, progress: Progress) -> list[InventedCommunity]:
    """Return the invented communities as objects, west to east and north to south."""
    root = f"{seed}/{size.communities}"
    places = build_communities(size, root, today)
    office = PaperOffice(Random(f"{root}/papers"))
    done: list[InventedCommunity] = []
    for place in places:
        message = _("Inventing {community}…").format(community=place.name)
        progress.advance(place.index, len(places), message)
        done.append(_invent_community(size, place, Clerk(f"{root}/people/{place.index}", today), office))
    progress.advance(len(places), len(places))
    return done


def _invent_community(size: Size, place: Community, clerk: Clerk, office: PaperOffice) -> InventedCommunity:
    staff = Staff(place, clerk, office)
    population = Settler(size, clerk, office).settle(place)
    elders = Enroller(size, clerk).enrol(population, size.elders_of(place.index))
    children = children_of(population, clerk)
    enrolments = _all_enrolments(population, elders, children, clerk)
    carer = Carer(size, clerk, office, staff)
    visitor = Visitor(size, clerk, staff)
    cases = [visitor.case(elder, carer.look_into(elder)) for elder in elders]
    visits = visitor.visit(cases, children)
    return InventedCommunity(place, staff, population, elders, children, enrolments, carer, visits)


def _all_enrolments(
    population: Population, elders: list[Elder], children: list[Child], clerk: Clerk
) -> list[tuple[Member, list[Enrolment]]]:
    """Return the enrolments of everybody who has any, in the order of the register."""
    by_key = {elder.member.key: elder for elder in elders}
    found: dict[str, list[Enrolment]] = {}
    for child in children:
        found[child.member.key] = [Enrolment(child.category, child.start, None)]
        if child.category == "scattered_orphan":
            found[child.member.key].append(Enrolment("orphan", child.start, None))
    for member, enrolment in left_behind(population.families, children, clerk.today):
        found.setdefault(member.key, []).append(enrolment)
    everybody: list[tuple[Member, list[Enrolment]]] = []
    for member in population.members():
        elder = by_key.get(member.key)
        enrolments = [*(elder.enrolments if elder else ()), *found.get(member.key, ())]
        enrolments += aid_of(member, elder, clerk)
        if enrolments:
            everybody.append((member, enrolments))
    return everybody


def _append(document: dict[str, Any], invented: InventedCommunity, clerk: Clerk) -> None:
    place, carer = invented.place, invented.carer
    document["communities"].append(place.row)
    document["grids"] += place.grid_rows
    document["workers"] += invented.staff.rows
    document["buildings"] += place.buildings
    document["households"] += [home.row for home in place.homes]
    residencies: list[Row] = document["residencies"]
    for member in invented.population.members():
        document["persons"].append(member.row)
        residencies += residency_rows(member, clerk)
    for member, enrolments in invented.enrolments:
        document["enrolments"] += enrolment_rows(member, enrolments, clerk)
    document["absences"] += carer.absences
    document["contacts"] += carer.contacts
    document["consents"] += carer.consents
    document["tiers"] += carer.tiers
