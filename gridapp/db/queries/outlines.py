"""Outlines of grids with the names of their communities: what lies on both sides of a common border."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.records import CommunityRecord, GridBoundaryRecord, GridRecord


@dataclass(frozen=True)
class OutlineRow:
    """A grid that is drawn.

    Attributes:
        code: Fifteen digits.
        name: Its name.
        community: Code of its community.
        community_name: Name of it.
        boundary: WKB, CGCS2000 degrees.
    """

    code: str
    name: str
    community: str
    community_name: str
    boundary: bytes


def list_outlines(session: Session, day: dt.date, without: str | None = None) -> list[OutlineRow]:
    """Return the grids that are drawn on a day, by code.

    Args:
        session: Where to read.
        day: The day.
        without: Code of a community whose grids are left out.
    """
    drawn = GridBoundaryRecord
    statement = (
        select(GridRecord.code, GridRecord.name, CommunityRecord.code, CommunityRecord.name, drawn.geometry)
        .join(CommunityRecord, CommunityRecord.id == GridRecord.community_id)
        .join(drawn, (drawn.grid_id == GridRecord.id) & covers(drawn.start, drawn.end, day))
        .where(covers(GridRecord.valid_from, GridRecord.valid_to, day))
        .order_by(GridRecord.code)
    )
    if without is not None:
        statement = statement.where(CommunityRecord.code != without)
    return [OutlineRow(*row) for row in session.execute(statement)]
