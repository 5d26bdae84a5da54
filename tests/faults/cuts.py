"""Simulate power cuts on a recording of everything a session wrote.

A crash image keeps of each file what was written before its last sync, and of
what came later a random part: dropped, torn at sectors of 512 bytes, or
written in another order. Names of files (made, renamed, removed) keep their
order but are only certain up to the last sync of their folder.
"""

from __future__ import annotations

import copy
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.checks import Acknowledged, in_child, problems
from tests.faults.tally import Tally

SECTOR = 512
BATCH = 50
"""Cuts looked at by one process."""
WHOLE_EVERY = 25
_HEAD = struct.Struct("<cHQI")


@dataclass
class Operation:
    """One recorded call: w(rite), t(runcate), s(ync), d(elete), r(ename), c(reate)."""

    kind: str
    name: str
    offset: int
    data: bytes


def why_not() -> str:
    """Return why nothing can be recorded here, "" when it can."""
    if not sys.platform.startswith("linux"):
        return "calls are recorded on Linux only"
    return "" if shutil.which("gcc") else "gcc is not installed"


def build_recorder(folder: Path) -> Path:
    """Compile the recorder."""
    target = folder / "recorder.so"
    source = Path(__file__).with_name("recorder.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", target, source, "-ldl"], check=True)
    return target


def record(folder: Path, recorder: Path, steps: int, seed: int) -> list[Operation]:
    """Let a worker do so many steps in a process of its own, and return everything that was written."""
    data, log = folder / "data", folder / "record"
    data.mkdir(parents=True)
    environment = os.environ | {"LD_PRELOAD": str(recorder), "RECORD_DIR": str(data), "RECORD_LOG": str(log)}
    command = [sys.executable, "-m", "tests.faults.cuts", str(data / "own.db"), str(steps), str(seed)]
    subprocess.run(command, check=True, env=environment)
    return list(read_record(log))


def read_record(log: Path) -> Iterator[Operation]:
    """Read a recording."""
    raw, place = log.read_bytes(), 0
    while place < len(raw):
        kind, name_length, offset, length = _HEAD.unpack_from(raw, place)
        place += _HEAD.size
        name = raw[place : place + name_length].decode()
        place += name_length
        yield Operation(kind.decode(), name, offset, raw[place : place + length])
        place += length


@dataclass
class _File:
    """Content that is certain, and what was done since."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)

    def settle(self) -> None:
        for one in self.pending:
            _apply(self.certain, one)
        self.pending = []

    def after_cut(self, chance: random.Random) -> bytearray:
        content = bytearray(self.certain)
        left: list[Operation] = []
        for one in self.pending:
            fate = chance.random()
            if fate < 0.45:
                left.append(one)
            elif fate < 0.65 and one.kind == "w":
                left += [
                    Operation("w", one.name, one.offset + start, one.data[start : start + SECTOR])
                    for start in range(0, len(one.data), SECTOR)
                    if chance.random() < 0.5
                ]
        if chance.random() < 0.3:
            chance.shuffle(left)
        for one in left:
            _apply(content, one)
        return content


class Disk:
    """A disk on which a recording is played."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}
        self.names: dict[str, _File] = {}
        self.made: dict[int, _File] = {}
        self.unsure: list[Operation] = []
        self.acknowledged = Acknowledged()

    def play(self, one: Operation) -> None:
        """Do what was recorded."""
        if one.name == "acknowledged":
            if one.kind == "w":
                for line in one.data.decode().splitlines():
                    self.acknowledged.take(line)
            return
        if one.kind in "crd":
            self._name(self.files, one)
            self.unsure.append(one)
        elif one.kind == "s":
            self._sync(one)
        else:
            self._file(one.name).pending.append(one)

    def after_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """Return what is on the disk when the power comes back."""
        names = dict(self.names)
        for one in self.unsure[: chance.randrange(len(self.unsure) + 1)]:
            self._name(names, one)
        return {name: file.after_cut(chance) for name, file in names.items()}

    def _sync(self, one: Operation) -> None:
        folder = one.name == "." or one.name not in self.files
        if not folder:
            self.files[one.name].settle()
            return
        inside = "" if one.name == "." else one.name + "/"
        staying = []
        for other in self.unsure:
            if os.path.dirname(other.name) == inside.rstrip("/"):
                self._name(self.names, other)
            else:
                staying.append(other)
        self.unsure = staying

    def _file(self, name: str) -> _File:
        if name not in self.files:  # made before the recording began
            self.files[name] = self.names[name] = _File()
        return self.files[name]

    def _name(self, names: dict[str, _File], one: Operation) -> None:
        if one.kind == "c":
            names[one.name] = self.made.setdefault(id(one), _File())
        elif one.kind == "d":
            names.pop(one.name, None)
        else:
            moved = names.pop(one.name, None)
            if moved is not None:
                names[one.data.decode()] = moved


