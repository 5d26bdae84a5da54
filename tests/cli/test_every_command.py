"""Every command there is, on its good way, on a file and on a server that hold the same: both say the same."""

from __future__ import annotations

import argparse
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gridapp.cli import main
from gridapp.cli.parser import build_parser
from tests.cli.conftest import Said
from tests.databases import OnServer
from tests.factories import COMMUNITY
from tests.ground import CODES, four_grids

pytestmark = pytest.mark.postgres

MARCH = ("--month", "2026-03")
DEAD = "e10"
REASON = "asked for in writing"
TODAY, LATER = "2026-04-30", "2032-06-01"
FOR_A_FILE = {
    ("backup", "now"): "is backed up there",
    ("backup", "restore"): "is backed up there",
    ("compact",): "needs no compacting",
    ("rekey",): "Only an encrypted file",
    ("account", "recovery"): "Only an encrypted file",
    ("wipe",): "",
}
"""What these refuse on a server, by words of the sentence."""
APART = {("backup", "list"), ("key", "show"), ("key", "move"), ("doctor",), ("account", "add")}
"""Said otherwise of a file: where its backups and its key lie."""
ELSEWHERE = {("copy",), ("tour",), ("demo",), ("remove-demo",)}
"""On databases of their own: ``test_copying``, ``test_both_engines`` and the tour's test."""
REFUSED = [("settings", "set", "join_day", "13"), ("due",)]
"""Not for this account."""
PASSWORD = "eine lange Losung 9"


class Side:
    """One of the two databases, and what was said about it."""

    def __init__(self, location: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.location, self.folder, self.capsys = location, folder, capsys
        self.said: list[tuple[tuple[str, ...], Said]] = []
        folder.mkdir()

    def __call__(self, *words: Any, actor: str = "tester", today: str = TODAY, user: str = "") -> Any:
        """Run a command; return what it printed, as JSON where it is."""
        given = tuple(map(str, words))
        whose = ["--user", user] if user else ["--actor", actor]
        try:
            status = main([*given, "--db", self.location, "--today", today, *whose])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        printed = self.capsys.readouterr()
        self.said.append((given, Said(status, printed.out, printed.err)))
        try:
            return json.loads(printed.out)
        except ValueError:
            return printed.out

    def plain(self, told: tuple[tuple[str, ...], Said]) -> tuple[str, Said]:
        """Return what was said without what is made anew each time: keys, hashes, the hour, where files lie."""
        words, said = told
        return self._plain(" ".join(words)), Said(said.status, self._plain(said.out), self._plain(said.err))

    def _plain(self, text: str) -> str:
        text = text.replace(str(self.folder), "FOLDER")
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "KEY", text)
        text = re.sub(r"\b[0-9a-f]{64}\b|\b\d+(-[0-9a-f]{4}){4}\b", "HASH", text)
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?", "TIME", text)
        return re.sub(r"(?<=\"sheet\": )\d+|\b\d{6}\b|\b(?!990101)\d{12}\b", "SHEET", text)


def in_and_out(on: Side) -> None:
    facts = on.folder / "facts.json"
    held = four_grids()
    held["persons"][0]["died"] = "2026-03-20"
    facts.write_text(json.dumps(held, ensure_ascii=False), "utf-8")
    on("facts", "import", facts, "--no-encrypt")
    on("facts", "export", on.folder / "out.json", "--purpose", REASON)
    on("settings", "set", "join_day", "12")
    on("settings", "list")
    ledger = on.folder / "台账.csv"
    rows = ("姓名,出生日期,所属网格", "王五,1950-01-02,第1网格", "赵六,1951-02-03,不存在", "钱七,1952-03-04,不存在")
    ledger.write_text("\n".join(rows) + "\n", "utf-8-sig")
    on("import", ledger, "--accept-good")
    batch = on("imports", "list", "--format", "json")[0]["id"]
    waiting = on("inbox", "list", batch, "--format", "json")
    on("inbox", "export", batch, "-o", on.folder / "rest.xlsx")
    on("inbox", "fix", batch, "--number", waiting[0]["number"], "--set", f"grid={CODES[1]}")
    on("inbox", "import")
    on("inbox", "drop", batch, "--all")
    on("imports", "undo", batch)


def daily_work(on: Side) -> None:
    logged = on("visit", "log", "--person", "e20", "--date", "2026-03-02", "--note", "按门铃", "--format", "json")
    on("visit", "log", "--person", "e20", "--date", "2026-03-03", "--outcome", "no_answer")
    on("visit", "void", logged["id"] if isinstance(logged, dict) else "?", "--reason", "记错了")
    on("undo")
    on("search", "示例e1", "--format", "json")
    on("search", "--verify")
    on("search", "--rebuild")
    on("due", "--format", "table")
    on("rate", *MARCH, "--by", "grid", "--format", "json")
    on("cadence", *MARCH)
    on("figures", "verify", *MARCH)
    on("figures", "verify", "--repair")
    on("figures", "rebuild")


