"""Command ``tour``: what GridApp does, on the sample files, without a screen."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from gridapp import clock, paths
from gridapp.cli.output import say
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import Scope
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.i18n import _
from gridapp.services import importing, papers, places, visits
from gridapp.services.projects import open_database

SAMPLES_DAY = dt.date(2026, 9, 30)
"""The day the shipped samples were written for."""

SINCE = dt.date(2024, 1, 1)
LEDGERS = ("sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv")
ACTOR = "tour"
VISITS_LOGGED = 5


def run_tour(arguments: Any) -> None:
    """Import the samples, log visits, write the papers, print the rate before and after."""
    folder = arguments.into or Path(tempfile.mkdtemp(prefix="gridapp-tour-"))
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.today is None:
        clock.set_today(SAMPLES_DAY)
    target = folder / "tour.db"
    for leftover in folder.glob("tour.db*"):
        leftover.unlink()
    database = open_database(target, encrypt=not arguments.no_encrypt)
    try:
        _import_samples(database)
        _log_visits(database)
        _write_papers(database, folder)
    finally:
        database.close()
    say(_("The papers are in {folder}.").format(folder=folder))


def _import_samples(database: Database) -> None:
    say(places.import_boundaries(database, paths.shipped_data("sample_grids.geojson"), SINCE, ACTOR).message)
    for name in LEDGERS:
        preview = importing.check_file(database, paths.shipped_data(name))
        say(f"{name}: {importing.import_ledger(database, preview, ACTOR).message}")


def _log_visits(database: Database) -> None:
    today = clock.today()
    before = _total(database)
    say(
        _("Visit rate before: {shown} ({visited} of {roster}).").format(
            shown=before.shown, visited=before.visited, roster=before.roster
        )
    )
    due = database.fetch(list_due, today, database.fetch(load_settings))
    for row in [row for row in due if not row.visited_this_month][:VISITS_LOGGED]:
        say(visits.record_visit(database, NewVisit(row.roster.person.id, today), ACTOR).message)
    after = _total(database)
    say(
        _("Visit rate after: {shown} ({visited} of {roster}).").format(
            shown=after.shown, visited=after.visited, roster=after.roster
        )
    )


def _total(database: Database) -> VisitRate:
    today = clock.today()
    rule = RosterRule.monthly(database.fetch(load_settings))
    return database.fetch(visit_rates, [Month.of(today)], today, "total", rule)[0].rate


def _write_papers(database: Database, folder: Path) -> None:
    from gridapp.services.map_paper import write_map  # heavy: shapely

    today = clock.today()
    month = Month.of(today)
    grid = database.fetch(list_grids, today)[0]
    roster = papers.write_roster(database, month, today, Scope(grid=grid.code), folder / "roster.pdf", ACTOR)
    say(
        _("Wrote {rows} people on {pages} pages to {file}.").format(
            rows=roster.rows, pages=roster.pages, file="roster.pdf"
        )
    )
    papers.write_dashboard(database, month, today, folder / "dashboard.png")
    write_map(database, month, today, folder / "map.png")
    say(_("Wrote {file}.").format(file="dashboard.png, map.png"))
