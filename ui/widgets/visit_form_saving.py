"""What the visit form stores; runs on the writer's thread and imports the services there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gridapp.domain.changes import Changes

if TYPE_CHECKING:
    from gridapp.db.database import Database
    from gridapp.domain.visit import NewVisit


def log_visits(database: Database, visits: Sequence[NewVisit], actor: str) -> Changes:
    """Log one visit, or the same round for several people in one step."""
    from gridapp.services.visits import record_visit, record_visits  # heavy: imported when first used

    return record_visit(database, visits[0], actor) if len(visits) == 1 else record_visits(database, visits, actor)


def correct_visit(database: Database, replaced: str, visit: NewVisit, reason: str, actor: str) -> Changes:
    """Put a visit in the place of another."""
    from gridapp.services.visits import replace_visit  # heavy: imported when first used

    return replace_visit(database, replaced, visit, reason, actor)


def keep_draft(database: Database, key: str, body: dict[str, Any]) -> Changes:
    """Write a draft in the queue of writers; nothing a screen would have to follow."""
    from gridapp.services.upkeep import save_draft  # heavy: imported when first used

    save_draft(database, key, body)
    return Changes()


def forget_draft(database: Database, key: str) -> Changes:
    """Drop a draft in the queue of writers, after every ``keep_draft`` asked for before."""
    from gridapp.services.upkeep import drop_draft  # heavy: imported when first used

    drop_draft(database, key)
    return Changes()