def papers(on: Side) -> None:
    for name, ending in (("roster", "pdf"), ("report", "pdf"), ("map", "png"), ("dashboard", "png")):
        on(name, *MARCH, "-o", on.folder / f"{name}.{ending}", "--purpose", REASON)
    on("paper", "list")
    on("paper", "visit_roster", *MARCH, "-o", on.folder / "sheet.pdf")
    newest, *_others = on("sheets", "list", "--format", "json")
    rows = on("sheets", "missing", newest["number"], "--format", "json")
    on("return", rows[0]["code"], "--outcome", "met", "--date", "2026-03-20")
    on("sheets", "void", newest["number"])
    on("month", "close", *MARCH)
    on("month", "countersign", *MARCH, actor="second")
    on("month", "status", *MARCH)
    on("month", "differences", *MARCH)
    on("handouts", "--format", "json")


def ground(on: Side) -> None:
    on("boundaries", "check")
    grids = on.folder / "grids.geojson"
    on("boundaries", "export", "-o", grids)
    on("boundaries", "fit", grids)
    on("boundaries", "import", grids, "--effective", "2026-04-30")
    on("boundaries", "assign", "--dry-run")
    divide = ("boundaries", "divide", "--community", COMMUNITY, "--count", "2", "--effective", "2026-05-02")
    for day in (TODAY, "2026-05-01"):
        on(*divide, "--keep", "balanced", "--reason", "later", today=day)
    drafts = [row["key"] for row in on("boundaries", "drafts")]
    on("boundaries", "discard", drafts[0], "--reason", REASON)
    on("boundaries", "choose", "--grid", CODES[1], "--person", "y10", "--reason", "lives with a daughter")
    (choice,) = on("boundaries", "choices")
    on("boundaries", "release", choice["key"], "--effective", "2026-05-01")
    on("boundaries", "apply", drafts[1], "--effective", "2026-05-02")
    on("facility", "add", "食堂", "--kind", "canteen", "--lon", "104.5005", "--lat", "39.2005")
    places = on.folder / "places.csv"
    places.write_text("名称,类型,经度,纬度\n卫生站,Health station,104.5006,39.2006\n", "utf-8-sig")
    on("facility", "import", places)
    on("facility", "remove", on("facility", "list", "--format", "json")[0]["key"])


def privacy(on: Side) -> None:
    given = on("consent", "add", "e11", "--scope", "health", "--means", "written", "--date", "2026-01-02")
    assert given
    consent = on("consent", "list", "e11", "--format", "json")[0]["id"]
    on("consent", "withdraw", consent, "--date", "2026-03-01")
    on("consent", "form", "e11", "--scope", "photo", "-o", on.folder / "form.pdf")
    on("reveal", "e11", "--reason", "emergency", "--format", "json")
    for name in ("access", "corrections"):
        on("privacy", name, "e11", "-o", on.folder / f"{name}.pdf", "--purpose", REASON)
    on("privacy", "seal", DEAD, today=LATER)
    on("privacy", "sealed", "--format", "json")
    on("privacy", "open", DEAD, "--reason", REASON)
    on("privacy", "unseal", DEAD, "--reason", REASON)
    on("privacy", "due", "--format", "json", today=LATER)
    on("privacy", "delete", "y30", "--yes", "--reason", REASON)
    on("audit", "list", "--format", "json")
    on("audit", "person", "e11", "--format", "json")
    on("audit", "verify")
    on("audit", "prune")


def care(on: Side) -> None:
    on("backup", "now")
    on("backup", "list")
    on("backup", "restore", on.folder / "none.bak")
    on("rekey")
    on("key", "show")
    on("key", "move", "--to", "file")
    on("doctor")
    on("compact")
    on("wipe")


def accounts(on: Side) -> None:
    on("account", "add", "王", "--role", "administrator")
    on("account", "add", "李", "--role", "committee", "--community", COMMUNITY, user="王")
    on("account", "list", user="王")
    on("account", "password", "李", user="王")
    on("account", "children", "李", "yes", user="王")
    on("due", "--format", "json", user="李")
    on("settings", "set", "join_day", "13", user="李")
    on("account", "remove", "李", user="王")
    on("due", user="李")
    on("account", "recovery", user="王")


STORIES = (in_and_out, daily_work, papers, ground, privacy, care, accounts)


def commands(parser: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command, as its words."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield before
    for group in groups:
        for name, inside in group.choices.items():
            yield from commands(inside, (*before, name))


def test_every_command_does_on_a_server_what_it_does_on_a_file(
    postgres_server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key"))
    for name in ("GRIDAPP_PASSWORD", "GRIDAPP_NEW_PASSWORD"):
        monkeypatch.setenv(name, PASSWORD)
    maker = OnServer(postgres_server)
    file, server = (Side(str(tmp_path / "one.db"), tmp_path / "file", capsys),
                    Side(maker.blank(), tmp_path / "server", capsys))  # fmt: skip
    for side, story in itertools.product((file, server), STORIES):
        story(side)
    every = set(commands(build_parser()))
    tried = {next(words for words in every if given[: len(words)] == words) for given, _said in server.said}
    assert tried == every - ELSEWHERE
    differing = []
    for here, there in zip(file.said, server.said, strict=True):
        words = next(words for words in every if there[0][: len(words)] == words)
        if words in FOR_A_FILE:
            assert there[1].status == 1 and FOR_A_FILE[words] in there[1].err, there
        elif words in APART:
            assert there[1].status == 0 and there[1].out, there
        else:
            if server.plain(there) != file.plain(here):
                differing.append((server.plain(there), file.plain(here)))
            assert there[1].status == int(there[0] in REFUSED), there
    assert not differing
    maker.drop(server.location)
