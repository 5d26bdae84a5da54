"""Commands ``boundaries …`` about what is stored: who lies in no grid, grids chosen by hand, drafts."""

from __future__ import annotations

import dataclasses
from typing import Any

from gridapp import clock
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, progress, say
from gridapp.db.queries.grid_choices import ChoiceRow, list_choice_rows
from gridapp.db.queries.grid_history import get_boundary_draft, list_boundary_drafts
from gridapp.i18n import _
from gridapp.services import boundary_drafts, boundary_standing, grid_choices, grid_editing
from gridapp.services.boundary_standing import CommunityStanding
from gridapp.services.shared_borders import BorderConflict


def print_standing(arguments: Any) -> None:
    """Say what is wrong with the stored grids, who lies in none, and who was put into one by hand."""
    with opened(arguments) as database:
        day = arguments.day or clock.today()
        found = database.fetch(boundary_standing.all_standing, day, arguments.community, progress())
    print_json({"day": day.isoformat(), "communities": [_standing(one) for one in found]})


def _standing(found: CommunityStanding) -> dict[str, Any]:
    """Return what is wrong as references, without names of people."""
    placement = found.placement
    return {
        "community": found.code, "name": found.name, "grids": found.grids, "without_boundary": list(found.undrawn),
        "problems": [{"kind": one.kind, "grids": list(one.ids), "area_m2": round(one.area, 2), "fault": one.is_fault,
                      "sentence": one.sentence} for one in found.problems],
        "borders": [border(one) for one in found.borders],
        "nowhere": [{"person": one.person, "building": one.building, "lon": one.lon, "lat": one.lat,
                     "stored": one.grid} for one in placement.strays if one.place is None],
        "elsewhere": [{"person": one.person, "stored": one.grid, "lies_in": one.place}
                      for one in placement.strays if one.place is not None],
        "buildings_nowhere": list(placement.buildings_nowhere), "people_without_place": placement.unplaced,
        "chosen_by_hand": [_choice(one) for one in found.choices],
    }  # fmt: skip


def border(found: BorderConflict) -> dict[str, Any]:
    """Return what is wrong at a border between communities, its ground left out."""
    return {
        "kind": found.kind, "communities": [{"code": code, "name": name} for code, name in found.communities],
        "grids": list(found.grids), "area_m2": round(found.area, 2), "lon": found.lon, "lat": found.lat,
        "sentence": found.sentence,
    }  # fmt: skip


def _choice(row: ChoiceRow) -> dict[str, Any]:
    plain = dataclasses.asdict(row) | {"start": row.start.isoformat()}
    for hidden in ("name", "lon", "lat"):
        del plain[hidden]
    return plain


def run_choices(arguments: Any) -> None:
    """List the grids chosen by hand."""
    with opened(arguments) as database:
        rows = database.fetch(list_choice_rows, arguments.day or clock.today(), arguments.community)
    print_json([_choice(row) for row in rows])


def run_choose(arguments: Any) -> None:
    """Put a building or a person into a grid by hand; with ``--was`` only if that choice holds for them still."""
    seen = None if arguments.was is None else {"choice": "" if arguments.was == "none" else arguments.was}
    with opened(arguments) as database:
        changes = grid_choices.choose_grid(
            database, arguments.grid, arguments.reason, arguments.effective or clock.today(), arguments.actor,
            arguments.building, arguments.person, seen,
        )  # fmt: skip
    say(changes.message)


def run_release(arguments: Any) -> None:
    """End a choice made by hand.

    There is no ``--was``: a choice never changes under its ID. Chosen again, it
    is another one, and ending the old one is refused.
    """
    with opened(arguments) as database:
        day = arguments.effective or clock.today()
        changes = grid_choices.release_choice(database, arguments.choice, day, arguments.actor)
    say(changes.message)


def run_drafts(arguments: Any) -> None:
    """List the drawings kept for later."""
    with opened(arguments) as database:
        rows = database.fetch(list_boundary_drafts)
    print_json(
        [dataclasses.asdict(row) | {"effective": row.effective.isoformat(), "saved_at": row.saved_at.isoformat()}
         for row in rows]
    )  # fmt: skip


def run_apply(arguments: Any) -> None:
    """Let a draft hold from a day on."""
    with opened(arguments) as database:
        body = database.fetch(get_boundary_draft, arguments.draft)
        drawing = boundary_drafts.read_draft(body)
        day = arguments.effective or clock.today()
        seen = grid_editing.preview_drawing(database, body["community"], drawing, day)
        if arguments.dry_run:
            print_json(
                {"sentence": seen.sentence, "faults": list(seen.faults), "codes": dict(seen.codes),
                 "ended": list(seen.ended), "moves": len(seen.moves), "elders": seen.elders}
            )  # fmt: skip
            return
        changes = grid_editing.save_drawing(
            database, body["community"], drawing, day, arguments.actor, draft=arguments.draft
        )
    say(changes.message)


def run_discard(arguments: Any) -> None:
    """Drop a draft for good."""
    with opened(arguments) as database:
        changes = boundary_drafts.discard_draft(database, arguments.draft, arguments.reason, arguments.actor)
    say(changes.message)


def kept_as_draft(key: str) -> str:
    """Return what is said when a drawing was kept."""
    return _("Kept as draft {key}. Nothing of it holds yet.").format(key=key)
