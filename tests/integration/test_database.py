"""The file: what opens, what is refused with a sentence, what an upgrade and a fault leave behind."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_mock_engine, event, inspect, select, text
from sqlcipher3 import dbapi2

from gridapp import clock
from gridapp.db import keyfile, migrations
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.engine import APPLICATION_ID, make_engine
from gridapp.db.queries.journal import list_operations, load_settings
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.records import ResidentRecord
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.errors import (
    DatabaseBusyError,
    ForeignDatabaseError,
    GridAppError,
    NewerDatabaseError,
    NotFoundError,
    ReadOnlyDatabaseError,
    StorageError,
    ValidationError,
)
from gridapp.services import upkeep, visits
from gridapp.services.backups import back_up
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.residents import NewResident, edit_resident
from tests.factories import contents, document, golden, plain_database, visit

DAY = dt.date(2026, 4, 30)


@pytest.fixture(autouse=True)
def _pinned() -> None:
    clock.set_today(DAY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = plain_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def golden_file(tmp_path: Path) -> Path:
    made = plain_database(tmp_path, "golden.db")
    import_facts(made, golden()["facts"], "tester")
    made.close()
    return tmp_path / "golden.db"


def visited(database: Database) -> int:
    rule = RosterRule.monthly(database.fetch(load_settings))
    return database.fetch(visit_rates, [Month(2026, 3)], dt.date(2026, 3, 31), "total", rule)[0].rate.visited


def check_sentence(fault: GridAppError) -> None:
    """One line for people: no name of a class, no code of the engine."""
    said = str(fault)
    assert said and "\n" not in said
    assert not re.search(r"SQLITE_|sqlalchemy|Traceback|sqlcipher3|Error\b", said), said


# ---- schema ----------------------------------------------------------------------------------------------------------


OWN_SQL = ("resident_token",)
"""Written as SQL: records cannot declare a full-text table."""


def tokens(statement: str) -> list[str]:
    """Words of a definition, the same however it was laid out; the order of columns and constraints is kept apart."""
    body = statement[statement.index("(") + 1 : statement.rindex(")")]
    parts, depth, part = [], 0, ""
    for character in body:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    return sorted(" ".join(re.findall(r"\w+|[^\w\s]", one.replace('"', ""))) for one in [*parts, part])


def declared() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}

    def keep(statement: Any, *_more: Any) -> None:
        written = str(statement.compile(dialect=engine.dialect))
        name = re.search(r"(?:TABLE|INDEX) (\w+)", written)
        assert name is not None
        found[name[1]] = tokens(written)

    engine = create_mock_engine("sqlite://", keep)
    Base.metadata.create_all(engine, checkfirst=False)
    return found


def test_migrated_schema_is_what_the_records_declare(database: Database) -> None:
    with database.read() as session:
        stored = {
            name: tokens(sql)
            for name, sql in session.execute(
                text("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'trigger'")
            )
            if name != "alembic_version" and not name.startswith(OWN_SQL)
        }
    assert stored == declared()


def test_every_constraint_has_a_name(database: Database) -> None:
    """Alembic's batch mode silently drops those that have none."""
    with database.read() as session:
        for name, sql in session.execute(text("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")):
            if name != "alembic_version" and not name.startswith(OWN_SQL):
                kinds = re.findall(r"(CONSTRAINT \w+ )?(PRIMARY KEY \(|FOREIGN KEY|UNIQUE|CHECK)", sql)
                assert kinds and all(given for given, _kind in kinds), name


def test_head_is_the_newest_revision() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    assert max(file.name[:4] for file in folder.glob("[0-9]*.py")) == migrations.HEAD


# ---- files that are none ---------------------------------------------------------------------------------------------


def make_foreign(path: Path) -> None:
    connection = dbapi2.connect(str(path))
    connection.execute("CREATE TABLE note (words TEXT)")
    connection.execute("INSERT INTO note VALUES ('mine')")
    connection.commit()
    connection.close()


def make_newer(path: Path) -> None:
    connection = dbapi2.connect(str(path))
    connection.execute("PRAGMA journal_mode = WAL")  # as GridApp itself leaves its files
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    connection.execute("INSERT INTO alembic_version VALUES ('9001')")
    connection.commit()
    connection.close()


def make_truncated(path: Path) -> None:
    plain_database(path.parent, "whole.db").close()
    path.write_bytes((path.parent / "whole.db").read_bytes()[:30_000])


