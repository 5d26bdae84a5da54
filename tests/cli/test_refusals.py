"""Wrong usage: status 2 and one line. Refused data: status 1, one line, and nothing changed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gridapp.cli import main
from tests.cli.conftest import Run, Said
from tests.factories import document, visit

Look = Callable[[], str]

WRONG_USAGE = [
    [],
    ["nonsense"],
    ["rate"],
    ["rate", "--month", "2026-13"],
    ["rate", "--month", "2026-00"],
    ["rate", "--month", "2026"],
    ["rate", "--month", "３月"],
    ["rate", "--month", "0000-01"],
    ["rate", "--month", "2026-03", "--quarter", "2026-Q1"],
    ["rate", "--quarter", "2026-Q5"],
    ["rate", "--quarter", "0000-Q1"],
    ["rate", "--quarter", "9999-Q4"],
    ["rate", "--month", "2026-03", "--by", "street"],
    ["rate", "--month", "2026-03", "--format", "xml"],
    ["rate", "--month", "2026-03", "--as-of", "2026-02-30"],
    ["rate", "--month", "2026-03", "--as-of", "20260230"],
    ["rate", "--month", "2026-03", "--today", "heute"],
    ["rate", "--month", "2026-03", "--nonsense"],
    ["rate", "--month"],
    ["due", "--as-of", "2026-W01-1"],
    ["visit"],
    ["visit", "log"],
    ["visit", "log", "--person", "p03", "--mode", "letter"],
    ["visit", "log", "--person", "p03", "--outcome", "gone"],
    ["visit", "log", "--person", "p03", "--date", "31.03.2026"],
    ["visit", "void", "v001"],
    ["facts", "import"],
    ["facts", "eat", "x.json"],
    ["import"],
    ["import", "x.xlsx", "--kind", "cats"],
    ["imports"],
    ["imports", "undo"],
    ["roster", "--month", "2026-03"],
    ["roster", "--month", "2026-03", "-o", "no/such/folder/r.pdf"],
    ["demo", "--size", "planet"],
    ["demo", "--seed", "many"],
    ["undo", "first"],
    ["search", "x", "--limit", "many"],
    ["settings", "set", "join_day"],
    ["boundaries", "import", "x.geojson", "--crs", "MARS"],
]


@pytest.mark.parametrize("words", WRONG_USAGE, ids=lambda words: " ".join(words) or "nothing")
def test_wrong_usage(filled: Path, words: list[str], unchanged: Look, capsys: pytest.CaptureFixture[str],
                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("GRIDAPP_DB", str(filled))
    before = unchanged()
    with pytest.raises(SystemExit) as leaving:
        main(words)
    said = capsys.readouterr()
    assert leaving.value.code == 2
    assert said.out == "" and len(said.err.splitlines()) == 1 and said.err.endswith("\n")
    assert "Traceback" not in said.err and "gridapp" in said.err
    assert unchanged() == before


def check_refused(said: Said, *named: str) -> None:
    assert said.status == 1, said
    assert len(said.err.splitlines()) == 1, said.err
    assert not re.search(r"Traceback|SQLITE|sqlalchemy|Errno", said.err), said.err
    for word in named:
        assert word in said.err, (word, said.err)


REFUSED: list[tuple[list[str], tuple[str, ...]]] = [
    (["visit", "log", "--person", "nobody"], ("nobody",)),
    (["visit", "log", "--person", "p03", "--worker", "w9"], ("w9",)),
    (["visit", "log", "--person", "p03", "--date", "2026-05-01"], ("2026-05-01",)),
    (["visit", "log", "--person", "p03", "--date", "1940-04-30"], ("1940-04-30",)),
    (["visit", "log", "--person", "p08", "--date", "2026-04-01"], ("2026-04-01", "2026-03-31")),
    (["visit", "log", "--person", "p03", "--time", "24:00"], ("24:00",)),
    (["visit", "log", "--person", ""], ()),
    (["visit", "void", "v999", "--reason", "x"], ("v999",)),
    (["visit", "void", "v006", "--reason", "x"], ()),
    (["visit", "void", "v001", "--reason", " "], ()),
    (["rate", "--month", "2026-03", "--grid", "370102013006999"], ("370102013006999",)),
    (["rate", "--month", "2026-03", "--worker", "w9"], ("w9",)),
    (["rate", "--month", "2026-03", "--community", "1"], ("1",)),
    (["due", "--grid", "x"], ("x",)),
    (["cadence", "--month", "2026-03", "--worker", "w9"], ("w9",)),
    (["roster", "--month", "2026-03", "--grid", "x", "-o", "{tmp}/r.pdf"], ("x",)),
    (["roster", "--month", "2026-03", "-o", "{tmp}"], ()),
    (["dashboard", "--month", "2026-03", "-o", "{tmp}"], ()),
    (["map", "--month", "2026-03", "-o", "{tmp}/m.png"], ()),
    (["undo", "999"], ()),
    (["undo", "99999999999999999999"], ()),
    (["imports", "undo", "nothing"], ("nothing",)),
    (["settings", "set", "join_day", "99"], ("99",)),
    (["settings", "set", "join_day", "1.5"], ("1.5",)),
    (["settings", "set", "valid_modes", "[[]]"], ()),
    (["settings", "set", "valid_modes", "[]"], ()),
    (["settings", "set", "nonsense", "1"], ("nonsense",)),
    (["facts", "import", "{tmp}/none.json"], ("none.json",)),
    (["facts", "import", "{tmp}"], ()),
    (["facts", "export", "{tmp}/no/such.json"], ("no",)),
    (["facts", "import", "{tmp}/golden.json"], ()),
    (["import", "{tmp}/none.xlsx"], ("none.xlsx",)),
    (["import", "{tmp}/golden.json"], ("golden.json",)),
    (["import", "{tmp}/cli.db"], ("cli.db",)),
    (["boundaries", "import", "{tmp}/golden.json"], ()),
    (["boundaries", "check", "{tmp}/none.geojson"], ("none.geojson",)),
    (["demo"], ()),
    (["remove-demo"], ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "named"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_refused_data_changes_nothing(
    run: Run, filled: Path, tmp_path: Path, unchanged: Look, words: list[str], named: tuple[str, ...]
) -> None:
    before, files = unchanged(), sorted(tmp_path.iterdir())
    check_refused(run(*(word.replace("{tmp}", str(tmp_path)) for word in words)), *named)
    assert unchanged() == before
    assert sorted(tmp_path.iterdir()) == files, "no half file is left"


def test_wrong_facts_name_the_place(run: Run, filled: Path, tmp_path: Path, unchanged: Look) -> None:
    source, before = tmp_path / "in.json", unchanged()
    facts = document(people=("n1", "n2"), workers=[], visits=[visit("x1", "n2", "2026-05-01", worker="w1")])
    source.write_text(json.dumps(facts), "utf-8")
    check_refused(run("facts", "import", source), "visits[0]", "x1", "2026-05-01")
    facts["visits"] = []
    facts["persons"][1]["id_number"] = "990101194005010020"
    source.write_text(json.dumps(facts), "utf-8")
    check_refused(run("facts", "import", source), "persons[1]", "n2", "id_number")
    assert unchanged() == before


@pytest.mark.parametrize("what", ["missing", "empty", "text", "folder", "read-only", "no folder", "bad address"])
def test_a_file_that_cannot_be_used(run: Run, filled: Path, tmp_path: Path, what: str) -> None:
    path: object = tmp_path / "other.db"
    assert isinstance(path, Path)
    if what == "empty":
        path.touch()
    elif what == "text":
        path.write_text("居民" * 5000, "utf-8")
    elif what == "folder":
        path.mkdir()
    elif what == "no folder":
        path = tmp_path / "no" / "file.db"
    elif what == "bad address":
        path = "nosuch://x"
    elif what == "read-only":
        path = filled
        filled.chmod(0o444)
        assert run("rate", "--month", "2026-03").status == 0, "reading is allowed"
    check_refused(run("visit", "log", "--person", "p03", on=path))
    if what in ("missing", "no folder"):
        assert not os.path.exists(str(path))


@pytest.mark.parametrize(
    "words", [["facts", "import", "{bad}"], ["import", "{bad}"], ["boundaries", "import", "{bad}"]]
)
def test_a_wrong_source_makes_no_database(run: Run, tmp_path: Path, db: Path, words: list[str]) -> None:
    bad = tmp_path / "bad.bin"
    bad.write_bytes(bytes(range(256)) * 8)
    check_refused(run(*(word.replace("{bad}", str(bad)) for word in words)))
    assert not db.exists()


def test_rows_with_errors_need_a_word(run: Run, filled: Path, tmp_path: Path, unchanged: Look) -> None:
    ledger = tmp_path / "走访.csv"
    ledger.write_text(
        "姓名,走访日期,走访方式,走访结果\n示例p03,2026-03-30,上门,见到\n示例p04,2026-13-01,上门,见到\n", "utf-8"
    )
    before = unchanged()
    said = run("import", ledger, "--kind", "visits")
    assert said.status == 1 and "3" in said.err
    assert unchanged() == before
    assert run("import", ledger, "--kind", "visits", "--accept-good").status == 0
    (batch,) = run("imports", "list", "--format", "json").json
    assert batch["waiting"] == 1
    assert run("imports", "undo", batch["id"]).status == 0
    assert run("imports", "undo", batch["id"]).status == 1
    assert run("import", ledger, "--report", tmp_path / "no" / "r.json").status == 2


def test_a_reader_that_has_enough(filled: Path) -> None:
    """``gridapp due | head -1`` is no error."""
    import subprocess
    import sys

    root = Path(__file__).resolve().parents[2]
    script = f'"{sys.executable}" -m gridapp due --db "{filled}" --as-of 2026-03-31 | head -c 1'
    done = subprocess.run(["bash", "-c", script], capture_output=True, cwd=root, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
