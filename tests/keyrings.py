"""Keyrings that tests put in the place of the system's: real backends of the library ``keyring``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Keeps what it is given, in memory."""

    priority = 0.0  # of the class: never chosen by itself

    def __init__(self) -> None:
        super().__init__()
        self.priority = 5.0
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return what was kept."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Let it go."""
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("no such entry")


class LockedKeyring(MemoryKeyring):
    """Does not open."""

    def get_password(self, service: str, username: str) -> str | None:
        """Refuse."""
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Refuse."""
        raise KeyringLocked("locked")


class ForgetfulKeyring(MemoryKeyring):
    """Gives back something else than it was given."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a key that was never kept."""
        return "00" * 32


@contextmanager
def keyring_of(backend: KeyringBackend) -> Iterator[None]:
    """Let a backend be the system's keyring for a while."""
    before = keyring.core._keyring_backend  # noqa: SLF001  asking for it by name would look for one
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.core._keyring_backend = before  # noqa: SLF001  as above
