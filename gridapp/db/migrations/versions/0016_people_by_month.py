"""People's months in the order of the months, and an index of residencies that figures need no more than.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE, INDEX, NEW = "person_month", "ix_person_month_month_grid_id", "person_month_in_order"
TALLIES = ("onsite", "phone", "video", "remote", "attempts")
COLUMNS = ("month", "resident_id", "grid_id", "status", "reason", "joined", "mask", *TALLIES)


def upgrade() -> None:
    """Write the rows once more in the file, in their new order; a server changes the key in place."""
    op.drop_index("ix_residency_resident_id", "residency")
    op.create_index("ix_residency_figures", "residency", ["resident_id", "start", "end", "grid_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_person_month", TABLE)
        op.create_primary_key("pk_person_month", TABLE, ["month", "resident_id"])
        return
    op.create_table(
        NEW,
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resident_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.SmallInteger(), nullable=True),
        sa.Column("joined", sa.Date(), nullable=True),
        sa.Column("mask", sa.BigInteger(), server_default="0", nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in TALLIES),
        sa.PrimaryKeyConstraint("month", "resident_id", name="pk_person_month"),
        sqlite_with_rowid=False,
    )
    # A name can only be given while no trigger speaks of a table that is not there; the program makes them again.
    triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'figures_%'"
    for (name,) in op.get_bind().execute(sa.text(triggers)).all():
        op.execute(f"DROP TRIGGER {name}")
    columns = ", ".join(COLUMNS)
    op.execute(f"INSERT INTO {NEW} ({columns}) SELECT {columns} FROM {TABLE} ORDER BY month, resident_id")
    op.drop_table(TABLE)
    op.rename_table(NEW, TABLE)
    op.create_index(INDEX, TABLE, ["month", "grid_id"])
