"""Every question a screen, a paper or a command asks of a city, to be timed at one size or side by side at several."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import text

from benchmarks.measure import Finding, Job, Times, interleaved
from gridapp.db.base import Key
from gridapp.db.database import Database
from gridapp.db.queries.choices import form_choices
from gridapp.db.queries.due import count_due_by_grid, read_due_list
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.matrix import rate_matrix
from gridapp.db.queries.overview import read_overview
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import ResidentFilter, list_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.roster_pages import read_people_page
from gridapp.db.queries.values import DueFilter, PeopleWish, Scope
from gridapp.db.queries.visits import VisitFilter, count_visits, list_visits
from gridapp.domain.period import Month, months_back
from gridapp.settings import DEFAULTS
from ui.pages import dashboard_queries, residents_queries
from ui.pages.visits_rows import COUNTED_AT_MOST

RULE = RosterRule.monthly(DEFAULTS)
MONTHS = 24
GROWTH = 1.2
"""The largest city may take so many times as long as the smallest."""
NOISE_S = 0.002
"""Differences smaller than this say nothing about growth."""


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


@dataclass(frozen=True)
class View:
    """One question.

    Attributes:
        job: Asks it.
        budget: For the 95th percentile; None where there is none. [ms]
        share: The most it may take of DuckDB's time for the same months over the facts; None where nobody says.
        months: How many months DuckDB counts for it.
    """

    job: Job
    budget: float | None = 100
    share: float | None = None
    months: int = 1


def somewhere(city: Ground) -> tuple[str, str, str]:
    """Return a grid in the middle of the city, its community and a worker who serves it."""
    with city.database.read() as session:
        row = session.execute(
            text(
                "SELECT g.code AS grid, c.code AS community, w.uid AS worker FROM grid g "
                "JOIN community c ON c.id = g.community_id "
                'JOIN assignment a ON a.grid_id = g.id AND a."end" IS NULL JOIN worker w ON w.id = a.worker_id '
                "WHERE g.id >= (SELECT max(id) / 2 FROM grid) ORDER BY g.id LIMIT 1"
            ).columns(worker=Key())
        ).one()
    return row.grid, row.community, str(row.worker)


def views(city: Ground) -> dict[str, View]:
    """Return every question by its name."""
    grid, community, worker = somewhere(city)
    scopes = {"city": Scope(), "community": Scope(community=community), "grid": Scope(grid=grid),
              "worker": Scope(worker=worker)}  # fmt: skip
    return _rates(city, scopes) | _lists(city, scopes) | _screens(city, scopes) | _papers(city, scopes)


def _rates(city: Ground, scopes: dict[str, Scope]) -> dict[str, View]:
    month, last, fetch = Month.of(city.last), city.last, city.database.fetch
    months = months_back(month, MONTHS)

    def rates(asked: list[Month], by: Any, scope: Scope = Scope()) -> Job:
        return partial(fetch, visit_rates, asked, last, by, RULE, scope)

    def matrix(asked: list[Month], by: Any) -> Job:
        return partial(fetch, rate_matrix, asked, last, by, RULE)

    week = last + dt.timedelta(days=7)
    return {
        "24 months × communities, N and D": View(matrix(months, "community"), 50, 0.02, MONTHS),
        "1 month × grids, N and D": View(matrix([month], "grid"), 50, 0.02),
        "24 months × grids, N and D": View(matrix(months, "grid"), 150, 0.1, MONTHS),
        "1 month × grids, whole rows": View(rates([month], "grid"), 50),
        "1 month × workers, whole rows": View(rates([month], "worker")),
        "1 month × communities, whole rows": View(rates([month], "community")),
        "1 month × categories": View(rates([month], "category")),
        "24 months, total": View(rates(months, "total")),
        "24 months × grids of a community": View(rates(months, "grid", scopes["community"])),
        "24 months of a worker": View(rates(months, "total", scopes["worker"])),
        "map colours, 12 months of rates": View(matrix(months[-12:], "grid")),
        "map colours, overdue": View(
            partial(fetch, count_due_by_grid, last, DEFAULTS, None, last - dt.timedelta(days=1))),
        "map colours, due in a week": View(partial(fetch, count_due_by_grid, last, DEFAULTS, last, week)),
    }  # fmt: skip


def _lists(city: Ground, scopes: dict[str, Scope]) -> dict[str, View]:
    month, last, fetch = Month.of(city.last), city.last, city.database.fetch
    found = {}
    for name, scope in scopes.items():
        found[f"due list of the {name}, first page"] = View(
            partial(fetch, read_due_list, last, DEFAULTS, DueFilter(scope, "")))  # fmt: skip
        if name in ("city", "community"):
            found[f"people behind a figure of the {name}, a page"] = View(
                partial(fetch, read_people_page, PeopleWish("roster", month, last, scope)))  # fmt: skip
        if name != "city":
            found[f"roster of the {name}"] = View(partial(fetch, list_roster, month, last, RULE, scope))
            past = month.plus(-6)
            found[f"roster of the {name}, half a year ago"] = View(
                partial(fetch, list_roster, past, past.last, RULE, scope))  # fmt: skip
            found[f"gridapp due, {name}"] = View(partial(fetch, list_due, last, DEFAULTS, scope))
    return found


def _screens(city: Ground, scopes: dict[str, Scope]) -> dict[str, View]:
    month, last, fetch = Month.of(city.last), city.last, city.database.fetch
    found = {}
    for name in ("city", "community", "grid"):
        scope = scopes[name]
        for what, query in (("figures", dashboard_queries.read_figures), ("people", dashboard_queries.read_people),
                            ("months", dashboard_queries.read_history),
                            ("made on time", dashboard_queries.read_compliance)):  # fmt: skip
            found[f"dashboard of the {name}, {what}"] = View(partial(fetch, query, month, last, scope))
        month_of = VisitFilter(month.first, last, scope)
        found[f"visits of the {name}, a page"] = View(partial(fetch, list_visits, month_of))
        found[f"visits of the {name}, counted"] = View(partial(fetch, count_visits, month_of))
        wanted = ResidentFilter(scope=scope)
        found[f"residents of the {name}, a page"] = View(partial(fetch, list_residents, wanted, last))
        found[f"residents of the {name}, behind each chip"] = View(
            partial(fetch, residents_queries.count_chips, wanted, last))  # fmt: skip
    month_of = VisitFilter(month.first, last, scopes["worker"])
    found["visits of the worker, a page"] = View(partial(fetch, list_visits, month_of))
    found["visits of the worker, counted"] = View(partial(fetch, count_visits, month_of))
    every = VisitFilter()
    for what, outcome in (("", ""), (" that met somebody", "met"), (" that met nobody", "attempt")):
        for also, with_voided in (("", False), (", those taken back too", True)):
            asked = replace(every, outcome=outcome, with_voided=with_voided)
            found[f"visits of all years{what}{also}, a page"] = View(partial(fetch, list_visits, asked))
            found[f"visits of all years{what}{also}, counted to {COUNTED_AT_MOST:,}"] = View(
                partial(fetch, count_visits, asked, COUNTED_AT_MOST))  # fmt: skip
    for what, few in (("in hardship", ResidentFilter(hardship="any")),
                      ("registered elsewhere", ResidentFilter(separated=True)),
                      ("both", ResidentFilter(hardship="any", separated=True))):  # fmt: skip
        found[f"residents of the city, {what}, a page"] = View(partial(fetch, list_residents, few, last))
    found["what the visit form offers"] = View(partial(fetch, form_choices, last))
    found["what the residents' filters offer"] = View(partial(fetch, residents_queries.read_choices, last))
    found["names of places and workers to choose from"] = View(partial(fetch, dashboard_queries.read_choices, last))
    return found


def _papers(city: Ground, scopes: dict[str, Scope]) -> dict[str, View]:
    month, last, fetch = Month.of(city.last), city.last, city.database.fetch
    return {
        f"dashboard sheet of the {name}": View(partial(fetch, read_overview, month, last, MONTHS, scopes[name]))
        for name in ("city", "community", "grid")
    }


def read_times(city: Ground, rounds: int, duck: dict[int, float], pattern: str = "") -> list[Finding]:
    """Measure every question at one size: each several times after one to warm up, as DuckDB is asked too.

    Asked in turn instead, each would find its pages driven out by some seventy others.

    Args:
        city: Where to ask.
        rounds: How often.
        duck: What DuckDB takes for the month and for 24, by number of months; empty without it. [s]
        pattern: Only questions whose names it fits.
    """
    asked = _named(views(city), pattern)
    found = {name: interleaved({name: view.job}, rounds)[name] for name, view in asked.items()}
    findings = []
    for name, view in asked.items():
        times, floor = found[name], duck.get(view.months) if view.share else None
        note = f"median {times.median() * 1000:.1f} ms"
        findings.append(Finding(f"{name}, 95th percentile", city.data, times.percentile(95) * 1000, "ms", view.budget,
                                note=note))  # fmt: skip
        if floor and view.share:
            ratio = times.median() / floor
            findings.append(Finding(f"{name}, of DuckDB's time", city.data, ratio, "x", view.share,
                                    "DuckDB over the facts", ratio, f"DuckDB {floor * 1000:.0f} ms"))  # fmt: skip
    return findings


def _named(asked: dict[str, View], pattern: str) -> dict[str, View]:
    return {name: view for name, view in asked.items() if re.search(pattern, name)}


def growth_times(cities: list[Ground], rounds: int, pattern: str = "") -> list[Finding]:
    """Measure the questions whose names fit a pattern at several sizes in turn, and print how they grow."""
    jobs: dict[str, Job] = {}
    for place, city in enumerate(cities):
        jobs |= {f"{place} {name}": view.job for name, view in _named(views(city), pattern).items()}
    found = interleaved(jobs, rounds)
    names = [key[2:] for key in found if key.startswith("0 ")]
    print(_growth_table(cities, names, found))  # noqa: T201  figures for the terminal
    worst = []
    for name in names:
        small, large = found[f"0 {name}"].median(), found[f"{len(cities) - 1} {name}"].median()
        worst.append((large / small if large - small > NOISE_S else min(1.0, large / small), name))
    ratio, name = max(worst)
    over = sum(one > GROWTH for one, _name in worst)
    data = f"{cities[0].data} to {cities[-1].data}"
    note = f"{name}; {over} of {len(names)} views above {GROWTH}"
    what, peer = "a view at the largest city, against the smallest, worst", "the same view of the smallest"
    return [Finding(what, data, ratio, "x", GROWTH, peer, ratio, note)]


def _growth_table(cities: list[Ground], names: list[str], found: dict[str, Times]) -> str:
    lines = ["| median, CPU | " + " | ".join(city.data for city in cities) + " | last / first |",
             "|---|" + "--:|" * (len(cities) + 1)]  # fmt: skip
    for name in names:
        times = [found[f"{place} {name}"].median() * 1000 for place in range(len(cities))]
        shown = " | ".join(f"{time:.1f} ms" for time in times)
        lines.append(f"| {name} | {shown} | {times[-1] / times[0]:.2f} |")
    return "\n".join(lines) + "\n"
