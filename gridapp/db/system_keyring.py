"""The system's keyring: Windows' credential locker, or the Secret Service of a Linux desktop.

Optional: the library ``keyring`` need not be installed, and a machine need not
have such a service. Loaded only by those who keep their key there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from gridapp.errors import StorageError
from gridapp.i18n import _

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Result = TypeVar("Result")

SERVICE = "GridApp"
"""Under which name people find the entries in the system's own window of passwords."""
_TRUSTED = 1
"""Backends below this priority keep plain text, or nothing. Source: ``keyring.core.recommended``."""


def put(entry: str, key: str) -> None:
    """Store a key.

    Raises:
        StorageError: There is no keyring, or it refuses.
    """
    backend = _backend()
    _asked(lambda: backend.set_password(SERVICE, entry, key))


def fetch(entry: str) -> str:
    """Return a key.

    Raises:
        StorageError: There is no keyring, it is locked, or it holds no such entry.
    """
    backend = _backend()
    found = _asked(lambda: backend.get_password(SERVICE, entry))
    if found is None:
        raise StorageError(
            _("The system’s keyring holds no key of GridApp. Sign in to this computer as usual, or put back a copy.")
        )
    return found


def remove(entry: str) -> None:
    """Let a key go.

    Raises:
        StorageError: There is no keyring, or it refuses.
    """
    backend = _backend()
    _asked(lambda: backend.delete_password(SERVICE, entry))


def _backend() -> KeyringBackend:
    try:
        import keyring  # heavy: optional, and only for those whose key lies there
    except ImportError as error:
        raise _missing() from error
    backend = _asked(keyring.get_keyring)
    if backend.priority < _TRUSTED:
        raise _missing()
    return backend


def _missing() -> StorageError:
    return StorageError(_("This computer has no keyring that GridApp can use. Nothing was changed."))


def _asked(ask: Callable[[], Result]) -> Result:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - the boundary to a service of the system: each has errors of its own
        raise StorageError(
            _("The system’s keyring does not answer or is locked. Unlock it and try again. Nothing was changed.")
        ) from error
