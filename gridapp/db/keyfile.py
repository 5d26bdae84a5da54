"""The key that encrypts this user's databases.

One random 32-byte key per user, in a file only the user can read. Whoever
loses the file loses the data: the README says how to keep a copy.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gridapp import paths
from gridapp.errors import StorageError
from gridapp.i18n import _

KEY_BYTES = 32
ENVIRONMENT_NAME = "GRIDAPP_KEY_FILE"


def key_path() -> Path:
    """Return where the key lies; the environment may name another place."""
    named = os.environ.get(ENVIRONMENT_NAME)
    return Path(named) if named else paths.config_dir() / "database.key"


def load_key(create: bool) -> str:
    """Return the key as 64 hexadecimal digits.

    Args:
        create: Make a key when there is none yet.

    Raises:
        StorageError: There is no key, or the file does not hold one.
    """
    path = key_path()
    if create and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass  # another start of the program made it a moment ago
        else:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
    try:
        text = path.read_text("ascii").strip()
        if len(bytes.fromhex(text)) == KEY_BYTES:
            return text
    except (OSError, ValueError):
        pass
    raise StorageError(
        _("The key file {path} is missing or damaged. Without it an encrypted database cannot be opened.").format(
            path=path
        )
    )
