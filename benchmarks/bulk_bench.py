"""The invented city and bulk facts: how fast they are written, and what a visit takes in the file.

The peer of the import is plain ``sqlite3.executemany`` of the same rows into
the same tables and indexes, with the program's settings of SQLite, in the same
run. It gets finished tuples: it reads no file and checks nothing. Search words
and figures are made by the program alone and are told apart. All files are
unencrypted, because the peer's is.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import select

from benchmarks.ground import Ground
from benchmarks.measure import Finding, Times
from gridapp.db import search
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.db.records import GridRecord, OperationRecord
from gridapp.services import city_demo
from gridapp.services.facts import export_facts, import_facts, import_facts_file
from gridapp.services.projects import open_database
from gridapp.services.search import rebuild_search
from gridapp.services.undo import undo_operation

COMMUNITIES, VISITS = 132, 10_000_000
"""A tenth of the city's communities, as they are in a city of that many visits: 100,000 people, 1,000,000 visits."""
TABLES = ("category", "actor", "community", "grid", "grid_boundary", "worker", "assignment", "building", "household",
          "resident", "residency", "enrolment", "absence", "contact", "visit")  # fmt: skip
FIGURES = ("person_month", "grid_month", "grid_category_month", "community_month", "community_category_month")
CHUNK = 10_000
FEW = 200
"""People of the small import."""


