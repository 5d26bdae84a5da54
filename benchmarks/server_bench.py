"""A city on a PostgreSQL server of this machine: every view, saving and search, in CPU time of program and server.

Usage: python -m benchmarks --only city --city ADDRESS [--rounds 5] [--views PATTERN]

Fill it first: ``gridapp copy --from city.db --to ADDRESS``; the server's processes must be visible in ``/proc``. Visits
are logged there.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import gc
import itertools
import random
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks import search_bench
from benchmarks.city_reads import Ground, View, somewhere, views
from benchmarks.measure import Finding, Job
from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import dues
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.residents import search_residents
from gridapp.db.queries.values import Scope
from gridapp.db.records import VisitRecord
from gridapp.db.search.readings import readings
from gridapp.domain.visit import NewVisit
from gridapp.services.projects import open_database
from gridapp.services.visits import record_visit
from gridapp.settings import DEFAULTS

SEARCH_BUDGET_MS, SAVING_BUDGET_MS = 50.0, 50.0
Run = tuple[float, float, float]
"""Of one run: CPU time of program and server together, CPU time of the server, time by the wall. [ms]"""


class Meter:
    """Counts CPU time of this process and of the server's processes that work for it, each run for itself."""

    def __init__(self, database: Database) -> None:
        with database.read() as session:
            self._name = session.scalar(text("SELECT current_database()"))
        self._database = database

    def _backends(self) -> list[int]:
        with self._database.read() as session:
            rows = session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = :name"), {"name": self._name})
            return list(rows)

    def run(self, job: Job, rounds: int) -> list[Run]:
        """Return what each run took, after one to warm up."""
        job()
        backends, found = self._backends(), []
        for _round in range(rounds):
            gc.collect()
            ours, theirs, began = time.process_time(), sum(map(_cpu_of, backends)), time.perf_counter()
            job()
            wall = time.perf_counter() - began
            spent, served = time.process_time() - ours, sum(map(_cpu_of, backends)) - theirs
            found.append(((spent + served) * 1000, served * 1000, wall * 1000))
        return found


def _cpu_of(process: int) -> float:
    """Return how long a process has run. [s]"""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[0]) / 1e9
    except OSError:
        return 0.0


def measure(address: str, rounds: int, pattern: str = "") -> list[Finding]:
    """Ask everything of a city on a server whose name fits a pattern; the day is that its figures stand at."""
    database = open_database(address)
    day = (database.fetch(dues.standing_day) or (0, clock.today()))[1]
    clock.set_today(day)
    with database.read() as session:
        visits = session.scalar(select(func.count()).select_from(VisitRecord)) or 0
        size = session.scalar(text("SELECT pg_database_size(current_database())")) or 0
    city, meter = Ground(database, day, visits), Meter(database)
    gc.freeze()
    gc.disable()  # as in the window, which lets the collector run between two steps only
    found = [
        _finding(name, city, meter.run(view.job, rounds), view.budget)
        for name, view in (views(city) | {"save a visit": _saving(city)}).items()
        if re.search(pattern, name)
    ]
    if re.search(pattern, "search"):
        found += _search(city, meter, rounds)
    gc.enable()
    database.close()
    return [*found, Finding("the whole database, for each visit", city.data, size / visits, "bytes")]


def _saving(city: Ground) -> View:
    _grid, community, _worker = somewhere(city)
    rows = city.database.fetch(list_due, city.last, DEFAULTS, Scope(community=community))
    elders = itertools.cycle([row.roster.person.id for row in rows])
    return View(
        lambda: record_visit(city.database, NewVisit(next(elders), city.last), "benchmark"), SAVING_BUDGET_MS
    )


def _search(city: Ground, meter: Meter, rounds: int) -> list[Finding]:
    """Ask every kind of question; the budget is that of all of them together."""
    readings("曾小贤")  # the first in a program's life takes half a second
    found, every = [], list[Run]()
    for kind, asked in search_bench.questions(city.database, random.Random(7), rounds).items():
        runs = meter.run(partial(_find_next, city, itertools.cycle(asked)), len(asked))
        every += runs
        found.append(_finding(f"search: {kind}", city, runs, None))
    return [*found, _finding(f"search: {len(every)} questions of {len(found)} kinds", city, every, SEARCH_BUDGET_MS)]


def _find_next(city: Ground, typed: Iterator[str]) -> None:
    city.database.fetch(search_residents, next(typed), city.last, 50)


def _finding(name: str, city: Ground, runs: Sequence[Run], budget: float | None) -> Finding:
    spent, served, walls = zip(*runs, strict=True)
    measured, middle = _at(spent, 0.95), statistics.median(spent)
    over = "  OVER" if budget and measured > budget else ""
    print(f"{name:60}{middle:8.1f} ms, {statistics.median(served):8.1f} of it the server's; 95 % {measured:8.1f}; "
          f"{statistics.median(walls):8.1f} by the wall{over}", flush=True)  # fmt: skip
    return Finding(f"{name}, 95th percentile", city.data, measured, "ms", budget)


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
