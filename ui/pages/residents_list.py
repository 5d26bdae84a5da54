"""The list of residents: its columns and the table around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from gridapp import clock
from gridapp.db.queries.values import PersonRow
from gridapp.i18n import C_, _
from ui.models.row_table_model import RIGHT, Column, Tone
from ui.pages import residents_words as words
from ui.widgets.data_table import DataTable


class ResidentsTable(DataTable[PersonRow]):
    """People as rows, in the order they were found until a heading is clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.names: dict[str, str] = {}
        super().__init__(_columns(self.names), _("Residents"), key="residents", parent=parent)

    def show_people(self, people: list[PersonRow], names: Mapping[str, str], chosen: str) -> bool:
        """Show people and keep the place: scroll position, and the person chosen before; no signal.

        Args:
            people: In the order found.
            names: Category code -> name.
            chosen: Id of the person to stay on.

        Returns:
            Whether the person chosen is among them; if not, the first one is current.
        """
        self.names.clear()
        self.names.update(names)
        bar = self.view.verticalScrollBar()
        place = bar.value()
        self.blockSignals(True)
        self.set_rows(people)
        found = self.go_to_person(chosen)
        if people and not found:
            self.select_row(0)
        self.blockSignals(False)
        if found:
            bar.setValue(place)
        return found

    def go_to_person(self, person: str) -> bool:
        """Make a person's row current; return whether there is one."""
        number = next((i for i, row in enumerate(self.model.rows) if row.id == person), None)
        if number is not None:
            self.select_row(number)
        return number is not None

    def columns_in_sight(self) -> list[tuple[str, str]]:
        """Return key and heading of the columns in sight, from left to right."""
        columns = self.model.columns
        return [(columns[number].key, columns[number].title) for number in self.visible_columns()]

    def go(self, step: int) -> None:
        """Go up or down by rows while the keyboard is in the search box."""
        count = len(self.model.rows)
        if count:
            self.select_row(min(max(self.view.currentIndex().row() + step, 0), count - 1))


def _columns(names: Mapping[str, str]) -> list[Column[PersonRow]]:
    def shown(key: str) -> Callable[[PersonRow], Any]:
        def value(person: PersonRow) -> Any:
            return words.copied_value(key, person, names, clock.today()) or None

        return value

    return [
        Column("name", _("Name"), shown("name"), priority=1, width_chars=4.5, strong=True, tone=_name_tone),
        Column("sex", _("Sex"), shown("sex"), priority=6, width_chars=2),
        Column("age", _("Age"), shown("age"), alignment=RIGHT, priority=4, width_chars=2.5),
        Column("categories", _("Category"), shown("categories"), priority=3, width_chars=8),
        Column("grid", _("Grid"), shown("grid"), priority=5, width_chars=5),
        Column("address", _("Address"), shown("address"), priority=2, width_chars=14, stretch=True),
        Column("phone", _("Phone"), shown("phone"), priority=7, width_chars=6.5),
        Column("tier", _("Tier"), shown("tier"), priority=8, width_chars=4),
        Column("state", C_("resident", "State"), shown("state"), priority=6, width_chars=6, tone=_state_tone),
        Column("id_number", _("ID number"), shown("id_number"), priority=9, width_chars=10, shown=False),
        Column("contact", _("Emergency contact"), shown("contact"), priority=9, width_chars=9, shown=False),
    ]


def _name_tone(person: PersonRow) -> Tone | None:
    return "muted" if _is_gone(person, clock.today()) else None


def _state_tone(person: PersonRow) -> Tone | None:
    return "muted" if _is_gone(person, clock.today()) else "warning"


def _is_gone(person: PersonRow, day: date) -> bool:
    return not person.grid_code or (person.died is not None and person.died <= day)
