"""Give a database file another key: write a checked copy under the new key, then put it in the old one's place."""

from __future__ import annotations

import os
from pathlib import Path

from gridapp.db import backup, connecting
from gridapp.db.faults import translate
from gridapp.errors import StorageError
from gridapp.i18n import _
from gridapp.progress import Progress


def copy_with_key(path: Path, old: str, new: str, progress: Progress) -> Path:
    """Write a copy of a file under a new key beside it; nobody may write to the file meanwhile.

    Args:
        path: The file.
        old: Its key.
        new: The copy's key.
        progress: Hears of the two steps.

    Raises:
        StorageError: The copy could not be made or does not pass its check; the file is as it was.
    """
    part = path.with_name(path.name + ".rekey")
    _remove(part)
    try:
        with translate():
            source = connecting.connect_beside(path, old, reads_only=False)
            try:
                progress.advance(0, 2, _("Copying…"))
                source.execute("BEGIN IMMEDIATE")  # whoever writes now would be missing from the copy
                source.execute("ROLLBACK")
                source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                source.execute("VACUUM INTO ?", (str(part),))
                expected = _counts(source)
            finally:
                source.close()
            progress.advance(1, 2, _("Encrypting anew…"))
            copy = connecting.connect_beside(part, old, reads_only=False)
            try:
                copy.execute(f"PRAGMA rekey = \"x'{new}'\"")
            finally:
                copy.close()
            copy = connecting.connect_beside(part, new, reads_only=True)
            try:
                sound = copy.execute("PRAGMA quick_check").fetchone()[0] == "ok" and _counts(copy) == expected
            finally:
                copy.close()
        if not sound:
            raise StorageError(_("The copy under the new key could not be verified; nothing was changed."))
        backup.make_durable(part)
        progress.advance(2, 2, "")
    except BaseException:
        _remove(part)
        raise
    return part


def put_in_place(part: Path, path: Path) -> None:
    """Let the copy take the file's place; nobody may have it open."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    os.replace(part, path)


def _counts(connection: object) -> tuple[int, ...]:
    asked = ("SELECT count(*) FROM sqlite_schema", "SELECT count(*) FROM visit", "SELECT count(*) FROM resident")
    return tuple(connection.execute(statement).fetchone()[0] for statement in asked)  # type: ignore[attr-defined]


def _remove(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + suffix).unlink(missing_ok=True)
