"""Take an operation back, as one operation of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, cast, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from gridapp import clock, formats
from gridapp.db import search
from gridapp.db.base import Base, table_of
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.db.queries.journal import was_emptied_after
from gridapp.db.records import ImportBatchRecord, ImportRowRecord, OperationChangeRecord, OperationRecord, VisitRecord
from gridapp.db.unit_of_work import UnitOfWork, image, revived
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _

_RECORDS: dict[str, type[Base]] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
LARGEST_NUMBER = 2**63 - 1
CHUNK = 500
_KEPT_BY_UNDO = ("created_at", "created_by", "changed_at", "changed_by", "version")


@repeated_on_clash
def undo_operation(database: Database, operation: int, actor: str) -> Changes:
    """Take one operation back.

    A visit that was logged is voided rather than removed; every other row goes
    back to what it was before.

    Raises:
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
            changes = unit.session.scalars(
                select(OperationChangeRecord)
                .where(OperationChangeRecord.operation_id == operation)
                .order_by(OperationChangeRecord.position.desc())
            ).all()
            if any(change.seal is not None for change in changes):
                raise ValidationError(_("This cannot be undone: the data of somebody it was about was deleted since."))
            _drop_waiting_rows(unit.session, operation)
            _unlink_corrections(unit.session, changes)
            _drop_undone_visits(unit.session, changes)
            in_bulk = any("bulk" in (change.after or {}) for change in changes)
            if in_bulk:
                _refuse_edited(unit.session, operation, changes)
                rebuilding.hold(unit.session)
            loaded = search.bulk_residents(unit.session, ((one.table_name, one.after or {}) for one in changes))
            for change in changes:
                _take_back(unit, change)
            if in_bulk:
                search.refresh(unit.session, loaded)
                rebuilding.rebuild(unit.session, clock.today())
            return unit.changes(EVERYTHING, _("Undone."))
    except IntegrityError as error:
        raise ValidationError(
            _("This cannot be undone any more: later entries depend on it. Undo those first.")
        ) from error


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
        if "bulk" in (change.after or {}):
            first, last = (change.after or {})["bulk"]
            runs.setdefault(change.table_name, []).append((first, last))
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
        if change.table_name == VisitRecord.__tablename__ and change.after is not None and "bulk" in change.after:
            first, last = change.after["bulk"]
            linked = update(VisitRecord).where(
                VisitRecord.id.between(first, last), VisitRecord.replaces_id.is_not(None)
            )
            session.execute(linked.values(replaces_id=None))


def _drop_undone_visits(session: Session, changes: Sequence[OperationChangeRecord]) -> None:
    """Let people and workers go whose only visits were undone before; such visits never counted."""
    added = [change for change in changes if change.before is None and "bulk" not in (change.after or {})]
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
                    cast(VisitRecord.id, String).in_(undone),
                )
            )


def _take_back(unit: UnitOfWork, change: OperationChangeRecord) -> None:
    session, record = unit.session, _RECORDS[change.table_name]
    if change.after is not None and "bulk" in change.after:
        first, last = change.after["bulk"]
        table = table_of(record)
        session.execute(delete(table).where(table.c.id.between(first, last)))
        return
    if change.table_name == ImportBatchRecord.__tablename__:
        return  # what was imported stays on the list of batches, marked as undone
    row = session.get(record, _primary_key(record, change), with_for_update={"key_share": True})
    if change.before is None:
        _remove(unit, row, change.after or {})
    elif row is None:
        session.add(record(**_values(record, change.before, keep_stamps=True)))
    else:
        _check_unchanged(row, change.after)
        for name, value in _values(record, change.before, keep_stamps=False).items():
            setattr(row, name, value)
    session.flush()


def _remove(unit: UnitOfWork, row: Any, after: dict[str, Any]) -> None:
    if row is None:
        return
    _check_unchanged(row, after)
    if isinstance(row, VisitRecord):
        row.voided_at, row.voided_by, row.void_reason = unit.now, unit.actor, _("Undone.")
    else:
        unit.session.delete(row)


def _check_unchanged(row: Any, after: dict[str, Any] | None) -> None:
    now = image(row)
    told = {name: value for name, value in (after or {}).items() if name in now and name not in _KEPT_BY_UNDO}
    if after is None or any(now[name] != value for name, value in told.items()):
        raise ValidationError(
            _("This cannot be undone any more: it was changed again later. Undo the later change first.")
        )


def _primary_key(record: type[Base], change: OperationChangeRecord) -> Any:
    column = table_of(record).primary_key.columns.values()[0]
    return change.row_key if column.type.python_type is str else int(change.row_key)


def _values(record: type[Base], stored: dict[str, Any], keep_stamps: bool) -> dict[str, Any]:
    """Return column values from an image kept as JSON."""
    values = revived(record, stored)
    return {name: value for name, value in values.items() if keep_stamps or name not in _KEPT_BY_UNDO}
