"""Take outlines of grids from a file: look at every line of the report on a map, choose coordinates, then import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gridapp import clock, formats
from gridapp.domain.changes import Changes
from gridapp.i18n import N_, _
from gridapp.services.boundaries import BoundaryReport, import_boundaries
from gridapp.services.boundary_report import check_boundaries, fits_of
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.map_remarks import Remark, remarks_of
from ui.dialogs.resident_form import day_field, day_of
from ui.map.outline_view import OutlineView
from ui.widgets import basics

if TYPE_CHECKING:
    from gridapp.geo.fitting import Fit
    from ui.jobs import Job

SYSTEMS = (
    ("CGCS2000", N_("CGCS2000 (official maps)")),
    ("WGS84", N_("WGS84 (GPS)")),
    ("GCJ-02", N_("GCJ-02 (Amap, Tencent)")),
    ("BD-09", N_("BD-09 (Baidu)")),
    *((f"GK3-{zone}", f"CGCS2000 / GK 3° {zone} ({zone * 3}°E)") for zone in range(25, 46)),
)
MOST_REMARKS = 500
FILTER = "*.geojson *.json *.shp *.zip *.gpkg *.kml *.csv"


def system_box() -> QComboBox:
    """Return a list of coordinate systems."""
    box = basics.dressed(QComboBox(), _("Coordinates"))
    for key, title in SYSTEMS:
        box.addItem(_(title), key)
    return box


class MapImportDialog(QDialog):
    """One boundary file, looked at before it is stored."""

    def __init__(self, context: AppContext, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._path = path
        self._remarks: list[Remark] = []
        self._asked: Job | None = None
        self.report: BoundaryReport | None = None
        self.setWindowTitle(_("Import boundaries: {name}").format(name=path.name))
        self.setModal(True)
        px = theme.current().px
        self.resize(px(940), px(600))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_S))
        column.addLayout(self._build_choices())
        self.total_label = basics.label(_("Reading the file…"), "strong", wrap=True)
        self.names_label = basics.label("", "small", "muted", wrap=True)
        column.addWidget(self.total_label)
        self.fits_label = basics.label("", "small", "muted", wrap=True)
        column.addWidget(self.names_label)
        column.addWidget(self.fits_label)
        self.map = OutlineView(_("The outlines of the file"))
        self.list = QListWidget()
        self.list.setAccessibleName(_("Remarks on the boundaries"))
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._on_remark)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.map)
        split.addWidget(self.list)
        split.setSizes([px(520), px(380)])
        column.addWidget(split, 1)
        self.error = basics.InlineError()
        column.addWidget(self.error)
        column.addLayout(self._build_buttons())
        theme.dress(self, "form")
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

    def _build_buttons(self) -> QHBoxLayout:
        self.whole_button = basics.button(_("Show everything"), "quiet", "maximize")
        self.cancel_button = basics.button(_("Cancel"))
        self.import_button = basics.button(_("Import"), "primary", "upload")
        self.import_button.setEnabled(False)
        self.whole_button.clicked.connect(self._on_whole)
        self.cancel_button.clicked.connect(self.reject)
        self.import_button.clicked.connect(self._on_import)
        row = QHBoxLayout()
        row.addWidget(self.whole_button)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.import_button)
        return row

    @property
    def system(self) -> str:
        """Return what the coordinates of the file are said to be."""
        return str(self.system_box.currentData())

    def check(self) -> None:
        """Read the file and show what is in it; stores nothing."""
        self.import_button.setEnabled(False)
        self.error.clear_problem()
        job = self._context.run(
            check_boundaries, self._path, self.system, title=_("Checking boundaries…"), reports_progress=True,
            clean=self.clean_box.isChecked(), database=self._context.database, effective=day_of(self.day_edit),
        )  # fmt: skip
        self._asked = job
        job.succeeded.connect(self._on_report)
        job.failed.connect(self._on_failed)

    def _on_report(self, report: BoundaryReport) -> None:
        if self.sender() is not self._asked:
            return
        self.report = report
        self._remarks = remarks_of(report)
        self.total_label.setText(
            _("{count} outlines can be taken, {refused} cannot").format(
                count=formats.count(len(report.grids)), refused=formats.count(len(report.refusals))
            )
        )
        names = "、".join(report.names)
        told = "　" + _("the file says {system}").format(system=report.declared) if report.declared else ""
        letters = f"（{report.encoding}）" if report.encoding else ""
        self.names_label.setText(_("Names: {names}").format(names=names) + letters + told)
        self.map.set_outlines([grid.outline for grid in report.grids])
        self.list.clear()
        for remark in self._remarks[:MOST_REMARKS]:
            self.list.addItem(QListWidgetItem(("▲ " if remark.stops else "△ ") + remark.text))
        if not self._remarks:
            self.list.addItem(_("Every outline is in order."))
        self.import_button.setEnabled(bool(report.grids) and not report.refusals)

    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._asked:
            self.total_label.setText("")
            self.error.show_problem(messages.sentence(error))

    def _on_remark(self, row: int) -> None:
        if 0 <= row < len(self._remarks):
            self.map.look_at(self._remarks[row].place)

    def _on_whole(self) -> None:
        self.map.look_at(None)

    # Coordinates

    def _ask_fits(self) -> None:
        self.fits_button.setEnabled(False)
        job = self._context.run(fits_of, self._context.database, self._path)
        job.succeeded.connect(self._on_fits)
        job.finished.connect(self._on_fits_told)

    def _on_fits_told(self) -> None:
        self.fits_button.setEnabled(True)

    def _on_fits(self, fits: list[Fit]) -> None:
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
        self.import_button.setEnabled(False)
        job = self._context.change(
            import_boundaries, self._path, day_of(self.day_edit), self._context.actor, self.system,
            title=_("Storing boundaries…"), reports_progress=True, announce_errors=False, initiator=self.parent(),
            clean=self.clean_box.isChecked(),
        )  # fmt: skip
        job.succeeded.connect(self._on_imported)
        job.failed.connect(self._on_refused)

    def _on_imported(self, changes: Changes) -> None:
        self.accept()

    def _on_refused(self, error: Exception) -> None:
        self.import_button.setEnabled(True)
        self.error.show_problem(messages.sentence(error))

    # Overrides of Qt methods

    def reject(self) -> None:
        """Close the dialog; a file that is still being read is given up."""
        if self._asked is not None:
            self._asked.cancel()
        super().reject()
