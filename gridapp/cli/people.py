"""Commands ``visit`` and ``search``."""

from __future__ import annotations

from typing import Any

from gridapp import clock
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, say
from gridapp.db.queries.residents import search_residents
from gridapp.domain.masking import mask_id_number, mask_phone
from gridapp.i18n import _
from gridapp.services import visits


def run_log(arguments: Any) -> None:
    """Log a visit."""
    visit = visits.NewVisit(
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
    """Take a visit back."""
    with opened(arguments) as database:
        say(visits.void_visit(database, arguments.id, arguments.reason, arguments.actor).message)


def run_search(arguments: Any) -> None:
    """Find people; ID numbers and phones are masked."""
    with opened(arguments) as database:
        found = database.fetch(search_residents, arguments.text, clock.today(), arguments.limit)
    rows = [
        [row.id, row.name, row.age, mask_id_number(row.id_number), mask_phone(row.phone), row.grid_name, row.address]
        for row in found
    ]
    if arguments.format == "json":
        keys = ("id", "name", "age", "id_number", "phone", "grid", "address")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    print_rows(arguments.format, ["ID", _("Name"), _("Age"), _("ID number"), _("Phone"), _("Grid"), _("Address")], rows)
