"""Figures kept at the size of a city: reads, saving, counting again, comparing.

Usage: python -m benchmarks.city_bench [--visits 1000000] [--rounds 15] [--keep FILE.db]

Judged by CPU time of this process, so that a busy machine does not change a
verdict, except saving, which waits for the disk; that is compared with the
same saving without triggers, taken in turn. DuckDB, when it is installed,
counts the same months from the facts by a simpler rule.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import csv
import datetime as dt
import importlib
import itertools
import resource
import sys
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import text

from benchmarks.city_facts import City, fill
from benchmarks.measure import Finding, Job, Times, interleaved, table
from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.days import text_sql
from gridapp.db.figures import dues, keeping, rebuilding, triggers, verifying
from gridapp.db.queries.due import read_due_list
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.matrix import rate_matrix
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import ResidentFilter, list_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.roster_pages import read_people_page
from gridapp.db.queries.values import DueFilter, PeopleWish, Scope
from gridapp.db.queries.visits import VisitFilter, list_visits
from gridapp.domain.period import Month, months_back
from gridapp.domain.visit import NewVisit
from gridapp.services.projects import open_database
from gridapp.services.residents import enrol
from gridapp.services.visits import record_visit, record_visits
from gridapp.settings import DEFAULTS
from ui.pages import dashboard_queries

RULE = RosterRule.monthly(DEFAULTS)
MONTHS = 24
BATCH = 200


def main() -> int:
    """Print the table; return 1 when a budget was missed."""
    parser = argparse.ArgumentParser(description="Measure the figures of a city.")
    parser.add_argument("--visits", type=lambda number: int(float(number)), default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="use this file, or make it and keep it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridapp-city-") as folder:
        path = options.keep or Path(folder) / "city.db"
        if not path.exists():
            city = City(visits=options.visits)
            clock.set_today(city.last)
            database = open_database(path, encrypt=False)
            fill(database, city)
            database.close()
        findings = measure(path, options.rounds)
    print(table(findings))
    return int(any(found.verdict == "over" for found in findings))


@dataclass(frozen=True)
class Ground:
    """An open city.

    Attributes:
        database: Open.
        last: The day its figures stand at, taken for today.
        visits: How many it holds.
    """

    database: Database
    last: dt.date
    visits: int

    @property
    def data(self) -> str:
        """Return its size in words."""
        return f"{self.visits / 1e6:.1f} M visits"


def measure(path: Path, rounds: int) -> list[Finding]:
    """Measure a city's file; it logs visits there, so give it a copy.

    Args:
        path: Made by ``gridapp demo --size city`` or by ``city_facts``.
        rounds: Runs of each read.
    """
    database = open_database(path)  # once before, so that nothing of an update is measured
    standing = database.fetch(dues.standing_day)
    assert standing is not None
    clock.set_today(standing[1])
    with database.read() as session:
        visits = session.scalar(text("SELECT count(*) FROM visit"))
        size = path.stat().st_size
    database.close()
    opening = Times()
    for _round in range(3):
        opening.add(lambda: _open_to_first_page(path, standing[1]))
    city = Ground(open_database(path), standing[1], int(visits or 0))
    findings = [
        Finding("open, due list and month's figure", city.data, opening.median(), "s", 1.5),
        *_reads(city, rounds),
        *_screens(city, max(5, rounds // 3)),
        *_saves(city, rounds * 20),
        *_whole(city),
        Finding("size of the file", city.data, size / 1e6, "MB", note=f"{size / city.visits:.0f} bytes per visit"),
        Finding("peak memory", "this process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB"),
    ]
    city.database.close()
    return findings


def _open_to_first_page(path: Path, day: dt.date) -> None:
    database = open_database(path)
    database.fetch(read_due_list, day, DEFAULTS, DueFilter(kind=""))
    database.fetch(visit_rates, [Month.of(day)], day, "total", RULE)
    database.close()


def _reads(city: Ground, rounds: int) -> list[Finding]:
    month, database, last = Month.of(city.last), city.database, city.last
    months = months_back(month, MONTHS)
    grid, community, worker = _somewhere(city)

    def rates(asked: list[Month], by: Any, scope: Scope = Scope()) -> Job:
        return lambda: database.fetch(visit_rates, asked, last, by, RULE, scope)

    def due(scope: Scope) -> Job:
        return lambda: database.fetch(read_due_list, last, DEFAULTS, DueFilter(scope, ""))

    def matrix(asked: list[Month], by: Any) -> Job:
        return lambda: database.fetch(rate_matrix, asked, last, by, RULE)

    jobs: dict[str, tuple[Job, float, float | None]] = {
        "24 months × communities, N and D": (matrix(months, "community"), 50, 0.02),
        "1 month × grids, N and D": (matrix([month], "grid"), 50, 0.02),
        "24 months × grids, N and D": (matrix(months, "grid"), 150, 0.1),
        "24 months, total": (rates(months, "total"), 50, None),
        "1 month × grids, whole rows": (rates([month], "grid"), 100, None),
        "1 month × categories": (rates([month], "category"), 50, None),
        "1 month × workers, whole rows": (rates([month], "worker"), 100, None),
        "24 months × grids of a community": (rates(months, "grid", Scope(community=community)), 50, None),
        "24 months of a worker": (rates(months, "total", Scope(worker=worker)), 50, None),
        "due list of the city, first page": (due(Scope()), 100, None),
        "due list of a community": (due(Scope(community=community)), 100, None),
        "due list of a grid": (due(Scope(grid=grid)), 100, None),
        "due list of a worker": (due(Scope(worker=worker)), 100, None),
        "roster of the city, a page": (
            lambda: database.fetch(read_people_page, PeopleWish("roster", month, last)), 100, None),
        "roster of a community": (
            lambda: database.fetch(list_roster, month, last, RULE, Scope(community=community)), 100, None),
    }  # fmt: skip
    peer = _duck(database, months)
    found = interleaved({name: job for name, (job, _budget, _share) in jobs.items()}, rounds)
    floor = interleaved({"peer": peer}, 3)["peer"].median() if peer else None
    return [
        Finding(f"{name}, 95th percentile", city.data, found[name].percentile(95) * 1000, "ms", budget,
                "DuckDB over the facts" if floor and share else "",
                found[name].median() / floor if floor and share else None,
                f"median {found[name].median() * 1000:.1f} ms" + (f", ratio at most {share}" if share else ""))
        for name, (_job, budget, share) in jobs.items()
    ]  # fmt: skip


def _screens(city: Ground, rounds: int) -> list[Finding]:
    """Measure what pages ask for, each question by itself, as they are asked."""
    month, last = Month.of(city.last), city.last
    _grid, community, _worker = _somewhere(city)
    jobs: dict[str, Job] = {}
    for name, scope in (("city", Scope()), ("community", Scope(community=community))):
        for what, query in (("figures", dashboard_queries.read_figures), ("people", dashboard_queries.read_people),
                            ("months", dashboard_queries.read_history)):  # fmt: skip
            jobs[f"dashboard of the {name}, {what}"] = partial(city.database.fetch, query, month, last, scope)
        jobs[f"visits of the {name}, a page"] = partial(
            city.database.fetch, list_visits, VisitFilter(month.first, last, scope))  # fmt: skip
        jobs[f"residents of the {name}, a page"] = partial(
            city.database.fetch, list_residents, ResidentFilter(scope=scope), last)  # fmt: skip
    found = interleaved(jobs, rounds)
    return [
        Finding(f"{name}, 95th percentile", city.data, found[name].percentile(95) * 1000, "ms", 100) for name in jobs
    ]


def _somewhere(city: Ground) -> tuple[str, str, str]:
    """Return a grid in the middle of the city, its community and a worker who serves it."""
    with city.database.read() as session:
        row = session.execute(
            text(
                "SELECT g.code, c.code, w.uid FROM grid g JOIN community c ON c.id = g.community_id "
                'JOIN assignment a ON a.grid_id = g.id AND a."end" IS NULL JOIN worker w ON w.id = a.worker_id '
                "WHERE g.id >= (SELECT max(id) / 2 FROM grid) ORDER BY g.id LIMIT 1"
            )
        ).one()
    return row[0], row[1], str(uuid.UUID(bytes=row[2]))


def _duck(database: Database, months: list[Month]) -> Job | None:
    """Return a count of enrolled and visited people by grid and month in DuckDB, two threads, or None."""
    try:
        connection: Any = importlib.import_module("duckdb").connect()
    except ImportError:
        return None
    connection.execute("SET threads = 2")
    end = text_sql('"end"')
    until = f"coalesce({end}, '9999-12-31') AS until"
    start, day = (f"{text_sql(name)} AS {named}" for name, named in (("start", "start"), ("visited_on", "day")))
    with database.read() as session, tempfile.TemporaryDirectory() as folder:
        raw = session.connection()
        for name, statement in (
            ("residency", f"SELECT resident_id AS person, grid_id AS grid, {start}, {until} FROM residency"),
            ("enrolment", f"SELECT resident_id AS person, {start}, {until} FROM enrolment"),
            ("visit", f"SELECT resident_id AS person, {day} FROM visit WHERE outcome = 0 AND mode < 3 "
                      "AND voided_at IS NULL"),
        ):  # fmt: skip
            found = raw.exec_driver_sql(statement)
            file = Path(folder) / f"{name}.csv"
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(found.keys())
                writer.writerows(found)
            # Days stay texts, as long as nobody counts with them; comparing them is what the count does.
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv(?)", [str(file)])
            file.unlink()
    rows = [(month.year * 12 + month.month, month.last) for month in months]
    connection.execute("CREATE TABLE period (month INTEGER, last DATE)")
    connection.executemany("INSERT INTO period VALUES (?, ?)", rows)
    count = """
        WITH seen AS (SELECT DISTINCT person, year(day) * 12 + month(day) AS month FROM visit
                      WHERE day > (SELECT min(last) FROM period) - 31),
             standing AS (SELECT DISTINCT p.month, r.grid, r.person FROM period p
                          JOIN residency r ON r.start <= p.last AND r.until > p.last
                          JOIN enrolment e ON e.person = r.person AND e.start <= p.last AND e.until > p.last)
        SELECT month, grid, count(*), count(seen.person) FROM standing LEFT JOIN seen USING (person, month)
        GROUP BY month, grid"""
    return lambda: connection.execute(count).fetchall()


def _saves(city: Ground, rounds: int) -> list[Finding]:
    database = city.database
    _grid, community, _worker = _somewhere(city)
    people = [row.roster.person.id for row in database.fetch(list_due, city.last, DEFAULTS, Scope(community=community))]
    elders = itertools.cycle(people)

    def one() -> None:
        record_visit(database, NewVisit(next(elders), city.last), "benchmark")

    def batch() -> None:
        record_visits(database, [NewVisit(next(elders), city.last) for _ in range(BATCH)], "benchmark")

    findings = []
    for name, job, budget, times in (("save a visit", one, 1.2, rounds), ("save 200 visits", batch, 1.6, rounds // 10)):
        with_figures, bare = _in_turn(database, job, times)
        ours, peer = with_figures.median("wall"), bare.median("wall")
        findings.append(Finding(name, city.data, ours / peer, "x", budget, "the same without figures",
                                ours / peer, f"{ours * 1000:.2f} ms against {peer * 1000:.2f}"))  # fmt: skip
    changing = Times()
    for place, person in enumerate(people[:10]):
        changing.add(lambda person=person, place=place: _enrol(database, person, city.last, place))
    middle = changing.median("wall") * 1000
    findings.append(Finding("save an enrolment", "all months kept", middle, "ms", 50))
    return findings


def _enrol(database: Database, person: str, day: dt.date, place: int) -> None:
    enrol(database, person, "dementia", day - dt.timedelta(days=30 * place), "benchmark")


def _in_turn(database: Database, job: Job, rounds: int) -> tuple[Times, Times]:
    """Run a job with the figures and without, block by block; statements are warm in both."""
    kept, bare = Times(), Times()
    for _block in range(5):
        job()
        for _round in range(max(3, rounds // 5)):
            kept.add(job)
        with database.write_unrecorded() as session:
            triggers.drop(session.connection())
        with mock.patch.object(keeping, "settle", lambda session, today: None):
            job()
            for _round in range(max(3, rounds // 5)):
                bare.add(job)
        with database.write_unrecorded() as session:
            triggers.create(session.connection())
    return kept, bare


def _whole(city: Ground) -> list[Finding]:
    database, data, month = city.database, city.data, Month.of(city.last)

    def rebuild() -> None:
        with database.write_unrecorded() as session:
            rebuilding.rebuild(session, city.last)

    def step() -> None:
        with database.write_unrecorded() as session:
            keeping.advance(session, city.last + dt.timedelta(days=1))

    def roll() -> None:
        with database.write_unrecorded() as session:
            keeping.advance(session, month.plus(1).first)

    found = {"rebuild": Times(), "verify": Times(), "step": Times(), "roll": Times()}
    jobs: list[tuple[str, Callable[[], object]]] = [
        ("rebuild", rebuild), *[("verify", lambda: _verify(database, month.plus(-1)))] * 3, ("step", step),
        ("roll", roll),
    ]  # fmt: skip
    for name, job in jobs:
        found[name].add(job)
    return [
        Finding("count everything again", data, found["rebuild"].median(), "s", 60,
                note=f"{found['rebuild'].median('wall'):.1f} s by the wall"),
        Finding("compare one month with the facts", data, found["verify"].median(), "s", 1),
        Finding("a day goes by", data, found["step"].median(), "s"),
        Finding("a month begins", data, found["roll"].median(), "s"),
    ]  # fmt: skip


def _verify(database: Database, month: Month) -> None:
    with database.read() as session:
        found = [*verifying.compare_basis(session), *verifying.compare_months(session, month, month)]
    if found:
        print(f"{len(found)} cells differ, for instance {found[0]}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
