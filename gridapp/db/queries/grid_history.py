"""Grids as they stand and stood: outlines to edit, who lives where in them, who came from whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from gridapp.db.base import covers
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.references import shown
from gridapp.db.records import (
    BuildingRecord,
    CommunityRecord,
    DraftRecord,
    GridBoundaryRecord,
    GridChoiceRecord,
    GridRecord,
    GridSuccessionRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
)
from gridapp.errors import NotFoundError
from gridapp.i18n import _

DRAFT_PREFIX = "boundary/"


@dataclass(frozen=True)
class StandingGrid:
    """A grid on a day.

    Attributes:
        code: Fifteen digits.
        name: Its name.
        kind: "basic" or "dedicated".
        boundary: WKB, CGCS2000 degrees; None when none is drawn.
        worker_name: Responsible worker, "" for none.
    """

    code: str
    name: str
    kind: str
    boundary: bytes | None
    worker_name: str


@dataclass(frozen=True)
class CommunityGround:
    """A community with its grids on a day, as they are opened for editing.

    Attributes:
        code: Twelve digits.
        name: Its name.
        outline: WKB of the community's own outline, CGCS2000 degrees; None when none is kept.
        grids: By code.
        day: The day.
    """

    code: str
    name: str
    outline: bytes | None
    grids: dict[str, StandingGrid]
    day: dt.date

    @property
    def boundaries(self) -> dict[str, bytes]:
        """Outlines by code of the grids that have one."""
        return {code: grid.boundary for code, grid in self.grids.items() if grid.boundary is not None}


@dataclass(frozen=True)
class LivingRow:
    """A residency that holds on a day or begins later.

    Attributes:
        number: Of the residency.
        resident: Number of the resident.
        ref: What lists show for the resident.
        name: Of the resident.
        birth: Day of birth, None when unknown.
        grid: Code of the grid kept.
        building: Number of the building, None when the address is only words.
        start: First day.
    """

    number: int
    resident: int
    ref: str
    name: str
    birth: dt.date | None
    grid: str
    building: int | None
    start: dt.date


@dataclass(frozen=True)
class BuildingPlace:
    """A building of a community: number, name, place in CGCS2000 degrees (None for none), what lists show for it."""

    number: int
    name: str
    lon: float | None
    lat: float | None
    ref: str


@dataclass(frozen=True)
class SuccessionRow:
    """Ground that passed from one grid to another: codes, day, and how ("split", "merge", "cut", "redrawn")."""

    predecessor: str
    successor: str
    day: dt.date
    kind: str


@dataclass(frozen=True)
class LineageRow:
    """A grid before or after another one: code, name, day, how, and whether it came before."""

    code: str
    name: str
    day: dt.date
    kind: str
    is_before: bool


@dataclass(frozen=True)
class DraftRow:
    """A drawing kept for later: its key, community, first day, why it waits, who kept it and when."""

    key: str
    community: str
    effective: dt.date
    reason: str
    author: str
    saved_at: dt.datetime


def get_ground(session: Session, community: str, day: dt.date) -> CommunityGround:
    """Return a community and its grids on a day.

    Raises:
        NotFoundError: There is no such community.
    """
    record = session.scalar(select(CommunityRecord).where(CommunityRecord.code == community))
    if record is None:
        raise NotFoundError(_("There is no community “{code}”.").format(code=community))
    grids = {
        row.code: StandingGrid(row.code, row.name, row.kind, row.boundary, row.worker_name)
        for row in list_grids(session, day, community)
    }
    return CommunityGround(record.code, record.name, record.boundary, grids, day)


def get_planned_ground(session: Session, community: str, today: dt.date) -> CommunityGround:
    """Return a community as it lies today, or once everything that is planned for later days holds.

    Who draws on has to begin with what was saved last, even when that holds from the first of next month on.

    Raises:
        NotFoundError: There is no such community.
    """
    last = session.scalar(
        select(func.max(GridBoundaryRecord.start))
        .join(GridRecord, GridRecord.id == GridBoundaryRecord.grid_id)
        .join(CommunityRecord, CommunityRecord.id == GridRecord.community_id)
        .where(CommunityRecord.code == community)
    )
    return get_ground(session, community, max(today, last or today))


def list_living(session: Session, community: str | None, day: dt.date) -> list[LivingRow]:
    """Return who lives in the grids of a community on a day or moves there later, the living only, by residency.

    Args:
        session: Where.
        community: Code; all communities when None.
        day: The day.
    """
    lived, person = ResidencyRecord, ResidentRecord
    statement = (
        select(
            lived.id, person.id, person.ref, person.uid, person.name, person.birth, GridRecord.code,
            HouseholdRecord.building_id, lived.start,
        )
        .join(person, person.id == lived.resident_id)
        .join(GridRecord, GridRecord.id == lived.grid_id)
        .join(CommunityRecord, CommunityRecord.id == GridRecord.community_id)
        .outerjoin(HouseholdRecord, HouseholdRecord.id == lived.household_id)
        .where(
            _in_community(community),
            or_(lived.end.is_(None), lived.end > day),
            or_(person.died.is_(None), person.died > day),
        )
        .order_by(lived.id)
    )  # fmt: skip
    return [
        LivingRow(number, resident, shown(ref, uid), name, birth, grid, building, start)
        for number, resident, ref, uid, name, birth, grid, building, start in session.execute(statement)
    ]


def list_building_places(session: Session, community: str | None) -> list[BuildingPlace]:
    """Return the buildings of a community, of all when None, by number."""
    statement = (
        select(
            BuildingRecord.id, BuildingRecord.name, BuildingRecord.lon, BuildingRecord.lat, BuildingRecord.ref,
            BuildingRecord.uid,
        )
        .join(CommunityRecord, CommunityRecord.id == BuildingRecord.community_id)
        .where(_in_community(community))
        .order_by(BuildingRecord.id)
    )  # fmt: skip
    return [
        BuildingPlace(number, name, lon, lat, shown(ref, uid))
        for number, name, lon, lat, ref, uid in session.execute(statement)
    ]


def _in_community(community: str | None) -> ColumnElement[bool]:
    return true() if community is None else CommunityRecord.code == community


def list_choices(session: Session, day: dt.date) -> tuple[dict[int, str], dict[int, str]]:
    """Return the grids chosen by hand that hold on a day: code by number of the building, and of the resident."""
    choice = GridChoiceRecord
    statement = (
        select(choice.building_id, choice.resident_id, GridRecord.code)
        .join(GridRecord, GridRecord.id == choice.grid_id)
        .where(
            covers(choice.start, choice.end, day),
            covers(GridRecord.valid_from, GridRecord.valid_to, day),  # what was chosen may have ended since
        )
        .order_by(choice.start, choice.id)
    )
    buildings: dict[int, str] = {}
    residents: dict[int, str] = {}
    for building, resident, code in session.execute(statement):
        if building is not None:
            buildings[building] = code
        elif resident is not None:
            residents[resident] = code
    return buildings, residents


def list_codes_ever(session: Session, community: str) -> list[str]:
    """Return the codes of all grids a community has or had."""
    statement = (
        select(GridRecord.code)
        .join(CommunityRecord, CommunityRecord.id == GridRecord.community_id)
        .where(CommunityRecord.code == community)
        .order_by(GridRecord.code)
    )
    return list(session.scalars(statement))


def list_successions(session: Session, codes: Collection[str] | None = None) -> list[SuccessionRow]:
    """Return which grid came from which, earliest first.

    Args:
        session: Where.
        codes: Only those that name one of these grids; all when None.
    """
    old, new, passed = aliased(GridRecord), aliased(GridRecord), GridSuccessionRecord
    statement = (
        select(old.code, new.code, passed.day, passed.kind)
        .join(old, old.id == passed.predecessor_id)
        .join(new, new.id == passed.successor_id)
        .order_by(passed.day, passed.id)
    )
    if codes is not None:
        statement = statement.where(or_(old.code.in_(codes), new.code.in_(codes)))
    return [SuccessionRow(*row) for row in session.execute(statement)]


def list_lineage(session: Session, code: str) -> list[LineageRow]:
    """Return which grids a grid came from, and which came from it, earliest first; itself left out."""
    rows = [row for row in list_successions(session, [code]) if row.predecessor != row.successor]
    others = {row.successor if row.predecessor == code else row.predecessor for row in rows}
    found = session.execute(select(GridRecord.code, GridRecord.name).where(GridRecord.code.in_(others)))
    names: dict[str, str] = dict(found.all())
    lines = []
    for row in rows:
        is_before = row.successor == code
        other = row.predecessor if is_before else row.successor
        lines.append(LineageRow(other, names.get(other, other), row.day, row.kind, is_before))
    return lines


def first_later_boundary(session: Session, codes: Collection[str], day: dt.date) -> tuple[str, dt.date] | None:
    """Return the name of a grid among some whose outline changes after a day, and when; None when none does."""
    statement = (
        select(GridRecord.name, GridBoundaryRecord.start)
        .join(GridRecord, GridRecord.id == GridBoundaryRecord.grid_id)
        .where(GridRecord.code.in_(codes), GridBoundaryRecord.start > day)
        .order_by(GridBoundaryRecord.start, GridRecord.code)
        .limit(1)
    )
    found = session.execute(statement).first()
    return (found[0], found[1]) if found else None


def list_boundary_drafts(session: Session) -> list[DraftRow]:
    """Return the drawings kept for later, newest first."""
    kept = DraftRecord
    statement = select(kept).where(kept.key.startswith(DRAFT_PREFIX)).order_by(kept.saved_at.desc(), kept.key)
    return [
        DraftRow(
            row.key, row.body["community"], dt.date.fromisoformat(row.body["effective"]), row.body["reason"],
            row.body["author"], row.saved_at,
        )
        for row in session.scalars(statement)
    ]  # fmt: skip


def get_boundary_draft(session: Session, key: str) -> dict[str, Any]:
    """Return what a draft holds.

    Raises:
        NotFoundError: There is none under this key.
    """
    record = session.get(DraftRecord, key) if key.startswith(DRAFT_PREFIX) else None
    if record is None:
        raise NotFoundError(_("The draft is not there any more."))
    return dict(record.body)
