"""The program as ``main.py`` starts it, with a line of JSON kept in a file about what is in sight.

A test that types on a real keyboard must know when the window is ready for the
next key; it reads that here in place of waiting and hoping. Nothing is steered
from here.

Usage: python -m tests.end_to_end.observed_window STATE_FILE [arguments of main.py]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QAbstractButton, QApplication

from tests import slow_jobs
from ui import app
from ui.desktop import Desktop
from ui.dialogs.import_wizard import ImportWizard
from ui.widgets.data_table import DataTable

LOOK_EVERY_MS = 30
MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class Observer(QObject):
    """Writes what is in sight whenever it changes."""

    def __init__(self, desktop: Desktop, file: Path) -> None:
        super().__init__(desktop)
        self._desktop, self._file, self._last, self._keys = desktop, file, "", 0
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Count the keys that came off the keyboard, so that a test can wait until its key was seen."""
        # Every key begins with this question to the window; a press may end in a shortcut, a release at another window.
        if (event.type() == QEvent.Type.ShortcutOverride and isinstance(watched, QWindow)
                and isinstance(event, QKeyEvent) and event.key() not in MODIFIERS):  # fmt: skip
            self._keys += 1
        return False

    @Slot()
    def _look(self) -> None:
        text = json.dumps(self._state(), ensure_ascii=False)
        if text != self._last:
            half = self._file.with_suffix(".half")
            half.write_text(text, "utf-8")
            os.replace(half, self._file)
            self._last = text

    def _state(self) -> dict[str, Any]:
        window = self._desktop.window
        page, modal, active = window.current_page, QApplication.activeModalWidget(), QApplication.activeWindow()
        state: dict[str, Any] = {
            "page": page.key if page else "",
            "loading": self._desktop.is_busy or (page is not None and page.is_loading),
            "modal": type(modal).__name__ if modal else "", "focus": self._focus(), "toast": window.toast.isVisible(),
            # A dialog that is gone stays the active window until the next one gets the keyboard.
            "active": active is not None and active.isVisible() and modal in (None, active), "keys": self._keys,
        }  # fmt: skip
        if isinstance(modal, ImportWizard):
            state["step"] = type(modal.step).__name__
            state["busy"] = modal.is_busy
            state["go"] = modal.next_button.text() if modal.next_button.isEnabled() else ""
        table = getattr(page, "table", None) or getattr(getattr(page, "list", None), "table", None)
        if isinstance(table, DataTable):
            state["people"] = [_person(row) for row in table.model.rows]
            current = table.current_row()
            state["current"] = _person(current) if current is not None else ""
        if page is not None and page.key == "today":
            state["dirty"] = page.desk.is_dirty  # type: ignore[attr-defined]
            state["draft"] = page.draft_bar.isVisible()  # type: ignore[attr-defined]
            state["target"] = [item.person.id for item in page.desk.form.targets]  # type: ignore[attr-defined]
        if page is not None and page.key == "reports":
            scope = page.form.scope_picker.scope  # type: ignore[attr-defined]
            state["scope"], state["grid"] = str(scope), scope.grid
            state["paper"] = page.paper is not None  # type: ignore[attr-defined]
        if page is not None and page.key == "map":
            state["map"] = _map(page.editing.desk)  # type: ignore[attr-defined]
        if modal is not None and hasattr(modal, "desk"):
            state["note"] = modal.desk.form.note_edit.toPlainText()
        return state

    def _focus(self) -> list[str]:
        widget = QApplication.focusWidget()
        if widget is None:
            return ["", "", "", ""]
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        return [type(widget).__name__, text or widget.accessibleName(), widget.objectName(), str(id(widget))]


def _map(desk: Any) -> dict[str, Any]:
    """Return what is being done to the grids."""
    if desk is None:
        return {"editing": False}
    cursor = desk.cursor
    under = desk.coverage.at(*cursor) if cursor is not None else None
    return {
        "editing": True, "selected": desk.selected, "faults": sum(problem.is_fault for problem in desk.problems),
        "grids": len(desk.coverage), "cursor": cursor, "sketch": len(desk.sketch), "tool": desk.tool,
        "under": under or "", "bounds": list(desk.coverage.shapes[under].bounds) if under else None,
    }  # fmt: skip


def _person(row: Any) -> str:
    person = getattr(getattr(row, "roster", row), "person", row)
    return str(getattr(person, "id", ""))


def main(file: str, arguments: list[str]) -> int:
    """Start the window with an observer."""
    slow_jobs.begin()
    show = Desktop.start

    def start(desktop: Desktop) -> None:
        show(desktop)
        Observer(desktop, Path(file))

    Desktop.start = start  # type: ignore[method-assign]
    return app.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
