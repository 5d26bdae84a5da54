"""Enter a new person, or correct who one is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from gridapp import clock, formats
from gridapp.db.queries.residents import ResidentCard
from gridapp.db.queries.values import GridRow
from gridapp.domain.identity import parse_id_number
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services.residents import NewResident
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm
from ui.widgets.place_finder import PlaceFinder

ID_LENGTH = 18


@dataclass(frozen=True)
class ResidentEntry:
    """Who a person is and, for a new one, where they live.

    Attributes:
        person: Who.
        grid: Code of the grid lived in; "" when correcting.
        address: Where in the grid.
        since: First day there.
    """

    person: NewResident
    grid: str = ""
    address: str = ""
    since: dt.date | None = None


class ResidentDetailsForm(ResidentForm):
    """Who a person is; birth date and sex follow from the ID number."""

    def __init__(self, parent: QWidget, grids: Sequence[GridRow] = (), card: ResidentCard | None = None,
                 grid: str = "", finder: PlaceFinder | None = None) -> None:
        """Make the form.

        Args:
            parent: Page it belongs to.
            grids: Grids to live in, for a new person.
            card: The person to correct; None for a new one.
            grid: Code of the grid offered first.
            finder: Finds grids that are too many to be listed.
        """
        title = _("New resident") if card is None else _("Correct {name}").format(name=card.person.name)
        super().__init__(parent, title, _("Add") if card is None else _("Save changes"))
        self._is_new = card is None
        person = card.person if card else None
        self.name_edit = form.line(_("Name"), person.name if person else "")
        self.id_edit = form.line(_("ID number"), (person.id_number or "") if person else "", _("18 characters"))
        self.sex_box = form.choice(
            _("Sex"), [("U", _("Not known")), ("F", _("Female")), ("M", _("Male"))], person.sex if person else "U"
        )
        self.birth_edit = form.line(_("Date of birth"), formats.date(person.birth) if person else "", "1950-03-31")
        self.phone_edit = form.line(_("Phone"), (person.phone or "") if person else "")
        self.ethnicity_edit = form.line(_("Ethnicity"), card.ethnicity if card else "")
        self.register_edit = form.line(_("Registered address"), card.register_address if card else "")
        self.status_box = form.choice(_("Register and residence"), register_choices(),
                                      card.register_status if card else "same")
        self.note_edit = form.line(_("Note"), card.note if card else "")
        self._add_who()
        if self._is_new:
            self._add_where(grids, grid, finder)
        self.add_field("register_address", _("Registered address"), self.register_edit)
        self.add_field("register_status", _("Register and residence"), self.status_box)
        self.add_field("note", _("Note"), self.note_edit)
        self.id_edit.textChanged.connect(self._on_id_changed)

    def value(self) -> ResidentEntry:
        """Return what was entered."""
        if not self.name_edit.text().strip():
            raise ValidationError(_("A name is needed."), "name")
        person = NewResident(
            name=self.name_edit.text(),
            sex=str(self.sex_box.currentData()),
            birth=form.written_day(self.birth_edit.text(), "birth"),
            id_number=self.id_edit.text(),
            phone=self.phone_edit.text(),
            ethnicity=self.ethnicity_edit.text(),
            register_address=self.register_edit.text(),
            register_status=str(self.status_box.currentData() or ""),
            note=self.note_edit.text(),
        )
        if not self._is_new:
            return ResidentEntry(person)
        if not self.grid_box.currentData():
            raise ValidationError(_("Choose the grid the person lives in."), "grid")
        return ResidentEntry(
            person, str(self.grid_box.currentData()), self.address_edit.text(), form.day_of(self.since_edit)
        )

    def _add_who(self) -> None:
        self.add_field("name", _("Name"), self.name_edit)
        self.add_field("id_number", _("ID number"), self.id_edit)
        self.add_field("sex", _("Sex"), self.sex_box)
        self.add_field("birth", _("Date of birth"), self.birth_edit)
        self.add_field("phone", _("Phone"), self.phone_edit)
        self.add_field("ethnicity", _("Ethnicity"), self.ethnicity_edit)

    def _add_where(self, grids: Sequence[GridRow], chosen: str, finder: PlaceFinder | None) -> None:
        self.grid_box = form.choice(_("Grid"), grid_choices(grids), chosen, finder=finder)
        self.address_edit = form.line(_("Address"))
        self.since_edit = form.day_field(_("Lives there since"), latest=clock.today())
        self.add_field("grid", _("Grid"), self.grid_box)
        self.add_field("address", _("Address"), self.address_edit)
        self.add_field("start", _("Lives there since"), self.since_edit)

    def _on_id_changed(self, text: str) -> None:
        """Judge an ID number as soon as it is complete; it tells birth date and sex."""
        if len(text.strip()) < ID_LENGTH:
            return
        try:
            found = parse_id_number(text)
        except ValidationError as error:
            self.show_error(error)
            return
        self._clear_problem()
        self.birth_edit.setText(formats.date(found.birth))
        self.sex_box.setCurrentIndex(self.sex_box.findData(found.sex))


def person_of(card: ResidentCard) -> NewResident:
    """Return who a person is, as the form shows it before anything is typed."""
    person = card.person
    return NewResident(
        name=person.name,
        sex=person.sex,
        birth=person.birth,
        id_number=person.id_number or "",
        phone=person.phone or "",
        ethnicity=card.ethnicity,
        register_address=card.register_address,
        register_status=card.register_status,
        note=card.note,
    )


def register_choices() -> list[tuple[str, str]]:
    """Return how register and residence can relate, as pairs of key and title."""
    return [
        ("", _("Not known")),
        ("same", _("Lives where registered")),
        ("registered_elsewhere", _("Lives here, registered elsewhere")),
        ("living_elsewhere", _("Registered here, lives elsewhere")),
    ]


def grid_choices(grids: Sequence[GridRow]) -> list[tuple[str, str]]:
    """Return grids as pairs of code and name, led by "not chosen"."""
    return [("", _("Choose a grid")), *((grid.code, grid.name) for grid in grids)]
