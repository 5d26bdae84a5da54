"""What was printed and exported, for whom to read: the list of handouts.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, empty; what left before was listed in the audit log only."""
    op.create_table(
        "handout",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", _text(80), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("title", _text(200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("purpose", _text(200), nullable=False),
        sa.Column("place", _text(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_handout"),
    )


def _text(length: int) -> Any:
    return sa.String(length).with_variant(sa.Text(collation="C"), "postgresql")
