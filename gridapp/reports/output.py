"""Write a finished report so that no half file is ever left behind."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gridapp.errors import DiskFullError, StorageError
from gridapp.i18n import _


@contextmanager
def whole_file(target: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Open a file to be written piece by piece; it takes its place only when the block ends well.

    Args:
        target: File to write or replace, or a stream, which receives nothing before the end.

    Raises:
        DiskFullError: No room left.
        StorageError: The folder is missing or the file cannot be replaced.
    """
    if not isinstance(target, Path):
        held = io.BytesIO()
        yield held
        target.write(held.getvalue())
        return
    temporary = ""
    try:
        check_replaceable(target)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def write_whole(target: Path | BinaryIO, content: bytes) -> None:
    """Write a file beside its target and move it into place, or write to a stream.

    Raises:
        DiskFullError: No room left.
        StorageError: The folder is missing or the file cannot be replaced.
    """
    with whole_file(target) as stream:
        stream.write(content)


def check_replaceable(target: Path) -> None:
    """Refuse to put a file in the place of anything but a file: for the system's user even /dev/null would go.

    Raises:
        OSError: A folder, a device or a pipe is there.
    """
    if target.exists() and not target.is_file():
        raise OSError(errno.EEXIST, "no file", str(target))


def _mode(target: Path) -> int:
    # mkstemp makes files nobody else can read; keep what the old file had.
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def unwritable(target: Path, error: OSError) -> StorageError:
    """Return the error that says why a file cannot be written."""
    if error.errno == errno.ENOSPC:
        return DiskFullError(
            _("There is no room left on the disk to write {name}. Free some space and try again.").format(
                name=target.name
            )
        )
    if isinstance(error, FileNotFoundError):
        return StorageError(
            _("The folder {folder} does not exist. Choose another place to save.").format(folder=target.parent)
        )
    return StorageError(
        _("{name} cannot be written. Close it if another program shows it, or choose another place.").format(
            name=target.name
        )
    )
