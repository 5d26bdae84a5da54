"""Commands ``figures verify`` and ``figures rebuild``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, progress, say
from gridapp.i18n import _
from gridapp.services.figures import rebuild_figures, verify_figures

DIFFERENT = 1
SHOWN = 50


def run_verify(arguments: Any) -> int:
    """Compare the figures kept with the facts; status 1 when something differs and is not repaired."""
    with opened(arguments) as database:
        left = found = verify_figures(database, arguments.month, progress())
        if found and arguments.repair:
            rebuild_figures(database, arguments.actor, progress())
            left = verify_figures(database, arguments.month, progress())
    if arguments.format == "json":
        rows = [asdict(one) | {"month": str(one.month) if one.month else None} for one in found]
        print_json({"differences": rows, "repaired": bool(found) and not left})
        return DIFFERENT if left else 0
    if found:
        headings = [_("Table"), _("Month"), _("Row"), _("Kept"), _("From the facts")]
        lines = [[one.table, one.month or "", one.key, one.kept, one.wanted] for one in found[:SHOWN]]
        print_rows("table", headings, lines)
        say(_("{count} cells differ from the facts.").format(count=len(found)))
    if found and not left:
        say(_("All figures were counted again and agree now."))
    elif not found:
        say(_("Every figure agrees with the facts."))
    return DIFFERENT if left else 0


def run_rebuild(arguments: Any) -> None:
    """Count all figures again."""
    with opened(arguments) as database:
        say(rebuild_figures(database, arguments.actor, progress()).message)
