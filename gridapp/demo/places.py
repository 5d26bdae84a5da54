"""Invented communities, grids, buildings and homes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gridapp.demo import words
from gridapp.demo.clerk import Clerk
from gridapp.demo.lattice import Frame, Lattice, Path, Plan, area, spots
from gridapp.demo.sizes import Size
from gridapp.demo.spans import Span, shift_months

Row = dict[str, Any]
History = list[tuple[dt.date, dt.date | None, Path]]

COUNTY_CODE = words.HOME_COUNTY
# Desert without a town: an invented community must not lie on a real one.
FRAME = Frame(lon=104.5, lat=39.2)
DEDICATED_HOMES = 16
_NUMERALS = "零一二三四五六七八九十"
_SPACINGS = ((42.0, 48.0), (30.0, 34.0), (20.0, 22.0))
_SPLIT_MONTHS_AGO = 10


@dataclass
class Grid:
    """A grid and, when it was split off another one, what it was before.

    Attributes:
        code: 15-digit code.
        name: Name.
        dedicated: Whether it is a dedicated grid (a school).
        ring: Border of today. [m, closed, counter-clockwise]
        valid_from: First day.
        parent: The grid it was split off; residents lived there before.
        homes: Homes in it today.
    """

    code: str
    name: str
    dedicated: bool
    ring: Path
    valid_from: dt.date
    parent: Grid | None = None
    homes: list[Home] = field(default_factory=list)

    def on(self, day: dt.date) -> Grid:
        """Return the grid its ground belonged to on a day."""
        return self.parent if self.parent is not None and day < self.valid_from else self

    def stretches(self, start: dt.date, end: dt.date | None) -> list[tuple[str, Span]]:
        """Cut a stay on its ground where the grid's code changed."""
        split = self.valid_from
        if self.parent is None or start >= split:
            return [(self.code, (start, end))]
        if end is not None and end <= split:
            return [(self.parent.code, (start, end))]
        return [(self.parent.code, (start, split)), (self.code, (split, end))]


@dataclass(slots=True)
class Home:
    """A dwelling; a household of the facts file."""

    key: str
    grid: Grid
    address: str
    row: Row


@dataclass
class Community:
    """A community with all its ground."""

    index: int
    code: str
    name: str
    row: Row
    grids: list[Grid] = field(default_factory=list)
    grid_rows: list[Row] = field(default_factory=list)
    buildings: list[Row] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)


def ordinal(number: int) -> str:
    """Return a number below 100 in Chinese numerals, as grids are counted."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


def build_communities(size: Size, seed: str, today: dt.date) -> list[Community]:
    """Return all communities with grids, buildings and homes.

    Args:
        size: How many, and how large.
        seed: Root of all randomness.
        today: The day on which the place is as invented.
    """
    random = Random(f"{seed}/lattice")
    plan = _plan(size, random)
    lattice = Lattice(plan, random)
    clerk = Clerk(f"{seed}/places", today)
    founded = dt.date(today.year - 6, 1, 1)
    communities: list[Community] = []
    for index in range(size.communities):
        band, column = divmod(index, size.columns)
        code = f"{COUNTY_CODE}001{index + 1:03d}"
        top = band * len(size.rows)
        key, stamp = clerk.identified(founded)
        row: Row = {"id": key, "code": code, "name": words.COMMUNITIES[index], "town": words.TOWN}
        row |= {"county": words.COUNTY, "city": words.CITY}
        row["boundary"] = geometry(lattice.block(top, top + len(size.rows) - 1, column))
        row |= stamp
        community = Community(index, code, words.COMMUNITIES[index], row)
        _lay_grids(community, size, lattice, clerk, (top, column), founded)
        _build_homes(community, size, clerk, founded)
        communities.append(community)
    return communities


def geometry(ring: Path) -> Row:
    """Return a closed ring as a GeoJSON polygon in CGCS2000 degrees, exterior counter-clockwise (RFC 7946)."""
    return {"type": "Polygon", "coordinates": [[list(FRAME.degrees(point)) for point in ring]]}


def _plan(size: Size, random: Random) -> Plan:
    weights: list[list[list[float]]] = []
    for band in range(size.bands):
        for position, cells in enumerate(size.rows):
            weights.append([])
            for _column in range(size.columns):
                row = [random.uniform(0.85, 1.2) for _cell in range(cells)]
                if position == len(size.rows) - 1:
                    row[0] = 0.6  # the school
                weights[band * len(size.rows) + position].append(row)
    return Plan(size.columns, size.width, size.height / len(size.rows), weights)


def _lay_grids(
    community: Community, size: Size, lattice: Lattice, clerk: Clerk, corner: tuple[int, int], founded: dt.date
) -> None:
    """Number the cells from north to south and west to east; the last of the first community is a late split."""
    top, column = corner
    split_day = shift_months(clerk.today, -_SPLIT_MONTHS_AGO)
    last_row = len(size.rows) - 1
    for position, cells in enumerate(size.rows):
        for cell in range(cells):
            number = len(community.grids) + 1
            dedicated = position == last_row and cell == 0
            name = f"{community.name[:-2]}小学网格" if dedicated else f"第{ordinal(number)}网格"
            ring = lattice.cell(top + position, column, cell)
            grid = Grid(f"{community.code}{number:03d}", name, dedicated, ring, founded)
            history: History = [(founded, None, ring)]
            if community.index == 0 and position == last_row and cell == cells - 2:
                whole = lattice.cell(top + position, column, cell, cell + 1)
                history = [(founded, split_day, whole), (split_day, None, ring)]
            elif community.index == 0 and position == last_row and cell == cells - 1:
                grid.valid_from, grid.parent = split_day, community.grids[-1]
                history = [(split_day, None, ring)]
            community.grids.append(grid)
            community.grid_rows.append(_grid_row(grid, community, history, clerk))


def _grid_row(grid: Grid, community: Community, history: History, clerk: Clerk) -> Row:
    key, stamp = clerk.identified(grid.valid_from)
    row: Row = {"id": key, "code": grid.code, "name": grid.name}
    if grid.dedicated:
        row["kind"] = "dedicated"
    row |= {"community": community.code, "valid_from": grid.valid_from.isoformat(), "valid_to": None}
    row["boundaries"] = [_boundary_row(start, end, ring, clerk) for start, end, ring in history]
    return row | stamp


def _boundary_row(start: dt.date, end: dt.date | None, ring: Path, clerk: Clerk) -> Row:
    key, stamp = clerk.identified(start)
    row: Row = {"id": key, "start": start.isoformat(), "end": end.isoformat() if end else None}
    return row | {"geometry": geometry(ring)} | stamp


def _build_homes(community: Community, size: Size, clerk: Clerk, founded: dt.date) -> None:
    """Share the community's homes out over its grids by area and build them."""
    total = size.families + size.vacant
    shares = [0.0 if grid.dedicated else area(grid.ring) * clerk.random.uniform(0.9, 1.1) for grid in community.grids]
    left = total - DEDICATED_HOMES
    counts = [DEDICATED_HOMES if grid.dedicated else int(left * share / sum(shares)) for grid, share in
              zip(community.grids, shares, strict=True)]  # fmt: skip
    counts[0] += total - sum(counts)
    for grid, count in zip(community.grids, counts, strict=True):
        _build_grid(community, grid, count, clerk, founded)


