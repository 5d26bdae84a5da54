"""What encryption costs against a file without a key, and what the audit's proof costs of a save.

Both files hold the same facts, put in by the same import, and are asked the
same through the same code; only the key differs. A read "new connection" finds
no page in SQLite's cache, so every page is decrypted; the operating system's
cache stays, because CPU time does not see the disk.
"""

from __future__ import annotations

import itertools
import random
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.ground import SEED, TODAY, Ground
from benchmarks.measure import Finding, Job, Times, interleaved
from gridapp.db import connecting, keyfile
from gridapp.db.audit import chain
from gridapp.db.database import Database
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.values import EVERYWHERE
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.visits import record_visit
from gridapp.settings import DEFAULTS

POINTS = 2000
"""Single people read by their number in one run."""
ROWS = 100_000
"""Bare rows written in one run."""
SAVES = 60
"""Saves of each kind per round."""
WITHOUT = "the same file without a key"


def encryption_times(ground: Ground, rounds: int) -> list[Finding]:
    """Read and write the same facts with a key and without."""
    plain = ground.folder / "street-plain.db"
    if not plain.exists():
        half = plain.with_suffix(".half")
        _remove(half)
        database = open_database(half, encrypt=False)
        import_facts(database, ground.facts("street"), "benchmark")
        database.close()
        half.rename(plain)
    files = {"keyed": ground.street, "plain": plain}
    return [
        *_dashboard(files, rounds * 3),
        _points(files, rounds * 3),
        _bulk_facts(ground, rounds),
        _bulk_rows(ground, rounds),
    ]


def _dashboard(files: dict[str, Path], rounds: int) -> list[Finding]:
    opened = {name: open_database(path, create=False) for name, path in files.items()}
    warm = interleaved({name: _dashboard_of(database, False) for name, database in opened.items()}, rounds)
    cold = interleaved({name: _dashboard_of(database, True) for name, database in opened.items()}, rounds)
    for database in opened.values():
        database.close()
    data = "60,000 people, 103,000 visits"
    return [_line("dashboard, keyed", data, warm, 1.4), _line("dashboard, keyed, new connection", data, cold, 1.4)]


def _dashboard_of(database: Database, anew: bool) -> Job:
    from ui.pages import dashboard_queries  # heavy: what the window's dashboard asks for

    month = Month.of(TODAY)
    queries = (dashboard_queries.read_figures, dashboard_queries.read_people, dashboard_queries.read_history)

    def read() -> None:
        if anew:
            database.engine.dispose()
        for query in queries:
            database.fetch(query, month, TODAY, EVERYWHERE)

    return read


def _points(files: dict[str, Path], rounds: int) -> Finding:
    key = keyfile.load_key(create=False)
    connection = connecting.connect(files["plain"], None, True)
    numbers = [number for (number,) in connection.execute("SELECT id FROM resident ORDER BY id")]
    connection.close()
    wanted = [(number,) for number in random.Random(SEED).sample(numbers, POINTS)]

    def reading(path: Path, key: str | None) -> Job:
        def read() -> None:
            connection = connecting.connect(path, key, True)
            for number in wanted:
                connection.execute("SELECT * FROM resident WHERE id = ?", number).fetchone()
            connection.close()

        return read

    found = interleaved({"keyed": reading(files["keyed"], key), "plain": reading(files["plain"], None)}, rounds)
    return _line("cold point reads, keyed", f"{POINTS:,} of {len(numbers):,} people", found, 3.0)


def _bulk_facts(ground: Ground, rounds: int) -> Finding:
    document = ground.facts("community")
    path = ground.folder / "bulk-keyed.db"

    def writing(encrypt: bool) -> Job:
        def write() -> None:
            _remove(path)
            database = open_database(path, encrypt=encrypt)
            import_facts(database, document, "benchmark")
            database.close()

        return write

    found = interleaved({"keyed": writing(True), "plain": writing(False)}, rounds)
    _remove(path)
    return _line("import facts, keyed", f"{len(document['visits']):,} visits", found, 1.3)


