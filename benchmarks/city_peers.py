"""The same facts in DuckDB, polars and plain SQLite, which count the same months by a simpler rule.

Every peer holds who lived where, who carried a category and every valid visit,
and counts, for each month and grid, the people enrolled on the month's last day
and those of them visited in the month: no joining day, no absences, no
unbroken stays. They must agree with each other; with GridApp, which follows
the whole rule, they agree only nearly.
"""

from __future__ import annotations

import importlib
import itertools
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Job
from gridapp.db.database import Database
from gridapp.db.days import pack_day
from gridapp.domain.period import Month

OPEN = 1 << 20
"""Packed day that stands for an open end."""

Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Facts:
    """What the peers hold, days packed as the file has them.

    Attributes:
        residency: person, grid, start, until (excluded).
        enrolment: person, start, until (excluded).
        visit: person, day.
    """

    residency: dict[str, Numbers]
    enrolment: dict[str, Numbers]
    visit: dict[str, Numbers]


def read_facts(database: Database) -> Facts:
    """Read what the peers need from a city's file."""
    until = f'coalesce("end", {OPEN})'
    with database.read() as session:
        raw: Any = session.connection().connection.dbapi_connection

        def columns(names: tuple[str, ...], statement: str) -> dict[str, Numbers]:
            rows = raw.execute(statement)
            found = np.fromiter(itertools.chain.from_iterable(rows), np.int64).reshape(-1, len(names))
            return {name: found[:, place].astype(np.int32) for place, name in enumerate(names)}

        lived = f"SELECT resident_id, grid_id, start, {until} FROM residency WHERE resident_id IN "
        lived += "(SELECT resident_id FROM enrolment)"
        # One number for two: twenty million rows take half as long.
        packed = np.fromiter(
            itertools.chain.from_iterable(
                raw.execute(
                    "SELECT resident_id << 24 | visited_on FROM visit INDEXED BY ix_visit_figures "
                    "WHERE resident_id > 0 AND voided_at IS NULL AND outcome = 0 AND mode < 3"
                )
            ),
            np.int64,
        )
        return Facts(
            columns(("person", "grid", "start", "until"), lived),
            columns(("person", "start", "until"), f"SELECT resident_id, start, {until} FROM enrolment"),
            {"person": (packed >> 24).astype(np.int32), "day": (packed & 0xFFFFFF).astype(np.int32)},
        )


def counts_of(facts: Facts, months: list[Month]) -> dict[str, Callable[[list[Month]], Job]]:
    """Return, for every peer that is installed, how it makes a count of N and D by month and grid.

    Args:
        facts: From ``read_facts``.
        months: All that will be asked for; plain SQLite holds no visits before them.

    Raises:
        RuntimeError: Two peers do not agree.
    """
    peers: dict[str, Callable[[list[Month]], Job]] = {"plain sqlite3": _sqlite(facts, months[0])}
    for name, make in (("DuckDB", _duck), ("polars", _polars)):
        try:
            peers[name] = make(facts)
        except ImportError:
            continue
    totals = {name: _totals(make(months[-1:])()) for name, make in peers.items()}
    if len(set(totals.values())) > 1:
        raise RuntimeError(f"the peers do not agree: {totals}")
    return peers


def _totals(rows: object) -> tuple[int, int]:
    assert isinstance(rows, Iterable)
    found = list(rows)
    return sum(int(row[2]) for row in found), sum(int(row[3]) for row in found)


def _periods(months: list[Month]) -> list[tuple[int, int, int]]:
    """Return number, first and last day of months, packed; a packed day's month is a shift of five."""
    days = [(pack_day(month.first), pack_day(month.last)) for month in months]
    return [(last >> 5, first, last) for first, last in days if first is not None and last is not None]


_COUNT = """
    WITH seen AS (SELECT DISTINCT person, day >> 5 AS month FROM visit WHERE day BETWEEN {first} AND {last}),
         standing AS (SELECT DISTINCT p.month, r.grid, r.person FROM period p
                      JOIN residency r ON r.start <= p.last AND r.until > p.last
                      JOIN enrolment e ON e.person = r.person AND e.start <= p.last AND e.until > p.last)
    SELECT t.month, t.grid, count(*), count(s.person)
    FROM standing t LEFT JOIN seen s ON s.person = t.person AND s.month = t.month GROUP BY t.month, t.grid"""


def _count(periods: list[tuple[int, int, int]]) -> str:
    return _COUNT.format(first=periods[0][1], last=periods[-1][2])


def _duck(facts: Facts) -> Callable[[list[Month]], Job]:
    connection: Any = importlib.import_module("duckdb").connect()
    connection.execute("SET threads = 2")
    for name in ("residency", "enrolment", "visit"):
        held = getattr(facts, name)
        connection.register("held", held)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM held")
        connection.unregister("held")
    connection.execute("CREATE TABLE period (month INTEGER, first INTEGER, last INTEGER)")

    def make(months: list[Month]) -> Job:
        periods = _periods(months)

        def job() -> object:
            connection.execute("DELETE FROM period")
            connection.executemany("INSERT INTO period VALUES (?, ?, ?)", periods)
            return connection.execute(_count(periods)).fetchall()

        return job

    return make


def _polars(facts: Facts) -> Callable[[list[Month]], Job]:
    polars: Any = importlib.import_module("polars")
    column = polars.col
    residency, enrolment, visit = (polars.DataFrame(getattr(facts, name)).lazy()
                                   for name in ("residency", "enrolment", "visit"))  # fmt: skip

    def make(months: list[Month]) -> Job:
        periods = _periods(months)
        period = polars.DataFrame(periods, schema=["month", "first", "last"], orient="row").cast(polars.Int32).lazy()
        inside = (column("start") <= column("last")) & (column("until") > column("last"))
        held = enrolment.join(period, how="cross").filter(inside).select("person", "month", "last").unique()
        lived = held.join(residency, on="person").filter(inside).select("month", "grid", "person").unique()
        days = column("day").is_between(periods[0][1], periods[-1][2])
        seen = visit.filter(days).select("person", (column("day") // 32).alias("month")).unique()
        seen = seen.with_columns(seen=polars.lit(1))
        counted = lived.join(seen, on=["person", "month"], how="left").group_by("month", "grid")
        asked = counted.agg(polars.len().alias("roster"), column("seen").count().alias("visited"))
        return lambda: asked.collect().rows()

    return make


def _sqlite(facts: Facts, since: Month) -> Callable[[list[Month]], Job]:
    connection = sqlite3.connect(":memory:")
    first = pack_day(since.first) or 0
    for name in ("residency", "enrolment", "visit"):
        held: dict[str, Numbers] = getattr(facts, name)
        if name == "visit":
            recent = held["day"] >= first
            held = {key: values[recent] for key, values in held.items()}
        connection.execute(f"CREATE TABLE {name} ({', '.join(f'{key} INTEGER' for key in held)})")
        rows = zip(*(values.tolist() for values in held.values()), strict=True)
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(held))})", rows)
    connection.execute("CREATE INDEX day_person ON visit (day, person)")
    connection.execute("CREATE INDEX enrolled ON enrolment (person, start, until)")
    connection.execute("CREATE TABLE period (month INTEGER, first INTEGER, last INTEGER)")

    def make(months: list[Month]) -> Job:
        periods = _periods(months)

        def job() -> object:
            connection.execute("DELETE FROM period")
            connection.executemany("INSERT INTO period VALUES (?, ?, ?)", periods)
            return connection.execute(_count(periods)).fetchall()

        return job

    return make
