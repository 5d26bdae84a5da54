"""What people may ask for, from the shell: see, correct, seal, delete, consent, wipe."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest

from tests.cli.conftest import Run
from tests.factories import document, home, person

LATER = ("--today", "2032-06-01")


@pytest.fixture
def peopled(run: Run, db: Path, tmp_path: Path) -> Path:
    facts = document(("p1", "p2"))
    facts["persons"][0] |= {"died": "2026-03-20", "phone": "13800009876"}
    facts["persons"].append(person("p3"))
    facts["residencies"].append(home("p3", start="2025-01-01", end="2026-01-01"))
    source = tmp_path / "facts.json"
    source.write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    assert run("facts", "import", source, "--no-encrypt").status == 0
    return db


def pdf_text(path: Path) -> str:
    read = pypdfium2.PdfDocument(path.read_bytes())
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in read)
    finally:
        read.close()


def test_what_is_held_is_handed_over_and_on_record(run: Run, peopled: Path, tmp_path: Path) -> None:
    paper, data, corrected = tmp_path / "a.pdf", tmp_path / "a.json", tmp_path / "c.pdf"
    for name, path in (("access", paper), ("access", data), ("corrections", corrected)):
        assert run("privacy", name, "p2", "-o", path, "--purpose", "本人申请").status == 0
    assert "示例p2" in pdf_text(paper) and "本人申请" in pdf_text(paper)
    assert "Nothing was corrected" in pdf_text(corrected)
    held = json.loads(data.read_text("utf-8"))
    assert held["facts"]["persons"][0]["name"] == "示例p2" and len(held["facts"]["residencies"]) == 1
    assert held["facts"]["persons"][0]["id"] == "p2" and "示例p1" not in data.read_text("utf-8")
    looks = run("audit", "person", "p2", "--format", "json").json
    assert [row["action"] for row in looks[:3]] == ["privacy.corrections", "privacy.access", "privacy.access"]
    assert looks[0]["looked"] and looks[0]["reason"] == "本人申请"
    told = run("audit", "person", "p2").out
    assert "looked: Handed over what was corrected" in told and "privacy." not in told
    listed = run("audit", "list", "--format", "json").json
    assert [row["detail"] for row in listed[:3]] == [{"purpose": "本人申请", "people": 1}] * 3
    assert run("privacy", "access", "p2", "-o", paper, "--purpose", " ").status == 1
    assert run("privacy", "access", "p2", "-o", tmp_path / "a.txt", "--purpose", "本人申请").status == 1
    assert run("privacy", "access", "nobody", "-o", paper, "--purpose", "本人申请").status == 1


def test_consents_are_recorded_withdrawn_and_travel(run: Run, peopled: Path, tmp_path: Path) -> None:
    given = run("consent", "add", "p2", "--scope", "health", "--means", "written", "--paper", "A-17",
                "--date", "2026-01-02")  # fmt: skip
    assert given.status == 0
    assert run("consent", "add", "p2", "--scope", "health", "--refused", "--date", "2026-02-02").status == 0
    assert run("consent", "add", "p2", "--scope", "health", "--date", "2026-01-15").status == 1
    rows = run("consent", "list", "p2", "--format", "json").json
    assert [(row["approved"], row["start"], row["end"]) for row in rows] == [
        (False, "2026-02-02", None), (True, "2026-01-02", "2026-02-02"),
    ]  # fmt: skip
    assert rows[1]["means"] == "written" and rows[1]["paper"] == "A-17"
    assert run("consent", "withdraw", rows[0]["id"], "--date", "2026-03-01").status == 0
    assert run("consent", "withdraw", rows[0]["id"], "--date", "2026-03-05").status == 1
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert run("facts", "export", first).status == 0
    other = tmp_path / "other.db"
    assert run("facts", "import", first, "--no-encrypt", on=other).status == 0
    assert run("facts", "export", second, on=other).status == 0
    assert first.read_bytes() == second.read_bytes() and b"A-17" in first.read_bytes()
    form = tmp_path / "form.pdf"
    assert run("consent", "form", "p2", "--scope", "photo", "-o", form).status == 0
    assert "Photographs" in pdf_text(form)


def test_a_death_is_sealed_opened_unsealed_and_deleted(run: Run, peopled: Path) -> None:
    assert "No record" in run("privacy", "seal").out
    assert run("privacy", "seal", *LATER).status == 0
    sealed = run("privacy", "sealed", "--format", "json").json
    assert [row["id"] for row in sealed] == ["p1"] and "示例p1" not in json.dumps(sealed, ensure_ascii=False)
    assert run("search", "示例p1", "--format", "json").json == []
    found = run("privacy", "open", "p1", "--reason", "家属查询")
    assert found.json["name"] == "示例p1" and found.json["phone"] == "13800009876"
    assert run("privacy", "unseal", "p1", "--reason", "登记有误").status == 0
    assert len(run("search", "示例p1", "--format", "json").json) == 1
    due = run("privacy", "due", "--format", "json", *LATER).json
    assert [(row["id"], row["rule"]) for row in due["people"]] == [("p3", "moved"), ("p1", "dead")]
    assert run("privacy", "delete", "--due", *LATER).status == 1
    assert run("privacy", "delete", "p1", "--due", *LATER).status == 1
    done = run("privacy", "delete", "--due", "--yes", *LATER)
    assert done.status == 0 and "2 people" in done.out
    assert run("audit", "verify").status == 0
    assert run("privacy", "due", "--format", "json", *LATER).json["people"] == []
    assert run("privacy", "delete", "p2", "--yes").status == 1
    proof = run("privacy", "delete", "p2", "--yes", "--reason", "撤回同意")
    assert proof.status == 0 and '"resident": 1' in proof.out
    assert "示例" not in "".join(str(row) for row in run("audit", "list", "--format", "json").json)


def test_a_wipe_asks_for_the_name_and_leaves_nothing_that_opens(
    run: Run, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key"))
    source = tmp_path / "facts.json"
    source.write_text(json.dumps(document()), "utf-8")
    assert run("facts", "import", source).status == 0
    asked = run("wipe")
    assert asked.status == 1 and str(tmp_path / "key") in asked.out
    assert run("wipe", "--confirm", "other.db").status == 1
    assert run("search", "p1").status == 0
    wiped = run("wipe", "--confirm", "cli.db")
    assert wiped.status == 0 and "flash" in wiped.out
    assert run("search", "p1").status == 1 and db.exists()
