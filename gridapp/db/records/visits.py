"""Visits, and the sites that log them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, Code, RowNumber, TimeOfDay, table_of, unique_reference
from gridapp.domain.keys import SEQUENCE_BITS

MODES = ("onsite", "phone", "video", "remote")
OUTCOMES = ("met", "not_home", "no_answer", "refused", "away", "hospital", "moved", "deceased")


FIRST_OTHER_SITE = 2
"""This database's own site is number 0, or 1 in a file made before that saved 6 bytes a visit; others follow."""


class SiteRecord(Base):
    """A database that logs visits; ``is_own`` finds this one."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    next_seq: Mapped[int] = mapped_column(BigInteger, default=1)


class ActorRecord(Base):
    """A name visits were keyed in under; twenty million of them hold its number instead."""

    __tablename__ = "actor"

    id: Mapped[RowNumber]
    name: Mapped[str] = mapped_column(String(80), unique=True)


class VisitRecord(Base):
    """One visit or attempt. Append-only: a correction voids it and adds another.

    ``id`` is the site's number and the visit's sequence number there, packed;
    a key of 16 bytes would make the city's table half as large again. Few
    visits are voided, so those who did it are kept by name.
    """

    __tablename__ = "visit"
    __table_args__ = (
        # Holds all that a figure asks of a visit, so that figures never read the visits themselves.
        Index("ix_visit_figures", "resident_id", "visited_on", "voided_at", "outcome", "mode"),
        # A worker's visits are looked up day by day; an index of workers first would take five times as much more.
        Index("ix_visit_visited_on_worker_id", "visited_on", "worker_id"),
        # Few visits replace another; without it removing one visit scans them all for a reference. On PostgreSQL it
        # is partial too, by the migration: named here, it would load that engine's dialect at every start.
        Index("ix_visit_replaces_id", "replaces_id", sqlite_where=text("replaces_id IS NOT NULL")),
        # Counting what was not taken back reads no visit: all of some days, less these.
        Index("ix_visit_taken_back", "visited_on", "outcome", sqlite_where=text("voided_at IS NOT NULL")),
        # The same for those that met nobody (met is the first outcome): the others are all of some days, less these.
        Index(
            "ix_visit_nobody_met", "visited_on", "outcome", sqlite_where=text("outcome <> 0 AND voided_at IS NULL")
        ),
        CheckConstraint("voided_at IS NULL OR voided_by IS NOT NULL", name="voider_is_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    ref: Mapped[str | None] = mapped_column(String(200))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    visited_on: Mapped[dt.date]
    mode: Mapped[str] = mapped_column(Code(MODES))
    outcome: Mapped[str] = mapped_column(Code(OUTCOMES))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    time: Mapped[str | None] = mapped_column(TimeOfDay)
    note: Mapped[str | None]
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    needs: Mapped[str | None]
    referral: Mapped[str | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    created_at: Mapped[dt.datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("actor.id"))
    voided_at: Mapped[dt.datetime | None]
    voided_by: Mapped[str | None] = mapped_column(String(80))
    void_reason: Mapped[str | None]

    @property
    def version(self) -> int:
        """One while valid, two once voided; a visit changes in no other way."""
        return 1 if self.voided_at is None else 2


unique_reference(table_of(VisitRecord))


def is_own(site: Any) -> Any:
    """Return the condition that a site's number is this database's own.

    Args:
        site: A number, or a column of them.
    """
    return site < FIRST_OTHER_SITE


def pack(site: int, seq: int) -> int:
    """Return the row number of a visit from its site's number and its sequence there."""
    return site << SEQUENCE_BITS | seq


def unpack(row_number: int) -> tuple[int, int]:
    """Return the site's number and the sequence of a visit's row number."""
    return row_number >> SEQUENCE_BITS, row_number & (2**SEQUENCE_BITS - 1)
