"""Every error GridApp raises on purpose.

GridAppError
├── UserError                the user can put it right; ``str(error)`` is fit to show
│   ├── ValidationError      a value is not acceptable; carries ``.field``
│   │   └── ConflictError    someone else changed it meanwhile
│   ├── NotFoundError        nothing has that key, code or name
│   ├── NotAllowedError      the account may not do or see that
│   │   └── SignInError      name or password are not right, or have to wait
│   └── LedgerFormatError    a file cannot be read as a ledger
├── StorageError             the file or the server failed; fit to show
│   ├── NewerDatabaseError   made by a newer GridApp
│   ├── ForeignDatabaseError not a GridApp database, or the key does not fit
│   │   └── DamagedDatabaseError  its pages are not as they were written
│   ├── ReadOnlyDatabaseError
│   ├── DatabaseBusyError    another program is writing
│   │   └── ClashError       the server undid the step because of someone else's; it can be done again
│   └── DiskFullError
└── OperationCancelled       the user asked to stop; nothing was written

Anything else is a bug and is reported as one.
"""

from __future__ import annotations

from typing import Any

from gridapp.i18n import _


class GridAppError(Exception):
    """Root of all errors raised on purpose; its text is a sentence for people."""


class UserError(GridAppError):
    """Something the user can put right."""


class ValidationError(UserError):
    """A value that cannot be accepted.

    Attributes:
        field: Name of the field as the facts file spells it, or "".
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ConflictError(ValidationError):
    """Someone else changed a row after it was read; nothing was written.

    Attributes:
        theirs: What is stored now (a ``domain.conflict.Theirs``), None when it has to be read again.
    """

    def __init__(self, sentence: str = "", theirs: Any = None) -> None:
        super().__init__(
            sentence or _("Someone else changed this record meanwhile. Look at it again and repeat your change.")
        )
        self.theirs = theirs


class NotFoundError(UserError):
    """Nothing has the key, code or name that was given."""


class NotAllowedError(UserError):
    """The account may not do or see what was asked for; nothing was written."""


class SignInError(NotAllowedError):
    """Nobody is signed in, or name and password do not belong together."""


class LedgerFormatError(UserError):
    """A file that cannot be read as a ledger, facts file or boundary file."""


class StorageError(GridAppError):
    """The database file or server failed; what was saved before is intact.

    Attributes:
        on_server: It was a server: what helps a file does not help here.
    """

    on_server = False


class NewerDatabaseError(StorageError):
    """The database was made by a newer GridApp."""


class ForeignDatabaseError(StorageError):
    """The file is not a GridApp database, is damaged, or its key is another."""


class DamagedDatabaseError(ForeignDatabaseError):
    """The file's pages are not as they were written."""


class ReadOnlyDatabaseError(StorageError):
    """The database cannot be written to."""


class DatabaseBusyError(StorageError):
    """Another program holds the database."""


class ClashError(DatabaseBusyError):
    """The server undid the step because of someone else's; nothing was written, and it can be done again."""


class DiskFullError(StorageError):
    """No room left to write."""


class OperationCancelled(GridAppError):
    """The user asked to stop; nothing was written."""
