"""The first page of a start, remembered.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty; the window fills it."""
    op.create_table(
        "first_page",
        sa.Column("day", _text(10), nullable=False),
        sa.Column("question", _text(300), nullable=False),
        sa.Column("operation", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_first_page"),
    )


def _text(length: int) -> Any:
    return sa.String(length).with_variant(sa.Text(collation="C"), "postgresql")
