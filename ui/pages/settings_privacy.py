"""The card about privacy on the settings page: periods, sealed records, deletion, destroying the keys."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from gridapp.domain.access import Role
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.widgets import basics


class PrivacyCard(basics.Card):
    """Holds the settings of the group "privacy", and the doors to what they rule.

    Attributes:
        dialog: The dialog opened last, or None.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Privacy"),
            _("How long records are kept and who sees them. Deletion leaves a proof in the audit log."),
            parent=parent,
        )
        self._context = context
        self.body.setSpacing(theme.current().px(theme.GAP_M))
        self.dialog: QDialog | None = None
        self.sealed_button = basics.button(_("Sealed records…"), "secondary", "lock")
        self.due_button = basics.button(_("Due for deletion…"), "secondary", "trash")
        self.wipe_button = basics.button(_("Destroy the keys…"), "danger", "x")

    def add_buttons(self) -> None:
        """Put the buttons below the settings; what an account may not do is not offered."""
        principal = self._context.principal
        rules = principal.role in (None, Role.ADMINISTRATOR)
        self.sealed_button.setVisible(principal.may("sealed.open"))
        self.due_button.setVisible(rules)
        self.wipe_button.setVisible(rules and "://" not in self._context.location)
        row = QHBoxLayout()
        for made, slot in (
            (self.sealed_button, self._show_sealed), (self.due_button, self._show_due), (self.wipe_button, self._wipe),
        ):  # fmt: skip
            made.clicked.connect(slot)
            row.addWidget(made)
        row.addStretch(1)
        self.body.addLayout(row)

    def _open(self, made: QDialog) -> None:
        self.dialog = made
        made.destroyed.connect(self._forget)
        made.open()

    @Slot()
    def _forget(self) -> None:
        self.dialog = None

    @Slot()
    def _show_sealed(self) -> None:
        from ui.dialogs.sealed_records import SealedRecords

        self._open(SealedRecords(self._context, self))

    @Slot()
    def _show_due(self) -> None:
        from ui.dialogs.deletion import DeletionDialog

        self._open(DeletionDialog(self._context, self))

    @Slot()
    def _wipe(self) -> None:
        from ui.dialogs.wipe import WipeForm

        made = WipeForm(self._context, self)
        made.submitted.connect(self._on_wipe)
        self._open(made)

    @Slot(object)
    def _on_wipe(self, order: object) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self._context.wipe_requested.emit(order)
