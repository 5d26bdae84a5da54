"""Commands ``import`` and ``imports``."""

from __future__ import annotations

import json
from typing import Any

from gridapp import formats
from gridapp.cli.arguments import opened
from gridapp.cli.output import print_json, print_rows, progress, say, say_error
from gridapp.db.queries.journal import list_batches
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.ledgers.checked import Preview
from gridapp.ledgers.fields import kind_title
from gridapp.ledgers.report import to_report
from gridapp.services import importing

SHOWN_ISSUES = 20


def run_import(arguments: Any) -> None:
    """Check a ledger and import it; rows with errors need ``--accept-good``."""
    with opened(arguments, create=True, keep=not arguments.dry_run) as database:
        preview = importing.check_file(database, arguments.file, arguments.kind, None, progress())
        if arguments.report:
            arguments.report.write_text(json.dumps(to_report(preview), ensure_ascii=False, indent=1) + "\n", "utf-8")
        importing.refuse_unusable(preview)
        _show_issues(preview)
        good, remaining = sum(1 for _row in preview.good_rows()), sum(1 for _row in preview.remaining_rows())
        say(_("{good} rows are good, {remaining} have errors.").format(good=good, remaining=remaining))
        if arguments.dry_run:
            return
        if remaining and not arguments.accept_good:
            raise ValidationError(
                _("Nothing was imported. Put the errors right, or import the good rows with --accept-good.")
            )
        changes = importing.import_ledger(database, preview, arguments.actor, progress())
        say(changes.message)
        say(_("To take it back: gridapp imports undo {id}").format(id=changes.result))


def _show_issues(preview: Preview) -> None:
    shown = 0
    for sheet in preview.sheets:
        for note in sheet.notes:
            say_error(f"{sheet.name}: {note.message}")
        for row in sheet.rows:
            for issue in row.issues:
                if issue.severity != "error":
                    continue
                shown += 1
                if shown <= SHOWN_ISSUES:
                    say_error(
                        _("{sheet}, row {row}: {problem}").format(sheet=sheet.name, row=row.row, problem=issue.message)
                    )
    if shown > SHOWN_ISSUES:
        say_error(_("… and {count} more; --report writes them all.").format(count=shown - SHOWN_ISSUES))


def run_list(arguments: Any) -> None:
    """List imported ledgers, newest first."""
    with opened(arguments) as database:
        batches = database.fetch(list_batches)
    if arguments.format == "json":
        print_json(
            [
                {"id": row.id, "file": row.file_name, "kind": row.kind, "at": row.at.isoformat(), "by": row.by,
                 "counts": row.counts, "waiting": row.waiting, "undone": row.undone}
                for row in batches
            ]
        )  # fmt: skip
        return
    print_rows(
        arguments.format,
        [_("ID"), _("File"), _("Kind"), _("When"), _("Waiting"), _("State")],
        [
            [
                row.id,
                row.file_name,
                "、".join(kind_title(kind) or kind for kind in row.kind.split()),
                formats.instant(row.at),
                row.waiting,
                _("undone") if row.undone else _("imported"),
            ]
            for row in batches
        ],
    )


def run_undo(arguments: Any) -> None:
    """Take a whole import back."""
    with opened(arguments) as database:
        say(importing.undo_batch(database, arguments.id, arguments.actor, progress()).message)
