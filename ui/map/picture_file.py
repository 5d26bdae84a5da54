"""The map as a file: PNG, PDF or SVG, with title, legend, scale bar and north.

Up to ``MOST_VECTORS`` grids are vectors; more are a picture of twice the
resolution. Letters become outlines in PDF and SVG, so that they look the same
everywhere; a PDF whose text can be copied is the map sheet of the reports.
Runs in a worker.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
    QTransform,
)

from gridapp import formats
from gridapp.domain.figure_classes import indicator_title
from gridapp.errors import StorageError, ValidationError
from gridapp.geo.id_raster import Window, layer_of, rasterised
from gridapp.i18n import C_, N_, _
from ui import palettes
from ui.map.figures import MonthShown
from ui.map.grey import in_grey, pattern_of
from ui.map.grid_layer import MOST_VECTORS
from ui.map.overlays import paint_north, round_length
from ui.map.picture_layers import OVER_BASE, LayerPainter, SeenLayers
from ui.map.rate_classes import ink_on
from ui.map.tiles import cells_of
from ui.map.vectors import path_of

SHEET = QSizeF(1400, 990)
"""A4 on its side, in units of the drawing."""

MARGIN, SIDE, HEAD, FOOT = 40.0, 290.0, 84.0, 60.0
PNG_SCALE = 2.0
SUFFIXES = (".png", ".pdf", ".svg")
PREVIEW_SCALE = 0.7

LABELS = {
    "both": N_("Name and figure"),
    "figure": N_("Figure only"),
    "name": N_("Name only"),
    "none": N_("No labels"),
}
"""What may stand on the grids."""

PAPERS = {"A4": 1.0, "A3": math.sqrt(2)}
"""Papers on their side, and how much larger than A4 each is."""


NOTHING_ELSE = SeenLayers()


@dataclass(frozen=True, eq=False)
class MapPrint:
    """What the file shows.

    Attributes:
        shown: The month with its classes.
        title: Heading.
        family: Font to write in.
        box: West, south, east, north of what is in sight. [m]
        labels: Key of LABELS.
        paper: Key of PAPERS.
        grey: For a copier: greys and hatching in place of colours.
        layers: What is to be seen beside the grids.
        stamp: Who took it out and when, "" for a preview.
    """

    shown: MonthShown
    title: str
    family: str
    box: tuple[float, float, float, float]
    labels: str = "both"
    paper: str = "A4"
    grey: bool = False
    layers: SeenLayers = NOTHING_ELSE
    stamp: str = ""


def preview(wish: MapPrint) -> QImage:
    """Return the sheet as a small picture; runs in a worker."""
    return _image(wish, PREVIEW_SCALE)


def page_of(paper: str) -> QPageLayout:
    """Return the page a sheet is drawn on."""
    size = QPageSize(QPageSize.PageSizeId.A3 if paper == "A3" else QPageSize.PageSizeId.A4)
    return QPageLayout(size, QPageLayout.Orientation.Landscape, QMarginsF())


def draw_on(device: QPagedPaintDevice, wish: MapPrint) -> bool:
    """Draw the sheet on one page of a printer or PDF; tell whether it took it."""
    painter = QPainter()
    if not painter.begin(device):
        return False
    painter.scale(device.width() / SHEET.width(), device.height() / SHEET.height())
    _Sheet(painter, wish, outlined=True).draw()
    painter.end()
    return True


def _image(wish: MapPrint, scale: float) -> QImage:
    image = QImage((SHEET * scale).toSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(scale, scale)
    _Sheet(painter, wish, outlined=False).draw()
    painter.end()
    return image


def print_picture(wish: MapPrint, path: Path, stamp: Any, progress: Any) -> int:
    """Write the map, which names nobody, as ``hand_out_file`` calls it."""
    write_picture(dataclasses.replace(wish, stamp=stamp.line), path)
    return 0


def write_picture(wish: MapPrint, path: Path) -> Path:
    """Write the map in the form the file name ends in.

    Raises:
        ValidationError: It ends in none of SUFFIXES.
        StorageError: The file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValidationError(_("Choose a file name that ends in .png, .pdf or .svg."), "path")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        text = _("The file {name} cannot be written: {reason}. Choose another folder.")
        raise StorageError(text.format(name=path.name, reason=error.strerror or error)) from error
    if suffix == ".png":
        image = _image(wish, PNG_SCALE * PAPERS[wish.paper])
        image.save(str(path))
    elif suffix == ".pdf":
        _write_pdf(wish, path)
    else:
        _write_svg(wish, path)
    return path


def _write_pdf(wish: MapPrint, path: Path) -> None:
    writer = QPdfWriter(str(path))
    writer.setTitle(wish.title)
    writer.setCreator("GridApp")
    writer.setPageLayout(page_of(wish.paper))
    draw_on(writer, wish)


