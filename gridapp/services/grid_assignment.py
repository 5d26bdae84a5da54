"""Put residents into the grid their building lies in, except where somebody chose another one by hand.

What is stored stays what it is until ``assign_by_place`` is called: first look
at ``places_of``, which says who would change and who lies in no grid.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.places import list_grids
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.grid_moves import Move, move_of, move_people


@dataclass(frozen=True)
class Stray:
    """A resident whose building lies in no grid, or in another one than the grid stored.

    Attributes:
        person: What lists show for the resident.
        name: Of the resident.
        building: What lists show for the building.
        building_name: Its name.
        grid: Code of the grid stored.
        place: Code of the grid the building lies in, None for none.
        lon: Longitude of the building, CGCS2000. [°]
        lat: Latitude. [°]
    """

    person: str
    name: str
    building: str
    building_name: str
    grid: str
    place: str | None
    lon: float
    lat: float


@dataclass(frozen=True)
class Placement:
    """Where buildings and residents lie on a day, against what is stored.

    Attributes:
        day: The day.
        buildings: Buildings looked at.
        places: Different places among them; each is looked up once.
        moves: Residents whose building lies in another grid than the one stored.
        kept_by_hand: Residents in a grid chosen by hand although their building lies in another, by name.
        nowhere: Residents whose building lies in no grid: reference and name.
        buildings_nowhere: Buildings in no grid, by name.
        unplaced: Residents whose building has no place on the map, or who have no building; they stay where they are.
        strays: Everybody who lies in no grid or would move, to be shown and put right by hand.
    """

    day: dt.date
    buildings: int
    places: int
    moves: tuple[Move, ...]
    kept_by_hand: tuple[str, ...]
    nowhere: tuple[tuple[str, str], ...]
    buildings_nowhere: tuple[str, ...]
    unplaced: int
    strays: tuple[Stray, ...] = ()


def places_of(
    session: Session, day: dt.date, community: str | None = None, progress: Progress | None = None
) -> Placement:
    """Return where residents lie on a day, against the grid stored for them.

    Args:
        session: Where.
        day: The day.
        community: Code; all communities when None.
        progress: Told about the search.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    import numpy as np  # heavy: imported when first used

    from gridapp.geo.locate import PointIndex
    from gridapp.geo.pieces import read_wkb

    progress = progress or NullProgress()
    grids = [row for row in list_grids(session, day) if row.boundary is not None]
    shapes = read_wkb([row.boundary for row in grids])
    buildings = grid_history.list_building_places(session, community)
    known = [building.lon is not None and building.lat is not None for building in buildings]
    points = [(building.lon, building.lat) if is_known else (np.nan, np.nan)
              for building, is_known in zip(buildings, known, strict=True)]  # fmt: skip
    index = PointIndex(np.array(points, dtype=np.float64))
    found = index.locate(shapes, progress) if grids else np.full(len(points), -1)
    lies_in = {
        building.number: grids[place].code if place >= 0 else None
        for building, place, is_known in zip(buildings, found.tolist(), known, strict=True)
        if is_known
    }
    outside = tuple(building.name for building in buildings if lies_in.get(building.number, "") is None)
    return _compared(session, day, community, lies_in, ({row.number: row for row in buildings}, index.places, outside))


def _compared(
    session: Session,
    day: dt.date,
    community: str | None,
    lies_in: dict[int, str | None],
    looked_at: tuple[dict[int, grid_history.BuildingPlace], int, tuple[str, ...]],
) -> Placement:
    by_building, by_resident = grid_history.list_choices(session, day)
    moves, by_hand, nowhere, strays, unplaced = [], [], [], [], 0
    buildings, places, outside = looked_at
    for row in grid_history.list_living(session, community, day):
        if row.building is None or row.building not in lies_in:
            unplaced += 1
            continue
        place = lies_in[row.building]
        chosen = by_resident.get(row.resident) or by_building.get(row.building)
        if chosen is not None:
            if chosen != place:
                by_hand.append(row.name)
            place = chosen
        if place is None:
            nowhere.append((row.ref, row.name))
        elif place != row.grid:
            moves.append(move_of(row, place, day))
        if place != row.grid:
            strays.append(_stray(row, buildings[row.building], place))
    return Placement(
        day, len(buildings), places, tuple(moves), tuple(by_hand), tuple(nowhere), outside, unplaced, tuple(strays)
    )


def _stray(row: grid_history.LivingRow, building: grid_history.BuildingPlace, place: str | None) -> Stray:
    assert building.lon is not None and building.lat is not None
    return Stray(row.ref, row.name, building.ref, building.name, row.grid, place, building.lon, building.lat)


@repeated_on_clash
def assign_by_place(
    database: Database, day: dt.date, actor: str, community: str | None = None, progress: Progress | None = None
) -> Changes:
    """Give residents the grid their building lies in from a day on; grids chosen by hand stay.

    Returns:
        Changes whose result is the Placement.

    Raises:
        OperationCancelled: The user asked to stop; nothing was written.
    """
    backups.back_up_if_changed(database, "before-boundaries", progress or NullProgress())
    with database.write("boundary.assign", actor) as unit:
        found = places_of(unit.session, day, community, progress)
        move_people(unit.session, found.moves, day)
        unit.detail = {"day": day.isoformat(), "moved": len(found.moves), "nowhere": len(found.nowhere)}
        message = _("{people} residents have the grid they live in from {day}; {nowhere} live in no grid.").format(
            people=len(found.moves), day=formats.date(day), nowhere=len(found.nowhere)
        )
        return unit.changes({Kind.PLACE, Kind.RESIDENT}, message, found)
