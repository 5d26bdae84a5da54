"""Small things that float over the map: the card at the pointer, the scale bar, the zoom buttons."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gridapp import formats
from gridapp.domain.facility import facility_title
from gridapp.domain.figure_classes import indicator_title
from gridapp.i18n import C_, _
from ui import theme
from ui.map.facility_layer import PlacedFacility
from ui.map.figures import MonthShown
from ui.widgets import basics

LEAST_BAR = 70
"""Shortest scale bar. [px at 100 %]"""


class PointerCard(basics.Card):
    """Says what is under the pointer; never takes the pointer itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        px = theme.current().px
        self.body.setContentsMargins(px(12), px(8), px(12), px(8))
        self.body.setSpacing(px(2))
        self.name_label = basics.label("", "strong")
        self.rate_label = basics.label("", "heading")
        self.more_label = basics.label("", "small", "muted")
        for part in (self.name_label, self.rate_label, self.more_label):
            self.body.addWidget(part)
        self.hide()

    def describe_grid(self, grid: int, shown: MonthShown) -> None:
        """Show a grid's figure."""
        value = shown.value(grid)
        self.name_label.setText(shown.ground.full_names[grid])
        if value is None:
            text = _("Nobody on the roster")
        elif shown.figures.is_share:
            text = f"{shown.text(grid)}   {shown.amount(grid)}/{shown.roster(grid)}"
        else:
            text = f"{indicator_title(shown.figures.indicator)}: {shown.text(grid)}"
        self.rate_label.setText(text)
        theme.set_text_role(self.rate_label, "heading", "warning" if shown.classes.is_loud(value) else "text")
        lines = []
        if shown.figures.indicator == "rate" and shown.missed(grid):
            lines.append(_("{count} people not visited yet").format(count=formats.count(shown.missed(grid))))
        if shown.ground.workers[grid]:
            lines.append(_("Responsible: {name}").format(name=shown.ground.workers[grid]))
        self._finish(lines)

    def describe_building(self, name: str, residents: int, missed: int) -> None:
        """Show a building."""
        self.name_label.setText(name)
        text = _("{count} people not visited yet") if missed else _("Nobody to visit here this month")
        self.rate_label.setText(text.format(count=missed))
        theme.set_text_role(self.rate_label, "heading", "danger" if missed else "text")
        self._finish([_("{count} residents").format(count=residents)])

    def describe_facility(self, facility: PlacedFacility) -> None:
        """Show a facility."""
        self.name_label.setText(facility.name)
        self.rate_label.setText(facility_title(facility.kind))
        theme.set_text_role(self.rate_label, "heading", "text")
        area = _("{area} m²").format(area=f"{facility.area:g}") if facility.area is not None else ""
        place = facility.grid or _("▲ in no grid")
        self._finish([part for part in (facility.address, area, place) if part])

    def _finish(self, lines: list[str]) -> None:
        self.more_label.setText("\n".join(lines))
        self.more_label.setVisible(bool(lines))
        self.setAccessibleName(" ".join((self.name_label.text(), self.rate_label.text(), *lines)))
        self.body.activate()
        self.resize(self.sizeHint())

    def stand_at(self, place: QPoint) -> None:
        """Stand beside a place of the parent, inside it."""
        parent = self.parentWidget()
        assert parent is not None
        gap = theme.current().px(16)
        x = place.x() + gap
        if x + self.width() > parent.width():
            x = place.x() - gap - self.width()
        y = min(max(place.y() + gap, 4), parent.height() - self.height() - 4)
        self.move(max(x, 4), max(y, 4))
        self.show()
        self.raise_()


