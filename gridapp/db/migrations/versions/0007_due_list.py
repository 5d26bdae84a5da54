"""When people of the running month are due, kept beside the facts like the other figures.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, empty; the program counts again when it opens the database."""
    op.add_column("figure_stale", sa.Column("month", sa.Integer(), nullable=True))
    op.create_table(
        "person_due",
        sa.Column("resident_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("grid_id", NUMBER, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("joined", sa.Date(), nullable=False),
        sa.Column("last_valid", sa.Date(), nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("resident_id", name="pk_person_due"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_due_due_grid_id", "person_due", ["due", "grid_id"])
    op.create_index("ix_person_due_grid_id_due", "person_due", ["grid_id", "due"])
