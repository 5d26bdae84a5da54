"""The places of service on the map: list, add, change, remove, take in from a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gridapp import clock, formats
from gridapp.db.queries.facilities import FacilityRow, list_facilities
from gridapp.domain.conflict import Theirs, Values
from gridapp.domain.facility import FACILITY_KINDS, Facility, facility_title
from gridapp.errors import ConflictError, ValidationError
from gridapp.i18n import C_, _
from gridapp.services.facilities import (
    FacilitiesRead,
    check_facilities,
    facility_values,
    import_facilities,
    remove_facility,
    save_facility,
)
from ui import messages
from ui.context import AppContext
from ui.dialogs import resident_form as form
from ui.dialogs.conflict_dialog import ConflictDialog, ConflictWords, plain_text
from ui.dialogs.map_dialog import MapDialog
from ui.dialogs.map_system import MapSystemDialog
from ui.dialogs.resident_form import ResidentForm
from ui.models.row_table_model import RIGHT, Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable

FILTER = "*.csv *.geojson *.json *.kml *.gpkg *.shp"
MOST_TOLD = 12


class FacilityForm(ResidentForm):
    """Asks what a facility is and where."""

    def __init__(self, parent: QWidget, row: FacilityRow | None, centre: tuple[float, float]) -> None:
        """Make the form.

        Args:
            parent: The dialog.
            row: What is changed, None for a new one.
            centre: Longitude and latitude to begin with. [°]
        """
        title = _("Change a facility") if row is not None else _("Add a facility")
        explanation = _("Longitude and latitude are those of the middle of the map, unless you write others.")
        super().__init__(parent, title, _("Save"), "" if row is not None else explanation)
        kinds = [(kind, facility_title(kind)) for kind in FACILITY_KINDS]
        self.name_edit = form.line(C_("facility", "Name"), row.name if row is not None else "")
        self.kind_box = form.choice(_("Kind"), kinds, row.kind if row is not None else FACILITY_KINDS[0])
        lon, lat = (row.lon, row.lat) if row is not None else centre
        self.lon_edit = form.line(_("Longitude (CGCS2000)"), f"{lon:.6f}")
        self.lat_edit = form.line(_("Latitude (CGCS2000)"), f"{lat:.6f}")
        self.address_edit = form.line(_("Address"), row.address if row is not None else "")
        area = f"{row.area:g}" if row is not None and row.area is not None else ""
        self.area_edit = form.line(_("Floor area in m²"), area)
        for name, label, field in (
            ("name", C_("facility", "Name"), self.name_edit), ("kind", _("Kind"), self.kind_box),
            ("lon", _("Longitude (CGCS2000)"), self.lon_edit), ("lat", _("Latitude (CGCS2000)"), self.lat_edit),
            ("address", _("Address"), self.address_edit), ("area", _("Floor area in m²"), self.area_edit),
        ):  # fmt: skip
            self.add_field(name, label, field)

    def value(self) -> Facility:
        """Return what was entered."""
        area = self.area_edit.text().strip()
        return Facility(
            str(self.kind_box.currentData()), self.name_edit.text().strip(), _number(self.lon_edit.text(), "lon"),
            _number(self.lat_edit.text(), "lat"), self.address_edit.text().strip(),
            _number(area, "area") if area else None,
        )  # fmt: skip


def _number(text: str, field: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValidationError(_("“{text}” is not a number.").format(text=text.strip()), field) from error


class MapFacilitiesDialog(MapDialog):
    """The facilities of all communities in sight.

    Signals:
        show_wished: the FacilityRow to show on the map.
    """

    show_wished = Signal(object)

    def __init__(self, context: AppContext, centre: tuple[float, float], parent: QWidget) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            centre: Longitude and latitude of the middle of the map. [°]
            parent: The page.
        """
        super().__init__(context, _("Facilities"), parent, (820, 500))
        self._centre = centre
        self._form: FacilityForm | None = None
        self._key = ""
        self._seen: Values | None = None
        self._before: Values = {}
        self._entered: Facility | None = None
        self.conflict: ConflictDialog | None = None
        self._file: tuple[Path, str] | None = None
        columns: tuple[Column[FacilityRow], ...] = (
            Column("kind", _("Kind"), lambda row: facility_title(row.kind), priority=1, width_chars=8),
            Column("name", C_("facility", "Name"), lambda row: row.name, priority=1, width_chars=10, stretch=True,
                   strong=True),
            Column("grid", _("Grid"), lambda row: row.grid_name or _("▲ in no grid"), width_chars=7),
            Column("area", _("Area (m²)"), lambda row: row.area, _area_text, RIGHT, width_chars=5),
            Column("address", _("Address"), lambda row: row.address, width_chars=10),
        )  # fmt: skip
        self.table: DataTable[FacilityRow] = DataTable(columns, _("Facilities"), "map_facilities")
        self.table.set_empty_state("building", _("No facility yet. Add one, or take in a file of places."))
        self.table.row_activated.connect(self._on_change_row)
        self.table.row_selected.connect(self._on_row)
        self.column.addWidget(self.table, 1)
        self._build_buttons()
        self._on_row(None)
        context.data_changed.connect(self._on_data_changed)
        self.refresh()

    def _build_buttons(self) -> None:
        self.add_button = basics.button(_("Add…"), "primary", "plus")
        self.change_button = basics.button(_("Change…"), "secondary", "pencil")
        self.remove_button = basics.button(_("Remove"), "secondary", "trash")
        self.show_button = basics.button(_("Show on the map"), "secondary", "map-pin")
        self.import_button = basics.button(_("From a file…"), "secondary", "upload")
        self.close_button = basics.button(_("Close"))
        for button, slot in (
            (self.add_button, self._on_add), (self.change_button, self._on_change),
            (self.remove_button, self._on_remove), (self.show_button, self._on_show),
            (self.import_button, self._on_import), (self.close_button, self.reject),
        ):  # fmt: skip
            button.clicked.connect(slot)
        self.close_with(self.close_button, at_left=(
            self.add_button, self.change_button, self.remove_button, self.show_button, self.import_button))  # fmt: skip

    def refresh(self) -> None:
        """Ask for the facilities."""
        self.ask("rows", self.context.fetch(list_facilities, clock.today()), self._on_rows)

    def _on_rows(self, rows: list[FacilityRow]) -> None:
        self.table.set_rows(rows)
        self._on_row(self.table.current_row())

    def _on_row(self, row: FacilityRow | None) -> None:
        for button in (self.change_button, self.remove_button, self.show_button):
            button.setEnabled(row is not None)

    def _on_add(self) -> None:
        self._open(None)

    def _on_change(self) -> None:
        self._open(self.table.current_row())

    def _on_change_row(self, row: FacilityRow) -> None:
        self._open(row)

    def _open(self, row: FacilityRow | None) -> None:
        self._key = row.key if row is not None else ""
        self._seen = facility_values(row) if row is not None else None
        self._form = FacilityForm(self, row, self._centre)
        self._before = facility_values(self._form.value()) if row is not None else {}
        self._form.submitted.connect(self._on_entered)
        self._form.open()

    @property
    def form(self) -> FacilityForm | None:
        """Return the form in sight, None for none."""
        return self._form

    def _on_entered(self, entered: Facility) -> None:
        self._entered = entered
        job = self.context.change(
            save_facility, entered, clock.today(), self.context.actor, self._key, self._seen,
            initiator=self.parent(), announce_errors=False,
        )  # fmt: skip
        job.succeeded.connect(self._on_stored)
        job.failed.connect(self._on_refused)

    def _on_stored(self, _changes: object) -> None:
        if self._form is not None:
            self._form.accept()
            self._form = None

    def _on_refused(self, error: Exception) -> None:
        if self._form is None:
            return
        if isinstance(error, ConflictError) and isinstance(error.theirs, Theirs) and self._entered is not None:
            self._ask_whose(facility_values(self._entered), error.theirs)
            return
        self._form.show_error(error)

    def _ask_whose(self, mine: Values, theirs: Theirs) -> None:
        assert self._form is not None
        words = ConflictWords(_("Someone else changed this facility too"), self._form.titles, _shown)
        self.conflict = ConflictDialog(words, self._before, mine, theirs, self._form)
        self.conflict.settled.connect(self._on_settled)
        self.conflict.left.connect(self._on_left)
        self.conflict.rejected.connect(self._on_not_settled)
        self.conflict.ask()

    def _on_settled(self, values: dict[str, Any], seen: Values) -> None:
        assert self._entered is not None
        self._seen = seen
        self._on_entered(replace(self._entered, **values))

    def _on_left(self) -> None:
        self._on_stored(None)
        self.refresh()

    def _on_not_settled(self) -> None:
        if self._form is not None:
            self._form.show_error(ConflictError())

    def _on_remove(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.error.clear_problem()
            job = self.context.change(
                remove_facility, row.key, self.context.actor, facility_values(row), initiator=self.parent(),
                announce_errors=False,
            )  # fmt: skip
            job.failed.connect(self._on_not_removed)

    def _on_not_removed(self, error: Exception) -> None:
        self.show_failure(error)
        self.refresh()

    def _on_show(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.show_wished.emit(row)
            self.accept()

    def _on_import(self) -> None:
        chosen, _filter = QFileDialog.getOpenFileName(self, _("Facilities from a file"), "", FILTER)
        if not chosen:
            return
        self.system = MapSystemDialog(self.context, Path(chosen), _("Which coordinates are they?"), self)
        self.system.chosen.connect(self.import_file)
        self.system.open()

    def import_file(self, path: Path, system: str) -> None:
        """Look at a file, then take it in; when rows are wrong, ask whether the good ones go in."""
        self._file = (path, system)
        self.error.clear_problem()
        job = self.context.run(check_facilities, self.context.database, path, clock.today(), system)
        self.ask("checked", job, self._on_checked)

    def _on_checked(self, found: FacilitiesRead) -> None:
        assert self._file is not None
        if found.remarks:
            told = "\n".join(
                _("Row {number} {name}: {sentence}").format(number=one.number, name=one.name, sentence=one.sentence)
                for one in found.remarks[:MOST_TOLD]
            )
            if not found.facilities:
                self.error.show_problem(_("No row can be taken.") + "\n" + told)
                return
            question = _("{good} rows can be taken, {bad} cannot. Take the good ones?").format(
                good=formats.count(len(found.facilities)), bad=formats.count(len(found.remarks))
            )
            if not messages.confirm(self, question, told, _("Take the good ones")):
                return
        path, system = self._file
        job = self.context.change(
            import_facilities, path, clock.today(), self.context.actor, system, bool(found.remarks),
            initiator=self.parent(), announce_errors=False,
        )  # fmt: skip
        job.failed.connect(self.show_failure)

    def _on_data_changed(self, _changes: object, _initiator: object) -> None:
        if self.isVisible():
            self.refresh()


def _shown(name: str, value: Any) -> str:
    if name == "kind":
        return facility_title(value)
    return f"{value:g}" if name == "area" and value is not None else plain_text(name, value)


def _area_text(area: float | None) -> str:
    return "" if area is None else f"{area:g}"