def _build_grid(community: Community, grid: Grid, count: int, clerk: Clerk, founded: dt.date) -> None:
    random = clerk.random
    number = int(grid.code[-3:])
    estate = words.ESTATES[(community.index * 7 + number) % len(words.ESTATES)]
    road = words.ROADS[(community.index * 3 + number * 3) % len(words.ROADS)]
    street = f"{road}{random.randrange(1, 180)}号"
    shapes = _shapes(count, random)
    for house, (place, homes) in enumerate(zip(_places(grid, len(shapes), random), shapes, strict=True), 1):
        key, stamp = clerk.identified(founded)
        lon, lat = FRAME.degrees(place)
        name = f"{estate}{house}号楼"
        community.buildings.append(
            {"id": key, "name": name, "community": community.code, "address": street, "lon": lon, "lat": lat, **stamp}
        )
        for unit, room in homes:
            home = _home(community, grid, (key, f"{street}{name}"), (unit, room), clerk, founded)
            grid.homes.append(home)
            community.homes.append(home)


def _shapes(count: int, random: Random) -> list[list[tuple[int, int]]]:
    """Return buildings as lists of (unit, room) that hold ``count`` homes together."""
    buildings: list[list[tuple[int, int]]] = []
    while count > 0:
        units, floors = random.choice((1, 2, 2, 3)), random.choice((4, 5, 6, 6))
        homes = [(unit, floor * 100 + door) for unit in range(1, units + 1) for floor in range(1, floors + 1)
                 for door in (1, 2)]  # fmt: skip
        buildings.append(homes[:count])
        count -= len(homes)
    return buildings


def _places(grid: Grid, count: int, random: Random) -> Path:
    """Return that many places inside a grid, numbered from west to east."""
    for spacing in _SPACINGS:
        found = spots(grid.ring, spacing, 11.0, random)
        if len(found) >= count:
            return [found[i] for i in sorted(random.sample(range(len(found)), count))]
    raise AssertionError(f"no room for {count} buildings in {grid.code}")


def _home(
    community: Community, grid: Grid, building: tuple[str, str], door: tuple[int, int], clerk: Clerk, founded: dt.date
) -> Home:
    key, stamp = clerk.identified(founded)
    unit, room = f"{door[0]}单元", str(door[1])
    address = f"{building[1]}{unit}{room}室"
    row: Row = {"id": key, "building": building[0], "unit": unit, "room": room, "address": address}
    row["register_no"] = f"{community.code[-6:]}{len(community.homes) + 1:05d}"
    row |= stamp
    return Home(key, grid, address, row)
