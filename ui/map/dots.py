"""Buildings on the map and the people of a grid, read off the UI thread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.places import list_buildings
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import RosterRow, Scope
from gridapp.domain.period import Month, reference_day
from gridapp.geo.local_frame import LocalFrame

if TYPE_CHECKING:
    from gridapp.db.database import Session
    from ui.map.ground import MapGround

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MapDots:
    """Buildings.

    Attributes:
        places: Shape (n, 2). [m]
        names: Their names.
        residents: How many live in each. [people]
        missed: How many of them are on the roster and not visited this month. [people]
    """

    places: Points = field(default_factory=lambda: np.zeros((0, 2)))
    names: tuple[str, ...] = ()
    residents: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sight:
    """A part of the map.

    Attributes:
        frame: Of the map.
        box: West, south, east, north. [m]
        communities: Codes of the communities in it.
    """

    frame: LocalFrame
    box: tuple[float, float, float, float]
    communities: tuple[str, ...]

    def holds(self, box: tuple[float, float, float, float]) -> bool:
        """Tell whether a box lies wholly in it."""
        west, south, east, north = self.box
        return west <= box[0] and south <= box[1] and east >= box[2] and north >= box[3]


def read_dots(session: Session, month: Month, as_of: dt.date, sight: Sight) -> MapDots:
    """Return the buildings of a part of the map, with how many people in each the month has missed so far."""
    rule, frame = RosterRule.monthly(load_settings(session)), sight.frame
    missed: set[int] = set()
    for community in sight.communities:
        roster = list_roster(session, month, as_of, rule, Scope(community=community))
        missed |= {row.person.number for row in roster if row.missed}
    (west, south), (east, north) = frame.to_degrees(np.array(sight.box).reshape(2, 2)).tolist()
    rows = list_buildings(session, reference_day(month, as_of) or as_of, (west, south, east, north))
    if not rows:
        return MapDots()
    return MapDots(
        places=frame.to_metres(np.array([(row.lon, row.lat) for row in rows])),
        names=tuple(row.name for row in rows),
        residents=tuple(len(row.residents) for row in rows),
        missed=tuple(sum(number in missed for number in row.residents) for row in rows),
    )


def read_dots_in(
    session: Session, month: Month, as_of: dt.date, ground: MapGround, box: tuple[float, float, float, float]
) -> MapDots:
    """Return the buildings in west, south, east, north of a ground. [m]"""
    communities = {ground.communities[grid] for grid in ground.within(box).tolist()}
    return read_dots(session, month, as_of, Sight(ground.frame, box, tuple(sorted(communities))))


def read_people(session: Session, month: Month, as_of: dt.date, grid: str) -> list[RosterRow]:
    """Return a grid's people on or beside the month's roster: missed ones first, then in walking order."""
    settings = load_settings(session)
    rows = list_roster(session, month, as_of, RosterRule.monthly(settings), Scope(grid=grid))
    return sorted(rows, key=lambda row: (not row.missed, row.status != "counted"))
