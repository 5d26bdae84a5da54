"""Commands ``visit`` and ``search``."""

from __future__ import annotations

from typing import Any

from gridapp import clock
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, progress, say
from gridapp.db.queries.residents import search_residents
from gridapp.domain.masking import mask_id_number, mask_phone
from gridapp.domain.visit import NewVisit
from gridapp.i18n import _
from gridapp.services import visits
from gridapp.services.search import rebuild_search, verify_search


def run_log(arguments: Any) -> None:
    """Log a visit."""
    visit = NewVisit(
        person=arguments.person,
        day=arguments.date or clock.today(),
        mode=arguments.mode,
        outcome=arguments.outcome,
        worker=arguments.worker,
        time=arguments.time,
        note=arguments.note,
    )
    with opened(arguments) as database:
        changes = visits.record_visit(database, visit, arguments.actor)
    if arguments.format == "json":
        print_json({"id": changes.result, "operation": changes.operation})
    else:
        say(changes.message)


def run_void(arguments: Any) -> None:
    """Take a visit back.

    There is no ``--was``: a visit never changes under its ID. Corrected, it is
    another one, and taking the old one back is refused with who made it what.
    """
    with opened(arguments) as database:
        say(visits.void_visit(database, arguments.id, arguments.reason, arguments.actor).message)


def run_search(arguments: Any) -> int:
    """Find people, ID numbers and phones masked; or check or rebuild what they are found by.

    Returns:
        1 when a check finds something wrong.
    """
    if arguments.verify or arguments.rebuild:
        return _keep_search(arguments)
    with opened(arguments) as database:
        found = database.fetch(search_residents, arguments.text, clock.today(), arguments.limit)
    rows = [
        [row.id, row.name, row.age, mask_id_number(row.id_number), mask_phone(row.phone), row.grid_name, row.address]
        for row in found
    ]
    if arguments.format == "json":
        keys = ("id", "name", "age", "id_number", "phone", "grid", "address")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return 0
    print_rows(arguments.format, ["ID", _("Name"), _("Age"), _("ID number"), _("Phone"), _("Grid"), _("Address")], rows)
    return 0


def _keep_search(arguments: Any) -> int:
    with opened(arguments) as database:
        if arguments.rebuild:
            say(rebuild_search(database, arguments.actor, progress()).message)
            return 0
        wrong = verify_search(database, progress())
    if wrong < 0:
        say(_("The search index is damaged. Write it again with “search --rebuild”."))
    elif wrong:
        say(_("{count} people are not found as they should be. Repair it with “search --rebuild”.").format(count=wrong))
    else:
        say(_("Everybody is found by what is known of them."))
    return 1 if wrong else 0
