"""Show what is masked of one person for a minute, to somebody who says why."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

from gridapp.domain.changes import Changes
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services.revealing import SHOWN_SECONDS, Revealed, reveal
from ui.context import AppContext
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm
from ui.widgets import basics


class RevealDialog(ResidentForm):
    """Asks for the reason, then shows the record until the time is over."""

    def __init__(
        self, context: AppContext, person: str, name: str, parent: QWidget,
        service: Callable[..., Changes] = reveal,
    ) -> None:  # fmt: skip
        """Make the dialog; nothing is asked of the database yet.

        Args:
            context: Where the person is.
            person: Id.
            name: As the account sees it.
            parent: Page it belongs to.
            service: What opens the record for a reason.
        """
        explanation = _("The reason goes into the audit log with your name.")
        super().__init__(parent, _("Show the record of {name}").format(name=name), _("Show"), explanation)
        self._context, self._person, self._service = context, person, service
        self.reason_edit = form.line(_("Reason"))
        self.add_field("reason", _("Reason"), self.reason_edit)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.timeout.connect(self.accept)
        self.submitted.connect(self._ask)

    def value(self) -> str:
        """Return the reason.

        Raises:
            ValidationError: There is none.
        """
        if not self.reason_edit.text().strip():
            raise ValidationError(_("Say why you need to see this."), "reason")
        return self.reason_edit.text().strip()

    @Slot(object)
    def _ask(self, reason: str) -> None:
        job = self._context.change(
            self._service, self._person, reason, self._context.actor, initiator=self, announce_errors=False
        )
        job.succeeded.connect(self._show)
        job.failed.connect(self.show_error)

    @Slot(object)
    def _show(self, changes: Changes) -> None:
        found = changes.result
        assert isinstance(found, Revealed)
        self.reason_edit.setReadOnly(True)
        self.save_button.hide()
        self.cancel_button.setText(_("Close"))
        lines = [
            (_("Name"), found.name), (_("ID number"), found.id_number), (_("Other document"), found.other_document),
            (_("Phone"), found.phone), (_("Address"), found.address),
            (_("Registered address"), found.register_address),
            *((_("Contact"), " ".join(part for part in contact if part)) for contact in found.contacts),
        ]  # fmt: skip
        for number, (title, text) in enumerate(lines):
            if text:
                value = basics.label(text, "strong", wrap=True)
                value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self.add_field(f"shown{number}", title, value)
        self._end.start(SHOWN_SECONDS * 1000)
        QTimer.singleShot(0, self, self.fit)  # fields have a size once they were laid out
