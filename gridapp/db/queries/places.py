"""Communities, grids with their outlines, workers, dwellings on the map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.plain_rows import plain_columns, plain_rows
from gridapp.db.queries.references import shown_plain
from gridapp.db.queries.roster import RosterDay, days_table, responsible
from gridapp.db.queries.values import CommunityRow, GridRow, WorkerRow
from gridapp.db.records import (
    AssignmentRecord,
    BuildingRecord,
    CommunityRecord,
    GridBoundaryRecord,
    GridRecord,
    HouseholdRecord,
    ResidencyRecord,
    WorkerRecord,
)
from gridapp.db.records.places import GRID_KINDS


@dataclass(frozen=True)
class BuildingRow:
    """A building on the map.

    Attributes:
        name: Its name.
        lon: Longitude, CGCS2000. [°]
        lat: Latitude, CGCS2000. [°]
        residents: Local row numbers of who lives there on the day.
    """

    name: str
    lon: float
    lat: float
    residents: tuple[int, ...]


def list_communities(session: Session) -> list[CommunityRow]:
    """Return all communities by code."""
    rows = session.execute(select(CommunityRecord.code, CommunityRecord.name).order_by(CommunityRecord.code))
    return [CommunityRow(*row) for row in rows]


def list_grids(
    session: Session, day: dt.date, community: str | None = None, with_outlines: bool = True
) -> list[GridRow]:
    """Return the grids that exist on a day, by code, with outline and responsible worker.

    Args:
        session: Where to read.
        day: The day.
        community: Only those of one community.
        with_outlines: False leaves the outlines out: those of a city are many megabytes.
    """
    boundary = GridBoundaryRecord
    statement = (
        select(
            GridRecord.id, GridRecord.code, GridRecord.name, GridRecord.kind, CommunityRecord.code,
            boundary.geometry if with_outlines else null(),
        )
        .join(CommunityRecord, CommunityRecord.id == GridRecord.community_id)
        .where(covers(GridRecord.valid_from, GridRecord.valid_to, day))
        .order_by(GridRecord.code)
    )
    if with_outlines:
        drawn = (boundary.grid_id == GridRecord.id) & covers(boundary.start, boundary.end, day)
        statement = statement.outerjoin(boundary, drawn)
    if community is not None:
        statement = statement.where(CommunityRecord.code == community)
    if community is None:
        keepers = responsible_names(session, day)
    else:
        of = select(CommunityRecord.id).where(CommunityRecord.code == community).scalar_subquery()
        numbers = list(session.scalars(select(GridRecord.id).where(GridRecord.community_id == of)))
        keepers = responsible_names(session, day, numbers)
    if not with_outlines:
        return [
            GridRow(code, name, GRID_KINDS[kind], of, None, keepers.get(number, ""))
            for number, code, name, kind, of, _none in plain_rows(session, statement)
        ]
    return [
        GridRow(code, name, kind, of, shape, keepers.get(number, ""))
        for number, code, name, kind, of, shape in session.execute(statement)
    ]


def responsible_names(session: Session, day: dt.date, grids: Sequence[int] | None = None) -> dict[int, str]:
    """Return the name of each grid's responsible worker by the grid's row number, by the same order as the figures use.

    Args:
        session: Where to read.
        day: The day.
        grids: Row numbers; None for all.
    """
    if grids is not None and not grids:
        return {}
    keeper = responsible(
        days_table([RosterDay(0, day, day, day)]), (lambda column: column.in_(grids)) if grids is not None else None
    )
    statement = select(keeper.c.grid_id, WorkerRecord.name).join(WorkerRecord, WorkerRecord.id == keeper.c.worker_id)
    return dict(plain_rows(session, statement))


def list_workers(session: Session, day: dt.date, grid: str | None = None) -> list[WorkerRow]:
    """Return all workers by name, with the codes of the grids they serve on a day.

    Args:
        session: Where to read.
        day: The day.
        grid: Only those who serve this grid, with no other grid named.
    """
    grids: dict[int, list[str]] = {}
    statement = (
        select(AssignmentRecord.worker_id, GridRecord.code)
        .join(GridRecord, GridRecord.id == AssignmentRecord.grid_id)
        .where(covers(AssignmentRecord.start, AssignmentRecord.end, day))
        .order_by(GridRecord.code)
    )
    if grid is not None:
        statement = statement.where(GridRecord.code == grid)
    for number, code in plain_rows(session, statement):
        grids.setdefault(number, []).append(code)
    # Columns as the driver has them, not records: a city has twenty thousand.
    row = WorkerRecord
    workers = select(row.id, row.ref, row.uid, row.name, row.phone).order_by(row.name, row.id)
    if grid is not None:
        workers = workers.where(row.id.in_(list(grids)))
    return [
        WorkerRow(shown_plain(ref, uid), name, phone or "", tuple(grids.get(number, ())))
        for number, ref, uid, name, phone in plain_rows(session, workers)
    ]


def list_offered_grids(session: Session, day: dt.date) -> list[GridRow]:
    """Return the grids that exist on a day, by code, to choose from: without outlines and responsible workers."""
    grid, community = GridRecord, CommunityRecord
    statement = select(grid.code, grid.name, grid.kind, community.code)
    statement = statement.join(community, community.id == grid.community_id)
    statement = statement.where(covers(grid.valid_from, grid.valid_to, day))
    codes, names, kinds, of = plain_columns(session, statement)
    return [
        GridRow(code, name, GRID_KINDS[kind], place, None, "")
        for code, name, kind, place in sorted(zip(codes, names, kinds, of, strict=True))
    ]


def name_grids(session: Session, day: dt.date) -> list[tuple[str, str, str]]:
    """Return code, name and community's code of the grids that exist on a day, by code."""
    grid, community = GridRecord, CommunityRecord
    statement = select(grid.code, grid.name, community.code).join(community, community.id == grid.community_id)
    found = plain_rows(session, statement.where(covers(grid.valid_from, grid.valid_to, day)).order_by(grid.code))
    return [(code, name, of) for code, name, of in found]


