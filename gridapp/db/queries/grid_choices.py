"""Grids that somebody chose by hand for a building or a person, wherever it lies on the map."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from gridapp.db.base import covers
from gridapp.db.queries.references import shown
from gridapp.db.records import (
    BuildingRecord,
    CommunityRecord,
    GridChoiceRecord,
    GridRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
)


@dataclass(frozen=True)
class ChoiceRow:
    """A grid chosen by hand.

    Attributes:
        key: Of the choice.
        name: Of the person or building.
        person: What lists show for the person; "" when a building was put there.
        building: The same of the building: the chosen one, or the one the person lives in; "" for none.
        building_name: Its name, "" for none.
        grid: Code of the grid chosen.
        grid_name: Its name.
        reason: Why.
        start: First day.
        has_ended: Whether the grid does not exist any more on the day asked for.
        lon: Longitude of the building, CGCS2000; None without a place. [°]
        lat: Latitude. [°]
    """

    key: str
    name: str
    person: str
    building: str
    building_name: str
    grid: str
    grid_name: str
    reason: str
    start: dt.date
    has_ended: bool
    lon: float | None
    lat: float | None


def list_choice_rows(session: Session, day: dt.date, community: str | None = None) -> list[ChoiceRow]:
    """Return the choices that hold on a day or later, people first, by name.

    Args:
        session: Where.
        day: The day.
        community: Code of the community of the chosen grids; all when None.
    """
    choice, home, lived = GridChoiceRecord, aliased(BuildingRecord), aliased(BuildingRecord)
    statement = (
        select(choice, GridRecord, home, ResidentRecord, lived)
        .join(GridRecord, GridRecord.id == choice.grid_id)
        .outerjoin(home, home.id == choice.building_id)
        .outerjoin(ResidentRecord, ResidentRecord.id == choice.resident_id)
        .outerjoin(
            ResidencyRecord,
            (ResidencyRecord.resident_id == choice.resident_id)
            & covers(ResidencyRecord.start, ResidencyRecord.end, day),
        )
        .outerjoin(HouseholdRecord, HouseholdRecord.id == ResidencyRecord.household_id)
        .outerjoin(lived, lived.id == HouseholdRecord.building_id)
        .where(or_(choice.end.is_(None), choice.end > day))
        .order_by(choice.start, choice.id)
    )
    if community is not None:
        of = select(CommunityRecord.id).where(CommunityRecord.code == community).scalar_subquery()
        statement = statement.where(GridRecord.community_id == of)
    rows = [_row(*found, day) for found in session.execute(statement)]
    return sorted(rows, key=lambda row: (not row.person, row.name, row.start))


def _row(
    choice: GridChoiceRecord,
    grid: GridRecord,
    home: BuildingRecord | None,
    person: ResidentRecord | None,
    lived: BuildingRecord | None,
    day: dt.date,
) -> ChoiceRow:
    building = home or lived
    name = person.name if person is not None else building.name if building is not None else ""
    return ChoiceRow(
        str(choice.uid),
        name,
        shown(person.ref, person.uid) if person is not None else "",
        shown(building.ref, building.uid) if building is not None else "",
        building.name if building is not None else "",
        grid.code,
        grid.name,
        choice.reason,
        choice.start,
        grid.valid_to is not None and grid.valid_to <= max(day, choice.start),
        building.lon if building is not None else None,
        building.lat if building is not None else None,
    )
