"""Commands ``roster``, ``report``, ``map`` and ``dashboard``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridapp.cli.arguments import as_of, opened, scope_of
from gridapp.cli.handouts import take_out
from gridapp.cli.output import say, say_error
from gridapp.db.database import Database
from gridapp.domain.handout import HandoutKind, Stamp
from gridapp.i18n import _
from gridapp.progress import Progress
from gridapp.services import papers
from gridapp.services.templates import find_template

if TYPE_CHECKING:
    from gridapp.reports.document import PaperResult


def hand_out_paper(arguments: Any, database: Database, template: str) -> PaperResult:
    """Write a paper by its template, and list it as handed out."""
    from gridapp.reports.stamping import stamp_pages  # heavy: reportlab

    scope, made = scope_of(arguments, database), []

    def write(path: Path, stamp: Stamp, progress: Progress) -> int:
        made.append(
            papers.write_paper(
                database, template, arguments.month, as_of(arguments), path, arguments.actor, scope, progress
            )
        )
        if stamp.purpose:  # who and when stand there already
            stamp_pages(path, path, dataclasses.replace(stamp, mark="").line)
        return made[0].rows

    title = _(database.fetch(find_template, template).name)
    take_out(arguments, database, HandoutKind.PAPER, title, arguments.output, write)
    return made[0]


def run_roster(arguments: Any) -> None:
    """Write a roster for signature."""
    with opened(arguments) as database:
        result = hand_out_paper(arguments, database, "visit_roster")
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
        hand_out_paper(arguments, database, "monthly_rate")
    say(_("Wrote {file}.").format(file=arguments.output))


def run_map(arguments: Any) -> None:
    """Write the map of visit rates."""
    from gridapp.services.map_paper import write_map  # heavy: shapely

    with opened(arguments) as database:
        scope = scope_of(arguments, database)

        def write(path: Path, stamp: Stamp, progress: Progress) -> int:
            write_map(database, arguments.month, as_of(arguments), path, scope, stamp, arguments.figure)
            return 0

        take_out(arguments, database, HandoutKind.PICTURE, _("Map of visits by grid"), arguments.output, write)
    say(_("Wrote {file}.").format(file=arguments.output))


def run_dashboard(arguments: Any) -> None:
    """Write the dashboard."""
    with opened(arguments) as database:
        scope = scope_of(arguments, database)

        def write(path: Path, stamp: Stamp, progress: Progress) -> int:
            papers.write_dashboard(database, arguments.month, as_of(arguments), path, scope, stamp)
            return 0

        take_out(arguments, database, HandoutKind.PAPER, _("Visit dashboard"), arguments.output, write)
    say(_("Wrote {file}.").format(file=arguments.output))
