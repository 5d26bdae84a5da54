"""Keep communities, grids, workers and where they work; outlines come in by ``boundaries``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_grid, get_worker, text_of
from gridapp.db.records import AssignmentRecord, CommunityRecord, GridRecord, WorkerRecord
from gridapp.db.records.places import DUTIES, EMPLOYMENTS, GRID_KINDS
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.phone import parse_phones
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.services.boundaries import COMMUNITY_DIGITS, BoundaryReport, check_boundaries, import_boundaries

__all__ = [
    "BoundaryReport",
    "add_community",
    "add_grid",
    "add_worker",
    "assign_worker",
    "check_boundaries",
    "import_boundaries",
]

GRID_DIGITS = 15


@repeated_on_clash
def add_community(  # noqa: PLR0913  the names above a community belong to it
    database: Database, code: str, name: str, actor: str, town: str = "", county: str = "", city: str = ""
) -> Changes:
    """Add a community.

    Returns:
        Changes whose result is its code.

    Raises:
        ValidationError: The code has not twelve digits or is taken, or the name is missing.
    """
    code = _digits(code, COMMUNITY_DIGITS, _("“{code}” is not a community code. It has 12 digits."))
    with database.write("community.add", actor) as unit:
        _refuse_taken(unit.session, CommunityRecord, code)
        above = {"town": town, "county": county, "city": city}
        record = CommunityRecord(
            code=code, name=_named(name), **{key: value.strip() or None for key, value in above.items()}
        )
        unit.session.add(record)
        unit.session.flush()
        return unit.changes({Kind.PLACE}, _("Added the community {name}.").format(name=record.name), code)


@repeated_on_clash
def add_grid(database: Database, code: str, name: str, valid_from: dt.date, actor: str, kind: str = "basic") -> Changes:
    """Add a grid to the community its code begins with.

    Returns:
        Changes whose result is its code.

    Raises:
        NotFoundError: There is no such community.
        ValidationError: The code has not fifteen digits or is taken, unknown kind, or the name is missing.
    """
    code = _digits(
        code, GRID_DIGITS, _("“{code}” is not a grid code. It has 15 digits, the first 12 are the community's.")
    )
    if kind not in GRID_KINDS:
        raise ValidationError(_("“{kind}” is not a kind of grid. Write basic or dedicated.").format(kind=kind), "kind")
    with database.write("grid.add", actor) as unit:
        _refuse_taken(unit.session, GridRecord, code)
        above = code[:COMMUNITY_DIGITS]
        community = unit.session.scalar(select(CommunityRecord).where(CommunityRecord.code == above))
        if community is None:
            raise NotFoundError(_("There is no community “{code}”. Add it first.").format(code=above))
        record = GridRecord(code=code, community_id=community.id, name=_named(name), kind=kind, valid_from=valid_from)
        unit.session.add(record)
        unit.session.flush()
        return unit.changes({Kind.PLACE}, _("Added the grid {name}.").format(name=record.name), code)


@repeated_on_clash
def add_worker(database: Database, name: str, phone: str, actor: str) -> Changes:
    """Add a worker; ``assign_worker`` gives them a grid.

    Returns:
        Changes whose result is the worker's key.

    Raises:
        ValidationError: The name is missing or the phone cannot be one.
    """
    with database.write("worker.add", actor) as unit:
        phones = parse_phones(phone)
        if phones.unread:
            raise ValidationError(_("“{text}” is not a telephone number.").format(text=phones.unread[0]), "phone")
        record = WorkerRecord(name=_named(name), phone=phones.joined or None)
        unit.session.add(record)
        unit.session.flush()
        return unit.changes({Kind.WORKER}, _("Added {name}.").format(name=record.name), text_of(record))


@repeated_on_clash
def assign_worker(
    database: Database, worker: str, grid: str, role: str, duty: str, start: dt.date, actor: str
) -> Changes:
    """Let a worker serve a grid from a day on.

    Args:
        database: Where.
        worker: Key or reference.
        grid: Grid code.
        role: "full_time", "professional" or "part_time".
        duty: "manager", "assistant", "monitor" or "" for none.
        start: First day.
        actor: Who says so.

    Returns:
        Changes whose result is the key of the assignment.

    Raises:
        NotFoundError: Unknown worker or grid.
        ValidationError: Unknown role or duty, the grid does not exist on the day, or the worker serves it already.
    """
    if role not in EMPLOYMENTS:
        raise ValidationError(_("“{value}” is not a role of a worker.").format(value=role), "role")
    if duty and duty not in DUTIES:
        raise ValidationError(_("“{value}” is not a duty of a worker.").format(value=duty), "duty")
    with database.write("worker.assign", actor) as unit:
        who, where = get_worker(unit.session, worker), get_grid(unit.session, grid)
        if start < where.valid_from or (where.valid_to is not None and start >= where.valid_to):
            raise ValidationError(
                _("Grid {name} does not exist on {day}.").format(name=where.name, day=formats.date(start)), "start"
            )
        row = AssignmentRecord
        serving = select(row).where(
            row.worker_id == who.id, row.grid_id == where.id, (row.end.is_(None)) | (row.end > start)
        )
        if unit.session.scalar(serving) is not None:
            raise ValidationError(_("{name} serves {grid} already.").format(name=who.name, grid=where.name), "grid")
        record = AssignmentRecord(worker_id=who.id, grid_id=where.id, role=role, duty=duty or None, start=start)
        unit.session.add(record)
        unit.session.flush()
        message = _("{name} serves {grid} from {day} on.").format(
            name=who.name, grid=where.name, day=formats.date(start)
        )
        return unit.changes({Kind.WORKER}, message, text_of(record))


def _digits(text: str, count: int, sentence: str) -> str:
    code = text.strip()
    if len(code) != count or not (code.isascii() and code.isdigit()):
        raise ValidationError(sentence.format(code=code), "code")
    return code


def _named(text: str) -> str:
    if not text.strip():
        raise ValidationError(_("A name is needed."), "name")
    return text.strip()


def _refuse_taken(session: Session, record: Any, code: str) -> None:
    taken = session.scalar(select(record).where(record.code == code))
    if taken is not None:
        raise ValidationError(
            _("The code {code} belongs to {name} already.").format(code=code, name=taken.name), "code"
        )
