"""Commands ``boundaries …``: reports as JSON, nothing written on a dry run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from functools import partial
from typing import Any

from gridapp import clock
from gridapp.cli import boundary_places
from gridapp.cli.arguments import opened
from gridapp.cli.handouts import take_out
from gridapp.cli.output import print_json, progress, say
from gridapp.domain.handout import KIND_TITLES, HandoutKind
from gridapp.i18n import _
from gridapp.services import boundaries, boundary_drafts, division, grid_assignment, grid_editing
from gridapp.services.boundaries import BoundaryReport, Naming


def run_check(arguments: Any) -> None:
    """Check a boundary file, or without one what is stored; write nothing."""
    if arguments.file is None:
        boundary_places.print_standing(arguments)
        return
    naming = _naming(arguments)
    report = boundaries.check_boundaries(arguments.file, arguments.crs, progress(), arguments.clean, naming=naming)
    if arguments.stored:
        with opened(arguments) as database:
            report = boundaries.with_borders(database, report, arguments.day or clock.today(), progress())
    print_json(_report(report))


def run_fit(arguments: Any) -> None:
    """Say how well each coordinate system fits a file."""
    with opened(arguments) as database:
        print_json(plain(boundaries.fits_of(database, arguments.file)))


def run_import(arguments: Any) -> None:
    """Take in grids and their outlines."""
    # Before a new database is made for a file that is none.
    naming = _naming(arguments)
    report = boundaries.check_boundaries(arguments.file, arguments.crs, progress(), arguments.clean, naming=naming)
    effective = arguments.effective or clock.today()
    if arguments.dry_run:
        print_json(_report(report))
        return
    with opened(arguments, create=True) as database:
        changes = boundaries.import_boundaries(
            database, arguments.file, effective, arguments.actor, arguments.crs, progress(), arguments.clean, naming
        )
    _tell(arguments, changes.message, _report(changes.result))


def _naming(arguments: Any) -> Naming:
    """Return what is said about outlines without a code or name."""
    name = getattr(arguments, "community_name", "")
    return Naming(arguments.community or "", name, arguments.name_column)


def run_export(arguments: Any) -> None:
    """Write the outlines of a day to a file."""
    with opened(arguments) as database:
        day = arguments.day or clock.today()
        write = partial(boundaries.write_boundaries, database, day, arguments.crs, arguments.community)
        title = _(KIND_TITLES[HandoutKind.BOUNDARIES])
        count = take_out(arguments, database, HandoutKind.BOUNDARIES, title, arguments.output, write, people=0)
    print_json({"file": str(arguments.output), "grids": count, "crs": arguments.crs, "day": day.isoformat()})


def run_assign(arguments: Any) -> None:
    """Give residents the grid their building lies in."""
    with opened(arguments) as database:
        day = arguments.effective or clock.today()
        if arguments.dry_run:
            print_json(_placement(database.fetch(grid_assignment.places_of, day, arguments.community, progress())))
            return
        changes = grid_assignment.assign_by_place(database, day, arguments.actor, arguments.community, progress())
    _tell(arguments, changes.message, _placement(changes.result))


def run_divide(arguments: Any) -> None:
    """Propose three divisions of a community, or apply one."""
    day = arguments.effective or clock.today()
    with opened(arguments) as database:
        found = division.propose_division(
            database, arguments.community, day, arguments.count, arguments.roads, progress(), arguments.seed,
            arguments.roads_crs or "",
        )
        report = _division(found)
        wanted = arguments.apply or arguments.keep
        if wanted is None or arguments.dry_run:
            print_json(report)
            return
        chosen = next(one for one in found.proposals if one.plan.kind == wanted)
        if arguments.keep:
            key = boundary_drafts.keep_draft(
                database, arguments.community, chosen.drawing, day, arguments.reason, arguments.actor
            )
            _tell(arguments, boundary_places.kept_as_draft(key), report)
            return
        changes = grid_editing.save_drawing(database, arguments.community, chosen.drawing, day, arguments.actor)
    _tell(arguments, changes.message, report)


def _division(found: division.Division) -> dict[str, Any]:
    plans = []
    for proposal in found.proposals:
        plan = proposal.plan
        grids = [
            {"grid": id, "outline": _geojson(outline)} | plain(figures)
            for id, figures in zip(proposal.ids, plan.grids, strict=True)
            if (outline := proposal.drawing.after.get(id) or found.ground.boundaries.get(id)) is not None
        ]
        plans.append(
            {
                "kind": plan.kind, "household_spread": round(plan.household_spread, 4),
                "elder_spread": round(plan.elder_spread, 4), "walk_m": round(plan.walk),
                "border_m": round(plan.border),
                "along_roads": None if plan.along_roads is None else round(plan.along_roads, 4),
                "roads_inside_m": round(plan.roads_inside), "households_moved": plan.moved,
                "contiguous": plan.contiguous, "grids": grids,
            }
        )  # fmt: skip
    return {
        "community": found.ground.code, "households": found.households, "elders": found.elders,
        "units": found.units, "households_unplaced": found.unplaced, "plans": plans,
    }  # fmt: skip


def _tell(arguments: Any, message: str, report: dict[str, Any]) -> None:
    if arguments.format == "json":
        print_json(report | {"message": message})
    else:
        say(message)


def _report(report: BoundaryReport) -> dict[str, Any]:
    found: dict[str, Any] = plain(report)
    for grid in found["grids"]:
        del grid["outline"]  # it is in the file itself
    found["borders"] = [boundary_places.border(one) for one in report.borders]
    return found


def _placement(found: grid_assignment.Placement) -> dict[str, Any]:
    """Return who would change as references, without names."""
    return {
        "day": found.day.isoformat(), "buildings": found.buildings, "places": found.places,
        "moves": [{"person": move.ref, "from": move.before, "to": move.after} for move in found.moves],
        "elders": sum(move.is_elder for move in found.moves), "kept_by_hand": len(found.kept_by_hand),
        "nowhere": [ref for ref, _name in found.nowhere], "buildings_nowhere": list(found.buildings_nowhere),
        "unplaced": found.unplaced,
    }  # fmt: skip


def plain(value: Any) -> Any:
    """Return a report as JSON takes it: outlines as GeoJSON, days as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, bytes):
        return _geojson(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _geojson(outline: bytes) -> Any:
    import shapely  # heavy: imported when first used

    return json.loads(shapely.to_geojson(shapely.from_wkb(outline)))
