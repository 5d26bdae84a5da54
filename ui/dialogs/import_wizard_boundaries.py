"""The step for grid outlines: what the file holds, from which day it shall hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.i18n import C_, N_, _
from ui import theme
from ui.dialogs.resident_form import day_field, day_of
from ui.models.row_table_model import Column, Tone
from ui.widgets import basics
from ui.widgets.data_table import DataTable

if TYPE_CHECKING:
    import datetime as dt

    from gridapp.services.boundaries import BoundaryReport

SYSTEMS = (
    ("CGCS2000", N_("CGCS2000 (official maps)")),
    ("WGS84", N_("WGS84 (GPS)")),
    ("GCJ-02", N_("GCJ-02 (Amap, Tencent)")),
    ("BD-09", N_("BD-09 (Baidu)")),
)


@dataclass(frozen=True)
class _Remark:
    weight: str
    what: str
    text: str
    tone: Tone


class BoundariesStep(QWidget):
    """Shows what is wrong with a boundary file; asks for coordinates and the first day.

    Signals:
        system_chosen: the file is to be read with other coordinates.
    """

    system_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        self.report: BoundaryReport | None = None
        self.total_label = basics.label("", "heading")
        self.system_box = basics.dressed(QComboBox(), _("Coordinates"))
        for key, title in SYSTEMS:
            self.system_box.addItem(_(title), key)
        self.day_edit: QDateEdit = day_field(_("Holds from"), clock.today())
        self.problem = basics.InlineError()
        self.remarks = DataTable(_columns(), _("Remarks on the boundaries"), key="import_boundaries")
        self.remarks.set_empty_state("check", _("Every outline is in order."))
        self.names_label = basics.label("")
        self.names_label.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(px(theme.GAP_S))
        for text, field in ((_("Coordinates"), self.system_box), (_("Holds from"), self.day_edit)):
            row.addWidget(basics.label(text))
            row.addWidget(field)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        column.addWidget(self.total_label)
        column.addWidget(self.names_label)
        column.addLayout(row)
        column.addWidget(self.remarks, 1)
        column.addWidget(self.problem)
        self.system_box.activated.connect(self.system_chosen)

    @property
    def system(self) -> str:
        """Return what the coordinates of the file are."""
        return str(self.system_box.currentData())

    @property
    def day(self) -> dt.date:
        """Return the first day the outlines hold."""
        return day_of(self.day_edit)

    @property
    def is_complete(self) -> bool:
        """Tell whether every outline can be taken."""
        return self.report is not None and bool(self.report.grids) and not self.report.refusals

    def show_report(self, report: BoundaryReport) -> None:
        """Show what the file holds."""
        self.report = report
        self.problem.clear_problem()
        self.total_label.setText(
            _("{count} outlines can be taken, {refused} cannot").format(
                count=formats.count(len(report.grids)), refused=formats.count(len(report.refusals))
            )
        )
        self.names_label.setText(_names(report))
        self.remarks.set_rows(_remarks(report))


def _remarks(report: BoundaryReport) -> list[_Remark]:
    stop, look = C_("import", "▲ Stays behind"), C_("import", "△ Look at it")
    found = [_Remark(stop, one.label or str(one.number), one.sentence, "danger") for one in report.refusals]
    found += [
        _Remark(look, grid.name, _("The outline crossed itself and was put right."), "warning")
        for grid in report.repaired
    ]
    for overlap in report.overlaps:
        text = _("Both grids claim {area} m² of ground.").format(area=formats.count(round(overlap.area)))
        found.append(_Remark(look, f"{overlap.first} / {overlap.second}", text, "warning"))
    for gap in report.gaps:
        text = _("{area} m² between grids belong to none.").format(area=formats.count(round(gap.area)))
        found.append(_Remark(look, f"{gap.lon:.5f}, {gap.lat:.5f}", text, "warning"))
    codes = [(" / ".join(pair), _("Both grids have the same outline.")) for pair in report.duplicates]
    codes += [(one.code, _("A piece of it is thinner than 1 m.")) for one in report.slivers]
    codes += [(" / ".join(one.codes), _("They have the same name, {name}.").format(name=one.name))
              for one in report.clashes]  # fmt: skip
    codes += [(code, _("It does not lie in China. Are other coordinates meant?")) for code in report.far_away]
    return found + [_Remark(look, what, text, "warning") for what, text in codes]


def _names(report: BoundaryReport) -> str:
    """Return the first names, so that wrong letters are seen before anything is stored, and what the file says."""
    shown = _("First names: {names}").format(names=", ".join(report.names))
    if report.encoding:
        shown += "  ·  " + _("Letters read as {encoding}").format(encoding=report.encoding)
    if report.declared:
        shown += "  ·  " + _("The file says {system}").format(system=report.declared)
    return shown


def _columns() -> list[Column[_Remark]]:
    return [
        Column("weight", C_("import", "Weight"), _weight, priority=1, width_chars=5, tone=_tone),
        Column("what", _("Grid"), _what, priority=1, width_chars=9),
        Column("text", C_("import", "What is wrong"), _text, priority=1, width_chars=14, stretch=True),
    ]


def _weight(remark: _Remark) -> str:
    return remark.weight


def _tone(remark: _Remark) -> Tone | None:
    return remark.tone


def _what(remark: _Remark) -> str:
    return remark.what


def _text(remark: _Remark) -> str:
    return remark.text
