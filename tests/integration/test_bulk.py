"""Millions of rows: facts files read as they go, and the invented city."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gridapp import clock
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.facts import quick
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import list_operations
from gridapp.db.records import ResidentRecord, VisitRecord
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES, OUTCOMES
from gridapp.demo import city_people, city_places, city_plan, city_visits, invent
from gridapp.domain.identity import parse_id_number
from gridapp.errors import LedgerFormatError, OperationCancelled, ValidationError
from gridapp.exchange import facts_file, facts_stream
from gridapp.progress import NullProgress
from gridapp.services import city_demo
from gridapp.services.demo import remove_demo
from gridapp.services.facts import export_facts, import_facts, import_facts_file
from gridapp.services.figures import verify_figures
from gridapp.services.undo import undo_operation
from tests.factories import contents, document, golden, person, plain_database, visit

TODAY = dt.date(2026, 12, 31)
CITY_VISITS = 1_000_000


class StopAt(NullProgress):
    """Cancels at a call."""

    def __init__(self, call: int) -> None:
        self.left = call

    def advance(self, done: int, total: int, message: str = "") -> None:
        assert 0 <= done <= total
        self.left -= 1
        if self.left < 0:
            raise OperationCancelled("stopped")


@pytest.fixture(autouse=True)
def _pinned() -> None:
    clock.set_today(TODAY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = plain_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every file as it goes, through a window smaller than most objects, and drop indexes early."""
    monkeypatch.setattr(facts_stream, "LARGE", 0)
    monkeypatch.setattr(facts_stream, "WINDOW", 61)
    monkeypatch.setattr(quick, "FEW", 2)


def written(facts: dict[str, Any], path: Path, **layout: Any) -> Path:
    path.write_text(json.dumps(facts, ensure_ascii=False, **layout), "utf-8")
    return path


def indexes(database: Database) -> set[str]:
    return {
        str(index["name"]) for table in Base.metadata.tables for index in sa.inspect(database.engine).get_indexes(table)
    }


def stored(database: Database) -> dict[str, list[Any]]:
    with database.read() as session:
        return {
            name: sorted(map(repr, session.execute(sa.select(table)))) for name, table in Base.metadata.tables.items()
        }


