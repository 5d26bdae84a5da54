"""Notice when the event loop stood still; for development and tests."""

from __future__ import annotations

import logging
from time import perf_counter, thread_time

from PySide6.QtCore import QObject, Qt, QTimer, Slot

logger = logging.getLogger(__name__)

TICK_MS = 10
STALL_MS = 100.0


class StallWatchdog(QObject):
    """Ticks every 10 ms and keeps every gap longer than 100 ms.

    Attributes:
        stalls: Lengths of the gaps seen. [ms]
        longest: The longest gap so far, stall or not. [ms]
        hardest: The most work of the window's own thread in one gap, without waiting for a processor. [CPU ms]
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stalls: list[float] = []
        self.longest = self.hardest = 0.0
        self._last, self._last_work = perf_counter(), thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def restart(self) -> None:
        """Forget what was seen, e.g. after start-up."""
        self.stalls.clear()
        self.longest = self.hardest = 0.0
        self._last, self._last_work = perf_counter(), thread_time()

    @Slot()
    def _tick(self) -> None:
        now, work = perf_counter(), thread_time()
        gap = (now - self._last) * 1000
        self.longest = max(self.longest, gap)
        self.hardest = max(self.hardest, (work - self._last_work) * 1000)
        self._last, self._last_work = now, work
        if gap > STALL_MS:
            self.stalls.append(gap)
            logger.warning("The window stood still for %.0f ms", gap)
