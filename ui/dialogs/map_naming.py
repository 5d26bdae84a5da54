"""Asks what a boundary file does not say itself: which column holds the names, which community the outlines lie in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from gridapp.domain.grid_code import COMMUNITY_DIGITS
from gridapp.i18n import _
from gridapp.services.boundary_naming import Naming
from gridapp.services.boundary_report import BoundaryReport
from ui import theme
from ui.widgets import basics

OTHER = "other"


class NamingRow(QWidget):
    """One row of fields; those that the file needs are in sight.

    Signals:
        changed: the file is to be looked at again.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asks = False
        self.column_label = basics.label(_("Names stand in"))
        self.column_box = basics.dressed(QComboBox(), _("Column with the names"))
        self.column_box.activated.connect(self._on_changed)
        self.place_label = basics.label(_("Community of the grids"))
        self.place_box = basics.dressed(QComboBox(), _("Community of the grids"))
        self.place_box.addItem(_("Choose the community"), "")
        self.place_box.addItem(_("Another one…"), OTHER)
        self.place_box.activated.connect(self._on_place)
        self.code_field = basics.dressed(QLineEdit(), _("Code of the community"))
        self.code_field.setPlaceholderText(_("12 digits"))
        self.code_field.setMaxLength(COMMUNITY_DIGITS)
        self.name_field = basics.dressed(QLineEdit(), _("Name of the community"))
        self.name_field.setPlaceholderText(_("Name of the community"))
        for field in (self.code_field, self.name_field):
            field.editingFinished.connect(self._on_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_S))
        row.addWidget(self.column_label)
        row.addWidget(self.column_box)
        row.addWidget(self.place_label)
        row.addWidget(self.place_box)
        row.addWidget(self.code_field)
        row.addWidget(self.name_field, 1)
        row.addStretch(0)
        self._show_parts()

    def offer_communities(self, communities: Sequence[tuple[str, str]]) -> None:
        """Offer communities by code and name."""
        for place, (code, name) in enumerate(communities, 1):
            self.place_box.insertItem(place, f"{name}  {code}", code)
        if not communities:
            self.place_box.setCurrentIndex(self.place_box.findData(OTHER))
        self._show_parts()

    def show_report(self, report: BoundaryReport) -> None:
        """Offer what the file has, and ask for the community once outlines turn out to carry no code."""
        if self.column_box.count() == 0 and report.columns:
            self.column_box.addItem(_("no column"), "")
            for column in report.columns:
                self.column_box.addItem(column, column)
            self.column_box.setCurrentIndex(max(self.column_box.findData(report.named_by), 0))
        if report.codeless and not self._asks:
            self._asks = True
            self._show_parts()
            (self.place_box if self.place_box.isVisibleTo(self) else self.code_field).setFocus()
        self._show_parts()

    def _show_parts(self) -> None:
        place = self._asks
        for part in (self.column_label, self.column_box):
            part.setVisible(self.column_box.count() > 0)
        self.place_label.setVisible(place)
        self.place_box.setVisible(place and self.place_box.count() > len((OTHER, "")))
        is_other = place and self.place_box.currentData() == OTHER
        self.code_field.setVisible(is_other)
        self.name_field.setVisible(is_other)

    @property
    def naming(self) -> Naming:
        """Return what was said.

        Raises:
            ValidationError: The code of the community has not twelve digits.
        """
        place = str(self.place_box.currentData())
        column = str(self.column_box.currentData() or "")
        if not self._asks:
            return Naming(name_column=column)
        if place == OTHER:
            return Naming(self.code_field.text().strip(), self.name_field.text().strip(), column)
        return Naming(place, "", column)

    def _on_place(self) -> None:
        self._show_parts()
        if self.place_box.currentData() == OTHER:
            self.code_field.setFocus()
        else:
            self.changed.emit()

    def _on_changed(self) -> None:
        if self.place_box.currentData() != OTHER or self.code_field.text().strip() or self.sender() is self.column_box:
            self.changed.emit()
