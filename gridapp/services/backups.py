"""Copies for safety: made by themselves, checked, kept a while, carried to a second place, and put back.

At the second place each database has a folder of its own, named after its file
and the site its visits are numbered by: two laptops with a file of the same
name may share one stick.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from gridapp import clock
from gridapp.db import backup, keyring, parts
from gridapp.db import engine as engines
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.references import own_site_code
from gridapp.domain import rotation
from gridapp.errors import DiskFullError, NotFoundError, StorageError, ValidationError
from gridapp.formats import instant
from gridapp.i18n import N_, _
from gridapp.progress import NullProgress, Progress

FOLDER = "backups"
SECOND_FOLDER = "GridApp"
REASONS = {
    "manual": N_("by hand"),
    "daily": N_("daily"),
    "exit": N_("on closing"),
    "before-import": N_("before an import"),
    "before-update": N_("before an update"),
    "before-compacting": N_("before the file was written anew"),
    "before-boundaries": N_("before a change of boundaries"),
    "replaced": N_("what a restored backup replaced"),
}
REPLACED = "replaced"
REPLACED_KEPT = 3
UNCLAIMED_KEPT = dt.timedelta(days=400)
"""How long a copy stays at the second place that lies in no database's folder and that nobody can tell whose it is."""
LEFT_FREE = 200_000_000
"""Room on the disk that no backup made by itself takes. [bytes]"""
_NAME = re.compile(r"\.(?P<stamp>\d{8}-\d{6})\.(?P<reason>[a-z-]+)\.e(?P<entry>\d+)\.bak$")


class SecondPlace(Enum):
    """State of the second place."""

    NONE = "none"
    ABSENT = "absent"
    CURRENT = "current"
    BEHIND = "behind"


@dataclass(frozen=True)
class BackupRow:
    """One copy.

    Attributes:
        path: Where it lies.
        at: When it was made. [UTC]
        reason: Key of ``REASONS``.
        entry: Number of the newest audit entry in it.
        size: [bytes]
        second: It lies at the second place.
    """

    path: Path
    at: dt.datetime
    reason: str
    entry: int
    size: int
    second: bool


@dataclass(frozen=True)
class BackupStatus:
    """How safe the data is.

    Attributes:
        newest: When the newest copy was made, None without any.
        count: Copies beside the database.
        second: State of the second place.
        place: The second place, "" without one.
    """

    newest: dt.datetime | None
    count: int
    second: SecondPlace
    place: str


@dataclass(frozen=True)
class BackupMade:
    """What making a backup came to.

    Attributes:
        path: The copy.
        contents: What is in it, as counted in the copy.
        second: State of the second place now.
    """

    path: Path
    contents: backup.Contents
    second: SecondPlace


def folder_of(location: str | Path) -> Path:
    """Return where the copies of a database file lie."""
    return Path(location).resolve().parent / FOLDER


def back_up(database: Database, reason: str = "manual", progress: Progress = NullProgress()) -> BackupMade:
    """Make a checked copy, let old ones go, and carry it to the second place when that is there.

    Raises:
        ValidationError: The database is on a server, which has its own backups.
        StorageError: The copy failed or does not pass its check; a second place that fails is no error.
        OperationCancelled: The user asked to stop; no copy was made.
    """
    if database.is_on_server:
        raise ValidationError(
            _("A database on a server is backed up there, for instance with pg_dump. See docs/postgresql.md.")
        )
    path = Path(database.location)
    made, contents = copy_file(database.engine, path, reason, progress)
    rotate(list_backups(path))
    return BackupMade(made, contents, _to_second_place(database, made))


def copy_file(
    engine: Any, path: Path, reason: str, progress: Progress = NullProgress()
) -> tuple[Path, backup.Contents]:
    """Make a checked copy of a file among its backups.

    Raises:
        StorageError: The copy failed or does not pass its check.
        OperationCancelled: The user asked to stop.
    """
    folder = folder_of(path)
    try:
        folder.mkdir(exist_ok=True)
        parts.sweep(path, folder)
        size = path.stat().st_size
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StorageError(_("The backup could not be written: {reason}.").format(reason=error.strerror)) from error
    if free < size + (0 if reason == "manual" else LEFT_FREE):
        raise DiskFullError(_("The disk has no room for a backup. Make room and try again."))
    entry = backup.newest_entry(engine, path)
    target = _free_name(folder, path, reason, entry)
    contents = backup.copy(engine, path, target, progress)
    keyring.keep_beside(path, target)
    return target, contents


