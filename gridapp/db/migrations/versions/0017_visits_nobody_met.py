"""An index of the few visits that met nobody, so that counting them, and by that the others, reads no visit itself.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NOBODY_MET = sa.text("outcome <> 0 AND voided_at IS NULL")


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_visit_nobody_met", "visit", ["visited_on"], sqlite_where=NOBODY_MET, postgresql_where=NOBODY_MET
    )
