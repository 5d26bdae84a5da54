"""Log, correct or go on with a visit in a window of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from gridapp import clock
from gridapp.db.queries.values import FormChoices
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.dialogs.visit_dialog_person import PersonPicker
from ui.widgets.visit_form_desk import VisitDesk, draft_keys
from ui.widgets.visit_form_target import VisitTarget, read_choices, read_targets

WIDTH, HEIGHT = 560, 720


class VisitDialog(QDialog):
    """The visit form over its page; open it with one of the ``log…`` methods.

    Signals:
        saved: ids of the people logged; whether the next person is wanted.
        card_wanted: shown id of a person whose card should be opened.

    Attributes:
        desk: The form at work.
        put_aside: The draft by its key, when the dialog gave way to a person's card.
    """

    saved = Signal(object, bool)
    card_wanted = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget, walks: bool = False) -> None:
        """Make the dialog, closed.

        Args:
            context: Database and jobs.
            parent: The page it belongs to.
            walks: Whether "Save, log next" leads on; the owner answers ``saved`` with ``log_for`` or ``accept``.
        """
        super().__init__(parent)
        self.context = context
        self._walks = walks
        self.put_aside: dict[str, dict[str, Any]] = {}
        self._resuming: tuple[dict[str, Any], str] | None = None
        self._correcting: tuple[str, dict[str, Any]] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Log a visit"))
        self.setModal(True)
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_S))
        self.picker = PersonPicker(context)
        self.desk = VisitDesk(context, draft_keys(context.actor)[1], walks)
        self.desk.keeps_cancel = True
        self.desk.cancel_button.setText(_("Cancel"))
        self.desk.cancel_button.setAccessibleName(_("Cancel"))
        for part in (self.picker, self.desk):
            column.addWidget(part)
        column.setStretchFactor(self.desk, 1)
        self.picker.person_chosen.connect(self._on_person_chosen)
        self.desk.saved.connect(self._on_saved)
        self.desk.cancelled.connect(self.reject)
        self.desk.card_wanted.connect(self._on_card_wanted)
        job = context.fetch(read_choices, clock.today())
        job.succeeded.connect(self._on_choices)

    def log_for(self, targets: Sequence[VisitTarget]) -> None:
        """Log for these people, or let the user look for one when there are none."""
        self.picker.setVisible(not targets)
        self.desk.set_targets(targets)
        self.open()
        if targets:
            self.desk.form.focus_first()
        else:
            self.picker.focus_first()

    def log_for_ids(self, persons: Sequence[str]) -> None:
        """Log for people of whom only keys or references are known."""
        self.picker.hide()
        self.open()
        self._ask(persons)

    def resume(self, body: dict[str, Any], key: str) -> None:
        """Go on with a draft that was kept under a key."""
        self._resuming = (body, key)
        if not body.get("people"):
            self.log_for(())
            self._on_targets(())
            return
        self.log_for_ids(body["people"])

    def correct(self, visit: str, person: str, body: dict[str, Any]) -> None:
        """Correct a visit: its values come from ``body``, as ``VisitForm.body`` writes them."""
        self._correcting = (visit, body)
        self.setWindowTitle(_("Correct a visit"))
        self.desk.save_button.setText(_("Save the correction (Ctrl+Enter)"))
        self.desk.save_button.setAccessibleName(_("Save the correction (Ctrl+Enter)"))
        self.log_for_ids([person])

    def _ask(self, persons: Sequence[str]) -> None:
        job = self.context.fetch(read_targets, tuple(persons), clock.today(), self.context.settings)
        job.succeeded.connect(self._on_targets)
        job.failed.connect(self.context.error_raised)

    @Slot(object)
    def _on_choices(self, choices: object) -> None:
        if isinstance(choices, FormChoices):
            self.desk.set_choices(choices)

    @Slot(object)
    def _on_targets(self, targets: object) -> None:
        assert isinstance(targets, tuple)
        if self._resuming is not None:
            body, key = self._resuming
            self._resuming = None
            self.desk.resume(targets, body, key)
        elif self._correcting is not None:
            visit, body = self._correcting
            self.desk.correct(targets, visit, body)
            self.desk.form.focus_first()
        else:
            self.desk.set_targets(targets)
            self.desk.form.focus_first()

    @Slot(str)
    def _on_person_chosen(self, person: str) -> None:
        self._ask([person])

    @Slot(object, bool)
    def _on_saved(self, people: object, wants_next: bool) -> None:
        self.saved.emit(people, wants_next)
        if not (wants_next and self._walks):
            self.accept()

    @Slot(str)
    def _on_card_wanted(self, person: str) -> None:
        self.put_aside = self.desk.put_aside()
        self.reject()
        self.card_wanted.emit(person)

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        px = theme.current().px
        screen = self.screen() or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        return QSize(min(px(WIDTH), room.width() - 40), min(px(HEIGHT), room.height() - 60))

    def reject(self) -> None:
        """Close without saving, after asking when something was typed."""
        if self.desk.is_dirty:
            self.desk.cancel()  # comes back here once it is clear that nothing typed is wanted
        else:
            super().reject()
