"""Many write at once: nothing is lost, nothing is given twice, nobody deadlocks, and figures stay true."""

from __future__ import annotations

import ast
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp import clock, services
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.references import held
from gridapp.db.queries.residents import get_card
from gridapp.db.queries.roster import RosterRule
from gridapp.db.records import OperationRecord, ResidencyRecord, ResidentRecord, VisitRecord
from gridapp.db.records.visits import unpack
from gridapp.domain.period import Month
from gridapp.errors import ClashError, ConflictError, GridAppError, ValidationError
from gridapp.services import residents, visits
from gridapp.services.facts import import_facts
from gridapp.services.places import add_community
from gridapp.services.projects import open_database
from gridapp.services.undo import undo_operation
from gridapp.settings import Settings
from tests.databases import Databases
from tests.factories import GRIDS, document, id_number

DAY = dt.date(2026, 3, 20)
WRITERS = {"sqlite": 4, "postgresql": 20}
"""A file is one writer's at a time: more than a few at once only wait for each other."""
EACH = 10
PEOPLE = [f"p{number}" for number in range(1, 9)]


@pytest.fixture
def shared(databases: Databases, patient_writers: None) -> Iterator[Callable[[], Database]]:
    """Open the same database again and again, as programs on several computers do."""
    location = databases.new()
    with ExitStack() as stack:
        stack.callback(databases.drop, location)

        def open_again() -> Database:
            database = open_database(location)
            stack.callback(database.close)
            return database

        clock.set_today(DAY)
        import_facts(open_again(), document(PEOPLE), "tester")
        yield open_again


@pytest.fixture
def writers(databases: Databases) -> int:
    return WRITERS[databases.engine]


