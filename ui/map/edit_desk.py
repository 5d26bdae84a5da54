"""A sitting at the grids of one community: what is drawn, chosen, undone and wrong; no painting, no events.

Everything a hand can do has one method here, whether it comes from the mouse,
the keyboard or a button; the canvas and the panel show what ``changed`` says.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from PySide6.QtCore import QObject, Signal

from gridapp.errors import ValidationError
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import Problem
from gridapp.geo.editing.coverage import Coverage, Edit, Snap
from gridapp.geo.editing.mending import Mended
from gridapp.geo.editing.session import Drawing, EditSession
from gridapp.geo.editing.standing import Standing
from gridapp.geo.editing.tracing import along_borders
from gridapp.i18n import _
from gridapp.services.grid_editing import CommunityGround
from ui.map.edit_drawn import as_edit, drawn, given, mended
from ui.map.edit_tools import LEAST_POINTS, SKETCHING

Place = tuple[float, float]


class EditDesk(QObject):
    """What is being done to the grids.

    Signals:
        changed: anything is different.
        refused: why a step could not be done.
        told: what a step did that is not seen at once.

    Attributes:
        ground: The community as it was opened.
        session: Edits done and undone.
        tool: Key of TOOLS.
        selected: Ids of the grids chosen, the first one chosen first.
        sketch: Points drawn so far. [m]
        cursor: Where the pointer or the keyboard's cross is. [m]
        snap: What the cursor holds on to.
        vertex: The corner chosen, exactly. [m]
        dragged: The edit the hand is about to make, shown but not done.
        is_unlocked: Whole grids may be moved.
        follows: A sketch between two places on borders runs along the borders.
        standing: What was wrong when it was opened.
        problems: What is wrong now.
    """

    changed = Signal()
    refused = Signal(str)
    told = Signal(str)

    def __init__(self, ground: CommunityGround, standing: Standing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ground = ground
        self.session = EditSession.start(standing.opened)
        self.standing = standing
        self.tool = "vertex"
        self.selected: list[str] = []
        self.sketch: list[Place] = []
        self.cursor: Place | None = None
        self.snap: Snap | None = None
        self.vertex: Place | None = None
        self.dragged: Edit | None = None
        self.is_unlocked = False
        self.follows = False
        self._hindrance = ""
        self.problems = list(self.standing.problems)
        self._nudged: tuple[Place, Place, int] | None = None
        self._grip: Place | None = None
        self._promised: set[str] = set()
        self._mended: Mended | None = None

    # What there is

    @property
    def coverage(self) -> Coverage:
        """The grids as they are now, with what the hand is about to do."""
        return self.session.coverage if self.dragged is None else self.session.coverage.applied(self.dragged)

    @property
    def has_changes(self) -> bool:
        """Whether anything differs from what was opened."""
        return bool(self.session.outcome().changes)

    @property
    def new_ids(self) -> list[str]:
        """Ids of grids that are new, in the order they were made."""
        found = [id for id in self.session.coverage if id not in self.session.opened]
        return sorted(found, key=lambda id: int(id.partition("-")[2] or 0))

    def name(self, id: str) -> str:
        """Return what a grid is called."""
        known = self.ground.grids.get(id)
        return known.name if known is not None else _("New {number}").format(number=id.partition("-")[2])

    def drawing(self) -> Drawing:
        """Return the outcome as it is stored."""
        return self.session.drawn()

    def free_id(self) -> str:
        """Return an id no grid of this sitting has had."""
        used = {id for edit in (*self.session.done, *self.session.undone) for id in edit.touched}
        used |= self._promised
        number = 1
        while f"new-{number}" in used:
            number += 1
        self._promised.add(f"new-{number}")
        return f"new-{number}"

    # Choosing

    def choose_tool(self, tool: str) -> None:
        """Take another tool; what was sketched is dropped."""
        self.tool = tool
        self._drop()
        self.changed.emit()

    def unlock(self, on: bool) -> None:
        """Let whole grids be moved, or not."""
        self.is_unlocked = on
        self.changed.emit()

    def follow(self, on: bool) -> None:
        """Let sketches run along borders that are there, or straight."""
        self.follows = on
        self.changed.emit()

    def select(self, id: str | None, more: bool = False) -> None:
        """Choose a grid; with ``more`` add it to those chosen, or take it out."""
        if id is None:
            self.selected = self.selected if more else []
        elif more:
            self.selected = [other for other in self.selected if other != id] if id in self.selected else [
                *self.selected, id]  # fmt: skip
        else:
            self.selected = [id]
        self.vertex = None
        self.changed.emit()

    def step_selection(self, by: int) -> bool:
        """Choose the next grid by code, or the previous; tell whether there was one."""
        ids = sorted(self.session.coverage)
        if not ids:
            return False
        last = self.selected[-1] if self.selected else ""
        now = ids.index(last) if last in ids else (-1 if by > 0 else len(ids))
        if not 0 <= now + by < len(ids):
            return False
        self.select(ids[now + by])
        return True

    def step_cursor(self, by: int) -> bool:
        """Put the cross into the next grid by code, or the previous; tell whether there was one."""
        coverage = self.session.coverage
        ids = sorted(coverage)
        under = coverage.at(*self.cursor) if self.cursor is not None else None
        place = ids.index(under) + by if under is not None else (0 if by > 0 else len(ids) - 1)
        if not 0 <= place < len(ids):
            return False
        inside = shapely.point_on_surface(coverage.shapes[ids[place]])
        self.cursor = (inside.x, inside.y)
        self.changed.emit()
        return True

    def step_vertex(self, by: int) -> bool:
        """Choose the next corner of the grid chosen; tell whether there is one."""
        if not self.selected or self.selected[-1] not in self.session.coverage:
            return False
        places = [tuple(place) for place in self.session.coverage.corners(self.selected[-1]).tolist()]
        at = places.index(self.vertex) if self.vertex in places else (-1 if by > 0 else 0)
        x, y = places[(at + by) % len(places)]
        self.vertex = (x, y)
        self.changed.emit()
        return True

    def choose_vertex_at(self, x: float, y: float, reach: float) -> bool:
        """Choose the corner of a chosen grid within reach; tell whether there is one."""
        snap = self.session.coverage.snap(x, y, reach)
        found = snap is not None and snap.on_vertex and bool(set(snap.ids) & set(self.selected))
        self.vertex = (snap.x, snap.y) if found and snap is not None else None
        self.changed.emit()
        return found

    def point_at(self, x: float, y: float, reach: float) -> None:
        """Follow the pointer, holding on to a corner or border within reach."""
        self.snap = self.session.coverage.snap(x, y, reach) if self.tool in SKETCHING else None
        self.cursor = (self.snap.x, self.snap.y) if self.snap is not None else (x, y)
        self.changed.emit()

    # Drawing

    def add_point(self) -> None:
        """Put a point of the sketch where the cursor is."""
        if self.tool in SKETCHING and self.cursor is not None:
            if self.sketch and self.sketch[-1] == self.cursor:
                return
            if self.follows and self.sketch:
                self.sketch += along_borders(self.session.coverage, self.sketch[-1], self.cursor) or []
            self.sketch.append(self.cursor)
            self.changed.emit()

    def drop_point(self) -> None:
        """Take the last point back."""
        if self.sketch:
            self.sketch.pop()
            self.changed.emit()

    def cancel(self) -> None:
        """Drop what is being drawn, or else what is chosen."""
        if self.sketch or self.dragged or self.vertex:
            self._drop()
        else:
            self.selected = []
        self.changed.emit()

    def finish(self) -> bool:
        """Do what the tool and the sketch say; tell whether it was done."""
        coverage = self.session.coverage
        if self.tool == "merge":
            done = self._try(lambda: borders.merge(coverage, self.selected))
            if done:
                self.selected = self.selected[:1]
                self.changed.emit()
            return done
        if self.tool not in SKETCHING:
            return False
        if len(self.sketch) < LEAST_POINTS[self.tool]:
            self.refused.emit(_("Draw at least {count} points first.").format(count=LEAST_POINTS[self.tool]))
            return False
        line = coverage.frame.on_lattice(np.array(self.sketch))
        for place, point in enumerate(self.sketch):  # what holds on to a corner or border stays exactly there
            snap = coverage.snap(*point, 1e-6)
            if snap is not None:
                line[place] = snap.x, snap.y
        done = self._try(lambda: drawn(self.tool, coverage, self.selected, line, self.free_id))
        if done:
            self.sketch = []
            self.changed.emit()
        return done

    # Corners and whole grids

    def drag_to(self, x: float, y: float, reach: float) -> None:
        """Show the chosen corner, or the unlocked grid, where the hand holds it."""
        self.dragged = None
        if self.vertex is not None:
            holders = frozenset(self.session.coverage.with_vertex(*self.vertex))
            self.snap = self.session.coverage.snap(x, y, reach, holders)
            target = (self.snap.x, self.snap.y) if self.snap is not None else (x, y)
            self._preview(lambda: corners.move_vertices(self.session.coverage, {self._held: target}))
            self.cursor = target
        elif self.tool == "whole" and self.selected and self._grip is not None:
            east, north = x - self._grip[0], y - self._grip[1]
            self._preview(
                lambda: corners.move_whole(self.session.coverage, self.selected[-1], east, north, self.is_unlocked)
            )
        self.changed.emit()

    @property
    def _held(self) -> Place:
        assert self.vertex is not None
        return self.vertex

    def grip(self, x: float, y: float) -> None:
        """Take hold of the chosen grid to move it whole."""
        self._grip = (x, y)

    def drop(self) -> None:
        """Do what was dragged."""
        edit, self.dragged, self._grip = self.dragged, None, None
        self.snap = None
        if edit is None and self._hindrance:
            self.refused.emit(self._hindrance)
        self._hindrance = ""
        if edit is not None and self._try(lambda: edit) and self.vertex is not None and self.cursor is not None:
            self._hold_on(self.cursor)
        self.changed.emit()

    def nudge(self, east: float, north: float) -> None:
        """Move the chosen corner, or the unlocked grid, by so many metres; steps in a row are one edit."""
        if self.vertex is None:
            if self.tool == "whole" and self.selected:
                coverage, id = self.session.coverage, self.selected[-1]
                self._try(lambda: corners.move_whole(coverage, id, east, north, self.is_unlocked))
            return
        session, start = self.session, self.vertex
        target = (start[0] + east, start[1] + north)
        if self._nudged is not None and self._nudged[1:] == (self.vertex, len(session.done)):
            start = self._nudged[0]
            session = session.undo()
        try:
            edit = corners.move_vertices(session.coverage, {start: target})
            self.session = session.did(edit)
        except ValidationError as error:
            self.refused.emit(str(error))
            return
        self._hold_on(target)
        if self.vertex is not None:
            self._nudged = (start, self.vertex, len(self.session.done))
        self._check()

    def insert_corner(self, x: float, y: float, reach: float) -> None:
        """Put a corner on the nearest border, in every grid that has it, and choose it."""
        if self._try(lambda: corners.insert_vertex(self.session.coverage, x, y, reach)):
            self.choose_vertex_at(x, y, reach)

    def delete_corner(self) -> None:
        """Take the chosen corner out of every grid that has it."""
        if self.vertex is not None:
            held = self.vertex
            if self._try(lambda: corners.delete_vertex(self.session.coverage, *held)):
                self.vertex = None
                self.changed.emit()

    def give(self, problem: Problem) -> None:
        """Give ground that nobody has, or that several claim, to the chosen grid."""
        if not self.selected:
            self.refused.emit(_("Choose the grid that is to have the ground first."))
            return
        self._try(lambda: given(self.session.coverage, self.selected[-1], problem))

    def take(self, done: Mended) -> None:
        """Go on with the drawing, now mended, as one step; what that does to areas is told."""
        self.session, self._mended, self._nudged = done.after, done, None
        if self.vertex is not None:
            self._hold_on(self.vertex)
        self._check()
        self.told.emit(mended(done.before.coverage, done.after.coverage))

    # Back and forth

    def undo(self) -> None:
        """Take the last step back."""
        self._go(self.session.undo())

    def redo(self) -> None:
        """Do the step taken back last again."""
        self._go(self.session.redo())

    def apply(self, drawing: Drawing) -> None:
        """Do a drawing made elsewhere, a draft or a plan, as one step.

        Raises:
            ValidationError: The grids are not as they were when it was made.
        """
        self._try(lambda: as_edit(drawing, self.session.coverage))

    def _go(self, session: EditSession) -> None:
        self.session = session
        self._drop()
        self.selected = [id for id in self.selected if id in session.coverage]
        self._check()

    def _hold_on(self, place: Place) -> None:
        snap = self.session.coverage.snap(*place, 0.005)
        self.vertex = (snap.x, snap.y) if snap is not None and snap.on_vertex else None

    def _drop(self) -> None:
        self.sketch, self.vertex, self.dragged, self.snap, self._grip = [], None, None, None, None

    def _preview(self, make: Callable[[], Edit]) -> None:
        try:
            self.dragged = make()
        except ValidationError as error:
            self.dragged, self._hindrance = None, str(error)  # said when it is dropped, not at every pixel
            return
        self._hindrance = ""
        self.problems = self._wrong_in(self.session.did(self.dragged))

    def _try(self, make: Callable[[], Edit]) -> bool:
        try:
            self.session = self.session.did(make())
        except ValidationError as error:
            self.refused.emit(str(error))
            return False
        self._nudged = None
        self._check()
        return True

    def _check(self) -> None:
        self.problems = self._wrong_in(self.session)
        self.changed.emit()

    def _wrong_in(self, session: EditSession) -> list[Problem]:
        found = self._mended.problems_in(session) if self._mended is not None else None
        return list(self.standing.after(session.outcome()) if found is None else found)
