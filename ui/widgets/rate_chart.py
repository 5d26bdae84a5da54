"""Rates of the last months as bars with the target line; a bar opens its month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QToolTip, QWidget

from gridapp import formats
from gridapp.db.queries.rates import RateRow
from gridapp.domain.period import Month
from gridapp.i18n import _
from ui import theme
from ui.map.painting import in_pixels
from ui.map.rate_classes import ink_on

BAR_SHARE = 0.8
LEAST_SLOT = 36
"""Room a month asks for; fewer months are shown when there is less. [px at 100 %]"""
LEAST_MONTHS = 12


class MonthBars(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """The bars, painted by one item: x is the number of the month, y the share in percent."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[RateRow] = []
        self.target = 1.0
        self.current = -1
        self.pointed = -1

    def set_rows(self, rows: Sequence[RateRow], target: float, current: int) -> None:
        """Show other months; ``current`` is the number of the one in force."""
        self.prepareGeometryChange()
        self.rows, self.target, self.current, self.pointed = list(rows), target, current, -1
        self.update()

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return QRectF(-0.5, -2, max(len(self.rows), 1), 120)

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        look = theme.current()
        goal = view.map(QPointF(0, self.target * 100)).y()
        painter.setFont(look.font("small"))
        bars = [self._bar(view, number) for number in range(len(self.rows))]
        for number, (row, bar) in enumerate(zip(self.rows, bars, strict=True)):
            if row.rate.share is None:
                continue
            below = row.rate.share < self.target
            strong = QColor(look.tokens.ramp[0]) if below else look.colour("accent")
            pale = look.colour("warning_soft" if below else "soft")
            painter.setPen(QPen(strong, look.px(2.5 if number == self.pointed else 1)))
            painter.setBrush(strong if number == self.current else pale)
            painter.drawRect(bar)
        painter.setPen(QPen(look.colour("warning"), look.px(1.3), Qt.PenStyle.DashLine))
        ends = (view.map(QPointF(-0.5, 0)).x(), view.map(QPointF(len(self.rows) - 0.5, 0)).x())
        painter.drawLine(QPointF(ends[0], goal), QPointF(ends[1], goal))
        self._write(painter, bars, goal)

    def _bar(self, view: QTransform, number: int) -> QRectF:
        share = self.rows[number].rate.share or 0.0
        left = view.map(QPointF(number - BAR_SHARE / 2, 0))
        right = view.map(QPointF(number + BAR_SHARE / 2, share * 100))
        return QRectF(left.x(), right.y(), right.x() - left.x(), left.y() - right.y())

    def _write(self, painter: QPainter, bars: list[QRectF], goal: float) -> None:
        """Write the figures: all above their bars, or all inside when one would stand on the target line."""
        look = theme.current()
        height = QFontMetricsF(painter.font()).height()
        inside = any(bar.top() - height - 3 < goal < bar.top() + 1 for bar in bars)
        for number, (row, bar) in enumerate(zip(self.rows, bars, strict=True)):
            within = inside and bar.height() > height + 4
            below = row.rate.share is not None and row.rate.share < self.target
            ground = look.tokens.ramp[0] if below else look.tokens.accent
            chosen = within and number == self.current
            painter.setPen(ink_on(QColor(ground)) if chosen else look.colour("text"))
            top = bar.top() + 2 if within else bar.top() - height - 1
            place = QRectF(bar.center().x() - bar.width(), top, 2 * bar.width(), height)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, row.rate.shown.removesuffix("%"))


