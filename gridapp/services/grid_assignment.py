"""Put residents into the grid their building lies in, except where somebody chose another one by hand.

What is stored stays what it is until ``assign_by_place`` is called: first look
at ``places_of``, which says who would change and who lies in no grid.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.base import covers
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.references import get_grid, get_resident, matches
from gridapp.db.records import BuildingRecord, GridChoiceRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.grid_moves import Move, move_of, move_people


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
    """

    day: dt.date
    buildings: int
    places: int
    moves: tuple[Move, ...]
    kept_by_hand: tuple[str, ...]
    nowhere: tuple[tuple[str, str], ...]
    buildings_nowhere: tuple[str, ...]
    unplaced: int


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
    return _compared(session, day, community, lies_in, (len(buildings), index.places, outside))


def _compared(
    session: Session,
    day: dt.date,
    community: str | None,
    lies_in: dict[int, str | None],
    looked_at: tuple[int, int, tuple[str, ...]],
) -> Placement:
    by_building, by_resident = grid_history.list_choices(session, day)
    moves, by_hand, nowhere, unplaced = [], [], [], 0
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
    count, places, outside = looked_at
    return Placement(day, count, places, tuple(moves), tuple(by_hand), tuple(nowhere), outside, unplaced)


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


@repeated_on_clash
def choose_grid(  # noqa: PLR0913  who or what, where, why, from when, by whom
    database: Database, grid: str, reason: str, day: dt.date, actor: str, building: str = "", resident: str = ""
) -> Changes:
    """Put a building or a person into a grid by hand from a day on, wherever they lie; new outlines do not change it.

    Args:
        database: Where.
        grid: Code.
        reason: Why; it is shown beside the grid.
        day: First day.
        actor: Who says so.
        building: Key or reference of the building; or
        resident: of the person.

    Raises:
        NotFoundError: Unknown grid, building or person.
        ValidationError: No reason, or not exactly one of building and person.
    """
    if not reason.strip():
        raise ValidationError(_("Say why this grid was chosen."), "reason")
    if bool(building) == bool(resident):
        raise ValidationError(_("Choose either a building or a person."), "building")
    with database.write("boundary.choose", actor) as unit:
        session = unit.session
        chosen = get_grid(session, grid)
        if chosen.valid_from > day or (chosen.valid_to is not None and chosen.valid_to <= day):
            raise ValidationError(_("Grid {name} does not exist on {day}.").format(
                name=chosen.name, day=formats.date(day)), "grid")  # fmt: skip
        who = get_resident(session, resident).id if resident else None
        what = _building(session, building).id if building else None
        _end_choices(session, what, who, day)
        session.add(
            GridChoiceRecord(building_id=what, resident_id=who, grid_id=chosen.id, reason=reason.strip(), start=day)
        )
        concerned = [
            move_of(row, chosen.code, day)
            for row in grid_history.list_living(session, None, day)
            if row.grid != chosen.code and (row.resident == who if who is not None else row.building == what)
        ]
        move_people(session, concerned, day)
        unit.detail = {"grid": grid, "day": day.isoformat(), "moved": len(concerned)}
        message = _("{people} residents belong to {grid} by hand from {day}.").format(
            people=len(concerned), grid=chosen.name, day=formats.date(day)
        )
        return unit.changes({Kind.PLACE, Kind.RESIDENT}, message, concerned)


def _building(session: Session, text: str) -> BuildingRecord:
    found = session.scalar(select(BuildingRecord).where(matches(BuildingRecord, text)))
    if found is None:
        raise NotFoundError(_("There is no building “{id}”.").format(id=text))
    return found


def _end_choices(session: Session, building: int | None, resident: int | None, day: dt.date) -> None:
    choice = GridChoiceRecord
    same = choice.building_id == building if building is not None else choice.resident_id == resident
    for earlier in session.scalars(select(choice).where(same, covers(choice.start, choice.end, day))):
        if earlier.start >= day:
            session.delete(earlier)
        else:
            earlier.end = day
    session.flush()
