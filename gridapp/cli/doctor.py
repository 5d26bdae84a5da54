"""Commands ``doctor`` and ``compact``: look a database over, repair it, salvage what can be read, close its gaps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gridapp.cli.arguments import default_location, opened
from gridapp.cli.output import print_json, print_rows, progress, say, say_error
from gridapp.i18n import _
from gridapp.services import backups, compacting, doctor
from gridapp.services.doctor import Diagnosis

FOUND_WRONG = 1


def run_doctor(arguments: Any) -> int:
    """Check everything; status 1 when something is wrong with the data."""
    location = arguments.db or default_location()
    if arguments.salvage is not None:
        return _salvage(location, arguments)
    if arguments.repair:
        with opened(arguments) as database:
            diagnosis = doctor.repair(database, arguments.actor, progress())
    else:
        diagnosis = doctor.examine_file(location, progress())
    _show(diagnosis, arguments.format)
    if diagnosis.is_healthy:
        return 0
    offered = backups.offer(location) if "://" not in location else ""
    if offered:
        say_error(offered)
    return FOUND_WRONG


def run_compact(arguments: Any) -> None:
    """Write the file anew without gaps."""
    with opened(arguments) as database:
        say(compacting.compact(database, arguments.actor, progress()).message)


def _show(diagnosis: Diagnosis, form: str) -> None:
    if form == "json":
        print_json({
            "healthy": diagnosis.is_healthy, "repaired": list(diagnosis.repaired),
            "findings": [asdict(finding) for finding in diagnosis.findings],
        })  # fmt: skip
        return
    for sentence in diagnosis.repaired:
        say(sentence)
    well, wrong, advice = _("well"), _("WRONG"), _("advice")
    print_rows(
        form,
        [_("Check"), _("State"), _("Finding")],
        [
            [finding.title, well if finding.is_well else advice if finding.is_advice else wrong, finding.sentence]
            for finding in diagnosis.findings
        ],
    )


def _salvage(location: str, arguments: Any) -> int:
    outcome = doctor.salvage(location, arguments.salvage, progress())
    if arguments.format == "json":
        print_json([asdict(row) for row in outcome])
    else:
        print_rows(
            arguments.format,
            [_("Table"), _("Read"), _("Lost")],
            [
                [row.table, row.read, "?" if row.lost is None else row.lost]
                for row in outcome
                if row.read or row.lost != 0
            ],
        )
        say(_("What could be read is in {file}.").format(file=arguments.salvage))
    return FOUND_WRONG if any(row.lost != 0 for row in outcome) else 0
