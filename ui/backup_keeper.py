"""Does what nobody should have to remember, while the window is open: daily backup, sealing the deceased, sweeping."""

from __future__ import annotations

import datetime as dt
import logging
import time

from PySide6.QtCore import QObject, QTimer, Slot

from gridapp.domain.changes import Changes
from gridapp.errors import OperationCancelled, StorageError
from gridapp.i18n import _
from gridapp.progress import Progress
from gridapp.services import backups, half_made, sealing
from gridapp.services.backups import BackupMade, BackupStatus
from ui.context import AppContext

logger = logging.getLogger(__name__)

FIRST_MS = 2 * 60_000
EVERY_MS = 30 * 60_000
AT_MOST_EVERY = dt.timedelta(hours=20)
SEALED_AT_ONCE = 20
"""People in a turn of sealing; a save that waits for it waits a fraction of a second."""


class BackupKeeper(QObject):
    """Looks every half hour whether a backup is due; a failure is tried again, and the status line shows its age."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._context = context
        self._sealed = 0
        self._timer = QTimer(self)
        self._timer.setInterval(FIRST_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Make a backup if one is due."""
        self._timer.setInterval(EVERY_MS)
        job = self._context.run(
            _make_if_due, self._context.database, title=_("Making a backup…"), reports_progress=True
        )
        job.succeeded.connect(self._on_made)
        self._context.run(half_made.sweep)
        self._context.run(sealing.is_any_due, self._context.database).succeeded.connect(self._on_due)

    @Slot(object)
    def _on_due(self, is_any: bool) -> None:
        """Seal the records of those who died long enough ago: few in a turn, so that no save waits long."""
        if is_any and not self._sealed:
            self._seal()

    def _seal(self) -> None:
        asked = (self._context.actor, SEALED_AT_ONCE, self._sealed)
        job = self._context.change(sealing.seal_due, *asked, initiator=self)
        job.succeeded.connect(self._on_sealed)
        job.failed.connect(self._on_not_sealed)

    @Slot(object)
    def _on_sealed(self, changes: Changes) -> None:
        if changes.result < SEALED_AT_ONCE:
            self._sealed = 0
        else:
            self._sealed += changes.result
            self._seal()

    @Slot(object)
    def _on_not_sealed(self, error: object) -> None:
        self._sealed = 0  # looked for again in half an hour

    @Slot(object)
    def _on_made(self, found: tuple[BackupMade | None, BackupStatus]) -> None:
        if found[1].newest is not None:
            self._context.backup_made.emit(found[1].newest)


class Patience:
    """Progress of a backup that nobody watches: it is given up when it takes too long."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Go on, until the time is over.

        Raises:
            OperationCancelled: It is.
        """
        if time.monotonic() > self._until:
            raise OperationCancelled


def _make_if_due(database: object, progress: Progress) -> tuple[BackupMade | None, BackupStatus]:
    from gridapp.db.database import Database

    assert isinstance(database, Database)
    made = None
    try:
        made = backups.back_up_if_changed(database, "daily", progress, AT_MOST_EVERY)
    except StorageError as error:
        # Tried again in half an hour; the status line says how old the newest backup is.
        logger.info("no backup could be made: %s", type(error).__name__)
    return made, backups.status_of(database)