def _bulk_rows(ground: Ground, rounds: int) -> Finding:
    """Write finished rows with nothing around them: the dearest encryption can be."""
    path = ground.folder / "bulk-keyed.db"
    chosen = random.Random(SEED)
    rows = [(number, chosen.randrange(60_000), 20_000 + chosen.randrange(1000), 3) for number in range(ROWS)]

    def writing(key: str | None) -> Job:
        def write() -> None:
            _remove(path)
            connection = connecting.connect(path, key, False)
            connection.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, person INTEGER, day INTEGER, mode INTEGER)")
            connection.execute("CREATE INDEX floor_person ON floor (person, day)")
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO floor VALUES (?, ?, ?, ?)", rows)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

        return write

    found = interleaved({"keyed": writing(keyfile.load_key(create=False)), "plain": writing(None)}, rounds)
    _remove(path)
    return _line("bare rows with an index, keyed", f"{ROWS:,} rows", found, 1.3)


def _line(what: str, data: str, found: dict[str, Times], budget: float) -> Finding:
    keyed, plain = found["keyed"].median(), found["plain"].median()
    note = f"{keyed * 1000:,.1f} ms against {plain * 1000:,.1f} ms"
    return Finding(what, data, keyed / plain, "x", budget, WITHOUT, keyed / plain, note)


def audit_times(ground: Ground, rounds: int) -> list[Finding]:
    """Log visits with the audit's proof and without, in turn, and tell the time inside it apart.

    The entry itself and its row images are what undo works from and are
    written either way; the proof is what makes them a chain: salts, seals,
    digests, links and signed checkpoints.
    """
    copy = ground.folder / "audited.db"
    _remove(copy)
    shutil.copy(ground.street, copy)
    database = open_database(copy, create=False)
    elders = itertools.cycle([row.roster.person.id for row in database.fetch(list_due, TODAY, DEFAULTS)])
    inside = _Inside()

    def save() -> None:
        record_visit(database, NewVisit(next(elders), TODAY), "benchmark")

    def timed() -> None:
        with inside.watching():
            save()

    def bare() -> None:
        with (
            mock.patch.object(chain, "append", lambda *_given: None),
            mock.patch.object(chain, "content_digest", lambda *_given: b""),
            mock.patch.object(chain, "new_salt", lambda: None),
        ):
            save()

    found = interleaved({"timed": timed, "whole": save, "bare": bare}, rounds * SAVES)
    database.close()
    _remove(copy)
    data = f"60,000 people, {rounds * SAVES} saves each"
    whole, without = found["whole"].median(), found["bare"].median()
    share = 100 * inside.spent / sum(found["timed"].cpu)
    between = 100 * (whole - without) / without
    each = f"{1e6 * inside.spent / inside.saves:,.0f} µs of {1e3 * sum(found['timed'].cpu) / inside.saves:.2f} ms"
    return [
        Finding("audit proof, share of a save", data, share, "%", 5.0, "CPU of the whole save", share / 100,
                each),
        Finding("save with the proof against without", data, between, "%", 5.0, "the same save without proof",
                whole / without, f"medians {whole * 1000:.2f} and {without * 1000:.2f} ms"),
    ]  # fmt: skip


class _Inside:
    """CPU time of this thread inside the audit's functions."""

    def __init__(self) -> None:
        self.spent, self.saves = 0.0, 0

    def watching(self) -> ExitStack:
        """Return a context in which the functions are timed."""
        self.saves += 1
        stack = ExitStack()
        for name in ("append", "content_digest", "new_salt"):
            stack.enter_context(mock.patch.object(chain, name, self._timed(getattr(chain, name))))
        return stack

    def _timed(self, job: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            began = time.thread_time()
            try:
                return job(*given)
            finally:
                self.spent += time.thread_time() - began

        return run


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".open"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
