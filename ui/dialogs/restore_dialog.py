"""What putting a backup in place would lose, before it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.i18n import _
from gridapp.services import restoring
from gridapp.services.restoring import LostEntry, RestorePreview
from ui import messages, theme
from ui.jobs import Job
from ui.models.row_table_model import Column
from ui.pages.data_words import action_title
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class RestoreDialog(QDialog):
    """Counts and lists what is newer than a backup; nothing is changed here.

    Signals:
        restore_chosen: path of the backup that is to be put in place.

    Attributes:
        table: What would be lost, newest first.
        summary: The counts, in sentences.
    """

    restore_chosen = Signal(str)

    def __init__(self, run: Callable[..., Job], location: str, backup: Path, parent: QWidget, why: str = "") -> None:
        """Look at a backup.

        Args:
            run: Runs a function off the UI thread.
            location: The file in use; it may be damaged.
            backup: The copy.
            parent: Window it belongs to.
            why: What is wrong with the file in use, "" when nothing is.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._backup = backup
        self.setWindowTitle(_("Restore a backup"))
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(basics.heading(_("Restore a backup")))
        if why:
            column.addWidget(basics.label(why, "body", "warning", wrap=True))
        self.summary = basics.label(_("Looking at the backup…"), "body", wrap=True)
        column.addWidget(self.summary)
        columns: list[Column[LostEntry]] = [
            Column("at", _("When"), _at, formats.instant, priority=1, width_chars=8),
            Column("actor", _("Who"), _actor, priority=1, width_chars=6),
            Column("action", _("Would be lost"), _action, priority=1, width_chars=10, stretch=True),
        ]
        self.table = DataTable(columns, _("Would be lost"), key="restore")
        self.table.set_empty_state("check", _("Nothing newer is known."))
        column.addWidget(self.table, 1)
        kept = _("What is in use now is kept among the backups, so this can be taken back.")
        column.addWidget(basics.label(kept, "small", "muted", wrap=True))
        self.problem = basics.InlineError()
        column.addWidget(self.problem)
        self.restore_button = basics.button(_("Put this backup in place"), "danger")
        self.cancel_button = basics.button(_("Cancel"))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.restore_button)
        column.addLayout(row)
        self.restore_button.setEnabled(False)
        self.restore_button.clicked.connect(self._on_restore)
        self.cancel_button.clicked.connect(self.reject)
        self.cancel_button.setFocus()
        self.resize(px(640), min(px(520), max(parent.height(), px(320))))
        job = run(restoring.preview_restore, location, backup)
        job.succeeded.connect(self._show)
        job.failed.connect(self._on_failed)

    @Slot(object)
    def _show(self, preview: RestorePreview) -> None:
        self.summary.setText("\n".join(restoring.preview_lines(preview)))
        self.table.set_rows(list(preview.listed))
        self.restore_button.setEnabled(True)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.summary.setText("")
        self.problem.show_problem(messages.sentence(error))

    @Slot()
    def _on_restore(self) -> None:
        self.restore_chosen.emit(str(self._backup))
        self.accept()


def _at(row: LostEntry) -> dt.datetime:
    return row.at


def _actor(row: LostEntry) -> str:
    return row.actor


def _action(row: LostEntry) -> str:
    return action_title(row.action)
