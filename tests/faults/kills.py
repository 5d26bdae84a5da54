"""Kill the real process at random moments, and look whether everything acknowledged is there."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.faults.checks import Acknowledged, in_child, problems
from tests.faults.tally import Tally
from tests.faults.work import Worker, make_ground

LONGEST_LIFE_S = 0.35
WHOLE_EVERY = 10
RENEWED_EVERY = 60
"""Kills after which the file begins anew: a small one is looked through faster."""


def kill_at_work(folder: Path, kills: int, seed: int, encrypt: bool = True) -> Tally:
    """Kill workers so many times on one file after the other."""
    chance, tally = random.Random(seed), Tally("kills")
    location = folder / "killed.db"
    acknowledged = Acknowledged()
    for number in range(kills):
        if number % RENEWED_EVERY == 0:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            in_child(lambda: _nothing(make_ground(location, encrypt)))
            acknowledged = Acknowledged()
        life = chance.random() ** 2 * LONGEST_LIFE_S
        _live_and_die(lambda tell: Worker(location, seed * 100_000 + number, tell).go_on(), acknowledged, life)  # noqa: B023
        whole = number % WHOLE_EVERY == WHOLE_EVERY - 1 or number == kills - 1
        found = [acknowledged.complaint] if acknowledged.complaint else []
        found += in_child(lambda: problems(location, acknowledged, whole))  # noqa: B023
        tally.count(acknowledged.phase, found)
        acknowledged.complaint = ""
    tally.note(f"{len(acknowledged.visits)} visits acknowledged on the last file")
    return tally


def kill_in_migration(folder: Path, kills: int, seed: int) -> Tally:
    """Kill the program while it brings an old file to its schema."""
    import pytest

    from gridapp.services.projects import open_database
    from tests.integration.test_smaller_rows import make_old

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    old, location = folder / "old.db", folder / "own.db"
    in_child(lambda: _nothing(make_old(str(old), pytest.MonkeyPatch())))
    began = time.monotonic()
    in_child(lambda: _nothing(shutil.copy(old, folder / "try.db"), open_database(folder / "try.db").close()))
    lasts = time.monotonic() - began
    chance, tally = random.Random(seed), Tally("kills")
    for _number in range(kills):
        for file in [*folder.glob("own.db*"), *folder.glob("backups/*")]:
            file.unlink()
        shutil.copy(old, location)
        _live_and_die(lambda tell: _migrate(location, tell), Acknowledged(), chance.random() * lasts)
        tally.count("migration", in_child(lambda: _kept(location)))
    return tally


def _migrate(location: Path, tell: Callable[[str], None]) -> None:
    from gridapp.services.projects import open_database

    tell("p migration")
    open_database(location, create=False)
    time.sleep(60)


def _kept(location: Path) -> list[str]:
    """Return what of the old file is not there any more."""
    from gridapp.db.queries.facts import read_facts
    from gridapp.services.projects import open_database

    found = problems(location, Acknowledged(), whole=True)
    database = open_database(location, create=False)
    document = database.fetch(read_facts)
    database.close()
    counts = len(document["persons"]), len(document["visits"]), len(document["residencies"])
    return found + ([] if counts == (2, 2, 2) else [f"of the old file only {counts} is there"])


def _live_and_die(work: Callable[[Callable[[str], None]], None], acknowledged: Acknowledged, life: float) -> None:
    """Fork a worker, let it live for a while [s] after its first sign, kill it, and take what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.close(0)

        def tell(line: str) -> None:
            os.write(writing, line.encode() + b"\n")

        try:
            work(tell)
        except BaseException:  # the child's boundary: the parent counts it as a loss
            tell("x " + traceback.format_exc().replace("\n", " | ")[-3500:])
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        first = pipe.read(1)
        time.sleep(life)
        os.kill(child, signal.SIGKILL)
        said = first + pipe.read()
    os.waitpid(child, 0)
    for line in said.decode().split("\n")[:-1]:  # a line cut short was not acknowledged
        acknowledged.take(line)


def _nothing(*_done: object) -> list[str]:
    return []




