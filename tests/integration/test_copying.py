"""A whole database moves between file and server, loses nothing, and goes on where it was stopped."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gridapp import clock, paths
from gridapp.cli import main
from gridapp.db import copying as rows_of
from gridapp.db.base import Base
from gridapp.db.figures import verifying
from gridapp.db.figures.truth import month_number
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import list_batches, list_operations, load_draft
from gridapp.db.records import ResidentRecord
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.errors import NotFoundError, OperationCancelled, StorageError, ValidationError
from gridapp.exchange import facts_file
from gridapp.services import residents, sealing, upkeep, visits
from gridapp.services.copying import copy_database
from gridapp.services.facts import import_facts
from gridapp.services.handing_out import list_handout
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.places import import_boundaries
from gridapp.services.projects import open_database
from gridapp.services.undo import last_undoable, undo_operation
from tests.databases import Databases, Files, OnServer
from tests.factories import golden

DAY = dt.date(2026, 4, 30)
WAYS = ["file to server", "server to file", "server to server", "file to file"]
_GRID = golden()["facts"]["grids"][0]["code"]
ODD = "䶮𬭎𠮷 · 买买提·艾力 \t\\N \\. 'quoted' \"double\" 100% {a} \\x41\n第二行"

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _pinned() -> None:
    clock.set_today(DAY)


@pytest.fixture(scope="module")
def makers(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Databases]:
    return {"file": Files(tmp_path_factory.mktemp("copying")), "server": OnServer(postgres_server)}


@pytest.fixture(scope="module")
def full(makers: dict[str, Databases]) -> dict[str, str]:
    """A database with something in every table, by kind; copying only reads it."""
    clock.set_today(DAY)
    locations = {name: maker.new() for name, maker in makers.items()}
    for location in locations.values():
        fill(location)
    return locations


@pytest.fixture(params=WAYS)
def way(
    request: pytest.FixtureRequest, makers: dict[str, Databases], full: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """A full database and a blank place to copy it to."""
    one, other = request.param.split(" to ")
    target = makers[other].blank()
    yield full[one], target
    makers[other].drop(target)


def fill(location: str) -> None:
    database = open_database(location, encrypt=False)
    import_facts(database, golden()["facts"], "tester")
    person = golden()["facts"]["persons"][0]["id"]
    first = visits.record_visit(database, visits.NewVisit(person, DAY, note=ODD, findings={"a": [1, None, "ü"]}), "甲")
    visits.replace_visit(database, first.result, visits.NewVisit(person, DAY, "phone"), ODD, "乙")
    void = visits.record_visit(database, visits.NewVisit(person, DAY), "甲")
    assert void.operation is not None
    undo_operation(database, void.operation, "甲")
    residents.edit_resident(database, person, residents.NewResident("𠮷田", phone="139"), "丙")
    upkeep.change_setting(database, "join_day", 19, "丙")
    upkeep.save_draft(database, "visit:甲", {"note": ODD})
    upkeep.remember_mapping(database, "sig", "visits", {"A": "name"})
    ledger = paths.shipped_data("sample_residents.xlsx")
    import_boundaries(database, paths.shipped_data("sample_grids.geojson"), dt.date(2024, 1, 1), "丁")
    import_ledger(database, check_file(database, ledger), "丁")
    newcomer = residents.NewResident("已故")
    lived = residents.add_resident(database, newcomer, _GRID, "1号", dt.date(2025, 1, 1), "丁").result
    residents.record_death(database, lived, dt.date(2025, 6, 1), "丁")
    sealing.seal_record(database, lived, "丁")
    list_handout(database, Handout(HandoutKind.PAPER, "Roster", ODD, 3), "Printer", "丁")
    database.close()
    empty = {name for name, rows in everything(location).items() if not rows}
    assert empty <= {
        "absence", "consent", "contact", "tier_override", "building", "household", "import_row", "grid_succession",
        "grid_choice", "facility", "account", "account_area", "printed_sheet", "printed_row",
        "closed_month", "paper_template",
    }, empty  # fmt: skip


def everything(location: str) -> dict[str, Any]:
    """Every copied row of every table, in plain form."""
    database = open_database(location, create=False)
    with database.read_whole() as session:  # with what sealed records hold
        connection = session.connection()
        found = {
            table.name: [row for rows in rows_of.read_rows(connection, table) for row in rows]
            for table in rows_of.copied_tables()
        }
    database.close()
    return found


def exported(location: str) -> bytes:
    database = open_database(location, create=False)
    document = database.fetch(read_facts)
    database.close()
    return facts_file.dump(document)


def is_as_before(target: str) -> bool:
    """No file, no leftovers beside it; on a server no table."""
    if "://" not in target:
        path = Path(target)
        return not list(path.parent.glob(path.name + "*"))
    import psycopg

    with psycopg.connect(target.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return found == (0,)


def test_everything_arrives_and_work_goes_on(way: tuple[str, str]) -> None:
    source, target = way
    before = everything(source)
    report = copy_database(source, target, encrypt=False)
    assert report.tables == {name: len(rows) for name, rows in before.items()}
    assert report.months > 3 and report.figures > 20
    assert everything(target) == before == everything(source)
    assert exported(target) == exported(source)
    database = open_database(target, create=False)
    assert database.fetch(load_draft, "visit:甲") == {"note": ODD}
    assert len(database.fetch(list_batches)) == len(before["import_batch"])
    person = golden()["facts"]["persons"][0]["id"]
    residents.add_resident(database, residents.NewResident("新人"), golden()["facts"]["grids"][0]["code"], "", DAY, "x")
    visits.record_visit(database, visits.NewVisit(person, DAY), "x")
    last = database.fetch(last_undoable, "丙")
    assert last is not None
    undo_operation(database, last, "丙")  # what was done before the move can be undone after it
    assert [row.number for row in database.fetch(list_operations)] == list(range(len(before["operation"]) + 3, 0, -1))
    database.close()


def test_structure_is_whole_again(way: tuple[str, str]) -> None:
    """Indexes, references and triggers were taken away for speed."""
    source, target = way
    copy_database(source, target, encrypt=False)
    database = open_database(target, create=False)
    try:
        with database.read() as session:
            if database.is_on_server:
                count = text("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated")
                declared = sum(len(table.foreign_key_constraints) for table in Base.metadata.tables.values())
                assert session.scalar(count) == declared
                assert session.scalar(text("SELECT to_regclass('ix_resident_search_tokens') IS NOT NULL"))
            count = {
                True: "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix_%' "
                "AND indexname <> 'ix_resident_search_tokens'",
                False: "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ix_%'",
            }[database.is_on_server]
            named = [index.name for table in Base.metadata.tables.values() for index in table.indexes]
            declared = sum(str(name).startswith("ix_") for name in named)
            assert session.scalar(text(count)) == declared
        with pytest.raises(IntegrityError), database.write("test", "x") as unit:
            unit.session.execute(text("DELETE FROM grid"))
    finally:
        database.close()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store every ten rows, so that there is something to go on from."""
    monkeypatch.setattr(rows_of, "CHUNK", 5)
    monkeypatch.setattr("gridapp.services.copying.CHUNKS_AT_ONCE", 2)


