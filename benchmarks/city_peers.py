"""The same facts in DuckDB, polars and plain SQLite, which count the same months from them by the same rule.

Every peer holds who carried a category, where everybody lived, who died, who
was away, and every visit as it was entered, and counts for each month and grid
who is on the roster (unbroken stays, joining day and absences included) and
whom of them a visit that counts has met. Source: indicators.md section 2, by
the settings a new file begins with. The peers must agree with each other and
with GridApp's own figures.
"""

from __future__ import annotations

import datetime as dt
import importlib
import itertools
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Job
from gridapp.db.database import Database
from gridapp.db.days import pack_day
from gridapp.domain.period import Month, reference_day
from gridapp.settings import DEFAULTS

OPEN = 1 << 20
"""Packed day that stands for an open end."""

Numbers = NDArray[np.int32]
Period = tuple[int, int, int, int]
"""Number of a month, its first and reference day and the last to join on, packed; a packed day's month: shift by 5."""

COLUMNS = {
    "category": ("id", "counts"),
    "enrolment": ("person", "category", "start", "until"),
    "residency": ("person", "grid", "start", "until"),
    "death": ("person", "day"),
    "absence": ("person", "start", "until", "approved"),
    "visit": ("person", "day", "outcome", "mode", "voided"),
}
"""What the peers hold, days packed as the file has them; outcome 0 is met, the first three modes count."""

Facts = dict[str, dict[str, Numbers]]


def read_facts(database: Database) -> Facts:
    """Return the tables of COLUMNS from a city's file, each as its columns."""
    until = f'coalesce("end", {OPEN})'
    statements = {
        "category": "SELECT id, counts FROM category",
        "enrolment": f"SELECT resident_id, category_id, start, {until} FROM enrolment",
        "residency": f"SELECT resident_id, grid_id, start, {until} FROM residency",
        "death": "SELECT id, died FROM resident WHERE died IS NOT NULL",
        "absence": f"SELECT resident_id, start, {until}, approved FROM absence",
    }
    with database.read() as session:
        raw: Any = session.connection().connection.dbapi_connection
        found = {name: _columns(name, raw.execute(statement)) for name, statement in statements.items()}
        # One number for five: twenty million rows take a third as long.
        parts = "(resident_id << 28) | (visited_on << 8) | (outcome << 4) | (mode << 1) | (voided_at IS NOT NULL)"
        packed = np.fromiter(itertools.chain.from_iterable(raw.execute(f"SELECT {parts} FROM visit")), np.int64)
    columns = (packed >> 28, packed >> 8 & 0xFFFFF, packed >> 4 & 15, packed >> 1 & 7, packed & 1)
    kinds = (np.int32, np.int32, np.int8, np.int8, np.int8)
    found["visit"] = {
        name: part.astype(kind) for name, part, kind in zip(COLUMNS["visit"], columns, kinds, strict=True)
    }
    return found


def _columns(table: str, rows: Iterable[Sequence[int]]) -> dict[str, Numbers]:
    names = COLUMNS[table]
    found = np.fromiter(itertools.chain.from_iterable(rows), np.int64).reshape(-1, len(names))
    return {name: found[:, place].astype(np.int32) for place, name in enumerate(names)}


def counts_of(
    facts: Facts, months: list[Month], today: dt.date, folder: Path
) -> dict[str, Callable[[list[Month]], Job]]:
    """Return, for every peer that is installed, how it makes a count of N and D by month and grid.

    Args:
        facts: From ``read_facts``.
        months: All that will be asked for; plain SQLite holds no visits before them.
        today: The day the facts are seen from.
        folder: Where DuckDB may keep its file.

    Raises:
        RuntimeError: Two peers do not agree.
    """
    periods = _periods(months, today)
    peers: dict[str, Callable[[list[Period]], Job]] = {"plain sqlite3": _sqlite(facts, periods[0][1])}
    for name, make in (("DuckDB", partial(_duck, facts, folder)), ("polars", partial(_polars, facts))):
        try:
            peers[name] = make()
        except ImportError:
            continue
    totals = {name: totals_of(make(periods[-1:])()) for name, make in peers.items()}
    if len(set(totals.values())) > 1:
        raise RuntimeError(f"the peers do not agree: {totals}")

    def asked(make: Callable[[list[Period]], Job]) -> Callable[[list[Month]], Job]:
        return lambda wanted: make(_periods(wanted, today))

    return {name: asked(make) for name, make in peers.items()}


def totals_of(rows: object) -> tuple[int, int]:
    """Return D and N of a count's rows, summed."""
    assert isinstance(rows, Iterable)
    found = list(rows)
    return sum(int(row[2]) for row in found), sum(int(row[3]) for row in found)


def _periods(months: list[Month], today: dt.date) -> list[Period]:
    periods = []
    for month in months:
        last, cutoff = reference_day(month, today), month.first.replace(day=DEFAULTS.join_day)
        first, day, joined = pack_day(month.first), pack_day(last), pack_day(cutoff)
        if first is not None and day is not None and joined is not None:
            periods.append((day >> 5, first, day, joined))
    return periods


