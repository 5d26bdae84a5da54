"""Keep what holds for a time of a person: where they live, what they carry, their tier; and the day they died.

A ``seen`` says what the user had in front of them; when somebody changed that
meanwhile nothing is written and the ConflictError carries what is there now.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock, formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_grid, get_resident, held, matches, shown
from gridapp.db.records import (
    CategoryRecord,
    EnrolmentRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.db.records.people import TIERS
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs, Values, refuse_if_changed
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _


@repeated_on_clash
def move_resident(  # noqa: PLR0913  a move has these parts
    database: Database, resident: str, grid: str | None, address: str, day: dt.date, actor: str,
    seen: Values | None = None,
) -> Changes:
    """Move a person to a grid from a day on, or out of the area.

    Nothing before the day changes.

    Args:
        database: Where.
        resident: Who.
        grid: Code of the grid moved to; None for out of the area.
        address: New address.
        day: First day at the new place.
        actor: Who says so.
        seen: ``key`` and ``end`` of the newest residency the user saw ("" and None for none); None asks nothing.

    Raises:
        NotFoundError: Unknown person or grid.
        ConflictError: Somebody else noted a move meanwhile; the sentence says which.
        ValidationError: The day lies before the current residency began.
    """
    with database.write("resident.move", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        _refuse_other_home(unit.session, record, seen)
        for lived in unit.session.scalars(_open_rows(ResidencyRecord, record.id, day)):
            if lived.start >= day:
                raise ValidationError(
                    _("{name} moved in on {start}; the new day must be later.").format(
                        name=record.name, start=lived.start
                    ),
                    "start",
                )
            lived.end = day
        unit.session.flush()
        if grid is not None:
            unit.session.add(
                ResidencyRecord(
                    resident_id=record.id,
                    grid_id=get_grid(unit.session, grid).id,
                    address=address.strip() or None,
                    start=day,
                )
            )
        else:
            _refuse_visits_after(unit.session, record, day)
        message = _("{name} lives elsewhere from {day}.").format(name=record.name, day=day)
        return unit.changes({Kind.RESIDENT}, message, resident)


def _refuse_other_home(session: Session, record: ResidentRecord, seen: Values | None) -> None:
    newest = session.execute(
        select(ResidencyRecord, GridRecord.name)
        .join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
        .where(ResidencyRecord.resident_id == record.id)
        .order_by(ResidencyRecord.start.desc())
        .limit(1)
    ).first()
    row, grid = newest if newest is not None else (None, "")
    sentence = _("Somebody else noted a move of {name} meanwhile: {grid} {address} from {start} to {end}.")
    said = sentence.format(
        name=record.name, grid=grid, address=row.address or "" if row else "",
        start=formats.date(row.start) if row else "", end=_end(row),
    )  # fmt: skip
    _refuse_other_newest(row, seen, said)


def _refuse_other_newest(row: Any, seen: Values | None, sentence: str) -> None:
    """Refuse when the newest interval is another than the user saw, or ends on another day."""
    now = {"key": shown(row.ref, row.uid) if row else "", "end": row.end if row else None}
    after = _("Yours is not saved. Save once more to add it to theirs, or cancel.")
    refuse_if_changed(seen, Theirs(now, *_who_and_when(row), seen=now), f"{sentence} {after}")


def _who_and_when(row: Any) -> tuple[str, dt.datetime | None]:
    return (row.changed_by or row.created_by, row.changed_at or row.created_at) if row is not None else ("", None)


def _end(row: Any) -> str:
    return formats.date(row.end) if row is not None and row.end is not None else _("until now")


def _refuse_visits_after(session: Session, record: ResidentRecord, day: dt.date) -> None:
    later = session.scalar(
        select(VisitRecord.visited_on).where(
            VisitRecord.resident_id == record.id, VisitRecord.visited_on >= day, VisitRecord.voided_at.is_(None)
        )
    )
    if later is not None:
        raise ValidationError(
            _("{name} was visited on {day}, after moving away. Check the dates.").format(name=record.name, day=later),
            "end",
        )


@repeated_on_clash
def record_death(
    database: Database, resident: str, day: dt.date, actor: str, seen: Values | None = None
) -> Changes:
    """Note that a person died; no figure counts them from that day on.

    Args:
        database: Where.
        resident: Who.
        day: Day of death.
        actor: Who says so.
        seen: ``died`` as the user saw it; None asks nothing.

    Raises:
        NotFoundError: Unknown person.
        ConflictError: Somebody else noted another day meanwhile; it carries that day.
        ValidationError: The day lies in the future, before birth, or before a visit that met them.
    """
    with database.write("resident.death", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        died = {"died": record.died}
        if record.died != day:
            refuse_if_changed(seen, Theirs(died, *_who_and_when(record), seen=died))
        if day > clock.today():
            raise ValidationError(_("The day of death {day} lies in the future.").format(day=day), "died")
        if record.birth is not None and day < record.birth:
            raise ValidationError(_("The day of death lies before the birth date."), "died")
        met = select(VisitRecord.visited_on).where(
            VisitRecord.resident_id == record.id,
            VisitRecord.visited_on > day,
            VisitRecord.voided_at.is_(None),
            VisitRecord.outcome == "met",
        )
        last = unit.session.scalar(met.order_by(VisitRecord.visited_on.desc()))
        if last is not None:
            raise ValidationError(
                _("{name} was met on {day}, after the day of death. Check the dates.").format(
                    name=record.name, day=last
                ),
                "died",
            )
        record.died = day
        return unit.changes({Kind.RESIDENT}, _("Noted the death of {name}.").format(name=record.name), resident)


@repeated_on_clash
def enrol(database: Database, resident: str, category: str, start: dt.date, actor: str, grade: str = "") -> Changes:
    """Let a person carry a category from a day on.

    Raises:
        NotFoundError: Unknown person or category.
        ValidationError: They carry it already on that day.
    """
    with database.write("enrolment.add", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        found = unit.session.scalar(select(CategoryRecord).where(CategoryRecord.code == category))
        if found is None:
            raise NotFoundError(_("There is no category “{code}”.").format(code=category))
        open_rows = _open_rows(EnrolmentRecord, record.id, start).where(EnrolmentRecord.category_id == found.id)
        if unit.session.scalar(open_rows) is not None:
            raise ValidationError(
                _("{name} carries this category already on {day}.").format(name=record.name, day=start), "start"
            )
        unit.session.add(
            EnrolmentRecord(resident_id=record.id, category_id=found.id, start=start, grade=grade.strip() or None)
        )
        unit.session.flush()
        return unit.changes({Kind.ENROLMENT}, _("Added a category for {name}.").format(name=record.name), resident)


@repeated_on_clash
def end_enrolment(
    database: Database, enrolment: str, end: dt.date, actor: str, seen: Values | None = None
) -> Changes:
    """Let a category end; the end day itself is no longer covered.

    Args:
        database: Where.
        enrolment: Key or reference.
        end: Day after the last.
        actor: Who says so.
        seen: ``end`` as the user saw it; a day says that it is to be another one. None refuses what has ended.

    Raises:
        NotFoundError: Unknown enrolment.
        ConflictError: Somebody else ended it on another day meanwhile; it carries that day.
        ValidationError: The end is not after the start, or it has ended before.
    """
    with database.write("enrolment.end", actor) as unit:
        record = unit.session.scalar(held(select(EnrolmentRecord).where(matches(EnrolmentRecord, enrolment))))
        if record is None:
            raise NotFoundError(_("There is no enrolment “{id}”.").format(id=enrolment))
        now = {"end": record.end}
        refuse_if_changed(seen, Theirs(now, *_who_and_when(record), seen=now))
        if record.end is not None and seen is None:
            raise ValidationError(_("It ended on {day} already.").format(day=record.end), "end")
        if end <= record.start:
            raise ValidationError(_("The end must lie after the start {day}.").format(day=record.start), "end")
        record.end = end
        return unit.changes({Kind.ENROLMENT}, _("The category ends on {day}.").format(day=end), enrolment)


@repeated_on_clash
def set_tier(  # noqa: PLR0913  a choice of tier has these parts
    database: Database, resident: str, tier: str, reason: str, start: dt.date, actor: str, seen: Values | None = None
) -> Changes:
    """Choose a person's tier from a day on, with the reason.

    Args:
        database: Where.
        resident: Who.
        tier: "A", "B" or "C".
        reason: Why.
        start: First day.
        actor: Who says so.
        seen: ``key`` and ``end`` of the newest choice the user saw ("" and None for none); None asks nothing.

    Raises:
        NotFoundError: Unknown person.
        ConflictError: Somebody else chose a tier meanwhile; the sentence says which.
        ValidationError: Unknown tier, no reason, or a tier was chosen from a later day.
    """
    with database.write("tier.set", actor) as unit:
        record = get_resident(unit.session, resident, to_change=True)
        if tier not in TIERS:
            raise ValidationError(_("“{value}” is not a tier. Use A, B or C.").format(value=tier), "tier")
        if not reason.strip():
            raise ValidationError(_("Say why the tier is chosen."), "reason")
        _refuse_other_tier(unit.session, record, seen)
        for chosen in unit.session.scalars(_open_rows(TierOverrideRecord, record.id, start)):
            if chosen.start >= start:
                raise ValidationError(_("A tier was chosen from {day} already.").format(day=chosen.start), "start")
            chosen.end = start
        unit.session.add(TierOverrideRecord(resident_id=record.id, tier=tier, reason=reason.strip(), start=start))
        unit.session.flush()
        return unit.changes(
            {Kind.ENROLMENT}, _("Chose tier {tier} for {name}.").format(tier=tier, name=record.name), resident
        )


def _refuse_other_tier(session: Session, record: ResidentRecord, seen: Values | None) -> None:
    choices = select(TierOverrideRecord).where(TierOverrideRecord.resident_id == record.id)
    newest = session.scalars(choices.order_by(TierOverrideRecord.start.desc()).limit(1)).first()
    said = _("Somebody else chose a tier for {name} meanwhile: {tier} from {start} to {end}, for: {reason}.").format(
        name=record.name, tier=newest.tier if newest else "—", start=formats.date(newest.start) if newest else "",
        end=_end(newest), reason=newest.reason if newest else "",
    )  # fmt: skip
    _refuse_other_newest(newest, seen, said)


def _open_rows(record: Any, resident: int, day: dt.date) -> Any:
    """Select a person's rows that still hold on or after a day."""
    return select(record).where(record.resident_id == resident, (record.end.is_(None)) | (record.end > day))
