"""Take a hostile file in, in a process that may use 1 GB and 10 s, and watch what it does."""

from __future__ import annotations

import datetime as dt
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from gridapp.db.queries.visits import VisitFilter, list_visits
from gridapp.errors import GridAppError
from gridapp.services import doctor, restoring, visits
from gridapp.services.boundaries import check_boundaries, import_boundaries
from gridapp.services.facts import import_facts_file
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.projects import open_database
from tests.faults.checks import in_child
from tests.faults.tally import Tally
from tests.hostile.odd import Maker

MEMORY = 1 << 30
SECONDS = 10
HANG_S = 1800
"""Only what waits without working takes so long, whatever else the machine has to do."""
_FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect", "shutil.unpack_archive")


class Hang(BaseException):
    """It took too long; no handler of the program may swallow this."""


def take_in(folder: Path, name: str, makers: dict[str, tuple[str, Maker]], seed: int, tally: Tally) -> None:
    """Make a hostile file, take it in, and count what happened."""
    import random

    file_name, maker = makers[name]
    path = folder / file_name
    maker(random.Random(seed), path)
    found = in_child(lambda: _watched(path))
    tally.count(name, [f"seed {seed}: {problem}" for problem in found])


def _watched(path: Path) -> list[str]:
    """Be the process: limits first, then the file."""
    location = path.with_name("own.db")
    wrong: list[str] = []
    (path.parent / "temporary").mkdir()
    tempfile.tempdir = str(path.parent / "temporary")
    inside = str(path.parent.resolve())
    _limit()
    armed = [True]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if armed[0] and event in _FORBIDDEN:
            wrong.append(f"{event} {arguments[0]!r}")
        if armed[0] and event == "open" and isinstance(arguments[0], str) and _writes(arguments[2]):
            place = os.path.realpath(arguments[0])
            if not place.startswith((inside, os.environ["GRIDAPP_KEY_FILE"].rpartition("/")[0], "/dev/null")):
                wrong.append(f"wrote {place}")

    sys.addaudithook(watch)
    try:
        database = open_database(location, create=False)
        try:
            _BY_KIND[path.suffix](database, path)
        except GridAppError as error:
            wrong += _bad_sentence(str(error))
        finally:
            database.close()
    except Hang:
        wrong.append(f"took more than {SECONDS} s")
    except MemoryError:
        wrong.append("used more than 1 GB")
    except BaseException:
        wrong.append(traceback.format_exc()[-900:])
    armed[0] = False
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return wrong


def _limit() -> None:
    def ring(_number: int, _frame: object) -> None:
        raise Hang

    # Seconds of the processor: other work on the machine is not the file's fault. The wall clock has the last word.
    signal.signal(signal.SIGPROF, ring)
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(HANG_S)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def _facts(database: object, path: Path) -> None:
    import_facts_file(database, path, "x")  # type: ignore[arg-type]


def _outlines(database: object, path: Path) -> None:
    report = check_boundaries(path)
    for refusal in report.refusals:
        if _bad_sentence(refusal.sentence):
            raise AssertionError(refusal.sentence)
    import_boundaries(database, path, dt.date(2026, 1, 1), "x")  # type: ignore[arg-type]


def _ledger(database: object, path: Path) -> None:
    import_ledger(database, check_file(database, path), "x")  # type: ignore[arg-type]


def _backup(database: object, path: Path) -> None:
    location = path.with_name("own.db")
    database.close()  # type: ignore[attr-defined]
    restoring.restore(location, path, "x")
    back = open_database(location, create=False)
    if not doctor.examine(back).is_healthy:
        raise AssertionError("a damaged backup was put in place")
    key = visits.record_visit(back, visits.NewVisit("p1", dt.date(2026, 1, 2)), "x").result
    if key not in {row.id for row in back.fetch(list_visits, VisitFilter())}:
        raise AssertionError("what is saved after a restore is not kept")
    back.close()


_BY_KIND: dict[str, Callable[[object, Path], None]] = {
    ".json": _facts, ".geojson": _outlines, ".zip": _outlines, ".gpkg": _outlines, ".kml": _outlines,
    ".xlsx": _ledger, ".xls": _ledger, ".mht": _ledger, ".csv": _ledger, ".bak": _backup,
}  # fmt: skip


def _bad_sentence(text: str) -> list[str]:
    if not text or len(text) > 2_000 or any(ord(one) < 32 and one != "\n" for one in text):
        return [f"no sentence for people: {text[:200]!r}"]
    return []


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


