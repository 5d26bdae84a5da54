"""What putting a backup in place would lose, before it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from gridapp import formats
from gridapp.domain.action import action_title
from gridapp.errors import SignInError
from gridapp.i18n import _
from gridapp.services import restoring
from gridapp.services.restoring import LostEntry, RestorePreview
from ui import preferences
from ui.dialogs.list_dialog import ListDialog
from ui.jobs import Job
from ui.models.row_table_model import Column
from ui.widgets import basics


class RestoreDialog(ListDialog):
    """Counts and lists what is newer than a backup; nothing is changed here.

    Signals:
        restore_chosen: path of the backup that is to be put in place.

    Attributes:
        summary: The counts, in sentences.
        entrance: Asks for a name and a password when the backup has an earlier key.
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
        columns: list[Column[LostEntry]] = [
            Column("at", _("When"), _at, formats.instant, priority=1, width_chars=8),
            Column("actor", _("Who"), _actor, priority=1, width_chars=6),
            Column("action", _("Would be lost"), _action, priority=1, width_chars=10, stretch=True),
        ]
        empty = ("check", _("Nothing newer is known."))
        super().__init__(parent, _("Restore a backup"), "restore", columns, empty, size=(640, 520))
        self._backup = backup
        if why:
            self.above.addWidget(basics.label(why, "body", "warning", wrap=True))
        self.summary = basics.label(_("Looking at the backup…"), "body", wrap=True)
        self.above.addWidget(self.summary)
        kept = _("What is in use now is kept among the backups, so this can be taken back.")
        self.below.addWidget(basics.label(kept, "small", "muted", wrap=True))
        self.below.addWidget(self._entrance())
        self.restore_button = basics.button(_("Put this backup in place"), "danger")
        self.cancel_button = basics.button(_("Cancel"))
        self.add_buttons((), (self.cancel_button, self.restore_button))
        self.restore_button.setEnabled(False)
        self.restore_button.clicked.connect(self._on_restore)
        self.cancel_button.clicked.connect(self.reject)
        self.cancel_button.setFocus()
        self._run, self._location = run, location
        self._look()

    @Slot()
    def _look(self) -> None:
        job = self._run(restoring.preview_restore, self._location, self._backup)
        job.succeeded.connect(self._show)
        job.failed.connect(self._on_failed)

    @Slot()
    def _unlock(self) -> None:
        """Open a backup that has an earlier key, by a name and a password of that time."""
        self.problem.clear_problem()
        self.unlock_button.setEnabled(False)
        name = self.name_edit.text().strip()
        job = self._run(restoring.unlock_backup, self._backup, name, self.password_edit.text())
        job.succeeded.connect(self._on_unlocked)
        job.failed.connect(self._on_failed)

    @Slot(object)
    def _on_unlocked(self, _nothing: object) -> None:
        self.password_edit.clear()
        self.entrance.hide()
        self._look()

    def _entrance(self) -> QWidget:
        self.entrance = QWidget()
        row = QHBoxLayout(self.entrance)
        row.setContentsMargins(0, 0, 0, 0)
        self.name_edit = basics.dressed(QLineEdit(preferences.text("database/account")), _("Name"))
        self.name_edit.setPlaceholderText(_("Name"))
        self.password_edit = basics.dressed(QLineEdit(), _("Password"))
        self.password_edit.setPlaceholderText(_("Password"))
        self.password_edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.unlock_button = basics.button(_("Open the backup"), "secondary", "lock")
        for field in (self.name_edit, self.password_edit):
            row.addWidget(field, 1)
        row.addWidget(self.unlock_button)
        self.password_edit.returnPressed.connect(self._unlock)
        self.unlock_button.clicked.connect(self._unlock)
        self.entrance.hide()
        return self.entrance

    @Slot(object)
    def _show(self, preview: RestorePreview) -> None:
        self.summary.setText("\n".join(restoring.preview_lines(preview)))
        self.table.set_rows(list(preview.listed))
        self.restore_button.setEnabled(True)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.summary.setText("")
        self.unlock_button.setEnabled(True)
        super()._on_failed(error)
        if isinstance(error, SignInError):
            self.entrance.show()
            (self.password_edit if self.name_edit.text() else self.name_edit).setFocus()

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
