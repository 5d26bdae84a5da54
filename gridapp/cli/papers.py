"""Commands ``roster``, ``report``, ``map`` and ``dashboard``."""

from __future__ import annotations

from typing import Any

from gridapp.cli.arguments import as_of, open_named, scope_of
from gridapp.cli.output import progress, say, say_error
from gridapp.i18n import _
from gridapp.services import papers


def run_roster(arguments: Any) -> None:
    """Write a roster for signature."""
    database = open_named(arguments)
    try:
        scope = scope_of(arguments, database)
        result = papers.write_roster(
            database, arguments.month, as_of(arguments), scope, arguments.output, arguments.actor, progress()
        )
    finally:
        database.close()
    for item in result.unprintable:
        say_error(_("No font can show {characters} in “{text}”.").format(characters=item.characters, text=item.text))
    say(
        _("Wrote {rows} people on {pages} pages to {file}.").format(
            rows=result.rows, pages=result.pages, file=arguments.output
        )
    )


def run_report(arguments: Any) -> None:
    """Write the monthly rate report."""
    database = open_named(arguments)
    try:
        scope = scope_of(arguments, database)
        papers.write_rate_report(
            database, arguments.month, as_of(arguments), arguments.output, arguments.actor, scope, progress()
        )
    finally:
        database.close()
    say(_("Wrote {file}.").format(file=arguments.output))


def run_map(arguments: Any) -> None:
    """Write the map of visit rates."""
    database = open_named(arguments)
    try:
        papers.write_map(database, arguments.month, as_of(arguments), arguments.output, scope_of(arguments, database))
    finally:
        database.close()
    say(_("Wrote {file}.").format(file=arguments.output))


def run_dashboard(arguments: Any) -> None:
    """Write the dashboard."""
    database = open_named(arguments)
    try:
        papers.write_dashboard(
            database, arguments.month, as_of(arguments), arguments.output, scope_of(arguments, database)
        )
    finally:
        database.close()
    say(_("Wrote {file}.").format(file=arguments.output))
