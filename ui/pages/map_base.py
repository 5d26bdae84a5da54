"""The background of the map: chosen from a file, read off the screen's thread, laid below the grids."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog

from gridapp.i18n import _
from ui.context import AppContext
from ui.map.base_layer import DRAWINGS, PICTURES, Base, BaseLayer, read_base
from ui.map.map_view import MapView

OPACITY = 0.55
"""How much of the grids' colour stays over a background."""

SYSTEMS = ("CGCS2000", "WGS84", "GCJ-02", "BD-09", *(f"GK3-{zone}" for zone in range(25, 46)))


class MapBase(QObject):
    """Keeps the background of one map.

    Signals:
        changed: whether there is one now.
        said: a sentence for the message at the foot.
    """

    changed = Signal(bool)
    said = Signal(str)

    def __init__(self, context: AppContext, view: MapView, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._view = view
        self.layer: BaseLayer | None = None

    def choose(self) -> None:
        """Ask for a file and its coordinates."""
        page = self._view.window()
        known = " ".join(f"*{suffix}" for suffix in (*PICTURES, *DRAWINGS))
        path, _filter = QFileDialog.getOpenFileName(page, _("Background from a file…"), "", known)
        if not path:
            return
        question = _("Which coordinates, where the file does not say?")
        system, chosen = QInputDialog.getItem(page, _("Coordinates"), question, SYSTEMS, 0, False)
        if chosen:
            self.load(Path(path), system)

    def load(self, path: Path, system: str) -> None:
        """Read a background and lay it below the grids."""
        shown = self._view.shown
        if shown is not None:
            job = self._context.run(read_base, path, system, shown.ground.frame, title=_("Reading the background…"))
            job.succeeded.connect(self._on_base)

    def _on_base(self, base: Base) -> None:
        self.clear()
        self.layer = BaseLayer(base)
        self.layer.setZValue(-1)
        self._view.box.addItem(self.layer, ignoreBounds=True)
        self._fade(OPACITY)
        self.changed.emit(True)
        seen = self.layer.boundingRect()
        if not seen.intersects(self._view.grid_layer.boundingRect()):
            self.said.emit(_("{name} lies outside of the grids. Check its coordinates.").format(name=base.name))

    def clear(self) -> None:
        """Take the background away."""
        if self.layer is not None:
            self._view.box.removeItem(self.layer)
            self.layer = None
            self._fade(1.0)
            self.changed.emit(False)

    def _fade(self, opacity: float) -> None:
        self._view.resting_opacity = opacity
        self._view.grid_layer.setOpacity(opacity)
