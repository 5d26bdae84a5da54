"""PostgreSQL: the schema, who may do what, and every fault in a sentence that tells no secret."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text
from sqlalchemy.engine import make_url

from gridapp import clock
from gridapp.db import migrations, turns
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.queries.journal import list_operations
from gridapp.db.records import CategoryRecord, OperationRecord, ResidentRecord, SiteRecord, VisitRecord
from gridapp.domain.hardship import BUILT_IN
from gridapp.errors import (
    DatabaseBusyError,
    ForeignDatabaseError,
    GridAppError,
    NewerDatabaseError,
    ReadOnlyDatabaseError,
    StorageError,
    ValidationError,
)
from gridapp.services import residents, upkeep, visits
from gridapp.services.backups import back_up
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.undo import undo_operation
from tests.databases import OnServer
from tests.factories import document, home, person
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres
DAY = dt.date(2026, 3, 20)
ROLES = Path(__file__).parents[2] / "docs" / "postgresql.sql"


@pytest.fixture(autouse=True)
def _pinned() -> None:
    clock.set_today(DAY)


@pytest.fixture(scope="session")
def maker(postgres_server: Server) -> OnServer:
    return OnServer(postgres_server)


@pytest.fixture
def blank(maker: OnServer) -> Iterator[str]:
    location = maker.blank()
    yield location
    maker.drop(location)


@pytest.fixture
def database(maker: OnServer) -> Iterator[Database]:
    with maker.opened() as database:
        import_facts(database, document(), "tester")
        yield database


def name_in(location: str) -> str:
    return str(make_url(location).database)


def check_sentence(fault: BaseException, server: Server | None = None) -> None:
    """One line for people: no class, no code, no password."""
    said = str(fault)
    assert said and "\n" not in said
    assert not re.search(r"sqlalchemy|psycopg\.|Traceback|Error\b|SELECT|INSERT", said), said
    if server is not None:
        assert server.password not in said


# ---- schema ----------------------------------------------------------------------------------------------------------


def test_migrated_schema_is_what_the_records_declare(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def is_ours(_thing: Any, name: str | None, kind: str, *_more: Any) -> bool:
        return not (kind == "index" and name == "ix_resident_search_tokens") and not (
            kind == "column" and name == "tokens"  # made by the migration; the file keeps its pieces elsewhere
        )

    def differs(_context: Any, _there: Any, _wanted: Any, there: Any, wanted: Any) -> bool | None:
        both_text = there.python_type is str and wanted.python_type is str and not hasattr(wanted, "words")
        return False if both_text else None  # lengths are not enforced, as on SQLite

    with database.engine.connect() as connection:
        options = {"compare_type": differs, "compare_server_default": False, "include_object": is_ours}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_checks_are_those_the_records_declare(database: Database) -> None:
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    with database.read() as session:
        assert set(session.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'c'"))) >= declared


def test_all_text_is_ordered_by_its_bytes(database: Database) -> None:
    """The server of the tests sorts Chinese by sound; the program must not notice."""
    statement = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C' "
        "AND table_name <> 'alembic_version'"
    )
    with database.read() as session:
        assert session.scalars(text(statement)).all() == []


def test_parts_of_words_have_an_index(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(text("SELECT to_regclass('ix_resident_search_tokens') IS NOT NULL"))


def test_programs_that_start_at_once_make_one_database(blank: str) -> None:
    gate = threading.Barrier(6)

    def start(_number: int) -> None:
        gate.wait()
        open_database(blank).close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    database = open_database(blank)
    with database.read() as session:
        assert session.scalars(text("SELECT version_num FROM alembic_version")).all() == [migrations.HEAD]
        assert session.scalar(select(func.count()).select_from(SiteRecord)) == 1
        assert session.scalar(select(func.count()).select_from(CategoryRecord)) == len(BUILT_IN)
        assert session.scalars(select(OperationRecord.action)).all() == ["database.create"]
    database.close()


def test_someone_elses_database_and_a_newer_one_are_refused(postgres_server: Server, blank: str) -> None:
    name = name_in(blank)
    postgres_server.execute("CREATE TABLE operation (id integer)", name)
    with pytest.raises(ForeignDatabaseError) as fault:
        open_database(blank)
    check_sentence(fault.value)
    tables = postgres_server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)
    assert tables == [("operation",)]
    postgres_server.execute("DROP TABLE operation", name)
    open_database(blank).close()
    postgres_server.execute("UPDATE alembic_version SET version_num = '9001'", name)
    with pytest.raises(NewerDatabaseError, match="9001"):
        open_database(blank)


def test_a_database_without_chinese_is_refused(postgres_server: Server) -> None:
    options = "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    postgres_server.execute(f"CREATE DATABASE latin {options}")
    with pytest.raises(StorageError, match="UTF8"):
        open_database(postgres_server.address("latin"))


# ---- connections -----------------------------------------------------------------------------------------------------


def test_addresses_are_read_and_shown_without_secrets(postgres_server: Server, database: Database, blank: str) -> None:
    assert postgres_server.password not in database.location
    assert database.location.startswith(f"postgresql+psycopg://tests_administrator@127.0.0.1:{postgres_server.port}/t")
    short = blank.replace("postgresql+psycopg", "postgres") + "?connect_timeout=3&application_name=mine"
    opened = open_database(short)
    assert "?" not in opened.location and "mine" not in opened.location
    with opened.read() as session:
        assert session.scalar(text("SELECT current_setting('application_name')")) == "mine"
    opened.close()
    with database.read() as session:
        assert str(session.scalar(text("SELECT current_setting('application_name')"))).startswith("GridApp ")


def test_every_wait_has_an_end_unless_the_server_says_otherwise(database: Database, blank: str) -> None:
    def limits(opened: Database) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit")
        with opened.read() as session:
            return [session.scalar(text(f"SELECT current_setting('{name}')")) or "" for name in names]

    assert limits(database) == ["10min", "10s", "10min", "off"]
    other = open_database(blank + "?options=-c%20lock_timeout%3D77s")
    assert limits(other) == ["10min", "77s", "10min", "off"]
    other.close()


def test_a_read_sees_one_moment_and_writes_nothing(database: Database) -> None:
    count = select(func.count()).select_from(VisitRecord)
    with database.read() as session:
        assert session.scalar(count) == 0
        visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
        assert session.scalar(count) == 0
    with pytest.raises(ReadOnlyDatabaseError), database.read() as session:
        session.execute(delete(VisitRecord))
    with database.read() as session:
        assert session.scalar(count) == 1


def _wrong_password(server: Server) -> str:
    return server.address("postgres", password="wrong")


BAD_ADDRESSES: dict[str, Callable[[Server], str]] = {
    "password": _wrong_password,
    "user": lambda server: server.address("postgres", user="nobody"),
    "database": lambda server: server.address("none"),
    "port": lambda server: server.address("postgres").replace(str(server.port), "1"),
    "host": lambda server: server.address("postgres").replace("127.0.0.1", "no-such-host.invalid"),
    "scheme": lambda server: server.address("postgres").replace("postgresql", "mysql"),
    "no database": lambda server: server.address(""),
}


@pytest.mark.parametrize("case", BAD_ADDRESSES)
def test_what_cannot_be_reached_says_so(postgres_server: Server, case: str) -> None:
    with pytest.raises(StorageError) as fault:
        open_database(BAD_ADDRESSES[case](postgres_server))
    check_sentence(fault.value, postgres_server)
    assert ("does not answer" in str(fault.value)) == (case in ("port", "host"))


def test_a_restarted_server_is_found_again(own_server: Server) -> None:
    server = own_server
    database = open_database(server.address(server.new_database()))
    import_facts(database, document(), "tester")
    server.stop()
    with pytest.raises(StorageError) as fault:
        visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
    check_sentence(fault.value, server)
    server.start()
    visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
    with pytest.raises(StorageError) as fault, database.write("test", "x") as unit:
        unit.session.add(ResidentRecord(name="谁"))
        unit.session.flush()
        server.stop()
        server.start()
        unit.session.add(ResidentRecord(name="谁谁"))
        unit.session.flush()
    check_sentence(fault.value, server)
    visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(VisitRecord)) == 2
        assert session.scalar(select(ResidentRecord.id).where(ResidentRecord.name.contains("谁"))) is None
    database.close()


def test_waiting_ends_with_a_sentence(maker: OnServer, database: Database) -> None:
    limits = "?options=-c%20lock_timeout%3D50ms%20-c%20statement_timeout%3D2s"
    slow = open_database(_address(maker, database) + limits)
    try:
        with database.write("test", "x") as unit:
            person_row = unit.session.scalar(select(ResidentRecord).where(ResidentRecord.ref == "p1"))
            assert person_row is not None
            person_row.note = "held"
            unit.session.flush()
            with pytest.raises(DatabaseBusyError) as fault:
                residents.edit_resident(slow, "p1", residents.NewResident("乙"), "y")
            check_sentence(fault.value)
            visits.record_visit(slow, visits.NewVisit("p1", DAY), "y")  # pointing at a held person needs no waiting
            with pytest.raises(DatabaseBusyError):
                import_facts(slow, {"schema": "gridapp-facts/1"}, "y")
        with pytest.raises(StorageError, match="too long"), slow.read() as session:
            session.execute(text("SELECT pg_sleep(60)"))
    finally:
        slow.close()


@pytest.fixture
def impatient(maker: OnServer, database: Database) -> Iterator[Database]:
    """The same database, opened by somebody whom the server lets wait for a moment only."""
    other = open_database(_address(maker, database) + "?options=-c%20lock_timeout%3D50ms")
    yield other
    other.close()


def test_who_waits_learns_for_whom_and_may_give_up(database: Database, impatient: Database) -> None:
    heard: list[str] = []
    with database.write("facts.import", "王小明 %", alone=True):
        for waiting in (None, lambda sentence: bool(heard.append(sentence))):
            impatient.waiting = waiting
            with pytest.raises(DatabaseBusyError, match="王小明 % has been at work since 12:00.*Imported") as fault:
                visits.record_visit(impatient, visits.NewVisit("p1", DAY), "y")
            check_sentence(fault.value)
            assert fault.value.on_server
    assert len(heard) == 1 and str(fault.value).startswith(heard[0])
    with impatient.read() as session:
        assert session.scalar(select(func.count()).select_from(VisitRecord)) == 0
        assert session.scalar(text("SHOW application_name")).startswith("GridApp ")  # as between two steps
    visits.record_visit(impatient, visits.NewVisit("p1", DAY), "y")


def test_who_waits_long_enough_saves(database: Database, impatient: Database) -> None:
    heard: list[str] = []
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write("facts.import", "x", alone=True):
            held.set()
            assert done.wait(60)

    def wait(sentence: str) -> bool:
        heard.append(sentence)
        if len(heard) == 2:
            done.set()
        return True

    with ThreadPoolExecutor(1) as one:
        holding = one.submit(hold)
        assert held.wait(60)
        impatient.waiting = wait
        visits.record_visit(impatient, visits.NewVisit("p1", DAY), "y")
        holding.result()
    assert len(heard) >= 3 and all(heard[:-1]) and heard[-1] == "", "told when it waits no longer"


@given(
    action=st.sampled_from(["facts.import", "visit.record"]),
    actor=st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
    since=st.datetimes(min_value=dt.datetime(2000, 1, 1), max_value=dt.datetime(2100, 1, 1)),
)
def test_a_step_is_known_by_what_the_server_shows_of_it(action: str, actor: str, since: dt.datetime) -> None:
    since = since.replace(microsecond=0, tzinfo=dt.UTC)
    name = turns.name_of(turns.Turn(action, actor, since))
    assert name.isascii() and name.isprintable() and len(name) <= 63
    read = turns.turn_of(name, "role")
    assert read is not None and (read.action, read.since) == (action, since)
    assert read.actor == "role" or actor.startswith(read.actor)
    assert turns.turn_of("GridApp 1.0.0", "role") is None and turns.turn_of("psql a zz b", "role") is None


def _address(maker: OnServer, database: Database) -> str:
    return maker.server.address(name_in(database.location))


def test_values_that_do_not_fit_are_refused_in_a_sentence(database: Database) -> None:
    for name in ("甲\x00乙",):
        with pytest.raises(ValidationError) as fault:
            residents.add_contact(database, "p1", name, "", "1", "x")
        check_sentence(fault.value)
    long = "长" * 500
    residents.add_contact(database, "p1", long, "", "1", long)  # no length is enforced, as in a file


def test_backups_are_the_servers_business(database: Database) -> None:
    with pytest.raises(ValidationError, match="backed up there"):
        back_up(database)


def test_no_password_is_written_anywhere(
    postgres_server: Server, maker: OnServer, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from gridapp.cli import main

    caplog.set_level(logging.DEBUG)
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(document()), "utf-8")
    with maker.opened() as database:
        address = _address(maker, database)
        assert main(["facts", "import", str(facts), "--db", address, "--today", DAY.isoformat()]) == 0
        assert main(["due", "--db", address, "--today", DAY.isoformat()]) == 0
        assert main(["audit", "list", "--db", address, "--format", "json"]) == 0
        assert main(["backup", "now", "--db", address]) == 1
        assert main(["audit", "list", "--db", _wrong_password(postgres_server)]) == 1
        told = str(database.fetch(list_operations))
    out, err = capfd.readouterr()
    assert postgres_server.password not in out + err + told + caplog.text
    assert "wrong" not in out + err + caplog.text


# ---- numbers ---------------------------------------------------------------------------------------------------------


def test_rows_written_in_bulk_and_by_hand_never_share_a_number(database: Database) -> None:
    for turn in range(3):
        name = f"q{turn}"
        more = {"schema": "gridapp-facts/1", "communities": [], "grids": [], "workers": [],
                "persons": [person(name)], "residencies": [home(name)]}
        done = import_facts(database, more, "x")
        residents.add_resident(database, residents.NewResident(f"手工{turn}"), "990101001001001", "", DAY, "x")
        assert done.operation is not None
        if turn == 1:
            undo_operation(database, done.operation, "x")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ResidentRecord)) == 3 + 2 + 3
    assert database.fetch(list_operations)[0].action == "resident.add"


# ---- roles -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_role(postgres_server: Server, blank: str) -> Iterator[dict[str, str]]:
    """Addresses of one database for its owner, a writer and a reader, set up as the handbook says."""
    name, script = name_in(blank), ROLES.read_text("utf-8")
    postgres_server.execute(script, name)
    postgres_server.execute("ALTER ROLE gridapp_owner PASSWORD 'o'")
    for role in ("writer", "reader"):
        postgres_server.execute(f"DROP ROLE IF EXISTS some_{role}")
        postgres_server.execute(f"CREATE ROLE some_{role} LOGIN PASSWORD 'r' IN ROLE gridapp_{role}")
    addresses = {
        "owner": postgres_server.address(name, "gridapp_owner", "o"),
        "writer": postgres_server.address(name, "some_writer", "r"),
        "reader": postgres_server.address(name, "some_reader", "r"),
    }
    with pytest.raises(ReadOnlyDatabaseError, match="owner"):
        open_database(addresses["writer"])
    made = open_database(addresses["owner"])
    import_facts(made, document(), "tester")
    made.close()
    postgres_server.execute(script, name)
    yield addresses


def test_a_writer_does_the_daily_work_and_cannot_touch_the_journal(by_role: dict[str, str]) -> None:
    database = open_database(by_role["writer"])
    try:
        done = visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
        assert done.operation is not None
        undo_operation(database, done.operation, "x")
        residents.add_resident(database, residents.NewResident("新人"), "990101001001001", "", DAY, "x")
        residents.edit_resident(database, "p1", residents.NewResident("改名"), "x")
        upkeep.change_setting(database, "join_day", 10, "x")
        upkeep.save_draft(database, "k", {"a": 1})
        upkeep.drop_draft(database, "k")
        imported = import_facts(database, {"schema": "gridapp-facts/1", "persons": [person("n1")]}, "x")
        assert imported.operation is not None
        undo_operation(database, imported.operation, "x")
        for statement in ("DELETE FROM operation", "UPDATE operation SET actor = 'y'", "DELETE FROM operation_change",
                          "UPDATE alembic_version SET version_num = '1'", "DROP TABLE visit", "CREATE TABLE x (a int)",
                          "TRUNCATE visit"):
            with pytest.raises(GridAppError) as fault, database.write_unrecorded() as session:
                session.execute(text(statement))
            check_sentence(fault.value)
            assert isinstance(fault.value, ReadOnlyDatabaseError), statement
    finally:
        database.close()


def test_a_reader_looks_and_changes_nothing(by_role: dict[str, str]) -> None:
    database = open_database(by_role["reader"])
    try:
        with database.read() as session:
            assert session.scalar(select(func.count()).select_from(ResidentRecord)) == 3
        for write in (lambda: visits.record_visit(database, visits.NewVisit("p1", DAY), "x"),
                      lambda: upkeep.change_setting(database, "join_day", 10, "x"),
                      lambda: upkeep.save_draft(database, "k", {})):
            with pytest.raises(ReadOnlyDatabaseError) as fault:
                write()
            check_sentence(fault.value)
        with pytest.raises(GridAppError), database.read() as session:
            session.execute(text("SELECT * FROM draft"))
    finally:
        database.close()
