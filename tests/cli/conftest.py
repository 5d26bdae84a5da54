"""A command line in this process, on a file of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gridapp.cli import main
from gridapp.services.projects import open_database
from tests.factories import contents, golden

TODAY = "2026-04-30"


class Said(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "cli.db"


@pytest.fixture
def run(db: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the test's file: ``run("rate", "--month", "2026-03")``."""

    def call(*words: object, on: object = None) -> Said:
        location = db if on is None else on
        day = [] if "--today" in words else ["--today", TODAY]
        try:
            status = main([*map(str, words), "--db", str(location), *day, "--actor", "tester"])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        printed = capsys.readouterr()
        return Said(status, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def golden_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden facts in a plain file, to copy: importing them takes longer than most commands."""
    folder = tmp_path_factory.mktemp("golden")
    source, made = folder / "golden.json", folder / "golden.db"
    source.write_text(json.dumps(golden()), "utf-8")
    words = ["facts", "import", str(source), "--no-encrypt", "--db", str(made), "--today", TODAY, "--actor", "tester"]
    assert main(words) == 0
    return made


@pytest.fixture
def filled(golden_file: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The golden facts, in a plain file of the test's own."""
    shutil.copyfile(golden_file, db)
    capsys.readouterr()
    return db


@pytest.fixture
def unchanged(db: Path) -> Callable[[], str]:
    """Fingerprint of the file's facts, to compare before and after."""

    def look() -> str:
        if not db.exists():
            return "no file"
        database = open_database(db, create=False)
        try:
            return contents(database)
        finally:
            database.close()

    return look
