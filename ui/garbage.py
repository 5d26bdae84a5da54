"""Keep Python's cycle collector on the UI thread.

Left alone it runs on whichever thread happens to allocate; on a worker it
would destroy widgets caught in a cycle there, which Qt answers with a crash.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

INTERVAL_MS = 4000
FULL_EVERY = 8
MANY = 60_000
"""So many new objects take longer to look through than a hand may wait (about 20 ms)."""


class UiThreadCollector(QObject):
    """Switches automatic collection off and collects from a timer instead.

    Young objects are collected every time, all of them only now and then: a
    full pass over a large program takes long enough to be felt. What is there
    after the start, modules and classes above all, stays to the end and is not
    looked through again. What a large job makes, a hundred thousand rows of a
    ledger, is put aside too: it goes when nobody holds it any more, as rows hold
    no circles. What else was put aside with it, a dialog and its answers, may:
    all is looked through once another program is in front and nobody waits.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._rounds = self._kept = 0
        self._owes = False
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        """Give the collector back to Python as it was."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        self._rounds += 1
        is_full = self._rounds % FULL_EVERY == 0
        young = gc.get_count()[0]
        self._kept += young
        if self._rounds == 1 or young > MANY or (is_full and self._kept > MANY):
            self._kept = 0
            self._owes = self._rounds > 1
            gc.freeze()  # without a pass: one over all that was imported takes 100 ms, over a large ledger 500
        elif self._owes and QGuiApplication.applicationState() != Qt.ApplicationState.ApplicationActive:
            self._owes = False
            self._kept = 0
            gc.unfreeze()
            gc.collect()  # 100 to 250 ms
            gc.freeze()
        else:
            gc.collect(2 if is_full else 1)
            self._kept = 0 if is_full else self._kept
