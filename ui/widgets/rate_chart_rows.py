"""Rates of grids or categories as bars under each other; Enter or a click opens the people behind one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from gridapp.db.queries.rates import RateRow
from gridapp.i18n import _
from ui import theme

ROW_HEIGHT = 30


class RateRows(QAbstractScrollArea):
    """One line per row: name, bar, rate with ▼ below the target, N/D.

    Signals:
        row_opened: the RateRow that was clicked or entered.
    """

    row_opened = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._rows: list[RateRow] = []
        self._notes: Mapping[str, str] = {}
        self._longest: list[str] = []
        self._longest_count = ""
        self._target = 1.0
        self._current = 0
        self._pointed = -1
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        theme.dress(self.verticalScrollBar(), "scroll")
        theme.current().changed.connect(self._arrange)

    def set_rows(self, rows: Sequence[RateRow], target: float, notes: Mapping[str, str] | None = None) -> None:
        """Show other rows in the order given.

        Args:
            rows: What is shown.
            target: Target share, 0 to 1.
            notes: Words for the tool tip by key, e.g. the responsible worker.
        """
        self._rows, self._target, self._notes = list(rows), target, notes or {}
        self._current = min(self._current, max(len(self._rows) - 1, 0))
        self._longest = sorted((row.name for row in self._rows), key=len, reverse=True)[:20]
        counts = (f"{row.rate.visited}/{row.rate.roster}" for row in self._rows)
        self._longest_count = max(counts, key=len, default="")
        self._arrange()
        self._say()

    @property
    def rows(self) -> list[RateRow]:
        """Return what is shown."""
        return self._rows

    def _height(self) -> int:
        return theme.current().px(ROW_HEIGHT)

    def _arrange(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._height() * len(self._rows) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._height())
        self.viewport().update()

    def _number_at(self, y: float) -> int:
        number = int((y + self.verticalScrollBar().value()) // self._height())
        return number if 0 <= number < len(self._rows) else -1

    def _go_to(self, number: int) -> None:
        self._current = min(max(number, 0), len(self._rows) - 1)
        top, bar = self._current * self._height(), self.verticalScrollBar()
        bar.setValue(min(max(bar.value(), top + self._height() - self.viewport().height()), top))
        self._say()
        self.viewport().update()

    def _say(self) -> None:
        if self._rows:
            row = self._rows[self._current]
            self.setAccessibleDescription(f"{row.name} {self._figure(row)} {row.rate.visited}/{row.rate.roster}")

    def _is_below(self, row: RateRow) -> bool:
        return row.rate.share is not None and row.rate.share < self._target

    def _figure(self, row: RateRow) -> str:
        return f"{row.rate.shown} ▼" if self._is_below(row) else row.rate.shown

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        return QSize(theme.current().px(320), self._height() * 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(200), self._height() * 3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), look.colour("surface"))
        painter.setFont(look.font())
        if not self._rows:
            painter.setPen(look.colour("muted"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, _("Nothing to show."))
            painter.end()
            return
        metrics = QFontMetrics(look.font())
        # The longest texts stand for all: a city has 1,316 rows, and this is painted often.
        widest = max(metrics.horizontalAdvance(name) for name in self._longest)
        name_room = min(widest + look.px(14), int(self.viewport().width() * 0.38))
        rate_room = metrics.horizontalAdvance("100.0% ▼ ") + look.px(4)
        count_room = metrics.horizontalAdvance(self._longest_count)
        first = self.verticalScrollBar().value() // self._height()
        last = (self.verticalScrollBar().value() + self.viewport().height()) // self._height()
        for number in range(first, min(last + 1, len(self._rows))):
            self._paint_row(painter, number, (name_room, rate_room, count_room + look.px(8)))
        painter.end()

    def _paint_row(self, painter: QPainter, number: int, rooms: tuple[int, int, int]) -> None:
        look, row = theme.current(), self._rows[number]
        height, width = self._height(), self.viewport().width()
        top = number * height - self.verticalScrollBar().value()
        name_room, rate_room, count_room = rooms
        if number == self._pointed or number == self._current and self.hasFocus():
            painter.fillRect(0, top, width, height, look.colour("soft"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(look.colour("text"))
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, name_room - look.px(10))
        painter.drawText(QRectF(look.px(4), top, name_room, height), middle, name)
        bar = QRectF(name_room, top + height * 0.24, max(width - sum(rooms), 0), height * 0.52)
        below = self._is_below(row)
        painter.setPen(QPen(look.colour("line"), 1))
        painter.setBrush(look.colour("raised"))
        painter.drawRect(bar)
        if row.rate.share:
            painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * row.rate.share, bar.height()),
                             QColor(look.tokens.ramp[0]) if below else look.colour("accent"))  # fmt: skip
        painter.setPen(look.colour("warning" if below else "text"))
        painter.drawText(QRectF(bar.right() + look.px(8), top, rate_room, height), middle, self._figure(row))
        painter.setPen(look.colour("muted"))
        counts = QRectF(width - count_room, top, count_room - look.px(4), height)
        painter.drawText(counts, middle | Qt.AlignmentFlag.AlignRight, f"{row.rate.visited}/{row.rate.roster}")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().y())
        if number != self._pointed:
            self._pointed = number
            row = self._rows[number] if number >= 0 else None
            tip = " · ".join(part for part in (row.name, self._notes.get(row.key, "")) if part) if row else ""
            self.viewport().setToolTip(tip)
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if row else Qt.CursorShape.ArrowCursor)
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().y())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._go_to(number)
            self.row_opened.emit(self._rows[number])

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointed = -1
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = max(self.viewport().height() // self._height(), 1)
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        if not self._rows:
            event.ignore()
        elif event.key() in steps:
            self._go_to(self._current + steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to(0 if event.key() == Qt.Key.Key_Home else len(self._rows) - 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.row_opened.emit(self._rows[self._current])
        else:
            event.ignore()
