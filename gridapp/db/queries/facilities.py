"""Places of service with the grid they lie in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.places import list_grids
from gridapp.db.queries.references import shown
from gridapp.db.records import CommunityRecord, FacilityRecord


@dataclass(frozen=True)
class FacilityRow:
    """A facility.

    Attributes:
        key: What lists show for it.
        kind: One of FACILITY_KINDS.
        name: Its name.
        address: In words, "" for none.
        lon: Longitude, CGCS2000. [°]
        lat: Latitude. [°]
        area: Floor area, None when unknown. [m²]
        community: Code.
        grid: Code of the grid it lies in, "" for none.
        grid_name: Its name.
    """

    key: str
    kind: str
    name: str
    address: str
    lon: float
    lat: float
    area: float | None
    community: str
    grid: str
    grid_name: str


def list_facilities(
    session: Session,
    day: dt.date,
    community: str | None = None,
    box: tuple[float, float, float, float] | None = None,
    with_grids: bool = True,
) -> list[FacilityRow]:
    """Return facilities by kind and name, each with its grid of a day.

    Args:
        session: Where.
        day: Whose grids.
        community: Code; all communities when None.
        box: West, south, east, north of the part of the map wanted, CGCS2000; None for all. [°]
        with_grids: False leaves the grids empty: to find them every outline is read.
    """
    record = FacilityRecord
    statement = select(record, CommunityRecord.code).join(CommunityRecord, CommunityRecord.id == record.community_id)
    if community is not None:
        statement = statement.where(CommunityRecord.code == community)
    if box is not None:
        west, south, east, north = box
        statement = statement.where(record.lon.between(west, east), record.lat.between(south, north))
    found = session.execute(statement.order_by(record.kind, record.name, record.id)).all()
    grids = [("", "")] * len(found)
    if with_grids:
        grids = grids_at(session, day, [(row.lon, row.lat) for row, _code in found])
    return [
        FacilityRow(
            shown(row.ref, row.uid), row.kind, row.name, row.address or "", row.lon, row.lat, row.area, code, *grid
        )
        for (row, code), grid in zip(found, grids, strict=True)
    ]


def grids_at(session: Session, day: dt.date, places: list[tuple[float, float]]) -> list[tuple[str, str]]:
    """Return code and name of the grid at each place on a day, two empty texts where there is none."""
    import numpy as np  # heavy: imported when first used
    import shapely

    grids = [row for row in list_grids(session, day) if row.boundary is not None] if places else []
    if not grids:
        return [("", "")] * len(places)
    tree = shapely.STRtree(shapely.from_wkb(np.array([row.boundary for row in grids], dtype=object)))
    which, grid = tree.query(shapely.points(np.array(places, dtype=np.float64)), predicate="intersects")
    found = [("", "")] * len(places)
    for place, number in sorted(zip(which.tolist(), grid.tolist(), strict=True), reverse=True):
        found[place] = (grids[number].code, grids[number].name)  # on a border the first by code has it
    return found
