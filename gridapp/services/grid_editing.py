"""Open a community's grids for drawing, say what a drawing changes, store it from a day on or keep it as a draft.

One sitting at the map is one call of ``save_drawing``: one transaction, one
audit entry, one undo. Within a community grids do not overlap and leave no gap
that was not there before, and every building stays in a grid; a drawing that
breaks this is refused, or kept as a draft with a reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.base import covers
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.grid_history import CommunityGround, get_boundary_draft, list_boundary_drafts
from gridapp.db.records import (
    AssignmentRecord,
    CommunityRecord,
    DraftRecord,
    GridBoundaryRecord,
    GridRecord,
    GridSuccessionRecord,
)
from gridapp.db.records.places import GRID_KINDS
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.changes import Changes, Kind
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.boundaries import store_outline
from gridapp.services.boundary_drafts import is_as_seen
from gridapp.services.grid_changes import GridChanges, changes_of, successors_of
from gridapp.services.grid_choices import hand_on_choices
from gridapp.services.grid_moves import move_people
from gridapp.services.outer_borders import corners_next_door

if TYPE_CHECKING:
    from gridapp.geo.editing.session import Drawing

__all__ = [
    "CommunityGround",
    "GridChanges",
    "NewGrid",
    "get_boundary_draft",
    "list_boundary_drafts",
    "open_ground",
    "preview_drawing",
    "save_drawing",
]


@dataclass(frozen=True)
class NewGrid:
    """What a new grid is called, and its kind ("basic" or "dedicated")."""

    name: str = ""
    kind: str = "basic"


def open_ground(database: Database, community: str, day: dt.date) -> CommunityGround:
    """Return a community and its grids on a day, for ``Coverage.from_degrees(ground.boundaries)``.

    Raises:
        NotFoundError: There is no such community.
    """
    return database.fetch(grid_history.get_ground, community, day)


def preview_drawing(database: Database, community: str, drawing: Drawing, effective: dt.date) -> GridChanges:
    """Return what a drawing would change from a day on, and what is wrong with it; stores nothing.

    Raises:
        NotFoundError: There is no such community.
        ConflictError: The grids are not as they were when the drawing was begun.
        ValidationError: Nothing was drawn, an outline changes again later, or no codes are left.
    """
    return database.fetch(changes_of, community, drawing, effective)


@repeated_on_clash
def save_drawing(  # noqa: PLR0913  a drawing, where, from when, by whom, what new grids are called
    database: Database,
    community: str,
    drawing: Drawing,
    effective: dt.date,
    actor: str,
    named: Mapping[str, NewGrid] | None = None,
    draft: str = "",
    seen: Mapping[str, Any] | None = None,
    progress: Progress = NullProgress(),
) -> Changes:
    """Store a drawing from a day on; whoever lives on changed ground changes grid that day, the past stays.

    New grids get the next codes, west to east and north to south, and begin
    with the workers of the grid they come from; grids that are merged away end.
    Where a new border meets the outer border of the community, the grid of the
    other community gets the same corner; its ground stays as it is.

    Args:
        database: Where.
        community: Code of the community new grids belong to.
        drawing: What was drawn.
        effective: First day.
        actor: Who says so.
        named: Names and kinds of new grids by id.
        draft: Key of the draft it was, which is then dropped.
        seen: What that draft held when it was opened; one that somebody changed since stays. None drops it anyway.
        progress: Told while the backup that comes first is made, which takes its time for a city; may cancel.

    Returns:
        Changes whose result is the GridChanges.

    Raises:
        NotFoundError: There is no such community.
        ConflictError: The grids are not as they were when the drawing was begun.
        ValidationError: The drawing breaks the map, or cannot hold from this day; nothing was written.
        OperationCancelled: The user asked to stop; nothing was written.
    """
    backups.back_up_if_changed(database, "before-boundaries", progress)
    with database.write("boundary.edit", actor) as unit:
        found = changes_of(unit.session, community, drawing, effective)
        if found.faults:
            raise ValidationError(
                _("The map has {count} faults. First: {sentence} Put it right, or keep it as a draft.").format(
                    count=len(found.faults), sentence=found.faults[0]
                ),
                "geometry",
            )
        next_door = corners_next_door(unit.session, community, drawing, effective)
        _store(unit, found, drawing, named or {})
        for code, outline in next_door.items():
            store_outline(unit.session, _records(unit.session, [code])[code], outline, effective, "CGCS2000")
        if draft:
            record = unit.session.get(DraftRecord, draft)
            if record is not None and is_as_seen(record, seen):
                unit.session.delete(record)
        unit.detail = {
            "community": community, "effective": effective.isoformat(), "grids": len(drawing.after),
            "new": sorted(found.codes.values()), "ended": sorted(found.ended), "moved": len(found.moves),
        }  # fmt: skip
        message = _("The map holds from {day}. {sentence}").format(day=formats.date(effective), sentence=found.sentence)
        return unit.changes({Kind.PLACE, Kind.RESIDENT, Kind.WORKER}, message, found)


def _store(unit: UnitOfWork, found: GridChanges, drawing: Drawing, named: Mapping[str, NewGrid]) -> None:
    session = unit.session
    community = session.scalars(select(CommunityRecord).where(CommunityRecord.code == found.community)).one()
    for id, code in found.codes.items():
        new = named.get(id, NewGrid(kind="dedicated" if _was_cut(drawing, id) else "basic"))
        if new.kind not in GRID_KINDS:
            raise ValidationError(
                _("“{kind}” is not a kind of grid. Write basic or dedicated.").format(kind=new.kind), "kind"
            )
        name = new.name.strip() or _("Grid {number}").format(number=code[-3:])
        session.add(
            GridRecord(code=code, community_id=community.id, name=name, kind=new.kind, valid_from=found.effective)
        )
    session.flush()
    grids = _records(session, [*found.codes.values(), *(id for id in drawing.after if id not in found.codes)])
    for id, outline in drawing.after.items():
        grid = grids[found.codes.get(id, id)]
        if outline is None:
            _end_grid(session, grid, found.effective)
        else:
            store_outline(session, grid, outline, found.effective, "CGCS2000")
    _hand_on(session, found, drawing, grids)
    taking = successors_of(drawing)
    ended = {code: found.codes.get(taking[code], taking[code]) for code in found.ended if code in taking}
    hand_on_choices(session, ended, found.effective)
    move_people(session, found.moves, found.effective)


def _was_cut(drawing: Drawing, id: str) -> bool:
    return any(new == id and how == "cut" for _old, new, how in drawing.lineage)


def _records(session: Session, codes: list[str]) -> dict[str, GridRecord]:
    return {grid.code: grid for grid in session.scalars(select(GridRecord).where(GridRecord.code.in_(codes)))}


def _end_grid(session: Session, grid: GridRecord, day: dt.date) -> None:
    if grid.valid_from >= day:
        raise ValidationError(
            _("Grid {name} begins on {day} itself. Choose a later day, or undo what made it.").format(
                name=grid.name, day=formats.date(grid.valid_from)
            ),
            "effective",
        )
    grid.valid_to = day
    row = GridBoundaryRecord
    for drawn in session.scalars(select(row).where(row.grid_id == grid.id, covers(row.start, row.end, day))):
        if drawn.start == day:
            session.delete(drawn)
        else:
            drawn.end = day
    work = AssignmentRecord
    lasting = select(work).where(work.grid_id == grid.id, or_(work.end.is_(None), work.end > day))
    for assigned in session.scalars(lasting):
        if assigned.start >= day:
            session.delete(assigned)
        else:
            assigned.end = day


def _hand_on(session: Session, found: GridChanges, drawing: Drawing, grids: Mapping[str, GridRecord]) -> None:
    """Note which grid came from which; new grids begin with the workers of the first they come from."""
    manned: set[str] = set()
    known = dict(grids)
    missing = [old for old, _new, _how in drawing.lineage if old not in known]
    known |= _records(session, missing)
    for old, new, how in drawing.lineage:
        predecessor, successor = known[old], known[found.codes.get(new, new)]
        session.add(
            GridSuccessionRecord(
                predecessor_id=predecessor.id, successor_id=successor.id, day=found.effective, kind=how
            )
        )
        if new in found.codes and new not in manned:
            manned.add(new)
            _copy_workers(session, predecessor.id, successor.id, found.effective)


def _copy_workers(session: Session, old: int, new: int, day: dt.date) -> None:
    work = AssignmentRecord
    before = day - dt.timedelta(1)  # a predecessor that ends today was served until yesterday
    served = select(work).where(work.grid_id == old, covers(work.start, work.end, before)).order_by(work.start, work.id)
    for assigned in session.scalars(served).all():
        session.add(
            AssignmentRecord(
                worker_id=assigned.worker_id, grid_id=new, role=assigned.role, duty=assigned.duty, start=day
            )
        )
