"""Editing the grids of one community on the map page: begin, look at faults, save, end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import shapely
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QStackedWidget

from gridapp import clock, formats
from gridapp.db.queries.grid_history import CommunityGround, DraftRow, get_boundary_draft
from gridapp.errors import GridAppError
from gridapp.geo.editing.beside import Neighbour
from gridapp.geo.editing.check import Problem
from gridapp.geo.editing.mending import Mended, mend_drawing
from gridapp.geo.editing.standing import Standing
from gridapp.i18n import _
from gridapp.services.boundary_drafts import keep_draft, read_draft
from gridapp.services.division import Proposal
from gridapp.services.shared_borders import open_for_editing
from ui import messages
from ui.context import AppContext
from ui.dialogs.map_drafts import MapDraftsDialog
from ui.dialogs.map_leave import MapLeaveDialog
from ui.dialogs.map_save import MapSaveDialog
from ui.jobs import Job
from ui.map.edit_desk import EditDesk
from ui.map.edit_hand import EditHand
from ui.map.edit_layer import EditLayer
from ui.map.edit_panel import EditPanel
from ui.map.figures import MonthShown
from ui.map.map_view import MapView

logger = logging.getLogger(__name__)

LEAST_SCALE = 0.05
"""From this scale on the middle of the view stands for a community. [px/m]"""

LEAST_LOOK = 60.0
"""Side of the view on a small fault. [m]"""


class MapEditing(QObject):
    """Lends the map to an EditDesk for a while.

    Signals:
        began: the desk is there.
        ended: it is gone.
        said: a sentence for the message at the foot.

    Attributes:
        desk: The sitting, None while there is none.
        panel: Its panel.
        drafts_wanted: The drafts are to be offered as soon as the desk is there.
    """

    began = Signal()
    ended = Signal()
    said = Signal(str)

    def __init__(self, context: AppContext, view: MapView, places: QStackedWidget, parent: QObject) -> None:
        """Make the controller.

        Args:
            context: Database and jobs.
            view: The map.
            places: Where the panel stands beside it.
            parent: The page.
        """
        super().__init__(parent)
        self._context = context
        self._view = view
        self._places = places
        self.desk: EditDesk | None = None
        self.panel: EditPanel | None = None
        self.dialog: MapSaveDialog | None = None
        self._layer: EditLayer | None = None
        self._shown: MonthShown | None = None
        self.drafts_wanted = False
        self._opening: Job | None = None
        self._opened: CommunityGround | None = None
        self._mending: Job | None = None
        self._mended: Mended | None = None
        self._draft = ""
        self._held: dict[str, Any] | None = None
        self._then: Callable[[], None] | None = None

    def begin(self, shown: MonthShown) -> None:
        """Open the community of the selected grid, or of the one in the middle of the view."""
        community = self.community_of(shown)
        if community is None:
            self.said.emit(_("Choose a grid of the community whose grids you want to edit."))
            return
        self._shown, self.drafts_wanted = shown, False
        job = self._context.fetch(open_for_editing, community, clock.today())
        job.succeeded.connect(self._on_ground)
        job.failed.connect(self._context.error_raised)

    def community_of(self, shown: MonthShown) -> str | None:
        """Return the code of the community the user means: of the selected grid, or in the middle of the view."""
        ground = shown.ground
        if len(set(ground.communities)) == 1:
            return ground.communities[0]
        grid = self._view.mark_layer.selected
        if grid is None:
            centre = self._view.box.viewRect().center()
            if self._view.pixels_per_metre > LEAST_SCALE:
                grid = self._view.grid_layer.number_at(centre.x(), centre.y())
        return None if grid is None else ground.communities[grid]

    def _on_ground(self, found: tuple[CommunityGround, list[Neighbour]]) -> None:
        assert self._shown is not None
        ground, neighbours = found
        if self.desk is not None or self._opening is not None or not ground.boundaries:
            return
        self._opened = ground
        self._opening = self._context.run(
            Standing.of_stored, ground.boundaries, ground.outline, self._shown.ground.frame, neighbours,
            title=_("Looking for faults in the grids…"), reports_progress=True,
        )  # fmt: skip
        self._opening.succeeded.connect(self._on_standing)
        self._opening.failed.connect(self._context.error_raised)
        self._opening.finished.connect(self._on_looked)

    def _on_looked(self) -> None:
        self._opening = None

    def _on_standing(self, standing: Standing) -> None:
        ground, self._opened = self._opened, None
        if ground is None or self._shown is None or self.desk is not None:
            return
        if self._view.shown is not None and self._view.shown.ground.frame != standing.opened.frame:
            self.begin(self._view.shown)  # the map has moved on meanwhile
            return
        self.desk = EditDesk(ground, standing, self)
        self._layer = EditLayer(self.desk)
        self._layer.setZValue(20)
        self._view.box.addItem(self._layer, ignoreBounds=True)
        self.panel = EditPanel(self.desk)
        self._places.addWidget(self.panel)
        self._places.setCurrentWidget(self.panel)
        self.desk.changed.connect(self._on_changed)
        self.desk.refused.connect(self.said)
        self.desk.told.connect(self.said)
        self.panel.saved.connect(self.save)
        self.panel.discarded.connect(self.discard)
        self.panel.problem_chosen.connect(self._look_at)
        self.panel.draft_wished.connect(self._ask_drafts)
        self.panel.plans_wished.connect(self.plan)
        self.panel.mending_wished.connect(self.mend)
        self._view.lend(EditHand(self._view, self.desk))
        self._show_all()
        grid = self._view.mark_layer.selected
        code = self._shown.ground.codes[grid] if grid is not None else ""
        if code in self.desk.coverage:
            self.desk.select(code)
        self._view.setFocus()
        self.began.emit()
        if ground.day > clock.today():
            text = _("Opened as the grids will lie from {day} on, because changes are planned until then.")
            self.said.emit(text.format(day=formats.date(ground.day)))
        if self.drafts_wanted:
            self.drafts_wanted = False
            self._ask_drafts()

    def _show_all(self) -> None:
        assert self.desk is not None
        self._look_in(shapely.total_bounds(list(self.desk.coverage.shapes.values())).tolist(), 1.06)

    def _look_in(self, box: list[float], times: float) -> None:
        west, south, east, north = box
        wide, tall = max(east - west, LEAST_LOOK) * times, max(north - south, LEAST_LOOK) * times
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        self._view.look_at(QRectF(middle_x - wide / 2, middle_y - tall / 2, wide, tall))

    def _look_at(self, problem: Problem) -> None:
        self._look_in(list(problem.shape.bounds), 3.0)

    def _on_changed(self) -> None:
        if self._layer is not None:
            self._layer.update()
        self._take_mended()

    # Mending

    def mend(self) -> None:
        """Fit all borders to each other, beside the window; drawing goes on meanwhile."""
        if self.desk is None or self.panel is None or self._mending is not None or self._mended is not None:
            return
        self._mending = self._context.run(
            mend_drawing, self.desk.session, self.desk.standing, title=_("Fitting borders to each other…"),
            reports_progress=True,
        )  # fmt: skip
        self._mending.succeeded.connect(self._on_mended)
        self._mending.finished.connect(self._on_mending_over)
        self.panel.show_mending(True)

    def _on_mended(self, mended: Mended) -> None:
        if self.sender() is self._mending:
            self._mended = mended

    def _on_mending_over(self) -> None:
        if self.sender() is not self._mending:
            return  # of a sitting that has ended, or given up
        self._mending = None
        if self._mended is not None:
            self._take_mended()
        elif self.panel is not None:
            self.panel.show_mending(False)

    def _take_mended(self) -> None:
        """Go on with what was mended, once the hand is free; what was drawn on meanwhile is mended again instead."""
        mended, desk = self._mended, self.desk
        if mended is None or desk is None or self.panel is None or desk.dragged is not None:
            return
        self._mended = None
        if mended.before is desk.session:
            self.panel.show_mending(False)
            desk.take(mended)
        else:
            self.mend()

    def _stop_mending(self) -> None:
        job, self._mending, self._mended = self._mending, None, None
        if job is not None:
            job.cancel()
        if self.panel is not None:
            self.panel.show_mending(False)

    # The end

    def may_leave(self, then: Callable[[], None]) -> bool:
        """Tell whether nothing drawn would be lost; else ask, and call ``then`` once it is saved, kept or dropped."""
        if self.desk is None:
            self.end()  # of what is still being opened
        if self.desk is None or not self.desk.has_changes:
            return True
        self.leave = MapLeaveDialog(self.desk.ground.name, len(self.desk.session.done), self._view.window())
        self.leave.answered.connect(self._on_leave)
        self._then = then
        self.leave.open()
        return False

    def _on_leave(self, answer: str) -> None:
        if answer == "discard":
            self.end()
            return
        self.save()
        if self.dialog is not None:
            self.dialog.rejected.connect(self._on_stay)
            if answer == "draft":
                self.dialog.reason_field.setFocus()

    def _on_stay(self) -> None:
        self._then = None

    def save(self) -> None:
        """Ask from which day it holds, and show what it changes."""
        if self.desk is None or not self.desk.has_changes:
            self.said.emit(_("Nothing was changed on the map."))
            return
        self._stop_mending()  # what is stored is what is seen; only leaving the page comes here while it works
        self.dialog = MapSaveDialog(self._context, self.desk, self._draft, self._view.window(), self._held)
        self.dialog.kept.connect(self._on_kept)
        self.dialog.open()

    def _on_kept(self, sentence: str) -> None:
        if sentence:
            self.said.emit(sentence)
        self.end()

    def discard(self) -> None:
        """End without saving; asks when something was drawn."""
        if self.desk is not None and self.desk.has_changes:
            question = _("End without saving what was drawn?")
            if not messages.confirm(self._view.window(), question, _("The grids stay as they were."), _("End")):
                return
        self.end()

    def end(self) -> None:
        """Give the map back, or do not open what is being looked at."""
        self._opened = None
        if self._opening is not None:
            self._opening.cancel()
        if self.desk is None or self.panel is None or self._layer is None:
            return
        self._stop_mending()
        self._view.lend(None)
        self._view.box.removeItem(self._layer)
        self._places.setCurrentIndex(0)
        self._places.removeWidget(self.panel)
        self.panel.deleteLater()
        self.desk.deleteLater()
        self.desk = self.panel = self._layer = None
        self._draft = ""
        self._view.setFocus()
        self.ended.emit()
        then, self._then = self._then, None
        if then is not None:
            then()

    def keep_safe(self) -> None:
        """Keep what is drawn as a draft: the database is about to close, because of the lock or another file."""
        desk = self.desk
        if desk is None or not desk.has_changes or not self._context.is_open:
            return
        try:
            keep_draft(
                self._context.database, desk.ground.code, desk.drawing(), max(clock.today(), desk.ground.day),
                _("Kept by itself when the program was locked or closed"), self._context.actor, self._draft,
                self._held,
            )  # fmt: skip
        except GridAppError:
            logger.exception("a drawing could not be kept")

    # Plans

    def plan(self) -> None:
        """Offer plans to divide the community anew; the one taken is drawn, to be edited and saved like any drawing."""
        from ui.dialogs.map_plans import MapPlansDialog  # heavy: imported when first used

        if self.desk is None:
            return
        if self.desk.has_changes:
            self.said.emit(_("Save or take back what was drawn first; a plan begins with the grids as they are."))
            return
        grids = len(self.desk.coverage)
        ground = self.desk.ground
        self.plans = MapPlansDialog(self._context, ground.code, grids, ground.day, self._view.window())
        self.plans.taken.connect(self._on_plan)
        self.plans.open()

    def _on_plan(self, proposal: Proposal) -> None:
        if self.desk is not None:
            self.desk.apply(proposal.drawing)
            self._view.setFocus()

    # Drafts

    def _ask_drafts(self) -> None:
        if self.desk is None:
            return
        self.drafts = MapDraftsDialog(self._context, self.desk.ground.code, self._view.window())
        self.drafts.chosen.connect(self._on_draft_chosen)
        self.drafts.open()

    def _on_draft_chosen(self, row: DraftRow) -> None:
        if self.desk is not None and self.desk.has_changes:
            self.said.emit(_("Save or take back what was drawn first; a draft begins with the grids as they are."))
            return
        self.open_draft(row.key)

    def open_draft(self, key: str) -> None:
        """Go on with a draft."""
        self._draft, self._held = key, None
        job = self._context.fetch(get_boundary_draft, key)
        job.succeeded.connect(self._on_draft)
        job.failed.connect(self._context.error_raised)

    def _on_draft(self, body: dict[str, Any]) -> None:
        if self.desk is None:
            return
        if body["before"] != self._as_opened(body["before"]):
            self._draft = ""
            self.said.emit(_("The grids have changed since this draft was kept. Draw it again, or drop the draft."))
            return
        self._held = body
        self.desk.apply(read_draft(body))
        self._view.setFocus()

    def _as_opened(self, before: dict[str, str | None]) -> dict[str, str | None]:
        assert self.desk is not None
        stored = self.desk.ground.boundaries
        return {id: stored[id].hex() if id in stored else None for id in before}
