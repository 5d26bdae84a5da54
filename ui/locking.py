"""Notice that nobody is at the computer, or that it slept, and ask for the lock."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QWindow

from gridapp import clock

LOOK_EVERY_MS = 5_000
SLEPT = dt.timedelta(minutes=1)
"""A tick that comes so late means that the computer was asleep."""
_SIGNS = frozenset((QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel))


class IdleLock(QObject):
    """Watches the program's windows for keys and the mouse.

    Signals:
        lock_requested: nobody did anything for as long as the setting says, or the computer slept.
    """

    lock_requested = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._patience = dt.timedelta()
        self._last_sign = self._last_look = clock.now()
        self._window: QWindow | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self, minutes: int) -> None:
        """Begin to watch; so many idle minutes ask for the lock."""
        self._patience = dt.timedelta(minutes=minutes)
        self._last_sign = self._last_look = clock.now()
        application = QGuiApplication.instance()
        if not self._timer.isActive() and isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)
            self._watch(QGuiApplication.focusWindow())
            self._timer.start()

    def stop(self) -> None:
        """Watch no longer."""
        application = QGuiApplication.instance()
        if self._timer.isActive() and isinstance(application, QGuiApplication):
            self._timer.stop()
            application.focusWindowChanged.disconnect(self._watch)
            self._watch(None)

    @Slot()
    def look(self) -> None:
        """See how long nothing was done."""
        now = clock.now()
        slept, self._last_look = now - self._last_look > SLEPT, now
        if slept or now - self._last_sign >= self._patience:
            self.stop()
            self.lock_requested.emit()

    @Slot(object)
    def _watch(self, window: QWindow | None) -> None:
        # One window at a time: a filter on the whole application would be asked about every event of every widget.
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window.destroyed.disconnect(self._forget)
        self._window = window
        if window is not None:
            window.installEventFilter(self)
            window.destroyed.connect(self._forget)
            self._last_sign = clock.now()

    @Slot()
    def _forget(self) -> None:
        self._window = None

    # Overrides of Qt methods

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS:
            self._last_sign = clock.now()
        return False
