"""The copies of the data: a list with what can be done, and whether the second place is up to date."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.i18n import _
from gridapp.services import backups
from gridapp.services.backups import BackupRow, BackupStatus
from ui import theme
from ui.context import AppContext
from ui.dialogs.restore_dialog import RestoreDialog
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class BackupsPanel(QWidget):
    """Lists the copies at both places, newest first.

    Signals:
        counted: how many copies there are.

    Attributes:
        table: The copies.
        dialog: The restore dialog in sight, or None.
        doctor: The check that was last asked for, or None.
    """

    counted = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.dialog: RestoreDialog | None = None
        self.doctor: QDialog | None = None
        columns: list[Column[BackupRow]] = [
            Column("at", _("When"), _at, formats.instant, priority=1, width_chars=8),
            Column("reason", _("Why"), _reason, priority=1, width_chars=7),
            Column("size", _("Size"), _size, _megabytes, priority=2, width_chars=4),
            Column("place", _("Where"), _place, priority=2, width_chars=6, stretch=True),
        ]
        self.table = DataTable(columns, _("Backups"), key="backups")
        self.table.set_empty_state("save", _("No backup was made yet."))
        self.state_label = basics.label("", "small", "muted", wrap=True)
        self.check_button = basics.button(_("Check this database"), "secondary", "shield-check")
        self.place_button = basics.button(_("Second place…"), "secondary", "external-link")
        self.restore_button = basics.button(_("Restore…"), "secondary", "history")
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_S))
        row.addWidget(self.state_label, 1)
        row.addWidget(self.check_button)
        row.addWidget(self.place_button)
        row.addWidget(self.restore_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self.check_button.clicked.connect(self.check)
        self.place_button.clicked.connect(self.choose_place)
        self.restore_button.clicked.connect(self._on_restore)
        self.table.row_selected.connect(self._on_selected)
        self.table.row_activated.connect(self._open)
        self._on_selected(None)

    def reload(self) -> None:
        """Ask for the copies and the state of the second place."""
        if "://" in self._context.database.location:
            self.state_label.setText(_("A database on a server is backed up there."))
            self.place_button.setEnabled(False)
            return
        self._context.run(_look, self._context.database).succeeded.connect(self._show)

    @Slot()
    def check(self) -> None:
        """Look the database over in a dialog."""
        from ui.dialogs.doctor_dialog import DoctorDialog

        self.doctor = DoctorDialog(self._context, self)
        self.doctor.open()

    @Slot()
    def choose_place(self) -> None:
        """Ask for the folder of the second place and remember it."""
        before = self._context.settings.backup_folder
        chosen = QFileDialog.getExistingDirectory(self, _("Second place for backups"), before)
        if chosen:
            self.set_place(chosen)

    def set_place(self, folder: str) -> None:
        """Remember the second place."""
        from gridapp.services.upkeep import change_setting  # heavy: imported when first used

        self._context.change(change_setting, "backup_folder", folder, self._context.actor, initiator=self)

    def _show(self, found: tuple[list[BackupRow], BackupStatus]) -> None:
        rows, status = found
        self.table.set_rows(rows)
        self.counted.emit(len(rows))
        self.state_label.setText(backups.second_sentence(status.second))
        self._on_selected(self.table.current_row())

    def _open(self, row: BackupRow) -> None:
        if self.dialog is None and self._context.principal.may("backup.restore"):
            self.dialog = RestoreDialog(self._context.run, self._context.database.location, row.path, self)
            self.dialog.finished.connect(self._on_closed)
            self.dialog.restore_chosen.connect(self._context.restore_requested)
            self.dialog.open()

    @Slot()
    def _on_restore(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self._open(row)

    @Slot()
    def _on_closed(self) -> None:
        self.dialog = None

    @Slot(object)
    def _on_selected(self, row: BackupRow | None) -> None:
        self.restore_button.setEnabled(row is not None and self._context.principal.may("backup.restore"))


def _look(database: object) -> tuple[list[BackupRow], BackupStatus]:
    from gridapp.db.database import Database

    assert isinstance(database, Database)
    return backups.list_all(database), backups.status_of(database)


def _at(row: BackupRow) -> dt.datetime:
    return row.at


def _reason(row: BackupRow) -> str:
    return backups.reason_title(row.reason)


def _size(row: BackupRow) -> int:
    return row.size


def _megabytes(size: int) -> str:
    return _("{size} MB").format(size=f"{size / 1e6:,.1f}")


def _place(row: BackupRow) -> str:
    folder = str(Path(row.path).parent)
    return _("second place: {folder}").format(folder=folder) if row.second else folder
