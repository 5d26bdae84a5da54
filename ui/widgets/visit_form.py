"""The fields of a visit: who, what came of it, how, when, what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from gridapp import clock
from gridapp.db.queries.values import FormChoices, VisitRow
from gridapp.domain.visit import Mode, NewVisit, Outcome, mode_title, outcome_title
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics, visit_form_words
from ui.widgets.find_combo import FindCombo
from ui.widgets.place_finder import PlaceFinder
from ui.widgets.visit_form_head import VisitHead
from ui.widgets.visit_form_parts import ChoiceRow, FindingsBox, HouseholdBox, clock_time
from ui.widgets.visit_form_target import VisitTarget

RESPONSIBLE = ""
"""Stands for the responsible worker of each person in ``worker``."""


class VisitForm(QWidget):
    """Everything one can say about a visit; holds no database.

    Signals:
        edited: the user changed something.
        card_wanted: shown id of a person whose card should be opened.
    """

    edited = Signal()
    card_wanted = Signal(str)

    def __init__(self, valid_modes: Sequence[str], tier_a_days: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.targets: tuple[VisitTarget, ...] = ()
        self._valid_modes = tuple(valid_modes)
        self._filling = self._has_choices = False
        self._recent: tuple[VisitRow, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_XS))
        self._column = column
        self.head = VisitHead(tier_a_days)
        column.addWidget(self.head)
        self._build_choices()
        self._build_time()
        self._build_note()
        self._build_people()
        self._build_more()
        column.addStretch(1)
        self._connect()
        self.reset()

    # ---- what it shows

    def set_targets(self, targets: Sequence[VisitTarget]) -> None:
        """Show whom the visit is for; the other fields stay as they are."""
        self.targets = tuple(targets)
        self._recent = ()
        self._show_recent()
        self.head.show_targets(self.targets)
        one = self.targets[0] if len(self.targets) == 1 else None
        self.household.show_people(one.companions if one else ())
        self.household_label.setVisible(bool(one and one.companions))
        self._name_responsible()
        self._show_hints()

    def set_recent(self, visits: Sequence[VisitRow]) -> None:
        """Show the newest visits of the one person, and warn of a second one on the same day."""
        self._recent = tuple(visits)
        self.recent_label.setText("\n".join(visit_form_words.visit_line(visit) for visit in visits))
        self._show_recent()
        self._show_hints()

    def set_choices(self, choices: FormChoices, finder: PlaceFinder | None = None) -> None:
        """Offer workers and phrases, and name categories.

        Args:
            choices: What there is.
            finder: Finds workers by a part of their name, where they are too many to be among the choices.
        """
        self._has_choices = True
        chosen = self.worker_box.currentData()
        self.worker_box.blockSignals(True)
        offered = [(RESPONSIBLE, ""), *((worker.id, worker.name) for worker in choices.workers)]
        self.worker_box.fill(offered, listed=1, finder=finder)
        self.worker_box.choose(chosen)
        self.worker_box.blockSignals(False)
        self._name_responsible()
        self.head.set_category_names(choices.categories)
        self.phrase_menu.clear()
        for phrase in choices.phrases:
            self.phrase_menu.addAction(phrase)
        self.phrase_button.setEnabled(bool(choices.phrases))

    def reset(self, mode: str = Mode.ONSITE.value, worker: str = RESPONSIBLE) -> None:
        """Put sensible answers into every field: today, met, nothing unusual."""
        self.fill({"mode": mode, "worker": worker})

    def fill(self, body: Mapping[str, Any]) -> None:
        """Show what ``body`` gave; what is missing gets its usual value."""
        self._filling = True
        day = dt.date.fromisoformat(body["date"]) if body.get("date") else clock.today()
        self.day_edit.setDate(QDate(day.year, day.month, day.day))
        self.time_edit.setText(str(body.get("time", "")))
        self.mode.choose(str(body.get("mode", Mode.ONSITE.value)))
        self.outcome.choose(str(body.get("outcome", Outcome.MET.value)))
        self._choose_worker(str(body.get("worker", RESPONSIBLE)))
        self.note_edit.setPlainText(str(body.get("note", "")))
        self.needs_edit.setText(str(body.get("needs", "")))
        self.referral_edit.setText(str(body.get("referral", "")))
        self.findings.fill(body.get("findings", {}))
        self.household.tick(body.get("companions", ()))
        self._filling = False
        self.clear_problems()
        self._show_hints()

    # ---- what it holds

    @property
    def day(self) -> dt.date:
        """Return the day of the visit."""
        date = self.day_edit.date()
        return dt.date(date.year(), date.month(), date.day())

    def body(self) -> dict[str, Any]:
        """Return everything as plain values, for a draft; ``fill`` takes it back."""
        return {
            "people": [target.person.id for target in self.targets],
            "names": [target.person.name for target in self.targets],
            "date": self.day.isoformat(),
            "time": self.time_edit.text(),
            "mode": self.mode.key,
            "outcome": self.outcome.key,
            "worker": self.worker_box.currentData() or RESPONSIBLE,
            "note": self.note_edit.toPlainText(),
            "needs": self.needs_edit.text(),
            "referral": self.referral_edit.text(),
            "findings": self.findings.findings(),
            "companions": list(self.household.ticked()),
        }

    def check(self) -> bool:
        """Return whether it can be saved; else say beside the first wrong field why not."""
        self.clear_problems()
        today = clock.today()
        if not self.targets:
            self.show_problem("person", _("Choose who was visited first."))
        elif self.day > today:
            self.show_problem("date", _("The day of the visit lies in the future. Today is {day}.").format(day=today))
        elif clock_time(self.time_edit.text()) is None:
            self.show_problem("time", _("This is no time of day. Write it like 09:30, or leave it empty."))
        else:
            return self._check_people()
        return False

    def visits(self) -> tuple[NewVisit, ...]:
        """Return one visit for each person, companions ticked included; call ``check`` first."""
        met = self.outcome.key == Outcome.MET.value
        findings = self.findings.findings() if met and len(self.targets) == 1 else {}
        people = [(target.person.id, target.worker) for target in self.targets]
        if self.targets:
            people += [(key, self.targets[0].worker) for key in self.household.ticked()]
        chosen = self.worker_box.currentData() or RESPONSIBLE
        return tuple(
            NewVisit(
                person, self.day, self.mode.key, self.outcome.key, chosen or responsible,
                clock_time(self.time_edit.text()) or "", self.note_edit.toPlainText().strip(),
                self.needs_edit.text().strip(), self.referral_edit.text().strip(), dict(findings),
            )
            for person, responsible in people
        )  # fmt: skip

    def show_problem(self, field: str, text: str) -> None:
        """Say what is wrong beside a field ("date", "time", "person", …) and put the keyboard there."""
        places: dict[str, QWidget] = {"date": self.day_edit, "time": self.time_edit}
        widget = places.get(field)
        error = self.day_problem if widget is not None else self.problem
        error.show_problem(text, widget)

    def clear_problems(self) -> None:
        """Take every complaint away."""
        self.problem.clear_problem()
        self.day_problem.clear_problem(self.day_edit)
        basics.mark_invalid(self.time_edit, False)

    def focus_first(self) -> None:
        """Put the keyboard on what is most likely to change: what came of it."""
        self.outcome.buttons[self.outcome.key].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_valid_modes(self, valid_modes: Sequence[str], tier_a_days: int) -> None:
        """Take other settings."""
        self._valid_modes = tuple(valid_modes)
        self.head.tier_a_days = tier_a_days
        self._show_hints()

    # ---- building

    def _titled(self, text: str, field: QWidget) -> QLabel:
        made = basics.label(text, "small", "muted")
        made.setBuddy(field)
        self._column.addWidget(made)
        self._column.addWidget(field)
        return made

    def _build_choices(self) -> None:
        self.outcome = ChoiceRow([(item.value, outcome_title(item)) for item in Outcome], _("Outcome"), 4)
        self.mode = ChoiceRow([(item.value, mode_title(item)) for item in Mode], _("Way of visiting"), 4)
        self._titled(_("&Outcome"), self.outcome)
        self.hint = basics.label("", "small", "warning", wrap=True)
        self.card_button = basics.button(_("Open the person's card"), "quiet", "external-link")
        self._column.addWidget(self.hint)
        self._column.addWidget(self.card_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._titled(_("&Way of visiting"), self.mode)

    def _build_time(self) -> None:
        self.day_edit = basics.dressed(QDateEdit(), _("Day of the visit"))
        self.time_edit = basics.dressed(QLineEdit(), _("Time of day"))
        self.time_edit.setPlaceholderText(_("e.g. 09:30, may stay empty"))
        self.day_problem = basics.InlineError()
        line = QHBoxLayout()
        line.setSpacing(theme.current().px(theme.GAP_S))
        for text, field, share in ((_("&Day"), self.day_edit, 3), (_("&Time"), self.time_edit, 4)):
            part = QVBoxLayout()
            part.setSpacing(theme.current().px(theme.GAP_XS))
            title = basics.label(text, "small", "muted")
            title.setBuddy(field)
            part.addWidget(title)
            part.addWidget(field)
            part.addStretch(1)
            line.addLayout(part, share)
        self._column.addLayout(line)
        self._column.addWidget(self.day_problem)

    def _build_note(self) -> None:
        self.note_edit = basics.dressed(QPlainTextEdit(), _("Note"))
        self.note_edit.setPlaceholderText(_("e.g. in good health, reminded of safe use of electricity"))
        self.note_edit.setTabChangesFocus(True)
        self.note_edit.setFixedHeight(theme.current().px(64))
        self.phrase_button = basics.button(_("Recent phrases"), "quiet", "history")
        self.phrase_menu = QMenu(self.phrase_button)
        theme.dress(self.phrase_menu, "menu")
        self.phrase_button.setMenu(self.phrase_menu)
        self.phrase_button.setEnabled(False)
        title = basics.label(_("&Note"), "small", "muted")
        title.setBuddy(self.note_edit)
        line = QHBoxLayout()
        line.addWidget(title, 1, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.phrase_button)
        self._column.addLayout(line)
        self._column.addWidget(self.note_edit)
        self.problem = basics.InlineError()
        self._column.addWidget(self.problem)

    def _build_people(self) -> None:
        self.household = HouseholdBox()
        self.household_label = self._titled(_("Same dwelling: visited together"), self.household)
        self.findings = FindingsBox()
        self.findings_label = self._titled(_("What was looked at"), self.findings)

    def _build_more(self) -> None:
        self.needs_edit = basics.dressed(QLineEdit(), _("What the person asks for"))
        self.referral_edit = basics.dressed(QLineEdit(), _("Passed on to"))
        self.worker_box = basics.dressed(FindCombo(), _("Who visited"))
        self.worker_box.addItem("", RESPONSIBLE)
        self._titled(_("What the person &asks for"), self.needs_edit)
        self._titled(_("&Passed on to"), self.referral_edit)
        self._titled(_("Who &visited"), self.worker_box)
        self.recent_label = basics.label("", "small", "text", wrap=True)
        self.recent_title = self._titled(_("Newest visits"), self.recent_label)

    def _connect(self) -> None:
        for row in (self.outcome, self.mode):
            row.chosen.connect(self._on_edited)
        for line in (self.time_edit, self.needs_edit, self.referral_edit):
            line.textEdited.connect(self._on_edited)
        self.day_edit.dateChanged.connect(self._on_edited)
        self.note_edit.textChanged.connect(self._on_edited)
        self.findings.changed.connect(self._on_edited)
        self.household.changed.connect(self._on_edited)
        self.worker_box.activated.connect(self._on_edited)
        self.phrase_menu.triggered.connect(self._on_phrase)
        self.card_button.clicked.connect(self._on_card_button)
        self.time_edit.editingFinished.connect(self._on_time_left)

    # ---- what happens

    def _on_edited(self) -> None:
        if self._filling:
            return
        self.clear_problems()
        if self.day > clock.today():
            text = _("The day of the visit lies in the future. Today is {day}.").format(day=clock.today())
            self.day_problem.show_problem(text)
            basics.mark_invalid(self.day_edit, True)
        self._show_hints()
        self.edited.emit()

    def _on_time_left(self) -> None:
        written = clock_time(self.time_edit.text())
        if written is None:
            self.day_problem.show_problem(_("This is no time of day. Write it like 09:30, or leave it empty."))
            basics.mark_invalid(self.time_edit, True)
        elif written != self.time_edit.text():
            self.time_edit.setText(written)

    def _on_phrase(self, action: Any) -> None:
        before = self.note_edit.toPlainText().rstrip()
        self.note_edit.setPlainText(before + ("\n" if before else "") + action.text())
        self.note_edit.setFocus()

    def _on_card_button(self) -> None:
        if self.targets:
            self.card_wanted.emit(self.targets[0].person.id)

    def _show_recent(self) -> None:
        for part in (self.recent_title, self.recent_label):
            part.setVisible(bool(self._recent))

    def _choose_worker(self, worker: str) -> None:
        if self.worker_box.choose(worker):
            return
        if self._has_choices:
            self.worker_box.choose(RESPONSIBLE)
        else:  # whoever visited stays who visited, though the choices are still being read
            self.worker_box.choose_unnamed(worker)

    def _name_responsible(self) -> None:
        names = {target.worker_name for target in self.targets}
        if len(names) == 1 and "" not in names:
            text = _("{name} (responsible)").format(name=next(iter(names)))
        else:
            text = _("The worker responsible")
        self.worker_box.setItemText(0, text)

    def _check_people(self) -> bool:
        for target in self.targets:
            person = target.person
            if person.birth is not None and self.day < person.birth:
                self.show_problem("date", _("{name} was not born yet on that day.").format(name=person.name))
                return False
            if person.died is not None and self.day > person.died:
                self.show_problem("date", _("{name} died on {day}.").format(name=person.name, day=person.died))
                return False
        return True

    def _show_hints(self) -> None:
        met, outcome = self.outcome.key == Outcome.MET.value, self.outcome.key
        one = len(self.targets) == 1
        for part in (self.findings, self.findings_label):
            part.setVisible(met and len(self.targets) <= 1)
        after = {
            "moved": _("Record the move on the person's card as well, so that nobody looks for them here."),
            "deceased": _("Record the day of death on the person's card as well; the person then leaves the roster."),
            "hospital": _("If it takes long, record the absence on the person's card and have it approved."),
        }.get(outcome, "")
        self.card_button.setVisible(bool(after) and one)
        text = after
        if not after and not met:
            text = _("Kept as an attempt; it does not count for the visit rate.")
        elif met and self.mode.key not in self._valid_modes:
            text = _("This way of visiting does not count for the visit rate.")
        elif met and any(visit.day == self.day for visit in self._recent):
            text = _("A visit on this day is already in the list.")
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
