"""What the commands ``boundaries …`` take."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gridapp.cli import arguments as values
from gridapp.cli import boundaries, boundary_places
from gridapp.i18n import _

Add = Callable[..., argparse.ArgumentParser]


def add_boundaries(group: Any, common: argparse.ArgumentParser, add: Add) -> None:
    """Add every command of the group."""
    _files(group, common, add)
    _divisions(group, common, add)
    _choices(group, common, add)
    _drafts(group, common, add)


def _files(group: Any, common: argparse.ArgumentParser, add: Add) -> None:
    text = _("check a boundary file, or without one what is stored; write nothing")
    check = add(group, common, "check", boundaries.run_check, text)
    check.add_argument("file", type=Path, nargs="?", help=_("GeoJSON, Shapefile, zip of one, GeoPackage, KML or CSV"))
    text = _("without a file: only this community; with one: where outlines without a grid code lie")
    check.add_argument("--community", metavar="CODE", help=text)
    check.add_argument("--day", type=values.day, help=_("whose stored grids, otherwise today’s"))
    check.add_argument("--stored", action="store_true", help=_("compare the file with the stored grids, too"))
    fit = add(group, common, "fit", boundaries.run_fit, _("say which coordinate system fits a boundary file"))
    load = add(group, common, "import", boundaries.run_import, _("take in grids and their outlines"))
    for command in (fit, load):
        command.add_argument("file", type=Path, help=_("GeoJSON, Shapefile, zip of one, GeoPackage, KML or CSV"))
    text = _("where outlines without a grid code lie; codes are issued from west to east")
    load.add_argument("--community", metavar="CODE", help=text)
    load.add_argument("--community-name", metavar="NAME", default="", help=_("its name, when it is new"))
    for command in (check, load):
        command.add_argument("--name-column", metavar="COLUMN", default="", help=_("column that holds the names"))
        command.add_argument("--clean", action="store_true", help=_("make the outlines fit each other, and say how"))
    text = _("give residents the grid their building lies in")
    assign = add(group, common, "assign", boundaries.run_assign, text)
    assign.add_argument("--community", metavar="CODE")
    for command in (load, assign):
        _takes_effect(command)
        command.add_argument("--format", choices=("table", "json"), default="table")
    save = add(group, common, "export", boundaries.run_export, _("write the outlines of grids to a file"))
    save.add_argument("-o", "--output", type=values.output_path, required=True)
    save.add_argument("--day", type=values.day, help=_("whose outlines, otherwise today’s"))
    save.add_argument("--community", metavar="CODE")
    check.add_argument("--format", choices=("json",), default="json")
    values.purpose(save)
    for command in (check, load, save):
        command.add_argument(
            "--crs", type=values.crs, default="CGCS2000", help=_("CGCS2000, WGS84, GCJ-02, BD-09, GK3-38 or EPSG:4526")
        )


def _divisions(group: Any, common: argparse.ArgumentParser, add: Add) -> None:
    divide = add(group, common, "divide", boundaries.run_divide, _("propose how to divide a community into grids"))
    divide.add_argument("--community", metavar="CODE", required=True)
    divide.add_argument("--count", type=int, help=_("number of grids, otherwise one for 400 households"))
    divide.add_argument("--roads", type=Path, help=_("file of roads, railways and rivers the borders shall follow"))
    divide.add_argument(
        "--roads-crs", type=values.crs, help=_("GCJ-02 or BD-09 when the degrees of the roads are shifted")
    )
    divide.add_argument("--seed", type=int, default=1, help=_("the same seed gives the same plans"))
    plans = ("balanced", "compact", "fewest_moves")
    divide.add_argument("--apply", choices=plans, help=_("let this plan hold"))
    divide.add_argument("--keep", choices=plans, help=_("keep this plan as a draft"))
    divide.add_argument("--reason", default="", help=_("why the draft waits"))
    _takes_effect(divide)
    divide.add_argument("--format", choices=("table", "json"), default="table")


def _choices(group: Any, common: argparse.ArgumentParser, add: Add) -> None:
    listed = add(group, common, "choices", boundary_places.run_choices, _("list the grids chosen by hand"))
    listed.add_argument("--community", metavar="CODE")
    listed.add_argument("--day", type=values.day)
    text = _("put a building or a person into a grid by hand")
    choose = add(group, common, "choose", boundary_places.run_choose, text)
    choose.add_argument("--grid", metavar="CODE", required=True)
    who = choose.add_mutually_exclusive_group(required=True)
    who.add_argument("--building", metavar="ID", default="")
    who.add_argument("--person", metavar="ID", default="")
    choose.add_argument("--reason", required=True, help=_("is shown beside the grid"))
    values.was(choose, "ID")
    release = add(group, common, "release", boundary_places.run_release, _("end a choice made by hand"))
    release.add_argument("choice", metavar="ID", help=_("as “choices” lists it"))
    for command in (choose, release):
        command.add_argument("--effective", type=values.day, help=_("first day it holds, otherwise today"))


def _drafts(group: Any, common: argparse.ArgumentParser, add: Add) -> None:
    add(group, common, "drafts", boundary_places.run_drafts, _("list the drawings kept for later"))
    apply = add(group, common, "apply", boundary_places.run_apply, _("let a draft hold from a day on"))
    _takes_effect(apply)
    discard = add(group, common, "discard", boundary_places.run_discard, _("drop a draft for good"))
    for command in (apply, discard):
        command.add_argument("draft", metavar="KEY", help=_("as “drafts” lists it"))
    discard.add_argument("--reason", required=True, help=_("goes into the audit log"))


def _takes_effect(command: argparse.ArgumentParser) -> None:
    command.add_argument("--effective", type=values.day, help=_("first day it holds, otherwise today"))
    command.add_argument("--dry-run", action="store_true", help=_("report as JSON, write nothing"))
