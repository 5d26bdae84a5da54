"""Command ``handouts``, and the way by which every other command lets something out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gridapp import formats
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, progress
from gridapp.db.database import Database
from gridapp.db.queries.handouts import list_handouts
from gridapp.domain.handout import KIND_TITLES, Handout, HandoutKind, Writer
from gridapp.i18n import _
from gridapp.services.handing_out import hand_out_file


def take_out(  # noqa: PLR0913  what, where to, and how
    arguments: Any, database: Database, kind: HandoutKind, title: str, path: Path, write: Writer,
    people: int | None = None,
) -> int:  # fmt: skip
    """Write a file that leaves, for the purpose the command was given; returns its rows."""
    handout = Handout(kind, title, arguments.purpose, people)
    return hand_out_file(database, handout, path, arguments.actor, write, progress())


def run_list(arguments: Any) -> None:
    """List what was printed and exported, newest first."""
    with opened(arguments) as database:
        rows = database.fetch(list_handouts, arguments.limit)
    if arguments.format == "json":
        print_json([asdict(row) | {"at": row.at.isoformat(), "kind": row.kind.value} for row in rows])
        return
    headings = [_("When"), _("Who"), _("What"), _("Title"), _("People"), _("Purpose"), _("Where")]
    print_rows(
        arguments.format, headings,
        [[formats.instant(row.at), row.actor, _(KIND_TITLES[row.kind]), row.title, row.people, row.purpose, row.place]
         for row in rows],
    )  # fmt: skip