REFUSED_FILES: dict[str, tuple[Any, type[StorageError]]] = {
    "zero length": (lambda path: path.write_bytes(b""), ForeignDatabaseError),
    "ten bytes": (lambda path: path.write_bytes(b"SQLite for"), ForeignDatabaseError),
    "text": (lambda path: path.write_text("居民,姓名\n" * 1000, "utf-8"), ForeignDatabaseError),
    "random": (lambda path: path.write_bytes(os.urandom(20_000)), ForeignDatabaseError),
    "truncated": (make_truncated, ForeignDatabaseError),
    "header only": (lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(84)), ForeignDatabaseError),
    "someone else's": (make_foreign, ForeignDatabaseError),
    "newer": (make_newer, NewerDatabaseError),
    "a folder": (lambda path: path.mkdir(), StorageError),
}


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_file_that_is_no_database_of_ours_is_refused_untouched(tmp_path: Path, case: str) -> None:
    make, kind = REFUSED_FILES[case]
    keyfile.load_key(create=True)
    path = tmp_path / "in.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(kind) as fault:
        open_database(path)
    check_sentence(fault.value)
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert not list(tmp_path.glob("*.bak"))


def test_a_missing_file_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        open_database(tmp_path / "none.db", create=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encrypt", [True, False])
def test_a_missing_folder(tmp_path: Path, encrypt: bool) -> None:
    with pytest.raises(StorageError) as fault:
        open_database(tmp_path / "no" / "such.db", encrypt=encrypt)
    check_sentence(fault.value)
    assert "no" in str(fault.value)


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://nobody@127.0.0.1:1/none", "nosuch://x/y", "sqlite:///x.db", "mysql://x/y", "postgresql://["],
)
def test_a_server_that_is_not_there_or_not_known(url: str) -> None:
    with pytest.raises(GridAppError) as fault:
        open_database(url)
    check_sentence(fault.value)


# ---- encryption ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "keys" / "database.key"))
    return tmp_path / "keys" / "database.key"


def test_an_encrypted_file_shows_nothing(tmp_path: Path, own_key: Path) -> None:
    made = open_database(tmp_path / "secret.db")
    facts = document()
    facts["persons"][0]["name"] = "ZhangSanfeng张三丰"
    import_facts(made, facts, "tester")
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert {file.name for file in files} >= {"secret.db", "secret.db-wal"}
    for moment in ("open", "closed"):
        for file in [file for file in tmp_path.iterdir() if file.is_file()]:
            raw = file.read_bytes()
            for word in (b"ZhangSanfeng", "张三丰".encode(), b"resident", b"CREATE TABLE", b"SQLite format 3", b"p1"):
                assert word not in raw or len(word) == 2, (moment, file.name, word)
        made.close()
    assert own_key.stat().st_mode & 0o077 == 0
    again = open_database(tmp_path / "secret.db", create=False)
    with again.read() as session:
        assert session.scalar(select(ResidentRecord.name).where(ResidentRecord.ref == "p1")) == "ZhangSanfeng张三丰"
    copy = back_up(again).path
    assert b"ZhangSanfeng" not in copy.read_bytes() and copy.read_bytes()[:15] != b"SQLite format 3"
    open_database(copy, create=False).close()
    again.close()


def test_a_lost_key_and_a_wrong_one(tmp_path: Path, own_key: Path) -> None:
    open_database(tmp_path / "secret.db").close()
    right = own_key.read_text()
    for content in (None, "", "xyz", "00" * 31, "00" * 32):
        own_key.unlink(missing_ok=True)
        if content is not None:
            own_key.write_text(content)
        with pytest.raises(StorageError) as fault:
            open_database(tmp_path / "secret.db", create=False)
        check_sentence(fault.value)
        assert not own_key.exists() if content is None else own_key.read_text() == content, (
            "a lost key is never replaced"
        )
    own_key.write_text(right)
    open_database(tmp_path / "secret.db", create=False).close()


def test_idle_connections_of_a_file_are_closed_but_one_and_those_in_use_go_on(tmp_path: Path, own_key: Path) -> None:
    closed: list[object] = []
    with contextlib.closing(open_database(tmp_path / "file.db")) as database:
        event.listen(database.engine, "close", lambda connection, _record: closed.append(connection))
        with database.read() as one, database.read() as other, database.read() as third:
            for session in (one, other, third):
                load_settings(session)
        with database.read() as used:
            before = load_settings(used)
            database.release_idle()
            assert len(closed) == 1, "of three, one is in use and one is kept"
            assert load_settings(used) == before
        with database.read() as one, database.read() as other, database.read() as third:
            assert [load_settings(session) for session in (one, other, third)] == [before] * 3


