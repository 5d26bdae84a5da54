"""Records that are sealed or erased, audit images that can give way to their seal, and how a consent was given.

Frozen: a released revision is never edited, and imports nothing of the program.

The audit chain is begun anew over the entries there are: no release ever wrote
the form it had before, in which an image could not be removed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String(80).with_variant(sa.Text(collation="C"), "postgresql")
GUARDED = ("operation", "operation_change", "audit_link", "audit_checkpoint")


def upgrade() -> None:
    """Add the columns and the table; the program chains the entries and puts the triggers back."""
    for name in ("salt", "seal"):
        op.add_column("operation_change", sa.Column(name, sa.LargeBinary(), nullable=True))
    op.add_column("resident", sa.Column("withheld", sa.SmallInteger(), nullable=True))
    for column in ("died", "withheld"):
        told = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_resident_{column}", "resident", [column], sqlite_where=told, postgresql_where=told)
    op.add_column("consent", sa.Column("means", sa.SmallInteger(), nullable=True))
    op.add_column("consent", sa.Column("paper", NAME, nullable=True))
    op.create_table(
        "sealed_person",
        sa.Column("resident_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("resident_id", name="pk_sealed_person"),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name="fk_sealed_person_resident_id_resident", ondelete="CASCADE"
        ),
    )
    _forget_the_chain()


def _forget_the_chain() -> None:
    on_server = op.get_bind().dialect.name == "postgresql"
    for table in GUARDED:
        if on_server:
            op.execute(f"DROP TRIGGER IF EXISTS audit_{table}_change ON {table}")
            op.execute(f"DROP TRIGGER IF EXISTS audit_{table}_empty ON {table}")
        else:
            for deed in ("update", "delete"):
                op.execute(f"DROP TRIGGER IF EXISTS audit_{table}_{deed}")
    op.execute("DELETE FROM audit_checkpoint")
    op.execute("DELETE FROM audit_link")