def _apply(content: bytearray, one: Operation) -> None:
    if one.kind == "t":
        del content[one.offset :]
        content.extend(bytes(one.offset - len(content)))
        return
    if len(content) < one.offset:
        content.extend(bytes(one.offset - len(content)))
    content[one.offset : one.offset + len(one.data)] = one.data


def cut_power(operations: list[Operation], cuts: int, seed: int) -> Tally:
    """Cut the power so many times, at random places after the file was made."""
    chance, tally = random.Random(seed), Tally("power cuts")
    start = next(place for place, one in enumerate(operations) if one.name == "acknowledged" and one.kind == "w")
    places = sorted(chance.randrange(start + 1, len(operations) + 1) for _ in range(cuts))
    disk, done = Disk(), 0
    for batch in range(0, cuts, BATCH):
        images = []
        for place in places[batch : batch + BATCH]:
            while done < place:
                disk.play(operations[done])
                done += 1
            images.append((disk.after_cut(chance), copy.deepcopy(disk.acknowledged)))
        found = in_child(lambda: _look(images))  # noqa: B023
        died = [one for one in found if "\x01" not in one]
        losses = dict(one.split("\x01", 1) for one in found if "\x01" in one)
        for number, (_files, kept) in enumerate(images):
            tally.count(kept.phase, [losses.get(str(number), ""), *(died if number == 0 else [])])
    writes, syncs = (sum(one.kind == kind for one in operations) for kind in "ws")
    tally.note(f"cut at random places of {len(operations)} calls: {writes} writes, {syncs} syncs")
    return tally


def _look(images: list[tuple[dict[str, bytearray], Acknowledged]]) -> list[str]:
    found = []
    roomy = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 the images need no disk
    for number, (files, acknowledged) in enumerate(images):
        with tempfile.TemporaryDirectory(dir=roomy) as name:
            folder = Path(name)
            (folder / "backups").mkdir()
            for file, content in files.items():
                (folder / file).parent.mkdir(exist_ok=True)
                (folder / file).write_bytes(content)
            whole = number % WHOLE_EVERY == 0
            wrong = _look_at(folder / "own.db", acknowledged, whole)
            if wrong:
                found.append(f"{number}\x01{'; '.join(wrong)}")
    return found


def _look_at(location: Path, acknowledged: Acknowledged, whole: bool) -> list[str]:
    if whole:
        return problems(location, acknowledged, whole=True)
    import contextlib

    from gridapp.db import backup, marks
    from gridapp.db import engine as engines
    from tests.faults.checks import missing

    if marks.look(location):  # what was acknowledged is looked for below
        return ["the program would say that something is missing"]
    engine = engines.make_engine(str(location), encrypt=True)
    try:
        with contextlib.closing(engine.raw_connection()) as pooled:
            bare = pooled.driver_connection
            assert bare is not None
            bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # SQLCipher's check looks at the file alone
            wrong = missing(bare, acknowledged) + backup.faults_of(bare, quick=True)
            return wrong + [f"reference {row}" for row in bare.execute("PRAGMA foreign_key_check")]
    finally:
        engine.dispose()


def main(location: Path, steps: int, seed: int) -> None:
    """Be the recorded session."""
    from tests.faults.work import Worker, make_ground

    handle = os.open(location.with_name("acknowledged"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    make_ground(location, encrypt=True)
    worker = Worker(location, seed, lambda line: _write(handle, line))
    worker.go_on(steps)
    worker.database.close()


def _write(handle: int, line: str) -> None:
    os.write(handle, line.encode() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
