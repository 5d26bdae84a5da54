"""Communities, grids with their boundaries, buildings, households, workers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Double, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from gridapp.db.base import Base, Code, Travelling
from gridapp.domain.facility import FACILITY_KINDS

GRID_KINDS = ("basic", "dedicated")
EMPLOYMENTS = ("full_time", "professional", "part_time")
DUTIES = ("manager", "assistant", "monitor")
SUCCESSIONS = ("split", "merge", "cut", "redrawn")


class CommunityRecord(Travelling, Base):
    """A community; its code's first nine digits name the town, six the county."""

    __tablename__ = "community"
    __table_args__ = (CheckConstraint("length(code) = 12", name="code_has_12_digits"),)

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str]
    town: Mapped[str | None]
    county: Mapped[str | None]
    city: Mapped[str | None]
    boundary: Mapped[bytes | None]


class GridRecord(Travelling, Base):
    """A grid; it exists on the days of ``[valid_from, valid_to)``."""

    __tablename__ = "grid"
    __table_args__ = (
        CheckConstraint("length(code) = 15", name="code_has_15_digits"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="interval_runs_forward"),
    )

    code: Mapped[str] = mapped_column(String(15), unique=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(Code(GRID_KINDS), default="basic")
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]


class GridBoundaryRecord(Travelling, Base):
    """The outline of a grid during ``[start, end)``.

    ``geometry`` is WKB, Polygon or MultiPolygon, longitude and latitude in
    CGCS2000 degrees; ``source_crs`` says what it was given in.
    """

    __tablename__ = "grid_boundary"
    __table_args__ = (CheckConstraint('"end" IS NULL OR "end" > start', name="interval_runs_forward"),)

    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]
    geometry: Mapped[bytes]
    source_crs: Mapped[str] = mapped_column(String(40), default="CGCS2000")


class GridSuccessionRecord(Travelling, Base):
    """Ground that passed from one grid to another on a day, so that a grid's past can be followed.

    ``kind`` tells how: part of a split, whole by a merge, cut out for a dedicated grid, or redrawn by a new division.
    """

    __tablename__ = "grid_succession"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    day: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(Code(SUCCESSIONS))


class GridChoiceRecord(Travelling, Base):
    """A building or a person put in a grid by hand during ``[start, end)``, wherever they lie on the map."""

    __tablename__ = "grid_choice"
    __table_args__ = (
        CheckConstraint('"end" IS NULL OR "end" > start', name="interval_runs_forward"),
        CheckConstraint("(building_id IS NULL) <> (resident_id IS NULL)", name="building_or_resident"),
    )

    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"), index=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"), index=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    reason: Mapped[str]
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]


class WorkerRecord(Travelling, Base):
    """A person who works in grids."""

    __tablename__ = "worker"

    name: Mapped[str]
    phone: Mapped[str | None]


class AssignmentRecord(Travelling, Base):
    """A worker's place in a grid during ``[start, end)``."""

    __tablename__ = "assignment"
    __table_args__ = (CheckConstraint('"end" IS NULL OR "end" > start', name="interval_runs_forward"),)

    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    role: Mapped[str] = mapped_column(Code(EMPLOYMENTS))
    duty: Mapped[str | None] = mapped_column(Code(DUTIES))
    start: Mapped[dt.date]
    end: Mapped[dt.date | None]


class BuildingRecord(Travelling, Base):
    """A building; ``lon`` and ``lat`` are CGCS2000 degrees."""

    __tablename__ = "building"

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    name: Mapped[str]
    address: Mapped[str | None]
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)


class FacilityRecord(Travelling, Base):
    """A place of service; ``lon`` and ``lat`` are CGCS2000 degrees, ``area`` is square metres of floor.

    Its grid is the one it lies in on the day asked for.
    """

    __tablename__ = "facility"

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    kind: Mapped[str] = mapped_column(Code(FACILITY_KINDS))
    name: Mapped[str]
    address: Mapped[str | None]
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    area: Mapped[float | None] = mapped_column(Double)


class HouseholdRecord(Travelling, Base):
    """A dwelling: unit and room of a building, or an address in words."""

    __tablename__ = "household"

    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"), index=True)
    unit: Mapped[str | None]
    room: Mapped[str | None]
    address: Mapped[str | None]
    register_no: Mapped[str | None]
