"""An index of the few visits that were taken back, so that counting the others reads no visit itself.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TAKEN_BACK = sa.text("voided_at IS NOT NULL")


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_visit_taken_back", "visit", ["visited_on"], sqlite_where=TAKEN_BACK, postgresql_where=TAKEN_BACK
    )
