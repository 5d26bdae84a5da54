"""What pages and dialogs are given: the database, the actor, jobs and undo."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gridapp.domain.access import OWNER, Principal
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from gridapp.settings import DEFAULTS, Settings
from ui import memory
from ui.jobs import Job, JobRunner

if TYPE_CHECKING:
    from gridapp.db.database import Database

KEPT_UNDO_STEPS = 100
TIDY_MS = 15_000
"""So long after something was asked, memory that lies free by then is given back."""


class AppContext(QObject):
    """Passed to pages and dialogs; there is no global application object.

    Signals:
        data_changed: the Changes, and the object that asked for them (or None).
        undo_changed: number of the operation Ctrl+Z would take back, or None.
        undone: the Changes of an undo that was carried out.
        error_raised: an exception for ``messages``.
        job_started: every Job, for the progress strip.
        demo_removal_requested: the invented people are to go.
        backup_made: the instant a checked backup was finished.
        accounts_requested: name and password of the first account (an Entrance), or None for a new key of the file.
        lock_requested: nobody is to see anything until somebody signs in again.
        wipe_requested: what is to be destroyed (a WipeOrder); closes the file.
        restore_requested: path of a backup that is to be put in place of the open file.

    Attributes:
        location: Path or address of what is open, without a password.
        actor: Who works here; written beside every change.
        settings: The values in force, as last read; replaced before ``data_changed`` says SETTING.
    """

    data_changed = Signal(object, object)
    undo_changed = Signal(object)
    undone = Signal(object)
    error_raised = Signal(object)
    job_started = Signal(object)
    demo_removal_requested = Signal()
    backup_made = Signal(object)
    accounts_requested = Signal(object)
    lock_requested = Signal()
    restore_requested = Signal(str)
    wipe_requested = Signal(object)

    def __init__(
        self,
        database: Database | Future[Database],
        actor: str,
        settings: Settings = DEFAULTS,
        parent: QObject | None = None,
        location: str = "",
    ) -> None:
        """Make a context.

        Args:
            database: It is open, or will be: questions and saves wait for it on their own threads.
            actor: Who works here.
            settings: The values in force.
            parent: As usual in Qt.
            location: Of a database that is still to be opened.
        """
        super().__init__(parent)
        self._door: Future[Database] = database if isinstance(database, Future) else _opened(database)
        self.location = location or self.database.location
        self.actor = actor
        self.settings = settings
        self._readers = JobRunner(2, "read", self)
        # Threads of their own for what may take minutes, e.g. a list of a whole city: pages are read meanwhile.
        self._makers = JobRunner(2, "make", self)
        self._writer = JobRunner(1, "write", self, finishes_queue=True)
        self._initiators: dict[Job, weakref.ref[QObject] | None] = {}
        self._undo: list[int] = []
        self._undoing: dict[Job, int] = {}
        self._waiting: dict[Job, tuple[Changes, weakref.ref[QObject] | None, bool]] = {}
        self._tidying = QTimer(self)
        self._tidying.setSingleShot(True)
        self._tidying.setInterval(TIDY_MS)
        self._tidying.timeout.connect(self.give_memory_back)
        for runner in (self._readers, self._makers, self._writer):
            runner.started.connect(self.job_started)
            runner.started.connect(self._on_job_started)

    @property
    def database(self) -> Database:
        """Return what is open; for those who run after it was opened, or on a worker's thread.

        Raises:
            StorageError: It could not be opened.
        """
        return self._door.result()

    @property
    def principal(self) -> Principal:
        """Return who signed in; the owner where nobody needs to."""
        return self.database.principal if self.is_open else OWNER

    @property
    def is_open(self) -> bool:
        """Return whether the database is open by now."""
        return self._door.done() and self._door.exception() is None

    def take_settings(self, settings: Settings) -> None:
        """Take the settings a database was opened with, telling everybody if they are others than were believed."""
        if settings != self.settings:
            self.settings = settings
            self.data_changed.emit(Changes(frozenset({Kind.SETTING})), None)

    def fetch(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Job:
        """Run ``query(session, *args, **kwargs)`` off the UI thread; errors are the caller's to show."""
        return self._readers.start(_ask, self._door, query, *args, **kwargs)

    def run(self, function: Callable[..., Any], *args: Any, title: str = "", reports_progress: bool = False,
            **kwargs: Any) -> Job:
        """Run a function that writes nothing into the database, e.g. makes a PDF, off the UI thread."""
        runner = self._makers if reports_progress else self._readers
        job = runner.start(function, *args, title=title, reports_progress=reports_progress, **kwargs)
        job.failed.connect(self.error_raised)
        if reports_progress:
            job.finished.connect(self._tidy_after_long_work)
        return job

    @Slot()
    def give_memory_back(self) -> None:
        """Return to the system what a large page or many answers have left free."""
        self._readers.start(memory.give_back)
        self._tidying.stop()  # until something else is asked

    @Slot()
    def _tidy_after_long_work(self) -> None:
        self._readers.start(_tidy, self._door)

    @Slot(object)
    def _on_job_started(self, _job: Job) -> None:
        if not self._tidying.isActive():
            self._tidying.start()

    def change(
        self,
        service: Callable[..., Changes],
        *args: Any,
        initiator: QObject | None = None,
        title: str = "",
        reports_progress: bool = False,
        is_save: bool = False,
        announce_errors: bool = True,
        **kwargs: Any,
    ) -> Job:
        """Run ``service(database, *args, **kwargs)``, one at a time, and announce its Changes.

        Args:
            service: From ``gridapp.services``; returns Changes.
            args: Its arguments after the database; plain values only.
            initiator: The object to name in ``data_changed``.
            title: For the progress strip.
            reports_progress: The service takes ``progress=`` and can be cancelled.
            is_save: It is begun even while the window closes, although it can be cancelled.
            announce_errors: False when the caller shows errors beside its own fields.
            kwargs: Its keyword arguments.
        """
        job = self._writer.start(
            _do, self._door, service, *args, title=title, reports_progress=reports_progress, is_save=is_save,
            may_wait=True, **kwargs,
        )  # fmt: skip
        self._initiators[job] = weakref.ref(initiator) if initiator is not None else None
        job.succeeded.connect(self._on_changed)
        job.finished.connect(self._on_change_finished)
        if reports_progress:
            job.finished.connect(self._tidy_after_long_work)
        if announce_errors:
            job.failed.connect(self.error_raised)
        return job

    @property
    def next_undo(self) -> int | None:
        """Return the operation Ctrl+Z would take back, or None."""
        return self._undo[-1] if self._undo else None

    def can_undo(self, operation: int | None) -> bool:
        """Return whether an operation of this session is still there to take back."""
        return operation in self._undo

    @Slot()
    def undo(self, operation: int | None = None) -> Job | None:
        """Take back one operation of this session, the last one by default.

        Asking twice for the same one does it once: the second call gives None.
        """
        chosen = self.next_undo if operation is None else operation
        if chosen is None or chosen not in self._undo:
            return None
        from gridapp.services.undo import undo_operation  # heavy: imported when first used

        self._undo.remove(chosen)
        self.undo_changed.emit(self.next_undo)
        job = self.change(
            undo_operation, chosen, self.actor, title=_("Taking back"), reports_progress=True, is_save=True
        )
        self._undoing[job] = chosen
        job.failed.connect(self._on_undo_failed)
        job.cancelled.connect(self._on_undo_cancelled)
        return job

    def shut_down(self) -> None:
        """Finish the saves that were asked for, stop everything else; call before the database closes."""
        self._writer.shut_down()
        self._makers.shut_down()
        self._readers.shut_down()
        self._tidying.stop()  # last: what the writer still had to say may have made a page ask for more

    @Slot(object)
    def _on_changed(self, changes: Changes) -> None:
        job = self.sender()
        reference = self._initiators.get(job) if isinstance(job, Job) else None
        initiator = reference() if reference is not None else None
        was_undo = isinstance(job, Job) and job in self._undoing
        if not was_undo and changes.operation is not None:
            self._undo = [*self._undo, changes.operation][-KEPT_UNDO_STEPS:]
            self.undo_changed.emit(self.next_undo)
        if Kind.SETTING in changes.kinds:
            self._read_settings_first(changes, initiator, was_undo)
        else:
            self._announce(changes, initiator, was_undo)

    def _read_settings_first(self, changes: Changes, initiator: QObject | None, was_undo: bool) -> None:
        from gridapp.db.queries.journal import load_settings  # heavy: imported when first used

        job = self.fetch(load_settings)
        self._waiting[job] = (changes, weakref.ref(initiator) if initiator is not None else None, was_undo)
        job.succeeded.connect(self._on_settings)
        job.failed.connect(self.error_raised)
        job.finished.connect(self._on_settings_read)

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        self.settings = settings

    @Slot()
    def _on_settings_read(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            changes, reference, was_undo = self._waiting.pop(job)
            self._announce(changes, reference() if reference is not None else None, was_undo)

    def _announce(self, changes: Changes, initiator: QObject | None, was_undo: bool) -> None:
        self.data_changed.emit(changes, initiator)
        if was_undo:
            self.undone.emit(changes)

    @Slot()
    def _on_undo_cancelled(self) -> None:
        job = self.sender()
        if isinstance(job, Job):  # nothing was written, so it can be asked for again
            self._offer_again(job)

    def _offer_again(self, job: Job) -> None:
        self._undo.append(self._undoing[job])
        self.undo_changed.emit(self.next_undo)

    @Slot(object)
    def _on_undo_failed(self, error: Exception) -> None:
        from gridapp.errors import StorageError

        job = self.sender()
        # A full disk can be emptied and the undo asked for again; a refusal stays a refusal.
        if isinstance(job, Job) and isinstance(error, StorageError):
            self._offer_again(job)

    @Slot()
    def _on_change_finished(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._initiators.pop(job, None)
            self._undoing.pop(job, None)


def _opened(database: Database) -> Future[Database]:
    door: Future[Database] = Future()
    door.set_result(database)
    return door


def _ask(door: Future[Database], query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return door.result().fetch(query, *args, **kwargs)


def _tidy(door: Future[Database]) -> None:
    door.result().release_idle()
    memory.give_back()


def _do(
    door: Future[Database], service: Callable[..., Changes], *args: Any, waiting: Callable[[str], bool], **kwargs: Any
) -> Changes:
    database = door.result()
    database.waiting = waiting  # one service at a time
    try:
        return service(database, *args, **kwargs)
    finally:
        database.waiting = None