def written_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect how many rows are written at a time."""
    whole, written = rows_of.writer, []

    @contextmanager
    def counting(connection: Any, table: Any) -> Iterator[Callable[[Any], None]]:
        with whole(connection, table) as write:

            def count(rows: Any) -> None:
                written.append(len(rows))
                write(rows)

            yield count

    monkeypatch.setattr(rows_of, "writer", counting)
    return written


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("share", [0.01, 0.3, 0.8, 1.01])
def test_a_stopped_copy_goes_on_from_there(
    way: tuple[str, str], share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = way
    before = everything(source)
    rows = sum(map(len, before.values()))
    written = written_rows(monkeypatch)
    with pytest.raises(OperationCancelled):
        copy_database(source, target, encrypt=False, progress=StopAtShare(share / 2))
    assert sum(written) <= rows
    with pytest.raises((StorageError, NotFoundError)):
        open_database(target, create=False)
    report = copy_database(source, target, encrypt=False)
    small = sum(len(before[table.name]) for table in rows_of.copied_tables() if not rows_of.counts_up(table))
    assert sum(written) <= rows + small + 20, "rows that had arrived are not copied again"
    assert report.rows == rows and everything(target) == before


@pytest.mark.usefixtures("small_steps")
def test_a_copy_of_something_else_begins_anew(
    way: tuple[str, str], makers: dict[str, Databases], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = way
    with pytest.raises(OperationCancelled):
        copy_database(source, target, encrypt=False, progress=StopAtShare(0.3))
    other = makers["file"].new()
    import_facts(open_database(other), golden()["facts"], "tester")
    copy_database(other, target, encrypt=False)
    assert everything(target) == everything(other)


STAGES = ["Building indexes", "Comparing", "Search", "Counting figures", "Comparing the figures"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_copy_stopped_while_it_is_completed_does_not_begin_anew(
    makers: dict[str, Databases], full: dict[str, str], stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = full["file"], makers["server"].blank()
    written = written_rows(monkeypatch)
    with pytest.raises(OperationCancelled):
        copy_database(source, target, encrypt=False, progress=StopAtStage(stage))
    arrived = sum(written)
    with pytest.raises(StorageError, match="not finished"):
        open_database(target, create=False)
    report = copy_database(source, target, encrypt=False)
    assert sum(written) == arrived == report.rows
    assert everything(target) == everything(source)
    makers["server"].drop(target)


class StopAtStage:
    """Stops where the work comes to something, by the first words that say so."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def advance(self, done: int, total: int, message: str = "") -> None:
        if message.startswith(self.stage):
            raise OperationCancelled


