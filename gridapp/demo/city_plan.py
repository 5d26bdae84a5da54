"""How a whole invented city is divided, so that any community of it can be made alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from gridapp.demo import words
from gridapp.demo.spans import shift_months

COMMUNITIES, GRIDS = 1316, 15_000
RESIDENTS, ELDERS, HARDSHIP = 1_000_000, 627_000, 100_000
VISITS, MONTHS = 10_000_000, 48
A_MONTH, FEWEST_MONTHS = 420_000, 2
"""Visits of a month; a city of fewer visits began to keep them later. [visits]"""
AUTHOR = "demo"

_TOWNS_PER_COUNTY, _COMMUNITIES_PER_TOWN = 8, 19
_FIRST = "幸望锦石南东西北新永长和安福祥瑞金银玉翠清明华光春秋文书德仁义礼智信云松柏"
_SECOND = "福溪绣桥河湖山塘园苑坊里街庄岭泉湾亭洲堤林田井台谷峰浦渡陵原野宁平康乐丰"
_MILLISECOND = 1000  # [µs]


@dataclass(frozen=True)
class CityPlan:
    """Sizes of the city, the day it stands at, and where each community's numbers begin.

    Attributes:
        seed: The same seed, day and visits give the same city.
        today: Last day of visits.
        visits: Visits altogether.
        first_visit: Row number of the first visit; the others follow.
        day: How the engine keeps a day.
    """

    seed: int
    today: dt.date
    visits: int
    first_visit: int
    day: Callable[[dt.date], Any]

    @property
    def window(self) -> dt.date:
        """Return the day about which the roster began."""
        return shift_months(self.today, 1 - MONTHS).replace(day=1)

    @property
    def months(self) -> int:
        """Return in how many months, the running one among them, there are visits."""
        return max(FEWEST_MONTHS, min(MONTHS, -(-self.visits // A_MONTH)))

    @property
    def founded(self) -> dt.date:
        """Return the day from which there are grids."""
        return dt.date(self.today.year - 6, 1, 1)

    def random(self, community: int, subject: str) -> Random:
        """Return the randomness of one subject in one community."""
        return Random(f"{self.seed}/city/{subject}/{community}")


def share(total: int, community: int) -> range:
    """Return which of a total, numbered from 0, belong to a community."""
    return range(community * total // COMMUNITIES, (community + 1) * total // COMMUNITIES)


def community_code(community: int) -> str:
    """Return a community's code of 12 digits, in counties that do not exist."""
    town, place = divmod(community, _COMMUNITIES_PER_TOWN)
    county, town = divmod(town, _TOWNS_PER_COUNTY)
    return f"{county_code(county)}{town + 1:03d}{place + 1:03d}"


def county_code(county: int) -> str:
    """Return the code of a county that does not exist."""
    return f"9901{county + 1:02d}"


def community_name(community: int) -> str:
    """Return a community's name; no two are alike."""
    return _FIRST[community // len(_SECOND)] + _SECOND[community % len(_SECOND)] + "社区"


def town_of(community: int) -> tuple[str, str]:
    """Return the names of a community's town and county."""
    town = community // _COMMUNITIES_PER_TOWN
    county = town // _TOWNS_PER_COUNTY
    names = [words.COUNTY, *(name.removeprefix(words.CITY) for name in words.COUNTIES.values())]
    return _SECOND[town % len(_SECOND)] + _FIRST[town // len(_SECOND)] + "街道", names[county]


class Stamper:
    """Makes keys and instants that rise from row to row and from community to community."""

    def __init__(self, plan: CityPlan, community: int) -> None:
        midnight = dt.datetime(plan.founded.year, plan.founded.month, plan.founded.day, tzinfo=dt.UTC)
        self._milliseconds = int(midnight.timestamp() * 1000) + community * 60_000
        self._bits = plan.random(community, "keys").getrandbits

    def row(self) -> tuple[bytearray, int]:
        """Return a UUIDv7 in 16 bytes and its instant. [µs since 1970]"""
        self._milliseconds += 1
        free = self._bits(74)
        high = self._milliseconds << 80 | 7 << 76 | (free >> 62) << 64
        key = high | 0b10 << 62 | (free & (2**62 - 1))
        return bytearray(key.to_bytes(16, "big")), self._milliseconds * _MILLISECOND
