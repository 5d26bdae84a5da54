"""A file is written anew without gaps, and says what it said."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from gridapp.db import compacting as writing
from gridapp.db.audit import verifying
from gridapp.db.database import Database
from gridapp.db.engine import connect_beside
from gridapp.domain.access import Principal, Role
from gridapp.errors import DatabaseBusyError, DiskFullError, NotAllowedError, OperationCancelled
from gridapp.progress import NullProgress
from gridapp.services import backups, visits
from gridapp.services.compacting import compact
from gridapp.services.facts import export_facts, import_facts
from gridapp.services.figures import verify_figures
from gridapp.services.projects import open_database
from gridapp.services.search import verify_search
from tests.factories import document

DAY = dt.date(2026, 3, 1)
SECRET = "秘密的话"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    """An encrypted file half of which is gaps."""
    database = open_database(tmp_path / "own.db")
    import_facts(database, document(), "x")
    rounds = [visits.NewVisit(f"p{place}", DAY, note=SECRET * 200) for place in (1, 2, 3)]
    for _turn in range(20):
        visits.record_visits(database, rounds, "x")
    with database.write_unrecorded() as session:
        session.execute(text("CREATE TABLE passing AS SELECT zeroblob(1500000) AS body"))
        session.execute(text("DROP TABLE passing"))
    yield database
    database.close()


def said(database: Database, folder: Path) -> bytes:
    export_facts(database, folder / "said.json")
    return (folder / "said.json").read_bytes()


def test_a_file_gets_smaller_and_says_the_same(own: Database, tmp_path: Path) -> None:
    before = said(own, tmp_path)
    done = compact(own, "x").result
    assert done.after < done.before * 0.7 and done.after == Path(own.location).stat().st_size
    assert said(own, tmp_path) == before
    assert verify_figures(own) == [] and verify_search(own) == 0
    with own.read() as session:
        assert verifying.verify(session.connection()).fault is None
        assert session.scalar(text("SELECT count(*) FROM operation WHERE action = 'database.compact'")) == 1
        assert session.scalar(text("PRAGMA freelist_count")) == 0
    assert [row.reason for row in backups.list_backups(own.location)] == ["before-compacting"]
    visits.record_visit(own, visits.NewVisit("p1", DAY), "x")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for others."""

    def without_waiting(*args: Any, **kw: Any) -> Any:
        made = connect_beside(*args, **kw)
        made.execute("PRAGMA busy_timeout = 0")
        return made

    monkeypatch.setattr(writing.engines, "connect_beside", without_waiting)


@pytest.mark.usefixtures("impatient")
def test_others_read_meanwhile_and_afterwards(own: Database, tmp_path: Path) -> None:
    reader = connect_beside(own.engine, Path(own.location), reads_only=True)
    reader.execute("BEGIN")
    count = reader.execute("SELECT count(*) FROM visit").fetchone()
    compact(own, "x")
    assert reader.execute("SELECT count(*) FROM visit").fetchone() == count
    reader.close()
    assert said(own, tmp_path) and verify_figures(own) == []


class Stop(NullProgress):
    """Stops once the file is being written, and keeps how far that was."""

    def __init__(self, at: int) -> None:
        self.left, self.seen = at, list[tuple[int, int]]()

    def advance(self, done: int, total: int, message: str = "") -> None:
        if message == "Writing the file anew…":
            self.seen.append((done, total))
            self.left -= 1
            if self.left < 0:
                raise OperationCancelled


@pytest.mark.parametrize("at", [0, 1, 5])
def test_stopped_the_file_is_as_it_was(own: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(writing, "_STEPS_AT_ONCE", 100)
    before = said(own, tmp_path)
    progress = Stop(at)
    with pytest.raises(OperationCancelled):
        compact(own, "x", progress)
    assert len(progress.seen) == at + 1 and all(0 <= done <= total for done, total in progress.seen)
    with own.read() as session:
        assert session.scalar(text("PRAGMA freelist_count")) > 300
    assert said(own, tmp_path) == before
    assert compact(own, "x").result.after < Path(own.location).stat().st_size * 1.01


@pytest.mark.usefixtures("impatient")
def test_while_somebody_writes_nothing_is_done(own: Database) -> None:
    writer = connect_beside(own.engine, Path(own.location), reads_only=False)
    writer.execute("BEGIN IMMEDIATE")
    size = Path(own.location).stat().st_size
    with pytest.raises(DatabaseBusyError):
        compact(own, "x")
    writer.close()
    assert Path(own.location).stat().st_size >= size
    assert compact(own, "x").result.after < size


def test_without_room_nothing_is_begun(own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1_000_000))
    with pytest.raises(DiskFullError, match=r"needs \d+ MB"):
        compact(own, "x")
    assert backups.list_backups(own.location) == []


def test_only_an_administrator_may(own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "principal", Principal("w", Role.COMMITTEE))
    with pytest.raises(NotAllowedError):
        compact(own, "x")
    assert backups.list_backups(own.location) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks at open files by /proc")
def test_the_temporary_file_is_encrypted_too(own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_STEPS_AT_ONCE", 100)
    monkeypatch.setattr(writing, "_CACHE", 40)  # so that a small file spills
    seen: dict[str, bool] = {}

    class Look(NullProgress):
        def advance(self, done: int, total: int, message: str = "") -> None:
            for number in os.listdir("/proc/self/fd"):
                file = f"/proc/self/fd/{number}"
                name = os.readlink(file) if os.path.islink(file) else ""
                if "etilqs" in name and os.stat(file).st_size:  # SQLite's own, without a name any more
                    seen[name] = SECRET.encode() in Path(file).read_bytes()

    compact(own, "x", Look())
    assert seen and not any(seen.values())
