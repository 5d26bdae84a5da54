"""What was done, by whom, and how to take it back; plus settings and drafts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, RowNumber, Stamped, Travelling


class OperationRecord(Base):
    """The audit entry of one unit of work; holds no personal data itself."""

    __tablename__ = "operation"

    id: Mapped[RowNumber]
    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    undoable: Mapped[bool]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), unique=True)


class OperationChangeRecord(Base):
    """One row's values before and after an operation; what undo works from.

    ``resident_id`` is whom the row is about. An entry without values, about a
    resident, says that somebody looked at them or printed them. ``salt`` goes into
    the seal of both images (``db.audit.chain``); ``seal`` itself is kept only in
    place of images that were erased.
    """

    __tablename__ = "operation_change"

    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(String(60))
    row_key: Mapped[str] = mapped_column(String(80))
    resident_id: Mapped[int | None] = mapped_column(BigInteger())
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    salt: Mapped[bytes | None]
    seal: Mapped[bytes | None]

    __table_args__ = (
        Index("ix_operation_change_table_name_row_key", "table_name", "row_key"),
        Index(
            "ix_operation_change_resident_id",
            "resident_id",
            sqlite_where=text("resident_id IS NOT NULL"),
            postgresql_where=text("resident_id IS NOT NULL"),
        ),
    )


class SettingRecord(Stamped, Base):
    """The stored value of one declared setting."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class DraftRecord(Base):
    """Something half typed, kept so that a crash costs nothing; no fact yet."""

    __tablename__ = "draft"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[dt.datetime]


class ImportBatchRecord(Travelling, Base):
    """A ledger that was imported; ``operation_id`` is what undoing it takes back.

    ``headings`` keeps each sheet's headings by column letters, so that rows kept
    waiting can be shown and written in their original layout.
    """

    __tablename__ = "import_batch"

    file_name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    headings: Mapped[dict[str, dict[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"))


class ImportRowRecord(Base):
    """A ledger row kept for later, with what is wrong with it.

    ``raw`` holds its cells by column letters; ``fields`` holds "values" by canonical
    field and "read_as": kind of ledger, columns, heading rows and title, so that the
    row can be checked again when it was put right.
    """

    __tablename__ = "import_row"

    id: Mapped[RowNumber]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    sheet: Mapped[str]
    row: Mapped[int]
    raw: Mapped[dict[str, Any]] = mapped_column(JSON)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    issues: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class HeaderMappingRecord(Base):
    """Which column meant what, remembered by the look of the header."""

    __tablename__ = "header_mapping"

    signature: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    columns: Mapped[dict[str, str]] = mapped_column(JSON)
