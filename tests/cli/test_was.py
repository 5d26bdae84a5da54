"""Commands that overwrite: told what was seen there, they refuse when it is no longer there, and change nothing."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from gridapp.domain.facility import Facility
from gridapp.reports.paper_template import BUILT_IN
from gridapp.services import consents, facilities, templates
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests.cli.conftest import Run
from tests.factories import COMMUNITY, contents, document, plain_database


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a facility, a consent and a template of one's own."""
    database = plain_database(tmp_path_factory.mktemp("was"), "was.db")
    import_facts(database, document(), "x")
    place = Facility("canteen", "食堂", 117.01, 36.66, "一号", 80.0, COMMUNITY)
    facilities.save_facility(database, place, dt.date(2026, 4, 1), "x")
    given = consents.NewConsent("visit", True, dt.date(2026, 1, 1))
    consents.record_consent(database, "p1", given, "x")
    templates.copy_template(database, BUILT_IN[0], "我们的", "x")
    path = Path(database.location)
    database.close()
    return path


@pytest.fixture
def own(edited: Path, db: Path) -> Path:
    shutil.copyfile(edited, db)
    return db


def test_a_setting(run: Run, own: Path) -> None:
    assert run("settings", "set", "join_day", "15", "--was", "20").out == "Saved the setting. It was 20 before.\n"
    refused = run("settings", "set", "join_day", "10", "--was", "20")
    assert refused.status == 1 and "hanged" in refused.err
    assert run("settings", "list", "--format", "json").json["join_day"] == 15
    assert run("settings", "set", "join_day", "10").out.endswith("It was 15 before.\n"), "nothing goes unsaid"


def test_a_facility_a_consent_and_a_template(run: Run, own: Path, tmp_path: Path) -> None:
    place = run("facility", "list", "--format", "json").json[0]["key"]
    consent = run("consent", "list", "p1", "--format", "json").json[0]["id"]
    key = next(row["key"] for row in run("paper", "list", "--format", "json").json if row["name"] == "我们的")
    seen, mine = tmp_path / "seen.json", tmp_path / "mine.json"
    seen.write_text(run("paper", "show", key).out, "utf-8")
    mine.write_text(json.dumps(json.loads(seen.read_text("utf-8")) | {"title": "我的"}), "utf-8")
    theirs = tmp_path / "theirs.json"
    theirs.write_text(json.dumps(json.loads(seen.read_text("utf-8")) | {"title": "他的"}), "utf-8")
    assert run("paper", "save", theirs, "--was", seen).status == 0
    before = contents_of(own)
    for words in (
        ("paper", "save", mine, "--was", seen), ("paper", "remove", key, "--was", seen),
        ("facility", "remove", place, "--was", "幸福食堂"), ("consent", "withdraw", consent, "--was", "2026-03-01"),
    ):  # fmt: skip
        refused = run(*words)
        assert refused.status == 1 and refused.err.strip() and refused.err.count("\n") == 1, words
    assert contents_of(own) == before
    for words in (
        ("paper", "save", mine, "--was", theirs), ("paper", "remove", key, "--was", mine),
        ("facility", "remove", place, "--was", "食堂"), ("consent", "withdraw", consent, "--was", "none"),
    ):  # fmt: skip
        assert run(*words).status == 0, words


def contents_of(path: Path) -> str:
    database = open_database(path)
    try:
        return contents(database)
    finally:
        database.close()
