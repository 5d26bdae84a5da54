"""A city's budgets: reads and how they grow, saving, counting again, comparing, the window.

Usage: python -m benchmarks --only city --city city1.db city5.db city20.db
       python -m benchmarks.city_bench [--visits 1000000] [--rounds 15] [--keep FILE.db]

Give it copies: it logs visits there. The last file is measured whole; the
others only show how reads grow. Judged by CPU time of this process, so that a
busy machine does not change a verdict, except saving, which waits for the disk;
that is compared with the same saving without triggers, taken in turn. DuckDB,
polars and plain SQLite count the same months from the facts by a simpler rule
(``city_peers``).
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import datetime as dt
import gc
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from unittest import mock

from sqlalchemy import text

from benchmarks import city_peers, city_window
from benchmarks.city_facts import City, fill
from benchmarks.city_reads import MONTHS, Ground, growth_times, read_times, somewhere
from benchmarks.measure import Finding, Job, Times, interleaved, peak_memory, table
from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.engine import connect_beside
from gridapp.db.figures import dues, keeping, rebuilding, triggers, verifying
from gridapp.db.queries.due import read_due_list
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import DueFilter, DueRow, Scope
from gridapp.domain.period import Month, months_back
from gridapp.domain.visit import NewVisit
from gridapp.services.projects import open_database
from gridapp.services.residents import enrol, move_resident, record_death
from gridapp.services.visits import record_visit, record_visits
from gridapp.settings import DEFAULTS

RULE = RosterRule.monthly(DEFAULTS)
BATCH = 200
FIGURES = ("person_month", "grid_month", "community_month", "grid_category_month", "community_category_month",
           "person_due")  # fmt: skip


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
        findings = measure([path], options.rounds)
    print(table(findings))
    return int(any(found.verdict == "over" for found in findings))


def measure(paths: list[Path], rounds: int) -> list[Finding]:
    """Measure a city's budgets at one size or several; visits are logged in the last file, so give it copies.

    Args:
        paths: Made by ``gridapp demo --size city`` or by ``city_facts``, the smallest first.
        rounds: Runs of each read.
    """
    cities = _all_opened(paths)
    findings = growth_times(cities, max(5, rounds // 3)) if len(cities) > 1 else []
    for city in cities[:-1]:
        city.database.close()
    city, path = cities[-1], paths[-1]
    peers, duck = _peers(city)
    findings += peers
    _told("reads of the largest")
    findings += read_times(city, rounds, duck)
    gc.enable()
    peak = peak_memory()
    city.database.close()
    _told("the window")
    try:
        findings += city_window.window_times(path, city.last)
    except (RuntimeError, subprocess.SubprocessError) as error:  # what was measured is not lost for it
        print(f"the window could not be measured: {error}", file=sys.stderr)
    opening = Times()
    for _round in range(3):
        opening.add(lambda: _open_to_first_page(path, city.last))
    findings.append(Finding("open, due list and month's figure", city.data, opening.median(), "s", 1.5))
    city = _opened(path)
    _told("sizes")
    findings += _sizes(paths, [*cities[:-1], city])
    _told("saving")
    findings += _saves(city, rounds * 20)
    _told("the whole")
    findings += _whole(city)
    findings.append(Finding("peak memory of this process, its peers included", city.data, peak, "MB"))
    city.database.close()
    return findings


def reads(paths: list[Path], rounds: int, pattern: str) -> list[Finding]:
    """Measure the questions whose names fit a pattern: how they grow, and how long they take at the largest."""
    cities = _all_opened(paths)
    findings = growth_times(cities, rounds, pattern) if len(cities) > 1 else []
    findings += read_times(cities[-1], rounds, {}, pattern)
    for city in cities:
        city.database.close()
    return findings


def _all_opened(paths: list[Path]) -> list[Ground]:
    cities = []
    for path in paths:
        open_database(path).close()  # once before, so that nothing of an update is measured
        cities.append(_opened(path))
    _told("reads")
    # As in the window, which lets the collector run between two steps only.
    gc.collect()
    gc.freeze()
    gc.disable()
    return cities


def stalls(path: Path) -> list[Finding]:
    """Take the window's tour of a city and return how long it ever stood still."""
    city = _opened(path)
    city.database.close()
    return city_window.window_times(path, city.last, starts=0)


def _told(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr, flush=True)


def _opened(path: Path) -> Ground:
    database = open_database(path)
    standing = database.fetch(dues.standing_day)
    assert standing is not None
    clock.set_today(standing[1])
    with database.read() as session:
        visits = session.scalar(text("SELECT count(*) FROM visit"))
    return Ground(database, standing[1], int(visits or 0))


