"""Commands ``audit list``, ``audit person``, ``audit verify``, ``audit prune``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gridapp import formats
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, progress, say, say_error
from gridapp.db.queries.audit import PersonEntryRow, list_person_entries
from gridapp.db.queries.journal import list_operations
from gridapp.domain.action import action_title, stored_title
from gridapp.i18n import _
from gridapp.services import audit

FOUND_WRONG = 1


def run_list(arguments: Any) -> None:
    """List what was done, newest first."""
    with opened(arguments) as database:
        rows = database.fetch(list_operations, arguments.limit)
    if arguments.format == "json":
        print_json([asdict(row) | {"at": row.at.isoformat()} for row in rows])
        return
    print_rows(
        arguments.format,
        [_("Number"), _("When"), _("Who"), _("What"), _("State")],
        [
            [
                row.number, formats.instant(row.at), row.actor, action_title(row.action),
                _("undone") if row.undone else "",
            ]
            for row in rows
        ],
    )  # fmt: skip


def run_person(arguments: Any) -> None:
    """List who looked at or changed a person's record, newest first."""
    with opened(arguments) as database:
        rows = database.fetch(list_person_entries, arguments.id)
    if arguments.format == "json":
        print_json([asdict(row) | {"at": row.at.isoformat()} for row in rows])
        return
    print_rows(
        arguments.format,
        [_("Number"), _("When"), _("Who"), _("What"), _("Fields"), _("Reason")],
        [
            [
                row.number, formats.instant(row.at), row.actor, _done(row),
                "、".join(stored_title(name) for name in row.fields), row.reason,
            ]
            for row in rows
        ],
    )  # fmt: skip


def _done(row: PersonEntryRow) -> str:
    done = action_title(row.action)
    return _("looked: {action}").format(action=done) if row.looked else done


def run_verify(arguments: Any) -> int:
    """Check the audit log; status 1 and the first fault when something is wrong."""
    paper: tuple[audit.Witness, str] | None = None
    with opened(arguments) as database:
        if arguments.head is not None:
            paper = audit.compare_with_paper(database, arguments.head)
        report = audit.verify_audit(database, progress())
    if arguments.format == "json":
        fault = report.fault
        shown = None if fault is None else {
            "wrong": fault.wrong.value, "place": fault.position, "number": fault.operation,
            "sentence": audit.fault_sentence(fault),
        }  # fmt: skip
        told = {} if paper is None else {"paper": {"found": paper[0].value, "sentence": paper[1]}}
        print_json(asdict(report) | {"fault": shown} | told)
    elif report.fault is not None:
        say_error(audit.fault_sentence(report.fault))
    else:
        sentence = _("The audit log is as it was written: {entries} entries, {checkpoints} signatures.")
        say(sentence.format(entries=report.entries, checkpoints=report.checkpoints))
        if report.pruned:
            say(_("{count} older entries were let go when their time was over.").format(count=report.pruned))
        for place, signer in enumerate(report.signers):
            this = place == 0 and signer == report.own
            sentence = _("Signed on this computer: {key}") if this else _("Signed on another computer: {key}")
            say(sentence.format(key=signer))
    if paper is not None and arguments.format != "json":
        (say if paper[0] is audit.Witness.HELD else say_error)(paper[1])
    denied = paper is not None and paper[0] in (audit.Witness.OTHER, audit.Witness.BEYOND)
    return FOUND_WRONG if report.fault or denied else 0


def run_prune(arguments: Any) -> None:
    """Let go of entries older than the setting says."""
    with opened(arguments) as database:
        say(audit.prune_audit(database, arguments.actor).message)
