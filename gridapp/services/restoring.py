"""Put a backup in the place of a database, after showing what would be lost."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridapp import clock
from gridapp.db import backup, connecting, keyring, parts, rekeying
from gridapp.db import engine as engines
from gridapp.db.base import EPOCH
from gridapp.db.faults import translate_driver
from gridapp.db.records.accounts import ROLES
from gridapp.domain.access import Role
from gridapp.errors import (
    DatabaseBusyError,
    ForeignDatabaseError,
    NotAllowedError,
    SignInError,
    StorageError,
)
from gridapp.formats import instant
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.projects import open_database
from gridapp.services.signing_in import RECOVERED, fitting_key

LISTED = 500
_SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class LostEntry:
    """An operation that is in the file now and not in the backup."""

    at: dt.datetime
    actor: str
    action: str


@dataclass(frozen=True)
class RestorePreview:
    """What putting a backup in place would lose.

    Attributes:
        at: The moment of the backup: its newest entry.
        contents: What is in the backup.
        readable: The file in use can be read; otherwise nothing of it can be counted.
        related: Both have one history up to the backup; otherwise everything in use now is lost.
        people: Residents that only the file in use has.
        visits: Visits that only the file in use has.
        entries: How many operations were done after the backup.
        listed: The newest of them.
    """

    at: dt.datetime | None
    contents: backup.Contents
    readable: bool
    related: bool
    people: int
    visits: int
    entries: int
    listed: tuple[LostEntry, ...]


def preview_restore(location: str | Path, file: Path) -> RestorePreview:
    """Compare a backup with the file in use, which is only read and may be damaged or gone.

    Raises:
        SignInError: The backup has an earlier key; ``unlock_backup`` opens it.
        StorageError: The backup is damaged, not ours or has another key.
    """
    _demand_key(file)
    with _engine(file) as engine:
        contents = backup.check(engine, file, thorough=True)
    unreadable = RestorePreview(contents.last_at, contents, False, False, 0, 0, 0, ())
    path = Path(location)
    if not path.exists():
        return unreadable
    try:
        with _engine(path) as engine, _engine(file) as kept, translate_driver():
            with contextlib.closing(engines.connect_beside(engine, path, reads_only=True)) as now:
                engines.attach_copy(kept, now, file, "kept")
                return _compare(now, contents)
    except StorageError:
        return unreadable


def unlock_backup(file: Path, account: str, password: str) -> None:
    """Open a backup from before the file got its present key, by the ring beside it and a password of that time.

    Args:
        file: The backup.
        account: Name, or ``RECOVERED`` with the recovery key of that time.
        password: Of that time.

    Raises:
        SignInError: They do not belong together.
        StorageError: The ring is missing, or does not belong to the backup.
    """
    slot, typed = account, password
    if account == RECOVERED:
        slot, typed = keyring.RECOVERY, keyring.read_recovery(password)
    keyring.hold(file, fitting_key(file, keyring.unlock(file, slot, typed, clock.now())))


def restore(
    location: str | Path, file: Path, actor: str, progress: Progress = NullProgress(), account: str = ""
) -> tuple[RestorePreview, Path | None]:
    """Put a backup in the place of a database file; what was there is kept among the backups.

    Nobody may have the file open. The file in use is replaced in one step: cut
    short at any moment, there is either the old one or the new one.

    Args:
        location: Path of the file in use; it may be damaged or gone.
        file: The backup.
        actor: Who asks; the restored database's audit log says so.
        progress: Told as it goes.
        account: Who signed in; a file with accounts takes a backup from an administrator only.

    Returns:
        What was lost, and where the replaced file is now.

    Raises:
        DatabaseBusyError: Another program has the file open.
        NotAllowedError: The account is no administrator's.
        SignInError: The backup has an earlier key; ``unlock_backup`` opens it.
        StorageError: The backup is no good, or a disk failed; the file in use is as it was.
    """
    path = Path(location)
    progress.advance(0, 3, _("Checking the backup"))
    preview = preview_restore(path, file)
    _demand_administrator(path, path if preview.readable else file, account)
    part = path.with_name(path.name + ".restoring")
    parts.sweep(path, path.parent)
    try:
        backup.carry(file, part)
        _give_present_key(path, file, part)
        with _engine(part) as engine:
            if backup.check(engine, part, thorough=True) != preview.contents:
                raise StorageError(_("The backup could not be verified; nothing was changed."))
        progress.advance(1, 3, _("Putting the backup in place"))
        aside = _set_aside(path, preview) if path.exists() else None
        os.replace(part, path)
        backup.make_durable(path.parent)
    except OSError as error:
        reason = error.strerror or "?"
        raise StorageError(_("The backup could not be put in place: {reason}.").format(reason=reason)) from error
    finally:
        part.unlink(missing_ok=True)
    progress.advance(2, 3, _("Opening the data"))
    database = open_database(path, create=False)
    try:
        with database.write("backup.restore", actor, undoable=False) as unit:
            unit.detail = {
                "backup": preview.at.isoformat() if preview.at else "", "people": preview.people,
                "visits": preview.visits, "entries": preview.entries,
            }  # fmt: skip
    finally:
        database.close()
    backups.rotate(backups.list_backups(path))
    progress.advance(3, 3)
    return preview, aside


def _demand_key(file: Path) -> None:
    """Check that a backup with a ring of its own opens with the key in hand."""
    if not file.exists() or not keyring.exists(file) or not connecting.looks_encrypted(file):
        return
    key = keyring.held(file)
    try:
        if key is not None:
            fitting_key(file, [key])
            return
    except StorageError:
        pass
    raise SignInError(
        _("This backup was made before the file got its present key. Sign in with a name and a password of that time.")
    )


def _demand_administrator(path: Path, asked: Path, account: str) -> None:
    """Check, in the file in use or else in the backup, that an account may put a backup in place.

    Args:
        path: The file in use.
        asked: Which of the two can be read.
        account: Who signed in.
    """
    if not keyring.exists(path) or account == RECOVERED:
        return
    administrator = ROLES.index(Role.ADMINISTRATOR.value)
    with _engine(asked) as engine, translate_driver():
        with contextlib.closing(engines.connect_beside(engine, asked, reads_only=True)) as bare:
            statement = "SELECT count(*) FROM account WHERE name = ? AND role = ? AND active"
            known = bare.execute(statement, (account, administrator)).fetchone()[0]
    if not known:
        raise NotAllowedError(_("Only an administrator may put a backup in place. Sign in as one."))


def _give_present_key(path: Path, file: Path, part: Path) -> None:
    """Give a copy of a backup with an earlier key the key its accounts' ring holds now."""
    earlier, now = keyring.held(file), keyring.held(path)
    if earlier is None or now is None or earlier == now:
        return
    os.replace(rekeying.copy_with_key(part, earlier, now, NullProgress()), part)


