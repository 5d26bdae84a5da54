"""What is it for: asked before anything leaves; the last answer costs one Enter."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gridapp.db.queries.handouts import Purposes, offered_purposes
from gridapp.domain.handout import LONGEST, SHORTEST, HandoutKind
from gridapp.errors import ValidationError
from gridapp.i18n import C_, _
from ui.context import AppContext
from ui.dialogs.resident_form import ResidentForm
from ui.widgets import basics


class PurposeDialog(ResidentForm):
    """One field: purposes given before and usual ones to choose from, or any other words."""

    def __init__(self, context: AppContext, kind: HandoutKind, parent: QWidget) -> None:
        """Make the dialog and ask what was answered before.

        Args:
            context: Whose handouts.
            kind: In what form this one leaves.
            parent: Page or dialog it leaves from.
        """
        explanation = _("It goes on the list of what left, with your name and the time.")
        super().__init__(parent, _("What is it for?"), C_("step", "Go on"), explanation)
        self.purpose_box = basics.dressed(QComboBox(), _("Purpose"))
        self.words_edit = QLineEdit()
        self.words_edit.setMaxLength(LONGEST)
        self.words_edit.returnPressed.connect(self._on_enter)
        self.purpose_box.setLineEdit(self.words_edit)  # makes it editable
        self.purpose_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.add_field("purpose", _("Purpose"), self.purpose_box)
        job = context.fetch(offered_purposes, context.principal.name, kind)
        job.succeeded.connect(self._offer)
        job.failed.connect(self.show_error)

    def value(self) -> str:
        """Return the purpose.

        Raises:
            ValidationError: There is none.
        """
        text = " ".join(self.purpose_box.currentText().split())
        if len(text) < SHORTEST:
            raise ValidationError(_("Say what this is for; it goes on the list of what left."), "purpose")
        return text

    @Slot()
    def _on_enter(self) -> None:
        """Take Enter alone for an answer: there is one field only; the box may say it twice."""
        if self.save_button.isEnabled():
            self.save()

    @Slot(object)
    def _offer(self, found: Purposes) -> None:
        typed = self.purpose_box.currentText()
        self.purpose_box.addItems([*found.given, *found.usual])
        self.purpose_box.setCurrentIndex(0 if found.given and not typed else -1)
        if typed or not found.given:
            self.purpose_box.setEditText(typed)
        self.words_edit.selectAll()
