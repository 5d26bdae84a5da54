"""Printed sheets and their rows, a committee's own templates, and closed months."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, Travelling

ROW_BITS = 17
"""Bits of a printed row's key that hold its row: 100,000 rows fit."""


class PrintedSheetRecord(Travelling, Base):
    """A paper that was printed with row codes and may come back.

    ``number`` is on every page and in every code; ``edition`` counts the
    printings of the same template, period and part of the area.
    """

    __tablename__ = "printed_sheet"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 999999", name="number_fits_the_code"),)

    number: Mapped[int] = mapped_column(unique=True)
    edition: Mapped[int]
    template: Mapped[str] = mapped_column(String(60))
    title: Mapped[str]
    period: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    scope: Mapped[str] = mapped_column(String(220))
    voided_at: Mapped[dt.datetime | None]
    voided_by: Mapped[str | None] = mapped_column(String(80))


class PrintedRowRecord(Base):
    """One row of a printed sheet: whose it is, and the visit it brought back.

    ``id`` packs the sheet's local number and the row, so that printing a
    hundred thousand rows asks for no numbers.
    """

    __tablename__ = "printed_row"
    __table_args__ = (
        UniqueConstraint("sheet_id", "row"),
        Index("ix_printed_row_resident_id", "resident_id"),
        Index("ix_printed_row_worker_id", "worker_id"),
        Index("ix_printed_row_visit_id", "visit_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("printed_sheet.id", ondelete="CASCADE"))
    row: Mapped[int]
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="SET NULL"))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id", ondelete="SET NULL"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))


class PaperTemplateRecord(Travelling, Base):
    """A committee's own template; ``definition`` has the form of the built-in files."""

    __tablename__ = "paper_template"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)


class ClosedMonthRecord(Travelling, Base):
    """A closed month: its figure, and the sealed list of people behind it.

    ``content`` is the compressed canonical JSON whose SHA-256 is ``hash``. A row
    here never changes except for the countersign, which nobody may take back.
    ``community`` is its code, "" for the whole area.
    """

    __tablename__ = "closed_month"
    __table_args__ = (
        UniqueConstraint("month", "community"),
        CheckConstraint("countersigned_by IS NULL OR countersigned_by <> created_by", name="two_people"),
    )

    month: Mapped[str] = mapped_column(String(7))
    community: Mapped[str] = mapped_column(String(12))
    visited: Mapped[int]
    roster: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[str] = mapped_column(String(64))
    countersigned_at: Mapped[dt.datetime | None]
    countersigned_by: Mapped[str | None] = mapped_column(String(80))
