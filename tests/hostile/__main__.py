"""``python -m tests.hostile``: the long form; ``tests/integration/test_hostile_input.py`` runs the short one."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("GRIDAPP_LANGUAGE", "source")
HOME = Path(tempfile.mkdtemp(prefix="gridapp-hostile-"))
os.environ["GRIDAPP_KEY_FILE"] = str(HOME / "keys" / "database.key")


def main() -> int:
    """Take hostile files in, print the counts, and return 1 when something was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--files", type=int, default=3000, help="files bent at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="name of one kind")
    options = parser.parse_args()
    from tests.faults.checks import in_child
    from tests.faults.tally import Tally
    from tests.faults.work import make_ground
    from tests.hostile.making import BOMBS, FUZZERS
    from tests.hostile.taking import take_in

    began, tally = time.monotonic(), Tally("hostile files")
    folder = HOME / "data"
    folder.mkdir()
    ground = HOME / "ground.db"
    in_child(lambda: make_ground(ground, encrypt=False) or [])
    fuzzers = [name for name in FUZZERS if options.only in (None, name)]
    kinds = [fuzzers[number % len(fuzzers)] for number in range(options.files if fuzzers else 0)]
    for makers, names in ((FUZZERS, kinds), (BOMBS, [name for name in BOMBS if options.only in (None, name)])):
        for number, name in enumerate(names):
            shutil.rmtree(folder)
            folder.mkdir()
            shutil.copy(ground, folder / "own.db")
            take_in(folder, name, makers, options.seed * 1_000_000 + number, tally)
    shutil.rmtree(HOME, ignore_errors=True)
    print("\n".join(tally.lines()))
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