def back_up_if_changed(
    database: Database, reason: str, progress: Progress = NullProgress(), at_most_every: dt.timedelta | None = None
) -> BackupMade | None:
    """Make a copy unless the newest one holds everything already, or is young enough.

    Args:
        database: What is copied; on a server nothing is done.
        reason: Key of ``REASONS``.
        progress: Told as pages are copied.
        at_most_every: A copy younger than this is enough.

    Raises:
        StorageError: The copy failed.
        OperationCancelled: The user asked to stop.
    """
    if database.is_on_server or engines.is_read_only(Path(database.location)):
        return None
    path = Path(database.location)
    copies = [row for row in list_backups(path) if row.reason != REPLACED]
    if copies:
        newest = copies[0]
        age = clock.now() - newest.at
        if at_most_every is not None and dt.timedelta(0) <= age < at_most_every:
            return None
        if newest.entry == backup.newest_entry(database.engine, path):
            _to_second_place(database, newest.path)
            return None
    return back_up(database, reason, progress)


def list_backups(location: str | Path, place: str = "", site: str = "") -> list[BackupRow]:
    """Return the copies of a database file, newest first.

    Args:
        location: Path of the file; it need not be readable, nor there.
        place: Second place to look at too, "" for none.
        site: Code of the database's own site; "" lists there the copies of every database of this file name.
    """
    path = Path(location)
    found = _rows(folder_of(path), path.name, second=False)
    if place:
        shared = Path(place) / SECOND_FOLDER
        of = re.compile(re.escape(own_folder(path, "", site).name) + ("" if site else "[0-9a-f]{8}"))
        for folder in (shared, *(one for one in _folders(shared) if of.fullmatch(one.name))):
            found += _rows(folder, path.name, second=True)
    return _newest_first(found)


def own_folder(location: str | Path, place: str, site: str) -> Path:
    """Return the folder of one database at the second place.

    Args:
        location: Path of its file.
        place: The second place.
        site: Code of its own site.
    """
    return Path(place) / SECOND_FOLDER / f"{Path(location).name}-{site[:8]}"


def list_all(database: Database) -> list[BackupRow]:
    """Return the copies of an open database at both places, newest first."""
    if database.is_on_server:
        return []
    return list_backups(database.location, second_place(database), _site(database))


def status_of(database: Database) -> BackupStatus:
    """Return how safe an open database is; a stick that is not there is a state, not an error."""
    if database.is_on_server:
        return BackupStatus(None, 0, SecondPlace.NONE, "")
    place = second_place(database)
    rows = [row for row in list_backups(database.location) if row.reason != REPLACED]
    second = SecondPlace.NONE
    if place:
        own = own_folder(database.location, place, _site(database))
        second = SecondPlace.CURRENT if rows and (own / rows[0].path.name).exists() else SecondPlace.BEHIND
        if not Path(place).is_dir():
            second = SecondPlace.ABSENT
    return BackupStatus(rows[0].at if rows else None, len(rows), second, place)


def second_place(database: Database) -> str:
    """Return the folder of the second place, "" when none was chosen."""
    return database.fetch(load_settings).backup_folder


def rotate(rows: Iterable[BackupRow]) -> list[Path]:
    """Let those of one database's copies go that the rule of 7 days, 4 weeks and 12 months does not keep.

    Args:
        rows: Its copies at one place.

    Returns:
        What went.
    """
    rows = _newest_first(rows)
    local = {row.path: row.at.astimezone(clock.CIVIL_ZONE) for row in rows if row.reason != REPLACED}
    staying = rotation.kept(local.values())
    going = [file for file, at in local.items() if at not in staying]
    going += [row.path for row in rows if row.reason == REPLACED][REPLACED_KEPT:]
    for file in going:
        _remove(file)
    return going


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
        keyring.drop_beside(file)


