"""Indexes of visits by day that hold the worker too, and of the few that met nobody or were taken back, the outcome.

So one worker's visits, or those of one outcome, are found without reading everybody's.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FEW = {
    "ix_visit_taken_back": sa.text("voided_at IS NOT NULL"),
    "ix_visit_nobody_met": sa.text("outcome <> 0 AND voided_at IS NULL"),
}


def upgrade() -> None:
    """Make the three indexes anew."""
    op.drop_index("ix_visit_visited_on", "visit")
    op.create_index("ix_visit_visited_on_worker_id", "visit", ["visited_on", "worker_id"])
    for name, condition in FEW.items():
        op.drop_index(name, "visit")
        op.create_index(name, "visit", ["visited_on", "outcome"], sqlite_where=condition, postgresql_where=condition)
