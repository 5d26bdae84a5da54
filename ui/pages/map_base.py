"""The background of the map: chosen from a file, read off the screen's thread, laid below the grids."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QFileDialog

from gridapp.i18n import _
from ui.context import AppContext
from ui.dialogs.map_system import MapSystemDialog
from ui.map.base_layer import DRAWINGS, PICTURES, Base, BaseLayer, read_base
from ui.map.map_view import MapView
from ui.map.picture_layers import OVER_BASE


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
        self.system = MapSystemDialog(self._context, Path(path), question, page)
        self.system.chosen.connect(self.load)
        self.system.open()

    def load(self, path: Path, system: str) -> None:
        """Read a background and lay it below the grids."""
        shown = self._view.shown
        if shown is not None:
            job = self._context.run(read_base, path, system, shown.ground.frame, title=_("Reading the background…"))
            job.succeeded.connect(self._on_base)

    @property
    def base(self) -> Base | None:
        """Return what lies below the grids."""
        return None if self.layer is None else self.layer.base

    def place(self) -> None:
        """Put it where it belongs on the map shown now: a month with other grids has other metres."""
        shown = self._view.shown
        if self.layer is None or shown is None or self.layer.base.frame == shown.ground.frame:
            return
        self._lay(self.layer.base.in_frame(shown.ground.frame))

    def _lay(self, base: Base) -> None:
        if self.layer is not None:
            self._view.box.removeItem(self.layer)
        self.layer = BaseLayer(base)
        self.layer.setZValue(-1)
        self._view.box.addItem(self.layer, ignoreBounds=True)

    def _on_base(self, base: Base) -> None:
        self._lay(base)
        self.place()
        self._fade(OVER_BASE)
        self.changed.emit(True)
        seen = self.layer.boundingRect() if self.layer is not None else QRectF()
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
