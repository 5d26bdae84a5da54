"""Days as numbers in the file: the numbers themselves, and a database of revision 0004 with everything in it."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from sqlcipher3 import dbapi2

from gridapp import clock
from gridapp.db import migrations
from gridapp.db.days import month_sql, number_sql, pack_day, text_sql, unpack_day
from gridapp.db.engine import make_engine
from gridapp.db.figures import rebuilding
from gridapp.db.queries.facts import read_facts
from gridapp.db.records import VisitRecord
from gridapp.services.figures import verify_figures
from gridapp.services.projects import open_database
from gridapp.services.visits import NewVisit, record_visit
from tests.databases import Databases


@given(st.dates(), st.dates())
def test_numbers_are_ordered_like_their_days_and_tell_the_month(one: dt.date, other: dt.date) -> None:
    number, second = pack_day(one), pack_day(other)
    assert number is not None and second is not None
    assert unpack_day(number) == one
    assert (number < second) == (one < other)
    connection = dbapi2.connect(":memory:")
    statement = f"SELECT {month_sql('?1')}, {text_sql('?1')}, {number_sql('?2')}, {number_sql('?3')}"
    found = connection.execute(statement, (number, one.isoformat(), None)).fetchone()
    connection.close()
    assert found == (one.year * 12 + one.month - 1, one.isoformat(), number, None)


ROWS = (
    "INSERT INTO site (id, code, next_seq) VALUES (1, '00000000000000000abc', 3)",
    "INSERT INTO category (id, uid, ref, code, name, kind, counts, position, created_at, created_by, version) "
    "VALUES (1, {key}, 'living_alone', 'living_alone', NULL, 0, {true}, 0, 0, 'old', 1)",
    "INSERT INTO community (id, uid, code, name, created_at, created_by, version) "
    "VALUES (1, {key}, '990101001001', '老社区', 0, 'old', 1)",
    "INSERT INTO grid (id, uid, code, community_id, name, kind, valid_from, created_at, created_by, version) "
    "VALUES (1, {key}, '990101001001001', 1, '一格', 0, '2020-01-01', 0, 'old', 1)",
    "INSERT INTO resident (id, uid, ref, name, sex, birth, died, created_at, created_by, version) "
    "VALUES (1, {key}, 'p1', '示例甲', 2, '1940-05-01', NULL, 0, 'old', 1), "
    "(2, {key2}, NULL, '示例乙', 1, '1969-12-31', '2026-04-02', 0, 'old', 1)",
    "INSERT INTO residency (id, uid, resident_id, grid_id, start, \"end\", created_at, created_by, version) "
    "VALUES (1, {key}, 1, 1, '2020-01-01', NULL, 0, 'old', 1), "
    "(2, {key2}, 2, 1, '2020-01-01', '2026-04-02', 0, 'b', 1)",
    "INSERT INTO enrolment (id, uid, resident_id, category_id, start, created_at, created_by, version) "
    "VALUES (1, {key}, 1, 1, '2026-01-01', 0, 'old', 1)",
    "INSERT INTO visit (id, ref, resident_id, visited_on, mode, outcome, time, note, replaces_id, created_at, "
    "created_by, voided_at, voided_by, void_reason) VALUES "
    "({one}, 'v1', 1, '2026-03-05', 0, 0, '09:30', NULL, NULL, 5, '甲', 6, '乙', '记错'), "
    "({two}, NULL, 1, '2026-03-06', 1, 1, NULL, '没人', {one}, 7, '乙', NULL, NULL, NULL)",
)


def upgrade_to(engine: Engine, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring a database to an older revision than the program's."""
    from alembic.runtime.environment import EnvironmentContext

    whole = EnvironmentContext.__init__

    def only_old(self: Any, config: Any, script: Any, **_options: Any) -> None:
        whole(self, config, script, fn=lambda revision, _context: script._upgrade_revs(wanted, revision))

    with monkeypatch.context() as patch:
        patch.setattr(EnvironmentContext, "__init__", only_old)
        migrations._run(engine)


