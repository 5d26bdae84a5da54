"""The sealed records, names masked: open one for a reason, or put it back."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gridapp import formats
from gridapp.domain.access import Role
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services import sealing
from gridapp.services.sealing import SealedRow
from ui.context import AppContext
from ui.dialogs import resident_form as form
from ui.dialogs.list_dialog import ListDialog
from ui.dialogs.resident_form import ResidentForm
from ui.dialogs.reveal import RevealDialog
from ui.models.row_table_model import Column
from ui.widgets import basics


class SealedRecords(ListDialog):
    """Lists sealed records, the newest first."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        """Ask for the sealed records.

        Args:
            context: Where they are.
            parent: Page it belongs to.
        """
        columns: list[Column[SealedRow]] = [
            Column("name", _("Name"), _name, priority=1, width_chars=5, stretch=True),
            Column("died", _("Day of death"), _died, formats.date, priority=1, width_chars=5.5),
            Column("at", _("Sealed"), _at, formats.instant, priority=2, width_chars=8),
            Column("by", _("Who"), _by, priority=3, width_chars=5),
        ]
        hint = _("Nobody finds them anywhere else. Each time one is opened goes into the audit log with the reason.")
        empty = ("lock", _("No record is sealed."))
        super().__init__(parent, _("Sealed records"), "sealed_records", columns, empty, hint, (640, 480))
        self._context = context
        self.open_button = basics.button(_("Open for a reason…"), "primary", "eye")
        self.unseal_button = basics.button(_("Put back…"), "secondary", "history")
        self.unseal_button.setVisible(context.principal.role in (None, Role.ADMINISTRATOR))
        self.close_button = basics.button(_("Close"))
        self.add_buttons((self.open_button, self.unseal_button), (self.close_button,))
        self.open_button.clicked.connect(self._on_open)
        self.unseal_button.clicked.connect(self._on_unseal)
        self.close_button.clicked.connect(self.accept)
        self.table.row_selected.connect(self._on_selected)
        self._on_selected(None)
        self.ask()

    def ask(self) -> None:
        """Ask for the sealed records anew."""
        job = self._context.run(sealing.list_sealed, self._context.database)
        job.succeeded.connect(self._show)

    @Slot(object)
    def _show(self, rows: list[SealedRow]) -> None:
        self.table.set_rows(rows)
        self._on_selected(self.table.current_row())

    @Slot(object)
    def _on_selected(self, row: SealedRow | None) -> None:
        for button in (self.open_button, self.unseal_button):
            button.setEnabled(row is not None)

    @Slot()
    def _on_open(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.opened.open(RevealDialog(self._context, row.id, row.name, self, sealing.open_sealed))

    @Slot()
    def _on_unseal(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.opened.open(UnsealForm(self, row), self._on_reason)

    @Slot(object)
    def _on_reason(self, entered: tuple[str, str]) -> None:
        self.opened.follow(
            self._context.change(sealing.unseal, *entered, self._context.actor, announce_errors=False)
        )


class UnsealForm(ResidentForm):
    """Asks why a record is put back; a ``submitted`` value is the person and the reason."""

    def __init__(self, parent: QWidget, row: SealedRow) -> None:
        explanation = _("Everything is shown again as before. The reason goes into the audit log with your name.")
        super().__init__(parent, _("Put the record of {name} back").format(name=row.name), _("Put back"), explanation)
        self._person = row.id
        self.reason_edit = form.line(_("Reason"), hint=_("e.g. the death was noted by mistake"))
        self.add_field("reason", _("Reason"), self.reason_edit)

    def value(self) -> tuple[str, str]:
        """Return the person and the reason.

        Raises:
            ValidationError: There is no reason.
        """
        if not self.reason_edit.text().strip():
            raise ValidationError(_("Say why you need to see this."), "reason")
        return self._person, self.reason_edit.text().strip()


def _name(row: SealedRow) -> str:
    return row.name


def _died(row: SealedRow) -> dt.date | None:
    return row.died


def _at(row: SealedRow) -> dt.datetime:
    return row.at


def _by(row: SealedRow) -> str:
    return row.by
