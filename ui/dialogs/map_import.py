"""Take outlines of grids from a file: look at every line of the report on a map, choose coordinates, then import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QListWidget, QListWidgetItem, QSplitter, QWidget

from gridapp import clock, formats
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.values import CommunityRow
from gridapp.domain.changes import Changes
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.services.boundaries import import_boundaries
from gridapp.services.boundary_naming import Naming
from gridapp.services.boundary_report import BoundaryReport, check_boundaries, fits_of
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.dialogs.map_naming import NamingRow
from ui.dialogs.map_remarks import Remark, remarks_of
from ui.dialogs.map_system import system_box
from ui.dialogs.resident_form import day_field, day_of
from ui.map.outline_view import OutlineView
from ui.widgets import basics

if TYPE_CHECKING:
    from gridapp.geo.fitting import Fit

MOST_REMARKS = 500
FILTER = "*.geojson *.json *.shp *.zip *.gpkg *.kml *.csv"


class MapImportDialog(MapDialog):
    """One boundary file, looked at before it is stored.

    Signals:
        imported: the Changes, once it is stored.
    """

    imported = Signal(object)

    def __init__(self, context: AppContext, path: Path, parent: QWidget) -> None:
        super().__init__(context, _("Import boundaries: {name}").format(name=path.name), parent, (980, 620))
        self._path = path
        self._remarks: list[Remark] = []
        self.report: BoundaryReport | None = None
        self.column.addLayout(self._build_choices())
        self.naming = NamingRow()
        self.naming.changed.connect(self.check)
        self.column.addWidget(self.naming)
        self.total_label = basics.label(_("Reading the file…"), "strong", wrap=True)
        self.names_label = basics.label("", "small", "muted", wrap=True)
        self.fits_label = basics.label("", "small", "muted", wrap=True)
        self.fits_label.hide()
        for part in (self.total_label, self.names_label, self.fits_label):
            self.column.addWidget(part)
        self.map = OutlineView(_("The outlines of the file"))
        self.list = QListWidget()
        self.list.setAccessibleName(_("Remarks on the boundaries"))
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._on_remark)
        self.list.clicked.connect(self._on_clicked)
        px = theme.current().px
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.map)
        split.addWidget(self.list)
        split.setSizes([px(560), px(380)])
        self.column.addWidget(split, 1)
        self._build_buttons()
        theme.dress(self, "form")
        self.ask("communities", context.fetch(list_communities), self._on_communities)
        self.check()

    def _build_choices(self) -> QHBoxLayout:
        self.system_box = system_box()
        self.system_box.activated.connect(self.check)
        self.fits_button = basics.button(_("Which one fits?"), "secondary", "map-pin")
        self.fits_button.clicked.connect(self._ask_fits)
        self.clean_box = QCheckBox(_("Make borders fit each other"))
        self.clean_box.toggled.connect(self.check)
        self.day_edit = day_field(_("Holds from"), clock.today())
        row = QHBoxLayout()
        row.addWidget(basics.label(_("Coordinates")))
        row.addWidget(self.system_box)
        row.addWidget(self.fits_button)
        row.addWidget(self.clean_box)
        row.addStretch(1)
        row.addWidget(basics.label(_("Holds from")))
        row.addWidget(self.day_edit)
        return row

    def _build_buttons(self) -> None:
        self.whole_button = basics.button(_("Show everything"), "quiet", "maximize")
        self.cancel_button = basics.button(_("Cancel"))
        self.import_button = basics.button(_("Import"), "primary", "upload")
        self.import_button.setEnabled(False)
        self.whole_button.clicked.connect(self._on_whole)
        self.cancel_button.clicked.connect(self.reject)
        self.import_button.clicked.connect(self._on_import)
        self.close_with(self.cancel_button, self.import_button, at_left=[self.whole_button])

    @property
    def system(self) -> str:
        """Return what the coordinates of the file are said to be."""
        return str(self.system_box.currentData())

    def _on_communities(self, rows: list[CommunityRow]) -> None:
        self.naming.offer_communities([(row.code, row.name) for row in rows])

    def _named(self) -> Naming | None:
        """Return what is said about names and codes, None when it cannot be taken yet."""
        try:
            return self.naming.naming
        except ValidationError as error:
            self.error.show_problem(messages.sentence(error))
            basics.mark_invalid(self.naming.code_field, True)
            return None

    def check(self) -> None:
        """Read the file and show what is in it; stores nothing."""
        self.import_button.setEnabled(False)
        self.error.clear_problem(self.naming.code_field)
        naming = self._named()
        if naming is None:
            return
        job = self.context.run(
            check_boundaries, self._path, self.system, title=_("Checking boundaries…"), reports_progress=True,
            clean=self.clean_box.isChecked(), database=self.context.database, effective=day_of(self.day_edit),
            naming=naming,
        )  # fmt: skip
        self.ask("report", job, self._on_report)
        job.failed.connect(self._on_unread)

    def _on_report(self, report: BoundaryReport) -> None:
        self.report = report
        self._remarks = remarks_of(report)
        self.naming.show_report(report)
        theme.dress(self, "form")
        self.total_label.setText(
            _("{count} outlines can be taken, {refused} cannot").format(
                count=formats.count(len(report.grids)), refused=formats.count(len(report.refusals))
            )
        )
        names = "、".join(report.names)
        told = "　" + _("the file says {system}").format(system=report.declared) if report.declared else ""
        letters = f"（{report.encoding}）" if report.encoding else ""
        self.names_label.setText(_("Names: {names}").format(names=names) + letters + told)
        self.names_label.setVisible(bool(names))
        self.map.set_outlines([grid.outline for grid in report.grids])
        self.list.clear()
        for remark in self._remarks[:MOST_REMARKS]:
            self.list.addItem(QListWidgetItem(("▲ " if remark.stops else "△ ") + remark.text))
        if len(self._remarks) > MOST_REMARKS:
            self.list.addItem(_("… and {count} more").format(count=len(self._remarks) - MOST_REMARKS))
        if not self._remarks:
            self.list.addItem(_("Every outline is in order."))
        self.import_button.setEnabled(bool(report.grids) and not report.refusals)

    def _on_unread(self, _error: Exception) -> None:
        if not self.is_asking("report") or self.report is None:
            self.total_label.setText("")

    def _on_remark(self, row: int) -> None:
        if 0 <= row < len(self._remarks):
            self.map.look_at(self._remarks[row].place)

    def _on_clicked(self, index: QModelIndex) -> None:
        self._on_remark(index.row())  # the same line again, after everything was shown

    def _on_whole(self) -> None:
        self.map.look_at(None)

    # Coordinates

    def _ask_fits(self) -> None:
        self.fits_button.setEnabled(False)
        job = self.context.run(fits_of, self.context.database, self._path)
        self.ask("fits", job, self._on_fits)
        job.finished.connect(self._on_fits_told)

    def _on_fits_told(self) -> None:
        self.fits_button.setEnabled(True)

    def _on_fits(self, fits: list[Fit]) -> None:
        self.fits_label.show()
        if not fits:
            self.fits_label.setText(_("Nothing is known yet to compare with: no outline and no building."))
            return
        turned = _(" (east and north swapped)")
        lines = [f"{fit.crs} {fit.share:.0%}" + (turned if fit.swapped else "") for fit in fits[:4]]
        self.fits_label.setText(_("How well each fits: {fits}").format(fits="，".join(lines)))
        best = fits[0]
        if best.clear and not best.swapped:
            place = next((n for n in range(self.system_box.count()) if self.system_box.itemData(n) == best.crs), -1)
            if place < 0:
                self.system_box.addItem(best.crs, best.crs)
                place = self.system_box.count() - 1
            self.system_box.setCurrentIndex(place)
            self.check()

    # The end

    def _on_import(self) -> None:
        naming = self._named()
        if naming is None:
            return
        self.import_button.setEnabled(False)
        job = self.context.change(
            import_boundaries, self._path, day_of(self.day_edit), self.context.actor, self.system,
            title=_("Storing boundaries…"), reports_progress=True, announce_errors=False, initiator=self.parent(),
            clean=self.clean_box.isChecked(), naming=naming,
        )  # fmt: skip
        self.ask("import", job, self._on_imported)
        job.failed.connect(self._on_stopped)
        job.cancelled.connect(self._on_stopped)

    def _on_imported(self, changes: Changes) -> None:
        self.imported.emit(changes)
        self.accept()

    def _on_stopped(self) -> None:
        self.import_button.setEnabled(True)
