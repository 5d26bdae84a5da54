"""Who looked at or changed a person's record, newest first."""

from __future__ import annotations

import datetime as dt

from PySide6.QtWidgets import QWidget

from gridapp import formats
from gridapp.db.queries.audit import PersonEntryRow, list_person_entries
from gridapp.domain.action import action_title, stored_title
from gridapp.i18n import _
from ui.context import AppContext
from ui.dialogs.list_dialog import ListDialog
from ui.models.row_table_model import Column, Tone
from ui.widgets import basics


class ResidentRecord(ListDialog):
    """Shows the audit entries of one person; nothing can be changed here."""

    def __init__(self, context: AppContext, person: str, name: str, parent: QWidget) -> None:
        """Ask for the entries of a person.

        Args:
            context: Where they are read.
            person: Key or reference.
            name: Shown on top.
            parent: Page it belongs to.
        """
        columns: list[Column[PersonEntryRow]] = [
            Column("at", _("When"), _at, formats.instant, priority=1, width_chars=8),
            Column("actor", _("Who"), _actor, priority=1, width_chars=5),
            Column("action", _("What"), _action, priority=1, width_chars=8, tone=_tone),
            Column("fields", _("What was changed"), _fields, priority=2, width_chars=8, stretch=True),
            Column("reason", _("Reason"), _reason, priority=3, width_chars=6),
        ]
        title = _("Who looked at or changed the record of {name}").format(name=name)
        empty = ("history", _("Nothing is recorded yet."))
        super().__init__(parent, title, "resident_record", columns, empty, size=(760, 520))
        self.close_button = basics.button(_("Close"))
        self.close_button.clicked.connect(self.accept)
        self.add_buttons((), (self.close_button,))
        job = context.fetch(list_person_entries, person)
        job.succeeded.connect(self._show)
        job.failed.connect(self._on_failed)

    def _show(self, rows: list[PersonEntryRow]) -> None:
        self.table.set_rows(rows)


def _at(row: PersonEntryRow) -> dt.datetime:
    return row.at


def _actor(row: PersonEntryRow) -> str:
    return row.actor


def _action(row: PersonEntryRow) -> str:
    return action_title(row.action)


def _fields(row: PersonEntryRow) -> str:
    return "、".join(stored_title(name) for name in row.fields)


def _reason(row: PersonEntryRow) -> str:
    return row.reason


def _tone(row: PersonEntryRow) -> Tone | None:
    return "muted" if row.looked else None
