"""The classes of the map with their colours and how many grids are in each."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gridapp import formats
from gridapp.domain.figure_classes import rate_classes
from gridapp.i18n import _
from ui import theme
from ui.map.figures import MonthShown
from ui.map.rate_classes import Classes


class Legend(QWidget):
    """One row per class; those that need attention carry their sign."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: Classes = Classes.of(rate_classes(1.0))
        self._counts: Counter[int | None] = Counter()
        self._only_used = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.current().changed.connect(self._on_look_changed)

    def show_month(self, shown: MonthShown) -> None:
        """Show classes and counts of a month."""
        self._classes = shown.classes
        found = Counter(shown.class_numbers().tolist())
        self._counts = Counter({None if number < 0 else number: count for number, count in found.items()})
        self.setAccessibleName(
            _("Legend") + "：" + "；".join(f"{text} {_grids(count)}" for _number, text, count in self._rows())
        )
        self.updateGeometry()
        self.update()

    def show_only_used(self, only: bool) -> None:
        """Leave classes without a grid out, where there is little room."""
        if only != self._only_used:
            self._only_used = only
            self.updateGeometry()
            self.update()

    def _rows(self) -> list[tuple[int | None, str, int]]:
        rows: list[tuple[int | None, str, int]] = []
        for number in range(len(self._classes.fills) - 1, -1, -1):
            mark = f" {self._classes.sign}" if self._classes.is_loud_class(number) else ""
            if self._counts[number] or not self._only_used:
                rows.append((number, self._classes.title(number) + mark, self._counts[number]))
        if self._counts[None]:
            rows.append((None, _("no data"), self._counts[None]))
        return rows

    def _row_height(self) -> int:
        return QFontMetrics(theme.current().font()).height() + 4

    def _on_look_changed(self) -> None:
        self._classes = self._classes.renewed()
        self.updateGeometry()
        self.update()

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        return QSize(theme.current().px(200), self._row_height() * len(self._rows()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font())
        height, swatch = self._row_height(), look.px(26)
        for place, (number, text, count) in enumerate(self._rows()):
            top = place * height
            box = QRectF(0.5, top + height * 0.16, swatch, height * 0.68)
            painter.setPen(QPen(look.colour("edge"), 0.6))
            painter.setBrush(look.colour("no_data") if number is None else self._classes.fills[number])
            painter.drawRect(box)
            if number is None:
                painter.setBrush(QBrush(look.colour("muted"), Qt.BrushStyle.BDiagPattern))
                painter.drawRect(box)
            row = QRectF(swatch + look.px(10), top, self.width() - swatch - look.px(10), height)
            painter.setPen(look.colour("text"))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            painter.setPen(look.colour("muted"))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, _grids(count))
        painter.end()


def _grids(count: int) -> str:
    return _("{count} grids").format(count=formats.count(count))
