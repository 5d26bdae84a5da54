"""Places of service on the map.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GIVEN = sa.text("ref IS NOT NULL")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "facility",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("uid", KEY, nullable=False),
        sa.Column("ref", _text(200), nullable=True),
        sa.Column("community_id", NUMBER, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("area", sa.Double(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", _text(80), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_by", _text(80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_facility"),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name="fk_facility_community_id_community"),
        sa.UniqueConstraint("uid", name="uq_facility_uid"),
    )
    op.create_index("ix_facility_community_id", "facility", ["community_id"])
    op.create_index("uq_facility_ref", "facility", ["ref"], unique=True, sqlite_where=GIVEN, postgresql_where=GIVEN)


def _text(length: int) -> Any:
    return sa.String(length).with_variant(sa.Text(collation="C"), "postgresql")
