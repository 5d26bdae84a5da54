"""Figures kept beside the facts: per person and month, and added up by place and category.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = (
    "roster",
    "visited",
    "onsite",
    "phone",
    "video",
    "remote",
    "attempts",
    "newcomers",
    "excluded_hospital",
    "excluded_institution",
    "excluded_away",
    "excluded_missing",
)


def upgrade() -> None:
    """Create the tables, empty; the program counts when it opens the database."""
    _create_rule()
    _create_person_month()
    _create_roll_up("grid_month", "grid_id")
    _create_roll_up("community_month", "community_id")
    _create_roll_up("grid_category_month", "grid_id", "category_id")
    _create_roll_up("community_category_month", "community_id", "category_id")


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def _create_rule() -> None:
    op.create_table(
        "figure_rule",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("modes", sa.SmallInteger(), nullable=False),
        sa.Column("join_day", sa.SmallInteger(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_figure_rule"),
    )
    op.create_table(
        "figure_month",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cutoff", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_figure_month"),
    )
    op.create_table(
        "figure_category",
        _number("category_id"),
        sa.Column("mask", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", name="pk_figure_category"),
    )
    op.create_table(
        "figure_stale",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_figure_stale"),
    )


def _create_person_month() -> None:
    op.create_table(
        "person_month",
        _number("resident_id"),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_id", NUMBER, nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.SmallInteger(), nullable=True),
        sa.Column("joined", sa.Date(), nullable=True),
        sa.Column("mask", sa.BigInteger(), server_default="0", nullable=False),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("onsite", "phone", "video", "remote", "attempts")
        ),
        sa.PrimaryKeyConstraint("resident_id", "month", name="pk_person_month"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_month_month_grid_id", "person_month", ["month", "grid_id"])


def _create_roll_up(name: str, *keys: str) -> None:
    op.create_table(
        name,
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        *(_number(key) for key in keys),
        *(sa.Column(count, sa.Integer(), nullable=False) for count in COUNTS),
        sa.PrimaryKeyConstraint("month", *keys, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )
