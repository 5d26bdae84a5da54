"""The navigation at the left edge: icon and word per screen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gridapp.i18n import _
from ui import pages, theme

ICON = 22


class NavRail(QWidget):
    """Screens to choose from; words move beside the icons when the window is low.

    Signals:
        page_requested: key of a page.
    """

    page_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Navigation"))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(theme.GAP_XS)
        for number, page in enumerate(pages.PAGES, start=1):
            if page.key == "settings":
                column.addStretch(1)
            column.addWidget(self._add(number, page))
        self._group.idClicked.connect(self._on_clicked)
        theme.current().changed.connect(self._arrange)
        self._arrange()

    def show_current(self, key: str) -> None:
        """Mark the screen that is in sight."""
        for name, made in self._buttons.items():
            made.setChecked(name == key)
            theme.set_icon(made, pages.entry(name).icon, "accent" if name == key else "muted", ICON)

    def _add(self, number: int, page: pages.PageEntry) -> QToolButton:
        made = QToolButton()
        made.setText(page.title)
        made.setToolTip(_("{page} (Ctrl+{number})").format(page=page.title, number=number))
        made.setAccessibleName(page.title)
        made.setCheckable(True)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        made.setVisible(page.exists)
        theme.dress(made, "nav")
        theme.set_icon(made, page.icon, "muted", ICON)
        self._group.addButton(made, number - 1)
        self._buttons[page.key] = made
        return made

    def _on_clicked(self, number: int) -> None:
        self.page_requested.emit(pages.PAGES[number].key)

    def _arrange(self) -> None:
        px = theme.current().px
        tall = px(64) * len(self._buttons) + theme.GAP_XS * 9 + 16
        beside = self.height() < tall
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if beside else Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        for made in self._buttons.values():
            made.setToolButtonStyle(style)
            made.setFixedHeight(px(42) if beside else px(64))
        widest = max(made.fontMetrics().horizontalAdvance(made.text()) for made in self._buttons.values())
        self.setFixedWidth(widest + px(ICON + 24) + 24 if beside else max(widest + px(20), px(74)) + 16)

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        px = theme.current().px
        return QSize(self.width(), px(42) * len(self._buttons) + theme.GAP_XS * 9 + 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.colour("surface"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), look.colour("line"))
        painter.end()
