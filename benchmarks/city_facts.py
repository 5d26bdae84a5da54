"""Fill a database with an invented city, fast and in bounded memory, for measuring.

1,316 communities, 15,000 grids, 125,000 people ever enrolled and as many
visits as asked for, over 48 months. The rows are written past all services;
the figures are counted afterwards by the program. Nothing here is a person.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from gridapp.db.database import Database
from gridapp.db.days import pack_day
from gridapp.db.figures import rebuilding
from gridapp.db.records import SiteRecord
from gridapp.db.records.visits import pack
from gridapp.db.unit_of_work import number_of_actor
from gridapp.progress import NullProgress, Progress

STAMP = 1_700_000_000_000_000
CHUNK = 20_000
BEGUN = dt.date(2015, 1, 1)


@dataclass(frozen=True)
class City:
    """How big the city is.

    Attributes:
        communities: Communities.
        grids: Grids, spread evenly over them.
        people: People ever enrolled.
        visits: Visits over all months.
        months: Months with visits.
        last: Last day with visits.
    """

    communities: int = 1_316
    grids: int = 15_000
    people: int = 125_000
    visits: int = 1_000_000
    months: int = 48
    last: dt.date = dt.date(2026, 11, 22)

    @property
    def first(self) -> dt.date:
        """The first day with visits."""
        index = self.last.year * 12 + self.last.month - self.months
        return dt.date(index // 12, index % 12 + 1, 1)


def fill(database: Database, city: City, seed: int = 7, progress: Progress = NullProgress()) -> None:
    """Write the city into a new database, its figures included, as one transaction."""
    dice = random.Random(seed)
    with database.write_unrecorded() as session:
        connection = session.connection()
        rebuilding.hold(session)
        _write(connection, "community", ("code", "name"), _communities(city))
        _write(connection, "grid", ("code", "community_id", "name", "kind", "valid_from"), _grids(city))
        _write(connection, "worker", ("name",), ((f"网格员{place}",) for place in range(city.grids * 2 // 3)))
        posts = ("worker_id", "grid_id", "role", "start", "end")
        _write(connection, "assignment", posts, _assignments(city, dice))
        _write(connection, "resident", ("name", "sex", "birth", "died"), _residents(city, dice))
        lived = ("resident_id", "grid_id", "address", "start", "end")
        _write(connection, "residency", lived, _residencies(city, dice))
        _write(connection, "enrolment", ("resident_id", "category_id", "start", "end"), _enrolments(city, dice))
        away = ("resident_id", "reason", "start", "end", "approved")
        _write(connection, "absence", away, _absences(city, dice))
        indexes = _drop_indexes(connection, "visit")
        _write_visits(session, city, dice, progress)
        for statement in indexes:
            connection.exec_driver_sql(statement)
        rebuilding.rebuild(session, city.last, progress)


def _write(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    names = ("id", "uid", *columns, "created_at", "created_by", "version")
    named = ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO {table} ({named}) VALUES ({', '.join('?' * len(names))})"
    pending: list[tuple[Any, ...]] = []
    number = 0
    for row in rows:
        number += 1
        values = (pack_day(value) if isinstance(value, dt.date) else value for value in row)
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"{table}{number}").bytes
        pending.append((number, key, *values, STAMP, "bench", 1))
        if len(pending) == CHUNK:
            connection.exec_driver_sql(statement, pending)
            pending = []
    if pending:
        connection.exec_driver_sql(statement, pending)


def _drop_indexes(connection: Connection, table: str) -> list[str]:
    """Drop a table's indexes and return how to make them again: sorting once beats finding a million places."""
    found = connection.execute(
        text("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"),
        {"table": table},
    ).all()
    for name, _sql in found:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    return [sql for _name, sql in found]


def _communities(city: City) -> Iterator[Sequence[Any]]:
    for place in range(city.communities):
        yield f"9901{place // 999 + 1:02}{place % 999 + 1:03}001", f"示例社区{place + 1}"


