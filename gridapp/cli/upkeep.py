"""Commands ``undo``, ``settings``, ``copy``, ``remove-demo``."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import Any

from gridapp.cli.arguments import ask_password, default_location, opened
from gridapp.cli.output import print_json, print_rows, progress, say
from gridapp.db.queries.journal import load_settings
from gridapp.errors import NotFoundError, OperationCancelled
from gridapp.i18n import _
from gridapp.services import copying, demo, undo
from gridapp.services.signing_in import open_for
from gridapp.services.upkeep import change_setting
from gridapp.settings import declared


def run_undo(arguments: Any) -> None:
    """Take an operation back."""
    with opened(arguments) as database:
        operation = arguments.operation or database.fetch(undo.last_undoable, arguments.actor)
        if operation is None:
            raise NotFoundError(_("There is nothing to undo."))
        say(undo.undo_operation(database, operation, arguments.actor, progress()).message)


def run_list_settings(arguments: Any) -> None:
    """List the settings."""
    with opened(arguments) as database:
        stored = database.fetch(load_settings)
    if arguments.format == "json":
        print_json(asdict(stored))
        return
    print_rows(
        "table",
        [_("Key"), _("Value"), _("Meaning")],
        [
            [key, json.dumps(getattr(stored, key), ensure_ascii=False), _(item.metadata["label"])]
            for key, item in declared().items()
        ],
    )


def run_change_setting(arguments: Any) -> None:
    """Change a setting, and say what it was; with ``--was`` only if it is that still."""
    seen = None if arguments.was is None else {arguments.key: _value(arguments.was)}
    with opened(arguments) as database:
        changes = change_setting(database, arguments.key, _value(arguments.value), arguments.actor, seen)
    before = json.dumps(changes.result.values[arguments.key], ensure_ascii=False)
    said = _("It was {value} before.").format(value=before)
    say(f"{changes.message} {said}")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def run_copy(arguments: Any) -> None:
    """Copy a database, compare every row and every month's figures."""
    source = arguments.source or arguments.db or default_location()
    sign_in = partial(open_for, account=arguments.user or None, password=ask_password, create=False)
    try:
        report = copying.copy_database(source, arguments.target, not arguments.no_encrypt, progress(), sign_in)
    except (KeyboardInterrupt, OperationCancelled) as stop:
        raise OperationCancelled(
            _("Stopped. What has arrived waits there; the same command goes on with it.")
        ) from stop
    sentence = _(
        "Copied {rows} rows and compared each of them, and {figures} figures of {months} months. "
        "Go on working in the new database only."
    )
    say(sentence.format(rows=report.rows, figures=report.figures, months=report.months))
    if report.wrong:
        sentence = _("The original kept wrong figures of {months}; in the copy they follow from the facts.")
        say(sentence.format(months=", ".join(map(str, report.wrong))))


def run_remove_demo(arguments: Any) -> None:
    """Remove the demonstration data."""
    with opened(arguments) as database:
        say(demo.remove_demo(database, arguments.actor).message)
