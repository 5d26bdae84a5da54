"""``python -m tests.faults``: the long form; ``tests/integration/test_faults.py`` runs the short one."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("GRIDAPP_LANGUAGE", "source")
HOME = Path(tempfile.mkdtemp(prefix="gridapp-faults-"))
os.environ["GRIDAPP_KEY_FILE"] = str(HOME / "database.key")


def main() -> int:
    """Do the faults, print the counts, and return 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=250, help="steps of each recorded session")
    parser.add_argument("--sessions", type=int, default=4, help="recorded sessions")
    parser.add_argument("--errors", type=int, default=400)
    parser.add_argument("--times", type=int, default=20, help="turns of each damage")
    parser.add_argument("--files", type=int, default=3000, help="hostile files bent at random; 0: none at all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("kills", "cuts", "errors", "damage", "hostile"))
    options = parser.parse_args()
    from tests.faults import run

    began = time.monotonic()
    try:
        tallies = run.carry_out(HOME, options)
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    for tally in tallies:
        print("\n".join(tally.lines()))
    tried, lost = sum(tally.total for tally in tallies), sum(tally.lost for tally in tallies)
    print(f"faults tried {tried} / survived {tried - lost} / lost {lost}; seed {options.seed}, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
