"""Which part of the area a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, select, true

from gridapp.db.queries.references import matches
from gridapp.db.records import CommunityRecord, GridRecord, WorkerRecord

By = Literal["grid", "category", "worker", "community", "total"]
"""What one row of a table of figures stands for."""


@dataclass(frozen=True)
class Scope:
    """Limits a question; every limit given must hold.

    Attributes:
        grid: 15-digit grid code.
        community: 12-digit community code.
        worker: Key or reference of the responsible worker.
    """

    grid: str | None = None
    community: str | None = None
    worker: str | None = None


EVERYWHERE = Scope()


def within(
    scope: Scope,
    grid_id: SQLColumnExpression[Any],
    community_id: SQLColumnExpression[Any],
    worker_id: SQLColumnExpression[Any],
) -> ColumnElement[bool]:
    """Return the condition that a row with these columns lies inside the scope."""
    conditions: list[ColumnElement[bool]] = [true()]
    if scope.grid is not None:
        conditions.append(grid_id == select(GridRecord.id).where(GridRecord.code == scope.grid).scalar_subquery())
    if scope.community is not None:
        community = select(CommunityRecord.id).where(CommunityRecord.code == scope.community).scalar_subquery()
        conditions.append(community_id == community)
    if scope.worker is not None:
        worker = select(WorkerRecord.id).where(matches(WorkerRecord, scope.worker)).scalar_subquery()
        conditions.append(worker_id == worker)
    return and_(*conditions)