def bulk_times(ground: Ground, rounds: int) -> list[Finding]:
    """Invent a tenth of a city, take it out as a facts file and put that into a new database."""
    with tempfile.TemporaryDirectory(dir=ground.folder) as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Finding]:
    city, copy, path = folder / "city.db", folder / "copy.db", folder / "city.json"
    made, written, read, derived = Times(), Times(), Times(), Times()
    database = open_database(city, encrypt=False)
    made.add(lambda: city_demo.create_city(database, 1, "benchmark", visits=VISITS, communities=COMMUNITIES))
    written.add(lambda: export_facts(database, path))
    database.close()
    database = open_database(copy, encrypt=False)

    def told_apart(job: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> None:
            began = time.process_time()
            job(*given)
            derived.cpu.append(time.process_time() - began)

        return run

    with (
        mock.patch.object(rebuilding, "rebuild", told_apart(rebuilding.rebuild)),
        mock.patch.object(search, "refresh", told_apart(search.refresh)),
    ):
        read.add(lambda: import_facts_file(database, path, "benchmark"))
    indexed = Times()
    indexed.add(lambda: rebuild_search(database, "benchmark"))
    more, undone, back = Times(), Times(), Times()
    small = _few(database)
    operations: list[int] = []
    more.add(lambda: operations.append(import_facts(database, small, "benchmark").operation or 0))
    undone.add(lambda: undo_operation(database, operations[0], "benchmark"))
    database.close()
    peer = peer_times(copy, folder / "peer.db")
    counts = _counts(copy)
    rows, visits = sum(counts.values()), counts["visit"]
    data = f"{counts['resident']:,} people, {visits:,} visits"
    facts = sum(read.cpu) - sum(derived.cpu)
    speed = sum(peer.cpu) / facts
    database = open_database(copy, encrypt=False)
    with database.read() as session:
        first = session.scalar(select(OperationRecord.id).where(OperationRecord.action == "facts.import")) or 0
    back.add(lambda: undo_operation(database, first, "benchmark"))
    database.close()
    few = len(small["persons"]) + len(small["visits"])
    people = counts["resident"]
    return [
        Finding("import facts, speed", data, speed, "x", None, "plain sqlite3.executemany", 1 / speed,
                f"budget: at least 0.5 x. {rows:,} rows at {rows / facts:,.0f} a second against "
                f"{rows / sum(peer.cpu):,.0f}; search words and figures took {sum(derived.cpu):.0f} s more, "
                f"with them {sum(peer.cpu) / sum(read.cpu):.2f} x"),
        Finding("import facts, time over the peer's", data, facts, "s", 2 * sum(peer.cpu),
                "plain sqlite3.executemany", 1 / speed),
        Finding("export facts", f"{path.stat().st_size / 1e6:,.0f} MB", sum(written.cpu), "s"),
        Finding("invent a tenth of a city", data, sum(made.cpu), "s", 60),
        Finding("build the search index", data, sum(indexed.cpu), "s", None, "the import without it",
                sum(indexed.cpu) / facts, f"{sum(indexed.cpu) / people * 1e6:.0f} s for a million people"),
        Finding("undo the whole import", data, sum(back.cpu), "s", 1.2 * sum(read.cpu), "the import",
                sum(back.cpu) / sum(read.cpu)),
        Finding("import a little beside it", f"{few:,} rows", sum(more.cpu), "s", 0.5 * sum(read.cpu), "the import",
                sum(more.cpu) / sum(read.cpu)),
        Finding("undo that little", f"{few:,} rows", sum(undone.cpu), "s", 1.5 * sum(more.cpu), "its import",
                sum(undone.cpu) / sum(more.cpu)),
        *_sizes(city, visits, data),
    ]  # fmt: skip


def _few(database: Database) -> dict[str, Any]:
    """Return some people with visits, in a grid that is there."""
    with database.read() as session:
        grid = session.scalar(select(GridRecord.code).order_by(GridRecord.code).limit(1))
    names = [f"few{number}" for number in range(FEW)]
    return {
        "schema": "gridapp-facts/1",
        "persons": [{"id": name, "name": "新来的人", "sex": "F", "birth": "1940-05-01"} for name in names],
        "residencies": [{"person": name, "grid": grid, "start": "2020-01-01", "end": None} for name in names],
        "enrolments": [{"person": name, "category": "living_alone", "start": "2020-01-01", "end": None}
                       for name in names],
        "visits": [{"id": f"{name}-{month}", "person": name, "date": f"2025-{month:02}-05", "mode": "onsite",
                    "outcome": "met", "worker": None} for name in names for month in range(1, 6)],
    }  # fmt: skip


def _sizes(path: Path, visits: int, data: str) -> list[Finding]:
    with sqlite3.connect(path) as connection:
        statement = "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat AS d JOIN sqlite_schema AS s USING (name) GROUP BY 1"
        pages = dict(connection.execute(statement))
    of_visits, of_figures = pages["visit"] / visits, sum(pages[name] for name in FIGURES) / visits
    return [
        Finding("a visit in the file, with its indexes and the figures", data, of_visits + of_figures, "bytes", None,
                note=f"{of_visits:.0f} without the figures; at twice as many visits the figures weigh half, "
                     f"{of_visits + of_figures / 2:.0f} altogether"),
        Finding("the whole file per visit", data, path.stat().st_size / visits, "bytes"),
    ]  # fmt: skip


def _counts(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def peer_times(source: Path, target: Path) -> Times:
    """Write the rows of a closed, plain file with the standard library alone, in one transaction."""
    reading, writing = sqlite3.connect(source), sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
                   "cell_size_check = ON", "temp_store = MEMORY", "cache_size = -131072"):  # fmt: skip
        writing.execute(f"PRAGMA {pragma}")
    marks = ", ".join("?" * len(TABLES))
    wanted = (
        f"SELECT sql FROM sqlite_schema WHERE tbl_name IN ({marks}, 'site') "
        "AND type IN ('table', 'index') AND sql NOT NULL"
    )
    for (sql,) in reading.execute(wanted, TABLES).fetchall():
        writing.execute(sql)
    spent = Times()
    spent.add(lambda: writing.execute("BEGIN IMMEDIATE"))
    for table in TABLES:
        for rows in _chunks(reading.execute(f"SELECT * FROM {table}")):
            statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
            spent.add(lambda statement=statement, rows=rows: writing.executemany(statement, rows))  # type: ignore[misc]
    spent.add(lambda: writing.execute("COMMIT"))
    spent.add(writing.close)
    reading.close()
    return spent


def _chunks(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(CHUNK):
        yield rows
