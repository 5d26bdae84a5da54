"""What goes into files and comes from them on the map page: pictures, prints, boundary files."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gridapp.domain.figure_classes import indicator_title
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.domain.period import Month
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.handing_out import TakingOut
from ui.map.dots import MapDots
from ui.map.map_view import MapView
from ui.map.picture_file import MapPrint, print_picture
from ui.map.picture_layers import SeenLayers
from ui.pages.map_base import MapBase
from ui.saving import ask_where


class MapFiles(QObject):
    """Saves and prints the map of a page, and takes boundary files in and out.

    Signals:
        said: a sentence for the message at the foot.
    """

    said = Signal(str)

    def __init__(self, context: AppContext, view: MapView, title: str, base: MapBase, page: QWidget) -> None:
        """Make the controller.

        Args:
            context: Database and jobs.
            view: The map.
            title: Heading of pictures.
            base: What lies below the grids.
            page: The page, parent of dialogs.
        """
        super().__init__(page)
        self._context = context
        self._view = view
        self._title = title
        self._base = base
        self._page = page

    @property
    def _heading(self) -> str:
        return "  ".join(part for part in (self._title, self._context.settings.community_name) if part)

    @property
    def _layers(self) -> SeenLayers:
        """What is in sight beside the grids."""
        view = self._view
        dots = view.dot_layer
        seen = dots.dots if view.is_near and (dots.shows_calm or dots.shows_due) else MapDots()
        facilities = view.facility_layer.places if view.facility_layer is not None else ()
        return SeenLayers(
            self._base.base, seen, facilities, dots.shows_calm, dots.shows_due, view.label_layer.shows_workers
        )

    def ask_picture(self, kind: str) -> None:
        """Ask for a file name, then save what is in sight as "png", "pdf" or "svg"."""
        shown = self._view.shown
        if shown is None:
            return
        name = f"{indicator_title(shown.figures.indicator)}_{shown.month}.{kind}"
        chosen, _filter = ask_where(self._page, _("Save the map"), name, f"*.{kind}")
        if chosen:
            self.save_picture(Path(chosen).with_suffix(f".{kind}"))

    def save_picture(self, path: Path) -> None:
        """Write what is in sight to a PNG, PDF or SVG file."""
        shown = self._view.shown
        if shown is None:
            return
        family = theme.current().font().family()
        wish = MapPrint(shown, self._heading, family, self._view.box_in_sight, layers=self._layers)
        self._saved_as = path.name
        out = TakingOut(self._page, self._context, Handout(HandoutKind.PICTURE, wish.title), _("Saving the map…"))
        out.written.connect(self._on_saved)
        out.to_file(path, partial(print_picture, wish))

    def _on_saved(self, _count: int) -> None:
        self.said.emit(_("Saved as {name}.").format(name=self._saved_as))

    def print_map(self, last: Month) -> None:
        """Choose how the map is printed or saved; ``last`` is the last of the twelve months."""
        from ui.dialogs.map_print import MapPrintDialog  # heavy: imported when first used

        shown = self._view.shown
        if shown is None or not len(shown.ground):
            self.said.emit(_("No grid has a boundary yet."))
            return
        self.print_dialog = MapPrintDialog(
            self._context, shown, last, self._view.box_in_sight, self._heading, self._layers, self._page
        )
        self.print_dialog.said.connect(self.said)
        self.print_dialog.open()

    def ask_import(self) -> None:
        """Ask for a file of outlines."""
        from ui.dialogs.map_import import FILTER  # heavy: imported when first used

        chosen, _filter = QFileDialog.getOpenFileName(self._page, _("Import boundaries…"), "", FILTER)
        if chosen:
            self.import_file(Path(chosen))

    def import_file(self, path: Path) -> None:
        """Look at a file of outlines, and import it."""
        from ui.dialogs.map_import import MapImportDialog  # heavy: imported when first used

        self.import_dialog = MapImportDialog(self._context, path, self._page)
        self.import_dialog.open()

    def ask_export(self) -> None:
        """Ask in which form the outlines are written."""
        from ui.dialogs.map_export import MapExportDialog  # heavy: imported when first used

        number, shown = self._view.mark_layer.selected, self._view.shown
        community = None
        if shown is not None and number is not None:
            code = shown.ground.communities[number]
            community = (code, shown.ground.full_names[number].rpartition(" ")[0] or code)
        self.export_dialog = MapExportDialog(self._context, community, self._page)
        self.export_dialog.written.connect(self.said)
        self.export_dialog.open()
