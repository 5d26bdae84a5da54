"""What a person agreed to and refused: see it, note it, withdraw it, print the form to sign."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gridapp import clock, formats
from gridapp.db.queries.residents import IntervalRow, ResidentCard, get_card
from gridapp.domain.consent import MEANS_TITLES, SCOPES, means_title, scope_title
from gridapp.errors import ValidationError
from gridapp.i18n import C_, _
from gridapp.services import consents, person_file
from gridapp.services.consents import NewConsent
from ui.context import AppContext
from ui.dialogs import resident_form as form
from ui.dialogs.list_dialog import ListDialog
from ui.dialogs.resident_form import ResidentForm
from ui.models.row_table_model import Column, Tone
from ui.saving import ask_where
from ui.widgets import basics


class ConsentsDialog(ListDialog):
    """Lists what somebody said, newest first."""

    def __init__(self, context: AppContext, card: ResidentCard, parent: QWidget) -> None:
        """Show the consents of a person.

        Args:
            context: Where they are.
            card: The person.
            parent: Page it belongs to.
        """
        columns: list[Column[IntervalRow]] = [
            Column("scope", _("About"), _scope, priority=1, width_chars=8, stretch=True),
            Column("answer", _("Answer"), _answer, priority=1, width_chars=3, tone=_tone),
            Column("start", C_("dates", "From"), _start, formats.date, priority=1, width_chars=5.5),
            Column("end", C_("dates", "To"), _end, _until, priority=1, width_chars=5.5),
            Column("means", _("How"), _means, priority=2, width_chars=5),
            Column("paper", _("Paper no."), _paper, priority=2, width_chars=5),
            Column("note", _("Note"), _note, priority=3, width_chars=6),
        ]
        title = _("What {name} agreed to").format(name=card.person.name)
        empty = ("clipboard-check", _("Nothing was asked yet."))
        super().__init__(parent, title, "consents", columns, empty, size=(780, 480))
        self._context, self._person, self._name = context, card.person.id, card.person.name
        self.add_button = basics.button(_("Note a consent…"), "primary", "plus")
        self.withdraw_button = basics.button(_("Withdraw today"), "secondary", "x")
        self.print_button = basics.button(_("Print the form…"), "secondary", "printer")
        self.close_button = basics.button(_("Close"))
        for made, slot in (
            (self.add_button, self._on_add), (self.withdraw_button, self._on_withdraw),
            (self.print_button, self._on_print), (self.close_button, self.accept),
        ):  # fmt: skip
            made.clicked.connect(slot)
        self.add_buttons((self.add_button, self.withdraw_button, self.print_button), (self.close_button,))
        self.table.row_selected.connect(self._on_selected)
        self._show(card)

    def ask(self) -> None:
        """Ask for the consents anew."""
        job = self._context.fetch(get_card, self._person, clock.today())
        job.succeeded.connect(self._show)
        job.failed.connect(self._on_failed)

    @Slot(object)
    def _show(self, card: ResidentCard) -> None:
        self.table.set_rows(list(card.consents))
        self._on_selected(self.table.current_row())

    @Slot(object)
    def _on_selected(self, row: IntervalRow | None) -> None:
        self.withdraw_button.setEnabled(row is not None and (row.end is None or row.end > clock.today()))

    @Slot()
    def _on_add(self) -> None:
        self.opened.open(ConsentForm(self, self._name), self._on_submitted)

    @Slot(object)
    def _on_submitted(self, consent: NewConsent) -> None:
        self.opened.follow(self._context.change(
            consents.record_consent, self._person, consent, self._context.actor, announce_errors=False
        ))  # fmt: skip

    @Slot()
    def _on_withdraw(self) -> None:
        row = self.table.current_row()
        if row is None:
            return
        self.problem.clear_problem()
        self.opened.follow(self._context.change(
            consents.withdraw_consent, row.id, clock.today(), self._context.actor, {"end": row.end},
            announce_errors=False,
        ))  # fmt: skip

    @Slot()
    def _on_print(self) -> None:
        row = self.table.current_row()
        name, _kind = ask_where(self, _("Print the form"), _("Consent") + ".pdf", _("PDF (*.pdf)"))
        if name:
            self.print_to(name, row.what if row is not None else "visit")

    def print_to(self, path: str, scope: str) -> None:
        """Write the form about something to a file."""
        target = Path(path if path.lower().endswith(".pdf") else path + ".pdf")
        self.problem.clear_problem()
        job = self._context.change(
            person_file.write_consent_form, self._person, scope, target, self._context.actor, announce_errors=False
        )
        job.failed.connect(self._on_failed)


class ConsentForm(ResidentForm):
    """Asks what somebody agreed to or refused; a ``submitted`` value is a NewConsent."""

    def __init__(self, parent: QWidget, name: str) -> None:
        explanation = _("What they said before about the same ends on that day. For a child the guardian consents.")
        super().__init__(parent, _("Consent of {name}").format(name=name), _("Note it"), explanation)
        self.scope_box = form.choice(_("About"), [(scope, scope_title(scope)) for scope in SCOPES])
        self.scope_box.setEditable(True)
        self.answer_box = form.choice(_("Answer"), [("agreed", _("agreed")), ("refused", _("refused"))])
        means = [(key, means_title(key)) for key in MEANS_TITLES]
        self.means_box = form.choice(_("How"), [*means, ("", _("not known"))], "written")
        self.start_edit = form.day_field(C_("dates", "From"), latest=clock.today())
        self.end_edit = form.line(C_("dates", "To"), hint=_("empty: until it is withdrawn"))
        self.paper_edit = form.line(_("Paper no."), hint=_("where the signed paper is kept"))
        self.wish_edit = form.line(_("Note"))
        for key, title, field in (
            ("scope", _("About"), self.scope_box), ("given", _("Answer"), self.answer_box),
            ("means", _("How"), self.means_box), ("start", C_("dates", "From"), self.start_edit),
            ("end", C_("dates", "To"), self.end_edit), ("paper", _("Paper no."), self.paper_edit),
            ("wish", _("Note"), self.wish_edit),
        ):  # fmt: skip
            self.add_field(key, title, field)

    def value(self) -> NewConsent:
        """Return what was entered.

        Raises:
            ValidationError: There is nothing it is about.
        """
        typed = self.scope_box.currentText().strip()
        known = {scope_title(scope): scope for scope in SCOPES}
        if not typed:
            raise ValidationError(_("Say what the consent is about, in 40 characters at most."), "scope")
        last = form.written_day(self.end_edit.text(), "end")
        return NewConsent(
            known.get(typed, typed), self.answer_box.currentData() == "agreed", form.day_of(self.start_edit),
            None if last is None else last + dt.timedelta(days=1), str(self.means_box.currentData()),
            self.paper_edit.text(), self.wish_edit.text(),
        )  # fmt: skip


def _scope(row: IntervalRow) -> str:
    return scope_title(row.what)


def _answer(row: IntervalRow) -> str:
    return _("agreed") if row.approved else _("refused")


def _tone(row: IntervalRow) -> Tone | None:
    if row.end is not None and row.end <= clock.today():
        return "muted"
    return "success" if row.approved else "warning"


def _start(row: IntervalRow) -> dt.date:
    return row.start


def _end(row: IntervalRow) -> dt.date | None:
    return None if row.end is None else row.end - dt.timedelta(days=1)


def _until(day: dt.date | None) -> str:
    return C_("dates", "now") if day is None else formats.date(day)


def _means(row: IntervalRow) -> str:
    return means_title(row.means)


def _paper(row: IntervalRow) -> str:
    return row.paper


def _note(row: IntervalRow) -> str:
    return row.note
