"""Take an operation back, as one operation of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from gridapp import clock, formats
from gridapp.db import bulk, search
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding, triggers
from gridapp.db.queries.journal import was_emptied_after
from gridapp.db.records import (
    ImportBatchRecord,
    ImportRowRecord,
    OperationChangeRecord,
    OperationRecord,
    ResidentRecord,
    VisitRecord,
)
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.memory import collector_paused
from gridapp.progress import NullProgress, Progress
from gridapp.services import undone_drawings
from gridapp.services.undo_rows import bulk_run, rows_of, take_back

LARGEST_NUMBER = 2**63 - 1
CHUNK = 500
LONG = 1000
"""Rows beyond which taking back can be watched and stopped; less is done before anybody could, also while closing."""
FEW_ROWS = 5000
"""Rows written in bulk for which nothing is ever made anew."""
MOST_SHARE = 5
"""When more than one in so many people or visits goes, search and figures are made anew."""


@repeated_on_clash
def undo_operation(
    database: Database, operation: int, actor: str, progress: Progress = NullProgress()
) -> Changes:
    """Take one operation back.

    A visit that was logged is voided rather than removed; every other row goes
    back to what it was before. A drawing of grids is kept as a draft.

    Raises:
        OperationCancelled: The user asked to stop; nothing was written.
        NotFoundError: There is no such operation.
        ValidationError: It cannot be undone, was undone before, or later work
            depends on it; nothing was written.
    """
    try:
        with database.write("undo", actor, alone=database.fetch(_is_large, operation)) as unit:
            record = unit.session.get(OperationRecord, operation) if 0 < operation <= LARGEST_NUMBER else None
            if record is None:
                raise NotFoundError(_("There is nothing to undo."))
            _refuse(unit.session, record)
            unit.operation.undoes_id = operation
            unit.detail = {"action": record.action}
            changes = _changes_of(unit.session, operation)
            drawn = undone_drawings.held_by(unit.session, record, changes)
            progress = progress if sum(map(rows_of, changes)) > LONG else NullProgress()
            progress.advance(0, 1, _("Taking back"))
            _drop_waiting_rows(unit.session, operation)
            _unlink_corrections(unit.session, changes)
            _drop_undone_visits(unit.session, changes)
            _refuse_edited(unit.session, operation, changes)
            if _is_most(unit.session, changes):
                _take_back_most(unit, changes, progress)
            else:
                loaded = search.bulk_residents(unit.session, ((one.table_name, one.after or {}) for one in changes))
                take_back(unit, changes, progress)
                search.refresh(unit.session, loaded, progress)
            if drawn is None:
                return unit.changes(EVERYTHING, _("Undone."))
            unit.session.flush()
            undone_drawings.keep_undone(unit.session, drawn, actor)
            return unit.changes(EVERYTHING, _("Undone. What was drawn is kept as a draft."))
    except IntegrityError as error:
        raise ValidationError(
            _("This cannot be undone any more: later entries depend on it. Undo those first.")
        ) from error


def _changes_of(session: Session, operation: int) -> Sequence[OperationChangeRecord]:
    """Return what an operation kept, the last first.

    Raises:
        ValidationError: Some of it was deleted for good since.
    """
    row = OperationChangeRecord
    kept = session.scalars(select(row).where(row.operation_id == operation).order_by(row.position.desc())).all()
    if any(change.seal is not None for change in kept):
        raise ValidationError(_("This cannot be undone: the data of somebody it was about was deleted since."))
    return kept


def _is_most(session: Session, changes: Sequence[OperationChangeRecord]) -> bool:
    """Tell whether so much goes that what is derived from the rest is sooner made anew than kept by every row."""
    runs = [(one.table_name, run) for one in changes if (run := bulk_run(one))]
    people, visited = (
        sum(last - first + 1 for name, (first, last) in runs if name == record.__tablename__)
        for record in (ResidentRecord, VisitRecord)
    )
    if people + visited <= FEW_ROWS:
        return False
    return any(
        gone * MOST_SHARE > (session.scalar(select(func.count()).select_from(record)) or 0)
        for record, gone in ((ResidentRecord, people), (VisitRecord, visited)) if gone
    )  # fmt: skip


def _take_back_most(unit: UnitOfWork, changes: Sequence[OperationChangeRecord], progress: Progress) -> None:
    session = unit.session
    with collector_paused(), bulk.roomy(session.connection()):
        rebuilding.hold(session)
        triggers.drop(session.connection())
        search.forget(session)
        take_back(unit, changes, progress)
        session.flush()
        search.refresh(session, None, progress)
        rebuilding.rebuild(session, clock.today(), progress)


def _is_large(session: Session, operation: int) -> bool:
    if not 0 < operation <= LARGEST_NUMBER:
        return False
    action = session.scalar(select(OperationRecord.action).where(OperationRecord.id == operation))
    return action is not None and action.endswith(".import")


def last_undoable(session: Session, actor: str) -> int | None:
    """Return the newest operation of an actor that can be undone, or None."""
    undone = select(OperationRecord.undoes_id).where(OperationRecord.undoes_id.is_not(None))
    return session.scalar(
        select(OperationRecord.id)
        .where(
            OperationRecord.actor == actor,
            OperationRecord.undoable,
            OperationRecord.undoes_id.is_(None),
            OperationRecord.id.not_in(undone),
            ~was_emptied_after(OperationRecord.id),
        )
        .order_by(OperationRecord.id.desc())
        .limit(1)
    )


def _refuse(session: Session, record: OperationRecord) -> None:
    if not record.undoable or session.scalar(select(was_emptied_after(record.id))):
        raise ValidationError(_("This cannot be undone."))
    if session.scalar(select(OperationRecord.id).where(OperationRecord.undoes_id == record.id)) is not None:
        raise ValidationError(_("This was undone before."))


def _refuse_edited(session: Session, operation: int, changes: Sequence[OperationChangeRecord]) -> None:
    """Refuse to remove rows written in bulk that somebody has changed since; what was undone again does not count."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for change in changes:
        if run := bulk_run(change):
            runs.setdefault(change.table_name, []).append(run)
    if not runs:
        return
    undone = select(OperationRecord.undoes_id).where(OperationRecord.undoes_id.is_not(None))
    row, by = OperationChangeRecord, OperationRecord
    later = (
        select(row.table_name, row.row_key, by.at, by.actor)
        .join(by, by.id == row.operation_id)
        .where(
            by.id > operation,
            by.id.not_in(undone),
            or_(by.undoes_id.is_(None), by.undoes_id < operation),
            row.table_name.in_(runs),
            row.before.is_not(None),
        )
        .order_by(by.id)
    )
    edited = [
        change for change in session.execute(later)
        if change.row_key.isdigit()
        and any(first <= int(change.row_key) <= last for first, last in runs[change.table_name])
    ]  # fmt: skip
    if edited:
        raise ValidationError(
            _(
                "This cannot be undone any more: what it brought was changed later {count} times, first on {when} by "
                "{actor}. Undo those changes first."
            ).format(count=len(edited), when=formats.instant(edited[0].at), actor=edited[0].actor)
        )


