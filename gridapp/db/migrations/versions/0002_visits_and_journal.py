"""Visits, the journal, settings, and what ledgers leave behind.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Text is ordered by its bytes on both engines, whatever the server's language, and no length is enforced on either.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    _create_draft()
    _create_header_mapping()
    _create_operation()
    _create_setting()
    _create_site()
    _create_import_batch()
    _create_operation_change()
    _create_resident_search()
    _create_visit()
    _create_import_row()


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


def _create_draft() -> None:
    op.create_table(
        "draft",
        sa.Column("key", _text(80), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_draft"),
    )


def _create_header_mapping() -> None:
    op.create_table(
        "header_mapping",
        sa.Column("signature", _text(80), nullable=False),
        sa.Column("kind", _text(20), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("signature", "kind", name="pk_header_mapping"),
    )


def _create_operation() -> None:
    op.create_table(
        "operation",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", _text(80), nullable=False),
        sa.Column("action", _text(60), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("undoable", sa.Boolean(), nullable=False),
        sa.Column("undoes_id", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_operation"),
        sa.ForeignKeyConstraint(["undoes_id"], ["operation.id"], name="fk_operation_undoes_id_operation"),
        sa.UniqueConstraint("undoes_id", name="uq_operation_undoes_id"),
    )


def _create_setting() -> None:
    op.create_table(
        "setting",
        sa.Column("key", _text(60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        *_stamps(),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )


def _create_site() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", _text(20), nullable=False),
        sa.Column("next_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("code", name="uq_site_code"),
    )


def _create_import_batch() -> None:
    op.create_table(
        "import_batch",
        *_travelling(),
        sa.Column("file_name", TEXT, nullable=False),
        sa.Column("kind", _text(20), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=True),
        sa.Column("operation_id", NUMBER, nullable=True),
        *_stamps(),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name="fk_import_batch_operation_id_operation"),
        sa.UniqueConstraint("ref", name="uq_import_batch_ref"),
        sa.UniqueConstraint("uid", name="uq_import_batch_uid"),
    )


def _create_operation_change() -> None:
    op.create_table(
        "operation_change",
        sa.Column("operation_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("table_name", _text(60), nullable=False),
        sa.Column("row_key", _text(80), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("operation_id", "position", name="pk_operation_change"),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name="fk_operation_change_operation_id_operation"),
    )
    op.create_index("ix_operation_change_table_name_row_key", "operation_change", ["table_name", "row_key"])


def _create_resident_search() -> None:
    op.create_table(
        "resident_search",
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("words", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("resident_id", name="pk_resident_search"),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name="fk_resident_search_resident_id_resident", ondelete="CASCADE"
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        _index_parts_of_words()


def _index_parts_of_words() -> None:
    """Let PostgreSQL find parts of words by index, where its owner may add the extension; else it scans."""
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.execute("CREATE INDEX ix_resident_search_words_trgm ON resident_search USING gin (words gin_trgm_ops)")
    except sa.exc.DBAPIError as error:
        # Insufficient privilege, no such extension file or type of index: engines that only speak like PostgreSQL.
        if getattr(error.orig, "sqlstate", "")[:2] not in ("42", "58", "0A"):
            raise


def _create_visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ref", _text(200), nullable=True),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("worker_id", NUMBER, nullable=True),
        sa.Column("time", _text(5), nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("findings", sa.JSON(), nullable=True),
        sa.Column("needs", TEXT, nullable=True),
        sa.Column("referral", TEXT, nullable=True),
        sa.Column("replaces_id", NUMBER, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", _text(80), nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.Column("voided_by", _text(80), nullable=True),
        sa.Column("void_reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.CheckConstraint("voided_at IS NULL OR voided_by IS NOT NULL", name=op.f("ck_visit_voider_is_known")),
        sa.ForeignKeyConstraint(["replaces_id"], ["visit.id"], name="fk_visit_replaces_id_visit"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_visit_resident_id_resident"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_visit_worker_id_worker"),
        sa.UniqueConstraint("ref", name="uq_visit_ref"),
    )
    op.create_index(
        "ix_visit_replaces_id",
        "visit",
        ["replaces_id"],
        sqlite_where=sa.text("replaces_id IS NOT NULL"),
        postgresql_where=sa.text("replaces_id IS NOT NULL"),
    )
    op.create_index("ix_visit_figures", "visit", ["resident_id", "visited_on", "voided_at", "outcome", "mode"])
    op.create_index("ix_visit_visited_on", "visit", ["visited_on"])


def _create_import_row() -> None:
    op.create_table(
        "import_row",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("batch_id", NUMBER, nullable=False),
        sa.Column("sheet", TEXT, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_row"),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name="fk_import_row_batch_id_import_batch"),
    )
    op.create_index("ix_import_row_batch_id", "import_row", ["batch_id"])
