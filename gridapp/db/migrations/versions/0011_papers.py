"""Printed sheets that can come back, a committee's own templates, closed months.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables, empty."""
    _create_printed_sheet()
    _create_printed_row()
    _create_paper_template()
    _create_closed_month()


def _index_references(table: str) -> None:
    given = sa.text("ref IS NOT NULL")
    op.create_index(f"uq_{table}_ref", table, ["ref"], unique=True, sqlite_where=given, postgresql_where=given)


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


def _create_printed_sheet() -> None:
    op.create_table(
        "printed_sheet",
        *_travelling(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("template", _text(60), nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("period", _text(10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("scope", _text(220), nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.Column("voided_by", _text(80), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_printed_sheet"),
        sa.CheckConstraint("number BETWEEN 1 AND 999999", name=op.f("ck_printed_sheet_number_fits_the_code")),
        sa.UniqueConstraint("number", name="uq_printed_sheet_number"),
        sa.UniqueConstraint("uid", name="uq_printed_sheet_uid"),
    )
    _index_references("printed_sheet")


def _create_printed_row() -> None:
    op.create_table(
        "printed_row",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("sheet_id", NUMBER, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("resident_id", NUMBER, nullable=True),
        sa.Column("worker_id", NUMBER, nullable=True),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_printed_row"),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["printed_sheet.id"], name="fk_printed_row_sheet_id_printed_sheet", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name="fk_printed_row_resident_id_resident", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name="fk_printed_row_worker_id_worker", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_printed_row_visit_id_visit", ondelete="SET NULL"),
        sa.UniqueConstraint("sheet_id", "row", name="uq_printed_row_sheet_id_row"),
    )
    op.create_index("ix_printed_row_resident_id", "printed_row", ["resident_id"])
    op.create_index("ix_printed_row_worker_id", "printed_row", ["worker_id"])
    op.create_index("ix_printed_row_visit_id", "printed_row", ["visit_id"])


def _create_paper_template() -> None:
    op.create_table(
        "paper_template",
        *_travelling(),
        sa.Column("key", _text(60), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_paper_template"),
        sa.UniqueConstraint("key", name="uq_paper_template_key"),
        sa.UniqueConstraint("uid", name="uq_paper_template_uid"),
    )
    _index_references("paper_template")


def _create_closed_month() -> None:
    op.create_table(
        "closed_month",
        *_travelling(),
        sa.Column("month", _text(7), nullable=False),
        sa.Column("community", _text(12), nullable=False),
        sa.Column("visited", sa.Integer(), nullable=False),
        sa.Column("roster", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("hash", _text(64), nullable=False),
        sa.Column("countersigned_at", sa.BigInteger(), nullable=True),
        sa.Column("countersigned_by", _text(80), nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_closed_month"),
        sa.CheckConstraint(
            "countersigned_by IS NULL OR countersigned_by <> created_by", name=op.f("ck_closed_month_two_people")
        ),
        sa.UniqueConstraint("month", "community", name="uq_closed_month_month_community"),
        sa.UniqueConstraint("uid", name="uq_closed_month_uid"),
    )
    _index_references("closed_month")
