"""Measure the invented city and bulk facts: ``python -m benchmarks.bulk_bench [--communities N] [--visits N]``.

The peer is plain ``sqlite3.executemany`` of the same tuples into the same
tables and indexes, with the program's settings of SQLite, in the same run. It
neither reads a file, nor checks, nor keeps search words and figures. Times are
CPU times of the process; the machine may be busy.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import datetime as dt
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from gridapp import clock
from gridapp.db import search
from gridapp.db.figures import rebuilding
from gridapp.services import city_demo
from gridapp.services.facts import export_facts, import_facts_file
from gridapp.services.projects import open_database

TABLES = ("community", "grid", "grid_boundary", "worker", "assignment", "building", "household", "resident",
          "residency", "enrolment", "absence", "contact", "visit")  # fmt: skip
CHUNK = 10_000
LEAST_RATIO = 0.5


class Clock:
    """Adds up CPU and wall time of what it is given."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def run(self, job: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Run a job and return its result."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return job(*args, **more)
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu

    def __str__(self) -> str:
        return f"{self.cpu:.1f} s CPU, {self.wall:.1f} s wall"


def main() -> int:
    """Print the figures; return 1 when the import is slower than it may be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk_bench")
    parser.add_argument("--communities", type=int, default=132, help="of 1,316; 132 are 100,000 people")
    parser.add_argument("--visits", type=int, default=10_000_000, help="of the whole city")
    arguments = parser.parse_args()
    clock.set_today(dt.date(2026, 9, 30))
    folder = Path(tempfile.mkdtemp(prefix="gridapp-bulk-"))
    try:
        return _measure(folder, arguments.communities, arguments.visits)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, communities: int, visits: int) -> int:
    city, copy = folder / "city.db", folder / "copy.db"
    building = Clock()
    database = open_database(city, encrypt=False)
    with mock.patch.object(city_demo, "COMMUNITIES", communities):
        print(building.run(city_demo.create_city, database, 1, "benchmark", visits=visits).message)
    _show("demo", building, _counts(city)["visit"], city)
    exporting = Clock()
    count = exporting.run(export_facts, database, folder / "city.json")
    database.close()
    size = (folder / "city.json").stat().st_size
    print(f"export: {count:,} objects, {size / 1e6:,.0f} MB, {exporting}, {count / exporting.cpu:,.0f} objects/s CPU")
    importing, deriving = Clock(), Clock()
    rebuild, refresh = rebuilding.rebuild, search.refresh
    database = open_database(copy, encrypt=False)
    with (
        mock.patch.object(rebuilding, "rebuild", lambda *args: deriving.run(rebuild, *args)),
        mock.patch.object(search, "refresh", lambda *args: deriving.run(refresh, *args)),
    ):
        importing.run(import_facts_file, database, folder / "city.json", "benchmark")
    database.close()
    rows = sum(_counts(copy).values())
    peer = _peer(copy, folder / "peer.db")
    facts = importing.cpu - deriving.cpu
    print(f"import: {rows:,} rows, {importing}; of it search words and figures {deriving}")
    print(f"peer:   {rows:,} rows, {peer}")
    print(
        f"rows/s CPU: import {rows / facts:,.0f}, with figures {rows / importing.cpu:,.0f}, peer {rows / peer.cpu:,.0f}"
    )
    ratio = peer.cpu / facts
    wall = peer.wall / (importing.wall - deriving.wall)
    print(f"ratio to executemany: {ratio:.2f} CPU, {wall:.2f} wall; all told {peer.cpu / importing.cpu:.2f}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    return 0 if ratio >= LEAST_RATIO else 1


def _show(what: str, spent: Clock, visits: int, path: Path) -> None:
    size = path.stat().st_size
    with sqlite3.connect(path) as connection:
        parts = (
            dict(
                connection.execute(
                    "SELECT tbl, sum(pgsize) FROM (SELECT s.tbl_name AS tbl, d.pgsize FROM dbstat AS d "
                    "JOIN sqlite_schema AS s ON s.name = d.name) GROUP BY tbl"
                )
            )
            if _has_dbstat(connection)
            else {}
        )
    print(f"{what}: {spent}, {visits:,} visits, {visits / spent.cpu:,.0f} visits/s CPU")
    print(f"file: {size / 1e6:,.0f} MB, {size / visits:.0f} bytes per visit all told", end="")
    if "visit" in parts:
        print(f"; visits with their indexes {parts['visit'] / visits:.0f}", end="")
        largest = sorted(parts.items(), key=lambda item: -item[1])[:6]
        print("; " + ", ".join(f"{name} {pages / 1e6:,.0f} MB" for name, pages in largest), end="")
    print()


def _has_dbstat(connection: sqlite3.Connection) -> bool:
    return any("DBSTAT" in option for (option,) in connection.execute("PRAGMA compile_options"))


def _counts(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def _peer(source: Path, target: Path) -> Clock:
    """Write the same rows with the standard library alone, in one transaction."""
    reading, writing = sqlite3.connect(source), sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
                   "cell_size_check = ON", "temp_store = MEMORY", "cache_size = -131072"):  # fmt: skip
        writing.execute(f"PRAGMA {pragma}")
    marks = ", ".join("?" * len(TABLES))
    wanted = (
        f"SELECT sql FROM sqlite_schema WHERE tbl_name IN ({marks}, 'category', 'site') "
        "AND type IN ('table', 'index') AND sql NOT NULL"
    )
    for (sql,) in reading.execute(wanted, TABLES).fetchall():
        writing.execute(sql)
    clock = Clock()
    clock.run(writing.execute, "BEGIN IMMEDIATE")
    for table in ("category", *TABLES):
        for rows in _chunks(reading.execute(f"SELECT * FROM {table}")):
            places = ", ".join("?" * len(rows[0]))
            clock.run(writing.executemany, f"INSERT INTO {table} VALUES ({places})", rows)
    clock.run(writing.execute, "COMMIT")
    clock.run(writing.close)
    return clock


def _chunks(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(CHUNK):
        yield rows


if __name__ == "__main__":
    sys.exit(main())