class ScaleBar(QWidget):
    """A bar with its true length."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._scale = 0.0
        self.metres = 0.0

    def set_scale(self, pixels_per_metre: float) -> None:
        """Show another scale."""
        if pixels_per_metre == self._scale or pixels_per_metre <= 0:
            return
        self._scale = pixels_per_metre
        self.metres = round_length(theme.current().px(LEAST_BAR) / pixels_per_metre)
        self.setAccessibleName(_("Scale: {length}").format(length=self._text()))
        self.resize(self.sizeHint())
        self.update()

    def _text(self) -> str:
        if self.metres < 1000:
            return _("{number} m").format(number=f"{self.metres:g}")
        return _("{number} km").format(number=f"{self.metres / 1000:g}")

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        look = theme.current()
        metrics = QFontMetrics(look.font("small"))
        text = metrics.horizontalAdvance(self._text())
        return QSize(max(round(self.metres * self._scale), text) + look.px(12), metrics.height() + look.px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._scale:
            return
        look = theme.current()
        painter = QPainter(self)
        ground = look.colour("surface")
        ground.setAlpha(215)  # labels may lie below
        painter.fillRect(self.rect(), ground)
        width, base = round(self.metres * self._scale), self.height() - look.px(5)
        painter.setFont(look.font("small"))
        painter.setPen(look.colour("text"))
        painter.drawText(look.px(4), self.height() - look.px(13), self._text())
        for colour, thickness in (("surface", 5), ("text", 2)):
            painter.setPen(QPen(look.colour(colour), look.px(thickness)))
            painter.drawLine(look.px(4), base, look.px(4) + width, base)
            for x in (look.px(4), look.px(4) + width):
                painter.drawLine(x, base - look.px(4), x, base)
        painter.end()


def round_length(least: float) -> float:
    """Return the shortest of 1, 2, 5, 10, 20, 50, … that is at least this long. [m]"""
    power = 1.0
    while power * 10 <= least:
        power *= 10
    while least < power:
        power /= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


class NorthArrow(QWidget):
    """An arrow to the north; the map is never turned."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(_("North is up"))
        self._picture = QPixmap()
        theme.current().changed.connect(self._on_look_changed)

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(22), look.px(20) + QFontMetrics(look.font("small")).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture.isNull() or self._picture.size() != (self.size() * ratio):
            self._picture = self._drawn(ratio)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _drawn(self, ratio: float) -> QPixmap:
        """Return the arrow as a picture: it lies over every frame of the map."""
        look = theme.current()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_north(painter, self.width() / 2, look.px(2), look.px(18), look.colour("text"), look.colour("surface"))
        painter.setFont(look.font("small"))
        painter.setPen(look.colour("text"))
        foot = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(self.rect(), foot, C_("compass", "N"))
        painter.end()
        return picture

    def _on_look_changed(self) -> None:
        self._picture = QPixmap()
        self.update()


def paint_north(painter: QPainter, x: float, top: float, tall: float, ink: QColor, paper: QColor) -> None:
    """Paint an arrow to the north, its left half filled."""
    tip, waist = QPointF(x, top), QPointF(x, top + tall * 0.72)
    painter.setPen(QPen(ink, 1))
    for side, colour in ((-1, ink), (1, paper)):
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([tip, QPointF(x + side * tall * 0.36, top + tall), waist]))


class ZoomButtons(QWidget):
    """Nearer, further, everything: for hands without a wheel."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_XS))
        self.nearer = basics.button("", icon="zoom-in", tip=_("Nearer (+)"))
        self.further = basics.button("", icon="zoom-out", tip=_("Further (−)"))
        self.whole = basics.button("", icon="maximize", tip=_("Show everything (Home)"))
        self._buttons = {self.further: _("Further"), self.nearer: _("Nearer"), self.whole: _("Show everything")}
        for made, name in self._buttons.items():
            made.setAccessibleName(name)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the same keys work on the map
            row.addWidget(made)

    def make_square(self) -> None:
        """Take the size of the theme in force."""
        for made in self._buttons:
            made.setFixedWidth(theme.current().control_height + theme.current().px(6))
        self.adjustSize()


def stand_in_corners(view: QWidget, bar: ScaleBar, buttons: ZoomButtons, north: NorthArrow) -> None:
    """Put the small things into the corners of a map."""
    gap = theme.current().px(8)
    bar.move(gap, view.height() - bar.height() - gap)
    buttons.make_square()
    place = view.rect().bottomRight() - buttons.rect().bottomRight()
    buttons.move(place - QPoint(gap, gap))
    north.resize(north.sizeHint())
    north.move(view.width() - north.width() - gap, gap)


def beside_corners(whole: QRectF, width: float, height: float, buttons: float) -> QRectF:
    """Return what a view of this size shows, so that all of the map is clear of scale bar and buttons.

    They stand below the map, or beside it where that leaves the map larger.

    Args:
        whole: The map. [m]
        width: Of the view. [px]
        height: Of the view. [px]
        buttons: Width of the buttons. [px]
    """
    look = theme.current()
    foot = look.control_height + look.px(12)
    side = max(buttons, look.px(2 * LEAST_BAR)) + look.px(16)
    across, up = max(whole.width(), 1e-6), max(whole.height(), 1e-6)
    room = max(height - foot, 1)
    if min((width - 2 * side) / across, height / up) > min(width / across, room / up):
        return whole
    tall = max(up, across * room / max(width, 1))
    low = whole.center().y() - tall / 2 - tall * foot / room
    return QRectF(whole.left(), low, across, tall + tall * foot / room)
