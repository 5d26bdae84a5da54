"""Accounts, and the communities each works in.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables, empty: a database without accounts has one owner."""
    op.create_table(
        "account",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", _text(80), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=True),
        sa.Column("sees_children", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", _text(80), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_by", _text(80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_account_worker_id_worker"),
    )
    op.create_table(
        "account_area",
        sa.Column("account_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("community_id", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "community_id", name="pk_account_area"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_area_account_id_account"),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name="fk_account_area_community_id_community"),
    )


def _text(length: int) -> Any:
    return sa.String(length).with_variant(sa.Text(collation="C"), "postgresql")
