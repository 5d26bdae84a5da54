"""Let the nth write, sync or read fail, and let the disk be full from the nth write on."""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
import traceback
from pathlib import Path

from tests.faults.tally import Tally

KINDS = {"disk full": 1, "write error": 2, "sync error": 3, "read error": 4}
FURTHEST = {"disk full": 600, "write error": 600, "sync error": 60, "read error": 120}
"""How far into the work a call may fail: about as many as a run makes."""


def fail(folder: Path, recorder: Path, count: int, seed: int) -> Tally:
    """Let so many runs fail, in a process that the recorder stands before."""
    data = folder / "data"
    data.mkdir(parents=True)
    environment = os.environ | {"LD_PRELOAD": str(recorder), "RECORD_DIR": str(data)}
    command = [sys.executable, "-m", "tests.faults.errors", str(data), str(count), str(seed)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    tally = Tally("errors of the disk")
    for line in said.stdout.splitlines():
        kind, _tab, problem = line.partition("\t")
        if kind in KINDS:
            tally.count(kind, [problem])
    if said.returncode or tally.total != count:
        tally.count("errors", [f"the run itself failed: {said.stderr[-2000:]}"])
    return tally


def main(folder: Path, count: int, seed: int) -> None:
    """Be the process whose calls fail; a fork for each run."""
    from tests.faults.checks import Acknowledged, in_child, problems
    from tests.faults.work import make_ground

    ground, location = folder / "ground.db", folder / "own.db"
    in_child(lambda: make_ground(ground, encrypt=True) or [])
    chance = random.Random(seed)
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        for file in [*folder.glob("own.db*"), *folder.glob("backups/own.db*"), *folder.glob("*json")]:
            file.unlink()
        location.write_bytes(ground.read_bytes())
        acknowledged = Acknowledged()
        at = chance.randrange(1, FURTHEST[kind])
        lines = in_child(lambda: _work(location, KINDS[kind], at, number))  # noqa: B023
        for line in lines:
            acknowledged.take(line)
        found = [acknowledged.complaint] if acknowledged.complaint else []
        found += in_child(lambda: problems(location, acknowledged, whole=True))  # noqa: B023
        print(kind, "; ".join(found).replace("\n", " | "), sep="\t", flush=True)


def _work(location: Path, kind: int, at: int, seed: int) -> list[str]:
    from gridapp.errors import StorageError
    from tests.faults.work import Worker

    said: list[str] = []
    fault = ctypes.CDLL(None).gridapp_fault
    try:
        worker = Worker(location, seed, said.append)
        fault(kind, ctypes.c_long(at))
        for _turn in range(3):  # who is told of a fault goes on working
            try:
                worker.go_on(6)
            except StorageError as error:
                said.append(f"s {type(error).__name__}")
            except OSError as error:
                if error.errno not in (5, 28):
                    raise
        fault(0, ctypes.c_long(0))
        worker.database.close()
    except StorageError as error:
        said.append(f"s {type(error).__name__}")
    except BaseException:  # the run's boundary: anything that is no sentence for people is a finding
        said.append("x " + traceback.format_exc()[-1500:])
    finally:
        fault(0, ctypes.c_long(0))
    return said


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
