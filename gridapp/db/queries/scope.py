"""Which part of the area a question is about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, select, true

from gridapp.db.queries.references import matches
from gridapp.db.queries.values import Scope
from gridapp.db.records import CommunityRecord, GridRecord, WorkerRecord


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