def test_a_plain_file_needs_no_key(tmp_path: Path, own_key: Path) -> None:
    open_database(tmp_path / "plain.db", encrypt=False).close()
    open_database(tmp_path / "plain.db").close()
    assert not own_key.exists()
    assert (tmp_path / "plain.db").read_bytes()[:15] == b"SQLite format 3"


# ---- upgrade ---------------------------------------------------------------------------------------------------------


def make_old(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a database of the first revision, with one row in it."""
    from alembic.runtime.environment import EnvironmentContext

    engine = make_engine(str(path), encrypt=False)
    whole = EnvironmentContext.__init__

    def only_first(self: Any, config: Any, script: Any, **options: Any) -> None:
        whole(self, config, script, fn=lambda revision, _context: script._upgrade_revs("0001", revision))

    with monkeypatch.context() as patch:
        patch.setattr(EnvironmentContext, "__init__", only_first)
        migrations._run(engine)
    with engine.execution_options(gridapp_writing=True).begin() as connection:
        assert migrations.current_revision(connection) == "0001"
        connection.execute(
            text(
                "INSERT INTO community (id, uid, code, name, created_at, created_by, version) "
                "VALUES (1, x'00112233445566778899aabbccddeeff', '990101001001', '老社区', 0, 'old', 1)"
            )
        )
    engine.dispose()


def test_an_upgrade_backs_up_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    make_old(path, monkeypatch)
    database = open_database(path, create=False)
    with database.read() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == migrations.HEAD
        assert session.scalar(text("SELECT name FROM community")) == "老社区"
    database.close()
    (copy,) = tmp_path.glob("backups/*.before-update.*.bak")
    connection = dbapi2.connect(str(copy))
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert connection.execute("SELECT name FROM community").fetchone() == ("老社区",)
    connection.close()
    open_database(path).close()
    assert len(list(tmp_path.glob("backups/*.bak"))) == 1, "an up-to-date file needs no backup"


def test_an_upgrade_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    make_old(path, monkeypatch)

    def unsound(_connection: Any) -> None:
        raise StorageError("made to fail")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "check", unsound)
        with pytest.raises(StorageError, match="made to fail"):
            open_database(path)
    connection = dbapi2.connect(str(path))
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'visit'").fetchone() == (0,)
    connection.close()
    open_database(path).close()


def test_an_old_read_only_file_is_not_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    make_old(path, monkeypatch)
    path.chmod(0o444)
    with pytest.raises(ReadOnlyDatabaseError) as fault:
        open_database(path)
    check_sentence(fault.value)


def test_a_start_cut_short_is_made_up_for(tmp_path: Path) -> None:
    """The schema is committed before the first rows are: a plug pulled in between must not leave a useless file."""
    engine = make_engine(str(tmp_path / "bare.db"), encrypt=False)
    migrations.upgrade(engine)
    engine.dispose()
    database = open_database(tmp_path / "bare.db")
    import_facts(database, golden()["facts"], "tester")
    assert visited(database) == 7
    database.close()


def test_an_upgraded_file_can_be_used_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    make_old(path, monkeypatch)
    database = open_database(path)
    import_facts(database, document(visits=[visit("v1", "p1", "2026-03-01")]), "tester")
    visits.record_visit(database, NewVisit("p1", DAY), "me")
    database.close()


# ---- read only, busy, changed meanwhile ------------------------------------------------------------------------------


def test_a_read_only_file_is_read_and_refuses_writes(golden_file: Path) -> None:
    golden_file.chmod(0o444)
    database = open_database(golden_file, create=False)
    try:
        assert visited(database) == 7
        before = golden_file.read_bytes()
        for write in (lambda: visits.record_visit(database, NewVisit("p03", DAY), "me"),
                      lambda: upkeep.change_setting(database, "join_day", 10, "me"),
                      lambda: upkeep.save_draft(database, "k", {})):  # fmt: skip
            with pytest.raises(ReadOnlyDatabaseError) as fault:
                write()
            check_sentence(fault.value)
        assert golden_file.read_bytes() == before
    finally:
        database.close()


def test_a_busy_file_says_so(golden_file: Path) -> None:
    database = open_database(golden_file, create=False)
    event.listen(database.engine, "checkout", lambda connection, *_more: connection.execute("PRAGMA busy_timeout = 50"))
    other = dbapi2.connect(str(golden_file), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert visited(database) == 7, "reading goes on"
        with pytest.raises(DatabaseBusyError) as fault:
            visits.record_visit(database, NewVisit("p03", DAY), "me")
        check_sentence(fault.value)
        other.execute("ROLLBACK")
        visits.record_visit(database, NewVisit("p03", DAY), "me")
    finally:
        other.close()
        database.close()


def test_two_people_changing_one_record(tmp_path: Path) -> None:
    database = plain_database(tmp_path)
    import_facts(database, document(), "tester")
    with pytest.raises(ValidationError) as fault, database.write("resident.edit", "slow") as unit:
        record = unit.session.scalars(select(ResidentRecord).where(ResidentRecord.ref == "p1")).one()
        # Someone else's change, past this session's knowledge.
        unit.session.connection().execute(text("UPDATE resident SET version = version + 1, name = '先改的'"))
        record.name = "后改的"
        unit.session.flush()
    check_sentence(fault.value)
    edit_resident(database, "p1", NewResident("改好了"), "quick")
    with database.read() as session:
        assert session.scalar(select(ResidentRecord.name).where(ResidentRecord.ref == "p1")) == "改好了"
    database.close()


def test_a_damaged_page_is_reported(golden_file: Path) -> None:
    raw = bytearray(golden_file.read_bytes())
    for start in range(4096, len(raw), 4096):
        raw[start : start + 200] = os.urandom(200)
    golden_file.write_bytes(raw)
    with pytest.raises(ForeignDatabaseError) as fault:
        open_database(golden_file, create=False).fetch(load_settings)
    check_sentence(fault.value)


# ---- one call, one operation -----------------------------------------------------------------------------------------


def test_one_call_is_one_operation_and_a_failed_one_leaves_no_trace(tmp_path: Path) -> None:
    database = plain_database(tmp_path)
    import_facts(database, document(), "tester")

    def journal() -> list[tuple[str, str]]:
        return [(row.action, row.actor) for row in database.fetch(list_operations)]

    start = journal()
    visits.record_visits(database, [NewVisit("p1", DAY), NewVisit("p2", DAY)], "me")
    assert journal() == [("visit.record", "me"), *start]
    before, told = contents(database), journal()
    with pytest.raises(NotFoundError):
        visits.record_visits(database, [NewVisit("p1", DAY), NewVisit("nobody", DAY)], "me")
    with pytest.raises(RuntimeError), database.write("test", "me") as unit:
        unit.session.add(ResidentRecord(name="谁"))
        unit.session.flush()
        raise RuntimeError
    assert (contents(database), journal()) == (before, told)
    logged = visits.record_visit(database, NewVisit("p1", DAY), "me").result
    assert logged.endswith("0") or logged  # a number lost to a failed call is not missed
    with database.read() as session:
        assert session.scalar(text("SELECT next_seq FROM site")) == 4
        assert session.scalar(text("SELECT count(*) FROM visit")) == 3
    database.close()


def test_the_journal_holds_no_personal_data(tmp_path: Path) -> None:
    database = plain_database(tmp_path)
    facts = document()
    facts["persons"][0] |= {"name": "张三丰", "phone": "13800138000"}
    import_facts(database, facts, "tester")
    visits.record_visit(database, NewVisit("p1", DAY, note="张三丰 13800138000"), "me")
    told = json.dumps([row.detail for row in database.fetch(list_operations)], ensure_ascii=False)
    assert "张三丰" not in told and "13800138000" not in told
    database.close()


def test_a_backup_is_a_whole_database(golden_file: Path) -> None:
    database = open_database(golden_file)
    copy = back_up(database).path
    again = open_database(copy, create=False)
    assert contents(again) == contents(database)
    again.close()
    database.close()
    assert not list(golden_file.parent.rglob("*.part"))


def test_connections_hold_what_engineering_asks(database: Database) -> None:
    with database.read() as session:

        def pragma(name: str) -> Any:
            return session.scalar(text(f"PRAGMA {name}"))

        assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
        assert (pragma("secure_delete"), pragma("trusted_schema"), pragma("application_id")) == (1, 0, APPLICATION_ID)


def test_a_crash_between_writes_loses_nothing(golden_file: Path, tmp_path: Path) -> None:
    """A copy of the files taken while the program is open, as a pulled plug leaves them."""
    database = open_database(golden_file)
    visits.record_visit(database, NewVisit("p03", dt.date(2026, 3, 20)), "me")
    folder = tmp_path / "after"
    folder.mkdir()
    for file in golden_file.parent.glob("golden.db*"):
        if file.suffix != ".db-shm":
            shutil.copy(file, folder)
    database.close()
    protected = tmp_path / "protected"
    shutil.copytree(folder, protected)
    (protected / "golden.db").chmod(0o444)
    for path in (folder, protected):
        again = open_database(path / "golden.db", create=False)
        assert visited(again) == 8, path.name
        again.close()


def test_engine_is_closed(database: Database) -> None:
    assert isinstance(database.engine, Engine)
    assert inspect(database.engine).has_table("visit")
