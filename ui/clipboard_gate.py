"""Who stands between tables and the clipboard: many rows are asked about and listed, a few are not."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from gridapp.domain.handout import CLIPBOARD, COPIED_FREELY, Handout, HandoutKind
from gridapp.i18n import _
from ui.context import AppContext
from ui.handing_out import TakingOut
from ui.widgets import table_clipboard


class ClipboardGate(QObject):
    """Lets rows through to the clipboard: a few freely, more once they are listed."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        """Stand at the clipboard as long as the window is there."""
        super().__init__(parent)
        self._context = context
        self._waiting: tuple[Sequence[str], Sequence[Sequence[str]]] = ((), ())
        table_clipboard.set_gate(weakref.WeakMethod(self.let_through))

    def let_through(
        self, owner: QWidget, name: str, headings: Sequence[str], cells: Sequence[Sequence[str]]
    ) -> TakingOut | None:
        """Copy rows of a table, at once or when it was said what for."""
        if len(cells) <= COPIED_FREELY:
            table_clipboard.put(headings, cells)
            return None
        self._waiting = headings, cells
        out = TakingOut(owner, self._context, Handout(HandoutKind.CLIPBOARD, name, people=len(cells)))
        out.listed.connect(self._copy)
        out.to(_(CLIPBOARD))
        return out

    @Slot()
    def _copy(self) -> None:
        table_clipboard.put(*self._waiting)
        self._waiting = ((), ())
