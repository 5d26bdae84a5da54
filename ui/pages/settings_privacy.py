"""The card about privacy on the settings page: periods, sealed records, deletion, destroying the keys."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gridapp.domain.access import Role
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.dialogs.list_dialog import OpenForm
from ui.widgets import basics


class PrivacyCard(basics.Card):
    """Holds the settings of the group "privacy", and the doors to what they rule.

    Attributes:
        opened: The dialog opened last.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Privacy"),
            _("How long records are kept and who sees them. Deletion leaves a proof in the audit log."),
            parent=parent,
        )
        self._context = context
        self.body.setSpacing(theme.current().px(theme.GAP_M))
        self.opened = OpenForm(self)
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
        for made, slot in (
            (self.sealed_button, self._show_sealed), (self.due_button, self._show_due), (self.wipe_button, self._wipe),
        ):  # fmt: skip
            made.clicked.connect(slot)
        self.body.addLayout(basics.button_row(at_left=(self.sealed_button, self.due_button, self.wipe_button)))

    @Slot()
    def _show_sealed(self) -> None:
        from ui.dialogs.sealed_records import SealedRecords

        self.opened.open(SealedRecords(self._context, self))

    @Slot()
    def _show_due(self) -> None:
        from ui.dialogs.deletion import DeletionDialog

        self.opened.open(DeletionDialog(self._context, self))

    @Slot()
    def _wipe(self) -> None:
        from ui.dialogs.wipe import WipeForm

        self.opened.open(WipeForm(self._context, self), self._on_wipe)

    @Slot(object)
    def _on_wipe(self, order: object) -> None:
        if self.opened.form is not None:
            self.opened.form.accept()
        self._context.wipe_requested.emit(order)
