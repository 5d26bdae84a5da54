"""The overview on a person's card: facts, categories, absences, household, contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.residents import IntervalRow, ResidentCard
from gridapp.domain.hardship import absence_title
from gridapp.i18n import C_, _
from ui import theme
from ui.pages import residents_words as words
from ui.widgets import basics


class Overview(QWidget):
    """Made anew for every person shown.

    Signals:
        action_requested: key of what to do, and the row of the card it is about or None.
        person_requested: id of another person to show.
    """

    action_requested = Signal(str, object)
    person_requested = Signal(str)

    def __init__(self, card: ResidentCard, names: Mapping[str, str], revealed: bool) -> None:
        """Show a card.

        Args:
            card: The person.
            names: Category code -> name.
            revealed: Whether ID number and phones are in full.
        """
        super().__init__()
        self._subjects: dict[QPushButton, tuple[str, object]] = {}
        self._column = QVBoxLayout(self)
        px = theme.current().px
        self._column.setContentsMargins(0, 0, px(theme.GAP_S), 0)
        self._column.setSpacing(px(theme.GAP_S))
        self._add_facts(card, revealed)
        self._add_categories(card, names)
        self._add_absences(card)
        self._add_household(card)
        self._add_contacts(card, revealed)
        self._add_wishes(card)
        self._column.addStretch(1)

    def _add_facts(self, card: ResidentCard, revealed: bool) -> None:
        person = card.person
        facts = [
            (_("ID number"), words.id_number(person.id_number, revealed), ""),
            (_("Phone"), words.phone(person.phone, revealed), ""),
            (_("Date of birth"), formats.date(person.birth), ""),
            (_("Ethnicity"), card.ethnicity, ""),
            (_("Grid"), person.place, ""),
            (_("Lives at"), person.address, ""),
            (_("Registered address"), card.register_address, ""),
            (_("Register and residence"), words.register_state(card), "warning" if words.is_separated(card) else ""),
            (_("Note"), card.note, ""),
        ]
        self.facts = QGridLayout()
        px = theme.current().px
        self.facts.setHorizontalSpacing(px(theme.GAP_M))
        self.facts.setVerticalSpacing(px(6))
        self.facts.setColumnStretch(1, 1)
        shown = [(title, text, tone) for title, text, tone in facts if text]
        for number, (title, text, tone) in enumerate(shown):
            self.facts.addWidget(basics.label(title, "body", "muted"), number, 0, Qt.AlignmentFlag.AlignTop)
            value = basics.label("▲ " + text if tone else text, "body", tone or "text", wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.facts.addWidget(value, number, 1)
        self._column.addLayout(self.facts)

    def _add_categories(self, card: ResidentCard, names: Mapping[str, str]) -> None:
        open_rows = [row for row in card.enrolments if _is_open(row)]
        if not open_rows:
            return
        self._add_heading(_("Categories"))
        for row in open_rows:
            grade = f" · {row.note}" if row.note else ""
            text = f"{names.get(row.what, row.title)}{grade} · {words.span(row.start, row.end)}"
            buttons = [("end", _("End…"), row)] if row.end is None else []
            self._add_line(text, buttons)

    def _add_absences(self, card: ResidentCard) -> None:
        current = [row for row in card.absences if _is_open(row)]
        if not current:
            return
        self._add_heading(C_("history", "Away"))
        for row in current:
            text = f"{absence_title(row.what)} · {words.span(row.start, row.end)}"
            if row.approved:
                self._add_line(text + " · " + _("approved"), [])
            else:
                self._add_line(text + " · ▲ " + _("waits for approval"), [("approve", _("Approve"), row)], "warning")

    def _add_household(self, card: ResidentCard) -> None:
        if not card.household:
            return
        self._add_heading(_("Same household ({count})").format(count=len(card.household)))
        for person in card.household:
            parts = (person.name, words.sex(person.sex), words.age(person))
            made = basics.button(" · ".join(part for part in parts if part), "quiet", "user")
            made.setProperty("personId", person.id)
            made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            made.clicked.connect(self._on_person_clicked)
            self._column.addWidget(made)

    def _add_contacts(self, card: ResidentCard, revealed: bool) -> None:
        self._add_heading(_("Emergency contacts"))
        for row in card.contacts:
            parts = (row.name, row.relation, words.phone(row.phone, revealed))
            self._add_line(" · ".join(part for part in parts if part), [])
        if not card.contacts:
            self._add_line(_("None yet."), [("contact", _("Add a contact…"), None)], "muted")

    def _add_wishes(self, card: ResidentCard) -> None:
        current = [row for row in card.consents if _is_open(row)]
        if not current:
            return
        self._add_heading(_("Wishes and consent"))
        for row in current:
            parts = (words.consent(row), row.note, words.span(row.start, row.end))
            self._add_line(" · ".join(part for part in parts if part), [])

    def _add_heading(self, text: str) -> None:
        self._column.addSpacing(theme.current().px(theme.GAP_XS))
        self._column.addWidget(basics.label(text, "strong"))

    def _add_line(self, text: str, buttons: Sequence[tuple[str, str, object]], tone: str = "text") -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_S))
        row.addWidget(basics.label(text, "body", tone, wrap=True), 1)
        for key, title, subject in buttons:
            made = basics.button(title, "quiet")
            made.setAccessibleName(f"{title} {text}")
            self._subjects[made] = (key, subject)
            made.clicked.connect(self._on_action_clicked)
            row.addWidget(made)
        self._column.addLayout(row)

    def _on_action_clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, QPushButton):
            self.action_requested.emit(*self._subjects[sender])

    def _on_person_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.person_requested.emit(str(sender.property("personId")))


def _is_open(row: IntervalRow) -> bool:
    return row.end is None or row.end > clock.today()
