"""What lies below and above the grids on a sheet, in vectors: background, buildings, facilities; as on the screen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform

from gridapp.domain.facility import facility_title
from gridapp.geo.local_frame import LocalFrame
from ui.map.base_layer import Base, paint_base
from ui.map.dots import MapDots
from ui.map.facility_layer import PlacedFacility
from ui.palettes import Tokens

OVER_BASE = 0.55
"""How much of the grids' colour stays over a background."""

MOST_DOTS = 4000
"""More buildings than this are one grey cloud on a sheet."""

NAMED = 60
"""Facilities carry their names while there are no more than this many on the sheet."""

CALM, DUE, SQUARE = 2.2, 4.0, 8.0
"""Half the size of a building, of one where somebody waits, of a facility. [units of the sheet]"""


@dataclass(frozen=True, eq=False)
class SeenLayers:
    """What is to be seen beside the grids.

    Attributes:
        base: Background, None for none.
        dots: Buildings.
        facilities: Facilities.
        calm: Show buildings where nobody waits.
        due: Show buildings where somebody waits.
        workers: Name the responsible workers on the grids.
    """

    base: Base | None = None
    dots: MapDots = field(default_factory=MapDots)
    facilities: tuple[PlacedFacility, ...] = ()
    calm: bool = True
    due: bool = True
    workers: bool = False

    def in_frame(self, before: LocalFrame, after: LocalFrame) -> SeenLayers:
        """Return the same in the metres of another frame; buildings, which are of a month, are left out."""
        if before == after:
            return self
        places = np.array([(one.x, one.y) for one in self.facilities], dtype=np.float64).reshape(-1, 2)
        moved = after.to_metres(before.to_degrees(places)).tolist()
        facilities = tuple(replace(one, x=x, y=y) for one, (x, y) in zip(self.facilities, moved, strict=True))
        base = None if self.base is None else self.base.in_frame(after)
        return replace(self, base=base, facilities=facilities, dots=MapDots())


class LayerPainter:
    """Draws layers on a sheet; letters as outlines where the file has no fonts of its own."""

    def __init__(self, painter: QPainter, view: QTransform, family: str, tokens: Tokens, grey: bool) -> None:
        """Make it.

        Args:
            painter: Of the sheet, clipped to the map.
            view: From metres to units of the sheet.
            family: Font to write in.
            tokens: Colours.
            grey: For a copier.
        """
        self._painter = painter
        self._view = view
        self._family = family
        self._tokens = tokens
        self._grey = grey

    def draw_base(self, base: Base | None) -> None:
        """Draw the background."""
        if base is not None:
            self._painter.save()
            paint_base(self._painter, base, self._view, QColor(self._tokens.muted), 1.2)
            self._painter.restore()

    def draw_dots(self, layers: SeenLayers) -> None:
        """Draw the buildings: grey points, and large ones with the number of people who wait."""
        painter, dots = self._painter, layers.dots
        if len(dots.missed) > MOST_DOTS:
            return
        painter.setPen(QPen(QColor("white"), 0.8))
        waiting = []
        painter.setBrush(QColor(self._tokens.muted))
        for (x, y), missed in zip(dots.places.tolist(), dots.missed, strict=True):
            place = self._view.map(QPointF(x, y))
            if missed and layers.due:
                waiting.append((place, missed))
            elif layers.calm:
                painter.drawEllipse(place, CALM, CALM)
        for place, missed in waiting:
            painter.setPen(QPen(QColor("white"), 0.8))
            painter.setBrush(QColor("black" if self._grey else self._tokens.danger))
            painter.drawEllipse(place, DUE, DUE)
            self._write(place, str(missed), 6.5, QColor("white"))

    def draw_facilities(self, layers: SeenLayers, room: QRectF) -> None:
        """Draw the facilities inside a part of the sheet, with their names while there are not too many."""
        painter = self._painter
        placed = [(self._view.map(QPointF(one.x, one.y)), one) for one in layers.facilities]
        inside = [(place, one) for place, one in placed if room.contains(place)]
        for place, one in inside:
            painter.setPen(QPen(QColor("white"), 1))
            painter.setBrush(QColor("black" if self._grey else self._tokens.accent))
            painter.drawRoundedRect(_around(place, SQUARE), 3, 3)
            self._write(place, facility_title(one.kind)[:1], 11, QColor("white"))
            if len(inside) <= NAMED:
                self._name(QPointF(place.x() + SQUARE + 3, place.y()), one.name)

    def _name(self, place: QPointF, text: str) -> None:
        font = self._font(10)
        metrics = QFontMetricsF(font)
        wide = metrics.horizontalAdvance(text)
        paper = QColor("white")
        paper.setAlpha(215)
        self._painter.fillRect(QRectF(place.x() - 1, place.y() - 7, wide + 3, 14), paper)
        self._letters(QPointF(place.x(), place.y() + 3.6), text, font, QColor(self._tokens.text))

    def _write(self, place: QPointF, text: str, size: float, ink: QColor) -> None:
        """Write centred on a place."""
        font = self._font(size)
        wide = QFontMetricsF(font).horizontalAdvance(text)
        self._letters(QPointF(place.x() - wide / 2, place.y() + size * 0.36), text, font, ink)

    def _letters(self, place: QPointF, text: str, font: QFont, ink: QColor) -> None:
        path = QPainterPath()
        path.addText(place, font, text)
        self._painter.fillPath(path, QBrush(ink, Qt.BrushStyle.SolidPattern))

    def _font(self, size: float) -> QFont:
        font = QFont(self._family)
        font.setPixelSize(max(round(size), 1))
        return font


def _around(place: QPointF, half: float) -> QRectF:
    return QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half)
