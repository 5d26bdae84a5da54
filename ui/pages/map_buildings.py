"""The buildings on the map page: asked for when the view comes near, anew when it leaves what was asked for."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gridapp import clock
from gridapp.domain.period import Month
from ui.map.dots import MapDots, Sight, read_dots
from ui.map.figures import MapPicture
from ui.map.map_view import MapView
from ui.pages.page import Page

AROUND = 0.6
"""Buildings are read for so much around the view, as a share of it."""


class MapBuildings(QObject):
    """Keeps the buildings of one map."""

    def __init__(self, view: MapView, page: Page) -> None:
        super().__init__(page)
        self._view = view
        self._page = page
        self._of: MapPicture | None = None
        self._sight: Sight | None = None

    def load(self, picture: MapPicture, month: Month) -> None:
        """Ask for the buildings in sight and around it: a city has 30,000."""
        box = self._view.box_in_sight
        if picture is self._of and self._sight is not None and self._sight.holds(box):
            return
        wide, tall = (box[2] - box[0]) * AROUND, (box[3] - box[1]) * AROUND
        larger = (box[0] - wide, box[1] - tall, box[2] + wide, box[3] + tall)
        communities = {picture.ground.communities[grid] for grid in picture.ground.within(larger).tolist()}
        self._of, self._sight = picture, Sight(picture.ground.frame, larger, tuple(sorted(communities)))
        self._page.load(read_dots, month, clock.today(), self._sight, then=self._show_dots)

    def _show_dots(self, dots: MapDots) -> None:
        self._view.show_dots(dots)