def at_once(writers: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(0…writers-1)`` in as many threads that start together; errors come back as results."""
    gate = threading.Barrier(writers)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return work(number)
        except GridAppError as error:
            return error

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


@pytest.fixture
def clashes(caplog: pytest.LogCaptureFixture) -> Callable[[], int]:
    """Count the steps that were done again: deadlocks, or the same thing added twice."""
    caplog.set_level(logging.INFO, "gridapp.db.clashes")
    return lambda: len([record for record in caplog.records if record.name == "gridapp.db.clashes"])


def test_no_visit_is_lost_and_numbers_have_no_gaps(
    shared: Callable[[], Database], writers: int, clashes: Callable[[], int]
) -> None:
    opened = [shared() for _ in range(writers)]

    def log(number: int) -> list[str]:
        return [
            visits.record_visit(opened[number], visits.NewVisit(PEOPLE[(number + k) % 8], DAY), f"w{number}").result
            for k in range(EACH)
        ]

    found = at_once(writers, log)
    assert not [error for error in found if isinstance(error, GridAppError)]
    assert len({key for keys in found for key in keys}) == writers * EACH
    with opened[0].read() as session:
        sequences = sorted(unpack(number)[1] for number in session.scalars(select(VisitRecord.id)))
        entries = session.scalar(select(func.count()).where(OperationRecord.action == "visit.record"))
    assert sequences == list(range(1, writers * EACH + 1))
    assert entries == writers * EACH
    assert clashes() == 0


def test_mixed_work_ends_with_true_figures(
    shared: Callable[[], Database], writers: int, clashes: Callable[[], int]
) -> None:
    """Visits one by one and in batches, corrections and undoing, for the same few people."""
    opened = [shared() for _ in range(writers)]

    def work(number: int) -> int:
        database, actor, person = opened[number], f"w{number}", PEOPLE[number % 8]
        done = 0
        for step in range(4):
            visit = visits.record_visit(database, visits.NewVisit(person, DAY), actor)
            batch = visits.record_visits(
                database, [visits.NewVisit(PEOPLE[(number * 3 + k) % 8], DAY, "phone") for k in range(3)], actor
            )
            visits.replace_visit(database, visit.result, visits.NewVisit(person, DAY, "video"), "typed wrong", actor)
            assert batch.operation is not None
            undo_operation(database, batch.operation, actor)
            residents.add_contact(database, person, f"contact {number} {step}", "", "1", actor)
            done += 1
        return done

    assert at_once(writers, work) == [4] * writers
    assert clashes() == 0
    with opened[0].read() as session:
        count = session.scalar(select(func.count()).where(VisitRecord.voided_at.is_(None)))
        rule = RosterRule.monthly(Settings())
        total = visit_rates(session, [Month.of(DAY)], DAY, "total", rule)[0].rate
        facts = read_facts(session)
    assert count == writers * 4
    valid = {row["person"] for row in facts["visits"] if not row["voided"]}
    assert len(valid) == min(writers, 8)
    assert (total.roster, total.visited) == (8, len(valid))
    assert (total.by_mode["video"], total.by_mode["phone"]) == (len(valid), 0)


def test_one_of_many_moves_wins(shared: Callable[[], Database], writers: int) -> None:
    """Two open residencies would count a person in two grids."""
    opened = [shared() for _ in range(writers)]

    def move(number: int) -> str:
        return str(residents.move_resident(opened[number], "p1", GRIDS[number % 3], f"No. {number}", DAY, "x").result)

    found = at_once(writers, move)
    assert [result for result in found if result == "p1"] == ["p1"]
    assert all(isinstance(result, ValidationError) for result in found if result != "p1")
    with opened[0].read() as session:
        number = session.scalar(select(ResidentRecord.id).where(ResidentRecord.ref == "p1"))
        lived = session.scalars(select(ResidencyRecord).where(ResidencyRecord.resident_id == number)).all()
    assert len(lived) == 2
    assert len([row for row in lived if row.end is None]) == 1


def test_one_id_number_goes_to_one_person(shared: Callable[[], Database], writers: int) -> None:
    opened = [shared() for _ in range(writers)]
    number = id_number()

    def add(place: int) -> str:
        person = residents.NewResident(f"示例{place}", id_number=number)
        return str(residents.add_resident(opened[place], person, GRIDS[0], "", DAY, "x").result)

    found = at_once(writers, add)
    assert len([result for result in found if isinstance(result, str)]) == 1
    assert all("belongs to" in str(result) for result in found if not isinstance(result, str))


def test_one_visit_is_taken_back_once_and_one_community_made_once(shared: Callable[[], Database]) -> None:
    opened = [shared() for _ in range(8)]
    visit = visits.record_visit(opened[0], visits.NewVisit("p1", DAY), "x").result
    found = at_once(8, lambda number: visits.void_visit(opened[number], visit, f"reason {number}", "x").result)
    assert found.count(visit) == 1
    found = at_once(8, lambda number: add_community(opened[number], "990101001009", "新社区", "x").result)
    assert len([result for result in found if not isinstance(result, GridAppError)]) == 1
    assert all(isinstance(result, ValidationError) for result in found if isinstance(result, GridAppError))


def test_one_undo_of_many_is_carried_out(shared: Callable[[], Database]) -> None:
    opened = [shared() for _ in range(8)]
    operation = residents.set_tier(opened[0], "p1", "A", "ill", DAY, "x").operation
    assert operation is not None
    found = at_once(8, lambda number: undo_operation(opened[number], operation, "x").message)
    assert len([result for result in found if isinstance(result, str)]) == 1
    assert all("before" in str(result) for result in found if not isinstance(result, str))


def test_the_second_to_save_is_told(shared: Callable[[], Database]) -> None:
    first, second = shared(), shared()
    card = first.fetch(get_card, "p1", DAY)
    assert second.fetch(get_card, "p1", DAY).version == card.version
    residents.edit_resident(first, "p1", residents.NewResident("甲", phone="1"), "x", card.version)
    with pytest.raises(ConflictError, match="Someone else changed this record meanwhile"):
        residents.edit_resident(second, "p1", residents.NewResident("乙"), "y", card.version)
    assert first.fetch(get_card, "p1", DAY).person.name == "甲"


@pytest.mark.postgres
def test_a_clash_is_done_again(postgres_server: Any, clashes: Callable[[], int]) -> None:
    """Two steps that lock two people crosswise: the server ends one, and it is done again."""
    from tests.databases import OnServer

    with OnServer(postgres_server).opened() as database:
        clock.set_today(DAY)
        import_facts(database, document(PEOPLE), "tester")
        gate = threading.Barrier(2)
        tries = [0, 0]

        @repeated_on_clash
        def cross(number: int) -> None:
            tries[number] += 1
            with database.write("test.cross", "x") as unit:
                for person in (("p1", "p2"), ("p2", "p1"))[number]:
                    # Held from here on: done again, it must see what the other step stored.
                    row = unit.session.scalar(held(select(ResidentRecord).where(ResidentRecord.ref == person)))
                    assert row is not None
                    row.note = (row.note or "") + str(number)
                    unit.session.flush()
                    if tries[number] == 1 and person == ("p1", "p2")[number]:
                        gate.wait(60)

        found = at_once(2, lambda number: cross(number))
        assert [error for error in found if error] == []
        assert sum(tries) == 3
        assert sorted(database.fetch(_note, "p1")) == ["0", "1"]
        assert clashes() == 1


def _note(session: Session, person: str) -> str:
    return session.scalar(select(ResidentRecord.note).where(ResidentRecord.ref == person)) or ""


def test_a_clash_is_given_up_in_the_end() -> None:
    tries = []

    @repeated_on_clash
    def never() -> None:
        tries.append(1)
        raise ClashError("again")

    with pytest.raises(ClashError):
        never()
    assert len(tries) == 5


WITH_FILES = (
    "papers", "difference_paper", "accounts", "signing_in", "restoring", "doctor", "compacting", "city_demo",
    "first_page",
)  # fmt: skip
"""They write a file too, count an attempt, go step by step or only ever work on a file: done again by who asked."""


def test_every_service_that_can_clash_is_done_again() -> None:
    """A step either writes alone, or is repeated; one that also writes a file is left to the user to repeat."""
    forgotten = []
    for path in sorted(Path(services.__path__[0]).glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and path.stem not in WITH_FILES:
                text = ast.unparse(node)
                writes = "database.write(" in text or "database.write_unrecorded(" in text
                if writes and "alone=True" not in text and "@repeated_on_clash" not in text:
                    forgotten.append(f"{path.stem}.{node.name}")
    assert not forgotten