def _to_second_place(database: Database, file: Path) -> SecondPlace:
    place = second_place(database)
    if not place:
        return SecondPlace.NONE
    if not Path(place).is_dir():
        return SecondPlace.ABSENT
    own = own_folder(database.location, place, _site(database))
    target = own / file.name
    try:
        own.mkdir(parents=True, exist_ok=True)
        _claim(database, own)
        if not target.exists():
            parts.sweep(Path(database.location), own)
            backup.carry(file, target)
            keyring.keep_beside(file, target)
            if backup.check(database.engine, target, thorough=True) != backup.check(database.engine, file):
                target.unlink(missing_ok=True)
                return SecondPlace.BEHIND
            rotate(_rows(own, Path(database.location).name, second=True))
    except (StorageError, OSError):
        return SecondPlace.BEHIND
    return SecondPlace.CURRENT


def _claim(database: Database, own: Path) -> None:
    """Put copies of this database into its folder that lie beside it, from before it had one."""
    site = _site(database)
    for row in _rows(own.parent, own.name.rpartition("-")[0], second=True):
        try:
            whose = backup.site_of(database.engine, row.path)
        except StorageError:  # an earlier key, or another database's
            if clock.now() - row.at > UNCLAIMED_KEPT:
                _remove(row.path)
            continue
        if whose == site:
            for file in (keyring.path_of(row.path), row.path):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(file, own / file.name)


def _site(database: Database) -> str:
    return database.fetch(own_site_code)


def _folders(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()]
    except OSError:
        return []


def _newest_first(rows: Iterable[BackupRow]) -> list[BackupRow]:
    return sorted(rows, key=lambda row: (row.at, row.entry, not row.second), reverse=True)


def _rows(folder: Path, name: str, second: bool) -> list[BackupRow]:
    found = []
    try:
        files: Iterable[os.DirEntry[str]] = list(os.scandir(folder))
    except OSError:
        return []
    for file in files:
        parts = _NAME.search(file.name)
        if parts is None or file.name[: parts.start()] != name:
            continue
        try:
            at = dt.datetime.strptime(parts["stamp"], "%Y%m%d-%H%M%S").replace(tzinfo=clock.CIVIL_ZONE)
            size = file.stat().st_size
        except (ValueError, OSError):
            continue
        at = at.astimezone(dt.UTC)
        found.append(BackupRow(Path(file.path), at, parts["reason"], int(parts["entry"]), size, second))
    return found


def _free_name(folder: Path, path: Path, reason: str, entry: int) -> Path:
    at = clock.now().astimezone(clock.CIVIL_ZONE)
    others = [part.name for part in parts.left(path, folder)]  # another program may be about to take the name
    while True:
        target = folder / f"{path.name}.{at:%Y%m%d-%H%M%S}.{reason}.e{entry}.bak"
        if not target.exists() and not any(name.startswith(target.name) for name in others):
            return target
        at += dt.timedelta(seconds=1)


def find_backup(location: str | Path, name: str, place: str = "") -> Path:
    """Return the copy a user named: by its path, its file name, or its place in the list from 1.

    Raises:
        NotFoundError: There is no such copy.
    """
    rows = list_backups(location, place)
    if name.isdigit() and 0 < int(name) <= len(rows):
        return rows[int(name) - 1].path
    for row in rows:
        if row.path.name == name:
            return row.path
    if Path(name).is_file():
        return Path(name)
    raise NotFoundError(_("There is no backup “{name}”. List them with “gridapp backup list”.").format(name=name))


def reason_title(reason: str) -> str:
    """Return why a copy was made, in words."""
    return _(REASONS[reason]) if reason in REASONS else reason


def second_sentence(state: SecondPlace) -> str:
    """Return the state of the second place as a sentence."""
    return {
        SecondPlace.NONE: _("No second place is chosen. Choose a USB stick or another disk in the settings."),
        SecondPlace.ABSENT: _("The second place is not there at the moment; the next backup goes there too."),
        SecondPlace.CURRENT: _("The second place has it too."),
        SecondPlace.BEHIND: _("The second place could not take it; the next backup tries again."),
    }[state]


def offer(location: str | Path) -> str:
    """Return the sentence that names the last good backup of a file that cannot be used, "" without any."""
    rows = [row for row in list_backups(location) if row.reason != REPLACED]
    if not rows:
        return ""
    return _("The last good backup is of {time}; “gridapp backup restore {name}” puts it in place.").format(
        time=instant(rows[0].at), name=rows[0].path.name
    )
