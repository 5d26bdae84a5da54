"""Logs and crash reports hold no personal data: every name and number of the demonstration is looked for."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from sqlalchemy import select, text, update

from gridapp import clock
from gridapp.cli import main
from gridapp.db.database import Database
from gridapp.db.queries.references import shown
from gridapp.db.records import BuildingRecord, ContactRecord, ResidencyRecord, ResidentRecord, WorkerRecord
from gridapp.errors import GridAppError
from gridapp.services import visits
from gridapp.services.demo import create_demo
from gridapp.services.projects import open_database
from gridapp.services.visits import NewVisit
from ui import crash
from ui.desktop import Desktop

DAY = dt.date(2026, 11, 22)
SHORTEST = 2


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, once."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    clock.set_today(DAY)
    database = open_database(path, encrypt=False)
    create_demo(database, "community", 7, "demo")
    database.close()
    clock.set_today(None)
    return path


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everything that is logged, at the most talkative, written as the program writes it."""
    monkeypatch.setattr(crash, "log_folder", lambda: tmp_path)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    crash.log_to_file()
    made = next(handler for handler in root.handlers if handler not in handlers)
    root.setLevel(logging.DEBUG)
    assert isinstance(made, logging.FileHandler)
    yield Path(made.baseFilename)
    root.removeHandler(made)
    made.close()
    root.setLevel(level)


def secrets_of(database: Database) -> set[str]:
    """Every name, ID number, phone and address of the file."""
    columns: tuple[Any, ...] = (
        ResidentRecord.name, ResidentRecord.id_number, ResidentRecord.phone, ResidentRecord.other_document,
        ResidentRecord.register_address, ContactRecord.name, ContactRecord.phone, ResidencyRecord.address,
        WorkerRecord.phone,
    )  # fmt: skip
    with database.read() as session:
        found = {value for column in columns for value in session.scalars(select(column).distinct()) if value}
        places = set(session.scalars(select(BuildingRecord.name)))
    assert len(found) > 15_000
    return {value for value in found - places if len(value) >= SHORTEST}


def told(known: set[str], said: str) -> list[str]:
    """Which of them a text tells."""
    return sorted(value for value in known if value in said)[:5]


def crash_with(database: Database, person: ResidentRecord) -> Iterator[BaseException]:
    """Errors of all kinds whose own text tells a person's data."""
    deeds: tuple[Callable[[Any], object], ...] = (
        lambda session: session.execute(update(ResidentRecord).values(uid=person.uid, name=person.name)),
        lambda session: session.execute(text(f"SELECT * FROM resident WHERE name = '{person.name}' AND ("),),
        lambda session: session.execute(text("SELECT :a FROM nothing"), {"a": person.id_number}),
        lambda session: {}[person.id_number],
        lambda session: int(person.name),
    )
    for deed in deeds:
        try:
            with database.write("crash.test", person.name) as unit:
                deed(unit.session)
        except Exception as error:  # noqa: BLE001  the test's boundary: any error is what is wanted
            yield error
    try:
        visits.record_visit(database, NewVisit(person.name, DAY, note=person.phone or ""), person.name)
    except GridAppError as error:
        yield error


def test_a_day_at_the_window_logs_nobody(
    start: Callable[..., Desktop], demo_file: Path, log_file: Path, qtbot: QtBot
) -> None:
    desktop = start("--db", str(demo_file), "--today", DAY.isoformat(), "--no-encrypt")
    qtbot.waitUntil(lambda: desktop.window.context is not None)
    window, context = desktop.window, desktop.window.context
    assert context is not None
    known = secrets_of(context.database)
    with context.database.read() as session:
        person = session.scalars(select(ResidentRecord).where(ResidentRecord.phone.is_not(None)).limit(1)).one()
        session.expunge(person)
    for key in ("residents", "today", "visits", "reports", "data"):
        window.go_to(key, {"search": person.name, "open": True} if key == "residents" else None)
        qtbot.waitUntil(lambda key=key: key in window._pages)  # type: ignore[misc]
        page = window._pages[key]
        qtbot.waitUntil(lambda page=page: not page.is_loading)  # type: ignore[misc]
    done = []
    visit = NewVisit(shown(person.ref, person.uid), DAY, note=person.phone or "")
    job = context.change(visits.record_visit, visit, context.actor)
    job.finished.connect(lambda: done.append(1))
    qtbot.waitUntil(lambda: bool(done))
    logging.getLogger("ui").debug("the end")
    said = log_file.read_text("utf-8")
    assert "the end" in said, "the log was listened to"
    assert told(known, said) == []


def test_crash_reports_tell_where_and_never_who(
    qapp: object, demo_file: Path, log_file: Path, qtbot: QtBot, expect_log: Callable[[str], None]
) -> None:
    expect_log("Unexpected error")
    database = open_database(demo_file, encrypt=False)
    known = secrets_of(database)
    with database.read() as session:
        person = session.scalars(select(ResidentRecord).where(ResidentRecord.phone.is_not(None)).limit(1)).one()
        session.expunge(person)
    shown = []
    for error in crash_with(database, person):
        crash.report(None, error)
        boxes = list(crash._open_boxes)
        shown += [box.detailedText() + box.text() + box.informativeText() for box in boxes]
        for box in boxes:
            assert isinstance(box, QMessageBox)
            box.close()
        qtbot.waitUntil(lambda: not crash._open_boxes)
    database.close()
    assert len(shown) == 6 and "IntegrityError" in "".join(shown) and "KeyError" in "".join(shown)
    assert told(known, "".join(shown)) == []
    assert told(known, log_file.read_text("utf-8")) == []


def test_commands_log_nobody(
    demo_file: Path, log_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = open_database(demo_file, encrypt=False)
    known = secrets_of(database)
    with database.read() as session:
        name, ref, uid = session.execute(
            select(ResidentRecord.name, ResidentRecord.ref, ResidentRecord.uid).limit(1)
        ).one()
        ref = shown(ref, uid)
    database.close()
    for words in (
        ["search", name], ["due"], ["rate", "--month", "2026-10", "--by", "grid"], ["audit", "person", ref],
        ["visit", "log", "--person", ref, "--note", name], ["visit", "log", "--person", "nobody", "--note", name],
        ["facts", "export", str(tmp_path / "all.json")], ["handouts"], ["audit", "list"], ["doctor"],
        ["roster", "--month", "2026-10", "-o", str(tmp_path / "r.pdf")], ["reveal", ref, "--reason", name],
    ):  # fmt: skip
        with contextlib.suppress(SystemExit):
            main([*words, "--db", str(demo_file), "--today", DAY.isoformat(), "--actor", "tester"])
    capsys.readouterr()  # what a command answers is for whoever asked
    logging.getLogger("gridapp.cli").debug("the end")
    said = log_file.read_text("utf-8")
    assert "the end" in said, "the log was listened to"
    assert told(known, said) == []
