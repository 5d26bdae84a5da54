"""Which grid came from which, and who was put in a grid by hand.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GIVEN = sa.text("ref IS NOT NULL")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "grid_succession",
        *_travelling(),
        sa.Column("predecessor_id", NUMBER, nullable=False),
        sa.Column("successor_id", NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_grid_succession"),
        sa.ForeignKeyConstraint(["predecessor_id"], ["grid.id"], name="fk_grid_succession_predecessor_id_grid"),
        sa.ForeignKeyConstraint(["successor_id"], ["grid.id"], name="fk_grid_succession_successor_id_grid"),
        sa.UniqueConstraint("uid", name="uq_grid_succession_uid"),
    )
    op.create_index("ix_grid_succession_predecessor_id", "grid_succession", ["predecessor_id"])
    op.create_index("ix_grid_succession_successor_id", "grid_succession", ["successor_id"])
    op.create_table(
        "grid_choice",
        *_travelling(),
        sa.Column("building_id", NUMBER, nullable=True),
        sa.Column("resident_id", NUMBER, nullable=True),
        sa.Column("grid_id", NUMBER, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_grid_choice"),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_grid_choice_interval_runs_forward")),
        sa.CheckConstraint(
            "(building_id IS NULL) <> (resident_id IS NULL)", name=op.f("ck_grid_choice_building_or_resident")
        ),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name="fk_grid_choice_building_id_building"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_grid_choice_resident_id_resident"),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name="fk_grid_choice_grid_id_grid"),
        sa.UniqueConstraint("uid", name="uq_grid_choice_uid"),
    )
    for column in ("building_id", "resident_id", "grid_id"):
        op.create_index(f"ix_grid_choice_{column}", "grid_choice", [column])
    for table in ("grid_succession", "grid_choice"):
        op.create_index(
            f"uq_{table}_ref", table, ["ref"], unique=True, sqlite_where=GIVEN, postgresql_where=GIVEN
        )


def _text(length: int) -> Any:
    return sa.String(length).with_variant(sa.Text(collation="C"), "postgresql")


def _travelling() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("uid", KEY, nullable=False),
        sa.Column("ref", _text(200), nullable=True),
    )


def _stamps() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", _text(80), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_by", _text(80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
