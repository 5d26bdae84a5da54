"""What can be done with a person: opens the small forms and hands what they return to the services."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from gridapp import clock
from gridapp.db.queries.residents import IntervalRow, ResidentCard
from gridapp.domain.conflict import Theirs, Values
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.errors import ConflictError
from gridapp.i18n import _
from ui.context import AppContext
from ui.dialogs import resident_dates as dates
from ui.dialogs.resident_details import ResidentDetailsForm, ResidentEntry
from ui.dialogs.resident_form import ResidentForm
from ui.handing_out import TakingOut
from ui.jobs import Job
from ui.pages.page import Page
from ui.pages.residents_conflict import person_words, seen_of, values_of, with_values
from ui.pages.residents_queries import Choices, ListExport, export_people
from ui.widgets.place_finder import PlaceFinder

if TYPE_CHECKING:
    from ui.dialogs.conflict_dialog import ConflictDialog

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class ResidentActions(QObject):
    """Opens one form at a time; a form stays open until its value is stored.

    Attributes:
        form: The form in sight, or None.
        conflict: The choice between both values, when somebody else was faster, or None.
        choices: Grids and categories the forms offer.
    """

    def __init__(self, context: AppContext, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self._person = ""
        self._seen: Any = None
        self._before: Values = {}
        self._entry: object = None
        self.conflict: ConflictDialog | None = None
        self.form: ResidentForm | None = None
        self.choices = Choices()

    def start(self, key: str, card: ResidentCard | None, subject: object = None, grid: str = "") -> None:
        """Open the form for an action, or carry out one that needs no form.

        Args:
            key: "new", "edit", "move", "enrol", "end", "absence", "approve", "death", "tier", "contact",
                "reveal", "record", "consents", "hand_over" or "seal".
            card: The person it is about; None only for "new".
            subject: The row of the card it is about, for "end" and "approve".
            grid: Code of the grid a new person is offered first.
        """
        if key == "new":
            self._open(ResidentDetailsForm(self._page, self.choices.grids, grid=grid, finder=self._finder()), "")
        elif card is not None and key == "record":
            from ui.dialogs.resident_record import ResidentRecord

            ResidentRecord(self._context, card.person.id, card.person.name, self._page).open()
        elif card is not None and key == "reveal":
            from ui.dialogs.reveal import RevealDialog

            RevealDialog(self._context, card.person.id, card.person.name, self._page).open()
        elif card is not None and key == "consents":
            from ui.dialogs.consents import ConsentsDialog

            ConsentsDialog(self._context, card, self._page).open()
        elif card is not None and key == "hand_over":
            from ui.dialogs.person_file import PersonFileForm

            PersonFileForm(self._context, card.person.id, card.person.name, self._page).open()
        elif card is not None and key == "seal":
            self._seal(card)
        elif card is not None and key == "approve" and isinstance(subject, IntervalRow):
            from gridapp.services.residents import approve_absence

            self._context.change(approve_absence, subject.id, self._context.actor, initiator=self._page)
        elif card is not None:
            form = self._form(key, card, subject)
            if form is not None:
                self._before, seen = seen_of(key, card, subject)
                self._open(form, card.person.id, seen)

    def _seal(self, card: ResidentCard) -> None:
        from gridapp.services.sealing import seal_record  # heavy: imported when first used
        from ui import messages

        loss = _(
            "From then on no list, search, export or screen shows who this was. Past figures stay. Those named in the "
            "settings can open the record for a reason, and an administrator can unseal it."
        )
        question = _("Seal the record of {name} now?").format(name=card.person.name)
        if messages.confirm(self._page, question, loss, _("Seal")):
            self._context.change(seal_record, card.person.id, self._context.actor, initiator=None)

    @Slot(str)
    def note_look(self, person: str) -> None:
        """Put on record that somebody's numbers were shown in full."""
        from gridapp.services.audit import record_look  # heavy: imported when first used

        self._context.change(record_look, [person], "reveal.numbers", self._context.actor, initiator=self._page)

    def _finder(self) -> PlaceFinder | None:
        return PlaceFinder(self._context.fetch, clock.today(), ("grid",)) if self.choices.has_more else None

    def _form(self, key: str, card: ResidentCard, subject: object) -> ResidentForm | None:
        page, person = self._page, card.person
        if key == "edit":
            return ResidentDetailsForm(page, card=card)
        if key == "move":
            return dates.MoveForm(page, person.name, self.choices.grids, self._finder())
        if key == "enrol":
            return dates.EnrolmentForm(page, person.name, self.choices.categories)
        if key == "end" and isinstance(subject, IntervalRow):
            return dates.EndForm(page, person.name, subject)
        if key == "absence":
            return dates.AbsenceForm(page, person.name)
        if key == "death":
            return dates.DeathForm(page, person.name)
        if key == "tier":
            return dates.TierForm(page, person.name, person.tier)
        return dates.ContactForm(page, person.name) if key == "contact" else None

    def _open(self, form: ResidentForm, person: str, seen: Any = None) -> None:
        self._person, self._seen = person, seen
        self.form = form
        form.submitted.connect(self._on_submitted)
        form.finished.connect(self._on_closed)
        form.open()

    def _call(self, entry: object) -> Call:
        """Return the service that stores an entry, with its arguments after the database."""
        from gridapp.services import residents as services  # heavy: imported when first used

        who, actor = self._person, self._context.actor
        if isinstance(entry, ResidentEntry):
            if who:
                return services.edit_resident, (who, entry.person, actor, self._seen)
            return services.add_resident, (entry.person, entry.grid, entry.address, entry.since, actor)
        if isinstance(entry, dates.MoveEntry):
            return services.move_resident, (who, entry.grid, entry.address, entry.day, actor, self._seen)
        if isinstance(entry, dates.EnrolmentEntry):
            return services.enrol, (who, entry.category, entry.start, actor, entry.grade)
        if isinstance(entry, dates.EndEntry):
            return services.end_enrolment, (entry.enrolment, entry.end, actor, self._seen)
        if isinstance(entry, dates.AbsenceEntry):
            return services.record_absence, (who, entry.reason, entry.start, entry.end, actor)
        if isinstance(entry, dates.DeathEntry):
            return services.record_death, (who, entry.day, actor, self._seen)
        if isinstance(entry, dates.TierEntry):
            return services.set_tier, (who, entry.tier, entry.reason, entry.start, actor, self._seen)
        assert isinstance(entry, dates.ContactEntry)
        return services.add_contact, (who, entry.name, entry.relation, entry.phone, actor)

    @Slot(object)
    def _on_submitted(self, entry: object) -> None:
        form = self.form
        if form is None:
            return
        self._entry = entry
        service, arguments = self._call(entry)
        job: Job = self._context.change(
            service, *arguments, initiator=self._page, announce_errors=False, title=_("Saving…")
        )
        job.succeeded.connect(self._on_stored)
        job.failed.connect(self._on_refused)

    @Slot(object)
    def _on_stored(self, changes: object) -> None:
        if self.form is not None:
            self.form.accept()

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        if self.form is None:
            return
        if isinstance(error, ConflictError) and isinstance(error.theirs, Theirs):
            mine = values_of(self._entry)
            if mine:
                self._ask_whose(mine, error.theirs)
                return
            self._seen = error.theirs.seen  # the sentence says what is there now: who saves again adds to it
        self.form.show_error(error)

    def _ask_whose(self, mine: Values, theirs: Theirs) -> None:
        """Let the user choose between both values; without any to choose, both changes fit together."""
        from ui.dialogs.conflict_dialog import ConflictDialog

        assert self.form is not None
        self.conflict = ConflictDialog(person_words(), self._before, mine, theirs, self.form)
        self.conflict.settled.connect(self._save_settled)
        self.conflict.left.connect(self.form.accept)
        self.conflict.rejected.connect(self._on_not_settled)
        self.conflict.finished.connect(self._on_conflict_closed)
        self.conflict.ask()

    @Slot(object, object)
    def _save_settled(self, values: dict[str, Any], seen: Any) -> None:
        self._seen = seen
        self._on_submitted(with_values(self._entry, values))

    @Slot()
    def _on_not_settled(self) -> None:
        if self.form is not None:
            self.form.show_error(ConflictError())

    @Slot()
    def _on_conflict_closed(self) -> None:
        self.conflict = None

    @Slot()
    def _on_closed(self) -> None:
        self.form = None


def take_out_people(page: Page, wanted: ListExport, path: str) -> TakingOut:
    """Begin to write a list of people as wanted; the answer tells when it is written."""
    out = TakingOut(page, page.context, Handout(HandoutKind.LIST, wanted.caption), _("Writing the list…"))
    out.to_file(Path(path), partial(export_people, page.context.database, wanted))
    return out