def _drop_waiting_rows(session: Session, operation: int) -> None:
    batches = select(ImportBatchRecord.id).where(ImportBatchRecord.operation_id == operation)
    session.execute(delete(ImportRowRecord).where(ImportRowRecord.batch_id.in_(batches)))


def _unlink_corrections(session: Session, changes: Sequence[OperationChangeRecord]) -> None:
    """Let bulk visits go in any order, whichever of them corrects another."""
    for change in changes:
        if change.table_name == VisitRecord.__tablename__ and (run := bulk_run(change)):
            linked = update(VisitRecord).where(VisitRecord.id.between(*run), VisitRecord.replaces_id.is_not(None))
            session.execute(linked.values(replaces_id=None))


def _drop_undone_visits(session: Session, changes: Sequence[OperationChangeRecord]) -> None:
    """Let people and workers go whose only visits were undone before; such visits never counted."""
    added = [change for change in changes if change.before is None and not bulk_run(change)]
    logged, undoing = aliased(OperationChangeRecord), aliased(OperationRecord)
    undone = (
        select(logged.row_key)
        .join(undoing, undoing.undoes_id == logged.operation_id)
        .where(logged.table_name == VisitRecord.__tablename__, logged.before.is_(None))
    )
    for table, owner in (("resident", VisitRecord.resident_id), ("worker", VisitRecord.worker_id)):
        numbers = [int(change.row_key) for change in added if change.table_name == table]
        for start in range(0, len(numbers), CHUNK):
            session.execute(
                delete(VisitRecord).where(
                    owner.in_(numbers[start : start + CHUNK]),
                    VisitRecord.voided_at.is_not(None),
                    # Named so that the few visits taken back are looked through, by their own index, not all.
                    VisitRecord.visited_on > dt.date.min,
                    cast(VisitRecord.id, String).in_(undone),
                )
            )
