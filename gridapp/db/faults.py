"""Sort the faults of the engine into sentences for people and bugs of ours.

SQLite's extended error name and PostgreSQL's SQLSTATE are the reliable
discriminators; message texts are not, and damage arrives as DatabaseError
rather than OperationalError.

Source: PostgreSQL documentation, appendix A, error codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from gridapp.errors import (
    ClashError,
    ConflictError,
    DamagedDatabaseError,
    DatabaseBusyError,
    DiskFullError,
    ForeignDatabaseError,
    GridAppError,
    ReadOnlyDatabaseError,
    StorageError,
    ValidationError,
)
from gridapp.i18n import N_, _

Known = dict[str, tuple[type[GridAppError], str]]

DISK_FULL = N_("The disk is full. Make room and try again; what was saved before is safe.")
_BUSY = N_("Another program is using the database. Close it or try again in a moment.")
_BY_NAME: Known = {
    "SQLITE_FULL": (DiskFullError, DISK_FULL),
    "SQLITE_READONLY": (
        ReadOnlyDatabaseError,
        N_("The database file cannot be written to. Copy it to this computer’s own disk, or allow writing to it."),
    ),
    "SQLITE_BUSY": (DatabaseBusyError, _BUSY),
    "SQLITE_LOCKED": (DatabaseBusyError, _BUSY),
    "SQLITE_CANTOPEN": (
        StorageError,
        N_("The database file cannot be opened. Check that its folder exists and can be written to."),
    ),
    "SQLITE_CORRUPT": (
        DamagedDatabaseError,
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

_CLASH = N_("Others were saving at the same moment and nothing of yours was written. Try again.")
_SILENT = N_(
    "The database server does not answer. Check its address and the network, or ask whoever looks after the server."
)
_SILENCE = ("is the server running", "timeout expired", "resolve host", "translate host name", "no route to host")
"""What the driver's reasons hold when there was nobody to give one."""
_STOPPING = N_("The database server is stopping or starting. Try again in a moment.")
_TOO_LONG = N_("The database server was given up on because it took too long; nothing was written. Try again later.")
_UNFIT = N_("A text or number is too long for the database. Shorten it and try again.")
_ILLEGIBLE = N_("A text holds a character that cannot be stored. Type it anew and try again.")
_DAMAGED = N_("The database on the server is damaged. Tell whoever looks after the server at once.")
_BY_STATE: Known = {
    "08": (StorageError, N_("The connection to the database server was lost. Check the network and try again.")),
    "22001": (ValidationError, _UNFIT),
    "22003": (ValidationError, _UNFIT),
    "22021": (ValidationError, _ILLEGIBLE),
    "23505": (ClashError, N_("Someone else added the same thing meanwhile. Look at it again.")),
    "25006": (ReadOnlyDatabaseError, N_("The database server lets nobody write at the moment. Try again later.")),
    "25P03": (StorageError, _TOO_LONG),
    "28": (StorageError, N_("The database server does not accept this user name or password.")),
    "3D000": (StorageError, N_("There is no such database on the server.")),
    "40001": (ClashError, _CLASH),
    "40P01": (ClashError, _CLASH),
    "42501": (
        ReadOnlyDatabaseError,
        N_("This database user is not allowed to do that. Ask whoever looks after the server."),
    ),
    "53100": (DiskFullError, N_("The disk of the database server is full. Tell whoever looks after the server.")),
    "53": (DatabaseBusyError, N_("The database server has too much to do at the moment. Try again later.")),
    "55P03": (DatabaseBusyError, N_("Someone else is changing the same data, or imports a file. Try again later.")),
    "57014": (StorageError, _TOO_LONG),
    "57": (StorageError, _STOPPING),
    "58": (StorageError, N_("The database server has trouble with its disk. Tell whoever looks after the server.")),
    "XX001": (ForeignDatabaseError, _DAMAGED),
    "XX002": (ForeignDatabaseError, _DAMAGED),
}


def translated(error: BaseException) -> GridAppError | None:
    """Return the sentence for an engine fault, or None when it is a bug of ours."""
    orig = getattr(error, "orig", error)
    name = getattr(orig, "sqlite_errorname", "") or ""
    for known, (kind, sentence) in _BY_NAME.items():
        if name == known or name.startswith(known + "_"):
            return kind(_(sentence))
    if not hasattr(orig, "sqlstate"):
        return None
    state = orig.sqlstate or ""
    found = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
    said = found[0](_(found[1])) if found is not None else None if state else _without_state(error)
    if isinstance(said, StorageError):
        said.on_server = True
    return said


def is_servers_trouble(error: BaseException) -> bool:
    """Return whether a server was lost, stopped, full or too slow, which passes: the same may succeed later."""
    faults = (error, error.__cause__)  # as it was raised, or as the sentence made of it
    return any(isinstance(one, OperationalError | InterfaceError) and hasattr(one.orig, "sqlstate") for one in faults)


def _without_state(error: BaseException) -> GridAppError | None:
    """Sort what the driver itself noticed: no connection, or a value it cannot send."""
    if isinstance(error, DataError):
        return ValidationError(_(_ILLEGIBLE))
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    if error.statement is not None or error.connection_invalidated:
        _kind, sentence = _BY_STATE["08"]
        return StorageError(_(sentence))
    if any(known in str(error.orig).lower() for known in _SILENCE):
        return StorageError(_(_SILENT))
    reason = str(error.orig).strip().splitlines()[-1].strip()
    return StorageError(_("The database server cannot be used: {reason}").format(reason=reason))


def uncertain() -> StorageError:
    """Return what to say when a server was lost while it stored a step, and cannot be asked about it."""
    said = StorageError(
        _("The database server was lost while it was saving. Look whether your entry is there before you repeat it.")
    )
    said.on_server = True
    return said


@contextmanager
def translate_driver() -> Iterator[None]:
    """Turn the faults of a bare SQLite connection inside the block into errors fit to show.

    Raises:
        StorageError: Or one of its children, by kind of fault.
    """
    from sqlcipher3.dbapi2 import Error

    try:
        yield
    except Error as error:
        known = translated(error)
        if known is None:
            raise
        raise known from error


@contextmanager
def translate() -> Iterator[None]:
    """Turn engine faults inside the block into errors fit to show.

    Raises:
        StorageError: Or one of its children, by kind of fault.
        ConflictError: Someone else changed the same row meanwhile.
        ValidationError: A value does not fit into the database.
    """
    try:
        yield
    except StaleDataError as error:
        raise ConflictError from error
    except PoolTimeout as error:
        raise DatabaseBusyError(_(_BUSY)) from error
    except DBAPIError as error:
        known = translated(error)
        if known is None:
            raise
        raise known from error


@contextmanager
def of_driver(connection: Connection, statement: str) -> Iterator[None]:
    """Let the driver's own errors look like those of statements, so that they are sorted alike."""
    base: Any = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        known = DBAPIError.instance(
            statement, None, error, base, hide_parameters=True, dialect=connection.dialect
        )
        raise known from error