def name_serving_workers(session: Session, day: dt.date) -> list[tuple[str, str]]:
    """Return shown id and name of the workers who serve a grid on a day, by name."""
    row, post = WorkerRecord, AssignmentRecord
    serving = select(post.worker_id).where(covers(post.start, post.end, day))
    statement = select(row.ref, row.uid, row.name).where(row.id.in_(serving)).order_by(row.name, row.id)
    return [(shown_plain(ref, uid), name) for ref, uid, name in plain_rows(session, statement)]


def list_buildings(
    session: Session, day: dt.date, box: tuple[float, float, float, float] | None = None
) -> list[BuildingRow]:
    """Return the buildings with a place on the map and who lives there on a day.

    Args:
        session: Where to read.
        day: The day.
        box: West, south, east, north of the part of the map wanted, CGCS2000; None for all. [°]
    """
    statement = (
        select(
            BuildingRecord.id, BuildingRecord.name, BuildingRecord.lon, BuildingRecord.lat, ResidencyRecord.resident_id
        )
        .join(HouseholdRecord, HouseholdRecord.building_id == BuildingRecord.id)
        .join(
            ResidencyRecord,
            (ResidencyRecord.household_id == HouseholdRecord.id)
            & covers(ResidencyRecord.start, ResidencyRecord.end, day),
        )
        .where(BuildingRecord.lon.is_not(None), BuildingRecord.lat.is_not(None))
        .order_by(BuildingRecord.id)
    )
    if box is not None:
        west, south, east, north = box
        statement = statement.where(BuildingRecord.lon.between(west, east), BuildingRecord.lat.between(south, north))
    found: dict[int, tuple[str, float, float, list[int]]] = {}
    for number, name, lon, lat, resident in session.execute(statement):
        if lon is not None and lat is not None:
            found.setdefault(number, (name, lon, lat, []))[3].append(resident)
    return [BuildingRow(name, lon, lat, tuple(residents)) for name, lon, lat, residents in found.values()]


def community_of(session: Session, grid: str) -> str | None:
    """Return the code of a grid's community, or None when there is no such grid."""
    statement = select(CommunityRecord.code).join(GridRecord, GridRecord.community_id == CommunityRecord.id)
    return session.scalar(statement.where(GridRecord.code == grid))


def count_grids(session: Session) -> int:
    """Return how many grids there are, on whatever day."""
    return session.scalar(select(func.count()).select_from(GridRecord)) or 0


def count_rows(session: Session) -> dict[str, int]:
    """Return how many communities, grids, buildings and households there are."""
    tables = (CommunityRecord, GridRecord, BuildingRecord, HouseholdRecord)
    return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
