"""Make a database's file smaller after years of single saves."""

from __future__ import annotations

from pathlib import Path

from gridapp.db import compacting
from gridapp.db.database import Database
from gridapp.domain.changes import Changes
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups


def compact(database: Database, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Write the file anew without the gaps in it; a backup is made first.

    Others may look meanwhile, and wait to write. What the file says does not change.

    Returns:
        With ``db.compacting.Compacted`` as the result.

    Raises:
        ValidationError: The database is on a server, which looks after its room itself.
        NotAllowedError: The account may not do this.
        DiskFullError: There is no room for it; nothing was done.
        OperationCancelled: The user asked to stop; the file is as it was.
        StorageError: Somebody else writes, or the file or disk failed; the file is as it was.
    """
    database.principal.demand("database.compact")
    if database.is_on_server:
        raise ValidationError(
            _("A database on a server needs no compacting: PostgreSQL fills its gaps again by itself (autovacuum).")
        )
    path = Path(database.location)
    compacting.demand_room(path, copies=2)  # the backup, and the new pages until they are in the file
    backups.back_up_if_changed(database, "before-compacting", progress)
    done = compacting.compact(database.engine, path, progress)
    with database.write("database.compact", actor, undoable=False) as unit:
        unit.detail = {"before": done.before, "after": done.after}
        return unit.changes([], sentence(done), done)


def sentence(done: compacting.Compacted) -> str:
    """Return what writing a file anew came to, in words."""
    said = _("The file had {before} MB and has {after} MB now.")
    return said.format(before=f"{done.before / 1e6:,.1f}", after=f"{done.after / 1e6:,.1f}")
