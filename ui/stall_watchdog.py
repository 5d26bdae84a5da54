"""Notice when the event loop stood still; for development and tests."""

from __future__ import annotations

import logging
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer, Slot

logger = logging.getLogger(__name__)

TICK_MS = 10
STALL_MS = 100.0


class StallWatchdog(QObject):
    """Ticks every 10 ms and keeps every gap longer than 100 ms.

    Attributes:
        stalls: Lengths of the gaps seen. [ms]
        longest: The longest gap so far, stall or not. [ms]
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stalls: list[float] = []
        self.longest = 0.0
        self._last = perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def restart(self) -> None:
        """Forget what was seen, e.g. after start-up."""
        self.stalls.clear()
        self.longest = 0.0
        self._last = perf_counter()

    @Slot()
    def _tick(self) -> None:
        now = perf_counter()
        gap = (now - self._last) * 1000
        self._last = now
        self.longest = max(self.longest, gap)
        if gap > STALL_MS:
            self.stalls.append(gap)
            logger.warning("The window stood still for %.0f ms", gap)
