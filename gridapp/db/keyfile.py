"""The key that encrypts this user's databases.

One random 32-byte key per user, in a file only the user can read. Whoever
loses the file loses the data: the README says how to keep a copy.

The key may instead lie in the system's keyring (``system_keyring``). The file
then holds one line that names the entry, so that everybody who asks for the key
still asks here, and nobody loads the keyring's library without need.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from gridapp import paths
from gridapp.errors import StorageError
from gridapp.i18n import _

KEY_BYTES = 32
ENVIRONMENT_NAME = "GRIDAPP_KEY_FILE"
_IN_KEYRING = "system keyring: "
_BEFORE = ".before"


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
    entry = _entry(path)
    if entry:
        from gridapp.db import system_keyring  # heavy: only where the file says so

        return _checked(system_keyring.fetch(entry))
    with contextlib.suppress(OSError, ValueError):
        text = path.read_text("ascii").strip()
        if len(bytes.fromhex(text)) == KEY_BYTES:
            return text
    raise StorageError(
        _("The key file {path} is missing or damaged. Without it an encrypted database cannot be opened.").format(
            path=path
        )
    )


def is_in_keyring() -> bool:
    """Return whether the key lies in the system's keyring; asks only the file."""
    return bool(_entry(key_path()))


def move_to_keyring() -> None:
    """Put the key into the system's keyring; the file then only names the entry.

    The key is read back from the keyring before the file lets go of it. What the
    file held is overwritten once; flash disks may keep an old copy.

    Raises:
        StorageError: No key, no keyring, or it does not give back what it was given; the file is as it was.
    """
    from gridapp.db import system_keyring  # heavy: as above

    if is_in_keyring():
        return
    key = load_key(create=False)
    entry = secrets.token_hex(8)
    system_keyring.put(entry, key)
    try:
        if system_keyring.fetch(entry) != key:
            raise StorageError(_("The system’s keyring does not give back what it was given. Nothing was changed."))
        _replace(key_path(), _IN_KEYRING + entry)
    except StorageError:
        with contextlib.suppress(StorageError):
            system_keyring.remove(entry)
        raise


def move_to_file() -> None:
    """Put the key from the system's keyring back into the key file, and take it out there.

    Raises:
        StorageError: The keyring does not give it, the file cannot be written, or, the key being in the file, the
            entry cannot be removed.
    """
    from gridapp.db import system_keyring  # heavy: as above

    entry = _entry(key_path())
    if not entry:
        return
    key = load_key(create=False)
    _replace(key_path(), key)
    if load_key(create=False) != key:
        raise StorageError(_("The key file {path} cannot be written.").format(path=key_path()))
    system_keyring.remove(entry)


def forget_in_keyring() -> None:
    """Remove the key from the system's keyring if it lies there: what it opened stays closed for ever.

    Raises:
        StorageError: The keyring does not let go of it.
    """
    entry = _entry(key_path())
    if entry:
        from gridapp.db import system_keyring  # heavy: as above

        system_keyring.remove(entry)


def _entry(path: Path) -> str:
    """Return the name of the entry a key file speaks of, "" when it holds the key itself."""
    try:
        text = path.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
    return text.removeprefix(_IN_KEYRING) if text.startswith(_IN_KEYRING) else ""


def _checked(key: str) -> str:
    with contextlib.suppress(ValueError):
        if len(bytes.fromhex(key)) == KEY_BYTES:
            return key
    raise StorageError(_("What the system’s keyring holds for GridApp is no key. Put back a copy of the key file."))


def _replace(path: Path, text: str) -> None:
    """Write a key file whole or not at all, then overwrite what it held."""
    half, before = path.with_name(path.name + ".new"), path.with_name(path.name + _BEFORE)
    try:
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        before.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a disk without links: the old bytes are let go as they are
            os.link(path, before)
        os.replace(half, path)
    except OSError as error:
        raise StorageError(_("The key file {path} cannot be written.").format(path=path)) from error
    with contextlib.suppress(OSError):
        if before.exists():
            with before.open("r+b") as file:
                file.write(secrets.token_bytes(2 * KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            before.unlink()
