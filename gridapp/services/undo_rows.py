"""Take back the rows of one operation, many at a time, in the reverse of the order they were written in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import bulk
from gridapp.db.base import Base, table_of
from gridapp.db.figures import keeping
from gridapp.db.records import (
    FigureRuleRecord,
    GridRecord,
    ImportBatchRecord,
    OperationChangeRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.unit_of_work import UnitOfWork, image, revived
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

RECORDS: dict[str, type[Base]] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
AT_ONCE = 2000
"""Changes whose rows are read and locked together."""
CHUNK = 500
FEW_WORKERS = 8
"""Workers for whom looking through all visits one after the other is quicker than an index."""
MANY_ROWS = 100_000
RUN = 200_000
"""Rows written in bulk that are removed between two words about the progress."""
_KEPT_BY_UNDO = ("created_at", "created_by", "changed_at", "changed_by", "version")

_Rows = dict[tuple[str, Any], Base | None]


def take_back(
    unit: UnitOfWork, changes: Sequence[OperationChangeRecord], progress: Progress = NullProgress()
) -> None:
    """Put every row back as it was before an operation; a visit that was logged is voided rather than removed.

    Args:
        unit: The undo itself.
        changes: What the operation kept, the last first.
        progress: Told how many rows are done.

    Raises:
        ValidationError: A row was changed again later.
        OperationCancelled: The user asked to stop; the caller's transaction takes everything back.
    """
    rows, done = sum(map(rows_of, changes)), 0
    with _workers_found(unit.session, changes):
        for start in range(0, len(changes), AT_ONCE):
            batch = changes[start : start + AT_ONCE]
            known = _read_and_lock(unit.session, batch)
            for kind, run in itertools.groupby(batch, key=_kind):
                some = list(run)
                if kind == "bulk":
                    for removed in _remove_bulk(unit.session, some):
                        done += removed
                        progress.advance(min(done, rows), rows, _("Taking back"))
                    continue
                if kind == "added":
                    _remove(unit, some, known)
                elif kind == "changed":
                    _put_back(unit, some, known)
                done += len(some)
                progress.advance(min(done, rows), rows, _("Taking back"))


def rows_of(change: OperationChangeRecord) -> int:
    """Return how many rows a change stands for."""
    run = bulk_run(change)
    return 1 if run is None else run[1] - run[0] + 1


def bulk_run(change: OperationChangeRecord) -> tuple[int, int] | None:
    """Return first and last number of rows that were written past the ORM, None for any other change."""
    if change.after is None or "bulk" not in change.after:
        return None
    first, last = change.after["bulk"]
    return int(first), int(last)


def _kind(change: OperationChangeRecord) -> str:
    if bulk_run(change):
        return "bulk"
    if change.table_name == ImportBatchRecord.__tablename__ or (change.before is None and change.after is None):
        # What was imported stays on the list of batches, marked as undone; somebody who looked changed nothing.
        return "nothing"
    return "added" if change.before is None else "changed"


def _read_and_lock(session: Session, changes: Sequence[OperationChangeRecord]) -> _Rows:
    """Return the rows of some changes as they are now, None for those that are gone."""
    wanted: dict[str, set[Any]] = {}
    for change in changes:
        if not bulk_run(change):
            wanted.setdefault(change.table_name, set()).add(_number(change))
    known: _Rows = {}
    for name, keys in wanted.items():
        record, ordered = RECORDS[name], sorted(keys)
        column = table_of(record).primary_key.columns.values()[0]
        known.update(dict.fromkeys((name, key) for key in ordered))
        for start in range(0, len(ordered), CHUNK):
            statement = select(record).where(column.in_(ordered[start : start + CHUNK])).order_by(column)
            for row in session.scalars(statement.with_for_update(key_share=True)):
                known[name, getattr(row, column.name)] = row
    return known


def _remove(unit: UnitOfWork, changes: Sequence[OperationChangeRecord], known: _Rows) -> None:
    """Remove rows that were added one after the other: those that point at others first."""
    doomed: dict[str, list[Base]] = {}
    for change in changes:
        row = known[change.table_name, _number(change)]
        if row is None:
            continue
        known[change.table_name, _number(change)] = None
        _check_unchanged(row, change.after)
        if isinstance(row, VisitRecord):
            row.voided_at, row.voided_by, row.void_reason = unit.now, unit.actor, _("Undone.")
        else:
            doomed.setdefault(change.table_name, []).append(row)
    unit.session.flush()
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in doomed:
            _settle_before(unit.session, table.name)
            for row in doomed[table.name]:
                unit.session.delete(row)
            unit.session.flush()


def _put_back(unit: UnitOfWork, changes: Sequence[OperationChangeRecord], known: _Rows) -> None:
    """Give rows their former values, or bring removed ones back."""
    table_before = ""
    for change in changes:
        assert change.before is not None
        record, key = RECORDS[change.table_name], (change.table_name, _number(change))
        if change.table_name != table_before:
            unit.session.flush()
            table_before = change.table_name
        row = known[key]
        if row is None:
            known[key] = row = record(**_values(record, change.before, keep_stamps=True))
            unit.session.add(row)
            unit.session.flush()
            continue
        _check_unchanged(row, change.after)
        values = _values(record, change.before, keep_stamps=False)
        is_told = any(values[name] != getattr(row, name) for name in _told_once(table_of(record)) & values.keys())
        for name, value in values.items():
            setattr(row, name, value)
        if is_told:
            unit.session.flush()  # another row may take or leave the same place next
    unit.session.flush()


@cache
def _told_once(table: Table) -> frozenset[str]:
    """Return the columns that take part in something only one row may have."""
    found = {column.name for one in table.constraints if isinstance(one, UniqueConstraint) for column in one.columns}
    return frozenset(found | {column.name for index in table.indexes if index.unique for column in index.columns})


def _remove_bulk(session: Session, changes: Sequence[OperationChangeRecord]) -> Iterator[int]:
    """Remove runs of rows, and yield how many at a time."""
    for name, group in itertools.groupby(changes, key=lambda change: change.table_name):
        table = table_of(RECORDS[name])
        runs = [run for change in group if (run := bulk_run(change))]
        _settle_before(session, name)
        connection = session.connection()
        with _indexes_down(connection, RECORDS[name], sum(last - first + 1 for first, last in runs)):
            for first, last in runs:
                for start in range(first, last + 1, RUN):
                    end = min(last, start + RUN - 1)
                    session.execute(delete(table).where(table.c.id.between(start, end)))
                    yield end - start + 1


def _settle_before(session: Session, table: str) -> None:
    """Take people out of the figures of their grids while it is still known which community a grid belongs to."""
    if table == GridRecord.__tablename__ and not session.scalar(select(FigureRuleRecord.held)):
        session.flush()
        keeping.settle(session, clock.today())


@contextmanager
def _indexes_down(connection: Connection, record: type[Base], rows: int) -> Iterator[None]:
    """Take indexes down while most rows of a table go; what keeps references right stays."""
    table = table_of(record)
    if rows < MANY_ROWS or rows * 2 < (connection.scalar(select(func.count()).select_from(table)) or 0):
        yield
        return
    if not bulk.may_change_tables(connection, table.name):
        yield
        return
    within = {column.name for column in table.columns if any(one.column.table is table for one in column.foreign_keys)}
    statements = bulk.take_down(connection, [record], spare=within)
    yield
    bulk.put_back(connection, statements)


@contextmanager
def _workers_found(session: Session, changes: Sequence[OperationChangeRecord]) -> Iterator[None]:
    """Let the visits of workers who go be found at once: without an index each of them reads all visits."""
    name = WorkerRecord.__tablename__
    workers = sum(rows_of(one) for one in changes if one.table_name == name and _kind(one) in ("added", "bulk"))
    connection = session.connection()
    if workers <= FEW_WORKERS or not bulk.may_change_tables(connection, VisitRecord.__tablename__):
        yield
        return
    connection.exec_driver_sql("CREATE INDEX ix_visit_of_undone_worker ON visit (worker_id)")
    yield
    session.flush()
    connection.exec_driver_sql("DROP INDEX ix_visit_of_undone_worker")


def _check_unchanged(row: Base, after: dict[str, Any] | None) -> None:
    now = image(row)
    told = {name: value for name, value in (after or {}).items() if name in now and name not in _KEPT_BY_UNDO}
    if after is None or any(now[name] != value for name, value in told.items()):
        raise ValidationError(
            _("This cannot be undone any more: it was changed again later. Undo the later change first.")
        )


def _number(change: OperationChangeRecord) -> Any:
    column = table_of(RECORDS[change.table_name]).primary_key.columns.values()[0]
    return change.row_key if column.type.python_type is str else int(change.row_key)


def _values(record: type[Base], stored: dict[str, Any], keep_stamps: bool) -> dict[str, Any]:
    """Return column values from an image kept as JSON."""
    values = revived(record, stored)
    return {name: value for name, value in values.items() if keep_stamps or name not in _KEPT_BY_UNDO}
