"""Communities, grids, workers and buildings of the invented city, as rows."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gridapp.demo import words
from gridapp.demo.city_plan import (
    AUTHOR,
    GRIDS,
    CityPlan,
    Stamper,
    community_code,
    community_name,
    share,
    town_of,
)
from gridapp.demo.lattice import Frame, Point
from gridapp.demo.papers import PaperOffice
from gridapp.demo.places import ordinal
from gridapp.demo.spans import shift_months

Rows = dict[str, list[tuple[Any, ...]]]

STAMPS = ("created_at", "created_by", "version")
COLUMNS: dict[str, tuple[str, ...]] = {
    "community": ("id", "uid", "code", "name", "town", "county", "city", "boundary", *STAMPS),
    "grid": ("id", "uid", "code", "community_id", "name", "kind", "valid_from", *STAMPS),
    "grid_boundary": ("id", "uid", "grid_id", "start", "geometry", "source_crs", *STAMPS),
    "worker": ("id", "uid", "name", "phone", *STAMPS),
    "assignment": ("id", "uid", "worker_id", "grid_id", "role", "duty", "start", "end", *STAMPS),
    "building": ("id", "uid", "community_id", "name", "lon", "lat", *STAMPS),
}
BUILDINGS = 10
REPLACED = 20_000
"""Added to a grid's number: its manager of before the handover."""
_ASSISTANT = 40_000
_ACROSS, _WIDTH, _HEIGHT, _JITTER = 38, 1000.0, 800.0, 120.0
_FRAME = Frame(lon=104.5, lat=39.2)
_BASIC, _FULL_TIME, _PROFESSIONAL, _MANAGER, _ASSISTS = 0, 0, 1, 0, 1
_HANDOVER_MONTHS = 7
_GRIDS_PER_ASSISTANT = 3


@dataclass
class Place:
    """A community of the city.

    Attributes:
        grids: Row numbers of its grids.
        rows: By table.
        replaced: Grids whose manager changed.
        handover: Day of that change, as the engine keeps it.
        addresses: Names of the buildings.
    """

    number: int
    grids: list[int]
    handover: Any
    rows: Rows = field(default_factory=lambda: {name: [] for name in COLUMNS})
    replaced: set[int] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)


def build_place(plan: CityPlan, number: int, stamper: Stamper) -> Place:
    """Return one community without its people; ``number`` counts from 0."""
    random = plan.random(number, "place")
    handover = plan.day(shift_months(plan.today, -_HANDOVER_MONTHS).replace(day=15))
    place = Place(number, [grid + 1 for grid in share(GRIDS, number)], handover)
    corners = [_corner(plan.seed, number // _ACROSS + up, number % _ACROSS + right) for up, right in _AROUND]
    town, county = town_of(number)
    code = community_code(number)
    outline = _polygon([_FRAME.degrees(corner) for corner in corners])
    names = (code, community_name(number), town, county, words.CITY)
    place.rows["community"].append((number + 1, *_begin(stamper, *names, outline)))
    _lay_grids(plan, place, code, corners, stamper)
    _hire(plan, place, random, stamper)
    for building in range(BUILDINGS):
        name = f"{random.choice(words.ESTATES)}{building + 1}号楼"
        lon, lat = _FRAME.degrees(_within(corners, 0.05 + 0.9 * random.random(), 0.05 + 0.9 * random.random()))
        place.addresses.append(name)
        row = (number * BUILDINGS + building + 1, *_begin(stamper, number + 1, name, lon, lat))
        place.rows["building"].append(row)
    return place


_AROUND = ((0, 0), (0, 1), (1, 1), (1, 0))


def _begin(stamper: Stamper, *values: Any) -> tuple[Any, ...]:
    key, instant = stamper.row()
    return (key, *values, instant, AUTHOR, 1)


def _corner(seed: int, up: int, right: int) -> Point:
    """Return a corner that neighbouring communities share. [m]"""
    random = Random(f"{seed}/city/corner/{up}/{right}")
    east, north = random.uniform(-_JITTER, _JITTER), random.uniform(-_JITTER, _JITTER)
    return right * _WIDTH + east, up * _HEIGHT + north


def _within(corners: list[Point], across: float, up: float) -> Point:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    south = ax + (bx - ax) * across, ay + (by - ay) * across
    north = dx + (cx - dx) * across, dy + (cy - dy) * across
    return south[0] + (north[0] - south[0]) * up, south[1] + (north[1] - south[1]) * up


def _polygon(ring: list[Point]) -> bytes:
    """Return a polygon without holes as WKB; the ring is open and runs counter-clockwise."""
    points = [*ring, ring[0]]
    return struct.pack("<BIII", 1, 3, 1, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)


def _lay_grids(plan: CityPlan, place: Place, code: str, corners: list[Point], stamper: Stamper) -> None:
    lines = (4, 4, len(place.grids) - 8)
    founded = plan.day(plan.founded)
    grid = 0
    for line, count in enumerate(lines):
        low, high = line / len(lines), (line + 1) / len(lines)
        for column in range(count):
            left, right = column / count, (column + 1) / count
            ring = [_within(corners, *spot) for spot in ((left, low), (right, low), (right, high), (left, high))]
            number = place.grids[grid]
            name = f"第{ordinal(grid + 1)}网格"
            values = (f"{code}{grid + 1:03d}", place.number + 1, name, _BASIC, founded)
            place.rows["grid"].append((number, *_begin(stamper, *values)))
            outline = _polygon([_FRAME.degrees(point) for point in ring])
            place.rows["grid_boundary"].append((number, *_begin(stamper, number, founded, outline, "CGCS2000")))
            grid += 1


def _hire(plan: CityPlan, place: Place, random: Random, stamper: Stamper) -> None:
    office = PaperOffice(random)
    founded = plan.day(plan.founded)

    def hire(worker: int, role: int, duty: int, grids: list[int], start: Any, end: Any) -> None:
        sex = "F" if random.random() < 0.7 else "M"
        name = office.surname() + office.given_name(sex, plan.today.replace(year=plan.today.year - 40, day=1))
        place.rows["worker"].append((worker, *_begin(stamper, name, f"1991{worker:07d}")))
        for grid in grids:
            number = worker if duty == _MANAGER else 2 * _ASSISTANT + grid
            row = (number, *_begin(stamper, worker, grid, role, duty, start, end))
            place.rows["assignment"].append(row)

    for grid in place.grids:
        if random.random() < 0.08:
            place.replaced.add(grid)
            hire(REPLACED + grid, _FULL_TIME, _MANAGER, [grid], founded, place.handover)
            hire(grid, _FULL_TIME, _MANAGER, [grid], place.handover, None)
        else:
            hire(grid, _FULL_TIME, _MANAGER, [grid], founded, None)
    for first in range(0, len(place.grids), _GRIDS_PER_ASSISTANT):
        together = place.grids[first : first + _GRIDS_PER_ASSISTANT]
        hire(_ASSISTANT + together[0], _PROFESSIONAL, _ASSISTS, together, founded, None)
