"""The key ring beside a database file: its random key, wrapped once for each account.

``<file>.keys`` is JSON. Each account has a slot with a key pair: the private half
is encrypted under what argon2id derives from the password, and the 32-byte key
of the file is sealed to the public half; one more slot is opened by the printed
recovery key. So a password changes without touching the database, and the file
can be given a new key (``offer``, then ``settle``) without asking anybody for
theirs: who leaves loses their slot, and the new key is never sealed to it.

Without the ring and a password the file shows nothing. Failed attempts are
counted here, before anything is open, and make the next one wait.

Source: RFC 9106 (argon2id), NIST SP 800-38D (AES-GCM), RFC 7748 (X25519), RFC 5869 (HKDF); all from kept libraries.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gridapp.errors import SignInError, StorageError
from gridapp.i18n import _

FORMAT = "gridapp-keys/1"
SUFFIX = ".keys"
RECOVERY = "*recovery*"
KEY_BYTES = 32
FLOOR_KIB, PASSES, LANES = 64 * 1024, 3, 4
AIM_S = 0.7
"""How long one attempt should take on this computer: the work is raised above its floor until it does."""
MOST_KIB = 1024 * 1024
_FREE_ATTEMPTS, _LONGEST_WAIT_S = 3, 900
_RECOVERY_BYTES = 20


_held: dict[Path, str] = {}
"""Keys by the whole path of their file, of those unlocked in this process."""


@dataclass(frozen=True)
class Slot:
    """One way to open the file; bytes are in hexadecimal digits.

    Attributes:
        account: Whose.
        salt: Of the stretching.
        memory_kib: Its work, with passes and lanes.
        passes: As above.
        lanes: As above.
        private: The private half, under the stretched password.
        public: The public half.
        sealed: The file's key sealed to it; two while the file is being given another.
    """

    account: str
    salt: str
    memory_kib: int
    passes: int
    lanes: int
    private: str
    public: str
    sealed: tuple[str, ...]


@dataclass
class Ring:
    """What lies in the file of keys."""

    slots: dict[str, Slot] = field(default_factory=dict)
    failures: dict[str, tuple[int, str]] = field(default_factory=dict)


def path_of(database: Path) -> Path:
    """Return where the key ring of a database file lies."""
    return database.with_name(database.name + SUFFIX)


def exists(database: Path) -> bool:
    """Return whether a database file is opened by accounts."""
    return path_of(database).exists()


def accounts(database: Path) -> list[str]:
    """Return the names that can open a file, sorted."""
    return sorted(name for name in _load(database).slots if name != RECOVERY)


def new_key() -> str:
    """Return a random key as 64 hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def unlock(database: Path, account: str, password: str, now: dt.datetime) -> list[str]:
    """Return the keys a file may have, 64 hexadecimal digits each: one, or two after a change of keys was cut short.

    Args:
        database: The file.
        account: Whose slot.
        password: Of the account, or the recovery key for ``RECOVERY``.
        now: The instant of the attempt, for the delay after failures.

    Raises:
        SignInError: No such account, a wrong password, or too soon after a failure.
        StorageError: The key ring is missing or damaged.
    """
    ring = _load(database)
    demand_patience(*ring.failures.get(account, (0, "")), now)
    slot = ring.slots.get(account)
    keys = None
    if slot is not None:
        keys = _open(slot, password)
    else:
        _waste(password)
    if keys is None:
        count = ring.failures.get(account, (0, ""))[0] + 1
        ring.failures[account] = (count, now.isoformat())
        _store(database, ring)
        raise SignInError(_("Name and password do not belong together."))
    if ring.failures.pop(account, None) is not None:
        _store(database, ring)
    return keys


def demand_patience(failures: int, last: str, now: dt.datetime) -> None:
    """Check that enough time went by since attempts failed: 2 s after the fourth, then twice as long each.

    Raises:
        SignInError: It has not; the text says how long to wait.
    """
    if failures <= _FREE_ATTEMPTS or not last:
        return
    wait = min(2 ** (failures - _FREE_ATTEMPTS), _LONGEST_WAIT_S)
    elapsed = (now - dt.datetime.fromisoformat(last)).total_seconds()
    # A clock that was set back gives no free attempts, and no endless wait either.
    left = wait if elapsed < 0 else wait - elapsed
    if left > 0:
        raise SignInError(_("Too many wrong passwords. Wait {seconds} seconds.").format(seconds=int(left) + 1))


def hold(database: Path, key: str) -> None:
    """Keep the key of a file that was unlocked in memory, for its backups too, until ``release``."""
    _held[database.resolve()] = key


def held(path: Path) -> str | None:
    """Return the key of a file unlocked in this process, or of a copy: named after it, beside it or with a ring."""
    place = path.resolve()
    if place in _held:
        return _held[place]  # its own, which may be another than that of the file it was copied from
    for database, key in _held.items():
        if place.name.startswith(database.name + ".") and (place.parent == database.parent or exists(place)):
            return key
    return None


def release() -> None:
    """Forget every key."""
    _held.clear()


def keep_beside(database: Path, copy: Path) -> None:
    """Keep the ring of a file beside a copy of it: neither opens without the other."""
    if exists(database):
        path_of(copy).write_bytes(path_of(database).read_bytes())


def drop_beside(copy: Path) -> None:
    """Let the ring of a copy go that was let go itself."""
    path_of(copy).unlink(missing_ok=True)


def set_slot(database: Path, account: str, password: str, keys: list[str]) -> None:
    """Give an account a password, its first or another; the ring is made if there is none."""
    ring = _load(database) if exists(database) else Ring()
    ring.slots[account] = _make_slot(account, password, keys)
    ring.failures.pop(account, None)
    _store(database, ring)