def _set_aside(path: Path, preview: RestorePreview) -> Path:
    """Keep the file in use among the backups, whole; refuse while somebody has it open."""
    if preview.readable:
        with _engine(path) as engine, translate_driver():
            with contextlib.closing(engines.connect_beside(engine, path, reads_only=False)) as alone:
                # Leaving the WAL writes everything into the file, and needs it for itself alone.
                if alone.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                    raise DatabaseBusyError(
                        _("Another program is using the database. Close it or try again in a moment.")
                    )
    folder = backups.folder_of(path)
    folder.mkdir(exist_ok=True)
    entry = preview.contents.last_entry + preview.entries
    at = clock.now().astimezone(clock.CIVIL_ZONE)
    aside = folder / f"{path.name}.{at:%Y%m%d-%H%M%S}.{backups.REPLACED}.e{entry}.bak"
    try:
        aside.unlink(missing_ok=True)
        os.link(path, aside)
    except OSError:  # a disk that knows no links
        shutil.copyfile(path, aside)
        backup.make_durable(aside)
    for side in _SIDES:
        beside = path.with_name(path.name + side)
        if beside.exists():
            os.replace(beside, aside.with_name(aside.name + side))
    keyring.keep_beside(path, aside)
    backup.make_durable(folder)
    return aside


def _compare(now: Any, contents: backup.Contents) -> RestorePreview:
    def one(statement: str) -> Any:
        return now.execute(statement).fetchone()[0]

    known = now.execute("SELECT digest FROM main.audit_link WHERE position = ?", (contents.position,)).fetchone()
    related = known is not None and bytes(known[0]) == contents.digest
    after = contents.last_entry if related else 0
    listed = now.execute(
        "SELECT at, actor, action FROM main.operation WHERE id > ? ORDER BY id DESC LIMIT ?", (after, LISTED)
    ).fetchall()
    return RestorePreview(
        contents.last_at, contents, True, related,
        one("SELECT count(*) FROM main.resident WHERE uid NOT IN (SELECT uid FROM kept.resident)"),
        one("SELECT count(*) FROM main.visit WHERE id NOT IN (SELECT id FROM kept.visit)"),
        one(f"SELECT count(*) FROM main.operation WHERE id > {int(after)}"),
        tuple(LostEntry(EPOCH + dt.timedelta(microseconds=at), actor, action) for at, actor, action in listed),
    )  # fmt: skip


@contextlib.contextmanager
def _engine(path: Path) -> Iterator[Any]:
    """Give an engine for its key; it may be damaged, which the caller finds out."""
    if not path.exists():
        raise ForeignDatabaseError(_("There is no database {path}.").format(path=path))
    engine = engines.make_engine(str(path), encrypt=True)
    try:
        yield engine
    finally:
        engine.dispose()


def preview_lines(preview: RestorePreview) -> list[str]:
    """Return what a restore would lose, in sentences."""
    holds = _("The backup holds {people} people and {visits} visits, up to {time}.").format(
        people=preview.contents.people, visits=preview.contents.visits,
        time=instant(preview.at) if preview.at else "—",
    )  # fmt: skip
    if not preview.readable:
        return [holds, _("The file in use cannot be read, so what is newer in it cannot be counted.")]
    if not preview.related:
        return [holds, _("The backup is not an earlier state of the file in use: everything in use now would go.")]
    if not preview.entries:
        return [holds, _("Nothing was done since: nothing would be lost.")]
    return [
        holds,
        _("Lost would be: {entries} operations, among them {visits} visits and {people} people.").format(
            entries=preview.entries, visits=preview.visits, people=preview.people
        ),
    ]
