"""All commands and their options in one place."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gridapp import __version__
from gridapp.cli import (
    accounts,
    audit,
    backups,
    doctor,
    facts,
    figure_upkeep,
    figures,
    handouts,
    inbox,
    keys,
    ledgers,
    papers,
    parser_privacy,
    people,
    sheets,
    tour,
    upkeep,
)
from gridapp.cli import arguments as values
from gridapp.cli.boundary_parser import add_boundaries
from gridapp.cli.facilities import add_facilities
from gridapp.cli.output import FORMATS
from gridapp.db.records.visits import MODES, OUTCOMES
from gridapp.domain.access import Role
from gridapp.domain.figure_classes import INDICATORS
from gridapp.i18n import _
from gridapp.services import key_place

Run = Callable[[Any], int | None]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = values.Parser(
        prog="gridapp", description=_("Keeps a community’s grids, residents, elders and the visits they receive.")
    )
    version = f"GridApp {__version__}"
    parser.add_argument("--version", action="version", version=version, help=_("show the version and stop"))
    commands = parser.add_subparsers(dest="command", required=True, parser_class=values.Parser, metavar=_("COMMAND"))
    common = _common_options()
    declarations = (
        _facts, _ledgers, _inbox, _visits, _figures, _papers, _places, _upkeep, _audit, _backups, _accounts, _doctor,
    )  # fmt: skip
    for declare in declarations:
        declare(commands, common)
    parser_privacy.declare(commands, _group, partial(_add_to, common), _format)
    return parser


def _common_options() -> argparse.ArgumentParser:
    common = values.Parser(add_help=False)
    common.add_argument("--db", help=_("database file or URL; otherwise GRIDAPP_DB or the user’s own file"))
    common.add_argument("--no-encrypt", action="store_true", help=_("make a new file without encryption"))
    common.add_argument("--today", type=values.today, metavar="DAY", help=_("act as if today were this day"))
    common.add_argument(
        "--user",
        default=os.environ.get(values.USER_VARIABLE, ""),
        metavar="NAME",
        help=_("account to sign in with; its password is asked for, or taken from GRIDAPP_PASSWORD"),
    )
    common.add_argument("--actor", default=values.default_actor(), help=_("name the audit entry carries"))
    return common


def _add(
    commands: Any, common: argparse.ArgumentParser, name: str, run: Run, explanation: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, parents=[common], help=explanation, description=explanation
    )
    command.set_defaults(run=run)
    return command


def _add_to(common: argparse.ArgumentParser, commands: Any, name: str, run: Run, explanation: str) -> Any:
    return _add(commands, common, name, run, explanation)


def _group(commands: Any, name: str, explanation: str) -> Any:
    group = commands.add_parser(name, help=explanation, description=explanation)
    return group.add_subparsers(dest="action", required=True, parser_class=values.Parser, metavar=_("ACTION"))


def _facts(commands: Any, common: argparse.ArgumentParser) -> None:
    demo = _add(commands, common, "demo", facts.run_demo, _("make a database of invented people"))
    demo.add_argument("--size", choices=("community", "street", "city"), default="community", help=_("how many people"))
    demo.add_argument("--visits", type=int, help=_("visits of a city, 10,000,000 unless told otherwise"))
    demo.add_argument("--seed", type=int, default=None, help=_("the same seed gives the same facts"))
    group = _group(commands, "facts", _("take everything out as a facts file, or put one in"))
    for name, run, explanation in (
        ("import", facts.run_import, _("add everything in a facts file")),
        ("export", facts.run_export, _("write the whole database to a facts file")),
    ):
        command = _add(group, common, name, run, explanation)
        command.add_argument("file", type=Path)
        if name == "export":
            values.purpose(command)


def _ledgers(commands: Any, common: argparse.ArgumentParser) -> None:
    ledger = _add(commands, common, "import", ledgers.run_import, _("take in a register or visit ledger (Excel, CSV)"))
    ledger.add_argument("file", type=Path)
    ledger.add_argument(
        "--kind", choices=("auto", "residents", "elders", "visits"), default="auto", help=_("what the file holds")
    )
    ledger.add_argument("--dry-run", action="store_true", help=_("check only, write nothing"))
    ledger.add_argument("--accept-good", action="store_true", help=_("import the good rows, keep the others for later"))
    ledger.add_argument("--report", type=values.output_path, metavar="R.json", help=_("write what was found as JSON"))
    group = _group(commands, "imports", _("imported ledgers"))
    listing = _add(group, common, "list", ledgers.run_list, _("list imported ledgers"))
    _format(listing)
    _add(group, common, "undo", ledgers.run_undo, _("take a whole import back")).add_argument("id")


def _inbox(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "inbox", _("ledger rows that wait to be put right"))
    listing = _add(group, common, "list", inbox.run_list, _("list the rows that wait"))
    listing.add_argument("id", nargs="?", help=_("one import; otherwise all"))
    _format(listing)
    fix = _add(group, common, "fix", inbox.run_fix, _("put values right and check again"))
    fix.add_argument("id")
    fix.add_argument("--number", type=int, action="append", default=[], help=_("row to put right, as inbox list says"))
    pair = "COLUMN=TEXT"
    fix.add_argument("--where", action="append", default=[], metavar=pair, help=_("every row that holds this text"))
    fix.add_argument("--set", action="append", default=[], metavar=pair, help=_("the right text of a column"))
    decision = fix.add_mutually_exclusive_group()
    decision.add_argument("--same", action="store_true", help=_("the row is the person it is said to be perhaps"))
    decision.add_argument("--another", action="store_true", help=_("the row is another person"))
    taken = _add(group, common, "import", inbox.run_import, _("check the rows that wait again, import the good ones"))
    taken.add_argument("id", nargs="?", help=_("one import; otherwise all"))
    drop = _add(group, common, "drop", inbox.run_drop, _("remove rows that wait"))
    drop.add_argument("id")
    drop.add_argument("--number", type=int, action="append", default=[], help=_("row to remove, as inbox list says"))
    drop.add_argument("--where", action="append", default=[], metavar=pair, help=_("every row that holds this text"))
    drop.add_argument("--all", action="store_true", help=_("all rows of this import"))
    export = _add(group, common, "export", inbox.run_export, _("write the rows that wait, with what is wrong"))
    export.add_argument("id")
    export.add_argument("-o", "--output", type=values.output_path, required=True)
    values.purpose(export)


def _visits(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "visit", _("log visits and take them back"))
    log = _add(group, common, "log", people.run_log, _("log a visit"))
    log.add_argument("--person", required=True)
    log.add_argument("--date", type=values.day, help=_("day of the visit, otherwise today"))
    log.add_argument("--mode", choices=MODES, default="onsite")
    log.add_argument("--outcome", choices=OUTCOMES, default="met")
    log.add_argument("--worker", default="")
    log.add_argument("--time", default="", help=_("time of day, like 09:30"))
    log.add_argument("--note", default="")
    _format(log, ("table", "json"))
    void = _add(group, common, "void", people.run_void, _("take a visit back"))
    void.add_argument("id")
    void.add_argument("--reason", required=True)
    search = _add(
        commands, common, "search", people.run_search, _("find people by name, pinyin, phone, ID number or address")
    )
    asked = search.add_mutually_exclusive_group(required=True)
    asked.add_argument("text", nargs="?")
    asked.add_argument(
        "--verify", action="store_true", help=_("check that everybody is found by what is known")
    )
    asked.add_argument("--rebuild", action="store_true", help=_("write again what people are found by"))
    search.add_argument("--limit", type=int, default=20)
    _format(search)


def _figures(commands: Any, common: argparse.ArgumentParser) -> None:
    due = _add(commands, common, "due", figures.run_due, _("list whose visit is due or overdue"))
    _scope(due)
    due.add_argument("--as-of", type=values.day)
    _format(due)
    rate = _add(commands, common, "rate", figures.run_rate, _("count the visit rate of a month or quarter"))
    period = rate.add_mutually_exclusive_group(required=True)
    period.add_argument("--month", type=values.month)
    period.add_argument("--quarter", type=values.quarter, help=_("quarterly roster of children"))
    rate.add_argument("--children", choices=("scattered_orphan", "unsupported_child"), default="scattered_orphan")
    rate.add_argument("--as-of", type=values.day)
    rate.add_argument("--by", choices=("grid", "category", "worker", "community", "total"), default="total")
    _scope(rate)
    _format(rate)
    cadence = _add(
        commands, common, "cadence", figures.run_cadence, _("count how many of the due visits of a month were made")
    )
    cadence.add_argument("--month", type=values.month, required=True)
    _scope(cadence)
    _format(cadence)


    group = _group(commands, "figures", _("figures kept beside the facts"))
    verify = _add(group, common, "verify", figure_upkeep.run_verify, _("compare every figure with the facts"))
    verify.add_argument("--month", type=values.month, help=_("only this month"))
    verify.add_argument("--repair", action="store_true", help=_("count all figures again when something differs"))
    _format(verify, ("table", "json"))
    _add(group, common, "rebuild", figure_upkeep.run_rebuild, _("count all figures from the facts again"))


def _papers(commands: Any, common: argparse.ArgumentParser) -> None:
    for name, run, explanation in (
        ("roster", papers.run_roster, _("write a roster for signature as PDF")),
        ("report", papers.run_report, _("write the monthly rate report as PDF")),
        ("map", papers.run_map, _("write the map of visit rates as PNG or PDF")),
        ("dashboard", papers.run_dashboard, _("write the dashboard as PNG or PDF")),
    ):
        paper = _add(commands, common, name, run, explanation)
        paper.add_argument("--month", type=values.month, required=True)
        paper.add_argument("--as-of", type=values.day)
        paper.add_argument("-o", "--output", type=values.output_path, required=True)
        _scope(paper)
        values.purpose(paper)
        if name == "map":
            paper.add_argument("--figure", choices=tuple(INDICATORS), default="rate", help=_("what colours the map"))
    _templates(commands, common)
    _sheets(commands, common)
    _months(commands, common)


def _templates(commands: Any, common: argparse.ArgumentParser) -> None:
    paper = _add(commands, common, "paper", sheets.run_paper, _("write any paper as PDF, or list and copy templates"))
    paper.add_argument("template", help=_("key of a template, or “list”, “copy”, “show”, “save”, “remove”"))
    paper.add_argument("of", nargs="?", help=_("template or file the word is about"))
    paper.add_argument("--name", default="", help=_("name of the copy"))
    values.was(paper, "FILE", Path)
    paper.add_argument("--month", type=values.month)
    paper.add_argument("--as-of", type=values.day)
    paper.add_argument("-o", "--output", type=values.output_path)
    _scope(paper)
    values.purpose(paper)
    _format(paper)


def _sheets(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "sheets", _("printed sheets that come back"))
    _format(_add(group, common, "list", sheets.run_list, _("list sheets: printed, returned, missing")))
    missing = _add(group, common, "missing", sheets.run_missing, _("list the rows of a sheet that have not come back"))
    void = _add(group, common, "void", sheets.run_void, _("declare a sheet void"))
    for command in (missing, void):
        command.add_argument("number", type=int)
    _format(missing)
    back = _add(commands, common, "return", sheets.run_return, _("record the visit of a returned row, or read a scan"))
    back.add_argument("code", nargs="?", help=_("the 12 digits beside the row"))
    back.add_argument("--scan", type=Path, metavar="FILE", help=_("PDF, PNG or JPG of returned pages"))
    back.add_argument("--outcome", choices=OUTCOMES, help=_("for a scan: record all its open rows with it"))
    back.add_argument("--date", type=values.day, help=_("day of the visit, otherwise today"))
    back.add_argument("--mode", choices=MODES, default="onsite")
    _format(back, ("table", "json"))


def _months(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "month", _("close a month, so that its figure stays"))
    for name, run, explanation in (
        ("close", sheets.run_close, _("seal a month’s figure with the people behind it")),
        ("countersign", sheets.run_countersign, _("countersign as a second person")),
        ("status", sheets.run_status, _("say whether a month is closed, and by whom")),
        ("differences", sheets.run_differences, _("list what was entered after the closing")),
    ):
        command = _add(group, common, name, run, explanation)
        command.add_argument("--month", type=values.month, required=name != "status")
        command.add_argument("--community", metavar="CODE", default="")
        if name in ("status", "differences"):
            _format(command, ("table", "json"))
        if name == "differences":
            command.add_argument("-o", "--output", type=values.output_path, help=_("write it as PDF, xlsx or csv"))
            values.purpose(command)


def _places(commands: Any, common: argparse.ArgumentParser) -> None:
    add_boundaries(_group(commands, "boundaries", _("outlines of grids")), common, _add)
    add_facilities(_group(commands, "facility", _("places of service on the map")), common, _add)


def _upkeep(commands: Any, common: argparse.ArgumentParser) -> None:
    undo = _add(commands, common, "undo", upkeep.run_undo, _("take the last operation back, or the one named"))
    undo.add_argument("operation", type=int, nargs="?")
    settings = _group(commands, "settings", _("settings of the database"))
    _format(_add(settings, common, "list", upkeep.run_list_settings, _("list settings")), ("table", "json"))
    change = _add(settings, common, "set", upkeep.run_change_setting, _("change a setting"))
    change.add_argument("key")
    change.add_argument("value", help=_("as JSON, or text"))
    values.was(change, "VALUE")
    copy = _add(
        commands, common, "copy", upkeep.run_copy, _("copy everything into a new file or an empty database of a server")
    )
    copy.add_argument("--from", dest="source", help=_("file or URL to copy; otherwise as --db"))
    copy.add_argument("--to", dest="target", required=True, help=_("file that is not there yet, or URL"))
    _add(commands, common, "remove-demo", upkeep.run_remove_demo, _("remove the demonstration data"))
    travel = _add(
        commands, common, "tour", tour.run_tour, _("show what GridApp does on the sample files, without a screen")
    )
    travel.add_argument("--into", type=Path, help=_("folder for the papers, otherwise a new one"))


def _audit(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "audit", _("what was done, by whom, and the proof of it"))
    listing = _add(group, common, "list", audit.run_list, _("list what was done, newest first"))
    listing.add_argument("--limit", type=int, default=200)
    _format(listing)
    person = _add(group, common, "person", audit.run_person, _("list who looked at or changed a person’s record"))
    person.add_argument("id")
    _format(person)
    verify = _add(group, common, "verify", audit.run_verify, _("check that no entry was altered, added or removed"))
    verify.add_argument("--head", metavar="MARK", help=_("also whether the mark at the foot of a print belongs to it"))
    _format(verify, ("table", "json"))
    _add(group, common, "prune", audit.run_prune, _("let go of entries older than the setting says"))
    left = _add(commands, common, "handouts", handouts.run_list, _("list what was printed and exported, and why"))
    left.add_argument("--limit", type=int, default=200)
    _format(left)


def _accounts(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "account", _("who may open the database, and what they may see"))
    add = _add(group, common, "add", accounts.run_add, _("add an account; the first is an administrator’s"))
    add.add_argument("name")
    add.add_argument("--role", choices=[role.value for role in Role], required=True)
    add.add_argument("--community", metavar="CODE", action="append", help=_("community it works in; may be repeated"))
    add.add_argument("--worker", metavar="ID", help=_("worker whose grids it sees"))
    add.add_argument("--children", action="store_true", help=_("let it see records of children"))
    _format(_add(group, common, "list", accounts.run_list, _("list the accounts")))
    password = _add(group, common, "password", accounts.run_password, _("change a password"))
    password.add_argument("name", nargs="?")
    children = _add(group, common, "children", accounts.run_children, _("let an account see records of children"))
    children.add_argument("name")
    children.add_argument("sees", choices=("yes", "no"))
    remove = _add(group, common, "remove", accounts.run_remove, _("shut an account out"))
    remove.add_argument("name")
    _add(group, common, "recovery", accounts.run_recovery, _("make a new recovery key to print"))
    _add(commands, common, "rekey", accounts.run_rekey, _("give an encrypted file with accounts a new key"))
    kept = _group(commands, "key", _("where the key of databases without accounts lies"))
    _add(kept, common, "show", keys.run_show, _("say where it lies"))
    move = _add(kept, common, "move", keys.run_move, _("move it into the system’s keyring, or back into its file"))
    move.add_argument("--to", choices=key_place.PLACES, required=True)
    reveal = _add(commands, common, "reveal", accounts.run_reveal, _("show what is masked of one person"))
    reveal.add_argument("person", metavar="ID")
    reveal.add_argument("--reason", required=True, help=_("goes into the audit log"))
    _format(reveal, ("table", "json"))


def _backups(commands: Any, common: argparse.ArgumentParser) -> None:
    group = _group(commands, "backup", _("checked copies of the database file"))
    _add(group, common, "now", backups.run_now, _("make a checked copy among the backups"))
    _format(_add(group, common, "list", backups.run_list, _("list the copies, newest first")))
    put = _add(group, common, "restore", backups.run_restore, _("show what would be lost, and put a copy in place"))
    put.add_argument("backup", help=_("number in the list, file name, or path"))
    put.add_argument("--place", default="", metavar="FOLDER", help=_("look in this folder too"))
    put.add_argument("--yes", action="store_true", help=_("do it"))


def _doctor(commands: Any, common: argparse.ArgumentParser) -> None:
    look = _add(commands, common, "doctor", doctor.run_doctor, _("look a database over, and repair what can be"))
    deed = look.add_mutually_exclusive_group()
    deed.add_argument("--repair", action="store_true", help=_("make again what is made from the rest"))
    saved = _("take what can be read into a new file")
    deed.add_argument("--salvage", type=values.output_path, metavar="FILE", help=saved)
    _format(look, ("table", "json"))
    _add(commands, common, "compact", doctor.run_compact, _("make the file smaller after years; makes a backup first"))


def _format(command: argparse.ArgumentParser, choices: tuple[str, ...] = FORMATS) -> None:
    command.add_argument("--format", choices=choices, default="table")


def _scope(command: argparse.ArgumentParser) -> None:
    command.add_argument("--grid", metavar="CODE")
    command.add_argument("--community", metavar="CODE")
    command.add_argument("--worker", metavar="ID")
