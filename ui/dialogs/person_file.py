"""Hand a person what is held about them: asks what, what for and where to, then writes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gridapp.errors import ValidationError
from gridapp.i18n import C_, _
from gridapp.services import person_file
from ui.context import AppContext
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm
from ui.saving import ask_where


@dataclass(frozen=True)
class Wanted:
    """What is handed over, and what for."""

    what: str
    form: str
    purpose: str


class PersonFileForm(ResidentForm):
    """Asks for the purpose and writes the document; a ``submitted`` value is a Wanted."""

    def __init__(self, context: AppContext, person: str, name: str, parent: QWidget) -> None:
        """Make the form; nothing is read yet.

        Args:
            context: Where the person is.
            person: Key or reference.
            name: Shown on top.
            parent: Page it belongs to.
        """
        explanation = _("The purpose and your name go into the audit log and onto the paper.")
        super().__init__(parent, _("Hand over what is held about {name}").format(name=name), _("Write…"), explanation)
        self._context, self._person = context, person
        self.what_box = form.choice(C_("document", "What"), [
            ("access", _("Everything held, and who looked at it")), ("corrections", _("What was ever corrected")),
        ])  # fmt: skip
        self.form_box = form.choice(_("Form"), [("pdf", _("PDF, to read")), ("json", _("JSON, for a program"))])
        self.purpose_edit = form.line(_("Purpose"), hint=_("e.g. asked for by the person"))
        self.add_field("purpose", _("Purpose"), self.purpose_edit)
        self.add_field("what", C_("document", "What"), self.what_box)
        self.add_field("path", _("Form"), self.form_box)
        self.submitted.connect(self._ask_place)

    def value(self) -> Wanted:
        """Return what was entered.

        Raises:
            ValidationError: There is no purpose.
        """
        purpose = self.purpose_edit.text().strip()
        if len(purpose) < person_file.SHORTEST_PURPOSE:
            raise ValidationError(_("Say what this is handed over for."), "purpose")
        return Wanted(str(self.what_box.currentData()), str(self.form_box.currentData()), purpose)

    @Slot(object)
    def _ask_place(self, wanted: Wanted) -> None:
        kind = _("PDF (*.pdf)") if wanted.form == "pdf" else _("JSON (*.json)")
        file_name = f"{_('What is held')}.{wanted.form}"
        name, _kind = ask_where(self, self.windowTitle(), file_name, kind)
        if name:
            self.write_to(name, wanted)
        else:
            self.save_button.setEnabled(True)

    def write_to(self, path: str, wanted: Wanted) -> None:
        """Write what is wanted to a file and close."""
        target = Path(path if path.lower().endswith("." + wanted.form) else f"{path}.{wanted.form}")
        service = person_file.write_access if wanted.what == "access" else person_file.write_corrections
        job = self._context.change(
            service, self._person, target, wanted.purpose, self._context.actor, initiator=self, announce_errors=False,
            title=_("Writing…"), reports_progress=True,
        )  # fmt: skip
        job.succeeded.connect(self._on_written)
        job.failed.connect(self.show_error)

    @Slot(object)
    def _on_written(self, _changes: object) -> None:
        self.accept()
