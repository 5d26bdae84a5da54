"""Every hostile file in its turn."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.faults.checks import in_child
from tests.faults.tally import Tally
from tests.faults.work import make_ground
from tests.hostile.making import BOMBS, FUZZERS
from tests.hostile.taking import take_in


def carry_out(home: Path, files: int, seed: int, only: str | None = None) -> Tally:
    """Take in so many files bent at random, then the bombs.

    Args:
        home: Folder to work in; it is there.
        files: How many are bent.
        seed: The same gives the same files.
        only: Name of one kind; None for all.
    """
    tally = Tally("hostile files")
    folder, ground = home / "data", home / "ground.db"
    folder.mkdir()
    in_child(lambda: make_ground(ground, encrypt=False) or [])
    fuzzers = [name for name in FUZZERS if only in (None, name)]
    kinds = [fuzzers[number % len(fuzzers)] for number in range(files if fuzzers else 0)]
    for makers, names in ((FUZZERS, kinds), (BOMBS, [name for name in BOMBS if only in (None, name)])):
        for number, name in enumerate(names):
            shutil.rmtree(folder)
            folder.mkdir()
            shutil.copy(ground, folder / "own.db")
            take_in(folder, name, makers, seed * 1_000_000 + number, tally)
    return tally
