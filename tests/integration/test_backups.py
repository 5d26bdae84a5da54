"""Copies for safety: made while others write, checked, rotated, carried, previewed and put back."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridapp import clock
from gridapp.db import backup, keyring, parts
from gridapp.db.database import Database
from gridapp.db.queries.journal import list_operations
from gridapp.db.queries.references import own_site_code
from gridapp.errors import (
    DatabaseBusyError,
    DiskFullError,
    ForeignDatabaseError,
    NotFoundError,
    OperationCancelled,
    StorageError,
)
from gridapp.services import backups, residents, restoring, upkeep, visits
from gridapp.services.audit import verify_audit
from gridapp.services.backups import SecondPlace
from gridapp.services.facts import import_facts
from gridapp.services.figures import verify_figures
from gridapp.services.projects import open_database
from tests.factories import contents, document

DAY = dt.date(2026, 3, 1)
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[True, False], ids=["encrypted", "plain"])
def worked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "own.db", encrypt=request.param)
    import_facts(database, document(), "x")
    yield database
    database.close()


def log(database: Database, note: str = "") -> None:
    visits.record_visit(database, visits.NewVisit("p1", DAY, note=note), "小示")


def test_a_copy_is_whole_under_its_name_and_nothing_else_is_left(worked: Database) -> None:
    before = contents(worked)
    made = backups.back_up(worked)
    assert (made.contents.people, made.contents.visits) == (3, 0) and made.second is SecondPlace.NONE
    assert [file.name for file in made.path.parent.iterdir()] == [made.path.name]
    copy = open_database(made.path, create=False)
    assert contents(copy) == before and verify_audit(copy).fault is None
    copy.close()
    [row] = backups.list_all(worked)
    assert (row.path, row.reason, row.second) == (made.path, "manual", False)
    assert backups.status_of(worked).newest == row.at


def test_a_copy_made_while_others_write_is_one_moments_state(worked: Database) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            log(worked)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [backups.back_up(worked).path for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for path in copies:
        copy = open_database(path, create=False)
        with copy.read() as session:
            assert visit_count(copy) == len(copy.fetch(list_operations, 10_000)) - 2, session
        assert verify_audit(copy).fault is None and verify_figures(copy) == []
        copy.close()


def visit_count(database: Database) -> int:
    return backup.check(database.engine, Path(database.location)).visits


def test_nothing_is_copied_twice_unless_it_changed(worked: Database) -> None:
    assert backups.back_up_if_changed(worked, "daily") is not None
    assert backups.back_up_if_changed(worked, "exit") is None
    log(worked)
    assert backups.back_up_if_changed(worked, "exit", at_most_every=dt.timedelta(hours=20)) is None
    assert backups.back_up_if_changed(worked, "before-import") is not None
    assert [row.reason for row in backups.list_all(worked)] == ["before-import", "daily"]


class Stopping:
    """A user who stops the second step."""

    steps = 0

    def advance(self, done: int, total: int, message: str = "") -> None:
        self.steps += 1
        raise OperationCancelled


def test_a_stopped_copy_leaves_nothing(worked: Database) -> None:
    with pytest.raises(OperationCancelled):
        backups.back_up(worked, progress=Stopping())
    assert list(backups.folder_of(worked.location).iterdir()) == []
    log(worked)


def test_a_full_disk_and_a_folder_in_the_way(worked: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(Path(worked.location).parent)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
        with pytest.raises(DiskFullError, match="no room"):
            backups.back_up(worked)
    shutil.rmtree(backups.folder_of(worked.location), ignore_errors=True)
    backups.folder_of(worked.location).write_text("in the way")
    with pytest.raises(StorageError, match="could not be written"):
        backups.back_up(worked)


def test_old_copies_go_and_others_files_stay(worked: Database, pin_today: Callable[[dt.date], None]) -> None:
    pin_today(DAY)
    first = backups.back_up(worked).path
    other = first.with_name("other.db." + first.name.partition("own.db.")[2])
    other.write_bytes(first.read_bytes())
    for days in range(1, 60):
        shutil.copy(first, first.with_name(first.name.replace("20260301", f"{DAY + dt.timedelta(days=days):%Y%m%d}")))
    pin_today(DAY + dt.timedelta(days=60))
    backups.back_up(worked)
    rows = backups.list_all(worked)
    assert len(rows) == 7 + 2 + 1  # seven days, two more weeks, and March
    assert other.exists() and rows[0].at.astimezone(clock.CIVIL_ZONE).date() == DAY + dt.timedelta(days=60)


def test_a_second_place_takes_each_copy_when_it_is_there(worked: Database, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    upkeep.change_setting(worked, "backup_folder", str(stick), "x")
    assert backups.back_up(worked).second is SecondPlace.ABSENT
    assert backups.status_of(worked).second is SecondPlace.ABSENT
    stick.mkdir()
    assert backups.back_up_if_changed(worked, "daily") is None, "nothing new, but the stick is there now"
    assert backups.status_of(worked).second is SecondPlace.CURRENT
    [folder] = (stick / "GridApp").iterdir()
    [carried] = folder.iterdir()
    assert re.fullmatch(r"own\.db-[0-9a-f]{8}", folder.name)
    assert carried.read_bytes() == backups.list_backups(worked.location)[0].path.read_bytes()
    shutil.rmtree(stick / "GridApp")
    (stick / "GridApp").write_text("in the way")
    log(worked)
    assert backups.back_up(worked).second is SecondPlace.BEHIND


def test_a_restore_shows_what_goes_and_keeps_it(worked: Database) -> None:
    log(worked, "一")
    made = backups.back_up(worked)
    there = contents(worked)
    log(worked, "二")
    residents.edit_resident(worked, "p2", residents.NewResident("改名"), "小例")
    location, since = Path(worked.location), contents(worked)
    preview = restoring.preview_restore(location, made.path)
    assert (preview.readable, preview.related, preview.visits, preview.people, preview.entries) == (True, True, 1, 0, 2)
    assert [(entry.actor, entry.action) for entry in preview.listed] == [
        ("小例", "resident.edit"), ("小示", "visit.record"),
    ]  # fmt: skip
    assert "2 operations" in restoring.preview_lines(preview)[1]
    held = worked.engine.connect()  # as a second instance has it
    with pytest.raises(DatabaseBusyError):
        held.exec_driver_sql("SELECT 1 FROM visit").all()
        restoring.restore(location, made.path, "x")
    held.close()
    assert contents(worked) == since
    worked.close()
    lost, aside = restoring.restore(location, made.path, "x")
    assert lost.visits == 1 and aside is not None
    again = open_database(location, create=False)
    assert contents(again) == there and verify_audit(again).fault is None and again.notice == ""
    [entry] = again.fetch(list_operations, 1)
    assert (entry.action, entry.detail["entries"]) == ("backup.restore", 2)
    log(again, "后来")
    again.close()
    restoring.restore(location, aside, "x")  # and back to what was replaced
    again = open_database(location, create=False)
    assert contents(again) == since
    again.close()


def test_a_damaged_backup_is_refused_and_a_damaged_file_replaced(worked: Database, tmp_path: Path) -> None:
    location = Path(worked.location)
    good = backups.back_up(worked).path
    there = contents(worked)
    worked.close()
    bad = tmp_path / "bad.bak"
    raw = bytearray(good.read_bytes())
    raw[12288:16384] = bytes(4096)
    bad.write_bytes(raw)
    with pytest.raises((ForeignDatabaseError, StorageError)):
        restoring.restore(location, bad, "x")
    location.write_bytes(bytes(raw[:100]) + bytes(8000))
    with pytest.raises(ForeignDatabaseError) as fault:
        open_database(location, create=False)
    assert good.name in str(fault.value), "the last good backup is offered"
    preview, aside = restoring.restore(location, good, "x")
    assert not preview.readable and aside is not None and aside.stat().st_size == 8100
    again = open_database(location, create=False)
    assert contents(again) == there
    again.close()


def test_a_lost_wal_is_noticed(worked: Database, tmp_path: Path) -> None:
    location = Path(worked.location)
    log(worked)
    left = tmp_path / "left"
    left.mkdir()
    for suffix in ("", "-open"):  # the WAL stays behind, as after a crash and a tidy hand
        shutil.copy(str(location) + suffix, left)
    found = open_database(left / location.name, create=False)
    assert "own.db-wal" in found.notice
    found.close()
    again = open_database(left / location.name, create=False)
    assert again.notice == "" and verify_audit(again).fault is None
    again.close()


def test_a_backup_is_named_in_three_ways(worked: Database) -> None:
    made = backups.back_up(worked).path
    location = worked.location
    assert {backups.find_backup(location, name) for name in ("1", made.name, str(made))} == {made}
    for wrong in ("0", "2", "none.bak"):
        with pytest.raises(NotFoundError):
            backups.find_backup(location, wrong)




class Meanwhile:
    """Does something once, in the middle of a copy."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work, self.is_done = work, False

    def advance(self, done: int, total: int, message: str = "") -> None:
        if not self.is_done:
            self.is_done = True
            self.work()


