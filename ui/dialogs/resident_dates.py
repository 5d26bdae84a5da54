"""Small dated entries about a person: move, category, absence, death, tier, contact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from gridapp import clock
from gridapp.db.queries.residents import IntervalRow
from gridapp.db.queries.values import CategoryRow, GridRow
from gridapp.domain.hardship import AbsenceReason, absence_title
from gridapp.errors import ValidationError
from gridapp.i18n import C_, _
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm
from ui.widgets.place_finder import PlaceFinder
from ui.widgets.toggle_chip import ToggleChip


@dataclass(frozen=True)
class MoveEntry:
    """Where a person lives from a day on; grid None is out of the area."""

    grid: str | None
    address: str
    day: dt.date


@dataclass(frozen=True)
class EnrolmentEntry:
    """A category a person carries from a day on."""

    category: str
    grade: str
    start: dt.date


@dataclass(frozen=True)
class EndEntry:
    """The day a category ends; that day itself is no longer covered."""

    enrolment: str
    end: dt.date


@dataclass(frozen=True)
class AbsenceEntry:
    """Why and when a person is away; end None while nobody knows."""

    reason: str
    start: dt.date
    end: dt.date | None


@dataclass(frozen=True)
class DeathEntry:
    """The day a person died."""

    day: dt.date


@dataclass(frozen=True)
class TierEntry:
    """A tier chosen from a day on, with the reason."""

    tier: str
    reason: str
    start: dt.date


@dataclass(frozen=True)
class ContactEntry:
    """Someone to call for a person."""

    name: str
    relation: str
    phone: str


class MoveForm(ResidentForm):
    """Where somebody lives from a day on."""

    ELSEWHERE = "-"

    def __init__(
        self, parent: QWidget, name: str, grids: Sequence[GridRow], finder: PlaceFinder | None = None
    ) -> None:
        super().__init__(parent, _("{name} moves").format(name=name), _("Save the move"),
                         _("What was true before that day stays as it was."))
        choices = [("", _("Choose a grid")), *((grid.code, grid.name) for grid in grids)]
        choices = [*choices, (self.ELSEWHERE, _("Out of the area"))]
        self.grid_box = form.choice(_("Grid"), choices, listed=len(choices), finder=finder)
        self.address_edit = form.line(_("New address"))
        self.day_edit = form.day_field(C_("dates", "From"))
        self.add_field("grid", _("Grid"), self.grid_box)
        self.add_field("address", _("New address"), self.address_edit)
        self.add_field("start", C_("dates", "From"), self.day_edit)

    def value(self) -> MoveEntry:
        """Return what was entered."""
        code = str(self.grid_box.currentData())
        if not code:
            raise ValidationError(_("Choose the grid, or “out of the area”."), "grid")
        grid = None if code == self.ELSEWHERE else code
        return MoveEntry(grid, self.address_edit.text(), form.day_of(self.day_edit))


class EnrolmentForm(ResidentForm):
    """A category somebody carries from a day on."""

    def __init__(self, parent: QWidget, name: str, categories: Sequence[CategoryRow]) -> None:
        super().__init__(parent, _("Add a category for {name}").format(name=name), _("Add"))
        self.category_box = form.choice(_("Category"), [(row.code, row.name) for row in categories])
        self.grade_edit = form.line(_("Level"), hint=_("e.g. level 2; may stay empty"))
        self.start_edit = form.day_field(C_("dates", "From"))
        self.add_field("category", _("Category"), self.category_box)
        self.add_field("grade", _("Level"), self.grade_edit)
        self.add_field("start", C_("dates", "From"), self.start_edit)

    def value(self) -> EnrolmentEntry:
        """Return what was entered."""
        return EnrolmentEntry(
            str(self.category_box.currentData()), self.grade_edit.text().strip(), form.day_of(self.start_edit)
        )


class EndForm(ResidentForm):
    """The day a category ends."""

    def __init__(self, parent: QWidget, name: str, enrolment: IntervalRow) -> None:
        title = _("End “{category}” for {name}").format(category=enrolment.title, name=name)
        super().__init__(parent, title, _("End it"), _("From that day on the category no longer holds."))
        self._enrolment = enrolment.id
        self.end_edit = form.day_field(_("Ends on"))
        self.add_field("end", _("Ends on"), self.end_edit)

    def value(self) -> EndEntry:
        """Return what was entered."""
        return EndEntry(self._enrolment, form.day_of(self.end_edit))


class AbsenceForm(ResidentForm):
    """Why and when somebody is away."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(
            parent,
            _("{name} is away").format(name=name),
            _("Note the absence"),
            _("It counts once a colleague has approved it. Until then the person stays due."),
        )
        self.reason_box = form.choice(_("Reason"), [(reason.value, absence_title(reason)) for reason in AbsenceReason])
        self.start_edit = form.day_field(C_("dates", "From"))
        self.open_box = ToggleChip(_("It is not known when they come back"))
        self.open_box.setChecked(True)
        self.end_edit = form.day_field(_("Back on"), clock.today() + dt.timedelta(days=30))
        self.end_edit.setEnabled(False)
        self.open_box.toggled.connect(self.end_edit.setDisabled)
        self.add_field("reason", _("Reason"), self.reason_box)
        self.add_field("start", C_("dates", "From"), self.start_edit)
        self.fields.addRow("", self.open_box)
        self.add_field("end", _("Back on"), self.end_edit)

    def value(self) -> AbsenceEntry:
        """Return what was entered."""
        end = None if self.open_box.isChecked() else form.day_of(self.end_edit)
        return AbsenceEntry(str(self.reason_box.currentData()), form.day_of(self.start_edit), end)