class RateChart(pg.PlotWidget):  # type: ignore[misc]  # has no annotations
    """Bars by month; arrows walk along them, Enter or a click opens a month.

    Signals:
        month_chosen: the Month whose bar was opened.
    """

    month_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self.bars = MonthBars()
        self._rows: list[RateRow] = []
        self._target = 1.0
        self.setAccessibleName(_("Visit rate by month"))
        item = self.getPlotItem()
        item.hideButtons()
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())  # nobody else would delete it
        item.setMouseEnabled(False, False)
        box = item.getViewBox()
        box.disableAutoRange()
        box.setDefaultPadding(0)
        box.addItem(self.bars, ignoreBounds=True)
        item.showGrid(y=True, alpha=0.25)
        self.getAxis("left").setTicks([[(share, f"{share}%") for share in range(0, 101, 20)]])
        self.getAxis("left").setStyle(tickLength=0)
        self.getAxis("left").setZValue(-1000)  # its lines lie behind the bars
        self.getAxis("bottom").setStyle(tickLength=0)
        theme.current().changed.connect(self._on_look_changed)
        self._on_look_changed()

    def set_rows(self, rows: Sequence[RateRow], target: float) -> None:
        """Show the totals of months, oldest first; the last one is the month in force."""
        self._rows, self._target = list(rows), target
        told = ", ".join(f"{_month_words(row)} {row.rate.shown}" for row in rows[-LEAST_MONTHS:])
        self.setAccessibleDescription(told)
        self._arrange()

    def _arrange(self) -> None:
        room = self.width() - theme.current().px(60)
        count = max(LEAST_MONTHS, int(room / theme.current().px(LEAST_SLOT)))
        rows = self._rows[-count:]
        self.bars.set_rows(rows, self._target, len(rows) - 1)
        self.getPlotItem().getViewBox().setRange(xRange=(-0.6, max(len(rows), 1) - 0.4), yRange=(0, 112), padding=0)
        ticks = [(number, _month_label(row, number)) for number, row in enumerate(rows)]
        self.getAxis("bottom").setTicks([ticks])

    def _on_look_changed(self) -> None:
        look = theme.current()
        self.setBackground(look.colour("surface"))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(look.colour("grid_line"))
            axis.setTextPen(look.colour("muted"))
            axis.setTickFont(look.font("small"))
        metrics = QFontMetricsF(look.font("small"))
        self.getAxis("left").setWidth(metrics.horizontalAdvance("100%") + look.px(10))
        self.getAxis("bottom").setHeight(metrics.height() * 2 + look.px(6))
        self._arrange()

    def _number_at(self, place: QPointF) -> int:
        box = self.getPlotItem().getViewBox()
        point = box.mapSceneToView(QPointF(self.mapToScene(place.toPoint())))
        number = round(point.x())
        return number if 0 <= number < len(self.bars.rows) and 0 <= point.y() <= 112 else -1

    def _point_at(self, number: int) -> None:
        if number != self.bars.pointed:
            self.bars.pointed = number
            self.bars.update()

    def _tell(self, number: int, place: Any) -> None:
        row = self.bars.rows[number]
        text = f"{_month_words(row)}\n{row.rate.shown}   {row.rate.visited}/{row.rate.roster}"
        if row.rate.missed:
            text += "\n" + _("{count} people not visited").format(count=formats.count(row.rate.missed))
        QToolTip.showText(place, text, self)

    def _open(self, number: int) -> None:
        month = self.bars.rows[number].period
        if isinstance(month, Month):
            self.month_chosen.emit(month)

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        return QSize(theme.current().px(420), theme.current().px(210))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "bars"):
            self._arrange()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()  # the page scrolls

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position())
        self._point_at(number)
        self.setCursor(Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.ArrowCursor)
        if number >= 0:
            self._tell(number, event.globalPosition().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._open(number)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        last = len(self.bars.rows) - 1
        if event.key() in steps and last >= 0:
            start = self.bars.pointed if self.bars.pointed >= 0 else self.bars.current
            number = min(max(start + steps[Qt.Key(event.key())], 0), last)
            self._point_at(number)
            place = self.bars.mapToScene(QPointF(number, 50))
            self._tell(number, self.mapToGlobal(self.mapFromScene(place)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.bars.pointed >= 0:
            self._open(self.bars.pointed)
        else:
            event.ignore()


def _month_words(row: RateRow) -> str:
    month = row.period
    return formats.month(month.year, month.month) if isinstance(month, Month) else str(month)


def _month_label(row: RateRow, number: int) -> str:
    month = row.period
    if not isinstance(month, Month):
        return str(month)
    text = _("month {number}").format(number=month.month)
    return f"{text}\n{month.year}" if number == 0 or month.month == 1 else text
