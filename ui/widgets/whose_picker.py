"""Whose people a list shows: everyone's, one grid's or one worker's; remembered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from gridapp.db.queries.values import EVERYWHERE, GridRow, Scope, WorkerRow
from gridapp.i18n import _
from ui import preferences, theme


class WhosePicker(QComboBox):
    """One list of grids and workers; keeps what was chosen, under a key of the page.

    Signals:
        scope_chosen: the Scope now in force.
    """

    scope_chosen = Signal(object)

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = f"{key}/scope"
        self.setAccessibleName(_("Whose people"))
        theme.dress(self, "field")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.addItem(_("All grids"), "")
        kept = preferences.text(self._key)
        if kept:  # in force at once; its name comes with the choices
            self.addItem("…", kept)
            self.setCurrentIndex(1)
        self.activated.connect(self._on_activated)

    @property
    def scope(self) -> Scope:
        """Return what is in force."""
        kind, _colon, key = str(self.currentData() or "").partition(":")
        if kind == "grid":
            return Scope(grid=key)
        return Scope(worker=key) if kind == "worker" else EVERYWHERE

    def set_choices(self, grids: Sequence[GridRow], workers: Sequence[WorkerRow]) -> bool:
        """Offer grids and workers; return False when what was remembered is not there any more."""
        kept = str(self.currentData() or "")
        self.clear()
        self.addItem(_("All grids"), "")
        if grids:
            self.insertSeparator(self.count())
        for grid in grids:
            worker = f" · {grid.worker_name}" if grid.worker_name else ""
            self.addItem(f"{grid.name}{worker}", f"grid:{grid.code}")
        serving = [worker for worker in workers if worker.grids]
        if serving:
            self.insertSeparator(self.count())
        for one in serving:
            self.addItem(_("People of {worker}").format(worker=one.name), f"worker:{one.id}")
        place = self.findData(kept) if kept else 0
        self.setCurrentIndex(max(0, place))
        if place < 0:
            preferences.keep(self._key, "")
        return place >= 0

    def choose(self, scope: Scope) -> None:
        """Put a scope in force without a signal and without remembering it."""
        kept = f"grid:{scope.grid}" if scope.grid else f"worker:{scope.worker}" if scope.worker else ""
        place = self.findData(kept)
        if place < 0:  # its name comes with the choices
            self.addItem("…", kept)
            place = self.count() - 1
        self.setCurrentIndex(place)

    def _on_activated(self) -> None:
        preferences.keep(self._key, self.currentData() or "")
        self.scope_chosen.emit(self.scope)
