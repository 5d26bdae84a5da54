"""Move a whole database between a file and a server, and prove that all of it arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import copy_state, copying, migrations, search
from gridapp.db.database import Database
from gridapp.db.figures import comparing, keeping, rebuilding, verifying
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import By
from gridapp.domain.period import Month
from gridapp.errors import StorageError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.copy_targets import target_of
from gridapp.services.projects import open_database

MONTHS_AT_ONCE = 12
CHUNKS_AT_ONCE = 40
"""Pieces of 5,000 rows between two points a stopped copy goes on from."""
_TABLES_OF_FIGURES: tuple[By, ...] = ("grid", "category", "worker", "total")


@dataclass(frozen=True)
class CopyReport:
    """What was copied and compared.

    Attributes:
        tables: Rows per table, each read back and compared.
        months: Months whose figures were compared.
        figures: Rows of figures compared: people's months, cells of grids, communities and categories, the due list.
        wrong: Months whose figures the original does not keep as its facts have them; in the copy they are right.
    """

    tables: dict[str, int]
    months: int
    figures: int
    wrong: tuple[Month, ...] = ()

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.tables.values())


def copy_database(
    source: str, target: str, encrypt: bool = True, progress: Progress = NullProgress(),
    opener: Callable[[str], Database] = partial(open_database, create=False),
) -> CopyReport:  # fmt: skip
    """Copy everything into a new database: keys, references, stamps, journal, settings, drafts.

    Every row is read back and compared. The copy counts its figures from the
    facts anew, and they are compared with what the source keeps, row by row;
    where the two differ, or the source keeps none, both count from the facts.
    Nobody can open the target before it is complete. What was stopped, killed
    or lost its server goes on when it is started again, unless the source has
    changed since; what failed leaves nothing.

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
            with target_of(target, original, encrypt, copy_state.mark_of_source(read)) as written:
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
        with self._once("rows") as wanted:
            if wanted:
                self._copy_rows()
        self._advance(sum(self.counts.values()) - self.done, _("Copying"))
        self._build()
        for table in copying.copied_tables():
            with self._once(f"compared {table.name}") as wanted:
                if wanted:
                    self._compare(table)
        self._derive()
        with self._step():
            report = self._compare_figures()
            copy_state.finish(self.written)
            migrations.check(self.written)
        return report

    @contextmanager
    def _step(self) -> Iterator[None]:
        with self.written.begin():
            copying.wait_as_long_as_it_takes(self.written)
            yield

    @contextmanager
    def _once(self, step: str) -> Iterator[bool]:
        """Tell whether a step is still to be done, and remember that it is at its end; it may store its own pieces."""
        with self._step():
            wanted = not copy_state.is_done(self.written, step)
        yield wanted
        if wanted:
            with self._step():
                copy_state.note_done(self.written, step)

    def _copy_rows(self) -> None:
        for table in copying.copied_tables():
            self._copy(table)
        with self._step():
            if copying.count_rows(self.written) != self.counts:
                raise StorageError(_("The copy has not as many rows as the original; nothing was kept of it."))

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

    def _build(self) -> None:
        """Put back indexes, references and triggers, one after the other."""
        with self._step():
            left = total = len(copy_state.left_to_build(self.written))
        while left:
            self.progress.advance(total - left, total, _("Building indexes"))
            with self._step():
                copy_state.build_next(self.written)
            left -= 1
        with self._once("completed") as wanted, self._step():
            if wanted:
                copying.complete(self.written)

    def _compare(self, table: Table) -> None:
        # Closed here and now: a cursor that is left to the collector outlives its connection.
        with (
            self._step(),
            closing(copying.read_rows(self.read, table)) as ours,
            closing(copying.read_rows(self.written, table)) as theirs,
        ):
            nothing: copying.Rows = []
            for original, copied in zip_longest(ours, theirs, fillvalue=nothing):
                copying.refuse_difference(original, copied, table)
                self._advance(len(original), _("Comparing"))

    def _derive(self) -> None:
        """Make anew what is derived, so that the copy is complete before anyone opens it."""
        today = clock.today()
        with self._anew("search") as copied:
            if copied is not None:
                search.refresh(copied, None, self.progress)
        with self._anew(f"figures of {today}") as copied:
            if copied is not None:
                rebuilding.rebuild(copied, today, self.progress)
        with self._once("tidied") as wanted:
            if wanted:
                copying.tidy(self.written)

    @contextmanager
    def _anew(self, step: str) -> Iterator[Session | None]:
        """Give a session on the copy, or None when this step was done before the copy was stopped."""
        with self._once(step) as wanted:
            if not wanted:
                yield None
                return
            with self._step(), Session(self.written, expire_on_commit=False) as copied:
                yield copied
                copied.flush()

    def _advance(self, rows: int, what: str) -> None:
        self.done += rows
        self.progress.advance(self.done, self.total, what)

    def _compare_figures(self) -> CopyReport:
        """Compare what both keep of every month; months that differ, or that one does not keep, are counted on both."""
        months = self._months_kept_alike()
        agreed, figures = set[Month](), 0
        for place, month in enumerate(months):
            self.progress.advance(place, len(months), _("Comparing the figures of {month}").format(month=month))
            rows, same = comparing.compare_month(self.read, self.written, month)
            if same and month == months[-1]:
                more, same = comparing.compare_dues(self.read, self.written)
                rows += more
            figures += rows
            agreed |= {month} if same else set()
        with Session(self.written, expire_on_commit=False, autoflush=False) as copied:
            every = verifying.kept_months(copied)
            figures += self._count_figures(copied, [month for month in every if month not in agreed])
        self.progress.advance(1, 1)
        wrong = tuple(month for month in months if month not in agreed)
        return CopyReport(self.counts, len(every), figures, wrong)

    def _months_kept_alike(self) -> list[Month]:
        if not keeping.are_current(self.session, clock.today()):
            return []
        return comparing.months_of_both(self.read, self.written)

    def _count_figures(self, copied: Session, months: list[Month]) -> int:
        """Count the figures of some months from the facts on both sides; return how many there are."""
        figures = 0
        for start in range(0, len(months), MONTHS_AT_ONCE):
            some = months[start : start + MONTHS_AT_ONCE]
            self.progress.advance(start, len(months), _("Counting the figures of every month on both sides"))
            for by in _TABLES_OF_FIGURES:
                ours, theirs = _figures(self.session, some, by), _figures(copied, some, by)
                if ours != theirs:
                    sentence = _("The figures of the copy differ from {first} to {last}; nothing was kept of it.")
                    raise StorageError(sentence.format(first=some[0], last=some[-1]))
                figures += len(ours)
        return figures


def _figures(session: Session, months: list[Month], by: By) -> list[RateRow]:
    rule = RosterRule.monthly(load_settings(session))
    return visit_rates(session, months, clock.today(), by, rule, from_facts=True)