class DeathForm(ResidentForm):
    """The day somebody died."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(
            parent,
            _("{name} has died").format(name=name),
            _("Note the death"),
            _("From that day on the person counts in no figure. All that was recorded stays."),
        )
        self.day_edit = form.day_field(_("Day of death"), latest=clock.today())
        self.add_field("died", _("Day of death"), self.day_edit)

    def value(self) -> DeathEntry:
        """Return what was entered."""
        return DeathEntry(form.day_of(self.day_edit))


class TierForm(ResidentForm):
    """A tier chosen by hand, with the reason."""

    def __init__(self, parent: QWidget, name: str, tier: str) -> None:
        super().__init__(parent, _("Visiting tier of {name}").format(name=name), _("Save the tier"),
                         _("How often the person is due. Normally it follows from the categories."))
        self.tier_box = form.choice(_("Tier"), [(key, tier_title(key)) for key in ("A", "B", "C")], tier)
        self.reason_edit = form.line(_("Reason"))
        self.start_edit = form.day_field(C_("dates", "From"))
        self.add_field("tier", _("Tier"), self.tier_box)
        self.add_field("reason", _("Reason"), self.reason_edit)
        self.add_field("start", C_("dates", "From"), self.start_edit)

    def value(self) -> TierEntry:
        """Return what was entered."""
        if not self.reason_edit.text().strip():
            raise ValidationError(_("Say why the tier is chosen."), "reason")
        return TierEntry(str(self.tier_box.currentData()), self.reason_edit.text(), form.day_of(self.start_edit))


class ContactForm(ResidentForm):
    """Someone to call for a person."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, _("Add a contact for {name}").format(name=name), _("Add"))
        self.name_edit = form.line(_("Contact's name"))
        self.relation_edit = form.line(_("Relation"), hint=_("e.g. daughter"))
        self.phone_edit = form.line(_("Phone"))
        self.add_field("name", _("Contact's name"), self.name_edit)
        self.add_field("relation", _("Relation"), self.relation_edit)
        self.add_field("phone", _("Phone"), self.phone_edit)

    def value(self) -> ContactEntry:
        """Return what was entered."""
        if not self.name_edit.text().strip():
            raise ValidationError(_("Who is the contact? A name is needed."), "name")
        if not self.phone_edit.text().strip():
            raise ValidationError(_("A contact needs a phone."), "phone")
        return ContactEntry(self.name_edit.text(), self.relation_edit.text(), self.phone_edit.text())


def tier_title(tier: str) -> str:
    """Return what a tier means, in words."""
    titles = {"A": _("A: every week"), "B": _("B: every month"), "C": _("C: every quarter")}
    return titles[tier]
