"""``gridapp boundaries …``: reports as JSON, nothing written on a dry run, sentences for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gridapp.services.facts import import_facts
from tests.bad_outlines import BAD, CODE, NAME
from tests.factories import COMMUNITY, plain_database
from tests.ground import CODES, four_grids


@pytest.fixture
def community(tmp_path: Path) -> Path:
    database = plain_database(tmp_path, "ground.db")
    facts = four_grids()
    for row in facts["residencies"]:
        if row["grid"] == CODES[0]:
            row["grid"] = CODES[1]
    import_facts(database, facts, "tester")
    database.close()
    return tmp_path / "ground.db"


def test_out_in_fit_assign_and_divide(run: Any, community: Path, tmp_path: Path) -> None:
    def json_of(*words: Any) -> Any:
        said = run("boundaries", *words, on=community)
        assert said.status == 0, said
        return json.loads(said.out)

    file = tmp_path / "grids.gpkg"
    assert json_of("export", "-o", file, "--crs", "BD-09", "--day", "2026-12-01")["grids"] == 4
    checked = json_of("check", file, "--crs", "bd09")
    assert (checked["crs"], len(checked["grids"]), checked["overlaps"]) == ("BD-09", 4, [])
    assert json_of("fit", file)[0] == {"crs": "BD-09", "swapped": False, "share": 1.0, "clear": True}
    wrong = json_of("import", file, "--dry-run", "--clean")
    assert wrong["crs"] == "CGCS2000"
    placed = json_of("assign", "--effective", "2026-12-01", "--dry-run")
    assert len(placed["moves"]) == 8
    assert placed["nowhere"] == []
    assert len(json_of("assign", "--effective", "2026-12-01", "--dry-run")["moves"]) == 8  # nothing was written
    assert "8" in json_of("assign", "--effective", "2026-12-01", "--format", "json")["message"]
    assert json_of("assign", "--effective", "2026-12-01", "--dry-run")["moves"] == []
    proposed = json_of("divide", "--community", COMMUNITY, "--count", "2", "--effective", "2026-12-02")
    assert [plan["kind"] for plan in proposed["plans"]] == ["balanced", "compact", "fewest_moves"]
    assert all(plan["contiguous"] and len(plan["grids"]) == 2 for plan in proposed["plans"])
    assert proposed["plans"][0]["grids"][0]["outline"]["type"] == "Polygon"
    applied = json_of("divide", "--community", COMMUNITY, "--count", "2", "--effective", "2026-12-02",
                      "--apply", "balanced", "--format", "json")  # fmt: skip
    assert "2026-12-02" in applied["message"]
    assert json_of("export", "-o", tmp_path / "after.csv", "--day", "2026-12-02")["grids"] == 2
    assert json_of("export", "-o", tmp_path / "before.csv", "--day", "2026-12-01")["grids"] == 4


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (["export", "-o", "{tmp}/a.xlsx"], ".xlsx", 1),
        (["divide", "--community", COMMUNITY, "--count", "99"], "99", 1),
        (["divide", "--community", "990101001009"], "990101001009", 1),
        (["divide"], "--community", 2),
        (["check", "{tmp}/none.shp"], "none.shp", 1),
        (["check", "{tmp}/none.shp", "--crs", "Beijing54"], "Beijing54", 2),
    ],
)
def test_what_cannot_be_is_said(
    run: Any, community: Path, tmp_path: Path, words: list[str], said: str, status: int
) -> None:
    found = run("boundaries", *(word.format(tmp=tmp_path) for word in words), on=community)
    assert found.status == status
    assert said in found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_reported_and_nothing_of_them_is_written(
    run: Any, community: Path, tmp_path: Path, kind: str
) -> None:
    bad = BAD[kind]
    path = bad.make(tmp_path)
    before = community.read_bytes()
    checked = run("boundaries", "check", path, on=community)
    if checked.status == 0:
        report = json.loads(checked.out)
        assert (len(report["grids"]), len(report["refusals"])) == ((1, 0) if bad.taken else (0, 1))
        told = report["refusals"][0]["sentence"] if report["refusals"] else ""
        if bad.said == "crossed itself":
            assert report["grids"][0]["repaired"]
        elif bad.taken:
            assert report["names"] == [NAME]
        else:
            assert bad.said in told
    else:
        assert (checked.status, checked.out) == (1, "")
        assert bad.said in checked.err
    assert community.read_bytes() == before
    if bad.taken:
        dry = run("boundaries", "import", path, "--dry-run", on=community)
        assert json.loads(dry.out)["grids"][0]["code"] == CODE
        assert community.read_bytes() == before
        assert run("boundaries", "import", path, "--effective", "2026-12-01", on=community).status == 0
        out = tmp_path / "again.geojson"
        assert run("boundaries", "export", "-o", out, "--day", "2026-12-01", on=community).status == 0
        assert CODE in out.read_text("utf-8")
        return
    said = run("boundaries", "import", path, on=community)
    assert said.status == 1
    assert bad.said in said.err
    assert "Traceback" not in said.err
    assert community.read_bytes() == before
    assert run("boundaries", "import", path, on=tmp_path / "new.db").status == 1
    assert not (tmp_path / "new.db").exists()
