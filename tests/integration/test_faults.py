"""The short form of ``python -m tests.faults``: everything acknowledged survives what computers do to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gridapp.db import marks
from gridapp.services.projects import open_database
from tests.faults import cuts
from tests.faults.cuts import Disk, Operation
from tests.faults.tally import COUNTS, Tally

ROOT = Path(__file__).parents[2]
SHORT = ("--kills", "100", "--cuts", "300", "--steps", "40", "--sessions", "1", "--errors", "4", "--times", "1",
         "--files", "0")  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked to be killed")
def test_nothing_acknowledged_is_lost(record_property: Callable[[str, object], None]) -> None:
    command = [sys.executable, "-m", "tests.faults", *SHORT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)
    record_property(COUNTS, done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/ lost 0" in done.stdout.splitlines()[-1]
    assert "kills: faults tried 100" in done.stdout
    assert cuts.why_not() or "power cuts: faults tried 300" in done.stdout


def test_the_simulated_disk_forgets_what_was_not_synced() -> None:
    """The judge itself is judged: without syncs something is lost, and a lost name is noticed."""
    import random

    disk = Disk()
    for one in (
        Operation("c", "own.db", 0, b""), Operation("w", "own.db", 0, b"a" * 1024), Operation("s", "own.db", 0, b""),
        Operation("s", ".", 0, b""), Operation("w", "own.db", 512, b"b" * 1024),
    ):  # fmt: skip
        disk.play(one)
    seen = {bytes(disk.after_cut(random.Random(seed)).get("own.db", b"")) for seed in range(200)}
    whole, before = b"a" * 512 + b"b" * 1024, b"a" * 1024
    torn = {b"a" * 512 + b"b" * 512, b"a" * 1024 + b"b" * 512}
    assert {whole, before} <= seen and seen <= {whole, before} | torn and seen & torn
    disk.play(Operation("d", "own.db", 0, b""))
    assert {"own.db" in disk.after_cut(random.Random(seed)) for seed in range(50)} == {True, False}
    disk.play(Operation("s", ".", 0, b""))
    assert "own.db" not in disk.after_cut(random.Random(1))


def test_the_disk_knows_that_a_file_is_being_closed_before_its_wal_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut while closing would tell of a loss that was none: 1 of 10,000 did."""
    path, seen = tmp_path / "own.db", []
    database = open_database(path, encrypt=False)
    mark, wal = path.with_name("own.db" + marks.SUFFIX), path.with_name("own.db-wal")
    monkeypatch.setattr(marks.os, "fsync", lambda _handle: seen.append((mark.read_text("ascii"), wal.exists())))
    database.close()
    assert seen[-1] == ("closing", True), "everything else was synced before"
    assert not (mark.exists() or wal.exists() or marks.look(path))


def test_a_tally_counts_what_was_lost() -> None:
    tally = Tally("kills")
    tally.count("log", [])
    tally.count("log", ["", "visit 7"])
    assert tally.lines()[0] == "kills: faults tried 2 / survived 1 / lost 1 (log 2)"
