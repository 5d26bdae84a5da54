"""Print the map or save it: which indicator and month, how large, with which labels, in colour or for a copier."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from gridapp import clock, formats
from gridapp.domain.figure_classes import INDICATORS, indicator_title
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.domain.period import Month
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.handing_out import TakingOut
from ui.map.dots import MapDots, read_dots_in
from ui.map.figures import MapPicture, MonthShown, read_map
from ui.map.picture_file import LABELS, PAPERS, MapPrint, draw_on, page_of, preview, print_picture
from ui.map.picture_layers import MOST_DOTS, SeenLayers
from ui.saving import ask_where
from ui.widgets import basics

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

KINDS = ("pdf", "png", "svg")
Box = tuple[float, float, float, float]


class MapPrintDialog(MapDialog):
    """Shows the sheet as it will be.

    Signals:
        said: a sentence for the message at the foot.
    """

    said = Signal(str)

    def __init__(  # noqa: PLR0913  what is shown now, where, from which dialog
        self,
        context: AppContext,
        shown: MonthShown,
        last: Month,
        sight: Box,
        title: str,
        layers: SeenLayers,
        parent: QWidget,
    ) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            shown: The map as it is on the screen.
            last: Last of the twelve months.
            sight: West, south, east, north in sight. [m]
            title: Heading of the sheet.
            layers: What is in sight beside the grids.
            parent: The page.
        """
        super().__init__(context, _("Print the map"), parent, (1040, 620))
        self._shown = shown
        self._sight = sight
        self._last = last
        self._title = title
        self._layers = layers
        self._image: QImage | None = None
        px = theme.current().px
        self.picture = QLabel()
        self.picture.setAccessibleName(_("The sheet as it will be"))
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(px(320), px(220))
        row = QHBoxLayout()
        row.setSpacing(px(theme.GAP_L))
        row.addLayout(self._build_choices(), 0)
        row.addWidget(self.picture, 1)
        self.column.addLayout(row, 1)
        self._build_buttons()
        theme.dress(self, "form")
        self._ask_dots()

    def _build_choices(self) -> QFormLayout:
        months = [self._last.plus(-back) for back in range(12)]
        self.indicator_box = _box(_("What colours the map"), [(key, indicator_title(key)) for key in INDICATORS])
        self.month_box = _box(
            _("Month"), [(str(month), formats.month(month.year, month.month)) for month in months]
        )
        self.part_box = _box(_("Part"), [("whole", _("All grids")), ("sight", _("What is in sight"))])
        self.labels_box = _box(_("Labels"), [(key, _(title)) for key, title in LABELS.items()])
        self.paper_box = _box(_("Paper"), [(key, key) for key in PAPERS])
        self.ink_box = _box(_("Ink"), [("colour", _("Colour")), ("grey", _("Black and white"))])
        self.indicator_box.setCurrentIndex(self.indicator_box.findData(self._shown.figures.indicator))
        self.month_box.setCurrentIndex(max(self.month_box.findData(str(self._shown.month)), 0))
        self.indicator_box.currentIndexChanged.connect(self._ask)
        self.month_box.currentIndexChanged.connect(self._ask)
        self.part_box.currentIndexChanged.connect(self._ask_dots)
        form = QFormLayout()
        for box in (self.indicator_box, self.month_box, self.part_box, self.labels_box, self.paper_box, self.ink_box):
            form.addRow(box.accessibleName(), box)
        for box in (self.labels_box, self.paper_box, self.ink_box):
            box.currentIndexChanged.connect(self._draw)
        form.addRow(_("Also show"), self._build_layers())
        return form

    def _build_layers(self) -> QVBoxLayout:
        """Return a box to tick for each layer; what is in sight on the screen is ticked."""
        seen = self._layers
        self.base_check = QCheckBox(_("Background"))
        self.base_check.setChecked(seen.base is not None)
        self.base_check.setVisible(seen.base is not None)
        self.dots_check = QCheckBox(_("Buildings"))
        self.dots_check.setChecked(bool(seen.dots.names))
        self.facilities_check = QCheckBox(_("Facilities"))
        self.facilities_check.setChecked(bool(seen.facilities))
        self.facilities_check.setVisible(bool(seen.facilities))
        self.workers_check = QCheckBox(_("Responsible workers"))
        self.workers_check.setChecked(seen.workers)
        column = QVBoxLayout()
        for check in (self.base_check, self.dots_check, self.facilities_check, self.workers_check):
            check.toggled.connect(self._ask_dots if check is self.dots_check else self._draw)
            column.addWidget(check)
        self.crowd_label = basics.label("", "small", "warning", wrap=True)
        self.crowd_label.hide()
        column.addWidget(self.crowd_label)
        return column

    def _build_buttons(self) -> None:
        self.save_buttons = {}
        for kind in KINDS:
            button = basics.button(_("Save as {kind}…").format(kind=kind.upper()), "secondary", "download")
            button.setProperty("kind", kind)
            button.clicked.connect(self._on_save)
            self.save_buttons[kind] = button
        self.close_button = basics.button(_("Close"))
        self.close_button.clicked.connect(self.reject)
        self.print_button = basics.button(_("Print…"), "primary", "printer")
        self.print_button.clicked.connect(self._on_print)
        self.print_button.setDefault(True)
        self.close_with(self.close_button, self.print_button, at_left=list(self.save_buttons.values()))

    @property
    def wish(self) -> MapPrint:
        """Return what is chosen."""
        seen = self._layers
        layers = replace(
            seen,
            base=seen.base if self.base_check.isChecked() else None,
            dots=seen.dots if self.dots_check.isChecked() else MapDots(),
            facilities=seen.facilities if self.facilities_check.isChecked() else (),
            workers=self.workers_check.isChecked(),
        )
        return MapPrint(
            self._shown, self._title, theme.current().font().family(), self._box(), str(self.labels_box.currentData()),
            str(self.paper_box.currentData()), self.ink_box.currentData() == "grey", layers,
        )  # fmt: skip

    def _box(self) -> Box:
        if self.part_box.currentData() != "whole":
            return self._sight
        west, south, east, north = self._shown.ground.box
        wide, tall = (east - west) * 0.03, (north - south) * 0.03
        return west - wide, south - tall, east + wide, north + tall

    def _ask(self) -> None:
        """Ask for the figures of another indicator or month."""
        self.error.clear_problem()
        indicator, month = str(self.indicator_box.currentData()), Month.parse(str(self.month_box.currentData()))
        job = self.context.fetch(read_map, indicator, month, self._last, clock.today(), False)
        self.ask("figures", job, self._on_figures)

    def _on_figures(self, found: MapPicture) -> None:
        if not len(found.ground):
            return
        before, after = self._shown.ground.frame, found.ground.frame
        self._layers = self._layers.in_frame(before, after)
        corners = after.to_metres(before.to_degrees(np.array(self._sight).reshape(2, 2)))
        west, south, east, north = corners.ravel().tolist()
        self._sight = (west, south, east, north)
        self._shown = MonthShown.of(found.ground, found.figures, found.at)
        self._ask_dots()

    def _ask_dots(self) -> None:
        """Ask for the buildings on the sheet, where they are wished for; then draw it."""
        self.crowd_label.hide()
        if not self.dots_check.isChecked():
            self._draw()
            return
        shown = self._shown
        job = self.context.fetch(read_dots_in, shown.month, clock.today(), shown.ground, self._box())
        self.ask("dots", job, self._on_dots)

    def _on_dots(self, dots: MapDots) -> None:
        if len(dots.names) > MOST_DOTS:
            text = _("{count} buildings are too many for one sheet. Choose “What is in sight” and go nearer.")
            self.crowd_label.setText(text.format(count=formats.count(len(dots.names))))
            self.crowd_label.show()
            dots = MapDots()
        self._layers = replace(self._layers, dots=dots, calm=True, due=True)
        self._draw()

    def _draw(self) -> None:
        self.ask("drawn", self.context.run(preview, self.wish), self._on_drawn)

    def _on_drawn(self, image: QImage) -> None:
        self._image = image
        self._show_image()

    def _show_image(self) -> None:
        if self._image is not None:
            room = self.picture.size()
            smooth = Qt.TransformationMode.SmoothTransformation
            self.picture.setPixmap(
                QPixmap.fromImage(self._image.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth))
            )

    # What is done with it

    def _on_save(self) -> None:
        sender = self.sender()
        assert isinstance(sender, QWidget)
        kind = str(sender.property("kind"))
        name = f"{indicator_title(self._shown.figures.indicator)}_{self._shown.month}.{kind}"
        chosen, _filter = ask_where(self, _("Save the map"), name, f"*.{kind}")
        if chosen:
            self.save(Path(chosen).with_suffix(f".{kind}"))

    def save(self, path: Path) -> None:
        """Write the sheet to a file."""
        self.error.clear_problem()
        self._saved_as = path.name
        out = TakingOut(self, self.context, self._handout, _("Saving the map…"))
        out.written.connect(self._on_saved)
        out.to_file(path, partial(print_picture, self.wish))

    @property
    def _handout(self) -> Handout:
        return Handout(HandoutKind.PICTURE, self._title)

    def _on_saved(self, _count: int) -> None:
        self.said.emit(_("Saved as {name}.").format(name=self._saved_as))
        self.accept()

    def _on_print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # heavy: asks the system for its printers

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._title)
        printer.setPageLayout(page_of(self.wish.paper))
        printer.setFullPage(True)
        dialog = QPrintDialog(printer, self)
        self._printer = printer
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._on_print_accepted)
        QDialog.open(dialog)

    def _on_print_accepted(self) -> None:
        self.print_on(self._printer)

    def print_on(self, printer: QPrinter) -> None:
        """Draw the sheet on a printer, once it is on the list of what left."""
        self._printer = printer
        out = TakingOut(self, self.context, self._handout)
        self._out = out
        out.listed.connect(self._on_listed)
        out.to(printer.printerName() or _("the printer"))

    def _on_listed(self) -> None:
        printer = self._printer
        stamp = self._out.stamp
        if draw_on(printer, replace(self.wish, stamp=stamp.line if stamp else "")):
            self.said.emit(_("Sent {count} pages to {printer}.").format(
                count=1, printer=printer.printerName() or _("the printer")))  # fmt: skip
            self.accept()
        else:
            self.error.show_problem(
                _("The printer did not answer. Check that it is switched on and try again.")
            )

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_image()


def _box(name: str, choices: list[tuple[str, str]]) -> QComboBox:
    made = basics.dressed(QComboBox(), name)
    for key, title in choices:
        made.addItem(title, key)
    return made
