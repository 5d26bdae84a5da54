"""Figures kept beside the facts: derived, rebuildable, and never the truth.

``person_month`` says how a person stands in a month and what visits the month
holds; the four roll-ups add that up. Triggers keep them (``db.figures``), and
the slow statements of ``queries.roster`` are what they are checked against.
None of these tables refers to another by a foreign key: they are emptied and
filled as a whole.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from gridapp.db.base import Base, Code
from gridapp.db.records.people import ABSENCE_REASONS, TIERS

RowRef = BigInteger().with_variant(Integer, "sqlite")
DERIVED = {"derived": True}
"""Mark of tables that are made from the others: not copied, not exported."""


class FigureRuleRecord(Base):
    """By which rule the figures are kept; one row.

    Attributes:
        modes: Bits of the modes of visiting that count, in the order of MODES.
        join_day: Last day of a month on which a joiner still counts.
        held: Triggers stand still, because somebody is about to count everything again.
        definition: Version of the program's definition the rows were made by; 0 before the first count.
    """

    __tablename__ = "figure_rule"
    __table_args__ = ({"info": DERIVED},)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    modes: Mapped[int] = mapped_column(SmallInteger)
    join_day: Mapped[int] = mapped_column(SmallInteger)
    held: Mapped[bool]
    definition: Mapped[int]


class FigureMonthRecord(Base):
    """A month whose figures are kept, and the reference day they stand at."""

    __tablename__ = "figure_month"
    __table_args__ = ({"info": DERIVED},)

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[dt.date]
    day: Mapped[dt.date]
    cutoff: Mapped[dt.date]


class FigureCategoryRecord(Base):
    """A category that counts, and its bit in the masks of ``person_month``."""

    __tablename__ = "figure_category"
    __table_args__ = ({"info": DERIVED},)

    category_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)
    mask: Mapped[int] = mapped_column(BigInteger)


class FigureStaleRecord(Base):
    """A resident to be looked at again before the transaction ends.

    Number 0 stands for the rule itself, number -1 for the places roll-ups are
    made of. Rows are only added and removed, never changed, so that people who
    write at once never wait for each other here.

    Attributes:
        month: NULL when the standing may differ in every month; a month when only visits of that month did;
            0 when nothing but the due day may.
    """

    __tablename__ = "figure_stale"
    __table_args__ = ({"info": DERIVED},)

    id: Mapped[int] = mapped_column(RowRef, primary_key=True)
    resident_id: Mapped[int] = mapped_column(RowRef)
    month: Mapped[int | None]


class PersonDueRecord(Base):
    """When one person of the running month's roster is due, at the day the figures stand at.

    Attributes:
        grid_id: Grid of that day.
        status: 0 counted, 1 new this month.
        tier: Of that day.
        joined: First day of the stay.
        last_valid: Day of the last valid visit up to that day, before the stay too.
        due: Day by which the next valid visit is due.
        away: Has an approved absence with an end, which may move the due day.
    """

    __tablename__ = "person_due"
    __table_args__ = (
        Index("ix_person_due_due_grid_id", "due", "grid_id"),
        Index("ix_person_due_grid_id_due", "grid_id", "due"),
        {"sqlite_with_rowid": False, "info": DERIVED},
    )

    resident_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)
    grid_id: Mapped[int] = mapped_column(RowRef)
    status: Mapped[int] = mapped_column(SmallInteger)
    tier: Mapped[str] = mapped_column(Code(TIERS))
    joined: Mapped[dt.date]
    last_valid: Mapped[dt.date | None]
    due: Mapped[dt.date]
    away: Mapped[bool]


class PersonMonthRecord(Base):
    """One person in one month: standing on the reference day, and visits up to it.

    A month's people lie together in the file: lists, sums and checks of a month
    read a hundredth of what they would if each person's months did.

    Attributes:
        month: Year times twelve plus month, January 0.
        grid_id: Grid of the reference day; NULL when neither on the roster nor beside it.
        status: 0 counted, 1 new, 2 excluded; NULL with the grid.
        reason: Of an exclusion.
        joined: First day of the stay.
        mask: Bits of the counting categories carried on the reference day.
        onsite: Visits in person that met them, whether the mode counts or not; phone, video and remote likewise.
        attempts: Visits that met nobody.
    """

    __tablename__ = "person_month"
    __table_args__ = (
        Index("ix_person_month_month_grid_id", "month", "grid_id"),
        {"sqlite_with_rowid": False, "info": DERIVED},
    )

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    resident_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)
    grid_id: Mapped[int | None] = mapped_column(RowRef)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(Code(ABSENCE_REASONS))
    joined: Mapped[dt.date | None]
    mask: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    onsite: Mapped[int] = mapped_column(default=0, server_default="0")
    phone: Mapped[int] = mapped_column(default=0, server_default="0")
    video: Mapped[int] = mapped_column(default=0, server_default="0")
    remote: Mapped[int] = mapped_column(default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")


class Counts:
    """Columns of every roll-up.

    Attributes:
        roster: People counted.
        visited: Those of them with a visit that counts.
        onsite: Those of them met in person, whether that mode counts or not; phone, video and remote likewise.
        attempts: Visits to them that met nobody.
        newcomers: People who joined too late to be counted.
        excluded_hospital: People left out for that reason; the other reasons likewise.
    """

    roster: Mapped[int] = mapped_column(sort_order=10)
    visited: Mapped[int] = mapped_column(sort_order=11)
    onsite: Mapped[int] = mapped_column(sort_order=12)
    phone: Mapped[int] = mapped_column(sort_order=13)
    video: Mapped[int] = mapped_column(sort_order=14)
    remote: Mapped[int] = mapped_column(sort_order=15)
    attempts: Mapped[int] = mapped_column(sort_order=16)
    newcomers: Mapped[int] = mapped_column(sort_order=17)
    excluded_hospital: Mapped[int] = mapped_column(sort_order=18)
    excluded_institution: Mapped[int] = mapped_column(sort_order=19)
    excluded_away: Mapped[int] = mapped_column(sort_order=20)
    excluded_missing: Mapped[int] = mapped_column(sort_order=21)

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[dict[str, object]]:
        return ({"sqlite_with_rowid": False, "info": DERIVED},)


class GridMonthRecord(Counts, Base):
    """Counts of one grid in one month."""

    __tablename__ = "grid_month"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grid_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)


class CommunityMonthRecord(Counts, Base):
    """Counts of one community in one month."""

    __tablename__ = "community_month"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)


class GridCategoryMonthRecord(Counts, Base):
    """Counts of one category in one grid and month."""

    __tablename__ = "grid_category_month"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grid_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)
    category_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)


class CommunityCategoryMonthRecord(Counts, Base):
    """Counts of one category in one community and month."""

    __tablename__ = "community_category_month"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)
    category_id: Mapped[int] = mapped_column(RowRef, primary_key=True, autoincrement=False)
