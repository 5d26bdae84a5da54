"""Every command says the same on a file and on a server that hold the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gridapp import clock, paths
from gridapp.services.copying import copy_database
from tests.cli.conftest import Run, Said
from tests.databases import OnServer

pytestmark = pytest.mark.postgres

QUESTIONS = [
    ("rate", "--month", "2026-03", "--by", by, "--format", kind)
    for by in ("grid", "category", "worker", "community", "total")
    for kind in ("json", "table", "csv")
]
QUESTIONS += [
    ("rate", "--quarter", "2026-Q1", "--format", "json"),
    ("rate", "--quarter", "2026-Q1", "--children", "unsupported_child", "--format", "json"),
    ("due", "--format", "json"),
    ("due", "--format", "table"),
    ("cadence", "--month", "2026-03", "--format", "json"),
    ("search", "示例"),
    ("search", "示例", "--limit", "3", "--format", "json"),
    ("search", "shili p0"),
    ("search", "%_\\'"),
    ("search", "990101"),
    ("audit", "list", "--format", "json"),
    ("imports", "list", "--format", "json"),
    ("settings", "list", "--format", "json"),
    ("undo", "999999999999"),
    ("visit", "void", "nobody", "--reason", "x"),
    ("settings", "set", "no_such_key", "1"),
    ("settings", "set", "join_day", "99"),
]
STEPS: list[tuple[Any, ...]] = [
    ("visit", "log", "--person", "p07", "--date", "2026-04-02", "--note", "按门铃"),
    ("visit", "log", "--person", "p03", "--date", "2026-04-03", "--mode", "phone", "--outcome", "no_answer"),
    ("undo",),
    ("settings", "set", "join_day", "12"),
    ("boundaries", "import", paths.shipped_data("sample_grids.geojson"), "--effective", "2024-01-01"),
    ("import", paths.shipped_data("sample_residents.xlsx"), "--accept-good"),
    ("import", paths.shipped_data("sample_elders.xlsx"), "--accept-good"),
    ("import", paths.shipped_data("sample_visits.csv"), "--accept-good"),
    ("rate", "--month", "2026-04", "--by", "category"),
    ("due", "--format", "table"),
    ("search", "王"),
]


@pytest.fixture
def server(filled: Path, postgres_server: Any) -> Iterator[str]:
    """A copy of the file's data on a server."""
    maker = OnServer(postgres_server)
    location = maker.blank()
    copy_database(str(filled), location)
    clock.set_today(None)
    yield location
    maker.drop(location)


def comparable(said: Said) -> Said:
    """Leave out what is made anew each time: keys and the hour."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "KEY", said.out)
    return Said(said.status, re.sub(r"\d\d:\d\d(:\d\d\.\d+)?", "TIME", text), said.err)


def test_every_question_has_one_answer(run: Run, server: str) -> None:
    for question in QUESTIONS:
        assert comparable(run(*question)) == comparable(run(*question, on=server)), question


def test_every_step_does_the_same(run: Run, server: str, tmp_path: Path) -> None:
    for step in STEPS:
        assert comparable(run(*step)) == comparable(run(*step, on=server)), step
    for paper in (("roster", "a.pdf"), ("report", "b.pdf"), ("map", "c.png"), ("dashboard", "d.png")):
        for on, place in ((None, "file"), (server, "server")):
            path = tmp_path / f"{place}-{paper[1]}"
            said = run(paper[0], "--month", "2026-03", "-o", path, on=on)
            assert said.status == 0 and path.stat().st_size > 1000, said


def test_the_same_seed_gives_the_same_demonstration_anywhere(
    run: Run, postgres_server: Any, tmp_path: Path
) -> None:
    maker = OnServer(postgres_server)
    location = maker.blank()
    assert run("demo", "--seed", "5", on=location).status == 0
    assert run("demo", "--seed", "5", "--no-encrypt", on=tmp_path / "demo.db").status == 0
    assert run("facts", "export", tmp_path / "server.json", on=location).status == 0
    assert run("facts", "export", tmp_path / "file.json", on=tmp_path / "demo.db").status == 0
    assert (tmp_path / "server.json").read_bytes() == (tmp_path / "file.json").read_bytes()
    assert run("due", "--format", "csv", on=location) == run("due", "--format", "csv", on=tmp_path / "demo.db")
    assert run("remove-demo", on=location).status == 0
    assert "backed up there" in run("backup", "now", on=location).err
    maker.drop(location)