def test_wrong_figures_of_the_original_are_told_and_right_in_the_copy(makers: dict[str, Databases]) -> None:
    source, target = makers["file"].new(), makers["server"].blank()
    database = open_database(source)
    import_facts(database, golden()["facts"], "tester")
    wrong = database.fetch(verifying.kept_months)[-2]
    with database.write_unrecorded() as session:
        session.execute(text("UPDATE grid_month SET roster = roster + 1 WHERE month = :month"),
                        {"month": month_number(wrong)})  # fmt: skip
    database.close()
    assert copy_database(source, target, encrypt=False).wrong == (wrong,)
    copied = open_database(target, create=False)
    assert not copied.fetch(verifying.compare_months, wrong, wrong)
    copied.close()
    makers["server"].drop(target)


def test_a_server_that_is_lost_leaves_what_has_arrived(
    makers: dict[str, Databases], full: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = full["file"], makers["server"].blank()
    server = makers["server"].server  # type: ignore[attr-defined]
    name = target.rpartition("/")[2]

    class Cut:
        def advance(self, done: int, total: int, message: str = "") -> None:
            if message == "Comparing":
                server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", "postgres",
                               (name,))  # fmt: skip

    written = written_rows(monkeypatch)
    with pytest.raises(StorageError, match="server"):
        copy_database(source, target, encrypt=False, progress=Cut())
    assert copy_database(source, target, encrypt=False).rows == sum(written)
    makers["server"].drop(target)


class StopAtShare:
    """Stops when so much of everything is done."""

    def __init__(self, share: float) -> None:
        self.share = share

    def advance(self, done: int, total: int, message: str = "") -> None:
        if done >= self.share * total:
            raise OperationCancelled


def test_a_killed_copy_is_simply_started_again(way: tuple[str, str]) -> None:
    source, target = way
    code = (
        "import datetime, os, sys\n"
        "from gridapp import clock\n"
        "from gridapp.services.copying import copy_database\n"
        "clock.set_today(datetime.date.fromisoformat(sys.argv[3]))\n"
        "class Kill:\n"
        "    left = 20\n"
        "    def advance(self, *told):\n"
        "        self.left -= 1\n"
        "        if self.left == 0: os._exit(9)\n"
        "copy_database(sys.argv[1], sys.argv[2], False, Kill())\n"
    )
    command = [sys.executable, "-c", code, source, target, DAY.isoformat()]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 9
    assert not Path(target).exists()
    copy_database(source, target, encrypt=False)
    assert everything(target) == everything(source)


