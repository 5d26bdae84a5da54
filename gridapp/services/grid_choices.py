"""Put a building or a person into a grid by hand, and let it go again; every choice carries its reason.

A choice outlives new outlines. When its grid ends, it goes on for the grid
that takes over, with a word about it in the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.base import covers
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.references import get_grid, get_resident, matches, shown
from gridapp.db.records import BuildingRecord, GridChoiceRecord, GridRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs, Values, refuse_if_changed
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.services.grid_moves import move_of, move_people


@repeated_on_clash
def choose_grid(  # noqa: PLR0913  who or what, where, why, from when, by whom
    database: Database, grid: str, reason: str, day: dt.date, actor: str, building: str = "", resident: str = "",
    seen: Values | None = None,
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
        seen: ``choice``: key of the choice the user saw to hold on the day, "" for none; None asks nothing.

    Raises:
        NotFoundError: Unknown grid, building or person.
        ConflictError: Somebody else chose a grid for them meanwhile; the sentence says which.
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
        _refuse_other_choice(session, what, who, day, seen)
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


@repeated_on_clash
def release_choice(database: Database, key: str, day: dt.date, actor: str) -> Changes:
    """End a choice made by hand from a day on; its people go back to the grid their building lies in.

    Where the building lies in no grid, or has no place, they stay where they are.

    Args:
        database: Where.
        key: Of the choice, as ``list_choice_rows`` gives it.
        day: First day without it; one that has not begun by then never does.
        actor: Who says so.

    Raises:
        NotFoundError: There is no such choice.
    """
    with database.write("boundary.release", actor) as unit:
        session = unit.session
        choice = session.scalar(select(GridChoiceRecord).where(matches(GridChoiceRecord, key)))
        if choice is None or (choice.end is not None and choice.end <= day):
            raise NotFoundError(_("This choice does not hold any more."))
        building, resident, day = choice.building_id, choice.resident_id, max(day, choice.start)
        _end(session, choice, day)
        by_building, by_resident = grid_history.list_choices(session, day)
        moves = []
        for row in grid_history.list_living(session, None, day):
            if row.resident != resident if resident is not None else row.building != building:
                continue
            chosen = by_resident.get(row.resident) or (by_building.get(row.building) if row.building else None)
            target = chosen or _grid_at(session, row.building, day)
            if target is not None and target != row.grid:
                moves.append(move_of(row, target, day))
        move_people(session, moves, day)
        unit.detail = {"day": day.isoformat(), "moved": len(moves)}
        message = _("The choice made by hand ends on {day}; {people} residents have the grid they live in.").format(
            people=len(moves), day=formats.date(day)
        )
        return unit.changes({Kind.PLACE, Kind.RESIDENT}, message, moves)


def hand_on_choices(session: Session, successors: Mapping[str, str], day: dt.date) -> int:
    """Let choices of grids that end go on for those that take over, and say so in the reason; return how many.

    Args:
        session: Of a write.
        successors: Code of the grid that takes over, by code of the grid that ends.
        day: First day of the new grid.
    """
    choice, count = GridChoiceRecord, 0
    for old, new in successors.items():
        ended, taking = get_grid(session, old), get_grid(session, new)
        lasting = select(choice).where(choice.grid_id == ended.id, or_(choice.end.is_(None), choice.end > day))
        for held in session.scalars(lasting.order_by(choice.id)).all():
            reason = _("{reason} (taken over from {grid}, which ended on {day})").format(
                reason=held.reason, grid=ended.name, day=formats.date(day)
            )
            count += 1
            if held.start >= day:
                held.grid_id, held.reason = taking.id, reason
                continue
            session.add(
                choice(
                    building_id=held.building_id, resident_id=held.resident_id, grid_id=taking.id, reason=reason,
                    start=day, end=held.end,
                )
            )  # fmt: skip
            held.end = day
    session.flush()
    return count


def _grid_at(session: Session, building: int | None, day: dt.date) -> str | None:
    """Return the code of the grid a building lies in, None for none or without a place."""
    import numpy as np  # heavy: imported when first used
    import shapely

    found = session.get(BuildingRecord, building) if building is not None else None
    if found is None or found.lon is None or found.lat is None:
        return None
    grids = [row for row in list_grids(session, day) if row.boundary is not None]
    shapes = shapely.from_wkb(np.array([row.boundary for row in grids], dtype=object))
    places = np.nonzero(shapely.intersects_xy(shapes, found.lon, found.lat))[0]
    return grids[int(places[0])].code if len(places) else None


def _building(session: Session, text: str) -> BuildingRecord:
    found = session.scalar(select(BuildingRecord).where(matches(BuildingRecord, text)))
    if found is None:
        raise NotFoundError(_("There is no building “{id}”.").format(id=text))
    return found


def _refuse_other_choice(
    session: Session, building: int | None, resident: int | None, day: dt.date, seen: Values | None
) -> None:
    choice = GridChoiceRecord
    same = choice.building_id == building if building is not None else choice.resident_id == resident
    found = session.execute(
        select(choice, GridRecord.name)
        .join(GridRecord, GridRecord.id == choice.grid_id)
        .where(same, covers(choice.start, choice.end, day))
    ).first()
    row, grid = found if found is not None else (None, "")
    now = {"choice": shown(row.ref, row.uid) if row else ""}
    said = _(
        "Somebody else, {who}, chose {grid} meanwhile, because: {reason}. Yours is not saved. "
        "Save once more to replace theirs, or cancel."
    ).format(who=row.created_by if row else "", grid=grid, reason=row.reason if row else "")
    refuse_if_changed(seen, Theirs(now, seen=now), said if row else "")


def _end_choices(session: Session, building: int | None, resident: int | None, day: dt.date) -> None:
    choice = GridChoiceRecord
    same = choice.building_id == building if building is not None else choice.resident_id == resident
    for earlier in session.scalars(select(choice).where(same, covers(choice.start, choice.end, day))):
        _end(session, earlier, day)


def _end(session: Session, choice: GridChoiceRecord, day: dt.date) -> None:
    if choice.start >= day:
        session.delete(choice)
    else:
        choice.end = day
    session.flush()