def make_old(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a database of revision 0004 with people and visits, written in its own form."""
    engine = make_engine(location, encrypt=False)
    upgrade_to(engine, "0004", monkeypatch)
    on_file = engine.dialect.name == "sqlite"
    keys = [uuid.UUID(int=number).hex for number in (1, 2)]
    words: dict[str, Any] = {"one": (1 << 40) + 1, "two": (1 << 40) + 2, "true": "1" if on_file else "true"}
    words |= {name: f"x'{key}'" if on_file else f"'{key}'" for name, key in zip(("key", "key2"), keys, strict=True)}
    with engine.execution_options(gridapp_writing=True).begin() as connection:
        for statement in ROWS:
            connection.exec_driver_sql(statement.format(**words))
    engine.dispose()


def test_everything_of_an_older_database_is_kept(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.set_today(dt.date(2026, 4, 30))
    location = databases.blank()
    make_old(location, monkeypatch)
    database = open_database(location, encrypt=False)
    try:
        document = database.fetch(read_facts)
        assert [(row["birth"], row["died"]) for row in document["persons"]] == [
            ("1969-12-31", "2026-04-02"),
            ("1940-05-01", None),
        ]
        assert [(row["start"], row["end"]) for row in document["residencies"]] == [
            ("2020-01-01", None),
            ("2020-01-01", "2026-04-02"),
        ]
        new, old = document["visits"]
        assert (new["date"], new["note"], new["replaces"], new["created_by"]) == ("2026-03-06", "没人", "v1", "乙")
        assert (old["date"], old["time"], old["created_by"]) == ("2026-03-05", "09:30", "甲")
        assert (old["voided"], old["voided_by"], old["void_reason"]) == (True, "乙", "记错")
        assert document["grids"][0]["valid_from"] == "2020-01-01"
        assert database.is_on_server or verify_figures(database) == []
        with database.read() as session:
            met = select(VisitRecord.id).where(VisitRecord.visited_on.between(dt.date(2026, 3, 6), dt.date(2026, 3, 6)))
            assert session.scalars(met).all() == [(1 << 40) + 2]
        record_visit(database, NewVisit("p1", dt.date(2026, 4, 1)), "x")
        with database.read() as session:  # its own site keeps its number; a new database's is 0
            assert session.scalars(select(VisitRecord.id).order_by(VisitRecord.id)).all()[-1] == (1 << 40) + 3
            kind = "typeof(visited_on)" if not database.is_on_server else "pg_typeof(visited_on)::text"
            kinds = session.scalars(text(f"SELECT DISTINCT {kind} FROM visit")).all()
            assert kinds == ["date" if database.is_on_server else "integer"]
    finally:
        database.close()
        databases.drop(location)


def test_figures_of_an_older_database_are_kept_in_their_new_order(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_today(dt.date(2026, 4, 30))
    location = databases.blank()
    make_old(location, monkeypatch)
    engine = make_engine(location, encrypt=False)
    upgrade_to(engine, "0015", monkeypatch)
    kept = text("SELECT * FROM person_month ORDER BY month, resident_id")
    with Session(engine.execution_options(gridapp_writing=True)) as session, session.begin():
        rebuilding.rebuild(session, clock.today())
        before = [dict(row) for row in session.execute(kept).mappings()]
    engine.dispose()
    counted: list[object] = []
    monkeypatch.setattr(rebuilding, "_count_people", lambda *args: counted.append(args))
    database = open_database(location, encrypt=False)
    try:
        assert before
        with database.read() as session:
            assert [dict(row) for row in session.execute(kept).mappings()] == before
        assert not counted
        assert verify_figures(database) == []
    finally:
        database.close()
        databases.drop(location)


def test_pieces_of_the_search_index_fit_a_page(tmp_path: Path) -> None:
    database = open_database(tmp_path / "own.db")
    with database.write_unrecorded() as session:
        connection = session.connection()
        rows = [(number, " ".join(f"e{number * place}" for place in range(1, 11))) for number in range(1, 5001)]
        connection.exec_driver_sql("INSERT INTO resident_token (rowid, tokens) VALUES (?, ?)", rows)
        connection.exec_driver_sql("INSERT INTO resident_token (resident_token) VALUES ('optimize')")
    with database.read() as session:
        largest = session.scalar(text("SELECT max(length(block)) FROM resident_token_data"))
    database.close()
    assert 3900 < largest < 3977  # a page has 4096 less the seal's 80, and a record on it 40 less
