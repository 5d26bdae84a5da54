"""Sort the faults of the engine into sentences for people and bugs of ours.

SQLite's extended error name is the reliable discriminator; message texts are
not, and damage arrives as DatabaseError rather than OperationalError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from gridapp.errors import (
    DatabaseBusyError,
    DiskFullError,
    ForeignDatabaseError,
    ReadOnlyDatabaseError,
    StorageError,
    ValidationError,
)
from gridapp.i18n import N_, _

_BY_NAME: dict[str, tuple[type[StorageError], str]] = {
    "SQLITE_FULL": (DiskFullError, N_("The disk is full. Make room and try again; what was saved before is safe.")),
    "SQLITE_READONLY": (
        ReadOnlyDatabaseError,
        N_("The database file cannot be written to. Copy it to this computer’s own disk, or allow writing to it."),
    ),
    "SQLITE_BUSY": (DatabaseBusyError, N_("Another program is using the database. Close it or try again in a moment.")),
    "SQLITE_LOCKED": (
        DatabaseBusyError,
        N_("Another program is using the database. Close it or try again in a moment."),
    ),
    "SQLITE_CANTOPEN": (
        StorageError,
        N_("The database file cannot be opened. Check that its folder exists and can be written to."),
    ),
    "SQLITE_CORRUPT": (
        ForeignDatabaseError,
        N_("The database file is damaged. Stop writing to it and restore the last backup."),
    ),
    "SQLITE_NOTADB": (
        ForeignDatabaseError,
        N_("The file is not a GridApp database, or it was encrypted with another key."),
    ),
    "SQLITE_IOERR": (
        StorageError,
        N_("The disk reported an error while the database was in use. Check the disk and restore a backup if needed."),
    ),
}


def translated(error: BaseException) -> StorageError | None:
    """Return the sentence for an engine fault, or None when it is a bug of ours."""
    name = getattr(getattr(error, "orig", error), "sqlite_errorname", "") or ""
    for known, (kind, sentence) in _BY_NAME.items():
        if name == known or name.startswith(known + "_"):
            return kind(_(sentence))
    sqlstate = getattr(getattr(error, "orig", None), "sqlstate", "missing")
    if sqlstate is None or (isinstance(sqlstate, str) and sqlstate[:2] in ("08", "57")):
        return StorageError(_("The database server does not answer. Check the network and try again."))
    return None


@contextmanager
def translate() -> Iterator[None]:
    """Turn engine faults inside the block into errors fit to show.

    Raises:
        StorageError: Or one of its children, by kind of fault.
        ValidationError: Someone else changed the same row meanwhile.
    """
    try:
        yield
    except StaleDataError as error:
        raise ValidationError(
            _("Someone else changed this record meanwhile. Look at it again and repeat your change.")
        ) from error
    except DBAPIError as error:
        known = translated(error)
        if known is None:
            raise
        raise known from error
