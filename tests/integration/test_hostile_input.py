"""The short form of ``python -m tests.hostile``: hostile files are refused with a sentence, and do nothing else."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from gridapp.geo import boundary

ROOT = Path(__file__).parents[2]
FILES = 48


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limits are those of Linux")
def test_hostile_files_break_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "tests.hostile", "--files", str(FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    with capsys.disabled():
        sys.stdout.write("\n" + done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/ lost 0" in done.stdout


def test_an_outline_that_is_a_scribble_is_not_repaired() -> None:
    chance = random.Random(1)
    scribble = shapely.Polygon([(117 + chance.random() / 50, 36 + chance.random() / 50) for _ in range(1000)])
    assert boundary.settled(scribble)[0].is_empty
    bow = shapely.Polygon([(117, 36), (117.01, 36.01), (117.01, 36), (117, 36.01)])
    repaired, broken = boundary.settled(bow)
    assert broken and repaired.area > 0, "what crosses itself once is repaired as before"
