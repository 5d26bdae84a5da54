"""A server that goes away in the middle of something: nothing half, nothing twice, a sentence, and on it goes."""

from __future__ import annotations

import datetime as dt
import re
import select as io_select
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import make_url

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import verifying
from gridapp.db.records import OperationRecord, VisitRecord
from gridapp.errors import StorageError
from gridapp.services import visits
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests.databases import OnServer
from tests.factories import document
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres
DAY = dt.date(2026, 3, 20)


@pytest.fixture
def database(postgres_server: Server) -> Iterator[Database]:
    clock.set_today(DAY)
    with OnServer(postgres_server).opened() as database:
        import_facts(database, document(), "tester")
        yield database


def save(database: Database) -> None:
    visits.record_visit(database, visits.NewVisit("p1", DAY), "x")


def counts(database: Database) -> tuple[int, int]:
    """Return visits and audit entries."""
    with database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(record)) or 0
                     for record in (VisitRecord, OperationRecord))  # type: ignore[return-value]  # fmt: skip


def check_sentence(fault: BaseException) -> None:
    said = str(fault)
    assert "server" in said and "\n" not in said
    assert not re.search(r"sqlalchemy|psycopg\.|Traceback|Error\b|SELECT|INSERT", said), said


class Cut:
    """Ends the server's process that works for us before its nth statement; 0 for none."""

    def __init__(self, server: Server, database: Database) -> None:
        self.server, self.at, self.seen = server, 0, 0
        event.listen(database.engine, "before_cursor_execute", self._before)
        event.listen(database.engine, "commit", lambda connection: self._look(connection))

    def _before(self, connection: Any, *_rest: Any) -> None:
        self._look(connection)

    def _look(self, connection: Any) -> None:
        self.seen += 1
        if self.seen == self.at:
            process = connection.connection.driver_connection.info.backend_pid
            self.server.execute("SELECT pg_terminate_backend(%s, 60000)", parameters=(process,))

    def next(self, at: int) -> None:
        self.at, self.seen = at, 0


def test_a_save_cut_off_before_any_of_its_statements_leaves_nothing(
    postgres_server: Server, database: Database
) -> None:
    save(database)  # the first of an account takes one statement more
    cut = Cut(postgres_server, database)
    save(database)
    statements, before = cut.seen, counts(database)
    assert statements > 5
    for at in range(1, statements + 1):
        cut.next(at)
        with pytest.raises(StorageError) as fault:
            save(database)
        check_sentence(fault.value)
        cut.next(0)
        assert counts(database) == before, at
    save(database)
    assert counts(database) == (before[0] + 1, before[1] + 1)
    month = database.fetch(verifying.kept_months)[-1]
    assert not database.fetch(verifying.compare_basis)
    assert not database.fetch(verifying.compare_months, month, month)
    assert not database.fetch(verifying.compare_dues)


class Wire:
    """Passes everything on between us and a server, until it is told to lose the answer to the next COMMIT."""

    def __init__(self, port: int) -> None:
        self._port, self.loses_answer, self.stays_dead = port, False, False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _address = self._listening.accept()
                if self.stays_dead:
                    ours.close()
                    continue
                theirs = socket.create_connection(("127.0.0.1", self._port))
                thread = threading.Thread(target=self._pass_on, args=(ours, theirs), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, ours: socket.socket, theirs: socket.socket) -> None:
        with ours, theirs, suppress(OSError):
            lost = False
            while True:
                for ready in io_select.select([ours, theirs], [], [])[0]:
                    content = ready.recv(65536)
                    if not content or (lost and ready is theirs):
                        return
                    if ready is ours and self.loses_answer and b"COMMIT\x00" in content:
                        self.loses_answer, lost, self.stays_dead = False, True, self.stays_dead or self.dies
                    (theirs if ready is ours else ours).sendall(content)

    dies = False
    """Nobody is let in any more after the answer was lost."""

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def wire(postgres_server: Server) -> Iterator[Wire]:
    made = Wire(postgres_server.port)
    yield made
    made.close()


@pytest.fixture
def far(wire: Wire, postgres_server: Server, database: Database) -> Iterator[Database]:
    """The same database at the other end of a wire."""
    address = make_url(postgres_server.address(str(make_url(database.location).database))).set(port=wire.port)
    opened = open_database(address.render_as_string(hide_password=False))
    yield opened
    opened.close()


def test_a_save_whose_answer_was_lost_is_found_to_be_stored(wire: Wire, far: Database, database: Database) -> None:
    before = counts(database)
    wire.loses_answer = True
    save(far)
    assert not wire.loses_answer
    assert counts(database) == (before[0] + 1, before[1] + 1)
    save(far)
    assert counts(database) == (before[0] + 2, before[1] + 2)


def test_a_save_nobody_can_ask_about_says_to_look(wire: Wire, far: Database, database: Database) -> None:
    before = counts(database)
    wire.loses_answer = wire.dies = True
    with pytest.raises(StorageError, match="Look whether your entry is there") as fault:
        save(far)
    check_sentence(fault.value)
    assert counts(database) == (before[0] + 1, before[1] + 1), "it is"
    wire.stays_dead = False
    assert counts(far) == counts(database)


def test_a_server_that_never_answers_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        with pytest.raises(StorageError) as fault:
            open_database(f"postgresql+psycopg://somebody@127.0.0.1:{port}/none?connect_timeout=2")
    check_sentence(fault.value)


def test_reading_and_commands_go_on_after_a_restart(own_server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    from gridapp.cli import main

    clock.set_today(DAY)
    address = own_server.address(own_server.new_database())
    database = open_database(address)
    import_facts(database, document(), "tester")
    asked = ["due", "--db", address, "--today", DAY.isoformat()]
    assert main(asked) == 0
    before = capfd.readouterr().out
    with pytest.raises(StorageError) as fault, database.read() as session:
        session.execute(text("SELECT 1"))
        own_server.stop("fast")
        session.execute(text("SELECT 1"))
    check_sentence(fault.value)
    assert main(asked) == 1
    said = capfd.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "server" in said.err and own_server.password not in said.err
    own_server.start()
    assert main(asked) == 0
    assert capfd.readouterr().out == before
    assert counts(database)[0] == 0
    database.close()
