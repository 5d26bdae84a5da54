"""Let people live in another grid from a day on, at the same address; the days before stay as they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.grid_history import LivingRow
from gridapp.db.records import GridRecord, ResidencyRecord
from gridapp.domain.civil_date import completed_years

ELDER_AGE = 60
CHUNK = 500


@dataclass(frozen=True)
class Move:
    """A person who gets another grid.

    Attributes:
        residency: Number of the residency.
        resident: Number of the resident.
        ref: What lists show for the resident.
        name: Of the resident.
        is_elder: 60 or older on the first day.
        before: Code of the grid until then.
        after: Code of the grid from then on.
        start: First day of the residency.
    """

    residency: int
    resident: int
    ref: str
    name: str
    is_elder: bool
    before: str
    after: str
    start: dt.date


def move_of(row: LivingRow, target: str, day: dt.date) -> Move:
    """Return the move of a residency to the grid with a code from a day on."""
    elder = row.birth is not None and completed_years(row.birth, day) >= ELDER_AGE
    return Move(row.number, row.resident, row.ref, row.name, elder, row.grid, target, row.start)


def move_people(session: Session, moves: Sequence[Move], day: dt.date) -> None:
    """Carry out moves: a residency that began before the day ends there and another begins.

    Args:
        session: Of a write.
        moves: Who gets which grid.
        day: First day in the new grid.
    """
    codes = sorted({move.after for move in moves})
    named = select(GridRecord.code, GridRecord.id).where(GridRecord.code.in_(codes))
    grids: dict[str, int] = dict(session.execute(named).all())
    rows: dict[int, ResidencyRecord] = {}
    numbers = [move.residency for move in moves]
    for start in range(0, len(numbers), CHUNK):
        some = select(ResidencyRecord).where(ResidencyRecord.id.in_(numbers[start : start + CHUNK]))
        rows |= {row.id: row for row in session.scalars(some)}
    later: list[ResidencyRecord] = []
    for move in moves:
        row, grid = rows[move.residency], grids[move.after]
        if row.start >= day:
            row.grid_id = grid
            continue
        later.append(
            ResidencyRecord(
                resident_id=row.resident_id, grid_id=grid, household_id=row.household_id, address=row.address,
                start=day, end=row.end,
            )
        )  # fmt: skip
        row.end = day
    session.flush()  # the earlier residency ends before the later one begins
    session.add_all(later)
