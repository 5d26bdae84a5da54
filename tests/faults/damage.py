"""Damage a file as disks, sticks and people do, and see that the program says so and offers the last good backup."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gridapp import clock
from gridapp.errors import StorageError
from gridapp.services import backups, doctor, restoring, visits
from gridapp.services.audit import verify_audit
from gridapp.services.projects import open_database
from tests.faults.checks import Acknowledged, in_child, problems
from tests.faults.tally import Tally
from tests.faults.work import Worker, make_ground

PAGE = 4096
TIMES = 3


def do_all(folder: Path, seed: int, times: int = TIMES) -> Tally:
    """Do each damage so many times."""
    tally, chance = Tally("damage"), random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    ground = folder / "ground"
    ground.mkdir()
    in_child(lambda: _prepare(ground / "own.db"))
    for number in range(times):
        for name, damage in DAMAGES.items():
            there = folder / f"{number}-{name.replace(' ', '-')}"
            shutil.copytree(ground, there)
            tally.count(name, in_child(lambda: damage(there / "own.db", random.Random(chance.random()))))  # noqa: B023
            shutil.rmtree(there)
    return tally


def _prepare(location: Path) -> list[str]:
    make_ground(location, encrypt=True)
    worker = Worker(location, 1, lambda _line: None)
    worker.go_on(10)
    backups.back_up(worker.database)
    worker.database.close()
    return []


def _offers(location: Path) -> list[str]:
    """Return what is wrong with how a damaged file is met: told, offered, and put right."""
    found = []
    try:
        database = open_database(location, create=False)
        healthy = doctor.examine(database).is_healthy
        database.close()
        if healthy:
            return []
    except StorageError as error:
        if "restore" not in str(error) and ".bak" not in str(error):
            found.append(f"no backup is offered: {error}")
    told = subprocess.run(
        [sys.executable, "-m", "gridapp", "doctor", "--db", str(location)], capture_output=True, text=True, check=False
    )
    if told.returncode == 0 or ".bak" not in told.stdout + told.stderr or "Traceback" in told.stderr:
        found.append(f"doctor says {told.stdout} {told.stderr}")
    restoring.restore(location, backups.list_backups(location)[0].path, "x")
    return found + problems(location, Acknowledged(), whole=True)


def truncated(location: Path, chance: random.Random) -> list[str]:
    """Cut the file short."""
    size = location.stat().st_size
    with location.open("rb+") as file:
        file.truncate(chance.choice((0, 17, PAGE, chance.randrange(1, size))))
    return _offers(location)


def flipped_pages(location: Path, chance: random.Random) -> list[str]:
    """Turn bits in a few pages."""
    pages = location.stat().st_size // PAGE
    with location.open("rb+") as file:
        for page in chance.sample(range(pages), 3):
            file.seek(page * PAGE + chance.randrange(32, PAGE))
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1 << chance.randrange(8)]))
    return _offers(location)


def swapped_pages(location: Path, chance: random.Random) -> list[str]:
    """Let two pages change places."""
    raw = bytearray(location.read_bytes())
    one, other = (page * PAGE for page in chance.sample(range(1, len(raw) // PAGE), 2))
    raw[one : one + PAGE], raw[other : other + PAGE] = raw[other : other + PAGE], raw[one : one + PAGE]
    location.write_bytes(raw)
    return _offers(location)


def lost_wal(location: Path, chance: random.Random) -> list[str]:
    """Crash, and let somebody tidy the WAL away."""
    killed = os.fork()
    if killed == 0:
        worker = Worker(location, chance.randrange(1000), lambda _line: None)
        worker.do_log().__next__()
        os._exit(0)  # without closing
    os.waitpid(killed, 0)
    location.with_name(location.name + "-wal").unlink()
    database = open_database(location, create=False)
    notice = database.notice
    database.close()
    found = [] if "-wal" in notice and ".bak" in notice else [f"the lost WAL is not told: {notice!r}"]
    return found + problems(location, Acknowledged(), whole=True)


def read_only(location: Path, chance: random.Random) -> list[str]:
    """Look at a file that must not be written to."""
    location.chmod(stat.S_IRUSR)
    database = open_database(location, create=False)
    found = [] if verify_audit(database).fault is None else ["the audit log does not verify"]
    try:
        visits.record_visit(database, visits.NewVisit("p1", dt.date(2026, 1, 2)), "x")
        found.append("a read-only file was written to")
    except StorageError as error:
        found += [] if "written" in str(error) else [f"wrong sentence: {error}"]
    database.close()
    return found


def second_instance(location: Path, chance: random.Random) -> list[str]:
    """Let two programs work on one file, and one of them die."""
    children, acknowledged = [], Acknowledged()
    for seed in (1, 2):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            worker = Worker(location, seed, lambda line: _tell(writing, line))  # noqa: B023
            for _number in range(12):
                for line in worker.do_log():
                    _tell(writing, line)
            os._exit(0) if seed == 1 else worker.database.close()
            os._exit(0)
        os.close(writing)
        children.append((child, reading))
    for child, reading in children:
        with os.fdopen(reading, encoding="utf-8") as pipe:
            for line in pipe:
                acknowledged.take(line.rstrip("\n"))
        os.waitpid(child, 0)
    found = [] if len(acknowledged.visits) == 24 else [f"only {len(acknowledged.visits)} visits were acknowledged"]
    return found + problems(location, acknowledged, whole=True)


def clock_back(location: Path, chance: random.Random) -> list[str]:
    """Set the clock back by months while working."""
    acknowledged = Acknowledged()
    for months in (0, 5, 1):
        clock.set_today(dt.date(2026, 9, 1) - dt.timedelta(days=31 * months))
        worker = Worker(location, months, acknowledged.take)
        worker.go_on(6)
        backups.back_up(worker.database)
        worker.database.close()
    return problems(location, acknowledged, whole=True)


def _tell(handle: int, line: str) -> None:
    os.write(handle, line.encode() + b"\n")


DAMAGES: dict[str, Callable[[Path, random.Random], list[str]]] = {
    "truncated": truncated,
    "flipped pages": flipped_pages,
    "swapped pages": swapped_pages,
    "lost WAL": lost_wal,
    "read-only": read_only,
    "second instance": second_instance,
    "clock back": clock_back,
}
