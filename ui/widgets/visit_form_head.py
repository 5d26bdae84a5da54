"""Who the form is about, on top of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridapp import clock
from gridapp.domain import masking
from gridapp.i18n import C_, _
from ui import theme
from ui.widgets import basics, visit_form_words
from ui.widgets.visit_form_target import VisitTarget

NAMES_SHOWN = 12


class VisitHead(QWidget):
    """Name, age, categories, address, phone and why a visit is due; or a list of names.

    Attributes:
        tier_a_days: Days between visits in tier A, as the settings say.
    """

    def __init__(self, tier_a_days: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tier_a_days = tier_a_days
        self._names: Mapping[str, str] = {}
        self._targets: tuple[VisitTarget, ...] = ()
        self.name_label = basics.heading("")
        self.name_label.setWordWrap(True)
        self.reason_label = basics.label("", "body", "text", wrap=True)
        self.about_label = basics.label("", "small", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(2))
        for part in (self.name_label, self.about_label, self.reason_label):
            column.addWidget(part)

    def set_category_names(self, names: Mapping[str, str]) -> None:
        """Name categories in the user's words."""
        self._names = names
        self.show_targets(self._targets)

    def show_targets(self, targets: Sequence[VisitTarget]) -> None:
        """Show one person in full, or several by name."""
        self._targets = tuple(targets)
        if len(targets) == 1:
            self._show_one(targets[0])
        elif targets:
            self.name_label.setText(_("{count} people").format(count=len(targets)))
            names = C_("enumeration", ", ").join(target.person.name for target in targets[:NAMES_SHOWN])
            self.about_label.setText(names + ("…" if len(targets) > NAMES_SHOWN else ""))
            self._say_reason(_("The same is logged for each of them."), "text")
        else:
            self.name_label.setText(_("Nobody chosen yet"))
            self.about_label.setText(_("Choose a person in the list."))
            self._say_reason("", "text")

    def _show_one(self, target: VisitTarget) -> None:
        person = target.person
        self.name_label.setText(f"{person.name}  {visit_form_words.describe_person(person)}")
        place = "  ".join(part for part in (person.place, person.address) if part)
        name, _space, number = person.contact.rpartition(" ")
        contact = " ".join(part for part in (name, masking.mask_phone(number)) if part)
        calls = [masking.mask_phone(person.phone)]
        if person.contact:
            calls.append(_("Contact {contact}").format(contact=contact))
        categories = visit_form_words.categories_text(person, self._names)
        lines = (categories, place, "  ".join(part for part in calls if part))
        self.about_label.setText("\n".join(line for line in lines if line))
        if target.due is None:
            self._say_reason(_("Not on the roster of people to be visited."), "muted")
            return
        today = clock.today()
        sentence = visit_form_words.reason_sentence(target.due, today, self.tier_a_days)
        sign = visit_form_words.status_text(target.due, today)[0]
        self._say_reason(f"{sign} {sentence}", visit_form_words.status_tone(target.due, today) or "text")

    def _say_reason(self, text: str, tone: str) -> None:
        self.reason_label.setText(text)
        self.reason_label.setVisible(bool(text))
        theme.set_text_role(self.reason_label, "body", tone)