def test_copies_made_at_the_same_time_in_one_folder_are_all_whole(worked: Database) -> None:
    location = Path(worked.location)
    folder, made = backups.folder_of(location), []
    with contextlib.ExitStack() as stack:
        again = stack.enter_context(contextlib.closing(open_database(location)))
        other = stack.enter_context(contextlib.closing(open_database(location.with_name("own.db.db"), encrypt=False)))

        def meanwhile() -> None:
            [part] = folder.glob("*.part")
            made.extend([backups.back_up(other).path, backups.back_up(again).path])
            assert list(folder.glob("*.part")) == [part], "the copy under way is there, and nothing else"

        made.append(backups.back_up(worked, progress=Meanwhile(meanwhile)).path)
    assert sorted(folder.iterdir()) == sorted(set(made)) and len(set(made)) == 3
    for path in made:
        open_database(path, create=False).close()


def test_a_copy_to_the_second_place_is_not_disturbed_by_another(
    worked: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    upkeep.change_setting(worked, "backup_folder", str(stick), "x")
    copied, counted = shutil.copyfile, []

    def meanwhile(source: Path, part: Path) -> None:
        copied(source, part)
        if not counted:
            counted.append(1)
            assert backups.back_up(worked).second is SecondPlace.CURRENT
            assert part.exists()

    monkeypatch.setattr(backup.shutil, "copyfile", meanwhile)
    assert backups.back_up(worked).second is SecondPlace.CURRENT
    [carried] = (stick / "GridApp").iterdir()
    assert counted and sorted(path.name for path in carried.iterdir()) == sorted(
        path.name for path in backups.folder_of(worked.location).iterdir()
    )


def test_two_databases_of_one_name_share_a_second_place(
    tmp_path: Path, pin_today: Callable[[dt.date], None]
) -> None:
    stick = tmp_path / "stick"
    (stick / "GridApp").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    worked, namesake = open_database(tmp_path / "own.db"), open_database(tmp_path / "elsewhere" / "own.db")
    for database in (worked, namesake):
        import_facts(database, document(), "x")
    older = []
    for number, database in enumerate((worked, namesake)):  # before each had a folder of its own
        older.append(stick / "GridApp" / f"own.db.20260201-12000{number}.daily.e1.bak")
        shutil.move(backups.back_up(database).path, older[-1])
        keyring.path_of(older[-1]).write_bytes(b"{}")
    unknown = stick / "GridApp" / "own.db.20260202-120000.daily.e1.bak"
    unknown.write_bytes(b"under a key of long ago")
    for day in range(9):
        pin_today(DAY + dt.timedelta(days=day))
        for database in (worked, namesake):
            upkeep.change_setting(database, "backup_folder", str(stick), "x")
            upkeep.change_setting(database, "join_day", 10 + day % 2, "x")
            assert backups.back_up(database).second is SecondPlace.CURRENT
    for database, old in ((worked, older[0]), (namesake, older[1])):
        found = [row.path for row in backups.list_all(database) if row.second]
        [own] = {path.parent for path in found} - {stick / "GridApp"}
        assert own / old.name in found and unknown in found and not old.exists()
        assert keyring.exists(own / old.name)
        assert {path.name for path in found} - {old.name, unknown.name} == {
            path.name for path in backups.folder_of(database.location).glob("*.bak")
        }, "each is rotated for itself"
        for copy in own.glob("*.bak"):
            assert backup.site_of(database.engine, copy) == database.fetch(own_site_code)
    of_both = [row for row in backups.list_backups(worked.location, str(stick)) if row.second]
    assert {row.path for row in of_both} == set(stick.rglob("*.bak")), "found also when the file itself is lost"
    pin_today(DAY + backups.UNCLAIMED_KEPT)
    log(worked)
    backups.back_up(worked)
    assert not unknown.exists(), "nobody keeps what nobody can open for ever"
    worked.close()
    namesake.close()


HALF_A_COPY = """
import sys
from gridapp.services import backups
from gridapp.services.projects import open_database

class Waiting:
    def advance(self, done, total, message=""):
        print("in the middle", flush=True)
        sys.stdin.read()

backups.back_up(open_database(sys.argv[1]), progress=Waiting())
"""


def test_only_what_a_program_left_that_is_gone_is_removed(worked: Database) -> None:
    location = Path(worked.location)
    folder = backups.folder_of(location)
    other = open_database(location.with_name("other.db"), encrypt=False)
    command = [sys.executable, "-c", HALF_A_COPY, str(location)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        try:
            assert writer.stdout is not None and writer.stdout.readline() == b"in the middle\n"
            [part] = folder.glob("*.part")
            backups.back_up(worked)
            assert part.exists(), "somebody is at work on it"
            assert parts.sweep(location, folder) == 0
        finally:
            writer.kill()
    backups.back_up(other)
    other.close()
    older = part.with_name(part.name[:-14] + parts.PART)
    older.write_bytes(b"")
    aliens = [folder / "mine.part", folder / "own.db.part", folder / f".{part.name}", folder / f"x{part.name}"]
    for alien in aliens:
        alien.write_bytes(b"")
    assert part.exists(), "a copy of another database"
    backups.back_up(worked)
    left = {path.name for path in folder.iterdir() if not path.name.endswith(".bak")}
    assert left == {alien.name for alien in aliens}


def test_a_lock_taken_away_in_the_moment_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, taken = parts.connecting.hold_alone, []

    def swept(path: Path, makes: bool) -> object:
        held = hold(path, makes)
        if not taken:
            taken.append(path)
            path.unlink()
        return held

    monkeypatch.setattr(parts.connecting, "hold_alone", swept)
    with parts.part_of(tmp_path / "own.db.restoring") as part:
        assert taken and [path.name for path in tmp_path.iterdir()] == [part.name + parts.LOCK]
        part.write_bytes(b"")
        assert parts.sweep(tmp_path / "own.db", tmp_path) == 0 and part.exists()
    assert not list(tmp_path.iterdir())


def test_a_disk_that_knows_no_locks_takes_copies_all_the_same(
    worked: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.connecting, "hold_alone", lambda path, makes: path.touch() if makes else None)
    folder, inner = backups.folder_of(worked.location), []

    def meanwhile() -> None:
        inner.append(backups.back_up(worked).path)

    outer = backups.back_up(worked, progress=Meanwhile(meanwhile)).path
    assert sorted(folder.iterdir()) == sorted([outer, *inner]) and inner
