"""Commands ``backup now``, ``backup list``, ``backup restore``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from gridapp import formats
from gridapp.cli.arguments import ask_password, default_location, opened
from gridapp.cli.output import print_json, print_rows, progress, say, say_error
from gridapp.db.engine import is_on_server
from gridapp.domain.action import action_title
from gridapp.errors import GridAppError, SignInError, ValidationError
from gridapp.i18n import _
from gridapp.services import backups, restoring, signing_in

REFUSED = 1
SHOWN = 20


def run_now(arguments: Any) -> None:
    """Make a checked copy among the backups."""
    with opened(arguments) as database:
        made = backups.back_up(database, progress=progress())
    say(_("Wrote {file}.").format(file=made.path))
    say(backups.second_sentence(made.second))


def run_list(arguments: Any) -> None:
    """List the copies, newest first; the database itself is not needed."""
    location = arguments.db or default_location()
    try:
        with opened(arguments) as database:
            rows = backups.list_all(database)
    except GridAppError as error:
        if is_on_server(location):
            raise
        say_error(str(error))  # the copies are what is wanted now
        rows = backups.list_backups(location)
    if arguments.format == "json":
        print_json(
            [dataclasses.asdict(row) | {"path": str(row.path), "at": row.at.isoformat()} for row in rows]
        )
        return
    print_rows(
        arguments.format,
        [_("Number"), _("When"), _("Why"), _("MB"), _("File")],
        [
            [place, formats.instant(row.at), backups.reason_title(row.reason), f"{row.size / 1e6:.1f}", row.path]
            for place, row in enumerate(rows, 1)
        ],
    )


def run_restore(arguments: Any) -> int:
    """Show what would be lost; with --yes, put the backup in place."""
    location = arguments.db or default_location()
    if is_on_server(location):
        raise ValidationError(
            _("A database on a server is backed up there, for instance with pg_dump. See docs/postgresql.md.")
        )
    if signing_in.needs_account(location):
        signing_in.open_as(location, arguments.user, ask_password()).close()  # the key is held until the command ends
    file = backups.find_backup(location, arguments.backup, arguments.place)
    try:
        preview = restoring.preview_restore(location, file)
    except SignInError:
        restoring.unlock_backup(file, arguments.user, ask_password())  # a password of that time
        preview = restoring.preview_restore(location, file)
    for line in restoring.preview_lines(preview):
        say(line)
    for entry in preview.listed[:SHOWN]:
        say(f"  {formats.instant(entry.at)}  {entry.actor}  {action_title(entry.action)}")
    if not arguments.yes:
        say_error(_("Nothing was changed yet. Add --yes to put the backup in place."))
        return REFUSED
    _preview, aside = restoring.restore(Path(location), file, arguments.actor, progress(), arguments.user)
    say(_("The backup is in place."))
    if aside is not None:
        say(_("What was there before is kept in {file}.").format(file=aside))
    return 0
