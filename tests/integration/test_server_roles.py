"""The roles of ``docs/postgresql.sql``, from end to end: each does its work, and what it must not do is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import make_url

from gridapp import clock
from gridapp.db import migrations
from gridapp.db.base import Base
from gridapp.db.connecting import HEAD
from gridapp.db.database import Database
from gridapp.db.engine import make_engine
from gridapp.domain.access import Role
from gridapp.errors import GridAppError, NotAllowedError, ReadOnlyDatabaseError, StorageError
from gridapp.services import accounts, residents, sealing, visits
from gridapp.services.audit import verify_audit
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.retention import delete_people
from gridapp.services.signing_in import open_for
from tests.databases import OnServer
from tests.factories import COMMUNITY, document
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres
DAY = dt.date(2026, 3, 20)
SCRIPT = Path(__file__).parents[2] / "docs" / "postgresql.sql"
JOURNAL = ("operation", "operation_change", "audit_link", "audit_checkpoint")
PASSWORD = "eine lange Losung 9"


@pytest.fixture
def by_role(postgres_server: Server) -> Iterator[dict[str, str]]:
    """Addresses of an empty database for its owner, a writer, a reader and somebody without a role."""
    clock.set_today(DAY)
    maker = OnServer(postgres_server)
    location = maker.blank()
    name = str(make_url(location).database)
    postgres_server.execute(SCRIPT.read_text("utf-8"), name)
    postgres_server.execute("ALTER ROLE gridapp_owner PASSWORD 'o'")
    for login, roles in (("some_writer", "gridapp_writer"), ("some_reader", "gridapp_reader"), ("stranger", "")):
        postgres_server.execute(f"DROP ROLE IF EXISTS {login}")
        postgres_server.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'r' {f'IN ROLE {roles}' if roles else ''}")
    yield {
        "owner": postgres_server.address(name, "gridapp_owner", "o"),
        "writer": postgres_server.address(name, "some_writer", "r"),
        "reader": postgres_server.address(name, "some_reader", "r"),
        "stranger": postgres_server.address(name, "stranger", "r"),
        "script": name,
    }
    maker.drop(location)


def run_script(server: Server, by_role: dict[str, str]) -> None:
    server.execute(SCRIPT.read_text("utf-8"), by_role["script"])


@pytest.fixture
def filled(postgres_server: Server, by_role: dict[str, str]) -> dict[str, str]:
    """The same, with facts, set up as the handbook says."""
    database = open_database(by_role["owner"])
    import_facts(database, document(), "tester")
    database.close()
    run_script(postgres_server, by_role)
    return by_role


def refuse(database: Database, statement: str) -> None:
    with pytest.raises(GridAppError) as fault, database.write_unrecorded() as session:
        session.execute(text(statement))
    assert isinstance(fault.value, ReadOnlyDatabaseError), (statement, fault.value)


def test_a_writer_cannot_reach_past_the_daily_work(filled: dict[str, str]) -> None:
    database = open_database(filled["writer"])
    try:
        visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
        for table in JOURNAL:
            refuse(database, f"DELETE FROM {table}")
            refuse(database, f"UPDATE {table} SET {next(iter(Base.metadata.tables[table].columns)).name} = NULL")
            refuse(database, f"TRUNCATE {table} CASCADE")
            refuse(database, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in (
            "ALTER TABLE visit ADD COLUMN x integer", "DROP TABLE visit CASCADE", "CREATE TABLE x (a integer)",
            "CREATE SCHEMA x", "DROP TRIGGER figures_visit_added ON visit", "DROP INDEX ix_resident_search_tokens",
            "CREATE OR REPLACE FUNCTION figures_visit_added() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
            "SET session_replication_role = replica", "SET ROLE gridapp_owner", "DELETE FROM site",
            "INSERT INTO alembic_version VALUES ('x')", "GRANT gridapp_owner TO some_writer", "CREATE ROLE x",
            "COPY visit TO PROGRAM 'cat'", "SELECT pg_read_file('/etc/passwd')", "TRUNCATE visit CASCADE",
        ):  # fmt: skip
            refuse(database, statement)
        visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
    finally:
        database.close()


def test_what_takes_from_the_journal_is_the_owners(filled: dict[str, str]) -> None:
    writer = open_database(filled["writer"])
    residents.record_death(writer, "p2", DAY, "x")
    residents.edit_resident(writer, "p3", residents.NewResident("改名"), "x")
    with pytest.raises(ReadOnlyDatabaseError):
        delete_people(writer, ["p3"], "x", "asked for in writing")
    with writer.read() as session:
        assert session.scalar(text("SELECT count(*) FROM resident WHERE ref = 'p3'")) == 1, "nothing half"
    writer.close()
    owner = open_database(filled["owner"])
    delete_people(owner, ["p3"], "x", "asked for in writing")
    with owner.read() as session:
        assert session.scalar(text("SELECT count(*) FROM resident WHERE ref = 'p3'")) == 0
    assert verify_audit(owner).fault is None
    owner.close()
    later = DAY.replace(year=DAY.year + 2)
    clock.set_today(later)
    writer = open_database(filled["writer"])
    sealing.seal_record(writer, "p2", "x")
    assert [row.id for row in sealing.list_sealed(writer)] == ["p2"]
    writer.close()


def test_a_reader_changes_no_table_at_all(filled: dict[str, str]) -> None:
    database = open_database(filled["reader"])
    try:
        for table in Base.metadata.sorted_tables:
            column = next(iter(table.columns)).name
            refuse(database, f"DELETE FROM {table.name}")
            refuse(database, f'UPDATE {table.name} SET "{column}" = "{column}"')
            refuse(database, f"INSERT INTO {table.name} DEFAULT VALUES")
        refuse(database, "SELECT nextval(pg_get_serial_sequence('operation', 'id'))")
        refuse(database, "SELECT * FROM draft")
    finally:
        database.close()


def test_a_stranger_is_not_let_in(filled: dict[str, str]) -> None:
    with pytest.raises(StorageError) as fault:
        open_database(filled["stranger"])
    assert "stranger" not in str(fault.value) or "permission" in str(fault.value)


def test_only_the_owner_updates_the_tables(postgres_server: Server, by_role: dict[str, str]) -> None:
    engine = make_engine(by_role["owner"], encrypt=False)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    engine.dispose()
    run_script(postgres_server, by_role)
    for role in ("writer", "reader"):
        with pytest.raises(ReadOnlyDatabaseError, match="owner"):
            open_database(by_role[role])
    assert postgres_server.execute("SELECT version_num FROM alembic_version", by_role["script"]) == [("0005",)]
    owner = open_database(by_role["owner"])
    import_facts(owner, document(), "tester")
    owner.close()
    assert postgres_server.execute("SELECT version_num FROM alembic_version", by_role["script"]) == [(HEAD,)]
    writer = open_database(by_role["writer"])  # tables an update made are theirs without running the script again
    visits.record_visit(writer, visits.NewVisit("p1", DAY), "x")
    writer.close()
    run_script(postgres_server, by_role)
    writer = open_database(by_role["writer"])
    refuse(writer, "DELETE FROM audit_link")
    writer.close()


def test_accounts_work_for_somebody_who_is_a_writer_to_the_server(filled: dict[str, str]) -> None:
    """What an account may see is decided by views of its own connection; making them needs no right to tables."""
    owner = open_database(filled["owner"])
    made, _recovery = accounts.begin_accounts(owner, "王", PASSWORD, "x")
    accounts.add_account(made, accounts.NewAccount("李", Role.COMMITTEE, (COMMUNITY,)), PASSWORD, "王")
    made.close()
    writer = open_for(filled["writer"], account="李", password=lambda: PASSWORD, create=False)
    try:
        visits.record_visit(writer, visits.NewVisit("p1", DAY), "")
        with writer.read() as session:
            assert session.scalar(text("SELECT count(*) FROM visit")) == 1
        with pytest.raises(NotAllowedError):
            accounts.remove_account(writer, "王", "")
    finally:
        writer.close()
