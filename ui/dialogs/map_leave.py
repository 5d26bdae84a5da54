"""Asks what becomes of a drawing of grids before the user goes elsewhere."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp.i18n import _
from ui import theme
from ui.widgets import basics


class MapLeaveDialog(QDialog):
    """Save, keep as a draft, discard, or stay.

    Signals:
        answered: "save", "draft" or "discard"; staying says nothing.
    """

    answered = Signal(str)

    def __init__(self, community: str, steps: int, parent: QWidget) -> None:
        """Make the dialog.

        Args:
            community: Whose grids are drawn.
            steps: How many steps were done.
            parent: The window.
        """
        super().__init__(parent)
        self.setWindowTitle(_("Grids not saved yet"))
        self.setModal(True)
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        question = _("The grids of {community} were changed and not saved.").format(community=community)
        column.addWidget(basics.label(question, "strong", wrap=True))
        column.addWidget(basics.label(_("{count} steps would be lost.").format(count=steps), wrap=True))
        self.stay_button = basics.button(_("Stay here"))
        self.discard_button = basics.button(_("Discard"), "danger", "trash")
        self.draft_button = basics.button(_("Keep as a draft…"), "secondary", "file-text")
        self.save_button = basics.button(_("Save…"), "primary", "save")
        self.stay_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        for button in (self.stay_button, self.discard_button, self.draft_button, self.save_button):
            row.addWidget(button)
        for key, button in (("discard", self.discard_button), ("draft", self.draft_button), ("save", self.save_button)):
            button.setProperty("answer", key)
            button.clicked.connect(self._on_answer)
        column.addLayout(row)
        self.save_button.setDefault(True)
        self.save_button.setFocus()

    def _on_answer(self) -> None:
        sender = self.sender()
        assert isinstance(sender, QWidget)
        self.accept()
        self.answered.emit(str(sender.property("answer")))
