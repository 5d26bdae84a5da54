"""The inbox from the shell: rows that wait are listed, put right, told apart, taken in, written out and dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridapp import paths
from gridapp.ledgers.exports import REMARK_HEADING
from gridapp.ledgers.workbook import read_workbook
from tests.cli.conftest import Run
from tests.factories import id_number

GRID = "第九网格不存在"
DAY = ("--today", "2026-09-30")


@pytest.fixture
def batch(run: Run, tmp_path: Path) -> str:
    run("boundaries", "import", paths.shipped_data("sample_grids.geojson"), "--effective", "2024-01-01")
    path = tmp_path / "台账.csv"
    rows = ["姓名,身份证号,所属网格", f"王五,{id_number()},{GRID}", f"赵六,,{GRID}", f"钱七,9.9E+17,{GRID}"]
    path.write_text("\n".join(rows) + "\n", "utf-8-sig")
    said = run("import", path, "--accept-good", *DAY)
    assert said.status == 0, said.err
    return str(run("imports", "list", "--format", "json").json[0]["id"])


def test_one_right_value_goes_to_every_such_row(run: Run, batch: str, tmp_path: Path) -> None:
    waiting = run("inbox", "list", "--format", "json").json
    assert [row["row"] for row in waiting] == [2, 3, 4] and waiting[0]["batch"] == batch
    assert "王五" in run("inbox", "list", batch).out
    right = _any_grid()
    said = run("inbox", "fix", batch, "--where", f"所属网格={GRID}", "--set", f"grid={right}", *DAY)
    assert said.status == 0 and "2 rows went in" in said.out
    (left,) = run("inbox", "list", "--format", "json").json
    assert left["row"] == 4
    target = tmp_path / "rest.xlsx"
    assert run("inbox", "export", batch, "-o", target).status == 0
    assert REMARK_HEADING in read_workbook(target).sheets[0].rows[0].cells
    said = run("inbox", "fix", batch, "--number", left["number"], "--set", "B=", *DAY)
    assert said.status == 0 and "1 rows went in" in said.out
    assert run("inbox", "list", "--format", "json").json == []


def test_rows_are_checked_again_and_dropped(run: Run, batch: str) -> None:
    assert "3 still wait" in run("inbox", "import", *DAY).out
    first, *_others = run("inbox", "list", "--format", "json").json
    assert run("inbox", "drop", batch, "--number", first["number"]).status == 0
    assert len(run("inbox", "list", batch, "--format", "json").json) == 2
    assert run("inbox", "drop", batch, "--all").status == 0
    assert run("inbox", "list", batch, "--format", "json").json == []


def test_only_a_row_that_holds_what_was_seen_is_put_right_or_dropped(run: Run, batch: str) -> None:
    first, *_others = run("inbox", "list", "--format", "json").json
    number = ("--number", first["number"], "--where")
    for words in (("fix", "--set", "grid=x"), ("drop",)):
        assert run("inbox", words[0], batch, *number, "姓名=王六", *words[1:]).status == 1, words
    assert len(run("inbox", "list", batch, "--format", "json").json) == 3
    assert run("inbox", "drop", batch, *number, "姓名=王五").status == 0
    assert run("inbox", "drop", batch, "--where", "姓名=赵六").status == 0
    assert [row["row"] for row in run("inbox", "list", batch, "--format", "json").json] == [4]


REFUSED = (
    ("fix",),
    ("fix", "--set", "grid=x"),
    ("fix", "--number", "999", "--set", "grid=x"),
    ("fix", "--where", "grid=nowhere", "--set", "grid=x"),
    ("fix", "--where", "所属网格", "--set", "grid=x"),
    ("fix", "--where", "颜色=红", "--set", "grid=x"),
    ("fix", "--same"),
    ("drop",),
    ("drop", "--number", "999"),
    ("drop", "--where", "所属网格=没有"),
)


def test_what_is_not_said_or_not_known_changes_nothing(run: Run, batch: str) -> None:
    for words in REFUSED:
        said = run("inbox", words[0], batch, *words[1:])
        assert said.status == 1 and said.err, words
    for deed in (("list",), ("import",), ("drop", "--all"), ("fix", "--number", "1", "--same")):
        said = run("inbox", deed[0], "999999", *deed[1:])
        assert said.status == 1 and "999999" in said.err
    assert len(run("inbox", "list", "--format", "json").json) == 3


def _any_grid() -> str:
    first = json.loads(paths.shipped_data("sample_grids.geojson").read_text("utf-8"))["features"][0]
    return next(text for text in map(str, first["properties"].values()) if text.isdigit() and len(text) == 15)
