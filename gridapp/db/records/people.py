"""Residents and everything about them that holds for an interval of days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, Code, Travelling
from gridapp.domain.indicator import REASONS

SEXES = ("U", "M", "F")
REGISTER_STATES = ("same", "registered_elsewhere", "living_elsewhere")
CATEGORY_KINDS = ("hardship", "child", "service")
ABSENCE_REASONS = REASONS
TIERS = ("A", "B", "C")
CONSENT_MEANS = ("spoken", "written", "guardian")
WITHHELD = ("sealed", "erased")


def _runs_forward() -> CheckConstraint:
    return CheckConstraint('"end" IS NULL OR "end" > start', name="interval_runs_forward")


class CategoryRecord(Travelling, Base):
    """A category people can carry; ``counts`` puts it on the visit-rate roster."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(Code(CATEGORY_KINDS))
    counts: Mapped[bool]
    position: Mapped[int]


class ResidentRecord(Travelling, Base):
    """A person; ``died`` ends every figure from that day on.

    ``register_status`` tells where the household register and the person are:
    same place, registered elsewhere but living here, or living elsewhere
    (人户分离).

    ``withheld`` marks a row that has lost everything personal and stays for the
    figures: "sealed", its content lies in ``sealed_person``; "erased", nobody
    knows any more who it was.
    """

    __tablename__ = "resident"
    __table_args__ = (
        Index("ix_resident_id_number", "id_number"),
        Index("ix_resident_name", "name"),
        Index("ix_resident_register_status", "register_status"),
        Index("ix_resident_died", "died", sqlite_where=text("died IS NOT NULL")),
        Index("ix_resident_withheld", "withheld", sqlite_where=text("withheld IS NOT NULL")),
    )

    name: Mapped[str]
    sex: Mapped[str] = mapped_column(Code(SEXES), default="U")
    birth: Mapped[dt.date | None]
    id_number: Mapped[str | None] = mapped_column(String(18))
    other_document: Mapped[str | None]
    died: Mapped[dt.date | None]
    phone: Mapped[str | None]
    ethnicity: Mapped[str | None]
    register_address: Mapped[str | None]
    register_status: Mapped[str | None] = mapped_column(Code(REGISTER_STATES))
    note: Mapped[str | None]
    withheld: Mapped[str | None] = mapped_column(Code(WITHHELD))


class ResidencyRecord(Travelling, Base):
    """Days ``[start, end)`` a person lives at an address in one grid."""

    __tablename__ = "residency"
    __table_args__ = (
        _runs_forward(),
        Index("ix_residency_grid_id_end", "grid_id", "end"),
        # Holds all that a figure asks of a residency, so that figures never read a city's million addresses.
        Index("ix_residency_figures", "resident_id", "start", "end", "grid_id"),
    )

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    address: Mapped[str | None]
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]


class EnrolmentRecord(Travelling, Base):
    """Days ``[start, end)`` a person carries one category."""

    __tablename__ = "enrolment"
    __table_args__ = (_runs_forward(), Index("ix_enrolment_category_id_resident_id", "category_id", "resident_id"))

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    grade: Mapped[str | None]
    note: Mapped[str | None]
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]


class AbsenceRecord(Travelling, Base):
    """Days ``[start, end)`` a person cannot be visited; counts once approved."""

    __tablename__ = "absence"
    __table_args__ = (_runs_forward(),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    reason: Mapped[str] = mapped_column(Code(ABSENCE_REASONS))
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]
    approved: Mapped[bool]
    author: Mapped[str | None]
    approved_by: Mapped[str | None]
    approved_at: Mapped[dt.datetime | None]


class ContactRecord(Travelling, Base):
    """Someone to call for a person; the smallest ``priority`` first."""

    __tablename__ = "contact"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    name: Mapped[str]
    relation: Mapped[str | None]
    phone: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=1)


class SealedPersonRecord(Base):
    """What a sealed person's rows held, out of reach of every read (``db.limits``).

    ``body`` holds the values that were taken away: "rows" by table and row number, "removed" whole rows by table.
    """

    __tablename__ = "sealed_person"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[dt.datetime]
    by: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ConsentRecord(Travelling, Base):
    """What a person agreed to or refused during ``[start, end)``, how they said so, and their wish."""

    __tablename__ = "consent"
    __table_args__ = (_runs_forward(),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    scope: Mapped[str] = mapped_column(String(40))
    given: Mapped[bool]
    wish: Mapped[str | None]
    means: Mapped[str | None] = mapped_column(Code(CONSENT_MEANS))
    paper: Mapped[str | None] = mapped_column(String(80))
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]


class TierOverrideRecord(Travelling, Base):
    """A tier chosen for a person during ``[start, end)``, with the reason."""

    __tablename__ = "tier_override"
    __table_args__ = (_runs_forward(),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    tier: Mapped[str] = mapped_column(Code(TIERS))
    reason: Mapped[str]
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]