@pytest.mark.parametrize("place", ["row", "figure"])
def test_a_copy_that_differs_is_not_kept(
    way: tuple[str, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = way
    if place == "row":
        whole = rows_of.writer

        def lossy(connection: Any, table: Any) -> Any:
            if table.name == "contact" or table.name != "visit":
                return whole(connection, table)
            return _Changed(whole(connection, table))

        monkeypatch.setattr(rows_of, "writer", lossy)
    else:
        from gridapp.services import copying

        seen: list[Any] = []
        monkeypatch.setattr(copying.comparing, "months_of_both", lambda *_sides: [])
        monkeypatch.setattr(copying, "_figures", lambda *_arguments: seen.append(1) or [len(seen)])
    with pytest.raises(StorageError, match="nothing was kept"):
        copy_database(source, target, encrypt=False)
    assert is_as_before(target)


class _Changed:
    """Writes every row with its note changed."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def __enter__(self) -> Callable[[Any], None]:
        write = self.whole.__enter__()
        return lambda rows: write([(*row[:8], "changed", *row[9:]) for row in rows])

    def __exit__(self, *fault: Any) -> Any:
        return self.whole.__exit__(*fault)


def test_full_targets_and_wrong_ones_are_refused(way: tuple[str, str]) -> None:
    source, target = way
    with pytest.raises(ValidationError, match="itself"):
        copy_database(source, source, encrypt=False)
    with pytest.raises(NotFoundError):
        copy_database(str(Path("/nowhere/none.db")), target)
    copy_database(source, target, encrypt=False)
    before = everything(target)
    with pytest.raises(ValidationError, match="holds data already"):
        copy_database(source, target, encrypt=False)
    assert everything(target) == before


def test_a_target_opened_but_never_used_will_do(way: tuple[str, str]) -> None:
    source, target = way
    open_database(target, encrypt=False).close()
    copy_database(source, target, encrypt=False)
    assert everything(target) == everything(source)


def test_text_a_server_cannot_hold_is_refused_in_a_sentence(makers: dict[str, Databases]) -> None:
    source, target = makers["file"].new(), makers["server"].blank()
    database = open_database(source)
    with database.write("test", "x") as unit:
        unit.session.add(ResidentRecord(name="甲\x00乙"))
    database.close()
    with pytest.raises(ValidationError, match="character"):
        copy_database(source, target)
    assert is_as_before(target)


def test_a_command_that_is_stopped_says_how_to_go_on(
    full: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "copy.db"
    monkeypatch.setattr("gridapp.cli.upkeep.progress", lambda: StopAtStage("Comparing"))
    assert main(["copy", "--from", full["file"], "--to", str(target)]) == 1
    assert "What has arrived waits there; the same command goes on" in capfd.readouterr().err
    assert not target.exists() and target.with_name("copy.db.part").exists()
    monkeypatch.undo()
    assert main(["copy", "--from", full["file"], "--to", str(target)]) == 0


def test_the_command(
    makers: dict[str, Databases], full: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, target = full["file"], makers["server"].blank()
    assert main(["copy", "--from", source, "--to", target]) == 0
    assert "compared each of them" in capfd.readouterr().out
    assert main(["copy", "--from", target, "--to", str(tmp_path / "back.db")]) == 0
    assert (tmp_path / "back.db").read_bytes()[:15] != b"SQLite format 3"  # encrypted unless told otherwise
    capfd.readouterr()
    answers = []
    for location in (source, target, str(tmp_path / "back.db")):
        assert main(["rate", "--month", "2026-03", "--by", "grid", "--format", "json", "--db", location]) == 0
        answers.append(json.loads(capfd.readouterr().out))
    assert answers[0] == answers[1] == answers[2]
