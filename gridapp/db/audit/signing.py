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
    seed = _unwrap(Path(path), wrapping)
    if seed is None:
        seed = secrets.token_bytes(32)
        _keep(Path(path), _wrap(seed, wrapping))
    return Ed25519PrivateKey.from_private_bytes(seed)


def _wrapping_key() -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # heavy: as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    secret = bytes.fromhex(keyfile.load_key(create=True))
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret)


def _wrap(seed: bytes, wrapping: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # heavy: as above

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, seed, _INFO)


def _unwrap(path: Path, wrapping: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag  # heavy: as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        stored = path.read_bytes()
        return AESGCM(wrapping).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], _INFO)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(str(error)) from error
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
