"""A city on a PostgreSQL server of this machine: reads, saving and search, in CPU time of program and server together.

Usage: python -m benchmarks.server_bench ADDRESS [--rounds 5] [--today DAY]

Fill it first: ``gridapp copy --from city.db --to ADDRESS``; the server's processes must be visible in ``/proc``. Visits
are logged there.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import datetime as dt
import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks import search_bench
from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import dues
from gridapp.db.queries.due import read_due_list
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.matrix import rate_matrix
from gridapp.db.queries.overview import read_overview
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import ResidentFilter, list_residents, search_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.roster_pages import read_people_page
from gridapp.db.queries.values import DueFilter, PeopleWish, Scope
from gridapp.db.queries.visits import VisitFilter, list_visits
from gridapp.db.records import VisitRecord
from gridapp.db.search.readings import readings
from gridapp.domain.period import Month, months_back
from gridapp.domain.visit import NewVisit
from gridapp.services.projects import open_database
from gridapp.services.visits import record_visit
from gridapp.settings import DEFAULTS
from ui.pages import dashboard_queries

RULE = RosterRule.monthly(DEFAULTS)
BUDGET_MS, SEARCH_BUDGET_MS = 100.0, 50.0
BUDGETS_MS = {"24 months × grids, N and D": 150.0}


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

    def run(self, job: Callable[[], object], rounds: int) -> list[tuple[float, float]]:
        """Return CPU time and time by the wall of each run, after one to warm up. [ms]"""
        job()
        backends, found = self._backends(), []
        for _round in range(rounds):
            spent, began = time.process_time() + sum(map(_cpu_of, backends)), time.perf_counter()
            job()
            wall = time.perf_counter() - began
            found.append(((time.process_time() + sum(map(_cpu_of, backends)) - spent) * 1000, wall * 1000))
        return found


def _cpu_of(process: int) -> float:
    """Return how long a process has run. [s]"""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[0]) / 1e9
    except OSError:
        return 0.0


def jobs_of(database: Database, day: dt.date) -> dict[str, Callable[[], object]]:
    """Return what pages ask for, by name."""
    month = Month.of(day)
    months = months_back(month, 24)
    with database.read() as session:
        grid, community = session.execute(
            text("SELECT g.code, c.code FROM grid g JOIN community c ON c.id = g.community_id "
                 "WHERE g.id >= (SELECT max(id) / 2 FROM grid) ORDER BY g.id LIMIT 1")
        ).one()  # fmt: skip
    ask = database.fetch
    found: dict[str, Callable[[], object]] = {
        "24 months × communities, N and D": partial(ask, rate_matrix, months, day, "community", RULE),
        "1 month × grids, N and D": partial(ask, rate_matrix, [month], day, "grid", RULE),
        "24 months × grids, N and D": partial(ask, rate_matrix, months, day, "grid", RULE),
        "24 months, total": partial(ask, visit_rates, months, day, "total", RULE),
        "1 month × categories": partial(ask, visit_rates, [month], day, "category", RULE),
        "overview of the city": partial(ask, read_overview, month, day),
    }
    for name, scope in (("city", Scope()), ("community", Scope(community=community)), ("grid", Scope(grid=grid))):
        found |= {
            f"due list of the {name}": partial(ask, read_due_list, day, DEFAULTS, DueFilter(scope, "")),
            f"roster of the {name}, a page": partial(
                ask, read_people_page, PeopleWish("roster", month, day, scope=scope)),
            f"dashboard of the {name}, figures": partial(ask, dashboard_queries.read_figures, month, day, scope),
            f"dashboard of the {name}, people": partial(ask, dashboard_queries.read_people, month, day, scope),
            f"dashboard of the {name}, months": partial(ask, dashboard_queries.read_history, month, day, scope),
            f"visits of the {name}, a page": partial(ask, list_visits, VisitFilter(month.first, day, scope)),
            f"residents of the {name}, a page": partial(ask, list_residents, ResidentFilter(scope=scope), day),
        }  # fmt: skip
    elders = itertools.cycle([row.roster.person.id for row in ask(list_due, day, DEFAULTS, Scope(community=community))])
    found["save a visit"] = lambda: record_visit(database, NewVisit(next(elders), day), "benchmark")
    return found


def search(database: Database, meter: Meter, day: dt.date, rounds: int) -> bool:
    """Print what every kind of question costs; return whether 95 % meet the budget."""
    readings("曾小贤")  # the first in a program's life takes half a second
    every: list[float] = []
    for kind, asked in search_bench.questions(database, random.Random(7), rounds).items():
        runs = meter.run(partial(_find_next, database, itertools.cycle(asked), day), len(asked))
        every += [spent for spent, _wall in runs]
        _tell(f"search: {kind}", runs, SEARCH_BUDGET_MS)
    most = _at(every, 0.95)
    print(f"search: {len(every)} questions of all kinds: half within {_at(every, 0.5):.1f}, 95 % within {most:.1f}, "
          f"all within {max(every):.1f} ms{'  OVER' if most > SEARCH_BUDGET_MS else ''}")  # fmt: skip
    return most <= SEARCH_BUDGET_MS


def _tell(what: str, runs: list[tuple[float, float]], budget: float) -> bool:
    """Print what runs of one thing took; return whether the middle one is within its budget."""
    spent, walls = zip(*runs, strict=True)
    middle = statistics.median(spent)
    over = "  OVER" if middle > budget else ""
    print(f"{what:44}{middle:9.1f} ms, 95 % {_at(spent, 0.95):7.1f}{min(walls):9.1f} by the wall{over}", flush=True)
    return bool(middle <= budget)


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _find_next(database: Database, typed: Iterator[str], day: dt.date) -> None:
    database.fetch(search_residents, next(typed), day, 50)


def main() -> int:
    """Measure; return 1 when something takes longer than its budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--today", type=dt.date.fromisoformat)
    options = parser.parse_args()
    clock.set_today(options.today)
    database = open_database(options.address)
    day = options.today or (database.fetch(dues.standing_day) or (0, clock.today()))[1]
    clock.set_today(day)
    with database.read() as session:
        visits = session.scalar(select(func.count()).select_from(VisitRecord))
        size = session.scalar(text("SELECT pg_database_size(current_database())"))
    print(f"{visits:,} visits, {(size or 0) / 1e6:,.0f} MB, {day}")
    meter, good = Meter(database), True
    for name, job in jobs_of(database, day).items():
        good = _tell(name, meter.run(job, options.rounds), BUDGETS_MS.get(name, BUDGET_MS)) and good
    good = search(database, meter, day, options.rounds * 2) and good
    database.close()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
