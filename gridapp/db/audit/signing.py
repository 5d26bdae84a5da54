"""The key with which this computer signs checkpoints of the audit log.

An Ed25519 key per user, kept beside the database key and wrapped by it, so
that whoever has only one of the two files can sign nothing.

Source: RFC 8032 (Ed25519), RFC 5869 (HKDF); both from ``cryptography``.
"""

from __future__ import annotations

import functools
import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from gridapp.db import keyfile
from gridapp.errors import StorageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

logger = logging.getLogger(__name__)

FILE_NAME = "audit.key"
_INFO = b"gridapp audit signing key 1"
SEED_BYTES = 32
_NONCE_BYTES = 12


def signer_path() -> Path:
    """Return where the wrapped signing key lies: beside the database key."""
    return keyfile.key_path().with_name(FILE_NAME)


def sign(message: bytes) -> tuple[bytes, bytes]:
    """Return this computer's public key [32 bytes] and its signature of a message [64 bytes].

    Raises:
        StorageError: There is no key and none can be made.
    """
    key = _signer(str(signer_path()))
    return key.public_key().public_bytes_raw(), key.sign(message)


def own_public_key() -> bytes | None:
    """Return this computer's public key, or None when it has none yet."""
    try:
        return _signer(str(signer_path())).public_key().public_bytes_raw() if signer_path().exists() else None
    except StorageError:
        return None


def is_signed(message: bytes, public_key: bytes, signature: bytes) -> bool:
    """Return whether a signature belongs to a message and a public key."""
    from cryptography.exceptions import InvalidSignature  # heavy: only who signs or verifies needs it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """Return a public key's first bytes as people compare them: four groups of four digits."""
    digits = public_key[:8].hex()
    return " ".join(digits[place : place + 4] for place in range(0, 16, 4))


@functools.lru_cache(maxsize=4)
def _signer(path: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # heavy: as above

    wrapping = _wrapping_key()
    stored = _read(Path(path))
    is_bare = stored is not None and len(stored) == SEED_BYTES
    seed = stored if is_bare else _unwrap(Path(path), stored, wrapping)
    if seed is None:
        seed = secrets.token_bytes(SEED_BYTES)
    if stored is None or (is_bare and wrapping is not None) or not Path(path).exists():
        _keep(Path(path), _wrap(seed, wrapping))
    return Ed25519PrivateKey.from_private_bytes(seed)


def _wrapping_key() -> bytes | None:
    """Return what the signing key is wrapped with; None while there is no database key."""
    if not keyfile.key_path().exists():
        return None  # a plain file needs no key, and who can write to it can do anything anyway
    from cryptography.hazmat.primitives.hashes import SHA256  # heavy: as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    secret = bytes.fromhex(keyfile.load_key(create=False))
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret)


def _wrap(seed: bytes, wrapping: bytes | None) -> bytes:
    if wrapping is None:
        return seed
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # heavy: as above

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, seed, _INFO)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(str(error)) from error


def _unwrap(path: Path, stored: bytes | None, wrapping: bytes | None) -> bytes | None:
    if stored is None or wrapping is None:
        return None
    from cryptography.exceptions import InvalidTag  # heavy: as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(wrapping).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], _INFO)
    except (InvalidTag, ValueError):
        # Wrapped by another database key: what it signed stays verifiable by the public key in each database.
        logger.info("the signing key belongs to another database key; a new one is made")
        path.replace(path.with_name(path.name + ".old"))
        return None


def _keep(path: Path, wrapped: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(wrapped)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise StorageError(str(error)) from error
