"""Every command on its good way."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import pypdfium2
import pytest

from gridapp import __version__, clock, paths
from gridapp.cli import main
from gridapp.demo import invent
from tests.cli.conftest import TODAY, Run
from tests.factories import DEFAULT_COUNTING

PNG = b"\x89PNG\r\n\x1a\n"
GRID = "370102013006001"
GRIDS = [f"37010201300600{place}" for place in (1, 2, 3)]
SAMPLES_DAY = ("--today", "2026-09-30")


def pdf_text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def rate(run: Run, *more: str) -> dict[str, object]:
    said = run("rate", "--month", "2026-03", "--as-of", "2026-03-31", "--format", "json", *more)
    assert said.status == 0, said
    return said.json


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"GridApp {__version__}\n"


def test_facts_travel(run: Run, filled: Path, tmp_path: Path) -> None:
    assert run("facts", "export", tmp_path / "a.json").status == 0
    said = run("facts", "import", tmp_path / "a.json", on=tmp_path / "b.db")
    assert (said.status, said.err) == (0, "")
    run("facts", "export", tmp_path / "b.json", on=tmp_path / "b.db")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "b.db").read_bytes()[:6] != b"SQLite", "a file is encrypted unless asked otherwise"


def test_rate_says_what_the_issue_asks(run: Run, filled: Path) -> None:
    answer = rate(run, "--by", "grid")
    assert set(answer) == {"month", "as_of", "by", "rows", "total", "missed", "new", "excluded", "rule"}
    assert set(answer["rows"][0]) == {"key", "name", "visited", "roster", "onsite", "shown"}
    assert answer["rule"]["categories"] == sorted(DEFAULT_COUNTING)
    assert answer["total"]["shown"] == "41.1%" and answer["excluded"] == [{"person": "p17", "reason": "hospital"}]


def test_rate_as_csv_and_table(run: Run, filled: Path) -> None:
    words = ("rate", "--month", "2026-03", "--as-of", "2026-03-31", "--by", "grid", "--format")
    rows = list(csv.reader(io.StringIO(run(*words, "csv").out)))
    assert [row[0] for row in rows[1:]] == [f"37010201300600{place}" for place in (1, 2, 3)]
    figures = [row[2:] for row in rows[1:]]
    assert figures == [
        ["5", "15", "3", "33.3%"],
        ["1", "1", "1", "100%"],
        ["1", "1", "1", "100%"],
    ]
    table = run(*words, "table").out
    assert "41.1%" in table and "第三网格" in table


def test_rate_inside_a_scope(run: Run, filled: Path) -> None:
    assert rate(run, "--grid", "370102013006003")["total"]["roster"] == 1
    assert rate(run, "--worker", "w2")["total"]["roster"] == 1
    assert rate(run, "--community", "370102013006")["total"]["roster"] == 17
    said = run("rate", "--quarter", "2026-Q1", "--children", "unsupported_child", "--format", "json")
    assert said.json["quarter"] == "2026-Q1" and said.json["total"]["shown"] == "—"
    assert said.json["rule"]["categories"] == ["unsupported_child"] and said.json["rule"]["modes"] == ["onsite"]


def test_a_visit_moves_the_rate_and_can_be_taken_back(run: Run, filled: Path) -> None:
    before = rate(run)
    logged = run("visit", "log", "--person", "p03", "--date", "2026-03-30", "--mode", "onsite", "--outcome", "met",
                 "--worker", "w1", "--time", "09:30", "--note", "好", "--format", "json")  # fmt: skip
    assert logged.status == 0
    after = rate(run)
    assert after["total"]["visited"] == before["total"]["visited"] + 1
    assert set(before["missed"]) - set(after["missed"]) == {"p03"}
    assert run("visit", "void", logged.json["id"], "--reason", "记错了").status == 0
    assert rate(run) == before
    assert run("undo").status == 0
    assert rate(run) == after
    assert run("undo", logged.json["operation"]).status == 0
    assert rate(run) == before


def test_a_visit_without_a_date_is_todays(run: Run, filled: Path) -> None:
    assert run("visit", "log", "--person", "p03").status == 0
    said = run("rate", "--month", TODAY[:7], "--format", "json")
    assert said.json["as_of"] == TODAY and said.json["total"]["visited"] == 2


def test_due(run: Run, filled: Path) -> None:
    said = run("due", "--as-of", "2026-03-31", "--grid", GRID, "--format", "json")
    people = [row["person"] for row in said.json]
    assert "p03" in people and "p17" not in people and len(people) == len(set(people))
    assert all(row["grid"] == GRID for row in said.json)
    assert [row["overdue_days"] for row in said.json] == sorted(
        (row["overdue_days"] for row in said.json), reverse=True
    )
    for style in ("table", "csv"):
        assert "示例p03" in run("due", "--as-of", "2026-03-31", "--format", style).out


def test_cadence(run: Run, filled: Path) -> None:
    answer = run("cadence", "--month", "2026-03", "--format", "json").json
    assert answer["total"]["due"] == sum(row["due"] for row in answer["rows"]) > 0
    parts = [run("cadence", "--month", "2026-03", "--grid", code, "--format", "json").json for code in GRIDS]
    assert sum(part["total"]["due"] for part in parts) == answer["total"]["due"]
    assert run("cadence", "--month", "2026-03").status == 0


def test_search_masks(run: Run, filled: Path) -> None:
    said = run("search", "示例p07", "--format", "json")
    assert [row["id"] for row in said.json] == ["p07"]
    assert run("search", "sl p07").out.count("p07") >= 1


def test_papers(run: Run, filled: Path, tmp_path: Path) -> None:
    month = ("--month", "2026-03", "--as-of", "2026-03-31", "-o")
    assert run("roster", *month, tmp_path / "r.pdf", "--grid", GRID).status == 0
    text = pdf_text(tmp_path / "r.pdf")
    answer = rate(run, "--grid", GRID)
    assert answer["total"]["roster"] + len(answer["new"]) == 17
    for number in range(1, 25):
        listed = f"p{number:02d}" in answer["missed"] or f"p{number:02d}" in answer["new"]
        assert not listed or text.count(f"示例p{number:02d}") == 1
    mark = re.search(r"Log (\d+(?:-[0-9a-f]{4}){4})", text)
    assert mark is not None
    held = run("audit", "verify", "--head", mark[1])
    assert held.status == 0 and "belongs to this audit log" in held.out
    foreign = run("audit", "verify", "--head", f"{mark[1][:-4]}{'0000' if mark[1][-4:] != '0000' else '1111'}")
    assert foreign.status == 1 and "not the one of the paper" in foreign.err
    assert run("audit", "verify", "--head", mark[1], "--format", "json").json["paper"]["found"] == "held"
    assert run("audit", "verify", "--head", "something").status == 1
    assert run("roster", *month, tmp_path / "w.pdf", "--worker", "w2").status == 0
    assert pdf_text(tmp_path / "w.pdf").count("示例p20") == 1
    assert run("report", *month, tmp_path / "report.pdf").status == 0
    assert "41.1%" in pdf_text(tmp_path / "report.pdf")
    assert run("dashboard", *month, tmp_path / "d.png").status == 0
    assert (tmp_path / "d.png").read_bytes().startswith(PNG)
    assert run("dashboard", *month, tmp_path / "d.pdf", "--purpose", "Quality check").status == 0
    assert "Taken out by tester, 2026-04-30" in pdf_text(tmp_path / "d.pdf")
    assert "Quality check" in pdf_text(tmp_path / "d.pdf")
    assert "41.1%" in pdf_text(tmp_path / "d.pdf")


def test_ledgers_boundaries_map_and_undo(run: Run, tmp_path: Path) -> None:
    assert run("boundaries", "check", paths.shipped_data("sample_grids.geojson")).status == 0
    said = run("boundaries", "import", paths.shipped_data("sample_grids.geojson"), "--effective", "2024-01-01")
    assert said.status == 0, said
    report = tmp_path / "report.json"
    dry = run("import", paths.shipped_data("sample_residents.xlsx"), "--dry-run", "--report", report, *SAMPLES_DAY)
    assert (dry.status, dry.err) == (0, "") and json.loads(report.read_text("utf-8"))
    assert run("imports", "list", "--format", "json").json == []
    for name in ("sample_residents.xlsx", "sample_elders.xlsx"):
        said = run("import", paths.shipped_data(name), *SAMPLES_DAY)
        assert (said.status, said.err) == (0, ""), said
    assert run("map", "--month", "2026-09", "-o", tmp_path / "m.png", *SAMPLES_DAY).status == 0
    assert (tmp_path / "m.png").read_bytes().startswith(PNG)
    batches = run("imports", "list", "--format", "json").json
    assert [row["file"] for row in batches] == ["sample_elders.xlsx", "sample_residents.xlsx"]
    assert not any(row["waiting"] for row in batches)
    assert "Register of elders" in run("imports", "list").out
    for row in batches:
        assert run("imports", "undo", row["id"]).status == 0
    assert all(row["undone"] for row in run("imports", "list", "--format", "json").json)
    assert run("due", "--format", "json").json == []


def test_audit_settings_and_backup(run: Run, filled: Path) -> None:
    assert run("settings", "set", "join_day", "10").status == 0
    assert run("settings", "list", "--format", "json").json["join_day"] == 10
    assert run("settings", "list").status == 0
    assert rate(run)["rule"]["join_day"] == 10 and "p12" in rate(run)["new"]
    assert run("settings", "set", "community_name", "示例社区").status == 0
    assert run("settings", "set", "valid_modes", '["onsite"]').status == 0
    assert rate(run)["total"]["visited"] == 5
    actions = [row["action"] for row in run("audit", "list", "--format", "json").json]
    assert actions[:4] == ["setting.change"] * 3 + ["facts.import"]
    told = run("audit", "list")
    assert told.status == 0 and "Changed a setting" in told.out and "Imported a facts file" in told.out
    assert not [action for action in actions if action in told.out]
    assert run("backup", "now").status == 0 and len(list(filled.parent.glob("backups/*.manual.*.bak"))) == 1


def test_demo_is_what_its_seed_says_and_goes_away(run: Run, db: Path, tmp_path: Path) -> None:
    assert run("demo", "--seed", "3").status == 0
    assert run("facts", "export", tmp_path / "out.json").status == 0
    written, invented = json.loads((tmp_path / "out.json").read_text("utf-8")), invent("community", 3, clock.today())
    for name in ("persons", "residencies", "enrolments", "visits"):
        assert [row["id"] for row in written[name]] == sorted(row["id"] for row in invented[name])
    assert run("rate", "--month", "2026-03", "--format", "json").json["total"]["roster"] > 300
    assert run("remove-demo").status == 0
    assert run("due", "--format", "json").json == []
    assert run("remove-demo").status == 1


def test_the_environment_names_the_file(
    run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRIDAPP_DB", str(filled))
    assert main(["rate", "--month", "2026-03", "--as-of", "2026-03-31"]) == 0
    assert "41.1%" in capsys.readouterr().out


def test_tour(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gridapp.db.queries.journal import list_batches
    from gridapp.services.projects import open_database

    assert main(["tour", "--into", str(tmp_path / "tour")]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    folder = tmp_path / "tour"
    assert (folder / "roster.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "dashboard.png").read_bytes().startswith(PNG)
    assert (folder / "map.png").read_bytes().startswith(PNG)
    before, after = (float(number) for number in re.findall(r"([0-9.]+)%", said.out)[:2])
    assert before < after
    database = open_database(folder / "tour.db", create=False)
    assert [row.waiting for row in database.fetch(list_batches)] == [0, 0, 0]
    database.close()
    assert main(["tour", "--into", str(tmp_path / "tour")]) == 0, "a second tour starts anew"
    capsys.readouterr()


def test_looking_at_a_ledger_makes_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new.db"
    assert main(["import", str(paths.shipped_data("sample_elders.xlsx")), "--db", str(target), "--dry-run"]) == 0
    assert capsys.readouterr().out
    assert list(tmp_path.glob("new.db*")) == []


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv"])
def test_a_difference_list_is_written_and_listed(run: Run, filled: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"differences.{ending}"
    words = ("month", "differences", "--month", "2026-03", "-o", target, "--purpose", "street office")
    refused = run(*words)
    assert refused.status == 1 and "not closed" in refused.err and not target.exists()
    assert run("month", "close", "--month", "2026-03").status == 0
    told = run(*words)
    assert told.status == 0 and target.stat().st_size > 100
    assert run("handouts", "--format", "json").json[0]["purpose"] == "street office"
    assert run("month", "differences", "--month", "2026-03", "-o", tmp_path / "x.doc").status == 1


def test_a_clock_set_back_is_said_and_the_day_reached_counts(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["due", "--db", str(filled), "--format", "json"]
    assert main([*asked, "--today", "2026-04-30"]) == 0
    expected = capsys.readouterr()
    clock.set_today(dt.date(2020, 1, 1))
    assert main(asked) == 0
    said = capsys.readouterr()
    assert said.out == expected.out != "" == expected.err
    assert "2020-01-01" in said.err and "2026-04-30" in said.err
    assert clock.today() == dt.date(2020, 1, 1), "Another command may open another file."
