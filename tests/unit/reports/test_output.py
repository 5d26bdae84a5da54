"""Finished files replace, unfinished ones never appear."""

from __future__ import annotations

import errno
import io
import os

import pytest

from gridapp.errors import DiskFullError, StorageError
from gridapp.reports.output import write_whole


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_stream_receives_the_bytes():
    stream = io.BytesIO()
    write_whole(stream, b"new")
    assert stream.getvalue() == b"new"


def test_a_new_file_has_ordinary_rights(tmp_path):
    ordinary, written = tmp_path / "ordinary", tmp_path / "written"
    ordinary.touch()
    write_whole(written, b"")
    assert written.stat().st_mode == ordinary.stat().st_mode


def test_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(StorageError, match="nowhere"):
        write_whole(tmp_path / "nowhere" / "a.pdf", b"")


def test_a_folder_in_the_way_is_a_sentence(tmp_path):
    (tmp_path / "a.pdf").mkdir()
    with pytest.raises(StorageError, match=r"a\.pdf"):
        write_whole(tmp_path / "a.pdf", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_no_file_is_never_replaced(tmp_path):
    """Such as /dev/null by one who may do everything."""
    target = tmp_path / "pipe"
    os.mkfifo(target)
    with pytest.raises(StorageError, match="cannot be written"):
        write_whole(target, b"x")
    assert target.is_fifo() and os.listdir(tmp_path) == ["pipe"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match=r"a\.pdf"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
