"""Check what residents are found by, and write it again."""

from __future__ import annotations

from gridapp.db import search
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress


@repeated_on_clash
def verify_search(database: Database, progress: Progress = NullProgress()) -> int:
    """Return how many residents are not found by what the facts say; -1 when the index itself is damaged.

    Raises:
        OperationCancelled: The user asked to stop.
        StorageError: The file or server failed.
    """
    with database.write_unrecorded() as session:  # FTS5 checks itself by a command that counts as a write
        return search.differences(session, progress)


@repeated_on_clash
def rebuild_search(database: Database, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Write everything that residents are found by again.

    Raises:
        OperationCancelled: Nothing was written.
        StorageError: The file or server failed; nothing was written.
    """
    with database.write("search.rebuild", actor, undoable=False) as unit:
        search.refresh(unit.session, None, progress)
        return unit.changes([Kind.RESIDENT], _("Everybody can be found again."))
