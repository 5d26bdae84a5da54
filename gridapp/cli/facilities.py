"""Commands ``facility …``: places of service, listed, added, imported, removed."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gridapp import clock
from gridapp.cli import arguments as values
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, say
from gridapp.db.queries.facilities import list_facilities
from gridapp.domain.facility import FACILITY_KINDS, Facility, facility_title
from gridapp.i18n import _
from gridapp.services import facilities


def add_facilities(
    group: Any, common: argparse.ArgumentParser, add: Callable[..., argparse.ArgumentParser]
) -> None:
    """Add every command of the group."""
    listed = add(group, common, "list", run_list, _("list the places of service, each with its grid"))
    listed.add_argument("--community", metavar="CODE")
    listed.add_argument("--format", choices=("table", "json"), default="table")
    new = add(group, common, "add", run_add, _("add a place of service"))
    new.add_argument("name")
    new.add_argument("--kind", choices=FACILITY_KINDS, required=True)
    new.add_argument("--lon", type=float, required=True, help=_("longitude, CGCS2000"))
    new.add_argument("--lat", type=float, required=True, help=_("latitude, CGCS2000"))
    new.add_argument("--address", default="")
    new.add_argument("--area", type=float, help=_("floor area in square metres"))
    new.add_argument("--community", metavar="CODE", default="")
    load = add(group, common, "import", run_import, _("take in a file of places"))
    text = _("CSV with longitude and latitude, GeoJSON, KML, GeoPackage or Shapefile")
    load.add_argument("file", type=Path, help=text)
    load.add_argument("--crs", type=values.crs, default="CGCS2000")
    load.add_argument("--dry-run", action="store_true", help=_("report as JSON, write nothing"))
    load.add_argument("--good-only", action="store_true", help=_("leave out the rows that cannot be taken"))
    remove = add(group, common, "remove", run_remove, _("take a place of service off the map"))
    remove.add_argument("facility", metavar="ID")
    values.was(remove, "NAME")


def run_list(arguments: Any) -> None:
    """List facilities."""
    with opened(arguments) as database:
        rows = database.fetch(list_facilities, clock.today(), arguments.community)
    if arguments.format == "json":
        print_json([dataclasses.asdict(row) for row in rows])
        return
    titles = [_("Kind"), _("Name"), _("Grid"), _("Address"), "ID"]
    rows_shown = [[facility_title(row.kind), row.name, row.grid_name, row.address, row.key] for row in rows]
    print_rows(arguments.format, titles, rows_shown)


def run_add(arguments: Any) -> None:
    """Add a facility."""
    entered = Facility(
        arguments.kind, arguments.name, arguments.lon, arguments.lat, arguments.address, arguments.area,
        arguments.community,
    )  # fmt: skip
    with opened(arguments) as database:
        say(facilities.save_facility(database, entered, clock.today(), arguments.actor).message)


def run_import(arguments: Any) -> None:
    """Take in a file of facilities."""
    with opened(arguments) as database:
        if arguments.dry_run:
            found = facilities.check_facilities(database, arguments.file, clock.today(), arguments.crs)
            print_json(dataclasses.asdict(found))
            return
        changes = facilities.import_facilities(
            database, arguments.file, clock.today(), arguments.actor, arguments.crs, arguments.good_only
        )
    say(changes.message)


def run_remove(arguments: Any) -> None:
    """Remove a facility; with ``--was`` only if it has that name still."""
    seen = None if arguments.was is None else {"name": arguments.was}
    with opened(arguments) as database:
        say(facilities.remove_facility(database, arguments.facility, arguments.actor, seen).message)
