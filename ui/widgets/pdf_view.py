"""Shows the pages of a PDF under each other; whoever owns it has the pages drawn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from gridapp.i18n import _
from ui import theme
from ui.widgets.pdf_view_pages import PagePicture

ZOOMS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
DOTS_PER_POINT = 96 / 72
KEPT_PICTURES = 12
GAP = 12


class PdfView(QAbstractScrollArea):
    """A scrollable, zoomable column of pages.

    Signals:
        page_wanted: number of a page that came into sight, and the scale in pixels per point.
        position_changed: number of the page in sight from 1, and how many there are.
        zoom_changed: the zoom in percent.
    """

    page_wanted = Signal(object, float)
    position_changed = Signal(object, object)
    zoom_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sizes: list[tuple[float, float]] = []
        self._pictures: dict[int, tuple[float, QImage]] = {}
        self._asked: dict[int, float] = {}
        self._zoom = 1.0
        self._fits_width = True
        self._position = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Preview"))
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            theme.dress(bar, "scroll")
            bar.valueChanged.connect(self._on_scrolled)
        theme.current().changed.connect(self._on_look_changed)

    def show_pages(self, sizes: Sequence[tuple[float, float]]) -> None:
        """Show another document by the sizes of its pages. [pt]"""
        self._sizes = list(sizes)
        self._pictures.clear()
        self._asked.clear()
        self._position = 0
        self.verticalScrollBar().setValue(0)
        self._arrange()

    def take_picture(self, picture: PagePicture) -> None:
        """Show a page that was drawn; one of another zoom is ignored."""
        if self._asked.get(picture.number) != picture.scale:
            return
        del self._asked[picture.number]
        image = QImage(picture.pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32)
        image = image.copy()  # the bytes belong to Python and may go
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self._pictures[picture.number] = (picture.scale, image)
        while len(self._pictures) > KEPT_PICTURES:
            del self._pictures[max(self._pictures, key=self._distance)]
        self.viewport().update()

    @property
    def page_count(self) -> int:
        """Return how many pages there are."""
        return len(self._sizes)

    @property
    def is_drawn(self) -> bool:
        """Return whether every page in sight is there."""
        return bool(self._sizes) and all(number in self._pictures for number in self._in_sight())

    def zoom_in(self) -> None:
        """Take the next larger zoom."""
        self._set_zoom(next((zoom for zoom in ZOOMS if zoom > self._zoom + 0.01), ZOOMS[-1]))

    def zoom_out(self) -> None:
        """Take the next smaller zoom."""
        self._set_zoom(next((zoom for zoom in reversed(ZOOMS) if zoom < self._zoom - 0.01), ZOOMS[0]))

    def fit_width(self) -> None:
        """Make the widest page as wide as there is room, now and after resizing."""
        self._fits_width = True
        self._arrange()

    def go_to_page(self, number: int) -> None:
        """Bring a page to the top, from 0."""
        if 0 <= number < len(self._sizes):
            self.verticalScrollBar().setValue(self._boxes()[number].top() - GAP)

    def next_page(self) -> None:
        """Go to the next page."""
        self.go_to_page(self._position + 1)

    def previous_page(self) -> None:
        """Go to the page before."""
        self.go_to_page(self._position - 1)

    def _set_zoom(self, zoom: float) -> None:
        self._fits_width = False
        bar = self.verticalScrollBar()
        share = bar.value() / max(bar.maximum(), 1)
        self._zoom = zoom
        self._arrange()
        bar.setValue(round(share * bar.maximum()))

    def _scale(self) -> float:
        """Return pixels of the screen per point."""
        return self._zoom * DOTS_PER_POINT

    def _boxes(self) -> list[QRect]:
        """Return the place of every page before scrolling."""
        boxes, top = [], GAP
        width = max(self.viewport().width(), self._widest() + 2 * GAP)
        for wide, tall in self._sizes:
            size = QSize(round(wide * self._scale()), round(tall * self._scale()))
            boxes.append(QRect((width - size.width()) // 2, top, size.width(), size.height()))
            top += size.height() + GAP
        return boxes

    def _widest(self) -> int:
        return round(max((wide for wide, _tall in self._sizes), default=0.0) * self._scale())

    def _arrange(self) -> None:
        view = self.viewport().size()
        if self._fits_width and self._sizes:
            widest = max(wide for wide, _tall in self._sizes)
            self._zoom = min(max((view.width() - 2 * GAP) / (widest * DOTS_PER_POINT), 0.2), 2.0)
        boxes = self._boxes()
        tall = boxes[-1].bottom() + GAP if boxes else 0
        for bar, whole, room in (
            (self.verticalScrollBar(), tall, view.height()),
            (self.horizontalScrollBar(), self._widest() + 2 * GAP if boxes else 0, view.width()),
        ):
            bar.setRange(0, max(0, whole - room))
            bar.setPageStep(room)
            bar.setSingleStep(theme.current().px(40))
        self.zoom_changed.emit(round(self._zoom * 100))
        self._on_scrolled()

    def _in_sight(self) -> list[int]:
        top, room = self.verticalScrollBar().value(), self.viewport().height()
        return [number for number, box in enumerate(self._boxes()) if box.bottom() >= top and box.top() <= top + room]

    def _distance(self, number: int) -> int:
        return abs(number - self._position)

    def _on_scrolled(self, value: int = 0) -> None:
        if self._sizes:
            middle = self.verticalScrollBar().value() + self.viewport().height() // 3
            boxes = self._boxes()
            self._position = next((n for n, box in enumerate(boxes) if box.bottom() >= middle), len(boxes) - 1)
            self.position_changed.emit(self._position + 1, len(self._sizes))
        self._ask()
        self.viewport().update()

    def _ask(self) -> None:
        scale = round(self._scale() * self.devicePixelRatioF(), 4)
        for number in self._in_sight():
            known = self._pictures.get(number)
            if (known is None or known[0] != scale) and self._asked.get(number) != scale:
                self._asked[number] = scale
                self.page_wanted.emit(number, scale)

    def _on_look_changed(self) -> None:
        self.viewport().update()

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), look.colour("raised"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())
        boxes = self._boxes()
        for number in self._in_sight():
            box, known = boxes[number], self._pictures.get(number)
            painter.fillRect(box, Qt.GlobalColor.white)  # paper is white in every theme
            if known is not None:
                painter.drawImage(box, known[1])
            else:
                painter.setPen(Qt.GlobalColor.darkGray)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _("Drawing the page…"))
            painter.setPen(QPen(look.colour("edge"), 1))
            painter.drawRect(box.adjusted(-1, -1, 0, 0))
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y() > 0:
                self.zoom_in()
            else:
                self.zoom_out()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar, key = self.verticalScrollBar(), event.key()
        if key == Qt.Key.Key_PageDown:
            self.next_page()
        elif key == Qt.Key.Key_PageUp:
            self.previous_page()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(0 if key == Qt.Key.Key_Home else bar.maximum())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and not event.modifiers():
            self.zoom_in()
        elif key == Qt.Key.Key_Minus and not event.modifiers():
            self.zoom_out()
        else:
            super().keyPressEvent(event)
