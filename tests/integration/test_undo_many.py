"""Many rows put in beside many others, and taken back: only what changed is counted and indexed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.db.search import index
from gridapp.errors import OperationCancelled
from gridapp.progress import NullProgress
from gridapp.services import undo, undo_rows
from gridapp.services.facts import import_facts
from gridapp.services.importing import check_file, import_ledger, undo_batch
from gridapp.services.residents import move_resident
from gridapp.services.search import verify_search
from gridapp.services.undo import undo_operation
from gridapp.services.visits import NewVisit, record_visit
from tests.factories import GRIDS, contents, document, enrolment, home, id_number, person, visit
from tests.integration.test_figures_kept import differences

TODAY = dt.date(2026, 3, 31)
PEOPLE = 120


@pytest.fixture(autouse=True)
def _pinned() -> None:
    clock.set_today(TODAY)


@pytest.fixture
def town(database: Database) -> Database:
    """A hundred and twenty people with two visits each."""
    names = [f"p{number}" for number in range(PEOPLE)]
    visits = [visit(f"v{name}{month}", name, f"2026-0{month}-05") for name in names for month in (1, 2)]
    import_facts(database, document(names, visits=visits), "me")
    return database


def newcomers() -> dict[str, Any]:
    """Two more people, and facts about some who are there: visits, a move that ended, categories, absences."""
    facts = document((), workers=[{"id": "w9", "name": "新人", "grid": GRIDS[0], "role": "full_time",
                                   "start": "2025-01-01", "end": None}])  # fmt: skip
    facts["persons"] = [person("n1"), person("n2")]
    facts["residencies"] = [home("n1"), home("n2", GRIDS[2])]
    facts["enrolments"] = [enrolment("n1"), enrolment("p3", "empty_nest", "2025-06-01")]
    facts["absences"] = [{"person": "p4", "start": "2026-01-01", "end": "2026-03-01", "reason": "hospital",
                          "approved": True, "approved_by": "you"}]  # fmt: skip
    facts["visits"] = [
        visit("x1", "n1", "2026-03-03", worker="w9"), visit("x2", "p3", "2026-03-04"),
        visit("x3", "p5", "2026-02-04", voided=True), visit("x4", "p5", "2019-02-04", outcome="not_home"),
    ]  # fmt: skip
    return facts


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements a database is asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def refuse(*_given: object) -> None:
    raise AssertionError("everything was counted again")


def test_a_small_import_and_its_undo_count_only_what_they_change(
    town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(town)
    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "rebuild", refuse)
        patch.setattr(index, "empty", refuse)
        changes = import_facts(town, newcomers(), "me")
        assert differences(town) == [] and verify_search(town) == 0
        undo_operation(town, changes.operation or 0, "me")
    assert differences(town) == [] and verify_search(town) == 0
    assert contents(town) == before
    undone = town.fetch(undo.last_undoable, "me")
    undo_operation(town, undone or 0, "me")
    assert differences(town) == [] and verify_search(town) == 0


@pytest.mark.parametrize("most", [False, True])
def test_a_large_undo_gives_the_same_as_a_careful_one(
    town: Database, monkeypatch: pytest.MonkeyPatch, most: bool
) -> None:
    changes = import_facts(town, newcomers(), "me")
    monkeypatch.setattr(undo, "FEW_ROWS", 0 if most else 10**9)
    monkeypatch.setattr(undo, "MOST_SHARE", 10**6)
    monkeypatch.setattr(undo_rows, "MANY_ROWS", 0)
    monkeypatch.setattr(undo_rows, "RUN", 2)
    indexes = _indexes(town)
    undo_operation(town, changes.operation or 0, "me")
    with town.read() as session:
        assert session.scalar(text("SELECT count(*) FROM resident")) == PEOPLE
        assert session.scalar(text("SELECT count(*) FROM visit")) == 2 * PEOPLE
    assert differences(town) == [] and verify_search(town) == 0
    assert _indexes(town) == indexes


def test_a_cancelled_undo_leaves_everything(town: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = import_facts(town, newcomers(), "me")
    before, indexes = contents(town), _indexes(town)
    monkeypatch.setattr(undo, "LONG", 0)
    monkeypatch.setattr(undo, "FEW_ROWS", 0)
    monkeypatch.setattr(undo, "MOST_SHARE", 10**6)

    class Stop(NullProgress):
        def advance(self, done: int, total: int, message: str = "") -> None:
            assert 0 <= done <= total
            if done * 2 >= total:
                raise OperationCancelled("stopped")

    with pytest.raises(OperationCancelled):
        undo_operation(town, changes.operation or 0, "me", Stop())
    assert contents(town) == before and _indexes(town) == indexes
    assert differences(town) == [] and verify_search(town) == 0


def test_a_ledger_of_many_workers_is_undone_in_few_steps(town: Database, tmp_path: Path) -> None:
    before, indexes = _facts(town), _indexes(town)
    rows = [f"新人{n},{id_number('19500101', n)},第{n % 3 + 1}网格,{n}号楼,独居,工人{n % 20}" for n in range(200)]
    rows += [f"示例p{n},{id_number('19400501', 500 + n)},,,," for n in range(30)]
    path = tmp_path / "台账.csv"
    path.write_text("\n".join(["姓名,身份证号,网格,居住地址,困难类别,网格员", *rows]) + "\n", "utf-8-sig")
    batch = import_ledger(town, check_file(town, path), "me").result
    assert town.fetch(_count, "worker") == 22 and town.fetch(_count, "resident") >= PEOPLE + 200
    with counted(town) as asked:
        undo_batch(town, batch, "me")
    assert len(asked) < 250, "not a few for every row"
    assert _facts(town) == before and _indexes(town) == indexes
    assert differences(town) == [] and verify_search(town) == 0


def test_moves_are_undone_in_the_order_they_need(town: Database) -> None:
    before = _facts(town)
    moved = move_resident(town, "p1", GRIDS[1], "新街5号", TODAY, "me").operation
    visited = record_visit(town, NewVisit("p1", TODAY), "me").operation
    for operation in (visited, moved):
        undo_operation(town, operation or 0, "me")
    assert _facts(town) == before
    assert differences(town) == []


def _count(session: Any, table: str) -> int:
    return int(session.scalar(text(f"SELECT count(*) FROM {table}")))


def _facts(database: Database) -> list[Any]:
    asked = ("SELECT id, name, id_number FROM resident ORDER BY id",
             'SELECT resident_id, grid_id, address, start, "end" FROM residency ORDER BY id',
             'SELECT resident_id, category_id, start, "end" FROM enrolment ORDER BY id',
             "SELECT id, name FROM worker ORDER BY id", "SELECT worker_id, grid_id FROM assignment ORDER BY id",
             "SELECT id FROM visit WHERE voided_at IS NULL ORDER BY id")  # fmt: skip
    with database.read() as session:
        return [[tuple(row) for row in session.execute(text(statement))] for statement in asked]


def _indexes(database: Database) -> set[str]:
    on_file = "SELECT name FROM sqlite_schema WHERE type = 'index'"
    on_server = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    with database.read() as session:
        return set(session.scalars(text(on_server if database.is_on_server else on_file)))