def _grids(city: City) -> Iterator[Sequence[Any]]:
    codes = [code for code, _name in _communities(city)]
    for place in range(city.grids):
        of = place * city.communities // city.grids
        first = -(-of * city.grids // city.communities)
        yield f"{codes[of]}{place - first + 1:03}", of + 1, f"第{place - first + 1}网格", 0, BEGUN


def _assignments(city: City, dice: random.Random) -> Iterator[Sequence[Any]]:
    workers = city.grids * 2 // 3
    for grid in range(1, city.grids + 1):
        change = city.last - dt.timedelta(days=dice.randint(1, 1400))
        yield (grid * 2 // 3) % workers + 1, grid, 0, BEGUN, change
        yield (grid * 2 // 3 + 1) % workers + 1, grid, 0, change, None


def _residents(city: City, dice: random.Random) -> Iterator[Sequence[Any]]:
    for place in range(city.people):
        died = None
        if dice.random() < 0.12:
            died = city.first + dt.timedelta(days=dice.randint(1, city.months * 30))
        birth = dt.date(1930, 1, 1) + dt.timedelta(days=dice.randint(0, 11_000))
        yield f"示例{place}", dice.randint(1, 2), birth, died


def _grid_of(place: int, city: City) -> int:
    return place * city.grids // city.people + 1


def _residencies(city: City, dice: random.Random) -> Iterator[Sequence[Any]]:
    for place in range(city.people):
        grid = _grid_of(place, city)
        if dice.random() < 0.12:
            moved = city.first + dt.timedelta(days=dice.randint(1, city.months * 30))
            yield place + 1, grid, f"{place % 30}号楼", BEGUN, moved
            yield place + 1, dice.randint(1, city.grids), f"{place % 40}号楼", moved, None
        else:
            yield place + 1, grid, f"{place % 30}号楼", BEGUN, None


def _enrolments(city: City, dice: random.Random) -> Iterator[Sequence[Any]]:
    for place in range(city.people):
        for category in dice.sample(range(1, 7), dice.choice((1, 1, 1, 2))):
            start = city.first + dt.timedelta(days=dice.randint(-900, city.months * 24))
            end = None if dice.random() < 0.8 else start + dt.timedelta(days=dice.randint(60, 900))
            yield place + 1, category, start, end


def _absences(city: City, dice: random.Random) -> Iterator[Sequence[Any]]:
    for place in range(0, city.people, 20):
        start = city.first + dt.timedelta(days=dice.randint(0, city.months * 29))
        end = start + dt.timedelta(days=dice.randint(20, 120))
        yield place + 1, dice.randint(0, 3), start, end, 1


def _write_visits(session: Session, city: City, dice: random.Random, progress: Progress) -> None:
    connection = session.connection()
    span = (city.last - city.first).days
    days = [pack_day(city.first + dt.timedelta(days=place)) for place in range(span + 1)]
    modes, outcomes = (0, 0, 0, 1, 1, 2, 3), (0, 0, 0, 0, 0, 0, 0, 1, 2, 3)
    statement = (
        "INSERT INTO visit (id, resident_id, visited_on, mode, outcome, worker_id, note, created_at, actor_id, "
        "voided_at, voided_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    actor = number_of_actor(session, "bench")
    site, following = session.execute(select(SiteRecord.id, SiteRecord.next_seq)).one()
    first = pack(site, following)
    pending = []
    for place in range(city.visits):
        number = int(dice.random() * city.people) + 1
        voided = (STAMP, "bench") if place % 100 == 0 else (None, None)
        # In the order of their days, as a city writes them.
        row = (first + place, number, days[place * span // city.visits], modes[place % 7],
               outcomes[int(dice.random() * 10)], number % 9_000 + 1, "情况良好" if place % 3 == 0 else None, STAMP,
               actor, *voided)  # fmt: skip
        pending.append(row)
        if len(pending) == CHUNK:
            connection.exec_driver_sql(statement, pending)
            pending = []
            progress.advance(place, city.visits, "visits")
    if pending:
        connection.exec_driver_sql(statement, pending)
    connection.execute(text("UPDATE site SET next_seq = next_seq + :visits"), {"visits": city.visits})
