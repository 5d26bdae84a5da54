"""Turns mouse and keys over the map into steps at the EditDesk."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from ui import theme
from ui.map.edit_desk import EditDesk
from ui.map.edit_tools import SKETCHING, TOOLS
from ui.map.map_view import MapView

SNAP_PIXELS = 10
CROSS_PIXELS = 16
"""How far an arrow key moves the cross while drawing; a tenth with Shift. [px]"""

_MOVES = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip
_KEYS = {key: tool for tool, (_name, key, _hint) in TOOLS.items()}


class EditHand(QObject):
    """Sits before the map's own mouse and keys while grids are edited; what it does not take, the map does."""

    def __init__(self, view: MapView, desk: EditDesk) -> None:
        super().__init__(desk)  # goes with what it edits
        self._view = view
        self._desk = desk
        self._pressed: QPointF | None = None
        self._holds = False
        self._moved = False

    @property
    def _reach(self) -> float:
        return theme.current().px(SNAP_PIXELS) / max(self._view.pixels_per_metre, 1e-9)

    def _metres(self, event: QMouseEvent) -> tuple[float, float]:
        place = self._view.box.mapSceneToView(self._view.mapToScene(event.position().toPoint()))
        return place.x(), place.y()

    # Mouse

    def press(self, event: QMouseEvent) -> bool:
        """Take a press of the left button on a corner or an unlocked grid; tell whether the map is to keep out."""
        self._holds = self._moved = False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._pressed = event.position()
        x, y = self._metres(event)
        desk = self._desk
        if desk.tool == "vertex" and desk.selected and desk.choose_vertex_at(x, y, self._reach):
            self._holds = True
        elif desk.tool == "whole" and desk.session.coverage.at(x, y) in desk.selected:
            desk.grip(x, y)
            self._holds = True
        return self._holds

    def move(self, event: QMouseEvent) -> bool:
        """Follow the pointer; drag what is held."""
        x, y = self._metres(event)
        if self._holds:
            self._moved = True
            self._desk.drag_to(x, y, self._reach)
            return True
        if event.buttons() == Qt.MouseButton.NoButton:
            self._desk.point_at(x, y, self._reach)
            return True
        return False

    def release(self, event: QMouseEvent) -> bool:
        """Drop what was held, or take a click: a point, a grid."""
        held, self._holds = self._holds, False
        if held:
            if self._moved:
                self._desk.drop()
            return True
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return False
        still = (event.position() - self._pressed).manhattanLength() < 5
        self._pressed = None
        if still:
            self._click(event)
        return False

    def _click(self, event: QMouseEvent) -> None:
        x, y = self._metres(event)
        desk = self._desk
        if desk.tool in SKETCHING and not (desk.tool == "reshape" and not desk.selected):
            desk.point_at(x, y, self._reach)
            desk.add_point()
            return
        more = desk.tool == "merge" or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        desk.select(desk.session.coverage.at(x, y), more)

    def double_click(self, event: QMouseEvent) -> bool:
        """Finish a sketch, or put a corner on a border."""
        if self._desk.tool in SKETCHING:
            self._desk.finish()
        elif self._desk.tool == "vertex":
            self._desk.insert_corner(*self._metres(event), self._reach)
        return True

    # Keys

    def wants(self, event: QKeyEvent) -> bool:
        """Tell whether a key that is also a shortcut of the window belongs to the map now."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return control and event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y)

    def key(self, event: QKeyEvent) -> bool:
        """Take a key; tell whether it was taken."""
        key, desk = Qt.Key(event.key()), self._desk
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            back = key == Qt.Key.Key_Z and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if key not in (Qt.Key.Key_Z, Qt.Key.Key_Y):
                return False
            desk.undo() if back else desk.redo()
            return True
        if key in _MOVES:
            return self._arrow(*_MOVES[key], bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        tool = _KEYS.get(event.text().upper())
        if tool is not None:
            desk.choose_tool(tool)
            return True
        return self._command(key)

    def _command(self, key: Qt.Key) -> bool:
        desk = self._desk
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            desk.finish()
        elif key == Qt.Key.Key_Escape:
            desk.cancel()
        elif key == Qt.Key.Key_Backspace:
            desk.drop_point()
        elif key == Qt.Key.Key_Delete:
            desk.delete_corner()
        elif key == Qt.Key.Key_Space:
            self._space()
        elif key == Qt.Key.Key_I and desk.tool == "vertex":
            self._between()
        elif key == Qt.Key.Key_L:
            desk.unlock(not desk.is_unlocked)
        elif key == Qt.Key.Key_T:
            desk.follow(not desk.follows)
        elif key in (Qt.Key.Key_N, Qt.Key.Key_P):
            self._step(1 if key == Qt.Key.Key_N else -1)
        elif key == Qt.Key.Key_Z:
            self._look_closer()
        else:
            return False
        return True

    def _look_closer(self) -> None:
        """Show the grid under the cross, or the one chosen, large."""
        desk = self._desk
        under = desk.coverage.at(*desk.cursor) if desk.cursor is not None and desk.tool != "vertex" else None
        id = under or (desk.selected[-1] if desk.selected else None)
        if id is not None and id in desk.coverage:
            self._view.look_close(desk.coverage.shapes[id].bounds)

    def _space(self) -> None:
        desk = self._desk
        if desk.tool in SKETCHING:
            if desk.cursor is None:
                self._put_cross()
            desk.add_point()
        elif desk.tool == "merge":
            self._put_cross()
            if desk.cursor is not None:
                desk.select(desk.session.coverage.at(*desk.cursor), more=True)

    def _between(self) -> None:
        """Put a corner in the middle between the chosen one and the next."""
        desk = self._desk
        before = desk.vertex
        if before is None or not desk.step_vertex(1) or desk.vertex is None:
            return
        middle = (before[0] + desk.vertex[0]) / 2, (before[1] + desk.vertex[1]) / 2
        desk.insert_corner(*middle, 0.01)

    def _arrow(self, east: int, north: int, fine: bool) -> bool:
        desk = self._desk
        if desk.vertex is not None or (desk.tool == "whole" and desk.selected):
            step = 0.1 if fine else 1.0
            desk.nudge(east * step, north * step)
            return True
        if desk.tool not in SKETCHING and desk.tool != "merge":
            return False
        self._put_cross()
        assert desk.cursor is not None
        step = CROSS_PIXELS / self._view.pixels_per_metre * (0.1 if fine else 1.0)
        x, y = desk.cursor[0] + east * step, desk.cursor[1] + north * step
        # A cross that holds on to a corner would never leave it by small steps.
        desk.point_at(x, y, step * 0.45)
        seen = self._view.box.viewRect()
        if not seen.contains(QPointF(x, y)):
            self._view.box.translateBy(x=x - seen.center().x(), y=y - seen.center().y())
        return True

    def _put_cross(self) -> None:
        if self._desk.cursor is None or not self._view.box.viewRect().contains(QPointF(*self._desk.cursor)):
            centre = self._view.box.viewRect().center()
            self._desk.point_at(centre.x(), centre.y(), 0.0)

    def tab(self, forward: bool) -> bool:
        """Walk along the corners of the grid chosen; tell whether there was a next one."""
        desk = self._desk
        return desk.tool == "vertex" and bool(desk.selected) and desk.step_vertex(1 if forward else -1)

    def _step(self, by: int) -> bool:
        """Go to the next grid: choose it, or with the merging tool only put the cross into it, for Space."""
        return self._desk.step_cursor(by) if self._desk.tool == "merge" else self._desk.step_selection(by)

    def event_of(self, event: QEvent) -> bool:
        """Keep window shortcuts away from keys that belong to the map."""
        return event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.wants(event)
