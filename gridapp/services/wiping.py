"""Make a database unreadable for good by destroying its keys, as when a laptop is lost or given away.

The data itself is not overwritten: without the key nobody can read it. Which
keys there are depends on the file: a file with accounts has its key in the ring
beside it (and one beside each backup), a file without has the key file of this
computer, which may open other files too.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gridapp.db import connecting, keyfile, keyring, parts
from gridapp.db.audit import signing
from gridapp.db.database import Database
from gridapp.errors import StorageError, ValidationError
from gridapp.i18n import _
from gridapp.services import backups

WIPE = "wipe"


@dataclass(frozen=True)
class WipePlan:
    """What a wipe destroys, and what it leaves.

    Attributes:
        database: The file.
        rings: Key rings, the file's own first.
        key_files: Key files of this computer, and what they signed with.
        files: Database and backup files deleted as well.
        leftovers: Files beside it: write-ahead log, marks, half-written copies.
        encrypted: Without its keys nobody can read the file.
        remembered: How many backups lie at the second place, with their own rings.
    """

    database: Path
    rings: tuple[Path, ...]
    key_files: tuple[Path, ...]
    files: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    encrypted: bool
    remembered: int


def plan_wipe(database: Database, with_backups: bool, with_files: bool) -> WipePlan:
    """Return what a wipe of an open database would destroy.

    Args:
        database: A file.
        with_backups: The keys of its backups go too, also those at the second place if that is there.
        with_files: Delete the encrypted files as well.

    Raises:
        ValidationError: It is on a server.
        NotAllowedError: Only an administrator may.
    """
    if database.is_on_server:
        raise ValidationError(_("A database on a server is wiped by whoever looks after the server."))
    database.principal.demand(WIPE)
    path = Path(database.location).resolve()
    encrypted = connecting.looks_encrypted(path)
    copies = backups.list_all(database) if with_backups else []
    holders = [path, *(row.path for row in copies)]
    rings = [keyring.path_of(holder) for holder in holders if keyring.exists(holder)]
    keys: list[Path] = []
    if encrypted and not keyring.exists(path):
        keys = [place for place in (keyfile.key_path(), signing.signer_path()) if place.exists()]
    files = tuple(holders) if with_files or not encrypted else ()
    return WipePlan(
        path, tuple(rings), tuple(keys), files, tuple(_leftovers(path)), encrypted, sum(row.second for row in copies)
    )


def phrase_of(database: Database) -> str:
    """Return what must be typed to wipe: the file's name."""
    return Path(database.location).name


def wipe(database: Database, plan: WipePlan, typed: str, forget: Callable[[], None] | None = None) -> list[str]:
    """Destroy the keys of a database and what lies beside it; closes it.

    Args:
        database: Open; no other program may have it open.
        plan: From ``plan_wipe``.
        typed: The file's name, as confirmation.
        forget: Lets the window forget what it keeps for itself, e.g. recent files.

    Returns:
        What was done and what it cannot do, one sentence each.

    Raises:
        ValidationError: Something else was typed; nothing was destroyed.
        StorageError: A key could not be overwritten; the text names it.
    """
    if typed.strip() != phrase_of(database):
        raise ValidationError(_("Type the name of the file exactly; nothing was destroyed."), "typed")
    database.principal.demand(WIPE)
    database.close()
    keyring.release()
    if keyfile.key_path() in plan.key_files:
        keyfile.forget_in_keyring()
    for place in (*plan.rings, *plan.key_files, *plan.leftovers, *plan.files):
        _destroy(place)
    if forget is not None:
        forget()
    return sentences(plan)


def sentences(plan: WipePlan) -> list[str]:
    """Return what a wipe destroys and what it cannot, in sentences."""
    keys = len(plan.rings) + len(plan.key_files)
    found = [_("Destroyed: {count} keys. Without them nobody can open {name}.").format(
        count=keys, name=plan.database.name
    )] if plan.encrypted else [_("The file is not encrypted: it is overwritten and deleted itself.")]  # fmt: skip
    if plan.key_files:
        found.append(_("Every other file that this computer's key file opened is unreadable too."))
    if plan.files:
        found.append(_("Deleted: {count} files of data and backups.").format(count=len(plan.files)))
    return [*found, what_it_cannot()]


def what_it_cannot() -> str:
    """Return what a wipe does not reach."""
    return _(
        "What this cannot do: flash disks keep old copies of what is overwritten, and copies elsewhere — a USB "
        "stick that is not plugged in, a copied key ring with its password, a printed recovery key with a copy of "
        "the ring, a copied key file — still open what they belong to. Destroy those too, and encrypt the disk."
    )


def _leftovers(path: Path) -> list[Path]:
    beside = [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal", "-open", ".rekey", ".restoring")]
    halves = [*parts.left(path, path.parent), *parts.left(path, backups.folder_of(path))]
    return [place for place in (*beside, *halves) if place.exists()]


def _destroy(place: Path) -> None:
    """Overwrite a file once with random bytes, and delete it."""
    try:
        size = place.stat().st_size
        with place.open("r+b") as file:
            for start in range(0, size, 1 << 20):
                file.write(secrets.token_bytes(min(1 << 20, size - start)))
            file.flush()
            os.fsync(file.fileno())
        place.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(
            _("{file} could not be destroyed: {reason}. Destroy it by hand.").format(file=place, reason=error.strerror)
        ) from error