# ---- facts files read as they go -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("streaming")
@pytest.mark.parametrize("layout", [{}, {"indent": 1}, {"separators": (",", ":")}, {"indent": "\t"}])
def test_a_file_read_as_it_goes_gives_what_the_whole_gives(
    database: Database, tmp_path: Path, layout: dict[str, Any]
) -> None:
    facts = golden()["facts"]
    before = indexes(database)
    import_facts_file(database, written(facts, tmp_path / "in.json", **layout), "me")
    other = plain_database(tmp_path, "other.db")
    import_facts(other, facts, "me")
    counts = [{table: len(rows) for table, rows in stored(one).items()} for one in (database, other)]
    assert counts[0] == counts[1] and indexes(database) == before
    assert verify_figures(database) == []
    export_facts(database, tmp_path / "first.json")
    third = plain_database(tmp_path, "third.db")
    import_facts_file(third, tmp_path / "first.json", "you")
    export_facts(third, tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    assert (tmp_path / "first.json").read_bytes() == facts_file.dump(third.fetch(read_facts))
    other.close()
    third.close()


@pytest.mark.usefixtures("streaming")
def test_lists_may_come_in_any_order(database: Database, tmp_path: Path) -> None:
    facts = document(
        visits=[visit("v2", "p1", "2026-01-06", replaces="v1"), visit("v1", "p1", "2026-01-05", voided=True)]
    )
    backwards = dict(reversed(facts.items()))
    import_facts_file(database, written(backwards, tmp_path / "in.json"), "me")
    assert len(database.fetch(read_facts)["visits"]) == 2 and verify_figures(database) == []


WRONG = {
    "cut short": b'{"schema": "gridapp-facts/1", "persons": [{"id": "p1"',
    "two values": b'{"schema": "gridapp-facts/1"} {}',
    "no schema": b'{"persons": []}',
    "newer": b'{"schema": "gridapp-facts/2", "persons": []}',
    "list": b"[]",
    "empty": b"",
    "key is a number": b'{"schema": "gridapp-facts/1", 1: 2}',
    "key twice": b'{"schema": "gridapp-facts/1", "persons": [], "persons": []}',
    "trailing comma": b'{"schema": "gridapp-facts/1", "persons": [],}',
    "bad UTF-8": b'{"schema": "gridapp-facts/1", "x": "\xff"}',
    "deep": b'{"schema": "gridapp-facts/1", "x": ' + b"[" * 100_000,
}


@pytest.mark.usefixtures("streaming")
@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_facts_file_is_refused_as_it_goes(database: Database, tmp_path: Path, case: str) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(WRONG[case])
    before = contents(database)
    with pytest.raises((LedgerFormatError, ValidationError)):
        import_facts_file(database, path, "me")
    assert contents(database) == before


@pytest.mark.usefixtures("streaming")
def test_a_repeated_row_is_named_although_rows_are_written_in_chunks(database: Database, tmp_path: Path) -> None:
    facts = document(visits=[visit(f"v{number}", "p1", "2026-01-05") for number in (1, 2, 3, 2)])
    with pytest.raises(ValidationError, match=r"visits\[3\] v2"):
        import_facts_file(database, written(facts, tmp_path / "in.json"), "me")
    facts = document(persons=[person("p1"), person("p2"), person("p3"), person("p2")])
    with pytest.raises(ValidationError, match=r"persons\[3\] p2"):
        import_facts_file(database, written(facts, tmp_path / "in.json"), "me")


@pytest.mark.usefixtures("streaming")
@pytest.mark.parametrize("call", [0, 3, 12])
def test_a_cancelled_import_leaves_nothing(database: Database, tmp_path: Path, call: int) -> None:
    before, operations, kept = contents(database), len(database.fetch(list_operations)), indexes(database)
    with pytest.raises(OperationCancelled):
        import_facts_file(database, written(golden()["facts"], tmp_path / "in.json"), "me", StopAt(call))
    assert contents(database) == before and len(database.fetch(list_operations)) == operations
    assert indexes(database) == kept
    assert import_facts_file(database, tmp_path / "in.json", "me").result["persons"] == len(
        golden()["facts"]["persons"]
    )


def test_an_import_of_a_demo_is_one_undo(database: Database, tmp_path: Path) -> None:
    facts = invent("community", 3, TODAY)
    before = stored(database)
    changes = import_facts_file(database, written(facts, tmp_path / "in.json"), "me")
    assert changes.result["visits"] == len(facts["visits"]) and verify_figures(database) == []
    undo_operation(database, changes.operation or 0, "me")
    after = stored(database)
    assert {name: after[name] for name in ("resident", "visit", "enrolment")} == {
        name: before[name] for name in ("resident", "visit", "enrolment")
    }
    assert verify_figures(database) == []


# ---- the invented city -----------------------------------------------------------------------------------------------


FEW = 4
"""Communities that are made."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make two communities at once, so that there is something to go on from."""
    monkeypatch.setattr(city_demo, "_AT_ONCE", 2)


def create_city(
    database: Database, seed: int = 1, progress: NullProgress = NullProgress(), visits: int = CITY_VISITS
) -> None:
    city_demo.create_city(database, seed, "me", progress, visits, FEW)


def city_rows(database: Database) -> dict[str, list[Any]]:
    left_out = {"operation", "operation_change", "site", "category", "setting"}
    return {name: rows for name, rows in stored(database).items() if name not in left_out}


@pytest.mark.usefixtures("few")
def test_a_city_is_alike_however_often_it_was_stopped(database: Database, tmp_path: Path) -> None:
    straight = plain_database(tmp_path, "straight.db")
    create_city(straight, 5)
    stops = 0
    while True:
        try:
            create_city(database, 5, StopAt(3))
            break
        except OperationCancelled:
            stops += 1
            assert database.fetch(city_demo.is_unfinished)
            with pytest.raises(ValidationError):
                create_city(database, 6)
        if stops > 2:
            create_city(database, 5)
            break
    assert stops and not database.fetch(city_demo.is_unfinished)
    assert city_rows(database) == city_rows(straight)
    assert indexes(database) == indexes(straight) and verify_figures(database) == []
    straight.close()


@pytest.mark.usefixtures("few")
def test_a_city_has_the_numbers_it_promises(database: Database) -> None:
    create_city(database)
    with database.read() as session:
        people = session.execute(sa.select(ResidentRecord.birth, ResidentRecord.id_number)).all()
        visits = session.scalar(sa.select(sa.func.count()).select_from(VisitRecord))
    last = 3
    assert len(people) == city_plan.share(city_plan.RESIDENTS, last).stop
    assert visits == city_plan.share(CITY_VISITS, last).stop
    birthday = TODAY.replace(year=TODAY.year - 60)
    assert sum(birth <= birthday for birth, _number in people) == city_plan.share(city_plan.ELDERS, last).stop
    assert len({number for _birth, number in people}) == len(people)
    assert all(parse_id_number(number).birth == birth for birth, number in people)
    facts = database.fetch(read_facts)
    counted = {row["person"] for row in facts["enrolments"] if row["end"] is None}
    assert len(counted) == city_plan.share(city_plan.HARDSHIP, last).stop
    grids = {row["person"]: Counter() for row in facts["residencies"]}
    assert len(grids) == len(people)


@pytest.mark.usefixtures("few")
def test_a_city_can_travel_and_go(database: Database, tmp_path: Path) -> None:
    create_city(database)
    export_facts(database, tmp_path / "city.json")
    other = plain_database(tmp_path, "other.db")
    import_facts_file(other, tmp_path / "city.json", "me")
    export_facts(other, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "city.json").read_bytes()
    other.close()
    with pytest.raises(ValidationError):
        create_city(database)
    remove_demo(database, "me")
    assert database.fetch(read_facts)["persons"] == []


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("visits", "months"), [(city_demo.LEAST_VISITS, 2), (CITY_VISITS, 3)])
def test_a_city_of_any_size_has_attempts_and_visits_taken_back(database: Database, visits: int, months: int) -> None:
    create_city(database, visits=visits)
    with database.read() as session:
        row = VisitRecord
        found = session.execute(sa.select(row.visited_on, row.outcome, row.voided_at)).all()
    count = city_plan.share(visits, FEW - 1).stop
    attempts = sum(outcome != "met" for _day, outcome, _voided in found)
    assert len(found) == count and abs(attempts - 0.06 * count) <= FEW
    assert any(voided for _day, _outcome, voided in found)
    first = dt.date(TODAY.year, TODAY.month + 1 - months, 1)
    days = {day for day, _outcome, _voided in found}
    assert first <= min(days) and max(days) <= TODAY
    assert len({(day.year, day.month) for day in days}) == months


def test_a_city_of_too_few_visits_is_refused(database: Database) -> None:
    with pytest.raises(ValidationError):
        create_city(database, visits=5)


def test_the_city_knows_the_words_of_the_database() -> None:
    assert city_visits.MODES == MODES and city_visits.OUTCOMES == OUTCOMES
    assert ABSENCE_REASONS[:3] == ("hospital", "institution", "away")
    for columns in (city_places.COLUMNS, city_people.COLUMNS, {"visit": city_visits.COLUMNS}):
        for name, found in columns.items():
            assert set(found) <= set(Base.metadata.tables[name].columns.keys())
