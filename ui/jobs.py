"""Run core functions off the UI thread, with progress and cancel.

This module is the only maker of threads. Worker threads never touch a job:
they put letters into one inbox, and one relay that lives as long as the
runner delivers them on the UI thread, where every job signal is emitted.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gridapp.errors import GridAppError, OperationCancelled
from ui import crash

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 0.1
DELIVERY_BUDGET_S = 0.008
"""Longest stretch of deliveries before input gets its turn."""
NEXT_TURN_MS = 1
"""What waits so long comes after input, timers and painting; Qt 6 carries out what waits 0 ms before any of them."""


def answer_within(seconds: float, function: Callable[..., Result], *args: Any) -> Result | None:
    """Return ``function(*args)``, or None when it takes longer or fails; only before a window is there to wait for.

    The thread is left to itself then: one that hangs on a dead network share must not hold up the end either.
    """
    found: list[Result] = []

    def work() -> None:
        found.append(function(*args))

    thread = threading.Thread(target=work, name="gridapp-first", daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None


class Job(QObject):
    """One running function; lives on the UI thread, kept alive by its runner.

    Signals:
        progressed: done, total, message; about ten a second at most.
        waits: a sentence about somebody whom it waits for, now and then; "" when it waits no longer.
        succeeded: what the function returned.
        failed: the exception it raised.
        cancelled: it stopped because it was asked to; nothing was written.
        finished: always last, exactly once.

    Attributes:
        title: What it does, for the progress strip; "" keeps it out of sight.
        reports_progress: Whether it can say how far it is, and so be cancelled.
        is_save: Shutting a queue down still begins it, though it can be cancelled on its way.
        is_finished: True once ``finished`` was emitted.
    """

    progressed = Signal(object, object, str)  # object: Signal(int) is only 32 bits wide
    waits = Signal(str)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(
        self, stop: threading.Event, title: str = "", reports_progress: bool = False, is_save: bool = False
    ) -> None:
        super().__init__()
        self._stop = stop
        self.title = title
        self.reports_progress = reports_progress
        self.is_save = is_save
        self.is_finished = False

    @Slot()
    def cancel(self) -> None:
        """Ask the function to stop at its next progress report."""
        self._stop.set()


class JobRunner(QObject):
    """Runs functions in threads; ``max_threads=1`` makes it a queue.

    Signals:
        started: a Job that just began or was queued.
    """

    started = Signal(object)
    _posted = Signal()

    def __init__(
        self, max_threads: int = 2, name: str = "job", parent: QObject | None = None, finishes_queue: bool = False
    ) -> None:
        """Make a runner.

        Args:
            max_threads: How many jobs run at once.
            name: Part of the threads' names.
            parent: As usual in Qt.
            finishes_queue: Shutting down still runs what was queued, except jobs
                that report progress and are no saves: a save asked for is a save done.
        """
        super().__init__(parent)
        self._finishes_queue = finishes_queue
        self._executor = ThreadPoolExecutor(max_threads, thread_name_prefix=f"gridapp-{name}")
        self._inbox: deque[tuple[int, str, tuple[Any, ...]]] = deque()
        self._jobs: dict[int, tuple[Job, threading.Event]] = {}
        self._numbers = itertools.count()
        self._is_called = False
        self._closed = False
        self._posted.connect(self._deliver)

    @property
    def running(self) -> int:
        """Return how many jobs have not finished."""
        return len(self._jobs)

    def start(
        self,
        function: Callable[..., Any],
        *args: Any,
        title: str = "",
        reports_progress: bool = False,
        is_save: bool = False,
        may_wait: bool = False,
        **kwargs: Any,
    ) -> Job:
        """Start ``function(*args, **kwargs)``; with ``progress=`` too if it reports progress.

        With ``may_wait`` it is given ``waiting=``, to be asked with a sentence whether to wait for somebody any longer,
        and told "" when it does not.

        Once the runner is shut down the job never runs and says nothing: the
        last answers may still make a page ask for more.

        Raises:
            TypeError: The function or an argument carries a QObject, which must
                never be touched, nor die, on a worker thread.
        """
        if any(isinstance(item, QObject) for item in _carried((function, args, kwargs))):
            raise TypeError("A job must not carry a QObject; pass plain values to a core function.")
        number, stop = next(self._numbers), threading.Event()
        job = Job(stop, title, reports_progress, is_save)
        if self._closed:
            job.is_finished = True
            return job
        self._jobs[number] = (job, stop)
        if reports_progress:
            kwargs["progress"] = _Reporter(functools.partial(self._post, number, "progressed"), stop)
        if may_wait:
            kwargs["waiting"] = functools.partial(self._wait_on, number, stop)
        self._executor.submit(self._work, number, None if is_save else stop, function, args, kwargs)
        self.started.emit(job)
        return job

    def shut_down(self) -> None:
        """End every job, wait for it, and deliver what it still had to say."""
        if self._closed:
            return
        self._closed = True
        for job, _stop in self._jobs.values():
            if job.reports_progress or not self._finishes_queue:
                job.cancel()
        self._executor.shutdown(cancel_futures=not self._finishes_queue)
        while self._inbox:
            self._hand_over(*self._inbox.popleft())
        for number in list(self._jobs):  # those that never got a thread
            self._hand_over(number, "cancelled", ())

    def _wait_on(self, number: int, stop: threading.Event, sentence: str) -> bool:
        if sentence and (stop.is_set() or self._closed):
            return False
        self._post(number, "waits", sentence)
        return True

    def _work(
        self,
        number: int,
        stop: threading.Event | None,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        try:
            if stop is not None and stop.is_set():
                raise OperationCancelled
            result = function(*args, **kwargs)
        except OperationCancelled:
            self._post(number, "cancelled")
        except GridAppError as error:
            self._post(number, "failed", error)
        except BaseException as error:  # noqa: BLE001  the boundary: every bug becomes a signal, a panic in Rust too
            logger.error("Job %s failed\n%s", getattr(function, "__qualname__", "?"), crash.describe(error))
            self._post(number, "failed", error)
        else:
            self._post(number, "succeeded", result)

    def _post(self, number: int, signal: str, *args: Any) -> None:
        self._inbox.append((number, signal, args))
        if not self._is_called:  # one call for all that lies there: many would come one after the other, without a turn
            self._is_called = True
            self._posted.emit()

    @Slot()
    def _deliver(self) -> None:
        self._is_called = False  # before the inbox is looked at: a letter that comes later calls again
        deadline = time.monotonic() + DELIVERY_BUDGET_S
        while self._inbox:
            self._hand_over(*self._inbox.popleft())
            if time.monotonic() > deadline and self._inbox:
                self._is_called = True
                QTimer.singleShot(NEXT_TURN_MS, self._deliver)
                return

    def _hand_over(self, number: int, signal: str, args: tuple[Any, ...]) -> None:
        entry = self._jobs.get(number)
        if entry is None:
            return
        job = entry[0]
        if signal in ("progressed", "waits"):
            getattr(job, signal).emit(*args)
            return
        del self._jobs[number]  # how it ended; nobody has a turn between that and its end
        getattr(job, signal).emit(*args)
        job.is_finished = True
        job.finished.emit()


class _Reporter:
    """The progress port handed to a function; used on its thread."""

    def __init__(self, post: Callable[..., None], stop: threading.Event) -> None:
        self._post = post
        self._stop = stop
        self._last = 0.0

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Pass progress on, or raise OperationCancelled if the user asked to stop."""
        if self._stop.is_set():
            raise OperationCancelled
        now = time.monotonic()
        if now - self._last >= PROGRESS_INTERVAL_S:
            self._last = now
            self._post(done, total, message)


def _carried(item: Any, depth: int = 4) -> Iterator[Any]:
    """Yield what a function or argument would take along to another thread."""
    yield item
    if depth == 0:
        return
    inner: list[Any] = []
    if isinstance(item, functools.partial):
        inner = [item.func, item.args, item.keywords]
    elif isinstance(item, dict):
        inner = list(item.values())
    elif isinstance(item, (tuple, list, set, frozenset)) and len(item) <= 100:
        inner = list(item)
    elif callable(item) and not isinstance(item, type):
        inner = [getattr(item, "__self__", None), *_captured(item)]
    for part in inner:
        yield from _carried(part, depth - 1)


def _captured(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name the enclosing function has not set yet
            continue
