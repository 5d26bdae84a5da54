"""Passwords: which are accepted, and their argon2id digests."""

from __future__ import annotations

from gridapp.db import keyring
from gridapp.errors import ValidationError
from gridapp.i18n import _

SHORTEST = 8


def check(password: str) -> None:
    """Check a new password.

    Raises:
        ValidationError: It is too short, or the same letter all over.
    """
    if len(password) < SHORTEST or len(set(password)) < 4:
        raise ValidationError(
            _("A password needs at least {count} characters, four of them different.").format(count=SHORTEST),
            "password",
        )


def digest(password: str) -> str:
    """Return what is stored of a password."""
    from argon2 import PasswordHasher  # heavy: when somebody signs in

    return PasswordHasher(
        time_cost=keyring.PASSES, memory_cost=keyring.memory_for_this_machine(), parallelism=keyring.LANES
    ).hash(password)


def fits(secret: str, password: str) -> bool:
    """Return whether a password is the one a digest was made of."""
    from argon2 import PasswordHasher  # heavy: as above
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(secret, password)
    except (Argon2Error, InvalidHashError):
        return False