def _sizes(paths: list[Path], cities: list[Ground]) -> list[Finding]:
    """Measure the last file: what the budget counts, as the research it comes from does, and plainly all of it."""
    city, size = cities[-1], paths[-1].stat().st_size
    counted = _bytes_of(city.database, paths[-1], ("visit", *FIGURES))
    findings = [
        Finding("visits, their indexes and the figures kept of them, for each visit", city.data, counted / city.visits,
                "bytes", 100, note=f"{counted / 1e6:,.0f} MB"),
        Finding("the whole file, for each visit", city.data, size / city.visits, "bytes",
                note=f"{size / 1e6:,.0f} MB, a million people and their search index included"),
    ]  # fmt: skip
    if len(paths) > 1:
        more = city.visits - cities[0].visits
        grown = (size - paths[0].stat().st_size) / more
        data = f"{cities[0].visits / 1e6:.0f} to {city.visits / 1e6:.0f} M"
        findings.append(Finding("file, for each visit more", data, grown, "bytes", 100))
    return findings


def _bytes_of(database: Database, path: Path, tables: Iterable[str]) -> int:
    """Return what tables take in a file with their indexes: the pages that come free when they go; they are kept."""
    connection = connect_beside(database.engine, path, reads_only=False)
    try:
        connection.execute("BEGIN IMMEDIATE")
        before, size = (int(connection.execute(f"PRAGMA {what}").fetchone()[0])
                        for what in ("freelist_count", "page_size"))  # fmt: skip
        for table in tables:
            connection.execute(f"DROP TABLE {table}")
        free = int(connection.execute("PRAGMA freelist_count").fetchone()[0]) - before
        connection.execute("ROLLBACK")
    finally:
        connection.close()
    return free * size


def _peers(city: Ground) -> tuple[list[Finding], dict[int, float]]:
    """Return what the peers take for one month and for 24, and DuckDB's times by number of months."""
    _told("the same facts elsewhere")
    months = months_back(Month.of(city.last), MONTHS)
    findings, duck = [], {}
    with tempfile.TemporaryDirectory(prefix="gridapp-peers-") as folder:
        peers = city_peers.counts_of(city_peers.read_facts(city.database), months, city.last, Path(folder))
        ours = city.database.fetch(visit_rates, months[-1:], city.last, "total", RULE)[0].rate
        for count in (1, MONTHS):
            # Plain SQLite would sort millions of rows for 24 months; one month says enough.
            jobs = {name: make(months[-count:]) for name, make in peers.items()
                    if count == 1 or name != "plain sqlite3"}  # fmt: skip
            if count == 1 and (counted := city_peers.totals_of(jobs["plain sqlite3"]())) != (ours.roster, ours.visited):
                raise RuntimeError(f"the peers count {counted}, the figures say D {ours.roster}, N {ours.visited}")
            for name, times in interleaved(jobs, 3).items():
                note, what = f"{times.median('wall') * 1000:.0f} ms by the wall", f"{count} months × grids, from facts"
                findings.append(Finding(f"{name}, {what}", city.data, times.median() * 1000, "ms", note=note))
                if name == "DuckDB":
                    duck[count] = times.median()
    return findings, duck


def _open_to_first_page(path: Path, day: dt.date) -> None:
    database = open_database(path)
    database.fetch(read_due_list, day, DEFAULTS, DueFilter(kind=""))
    database.fetch(visit_rates, [Month.of(day)], day, "total", RULE)
    database.close()


def _saves(city: Ground, rounds: int) -> list[Finding]:
    database = city.database
    _grid, community, _worker = somewhere(city)
    rows = database.fetch(list_due, city.last, DEFAULTS, Scope(community=community))
    elders = itertools.cycle([row.roster.person.id for row in rows])

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
    return [*findings, *_changes(database, rows, city.last)]


def _changes(database: Database, rows: list[DueRow], day: dt.date) -> list[Finding]:
    """Measure what looks at every month of a person again; each person is changed once."""
    people = iter(row.roster.person for row in rows)

    def enrolled() -> None:
        person = next(people)
        free = {"severe_disability", "left_behind", "empty_nest", "family_planning_special"} - {*person.categories}
        category = min(free)
        enrol(database, person.id, category, day, "benchmark")

    def moved() -> None:
        move_resident(database, next(people).id, rows[0].roster.person.grid_code, "", day, "benchmark")

    def died() -> None:
        record_death(database, next(people).id, day, "benchmark")

    findings = []
    for name, job in (("save an enrolment", enrolled), ("save a move", moved), ("save a death", died)):
        times = Times()
        job()  # its statements are put together
        for _round in range(7):
            times.add(job)
        note = f"CPU {times.median() * 1000:.1f} ms"
        findings.append(Finding(name, "all months kept", times.median("wall") * 1000, "ms", 50, note=note))
    return findings


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
        found = [*verifying.compare_basis(session), *verifying.compare_month(session, month)]
    if found:
        print(f"{len(found)} cells differ, for instance {found[0]}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
