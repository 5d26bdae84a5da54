"""Who looked at or changed a person's record, newest first."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.audit import PersonEntryRow, list_person_entries
from gridapp.i18n import _
from ui import messages, theme
from ui.context import AppContext
from ui.models.row_table_model import Column, Tone
from ui.pages import residents_words as words
from ui.pages.data_words import action_title
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class ResidentRecord(QDialog):
    """Shows the audit entries of one person; nothing can be changed here.

    Attributes:
        table: The entries.
    """

    def __init__(self, context: AppContext, person: str, name: str, parent: QWidget) -> None:
        """Ask for the entries of a person.

        Args:
            context: Where they are read.
            person: Key or reference.
            name: Shown on top.
            parent: Page it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = _("Who looked at or changed the record of {name}").format(name=name)
        self.setWindowTitle(title)
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(basics.heading(title))
        columns: list[Column[PersonEntryRow]] = [
            Column("at", _("When"), _at, formats.instant, priority=1, width_chars=8),
            Column("actor", _("Who"), _actor, priority=1, width_chars=5),
            Column("action", _("What"), _action, priority=1, width_chars=8, tone=_tone),
            Column("fields", _("What was changed"), _fields, priority=2, width_chars=8, stretch=True),
            Column("reason", _("Reason"), _reason, priority=3, width_chars=6),
        ]
        self.table = DataTable(columns, title, key="resident_record")
        self.table.set_empty_state("history", _("Nothing is recorded yet."))
        column.addWidget(self.table, 1)
        self.problem = basics.InlineError()
        column.addWidget(self.problem)
        row = QHBoxLayout()
        row.addStretch(1)
        self.close_button = basics.button(_("Close"))
        self.close_button.clicked.connect(self.accept)
        row.addWidget(self.close_button)
        column.addLayout(row)
        self.resize(px(760), min(px(520), parent.window().height()))
        job = context.fetch(list_person_entries, person)
        job.succeeded.connect(self._show)
        job.failed.connect(self._on_failed)

    def _show(self, rows: list[PersonEntryRow]) -> None:
        self.table.set_rows(rows)

    def _on_failed(self, error: Exception) -> None:
        self.problem.show_problem(messages.sentence(error))


def _at(row: PersonEntryRow) -> dt.datetime:
    return row.at


def _actor(row: PersonEntryRow) -> str:
    return row.actor


def _action(row: PersonEntryRow) -> str:
    return action_title(row.action)


def _fields(row: PersonEntryRow) -> str:
    return "、".join(words.field_title(name) for name in row.fields)


def _reason(row: PersonEntryRow) -> str:
    return row.reason


def _tone(row: PersonEntryRow) -> Tone | None:
    return "muted" if row.looked else None
