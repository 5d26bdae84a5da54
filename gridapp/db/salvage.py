"""Take what can still be read out of a damaged file, row by row, past the pages that cannot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select, text

from gridapp.db import copying
from gridapp.db import engine as engines
from gridapp.db.base import table_of
from gridapp.db.records import SiteRecord, VisitRecord
from gridapp.db.records.visits import FIRST_OTHER_SITE, is_own, pack, unpack
from gridapp.progress import Progress

AT_ONCE = 500
_END = 2**62
_BEGIN = -(2**62)


@dataclass(frozen=True)
class Salvaged:
    """What came out of one table.

    Attributes:
        table: Its name.
        read: Rows that were read.
        lost: Rows known to be lost; None when they cannot be counted.
    """

    table: str
    read: int
    lost: int | None


class Wreck:
    """A damaged file. After each fault it is opened anew: SQLCipher answers nothing more on the same connection."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path
        self._faults: Any = engines.driver().Error
        self._open: Any = None

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def ask(self, statement: str, *values: Any) -> list[Any] | None:
        """Return the rows of a statement, None when it runs into damage."""
        try:
            if self._open is None:
                self._open = engines.connect_beside(self._engine, self._path, reads_only=True)
            rows: list[Any] = self._open.execute(statement, values).fetchall()
        except self._faults:
            with contextlib.suppress(self._faults):
                self.close()
            self._open = None
            return None
        return rows

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table, [] when not even that is known."""
        return [row[1] for row in self.ask(f'PRAGMA table_info("{table}")') or []]

    def rows(self, table: str, columns: list[str]) -> Iterator[list[Any]]:
        """Yield the rows that can be read, in the order of their numbers."""
        names = ", ".join(f'"{name}"' for name in columns)
        statement = f'SELECT rowid, {names} FROM "{table}" NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT ?'
        after, many = _BEGIN, AT_ONCE
        while True:
            rows = self.ask(statement, after, many)
            if rows:
                yield [row[1:] for row in rows]
                after, many = rows[-1][0], AT_ONCE if many == AT_ONCE else many * 2
            elif rows is not None:
                return
            elif many > 1:
                many = 1
            else:
                found = self._beyond(statement, after)
                if found is None:
                    return
                after = found

    def _beyond(self, statement: str, after: int) -> int | None:
        """Return the least number found after which rows can be read again, None when there are none."""
        low = high = max(after, 0)
        step = 1
        while self.ask(statement, high, 1) is None:
            low, high, step = high, high + step, step * 2
            if high > _END:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            if self.ask(statement, middle, 1) is None:
                low = middle
            else:
                high = middle
        return high


def salvage(wreck: Wreck, written: Connection, progress: Progress) -> list[Salvaged]:
    """Fill a new database with what can be read of a damaged one.

    Rows whose references are gone are left out and counted as lost; derived
    tables stay empty and are made again by the caller.

    Args:
        wreck: The damaged file, of the same revision.
        written: A writing transaction on a new database.
        progress: Told per table.
    """
    outcome: dict[str, Salvaged] = {}
    tables = copying.copied_tables()
    with copying.bare_tables(written):
        copying.empty(written)
        for place, table in enumerate(tables):
            progress.advance(place, len(tables))
            outcome[table.name] = _take(wreck, written, table)
        for name, count in _drop_orphans(written).items():
            known = outcome[name]
            outcome[name] = Salvaged(name, known.read - count, (known.lost or 0) + count)
    return list(outcome.values())


def keep_own_site(written: Connection, new_code: str) -> None:
    """See to it that new visits get numbers of their own, also when the site's row was lost.

    Args:
        written: The transaction the rows were taken in.
        new_code: The own site's code, if the old one is lost.
    """
    site, visit = table_of(SiteRecord), table_of(VisitRecord)
    newest = written.scalar(select(func.max(visit.c.id)).where(visit.c.id < pack(FIRST_OTHER_SITE, 0))) or 0
    number, following = unpack(newest + 1)
    known = written.scalar(select(site.c.next_seq).where(is_own(site.c.id)))
    if known is None:
        written.execute(site.insert().values(id=number, code=new_code, next_seq=following))
    elif known < following:
        written.execute(site.update().where(is_own(site.c.id)).values(next_seq=following))


def _take(wreck: Wreck, written: Connection, table: Table) -> Salvaged:
    columns = [name for name in wreck.columns(table.name) if name in table.columns]
    if not columns:
        return Salvaged(table.name, 0, None)
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" * len(columns))
    driver: Any = written.connection.driver_connection
    count = 0
    for rows in wreck.rows(table.name, columns):
        done = driver.executemany(f'INSERT OR IGNORE INTO "{table.name}" ({names}) VALUES ({places})', rows)
        count += done.rowcount
    counted = wreck.ask(f'SELECT count(*) FROM "{table.name}"')
    return Salvaged(table.name, count, None if counted is None else counted[0][0] - count)


def _drop_orphans(written: Connection) -> dict[str, int]:
    dropped: dict[str, int] = {}
    while broken := written.execute(text("PRAGMA foreign_key_check")).all():
        for name, number in {(row[0], row[1]) for row in broken}:
            written.execute(text(f'DELETE FROM "{name}" WHERE rowid = :number'), {"number": number})
            dropped[name] = dropped.get(name, 0) + 1
    return dropped
