"""Where the key of databases without accounts lies: in its file, or in the system's keyring."""

from __future__ import annotations

from gridapp.db import keyfile
from gridapp.i18n import _

FILE, KEYRING = "file", "keyring"
PLACES = (FILE, KEYRING)


def place() -> str:
    """Return where the key lies, one of ``PLACES``."""
    return KEYRING if keyfile.is_in_keyring() else FILE


def move_key(to: str) -> str:
    """Move the key and return what was done, a sentence.

    The key is written to its new place and read back there before it leaves the old one.

    Args:
        to: One of ``PLACES``.

    Raises:
        StorageError: It cannot be moved; it lies where it lay.
    """
    if place() == to:
        return _("The key already lies there. Nothing was changed.")
    if to == KEYRING:
        keyfile.move_to_keyring()
        return _("The key lies in the system’s keyring now. The key file only says so.")
    keyfile.move_to_file()
    return _("The key lies in the file {path} now.").format(path=keyfile.key_path())


def advice() -> str:
    """Return what to take care of, given where the key lies."""
    if place() == KEYRING:
        return _(
            "The key lies in this computer’s keyring: a copied key file opens nothing. Before this computer goes or is "
            "set up anew, put the key back into the file and copy that."
        )
    return _("Without the key file an encrypted database cannot be opened. Keep a copy of both, apart from each other.")
