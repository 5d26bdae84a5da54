"""``python -m tests.hostile.guided``: bend ledgers where new code is reached by it, with atheris (libFuzzer).

Longer than anything in the suite, for an evening: ``--seconds 3600``. What breaks is kept in ``--keep FOLDER`` and
tried again first. Needs atheris from requirements-bench.txt; without it this says so and ends with status 2.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("GRIDAPP_LANGUAGE", "source")
TODAY = dt.date(2026, 4, 10)
MOST_BYTES = 60_000


def seeds(folder: Path) -> None:
    """Write the hostile files of the suite as what to begin with."""
    from tests.unit.ledgers.hostile_files import FILES

    made = Path(tempfile.mkdtemp(prefix="gridapp-seeds-"))
    for number, (name, expected) in enumerate(FILES.items()):
        content = expected.make(made).read_bytes()
        if len(content) <= MOST_BYTES:
            (folder / f"seed-{number}-{name}").write_bytes(content)


def main() -> int:
    """Bend files until the time is over; return 1 when one of them broke something, 2 without atheris."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.guided")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--keep", type=Path, help="folder of files that reach something, and of those that break it")
    options = parser.parse_args()
    if find_spec("atheris") is None:
        sys.stderr.write("atheris is not here: pip install -r requirements-bench.txt (Linux only)\n")
        return 2
    import atheris

    with atheris.instrument_imports(include=["gridapp.ledgers"]):
        from gridapp.errors import LedgerFormatError
        from gridapp.ledgers.preview import check_workbook
        from gridapp.ledgers.report import to_report
        from gridapp.ledgers.workbook import read_workbook

    folder = options.keep or Path(tempfile.mkdtemp(prefix="gridapp-guided-"))
    folder.mkdir(parents=True, exist_ok=True)
    seeds(folder)
    path = Path(tempfile.mkdtemp(prefix="gridapp-bent-")) / "来件.xls"

    def take(content: bytes) -> None:
        path.write_bytes(content)
        try:
            to_report(check_workbook(read_workbook(path), today=TODAY))
        except LedgerFormatError as refusal:
            if "来件" not in str(refusal):
                raise AssertionError(f"no sentence: {refusal}") from refusal

    limits = [f"-max_total_time={options.seconds}", f"-max_len={MOST_BYTES}", "-timeout=20", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder}/broken-", str(folder)], take)
    atheris.Fuzz()  # ends the process: 0, or 77 where something broke
    return 0


if __name__ == "__main__":
    sys.exit(main())
