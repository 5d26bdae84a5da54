"""Command ``inbox``: ledger rows that wait to be put right.

``--where`` is what ``--was`` is elsewhere: a row that holds this text no longer
is left alone. What changes between reading and writing is refused.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from gridapp.cli.arguments import opened
from gridapp.cli.handouts import take_out
from gridapp.cli.output import print_json, print_rows, progress, say
from gridapp.db.database import Database
from gridapp.db.queries.journal import WaitingRow, list_batches, list_waiting
from gridapp.domain.handout import KIND_TITLES, HandoutKind
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.ledgers.decisions import ANOTHER, SAME
from gridapp.ledgers.fields import canonical_field
from gridapp.ledgers.headings import heading_key
from gridapp.ledgers.values.text import text_of
from gridapp.services import inbox


def run_list(arguments: Any) -> None:
    """List the rows that wait, of one import or of all."""
    with opened(arguments) as database:
        batches = _batches(database, arguments.id)
        found = [(batch, row) for batch in batches for row in database.fetch(list_waiting, batch)]
    if arguments.format == "json":
        print_json(
            [
                {"batch": batch, "number": row.number, "sheet": row.sheet, "row": row.row, "cells": row.raw,
                 "headings": row.headings, "issues": list(row.issues)}
                for batch, row in found
            ]
        )  # fmt: skip
        return
    headings = [_("ID"), _("Number"), _("Sheet"), _("Row"), _("Name"), _("What is wrong")]
    print_rows(
        arguments.format,
        headings,
        [[batch, row.number, row.sheet, row.row, row.fields.get("name") or "", _problems(row)] for batch, row in found],
    )


def run_fix(arguments: Any) -> None:
    """Put values right, in one row or wherever the same wrong value stands, and check again."""
    with opened(arguments) as database:
        rows = database.fetch(list_waiting, arguments.id)
        chosen = _chosen(rows, arguments.number) if arguments.number else rows
        said = SAME if arguments.same else ANOTHER if arguments.another else ""
        if not arguments.set and not said:
            raise ValidationError(_("Say what is right: --set COLUMN=TEXT, --same or --another."))
        if not arguments.number and (said or not arguments.where):
            raise ValidationError(_("Say which row with --number, or which wrong value with --where COLUMN=TEXT."))
        chosen = _holding(chosen, arguments.where)
        corrections = {
            row.number: {_column(row, column): text for column, text in map(_pair, arguments.set)} for row in chosen
        }
        decisions = {row.number: said for row in chosen} if said else None
        changes = inbox.mend_rows(
            database, arguments.id, corrections, arguments.actor, progress(), decisions, _seen(chosen)
        )
    say(changes.message)


def run_import(arguments: Any) -> None:
    """Check the rows that wait again and import those that are good now."""
    with opened(arguments) as database:
        for batch in _batches(database, arguments.id):
            say(inbox.mend_rows(database, batch, {}, arguments.actor, progress()).message)


def run_drop(arguments: Any) -> None:
    """Remove waiting rows that nobody needs; with ``--where`` only those that hold this text."""
    with opened(arguments) as database:
        rows = database.fetch(list_waiting, arguments.id)
        if not arguments.number and not arguments.all and not arguments.where:
            raise ValidationError(_("Say which rows with --number, --where COLUMN=TEXT, or --all."))
        chosen = _chosen(rows, arguments.number) if arguments.number else rows
        if arguments.where:
            chosen = _holding(chosen, arguments.where)
        numbers = [row.number for row in chosen]
        say(inbox.drop_rows(database, arguments.id, numbers, arguments.actor, _seen(chosen)).message)


def run_export(arguments: Any) -> None:
    """Write the rows that wait in their original layout, with what is wrong."""
    with opened(arguments) as database:
        write = partial(inbox.export_waiting, database, arguments.id)
        title = _(KIND_TITLES[HandoutKind.WAITING])
        count = take_out(arguments, database, HandoutKind.WAITING, title, arguments.output, write)
    say(_("Wrote {count} rows to {file}.").format(count=count, file=arguments.output))


def _batches(database: Database, key: str | None) -> list[str]:
    return [key] if key else [row.id for row in database.fetch(list_batches) if row.waiting]


def _chosen(rows: list[WaitingRow], numbers: list[int]) -> list[WaitingRow]:
    by_number = {row.number: row for row in rows}
    for number in numbers:
        if number not in by_number:
            raise NotFoundError(_("No row waits under the number {number}.").format(number=number))
    return [by_number[number] for number in numbers]


def _holding(rows: list[WaitingRow], told: list[str]) -> list[WaitingRow]:
    """Return the rows that hold every ``COLUMN=TEXT``; refuse when none does."""
    wanted = [_pair(one) for one in told]
    found = [row for row in rows if all(_stands(row, *pair) for pair in wanted)]
    if not found:
        raise NotFoundError(_("No waiting row fits."))
    return found


def _seen(rows: list[WaitingRow]) -> inbox.Seen:
    return {row.number: row.raw for row in rows}


def _pair(text: str) -> tuple[str, str]:
    column, mark, value = text.partition("=")
    if not mark:
        raise ValidationError(_("“{text}” is not of the form COLUMN=TEXT.").format(text=text))
    return column.strip(), value


def _column(row: WaitingRow, name: str) -> str:
    """Return the letters of a column that is named by its letters, its heading or its field."""
    for letters, heading in row.headings.items():
        if heading_key(heading) == heading_key(name):
            return letters
    for letters, field in row.columns.items():
        if name in (field, canonical_field(field)):
            return letters
    if name.isascii() and name.isupper() and name.isalpha() and len(name) <= 3:
        return name
    raise NotFoundError(_("There is no column “{name}” in sheet “{sheet}”.").format(name=name, sheet=row.sheet))


def _stands(row: WaitingRow, name: str, text: str) -> bool:
    return text_of(row.raw.get(_column(row, name)) or "") == text


def _problems(row: WaitingRow) -> str:
    return " ".join(str(issue["message"]) for issue in row.issues if issue["severity"] == "error")
