"""Write the outlines of a day to a file: which form, which coordinates, which community."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from gridapp import clock, formats
from gridapp.domain.handout import KIND_TITLES, Handout, HandoutKind
from gridapp.i18n import N_, _
from gridapp.services.boundaries import write_boundaries
from ui import theme
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.dialogs.map_system import system_box
from ui.dialogs.resident_form import day_field, day_of
from ui.handing_out import TakingOut
from ui.saving import ask_where
from ui.widgets import basics

FORMS = (
    (".geojson", "GeoJSON"),
    (".zip", N_("Shapefile (zip)")),
    (".gpkg", "GeoPackage"),
    (".kml", "KML"),
    (".csv", N_("CSV with WKT")),
)


class MapExportDialog(MapDialog):
    """Asks for form, coordinates and day.

    Signals:
        written: a sentence for the message at the foot.
    """

    written = Signal(str)

    def __init__(self, context: AppContext, community: tuple[str, str] | None, parent: QWidget) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            community: Code and name of the community in sight, None to offer all only.
            parent: The page.
        """
        super().__init__(context, _("Export boundaries"), parent)
        form = QFormLayout()
        self.form_box = basics.dressed(QComboBox(), _("Form"))
        for suffix, title in FORMS:
            self.form_box.addItem(_(title), suffix)
        self.system_box = system_box()
        self.where_box = basics.dressed(QComboBox(), _("Which grids"))
        if community is not None:
            self.where_box.addItem(community[1], community[0])
        self.where_box.addItem(_("All communities"), "")
        self.day_edit = day_field(_("As they are on"), clock.today())
        for title, field in (
            (_("Form"), self.form_box), (_("Coordinates"), self.system_box), (_("Which grids"), self.where_box),
            (_("As they are on"), self.day_edit),
        ):  # fmt: skip
            form.addRow(title, field)
        self.column.addLayout(form)
        self.cancel_button = basics.button(_("Cancel"))
        self.write_button = basics.button(_("Export…"), "primary", "download")
        self.cancel_button.clicked.connect(self.reject)
        self.write_button.clicked.connect(self._on_write)
        self.close_with(self.cancel_button, self.write_button)
        theme.dress(self, "form")

    def _on_write(self) -> None:
        suffix = str(self.form_box.currentData())
        name = _("Grids") + f"_{day_of(self.day_edit).isoformat()}{suffix}"
        chosen, _filter = ask_where(self, _("Export boundaries"), name, f"*{suffix}")
        if chosen:
            self.write(Path(chosen).with_suffix(suffix))

    def write(self, path: Path) -> None:
        """Write the file."""
        self._path = path
        community = str(self.where_box.currentData()) or None
        handout = Handout(HandoutKind.BOUNDARIES, _(KIND_TITLES[HandoutKind.BOUNDARIES]), people=0)
        out = TakingOut(self, self.context, handout, _("Writing boundaries…"))
        out.written.connect(self._on_written)
        day, system = day_of(self.day_edit), str(self.system_box.currentData())
        out.to_file(path, partial(write_boundaries, self.context.database, day, system, community))

    def _on_written(self, count: int) -> None:
        text = _("{count} outlines are in {name}.").format(count=formats.count(count), name=self._path.name)
        self.written.emit(text)
        self.accept()
