"""When somebody was last validly visited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, Select, select

from gridapp.db.records import VisitRecord


def last_valid_visit(
    resident_id: Any, day: dt.date | BindParameter[Any], modes: Collection[str] | BindParameter[Any]
) -> Select[Any]:
    """Return the day of the last valid visit of one person up to a day; one look into the index of visits.

    Args:
        resident_id: Column of the statement around it, or a number.
        day: Visits after it are not looked at.
        modes: Modes of visiting that count, or where they are bound, expanding.
    """
    visit = VisitRecord
    return (
        select(visit.visited_on)
        .where(
            visit.resident_id == resident_id,
            visit.visited_on <= day,
            visit.voided_at.is_(None),
            visit.outcome == "met",
            visit.mode.in_(modes),
        )
        .order_by(visit.visited_on.desc())
        .limit(1)
    )
