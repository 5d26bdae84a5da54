"""Log visits, and take them back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock, formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_resident, get_visit, get_worker, shown, shown_visit, site_codes
from gridapp.db.records import ActorRecord, PrintedRowRecord, ResidentRecord, VisitRecord, WorkerRecord
from gridapp.db.records.visits import MODES, OUTCOMES
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs
from gridapp.domain.visit import NewVisit, mode_title, outcome_title
from gridapp.errors import ConflictError, ValidationError
from gridapp.i18n import _

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@repeated_on_clash
def record_visit(database: Database, visit: NewVisit, actor: str) -> Changes:
    """Log one visit; the figures are current when this returns.

    Returns:
        Changes whose result is the visit's key.

    Raises:
        NotFoundError: Unknown person or worker.
        ValidationError: The date, time, mode or outcome cannot be.
    """
    with database.write("visit.record", actor) as unit:
        codes = site_codes(unit.session)
        person, record = add_visit(unit, visit)
        message = _("Logged: {name}, {mode}, {outcome}.").format(
            name=person.name, mode=mode_title(visit.mode), outcome=outcome_title(visit.outcome)
        )
        return unit.changes({Kind.VISIT}, message, shown_visit(record.id, record.ref, codes))


@repeated_on_clash
def record_visits(database: Database, visits: Sequence[NewVisit], actor: str) -> Changes:
    """Log the same round for several people in one step: all, or none.

    Raises:
        NotFoundError: Unknown person or worker.
        ValidationError: Some visit cannot be.
    """
    with database.write("visit.record", actor) as unit:
        codes = site_codes(unit.session)
        records = [record for _person, record in add_visits(unit, visits)]
        message = _("Logged {count} visits.").format(count=len(records))
        return unit.changes({Kind.VISIT}, message, [shown_visit(row.id, row.ref, codes) for row in records])


@repeated_on_clash
def void_visit(database: Database, visit: str, reason: str, actor: str) -> Changes:
    """Take a visit back; it stays in the list, marked, and counts no more.

    Raises:
        NotFoundError: Unknown visit.
        ConflictError: Somebody took it back or corrected it before; the sentence says who and into what.
        ValidationError: No reason is given.
    """
    with database.write("visit.void", actor) as unit:
        record = get_visit(unit.session, visit, to_change=True)
        _void(unit, record, reason)
        message = _("Took back the visit to {name} on {day}.").format(
            name=_name(unit.session, record), day=record.visited_on
        )
        return unit.changes({Kind.VISIT}, message, visit)


@repeated_on_clash
def replace_visit(database: Database, visit: str, correction: NewVisit, reason: str, actor: str) -> Changes:
    """Correct a visit: the old one is taken back, the corrected one added.

    Raises:
        NotFoundError: Unknown visit, person or worker.
        ConflictError: Somebody took the old one back before; when they corrected it, it carries the visit that now
            stands for it, and ``seen`` is the key to correct instead.
        ValidationError: The new one cannot be, or no reason is given.
    """
    with database.write("visit.replace", actor) as unit:
        old = get_visit(unit.session, visit, to_change=True)
        _void(unit, old, reason)
        codes = site_codes(unit.session)
        person, record = add_visit(unit, correction)
        record.replaces_id = old.id
        # A printed row that the old visit came back on now stands for the corrected one.
        for printed in unit.session.scalars(select(PrintedRowRecord).where(PrintedRowRecord.visit_id == old.id)):
            printed.visit_id = record.id
        message = _("Corrected the visit to {name}.").format(name=person.name)
        return unit.changes({Kind.VISIT}, message, shown_visit(record.id, record.ref, codes))


def _void(unit: UnitOfWork, record: VisitRecord, reason: str) -> None:
    if record.voided_at is not None:
        raise _taken_back(unit.session, record)
    if not reason.strip():
        raise ValidationError(_("Say why the visit is taken back."), "void_reason")
    record.voided_at, record.voided_by, record.void_reason = unit.now, unit.actor, reason.strip()


def _taken_back(session: Session, record: VisitRecord) -> ConflictError:
    """Return the error that says who took a visit back, and carries the one that stands for it now, if any."""
    newest = record
    while (later := session.scalar(select(VisitRecord).where(VisitRecord.replaces_id == newest.id))) is not None:
        newest = later
    if newest.voided_at is not None:
        sentence = _("This visit was taken back before, by {who} at {time}: {reason}. Nothing was changed.")
        return ConflictError(
            sentence.format(who=newest.voided_by, time=formats.instant(newest.voided_at), reason=newest.void_reason)
        )
    by = session.scalar(select(ActorRecord.name).where(ActorRecord.id == newest.actor_id)) or ""
    worker = session.get(WorkerRecord, newest.worker_id) if newest.worker_id is not None else None
    values = {
        "outcome": newest.outcome, "mode": newest.mode, "day": newest.visited_on, "time": newest.time or "",
        "note": newest.note or "", "findings": newest.findings or {}, "needs": newest.needs or "",
        "referral": newest.referral or "", "worker": shown(worker.ref, worker.uid) if worker is not None else "",
    }  # fmt: skip
    sentence = _(
        "Somebody corrected this visit before, {who} at {time}; it is now: {day}, {mode}, {outcome}. "
        "Nothing was changed."
    ).format(
        who=by, time=formats.instant(newest.created_at), day=formats.date(newest.visited_on),
        mode=mode_title(newest.mode), outcome=outcome_title(newest.outcome),
    )  # fmt: skip
    key = shown_visit(newest.id, newest.ref, site_codes(session))
    return ConflictError(sentence, Theirs(values, by, newest.created_at, key))


def add_visit(unit: UnitOfWork, visit: NewVisit) -> tuple[ResidentRecord, VisitRecord]:
    """Add a visit within an open unit of work, checked; return whom it is of, and its record.

    Raises:
        NotFoundError: Unknown person or worker.
        ValidationError: The date, time, mode or outcome cannot be.
    """
    return add_visits(unit, [visit])[0]


def add_visits(unit: UnitOfWork, visits: Sequence[NewVisit]) -> list[tuple[ResidentRecord, VisitRecord]]:
    """Add visits within an open unit of work, each checked; return whom each is of, and its record.

    Raises:
        NotFoundError: Unknown person or worker.
        ValidationError: The date, time, mode or outcome of one cannot be.
    """
    # Whatever can be read is read before numbers are taken: on a server others wait for whoever holds some.
    session = unit.session
    people: list[ResidentRecord] = []
    workers: list[int | None] = []
    for visit in visits:
        people.append(get_resident(session, visit.person))
        workers.append(get_worker(session, visit.worker).id if visit.worker else None)
        check_visit(people[-1], visit, clock.today())
    actor = unit.actor_number(unit.actor)
    numbers = unit.next_visit_ids(len(visits))
    records = [
        _record(unit, visit, person.id, worker, actor, number)
        for visit, person, worker, number in zip(visits, people, workers, numbers, strict=True)
    ]
    session.add_all(records)
    session.flush()
    return list(zip(people, records, strict=True))


def _record(  # noqa: PLR0913  what was typed, and the numbers of what it points at
    unit: UnitOfWork, visit: NewVisit, resident: int, worker: int | None, actor: int, number: int
) -> VisitRecord:
    return VisitRecord(
        id=number,
        resident_id=resident,
        visited_on=visit.day,
        mode=visit.mode,
        outcome=visit.outcome,
        worker_id=worker,
        time=visit.time or None,
        note=visit.note.strip() or None,
        needs=visit.needs.strip() or None,
        referral=visit.referral.strip() or None,
        findings=visit.findings or None,
        created_at=unit.now,
        actor_id=actor,
    )


def check_visit(person: ResidentRecord, visit: NewVisit, today: dt.date) -> None:
    """Refuse a visit that cannot have been.

    Raises:
        ValidationError: Wrong mode, outcome or time, a date in the future,
            before the person's birth or after their death.
    """
    if visit.mode not in MODES:
        raise ValidationError(
            _("“{value}” is no way of visiting. Use one of {words}.").format(value=visit.mode, words=", ".join(MODES)),
            "mode",
        )
    if visit.outcome not in OUTCOMES:
        raise ValidationError(
            _("“{value}” is no outcome of a visit. Use one of {words}.").format(
                value=visit.outcome, words=", ".join(OUTCOMES)
            ),
            "outcome",
        )
    if visit.time and not _TIME.fullmatch(visit.time):
        raise ValidationError(
            _("“{value}” is not a time of day. Write it like 09:30.").format(value=visit.time), "time"
        )
    if visit.day > today:
        raise ValidationError(_("The visit date {day} lies in the future.").format(day=visit.day), "date")
    if person.birth is not None and visit.day < person.birth:
        raise ValidationError(
            _("The visit date {day} lies before {name} was born.").format(day=visit.day, name=person.name), "date"
        )
    if person.died is not None and visit.day > person.died:
        raise ValidationError(
            _("The visit date {day} lies after {name} died on {died}.").format(
                day=visit.day, name=person.name, died=person.died
            ),
            "date",
        )


def _name(session: Session, record: VisitRecord) -> str:
    return session.scalar(select(ResidentRecord.name).where(ResidentRecord.id == record.resident_id)) or ""
