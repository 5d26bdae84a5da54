"""A chain of digests over the audit log, signed checkpoints, and whom each row image is about.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ABOUT_PEOPLE = ("residency", "enrolment", "absence", "tier_override", "contact", "consent", "visit")


def upgrade() -> None:
    """Create the tables, empty; the program chains what is there and puts the triggers in place."""
    op.create_table(
        "audit_link",
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_link"),
        sa.UniqueConstraint("operation_id", name="uq_audit_link_operation_id"),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("pruned", sa.Boolean(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_checkpoint"),
    )
    op.add_column("operation_change", sa.Column("resident_id", sa.BigInteger(), nullable=True))
    _say_whom()
    op.create_index(
        "ix_operation_change_resident_id",
        "operation_change",
        ["resident_id"],
        sqlite_where=sa.text("resident_id IS NOT NULL"),
        postgresql_where=sa.text("resident_id IS NOT NULL"),
    )


def _say_whom() -> None:
    """Read from each row image kept so far whom it is about; rows noted by ranges are about many."""
    on_server = op.get_bind().dialect.name == "postgresql"
    number = "CAST({0} AS BIGINT)" if on_server else "CAST({0} AS INTEGER)"
    field = "(coalesce(after, before) ->> 'resident_id')"
    names = ", ".join(f"'{name}'" for name in ABOUT_PEOPLE)
    op.execute(
        f"UPDATE operation_change SET resident_id = {number.format('row_key')} "
        "WHERE table_name = 'resident' AND row_key NOT LIKE '%-%'"
    )
    op.execute(
        f"UPDATE operation_change SET resident_id = {number.format(field)} "
        f"WHERE table_name IN ({names}) AND {field} IS NOT NULL"
    )