def drop_slot(database: Path, account: str) -> None:
    """Take an account's way in; a new key of the file shuts out copies of the old one too."""
    ring = _load(database)
    if ring.slots.pop(account, None) is not None:
        _store(database, ring)


def offer(database: Path, keys: list[str]) -> None:
    """Seal these keys to every slot, in place of those before; no password is needed.

    To change the key of a file: offer the old and the new one, put the file
    with the new key in place, offer the new one alone. A crash in between
    leaves a ring that opens either file.
    """
    ring = _load(database)
    ring.slots = {
        name: replace(slot, sealed=tuple(_seal(slot.public, key) for key in keys)) for name, slot in ring.slots.items()
    }
    _store(database, ring)


def make_recovery(database: Path, keys: list[str]) -> str:
    """Return a new recovery key to print, 32 letters and digits in groups; the one before no longer opens the file."""
    code = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode("ascii")
    set_slot(database, RECOVERY, code, keys)
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def read_recovery(typed: str) -> str:
    """Return a recovery key as it was made, however it was typed."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return plain.translate(str.maketrans("018", "OIB"))


def destroy(database: Path) -> None:
    """Make a file unreadable for ever: overwrite and delete what its key is wrapped in."""
    path = path_of(database)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _make_slot(account: str, password: str, keys: list[str]) -> Slot:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # heavy: when somebody signs in

    salt, memory = secrets.token_bytes(16), memory_for_this_machine()
    pair = X25519PrivateKey.generate()
    public = pair.public_key().public_bytes_raw().hex()
    private = _encrypt(_stretch(password, salt, memory, PASSES, LANES), pair.private_bytes_raw(), account.encode())
    sealed = tuple(_seal(public, key) for key in keys)
    return Slot(account, salt.hex(), memory, PASSES, LANES, private, public, sealed)


def _open(slot: Slot, password: str) -> list[str] | None:
    from cryptography.exceptions import InvalidTag  # heavy: as above
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    try:
        stretched = _stretch(password, bytes.fromhex(slot.salt), slot.memory_kib, slot.passes, slot.lanes)
        pair = X25519PrivateKey.from_private_bytes(_decrypt(stretched, slot.private, slot.account.encode()))
        return [_unseal(pair, sealed) for sealed in slot.sealed]
    except (InvalidTag, ValueError):
        return None


def _seal(public: str, key: str) -> str:
    """Return a key that only the holder of the private half can read; its first 32 bytes are a passing public key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey  # heavy: as above

    passing = X25519PrivateKey.generate()
    shared = passing.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(public)))
    mine = passing.public_key().public_bytes_raw()
    return mine.hex() + _encrypt(_derive(shared, mine), bytes.fromhex(key), b"")


def _unseal(pair: Any, sealed: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey  # heavy: as above

    theirs = bytes.fromhex(sealed[: 2 * KEY_BYTES])
    shared = pair.exchange(X25519PublicKey.from_public_bytes(theirs))
    return _decrypt(_derive(shared, theirs), sealed[2 * KEY_BYTES :], b"").hex()


def _derive(shared: bytes, passing: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # heavy: as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=passing, info=FORMAT.encode()).derive(shared)


def _encrypt(key: bytes, plain: bytes, bound_to: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # heavy: as above

    nonce = secrets.token_bytes(12)
    return (nonce + AESGCM(key).encrypt(nonce, plain, FORMAT.encode() + bound_to)).hex()


def _decrypt(key: bytes, text: str, bound_to: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # heavy: as above

    stored = bytes.fromhex(text)
    return AESGCM(key).decrypt(stored[:12], stored[12:], FORMAT.encode() + bound_to)


def _waste(password: str) -> None:
    """Take about as long as for a name that exists."""
    _stretch(password, bytes(16), memory_for_this_machine(), PASSES, LANES)


def _stretch(password: str, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    from argon2.low_level import Type, hash_secret_raw  # heavy: as above

    if not (FLOOR_KIB <= memory_kib <= MOST_KIB and passes >= PASSES):
        raise ValueError("weaker than we make them, or more than a computer has")
    return hash_secret_raw(password.encode(), salt, passes, memory_kib, lanes, KEY_BYTES, Type.ID)


@functools.cache
def memory_for_this_machine() -> int:
    """Return how much memory [KiB] makes one attempt take about ``AIM_S`` here, at least the floor."""
    begun = time.perf_counter()
    _stretch("measure", bytes(16), FLOOR_KIB, PASSES, LANES)
    taken = max(time.perf_counter() - begun, 0.001)
    return min(max(FLOOR_KIB, int(FLOOR_KIB * AIM_S / taken) // 4096 * 4096), MOST_KIB // 2)


def _load(database: Path) -> Ring:
    try:
        body: Any = json.loads(path_of(database).read_text("utf-8"))
        if body["format"] != FORMAT:
            raise ValueError(body["format"])
        slots = {one["account"]: Slot(**{**one, "sealed": tuple(one["sealed"])}) for one in body["slots"]}
        failures = {name: (int(count), str(last)) for name, (count, last) in body["failures"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            _("The key ring {path} is missing or damaged. Put back a copy of it, or use a backup.").format(
                path=path_of(database)
            )
        ) from error
    return Ring(slots, failures)


def _store(database: Path, ring: Ring) -> None:
    """Write the ring whole or not at all."""
    path = path_of(database)
    body = {
        "format": FORMAT,
        "slots": [asdict(slot) for slot in ring.slots.values()],
        "failures": {name: list(found) for name, found in ring.failures.items()},
    }
    half = path.with_name(path.name + ".new")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(body, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except OSError as error:
        raise StorageError(_("The key ring {path} cannot be written.").format(path=path)) from error
