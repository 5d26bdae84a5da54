"""Move a whole database between a file and a server, and prove that all of it arrived."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import backup, copy_state, copying, keyring, locks, migrations, search, server
from gridapp.db import engine as engines
from gridapp.db.database import Database
from gridapp.db.faults import translate
from gridapp.db.figures import rebuilding
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import By
from gridapp.db.records import EnrolmentRecord, VisitRecord
from gridapp.domain.period import Month, months_back
from gridapp.errors import DatabaseBusyError, GridAppError, OperationCancelled, StorageError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.projects import open_database

MONTHS_AT_ONCE = 12
CHUNKS_AT_ONCE = 40
"""Pieces of 5,000 rows between two points a stopped copy goes on from."""
_STOPPED = (OperationCancelled, KeyboardInterrupt)
_TABLES_OF_FIGURES: tuple[By, ...] = ("grid", "category", "worker", "total")


@dataclass(frozen=True)
class CopyReport:
    """What was copied and compared.

    Attributes:
        tables: Rows per table, each read back and compared.
        months: Months whose figures were counted on both sides.
        figures: Figures compared: cells by grid, category, worker and in total.
    """

    tables: dict[str, int]
    months: int
    figures: int

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.tables.values())


def copy_database(
    source: str, target: str, encrypt: bool = True, progress: Progress = NullProgress(),
    opener: Callable[[str], Database] = partial(open_database, create=False),
) -> CopyReport:  # fmt: skip
    """Copy everything into a new database: keys, references, stamps, journal, settings, drafts.

    Every row is read back and compared, and the figures of every month are
    counted on both sides. Nobody can open the target before it is complete.
    What was stopped or lost its server goes on when it is started again,
    unless the source has changed since; what failed leaves nothing.

    Args:
        source: Path or address; only read, except that an old one is brought to this program's schema first.
        target: Path of a file that is not there, or address of an empty database.
        encrypt: Whether a new file is encrypted.
        progress: Told as rows are copied and compared.
        opener: Opens the source; signs in where there are accounts.

    Raises:
        NotFoundError: There is no such source.
        NotAllowedError: The account that signed in is no administrator.
        ValidationError: The target holds data already, or is the source.
        StorageError: A file or server failed, or the copy differs; nothing was kept of it.
        OperationCancelled: The user asked to stop; what has arrived waits for the same copy to go on.
    """
    original = opener(source)
    try:
        original.principal.demand("copy")
        with original.read_whole() as session:
            read = session.connection()
            copying.wait_as_long_as_it_takes(read)
            with _target(target, original, encrypt, copy_state.mark_of_source(read)) as written:
                return _Copy(session, read, written, progress).carry_out()
    finally:
        original.close()


class _Copy:
    """One copy under way: from a reading transaction into several writing ones, the last of which completes it."""

    def __init__(self, session: Session, read: Connection, written: Connection, progress: Progress) -> None:
        self.session, self.read, self.written, self.progress = session, read, written, progress
        self.counts = copying.count_rows(read)
        self.done, self.total = 0, 2 * sum(self.counts.values())

    def carry_out(self) -> CopyReport:
        for table in copying.copied_tables():
            self._copy(table)
        with self._step():
            return self._complete()

    @contextmanager
    def _step(self) -> Iterator[None]:
        with self.written.begin():
            copying.wait_as_long_as_it_takes(self.written)
            yield

    def _copy(self, table: Table) -> None:
        """Copy what of a table has not arrived yet, stored every so many rows."""
        with self._step():
            arrived, last = copy_state.last_copied(self.written, table)
        self._advance(arrived, _("Copying"))
        with closing(copying.read_rows(self.read, table, last)) as read:
            chunk = next(read, None)
            while chunk is not None:
                with self._step(), copying.writer(self.written, table) as write:
                    for _place in range(CHUNKS_AT_ONCE):
                        self._advance(len(chunk), _("Copying"))
                        write(chunk)
                        if (chunk := next(read, None)) is None:
                            break

    def _complete(self) -> CopyReport:
        copy_state.finish(self.written)
        migrations.check(self.written)
        if copying.count_rows(self.written) != self.counts:
            raise StorageError(_("The copy has not as many rows as the original; nothing was kept of it."))
        for table in copying.copied_tables():
            self._compare(table)
        with Session(self.written, expire_on_commit=False) as copied:
            # What is derived is made anew, so that the copy is complete before anyone opens it.
            search.refresh(copied, None, self.progress)
            rebuilding.rebuild(copied, clock.today(), self.progress)
            copied.flush()
        months, figures = self._compare_figures()
        return CopyReport(self.counts, months, figures)

    def _compare(self, table: Table) -> None:
        # Closed here and now: a cursor that is left to the collector outlives its connection.
        with (
            closing(copying.read_rows(self.read, table)) as ours,
            closing(copying.read_rows(self.written, table)) as theirs,
        ):
            nothing: copying.Rows = []
            for original, copied in zip_longest(ours, theirs, fillvalue=nothing):
                copying.refuse_difference(original, copied, table)
                self._advance(len(original), _("Comparing"))

    def _advance(self, rows: int, what: str) -> None:
        self.done += rows
        self.progress.advance(self.done, self.total, what)

    def _compare_figures(self) -> tuple[int, int]:
        months, figures = _months(self.session), 0
        with Session(self.written, expire_on_commit=False, autoflush=False) as copied:
            for start in range(0, len(months), MONTHS_AT_ONCE):
                some = months[start : start + MONTHS_AT_ONCE]
                self.progress.advance(start, len(months), _("Counting the figures of every month on both sides"))
                for by in _TABLES_OF_FIGURES:
                    ours, theirs = _figures(self.session, some, by), _figures(copied, some, by)
                    if ours != theirs:
                        sentence = _("The figures of the copy differ from {first} to {last}; nothing was kept of it.")
                        raise StorageError(sentence.format(first=some[0], last=some[-1]))
                    figures += len(ours)
        self.progress.advance(1, 1)
        return len(months), figures


def _figures(session: Session, months: list[Month], by: By) -> list[RateRow]:
    return visit_rates(session, months, clock.today(), by, RosterRule.monthly(load_settings(session)))


def _months(session: Session) -> list[Month]:
    """Return the months from the first visit or category to today."""
    days = [
        session.scalar(select(func.min(VisitRecord.visited_on))),
        session.scalar(select(func.min(EnrolmentRecord.start))),
    ]
    first = min((Month.of(day) for day in days if isinstance(day, dt.date)), default=None)
    last = Month.of(clock.today())
    if first is None or first.first > last.first:
        return []
    return months_back(last, (last.year - first.year) * 12 + last.month - first.month + 1)


@contextmanager
def _target(target: str, original: Database, encrypt: bool, mark: str) -> Iterator[Connection]:
    """Open a target that is ready for rows; what was stopped is kept there, what failed is removed."""
    if engines.is_on_server(target):
        with _on_server(target, original, mark) as connection:
            yield connection
    else:
        with _new_file(Path(target), original, encrypt, mark) as connection:
            yield connection


@contextmanager
def _on_server(target: str, original: Database, mark: str) -> Iterator[Connection]:
    engine = engines.make_engine(target, encrypt=False)
    try:
        with translate(), engine.connect() as connection:
            with connection.begin():
                if original.is_on_server and _is_same_database(original, connection):
                    raise ValidationError(_("A database cannot be copied into itself."))
                if not locks.hold_copy(connection):
                    raise DatabaseBusyError(_("Somebody else is copying into this database. Wait until that is done."))
                _set_up(connection, engine.url.database or "")
                copy_state.begin(connection, mark)
            try:
                yield connection
            except _STOPPED:
                raise
            except BaseException:
                with suppress(SQLAlchemyError), connection.begin():
                    copy_state.forget(connection)
                raise
    finally:
        engine.dispose()


def _set_up(connection: Connection, name: str) -> None:
    """Make the tables on a server, unless a copy into them was begun.

    Raises:
        ValidationError: There are facts in them.
    """
    revision = migrations.current_revision(connection)
    if revision == migrations.COPYING:
        return
    if revision is not None and copying.holds_facts(connection):
        raise _full(name)
    migrations.upgrade_within(connection)
    with Session(connection) as session:
        locks.pass_the_door(session, alone=True)
        if copying.holds_facts(connection):
            raise _full(name)
    copying.wait_as_long_as_it_takes(connection)


def _is_same_database(original: Database, connection: Connection) -> bool:
    return original.location == server.address_without_secrets(connection.engine.url)


def _full(target: str) -> ValidationError:
    return ValidationError(_("“{target}” holds data already. Copy into a new, empty one.").format(target=target), "to")


@contextmanager
def _new_file(path: Path, original: Database, encrypt: bool, mark: str) -> Iterator[Connection]:
    """Fill a file beside the target; it takes its name only when it is complete."""
    if not original.is_on_server and Path(original.location).resolve() == path.resolve():
        raise ValidationError(_("A database cannot be copied into itself."))
    if path.exists():
        _refuse_used_file(path)
    part = path.with_name(path.name + ".part")
    ring = Path(original.location) if encrypt and _has_ring(original) else None
    # Accounts open a copy as they open the original: it keeps the key and gets the ring that seals it.
    key = engines.key_of(original.engine) if ring else None
    if not _goes_on(part, encrypt, key):
        _remove(part)
    engine = engines.make_engine(str(part), encrypt, key)
    try:
        with translate(), engine.execution_options(gridapp_writing=True).connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            # Nobody sees the file before it is complete, so it need not wait for the disk; a program that ends midway
            # finds it as it was after the last step.
            for pragma in ("journal_mode = DELETE", "synchronous = OFF", "foreign_keys = OFF"):
                driver.execute(f"PRAGMA {pragma}")
            with connection.begin():
                if not copy_state.is_under_way(connection):
                    migrations.upgrade_within(connection)
                copy_state.begin(connection, mark)
            yield connection
        engine.dispose()
        backup.make_durable(part)
        _remove(path)
        if ring is not None:
            keyring.keep_beside(ring, path)
        os.replace(part, path)
    except _STOPPED:
        raise
    except BaseException:
        engine.dispose()
        _remove(part)
        raise
    finally:
        engine.dispose()


def _has_ring(original: Database) -> bool:
    return not original.is_on_server and keyring.exists(Path(original.location))


def _goes_on(part: Path, encrypt: bool, key: str | None) -> bool:
    """Return whether a part of a file is there that a copy can go on with."""
    if not part.exists():
        return False
    try:
        engine = engines.make_engine(str(part), encrypt, key)
        try:
            with engine.connect() as connection:
                return engines.is_encrypted(engine) == encrypt and copy_state.is_under_way(connection)
        finally:
            engine.dispose()
    except (GridAppError, SQLAlchemyError):
        return False  # damaged as the power went off, or by another key


def _refuse_used_file(path: Path) -> None:
    there = open_database(path, create=False)
    try:
        with there.read() as session:
            if copying.holds_facts(session.connection()):
                raise _full(path.name)
    finally:
        there.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

