"""The first page a file remembers: the same as the queries answer, and nothing in any doubt."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gridapp import clock
from gridapp.db import connecting, first_page
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.services.facts import import_facts
from gridapp.services.first_page import first_page_of, remember_first_page
from gridapp.services.projects import open_database
from gridapp.services.upkeep import change_setting
from tests.factories import GRIDS, document

DAY = dt.date(2026, 3, 10)
ASKED = first_page.question("en", EVERYWHERE)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An encrypted file that remembers its first page of three days."""
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    clock.set_today(DAY)
    path = tmp_path / "first.db"
    database = open_database(path)
    people = [f"p{number}" for number in range(5)]
    import_facts(database, document(people), "tester")
    assert remember_first_page(database, "en", EVERYWHERE, [DAY + dt.timedelta(days=n) for n in range(3)])
    database.close()
    yield path
    clock.set_today(None)


def read(path: Path, day: dt.date = DAY, asked: str = ASKED) -> first_page.FirstPage | None:
    return first_page.read(path, day, asked)


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_what_is_remembered_is_what_the_queries_answer(file: Path, ahead: int) -> None:
    day = DAY + dt.timedelta(days=ahead)
    database = open_database(file)
    with database.read() as session:
        now = first_page_of(session, day, EVERYWHERE)
    database.close()
    assert len(now.due.page.rows) == 5
    assert read(file, day) == now


def test_a_large_area_remembers_only_the_day_its_figures_stand_at(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridapp.services.first_page.MOST_AHEAD", 4)
    database = open_database(file)
    change_setting(database, "target_percent", 91, "tester")
    assert remember_first_page(database, "en", EVERYWHERE, [DAY + dt.timedelta(days=n) for n in range(3)])
    database.close()
    assert [read(file, DAY + dt.timedelta(days=n)) is not None for n in range(3)] == [True, False, False]


def test_remembering_twice_at_once_keeps_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(file)
    days = [DAY + dt.timedelta(days=7)]
    inner: list[bool] = []

    def meanwhile(session: object, day: dt.date, scope: Scope) -> first_page.FirstPage:
        page = first_page_of(session, day, scope)
        if not inner:  # somebody else is quicker, after this one has looked and before it writes
            inner.append(True)
            inner[0] = remember_first_page(database, "en", EVERYWHERE, days)
        return page

    monkeypatch.setattr("gridapp.services.first_page.first_page_of", meanwhile)
    assert remember_first_page(database, "en", EVERYWHERE, days) and inner == [True]
    database.close()
    assert read(file, days[0]) is not None


def test_another_day_another_question_and_anything_done_since_have_no_answer(file: Path) -> None:
    assert read(file, DAY + dt.timedelta(days=3)) is None
    assert read(file, DAY, first_page.question("zh_CN", EVERYWHERE)) is None
    assert read(file, DAY, first_page.question("en", Scope(grid=GRIDS[0]))) is None
    database = open_database(file)
    change_setting(database, "tier_a_days", 9, "tester")
    assert read(file) is None
    assert remember_first_page(database, "en", EVERYWHERE, [DAY])
    database.close()
    found = read(file)
    assert found is not None and found.settings.tier_a_days == 9


@pytest.mark.parametrize(
    "change",
    ["UPDATE alembic_version SET version_num = '9999'", "PRAGMA application_id = 7", "UPDATE first_page SET body = 'x'",
     "DROP TABLE first_page"],
)  # fmt: skip
def test_a_newer_foreign_or_spoilt_file_has_no_answer(file: Path, change: str) -> None:
    database = open_database(file)
    with database.engine.connect() as connection:
        connection.execute(text(change))
        connection.commit()
    database.close()
    assert read(file) is None


def test_a_wrong_key_an_empty_file_and_none_at_all_have_no_answer_and_stay_as_they_are(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "database.key").write_text("ab" * 32)
    before = file.read_bytes()
    assert read(file) is None
    assert file.read_bytes() == before
    empty = tmp_path / "empty.db"
    empty.touch()
    assert read(empty) is None and empty.stat().st_size == 0
    (tmp_path / "database.key").unlink()
    assert read(file) is None and not (tmp_path / "database.key").exists()
    assert read(tmp_path / "none.db") is None and not (tmp_path / "none.db").exists()


def test_a_read_only_file_is_read_and_nothing_written_beside_it(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    copy = Path(shutil.copy(file, folder / "copy.db"))
    copy.chmod(stat.S_IRUSR)
    assert read(copy) is not None
    assert [path.name for path in folder.iterdir()] == ["copy.db"]


def test_a_file_left_without_closing_keeps_its_wal_for_the_opening_that_asks_for_it(file: Path, tmp_path: Path) -> None:
    database = open_database(file)
    change_setting(database, "tier_a_days", 9, "tester")
    assert remember_first_page(database, "en", EVERYWHERE, [DAY])
    left = tmp_path / "left"
    left.mkdir()
    for suffix in ("", "-wal", "-open"):
        shutil.copy(f"{file}{suffix}", left)
    database.close()
    assert read(left / file.name) is None
    assert (left / f"{file.name}-wal").stat().st_size
    again = open_database(left / file.name)
    assert again.notice == ""
    again.close()


def test_it_is_read_without_sqlalchemy(file: Path) -> None:
    code = (
        "import sys, datetime as dt, pathlib\n"
        "from gridapp.db import first_page\n"
        f"page = first_page.read(pathlib.Path({str(file)!r}), dt.date.fromisoformat('{DAY}'), {ASKED!r})\n"
        "print(len(page.due.page.rows), 'sqlalchemy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["5", "False"]


def test_the_schema_is_the_programs_own(file: Path) -> None:
    connection = connecting.connect(file, (file.parent / "database.key").read_text().strip(), read_only=False)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(connecting.HEAD,)]
    connection.close()
