"""Twelve months at the foot of the map: a slider, and on wish a small map of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from gridapp import formats
from gridapp.domain.period import Month
from gridapp.geo.id_raster import Window, layer_of, rasterised
from gridapp.i18n import _
from ui import theme
from ui.map.figures import MapFigures, MonthShown
from ui.map.ground import MapGround
from ui.map.tiles import ColourTable, cells_of
from ui.widgets import basics

STEP_MS = 700
"""How long each month stands while they play."""


class MonthStrip(QWidget):
    """A slider over the months of the picture; plays them in turn.

    Signals:
        month_chosen: place of the month in the picture.
        multiples_wished: whether small maps of all months are to be shown.
    """

    month_chosen = Signal(object)
    multiples_wished = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._months: tuple[Month, ...] = ()
        self.play_button = basics.button(_("Play"), "quiet", "play", _("Show the months one after the other"))
        self.play_button.setCheckable(True)
        self.play_button.toggled.connect(self._on_play)
        self.slider = MonthSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Month shown on the map"))
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(1)
        self.slider.valueChanged.connect(self._on_value)
        self.month_label = basics.label("", "strong")
        self.multiples_button = basics.button(_("12 months"), "quiet", "columns", _("A small map of each month"))
        self.multiples_button.setCheckable(True)
        self.multiples_button.toggled.connect(self.multiples_wished)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_S))
        row.addWidget(self.play_button)
        row.addWidget(self.slider, 1)
        row.addWidget(self.month_label)
        row.addWidget(self.multiples_button)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._on_step)

    def show_months(self, months: Sequence[Month], at: int) -> None:
        """Offer months and stand at one of them, without a signal."""
        self._months = tuple(months)
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(months) - 1)
        self.slider.setValue(at)
        self.slider.blockSignals(False)
        for part in (self.slider, self.play_button, self.multiples_button):
            part.setEnabled(len(months) > 1)
        self._write()

    def _write(self) -> None:
        if self._months:
            month = self._months[self.slider.value()]
            self.month_label.setText(formats.month(month.year, month.month))

    def _on_value(self, place: int) -> None:
        self._write()
        self.month_chosen.emit(place)

    def _on_play(self, playing: bool) -> None:
        self.play_button.setText(_("Stop") if playing else _("Play"))
        theme.set_icon(self.play_button, "x" if playing else "play", "accent")
        if not playing:
            self._timer.stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()

    def _on_step(self) -> None:
        if self.slider.value() >= self.slider.maximum() or not self.isVisible():
            self.play_button.setChecked(False)
            return
        self.slider.setValue(self.slider.value() + 1)


class MonthSlider(QSlider):
    """A slider that goes to the month clicked, and from there follows the hand."""

    # Overrides of Qt methods

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style, whole = self.style(), QStyle.ComplexControl.CC_Slider
        handle = style.subControlRect(whole, option, QStyle.SubControl.SC_SliderHandle, self)
        if event.button() is Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            room = style.subControlRect(whole, option, QStyle.SubControl.SC_SliderGroove, self)
            at = round(event.position().x()) - room.left() - handle.width() // 2
            span = room.width() - handle.width()
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, span))
        super().mousePressEvent(event)


class SmallMaps(QWidget):
    """One small map per month, all with the same classes: made from one picture of numbers by look-up tables.

    Signals:
        month_chosen: place of the month that was clicked or entered.
    """

    month_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Small maps of twelve months"))
        self._ground: MapGround | None = None
        self._figures: MapFigures | None = None
        self._pictures: list[QImage] = []
        self._at = 0
        theme.current().changed.connect(self._forget)

    def show_months(self, shown: MonthShown) -> None:
        """Show all months of a picture; the one shown large is framed."""
        if shown.figures is not self._figures or shown.ground is not self._ground:
            self._ground, self._figures = shown.ground, shown.figures
            self._forget()
        self._at = shown.at
        self.update()

    def _forget(self) -> None:
        self._pictures = []
        self.update()

    def _raster(self, width: int, height: int) -> list[QImage]:
        assert self._ground is not None and self._figures is not None
        west, south, east, north = self._ground.box
        scale = min(width / max(east - west, 1e-6), height / max(north - south, 1e-6))
        left = (west + east) / 2 * scale - width / 2
        top = (south + north) / 2 * scale + height / 2
        window = Window(scale, left, top, width, height)
        cells = cells_of(rasterised(self._ground.borders, window), layer_of(len(self._ground)), edged=False)
        return [self._table(place).picture(cells) for place in range(len(self._figures.months))]

    def _table(self, place: int) -> ColourTable:
        assert self._ground is not None and self._figures is not None
        look, shown = theme.current(), MonthShown.of(self._ground, self._figures, place)
        return shown.fills().table(look.colour("surface"), look.colour("muted"), look.colour("danger"))

    # Where

    def _columns(self) -> int:
        return 4 if self.width() >= self.height() else 3

    def _cell(self, place: int) -> QRectF:
        columns = self._columns()
        rows = -(-max(len(self._figures.months) if self._figures else 12, 1) // columns)
        wide, tall = self.width() / columns, self.height() / rows
        return QRectF(place % columns * wide, place // columns * tall, wide, tall)

    def _place_at(self, point: QPointF) -> int | None:
        count = len(self._figures.months) if self._figures else 0
        return next((place for place in range(count) if self._cell(place).contains(point)), None)

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        return QSize(600, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._forget()

    def hideEvent(self, event: QEvent) -> None:
        self._forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._figures is None or self._ground is None or not len(self._ground):
            return
        look = theme.current()
        head, gap = QFontMetrics(look.font("small")).height() + 4, look.px(6)
        cell = self._cell(0)
        if not self._pictures:
            room = QSize(max(int(cell.width()) - 2 * gap, 8), max(int(cell.height()) - head - 2 * gap, 8))
            self._pictures = self._raster(room.width(), room.height())
        painter = QPainter(self)
        painter.setFont(look.font("small"))
        for place, month in enumerate(self._figures.months):
            box = self._cell(place)
            painter.setPen(look.colour("text" if place == self._at else "muted"))
            centred = Qt.AlignmentFlag.AlignCenter
            painter.drawText(QRectF(box.left(), box.top(), box.width(), head), centred, self._caption(place, month))
            painter.drawImage(QPoint(int(box.left()) + gap, int(box.top()) + head), self._pictures[place])
            if place == self._at:
                pen = QPen(look.colour("focus" if self.hasFocus() else "accent"), look.px(2))
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), 6, 6)
        painter.end()

    def _caption(self, place: int, month: Month) -> str:
        assert self._figures is not None
        amount, roster = int(self._figures.amounts[place].sum()), int(self._figures.rosters[place].sum())
        figure = f"{amount}/{roster}" if self._figures.is_share else formats.count(amount)
        return f"{formats.month(month.year, month.month)}  {figure}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.month_chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns, count = self._columns(), len(self._figures.months) if self._figures else 0
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = moves.get(Qt.Key(event.key()))
        if step is None or not 0 <= self._at + step < count:
            super().keyPressEvent(event)
            return
        self.month_chosen.emit(self._at + step)

    def focusInEvent(self, event: QEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:
        self.update()
