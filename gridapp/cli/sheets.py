"""Commands ``paper``, ``sheets``, ``return`` and ``month``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gridapp import clock, formats
from gridapp.cli.arguments import as_of, opened, scope_of
from gridapp.cli.handouts import take_out
from gridapp.cli.output import print_json, print_rows, progress, say, say_error
from gridapp.cli.papers import hand_out_paper
from gridapp.db.database import Database
from gridapp.db.queries.closings import DifferenceList, list_closings
from gridapp.db.queries.sheets import PaperRow, list_sheets, missing_rows
from gridapp.domain.handout import HandoutKind, Stamp
from gridapp.errors import LedgerFormatError, NotFoundError, UserError, ValidationError
from gridapp.i18n import N_, _
from gridapp.progress import Progress
from gridapp.services import closing, papers, returns, templates
from gridapp.services.difference_paper import (
    find_differences,
    titles,
    write_difference_table,
    write_differences,
)

_STATES = {
    "void": N_("void"), "returned": N_("all returned"), "partly": N_("partly returned"), "missing": N_("missing"),
}  # fmt: skip


def run_paper(arguments: Any) -> None:
    """Write a paper, or look after templates."""
    deeds = {"list": _list, "copy": _copy, "show": _show, "save": _save, "remove": _remove}
    deed = deeds.get(arguments.template)
    if deed is not None:
        deed(arguments)
        return
    if arguments.month is None or arguments.output is None:
        raise ValidationError(_("A paper needs --month and -o."), "month")
    with opened(arguments) as database:
        scope, day = scope_of(arguments, database), as_of(arguments)
        for item in papers.list_unprintable(database, arguments.template, arguments.month, day, scope):
            say_error(
                _("No font can show {characters} in “{text}”.").format(characters=item.characters, text=item.text)
            )
        result = hand_out_paper(arguments, database, arguments.template)
    say(
        _("Wrote {rows} people on {pages} pages to {file}.").format(
            rows=result.rows, pages=result.pages, file=arguments.output
        )
    )
    if result.sheet:
        say(_("Sheet {number}").format(number=f"{result.sheet:06d}"))


def _list(arguments: Any) -> None:
    with opened(arguments) as database:
        found = database.fetch(templates.list_templates)
    if arguments.format == "json":
        print_json([{"key": one.key, "name": _(one.name), "period": one.period} for one in found])
        return
    rows = [(one.key, _(one.name), one.period, _(one.hint) if one.hint else "") for one in found]
    print_rows(arguments.format, (_("Key"), _("Name"), _("Period"), _("What it is for")), rows)


def _named(arguments: Any) -> str:
    if not arguments.of:
        raise ValidationError(_("Say which template."), "template")
    return str(arguments.of)


def _copy(arguments: Any) -> None:
    with opened(arguments) as database:
        changes = templates.copy_template(database, _named(arguments), arguments.name, arguments.actor)
    say(f"{changes.message} {changes.result}")


def _show(arguments: Any) -> None:
    with opened(arguments) as database:
        print_json(database.fetch(templates.find_template, _named(arguments)).definition)


def _save(arguments: Any) -> None:
    definition, seen = _definition(Path(_named(arguments))), _seen(arguments)
    with opened(arguments) as database:
        say(templates.save_template(database, definition, arguments.actor, seen).message)


def _remove(arguments: Any) -> None:
    seen = _seen(arguments)
    with opened(arguments) as database:
        say(templates.remove_template(database, _named(arguments), arguments.actor, seen).message)


def _seen(arguments: Any) -> dict[str, Any] | None:
    """Return the template as "show" wrote it before it was changed, if that was given."""
    return None if arguments.was is None else _definition(arguments.was)


def _definition(path: Path) -> dict[str, Any]:
    try:
        definition: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LedgerFormatError(_("{name} cannot be read as a template.").format(name=path.name)) from error
    return definition


def run_list(arguments: Any) -> None:
    """List sheets: printed, returned, missing."""
    with opened(arguments) as database:
        found = database.fetch(list_sheets)
    if arguments.format == "json":
        print_json([
            {"number": f"{row.number:06d}", "edition": row.edition, "template": row.template, "title": row.title,
             "period": row.period, "rows": row.rows, "returned": row.returned, "missing": row.missing,
             "state": row.state}
            for row in found
        ])  # fmt: skip
        return
    headings: tuple[str, ...] = (_("Sheet number"), _("Edition"), _("Title"), _("Printed"), _("Rows"))
    headings += (_("Returned"), _("Not back"), _("State"))
    rows = [
        (f"{row.number:06d}", row.edition, row.title, formats.instant(row.printed_at), row.rows, row.returned,
         row.missing, _(_STATES[row.state]))
        for row in found
    ]  # fmt: skip
    print_rows(arguments.format, headings, rows)


def run_missing(arguments: Any) -> None:
    """List the rows of a sheet that have not come back."""
    with opened(arguments) as database:
        found = database.fetch(missing_rows, arguments.number, clock.today())
    _print_paper_rows(found, arguments.format)


def _print_paper_rows(found: list[PaperRow], form: str) -> None:
    if form == "json":
        print_json([
            {"code": returns.code_of(row), "sheet": f"{row.sheet:06d}", "row": row.row,
             "person": row.person.id if row.person else None, "open": row.is_open, "problem": returns.refusal(row)}
            for row in found
        ])  # fmt: skip
        return
    rows = [
        (returns.code_of(row), row.row, row.person.name if row.person else "", row.person.address if row.person else "",
         returns.refusal(row))
        for row in found
    ]  # fmt: skip
    print_rows(form, (_("Row code"), _("Row"), _("Name"), _("Address"), _("Remark")), rows)


def run_void(arguments: Any) -> None:
    """Declare a sheet void."""
    with opened(arguments) as database:
        say(returns.void_sheet(database, arguments.number, arguments.actor).message)


def run_return(arguments: Any) -> int:
    """Record the visit of a returned row, or read a scan."""
    if (arguments.code is None) == (arguments.scan is None):
        raise ValidationError(_("Give a row code, or a scan with --scan."), "row_code")
    day = arguments.date or clock.today()
    with opened(arguments) as database:
        if arguments.code is not None:
            if arguments.outcome is None:
                raise ValidationError(_("Say what came of it with --outcome."), "outcome")
            changes = returns.return_row(
                database, arguments.code, arguments.outcome, day, arguments.actor, arguments.mode
            )
            say(changes.message)
            return 0
        return _return_scan(arguments, database, day)


def _return_scan(arguments: Any, database: Any, day: Any) -> int:
    pages = returns.read_scan(database, arguments.scan, progress())
    if not any(page.rows or page.problems for page in pages):
        raise NotFoundError(_("No row code can be read on {name}.").format(name=arguments.scan.name))
    if arguments.outcome is None:
        _print_paper_rows([row for page in pages for row in page.rows], arguments.format)
    status = 0
    for page in pages:
        for sentence in page.problems:
            say_error(sentence)
            status = 1
        if page.unread:
            numbers = ", ".join(map(str, page.unread))
            say_error(_("Page {page}: rows {rows} could not be read.").format(page=page.number, rows=numbers))
        for row in page.rows if arguments.outcome else ():
            try:
                code = returns.code_of(row)
                made = returns.return_row(database, code, arguments.outcome, day, arguments.actor, arguments.mode)
                say(made.message)
            except UserError as error:
                say_error(str(error))
                status = 1
    return status


def run_close(arguments: Any) -> None:
    """Seal a month."""
    with opened(arguments) as database:
        changes = closing.close_month(database, arguments.month, arguments.actor, arguments.community)
    say(changes.message)
    say(_("Hash: {hash}").format(hash=changes.result))


def run_countersign(arguments: Any) -> None:
    """Countersign a closing."""
    with opened(arguments) as database:
        say(closing.countersign_month(database, arguments.month, arguments.actor, arguments.community).message)


def run_status(arguments: Any) -> None:
    """Say whether months are closed, and by whom."""
    with opened(arguments) as database:
        found = database.fetch(list_closings)
    wanted = [row for row in found if arguments.month in (None, row.month)]
    wanted = [row for row in wanted if arguments.community in ("", row.community)]
    if arguments.format == "json":
        print_json([
            {"month": str(row.month), "community": row.community, "visited": row.visited, "roster": row.roster,
             "shown": row.shown, "hash": row.hash, "intact": row.is_whole, "closed_by": row.closed_by,
             "closed_at": row.closed_at.isoformat(), "countersigned_by": row.countersigned_by}
            for row in wanted
        ])  # fmt: skip
        return
    if not wanted and arguments.month is not None:
        say(_("{month} is not closed.").format(month=formats.month(arguments.month.year, arguments.month.month)))
        return
    rows = [
        (row.month, row.area, f"{row.visited} / {row.roster}", row.shown, row.state,
         "" if row.is_whole else _("▲ what is stored was changed"))
        for row in wanted
    ]  # fmt: skip
    print_rows("table", (_("Month"), _("Area"), "N / D", _("Visit rate"), _("State"), _("Remark")), rows)


def run_differences(arguments: Any) -> None:
    """List what was entered after the closing."""
    with opened(arguments) as database:
        listed = database.fetch(find_differences, arguments.month, clock.today(), arguments.community)
        if arguments.output is not None:
            _hand_out_differences(arguments, database, listed)
            return
    found = listed.closing
    if arguments.format == "json":
        print_json({
            "closed": {"visited": found.visited, "roster": found.roster},
            "live": {"visited": listed.live.visited, "roster": listed.live.roster},
            "rule_changed": listed.rule_changed,
            "people": [{"person": row.person, "then": row.then, "now": row.now, "why": list(row.why)}
                       for row in listed.rows],
        })  # fmt: skip
        return
    say(
        _("Closed: {closed} ({shown}). Now: {live} ({now}).").format(
            closed=f"{found.visited} / {found.roster}", shown=found.shown,
            live=f"{listed.live.visited} / {listed.live.roster}", now=listed.live.shown,
        )
    )  # fmt: skip
    rows = [(row.name, row.grid_name, row.then, row.now, "；".join(row.why)) for row in listed.rows]
    print_rows("table", titles(), rows)


def _hand_out_differences(arguments: Any, database: Database, listed: DifferenceList) -> None:
    is_paper = arguments.output.suffix.lower() == ".pdf"

    def write(path: Path, stamp: Stamp, watched: Progress) -> int:
        if not is_paper:
            return write_difference_table(listed, path, stamp, watched)
        where = (database, arguments.month, clock.today(), path, arguments.actor, arguments.community)
        return write_differences(*where, watched).rows

    kind = HandoutKind.PAPER if is_paper else HandoutKind.LIST
    count = take_out(arguments, database, kind, _("Difference list"), arguments.output, write)
    say(_("Wrote {count} rows to “{name}”.").format(count=formats.count(count), name=arguments.output.name))