_BEFORE = "PARTITION BY person ORDER BY start, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
_FRESH = f"CASE WHEN start <= max(until) OVER ({_BEFORE}) THEN 0 ELSE 1 END"
_COUNT = f"""
    WITH held AS (SELECT e.person, {{later}}(e.start, r.start) AS start,
                         {{earlier}}(e.until, r.until, coalesce(d.day, {OPEN})) AS until
                  FROM enrolment e JOIN category c ON c.id = e.category AND c.counts = 1
                  JOIN residency r ON r.person = e.person LEFT JOIN death d ON d.person = e.person),
         piece AS (SELECT person, start, until, {_FRESH} AS fresh FROM held WHERE start < until),
         island AS (SELECT person, start, until, sum(fresh) OVER
                    (PARTITION BY person ORDER BY start, until ROWS UNBOUNDED PRECEDING) AS number FROM piece),
         stay AS (SELECT person, min(start) AS start, max(until) AS until FROM island GROUP BY person, number),
         standing AS (SELECT p.month, r.grid, s.person
                      FROM period p JOIN stay s ON s.start <= p.joined AND s.start <= p.last AND s.until > p.last
                      JOIN residency r ON r.person = s.person AND r.start <= p.last AND r.until > p.last
                      WHERE NOT EXISTS (SELECT 1 FROM absence a WHERE a.person = s.person AND a.approved = 1
                                        AND a.start <= p.first AND a.until > p.last)),
         seen AS (SELECT DISTINCT person, day >> 5 AS month FROM visit
                  WHERE day BETWEEN {{first}} AND {{last}} AND voided = 0 AND outcome = 0 AND mode < 3)
    SELECT t.month, t.grid, count(*), count(s.person)
    FROM standing t LEFT JOIN seen s ON s.person = t.person AND s.month = t.month GROUP BY t.month, t.grid"""


def _count(periods: list[Period], later: str, earlier: str) -> str:
    return _COUNT.format(first=periods[0][1], last=periods[-1][2], later=later, earlier=earlier)


def _duck(facts: Facts, folder: Path) -> Callable[[list[Period]], Job]:
    connection: Any = importlib.import_module("duckdb").connect(str(folder / "city.duckdb"))
    connection.execute("SET threads = 2")
    for name, columns in facts.items():
        connection.register("held", columns)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM held")
        connection.unregister("held")
    connection.execute("CREATE TABLE period (month INTEGER, first INTEGER, last INTEGER, joined INTEGER)")
    connection.execute("CHECKPOINT")

    def make(periods: list[Period]) -> Job:
        statement = _count(periods, "greatest", "least")

        def job() -> object:
            connection.execute("DELETE FROM period")
            connection.executemany("INSERT INTO period VALUES (?, ?, ?, ?)", periods)
            return connection.execute(statement).fetchall()

        return job

    return make


def _polars(facts: Facts) -> Callable[[list[Period]], Job]:
    polars: Any = importlib.import_module("polars")
    column = polars.col
    table = {name: polars.DataFrame(columns).lazy() for name, columns in facts.items()}
    held = table["enrolment"].join(table["category"].filter(column("counts") == 1), left_on="category", right_on="id")
    held = held.join(table["residency"], on="person", suffix="_lived").join(table["death"], on="person", how="left")
    start, until = polars.max_horizontal("start", "start_lived"), polars.min_horizontal("until", "until_lived", "day")
    pieces = held.select("person", start.alias("start"), until.alias("until"))
    pieces = pieces.filter(column("start") < column("until")).sort("person", "start", "until")
    reached = column("until").cum_max().shift(1).over("person")
    island = (column("start") > reached).fill_null(value=True).cast(polars.Int32).cum_sum().over("person")
    stays = pieces.with_columns(number=island).group_by("person", "number")
    stays = stays.agg(column("start").min(), column("until").max())
    inside = (column("start") <= column("last")) & (column("until") > column("last"))

    def make(periods: list[Period]) -> Job:
        names = ["month", "first", "last", "joined"]
        period = polars.DataFrame(periods, schema=names, orient="row").cast(polars.Int32).lazy()
        stood = stays.join(period, how="cross").filter(inside, column("start") <= column("joined"))
        away = table["absence"].filter(column("approved") == 1).join(period, how="cross")
        away = away.filter(column("start") <= column("first"), column("until") > column("last"))
        stood = stood.select("person", "month", "last").join(away, on=["person", "month"], how="anti")
        lived = stood.join(table["residency"], on="person").filter(inside).select("month", "grid", "person")
        counts = (column("voided") == 0) & (column("outcome") == 0) & (column("mode") < 3)
        days = column("day").is_between(periods[0][1], periods[-1][2])
        seen = table["visit"].filter(days & counts).select("person", (column("day") // 32).alias("month")).unique()
        counted = lived.join(seen.with_columns(seen=polars.lit(1)), on=["person", "month"], how="left")
        asked = counted.group_by("month", "grid").agg(polars.len().alias("roster"), column("seen").count().alias("met"))
        return lambda: asked.collect().rows()

    return make


def _sqlite(facts: Facts, since: int) -> Callable[[list[Period]], Job]:
    connection = sqlite3.connect(":memory:")
    for name, columns in facts.items():
        kept = columns["day"] >= since if name == "visit" else slice(None)
        connection.execute(f"CREATE TABLE {name} ({', '.join(f'{key} INTEGER' for key in columns)})")
        rows = zip(*(values[kept].tolist() for values in columns.values()), strict=True)
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)
    connection.execute("CREATE INDEX day_person ON visit (day, person, voided, outcome, mode)")
    for name in ("residency", "absence", "death"):
        connection.execute(f"CREATE INDEX of_{name} ON {name} (person)")
    connection.execute("CREATE TABLE period (month INTEGER, first INTEGER, last INTEGER, joined INTEGER)")

    def make(periods: list[Period]) -> Job:
        statement = _count(periods, "max", "min")

        def job() -> object:
            connection.execute("DELETE FROM period")
            connection.executemany("INSERT INTO period VALUES (?, ?, ?, ?)", periods)
            return connection.execute(statement).fetchall()

        return job

    return make
