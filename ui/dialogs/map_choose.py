"""Put a person, or everybody of a building, into a grid by hand, with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from gridapp.errors import ValidationError
from gridapp.i18n import C_, _
from ui.dialogs import resident_form as form
from ui.dialogs.resident_form import ResidentForm


@dataclass(frozen=True)
class ChoiceEntry:
    """Which grid, why, from which day, and whether it is for the whole building."""

    grid: str
    reason: str
    day: dt.date
    whole_building: bool


class ChooseGridForm(ResidentForm):
    """Asks for a grid and the reason."""

    def __init__(self, parent: QWidget, name: str, building: str, grids: Sequence[tuple[str, str]]) -> None:
        """Make the form.

        Args:
            parent: The page.
            name: Of the person, "" when only a building is meant.
            building: Name of the building, "" for none.
            grids: Code and name of each grid.
        """
        title = _("Put {name} into a grid").format(name=name or building)
        explanation = _("It stays so, wherever borders move, until somebody releases it.")
        super().__init__(parent, title, _("Put there"), explanation)
        self.grid_box = form.choice(_("Grid"), [("", _("Choose a grid")), *grids])
        whom = [("person", _("Only {name}").format(name=name))] if name else []
        if building:
            whom.append(("building", _("Everybody in {building}").format(building=building)))
        self.whom_box = form.choice(_("For whom"), whom)
        self.reason_edit = form.line(_("Reason"), hint=_("e.g. outside of the outline, served by this grid"))
        self.day_edit = form.day_field(C_("dates", "From"))
        self.add_field("grid", _("Grid"), self.grid_box)
        self.add_field("building", _("For whom"), self.whom_box)
        self.add_field("reason", _("Reason"), self.reason_edit)
        self.add_field("start", C_("dates", "From"), self.day_edit)

    def value(self) -> ChoiceEntry:
        """Return what was entered."""
        grid = str(self.grid_box.currentData())
        if not grid:
            raise ValidationError(_("Choose the grid."), "grid")
        reason = self.reason_edit.text().strip()
        if not reason:
            raise ValidationError(_("Say why this grid was chosen."), "reason")
        whole = self.whom_box.currentData() == "building"
        return ChoiceEntry(grid, reason, form.day_of(self.day_edit), whole)
