"""The short form of ``python -m tests.hostile``: hostile files are refused with a sentence, and do nothing else."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridapp.errors import ValidationError
from gridapp.geo import boundary
from gridapp.geo.files.shapes import from_geojson
from tests.faults.tally import COUNTS

ROOT = Path(__file__).parents[2]
FILES = 32


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limits are those of Linux")
def test_hostile_files_break_nothing(record_property: Callable[[str, object], None]) -> None:
    command = [sys.executable, "-m", "tests.hostile", "--files", str(FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)
    record_property(COUNTS, done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/ lost 0" in done.stdout


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[117, 10**400], [118, 36], [118, 37], [117, 36]]]},
        {"type": "\x00\u202e", "coordinates": [[1, 2]]},
        {"type": ["Polygon"], "coordinates": [[1, 2]]},
        {"type": "x" * 100_000, "coordinates": [[1, 2]]},
    ],
)
def test_an_outline_found_by_bending_gets_a_sentence(geometry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as fault:
        from_geojson(geometry)
    assert str(fault.value).isprintable() and len(str(fault.value)) < 200


def test_an_outline_that_is_a_scribble_is_not_repaired() -> None:
    chance = random.Random(1)
    scribble = shapely.Polygon([(117 + chance.random() / 50, 36 + chance.random() / 50) for _ in range(1000)])
    assert boundary.settled(scribble)[0].is_empty
    bow = shapely.Polygon([(117, 36), (117.01, 36.01), (117.01, 36), (117, 36.01)])
    repaired, broken = boundary.settled(bow)
    assert broken and repaired.area > 0, "what crosses itself once is repaired as before"
