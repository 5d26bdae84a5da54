"""Commands ``roster``, ``report``, ``map`` and ``dashboard``."""

from __future__ import annotations

from typing import Any

from gridapp.cli.arguments import as_of, opened, scope_of
from gridapp.cli.output import progress, say, say_error
from gridapp.i18n import _
from gridapp.services import papers


def run_roster(arguments: Any) -> None:
    """Write a roster for signature."""
    with opened(arguments) as database:
        scope = scope_of(arguments, database)
        result = papers.write_roster(
            database, arguments.month, as_of(arguments), scope, arguments.output, arguments.actor, progress()
        )
    for item in result.unprintable:
        say_error(_("No font can show {characters} in “{text}”.").format(characters=item.characters, text=item.text))
    say(
        _("Wrote {rows} people on {pages} pages to {file}.").format(
            rows=result.rows, pages=result.pages, file=arguments.output
        )
    )


def run_report(arguments: Any) -> None:
    """Write the monthly rate report."""
    with opened(arguments) as database:
        scope = scope_of(arguments, database)
        papers.write_rate_report(
            database, arguments.month, as_of(arguments), arguments.output, arguments.actor, scope, progress()
        )
    say(_("Wrote {file}.").format(file=arguments.output))


def run_map(arguments: Any) -> None:
    """Write the map of visit rates."""
    with opened(arguments) as database:
        papers.write_map(database, arguments.month, as_of(arguments), arguments.output, scope_of(arguments, database))
    say(_("Wrote {file}.").format(file=arguments.output))


def run_dashboard(arguments: Any) -> None:
    """Write the dashboard."""
    with opened(arguments) as database:
        papers.write_dashboard(
            database, arguments.month, as_of(arguments), arguments.output, scope_of(arguments, database)
        )
    say(_("Wrote {file}.").format(file=arguments.output))