def _write_svg(wish: MapPrint, path: Path) -> None:
    from PySide6.QtSvg import QSvgGenerator  # heavy: imported when first used

    writer = QSvgGenerator()
    writer.setFileName(str(path))
    writer.setSize(QSize(int(SHEET.width()), int(SHEET.height())))
    writer.setViewBox(QRectF(QPointF(0, 0), SHEET))
    writer.setTitle(wish.title)
    painter = QPainter(writer)
    _Sheet(painter, wish, outlined=True).draw()
    painter.end()


class _Sheet:
    """Draws one sheet; always in the light colours, because paper is white."""

    def __init__(self, painter: QPainter, wish: MapPrint, outlined: bool) -> None:
        self._painter = painter
        self._wish = wish
        shown = wish.shown
        self._shown = dataclasses.replace(shown, classes=in_grey(shown.classes)) if wish.grey else shown
        self._outlined = outlined
        self._tokens = palettes.LIGHT
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def draw(self) -> None:
        """Draw everything."""
        shown = self._shown
        month = formats.month(shown.month.year, shown.month.month)
        self._text(QPointF(MARGIN, 50), self._wish.title, 26, bold=True)
        self._text(QPointF(MARGIN, 74), f"{month}  ·  {indicator_title(shown.figures.indicator)}", 15, "muted")
        room = QRectF(MARGIN, HEAD, SHEET.width() - 2 * MARGIN - SIDE, SHEET.height() - HEAD - FOOT)
        self._draw_map(room)
        self._draw_legend(room.right() + 28, HEAD + 16)
        foot = shown.figures.rule_text
        if shown.figures.up_to is not None:
            foot = _("Data up to {day}").format(day=formats.date(shown.figures.up_to)) + "  ·  " + foot
        self._text(QPointF(MARGIN, SHEET.height() - 24), foot, 11, "muted", room=SHEET.width() - 2 * MARGIN)
        self._text(QPointF(MARGIN, SHEET.height() - 9), self._wish.stamp, 10, "muted", room=SHEET.width() - 2 * MARGIN)

    def _text(  # noqa: PLR0913  one call places one text; each argument is independent
        self, place: QPointF, text: str, size: float, tone: str = "text", bold: bool = False, room: float | None = None
    ) -> float:
        font = QFont(self._wish.family)
        font.setPixelSize(round(size))
        font.setBold(bold)
        metrics = QFontMetricsF(font)
        if room is not None:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        colour = QColor(getattr(self._tokens, tone)) if not tone.startswith("#") else QColor(tone)
        if self._outlined:
            path = QPainterPath()
            path.addText(place, font, text)
            self._painter.fillPath(path, colour)
        else:
            self._painter.setFont(font)
            self._painter.setPen(colour)
            self._painter.drawText(place, text)
        return metrics.horizontalAdvance(text)

    # The map

    def _draw_map(self, room: QRectF) -> None:
        west, south, east, north = self._wish.box
        scale = min(room.width() / max(east - west, 1e-6), room.height() / max(north - south, 1e-6))
        left = (west + east) / 2 - room.width() / scale / 2
        top = (south + north) / 2 + room.height() / scale / 2
        box = (left, top - room.height() / scale, left + room.width() / scale, top)
        grids = self._shown.ground.within(box)
        painter = self._painter
        view = QTransform(scale, 0, 0, -scale, room.left() - left * scale, room.top() + top * scale)
        above = LayerPainter(painter, view, self._wish.family, self._tokens, self._wish.grey)
        layers = self._wish.layers
        base = layers.base
        painter.save()
        painter.setClipRect(room)
        above.draw_base(base)
        if base is not None:
            painter.setOpacity(OVER_BASE)
        if len(grids) > MOST_VECTORS:
            self._draw_raster(room, scale, left, top)
        else:
            painter.save()
            painter.translate(view.dx(), view.dy())
            for grid in grids.tolist():
                self._draw_grid(grid, scale)
            painter.restore()
        painter.setOpacity(1.0)
        above.draw_dots(layers)
        if len(grids) <= MOST_VECTORS:
            painter.save()
            painter.translate(view.dx(), view.dy())
            for grid in grids.tolist():
                self._label(grid, scale)
            painter.restore()
        above.draw_facilities(layers, room)
        painter.restore()
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(room)
        self._draw_bar(room, scale)
        paint_north(painter, room.right() - 22, room.top() + 10, 26, QColor(self._tokens.text), QColor("white"))
        self._text(QPointF(room.right() - 27, room.top() + 52), C_("compass", "N"), 13)

    def _draw_raster(self, room: QRectF, scale: float, left: float, top: float) -> None:
        fine = scale * PNG_SCALE
        width, height = round(room.width() * PNG_SCALE), round(room.height() * PNG_SCALE)
        window = Window(fine, left * fine, top * fine, width + 1, height + 1)
        ground = self._shown.ground
        cells = cells_of(rasterised(ground.borders, window), layer_of(len(ground)))
        tokens = self._tokens
        fills = self._shown.fills(tokens.no_data)
        table = fills.table(QColor("white"), QColor(tokens.muted), QColor(tokens.danger))
        self._painter.drawImage(room, table.picture(cells))

    def _fill(self, grid: int) -> QColor:
        value = self._shown.value(grid)
        return QColor(self._tokens.no_data) if value is None else self._shown.classes.fill(value)

    def _draw_grid(self, grid: int, scale: float) -> None:
        path = path_of(self._shown.ground.edges, np.array([grid]), scale, -scale)
        painter = self._painter
        painter.setPen(QPen(QColor("black" if self._wish.grey else "white"), 1.0 if self._wish.grey else 1.4))
        painter.setBrush(self._fill(grid))
        painter.drawPath(path)
        self._hatch(path, self._shown.value(grid))
        if self._shown.value(grid) is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(self._tokens.muted), Qt.BrushStyle.BDiagPattern))
            painter.drawPath(path)

    def _hatch(self, path: QPainterPath, value: float | None) -> None:
        if self._wish.grey and value is not None:
            classes = self._shown.classes
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(QBrush(QColor(90, 90, 90), pattern_of(classes, classes.number(value))))
            self._painter.drawPath(path)

    def _label(self, grid: int, scale: float) -> None:
        shown = self._shown
        if self._wish.labels == "none" and not self._wish.layers.workers:
            return
        reach = float(shown.ground.reaches[grid]) * scale
        if not reach >= 7:
            return
        size = min(18.0, max(8.0, reach / 2.2))
        font = QFont(self._wish.family)
        font.setPixelSize(round(size))
        value = shown.value(grid)
        figure = _("no data") if value is None else shown.text(grid)
        worker = shown.ground.workers[grid]
        name = shown.ground.names[grid]
        lines = {"both": [name, figure], "figure": [figure], "name": [name], "none": []}[self._wish.labels]
        if self._wish.layers.workers and worker:
            lines = [*lines, worker]
        ink = ink_on(self._fill(grid)).name()
        x, y = (shown.ground.anchors[grid] * scale).tolist()
        for number, line in enumerate(lines):
            wide = QFontMetricsF(font).horizontalAdvance(line)
            if wide > 3.6 * reach:
                continue
            if self._wish.grey:  # letters do not stand on hatching
                paper = QRectF(x - wide / 2 - 2, -y + (number - 0.1) * size * 1.25 - size, wide + 4, size * 1.3)
                self._painter.fillRect(paper, QColor("white"))
            self._text(QPointF(x - wide / 2, -y + (number - 0.1) * size * 1.25), line, size, ink)

    def _draw_bar(self, room: QRectF, scale: float) -> None:
        metres = round_length(90 / scale)
        text = _("{number} m").format(number=f"{metres:g}")
        if metres >= 1000:
            text = _("{number} km").format(number=f"{metres / 1000:g}")
        x, y = room.left() + 14, room.bottom() - 14
        painter = self._painter
        painter.fillRect(QRectF(x - 8, y - 24, metres * scale + 16, 32), QColor(255, 255, 255, 215))
        painter.setPen(QPen(QColor(self._tokens.text), 2))
        painter.drawPolyline([QPointF(x, y - 6), QPointF(x, y), QPointF(x + metres * scale, y),
                              QPointF(x + metres * scale, y - 6)])  # fmt: skip
        self._text(QPointF(x + 4, y - 6), text, 12)

    # The legend and the list

    def _draw_legend(self, x: float, y: float) -> None:
        shown, painter = self._shown, self._painter
        counts = Counter(shown.class_numbers().tolist())
        rows: list[tuple[int | None, str]] = []
        for number in range(len(shown.classes.fills) - 1, -1, -1):
            mark = f" {shown.classes.sign}" if shown.classes.is_loud_class(number) else ""
            rows.append((number, shown.classes.title(number) + mark))
        rows.append((None, _("no data")))
        self._text(QPointF(x, y), _("Legend"), 16, bold=True)
        for place, title in rows:
            y += 26
            box = QRectF(x, y - 13, 32, 16)
            painter.setPen(QPen(QColor(self._tokens.edge), 0.6))
            painter.setBrush(QColor(self._tokens.no_data) if place is None else shown.classes.fills[place])
            painter.drawRect(box)
            if place is not None and self._wish.grey:
                painter.setBrush(QBrush(QColor(90, 90, 90), pattern_of(shown.classes, place)))
                painter.drawRect(box)
            if place is None:
                painter.setBrush(QBrush(QColor(self._tokens.muted), Qt.BrushStyle.BDiagPattern))
                painter.drawRect(box)
            self._text(QPointF(x + 42, y), title, 14)
            amount = _("{count} grids").format(count=formats.count(counts[-1 if place is None else place]))
            self._text(QPointF(x + 168, y), amount, 12, "muted")
        y += 44
        self._text(QPointF(x, y), _("Needs attention"), 16, bold=True)
        for grid in shown.loudest()[:20]:
            y += 24
            if y > SHEET.height() - FOOT:
                break
            self._text(QPointF(x, y), shown.ground.full_names[grid], 13, room=150)
            tone = "text" if self._wish.grey else "warning"
            self._text(QPointF(x + 160, y), shown.text(grid), 13, tone, bold=True)
