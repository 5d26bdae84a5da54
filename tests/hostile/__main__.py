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
    from tests.hostile.run import carry_out

    began = time.monotonic()
    try:
        tally = carry_out(HOME, options.files, options.seed, options.only)
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    print("\n".join(tally.lines()))
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
