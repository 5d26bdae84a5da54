"""A whole city in one import: a million people and ten million visits, stopped midway, put in, checked, taken back.

Usage: python -m benchmarks.import_city [--people 1000000] [--visits 10000000] [--folder DIR] [--speed]

The facts file is invented (2.5 GB), the database not encrypted, because the
peer's is not: plain ``sqlite3.executemany`` of the same finished rows into the
same tables and indexes (``bulk_bench``). Judged by CPU time of this process.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO
from unittest import mock

from sqlalchemy import text

from benchmarks.bulk_bench import TABLES, peer_times
from benchmarks.measure import Times, peak_memory
from gridapp import clock
from gridapp.db import search
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.domain.keys import uuid7, visit_uuid
from gridapp.errors import OperationCancelled
from gridapp.progress import NullProgress
from gridapp.services.facts import import_facts_file
from gridapp.services.figures import verify_figures
from gridapp.services.projects import open_database
from gridapp.services.undo import undo_operation

TODAY = dt.date(2026, 11, 22)
SURNAMES, GIVEN = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗", "秀兰英华玉明桂芳文建国志强丽红梅春生永祥海波"
CATEGORIES = ("living_alone", "empty_nest", "disabled_capacity", "severe_disability")
GRIDS_EACH, PEOPLE_EACH, ELDERS_AMONG = 12, 67, 10
"""Grids of a community, people of a grid; one in ten is on the roster."""
MONTHS = 48


class StopMidway(NullProgress):
    """Asks to stop when a third of the file is read."""

    def advance(self, done: int, total: int, message: str = "") -> None:
        """Raise at a third; a backup comes before the reading."""
        if message.startswith("visits") and done * 3 >= total:
            raise OperationCancelled


def main() -> int:
    """Print what it took; return 1 when the import is slower than half its peer."""
    parser = argparse.ArgumentParser(description="Import a city at once.")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--speed", action="store_true", help="only the import and its peer")
    options = parser.parse_args()
    clock.set_today(TODAY)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        return _measure(Path(folder), options.people, options.visits, options.speed)


def _measure(folder: Path, people: int, visits: int, only_speed: bool) -> int:
    facts, path = folder / "city.json", folder / "city.db"
    with facts.open("w", encoding="utf-8") as file:
        _timed("invent the file", lambda: _write(file, people, visits))
    print(f"{facts.stat().st_size / 1e6:,.0f} MB of facts; {_peak()}", flush=True)
    database = open_database(path, encrypt=False)
    before = _facts(database)

    def stop() -> None:
        try:
            import_facts_file(database, facts, "benchmark", StopMidway())
        except OperationCancelled:
            return
        raise AssertionError("it could not be stopped")

    if not only_speed:
        _timed("stop at a third", stop)
        assert _facts(database) == before, "a stopped import left something"
    derived = Times()

    def told_apart(job: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: derived.add(lambda: job(*given))

    done: list[int] = []
    with (
        mock.patch.object(rebuilding, "rebuild", told_apart(rebuilding.rebuild)),
        mock.patch.object(search, "refresh", told_apart(search.refresh)),
    ):
        whole = _timed("import", lambda: done.append(import_facts_file(database, facts, "benchmark").operation or 0))
    facts.unlink()
    counts = _facts(database)
    assert (counts["resident"], counts["visit"]) == (people, visits), counts
    print(f"search words and figures of that: {sum(derived.cpu):.0f} s of CPU; {_peak()}")
    found = verify_figures(database, month=None if people < 100_000 else _a_month())
    assert not found, found[:3]
    database.close()
    print(f"{path.stat().st_size / 1e6:,.0f} MB, {path.stat().st_size / visits:.0f} bytes per visit", flush=True)
    peer = sum(peer_times(path, folder / "peer.db").cpu)
    (folder / "peer.db").unlink()
    speed = peer / (whole - sum(derived.cpu))
    print(f"plain executemany of the same {sum(counts.values()):,} rows: {peer:.0f} s of CPU; "
          f"speed {speed:.2f} x, with search words and figures {peer / whole:.2f} x", flush=True)  # fmt: skip
    if only_speed:
        return int(speed < 0.5)
    database = open_database(path, encrypt=False)
    _timed("take it back", lambda: undo_operation(database, done[0], "benchmark"))
    assert _facts(database) == before, "the undo left something"
    database.close()
    print(_peak())
    return int(speed < 0.5)


def _facts(database: Database) -> dict[str, int]:
    """Return how many rows there are, but for names of those who keyed something in, which stay.

    Asked through the program: a second SQLite library on an open file would take its WAL away.
    """
    with database.read() as session:
        return {table: session.scalar(text(f"SELECT count(*) FROM {table}")) or 0
                for table in TABLES if table != "actor"}  # fmt: skip


def _a_month() -> Any:
    from gridapp.domain.period import Month

    return Month.of(TODAY).plus(-1)


def _timed(what: str, job: Callable[[], object]) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    spent = time.process_time() - cpu
    print(f"{what}: {spent:.0f} s of CPU, {time.perf_counter() - wall:.0f} s by the wall", flush=True)
    return spent


def _peak() -> str:
    return f"at most {peak_memory():,.0f} MB"


def _write(file: TextIO, people: int, visits: int) -> None:
    """Write the facts: places, people with a home each, one in ten on the roster, and the visits by day."""
    dice = random.Random(1)
    grids = max(1, people // PEOPLE_EACH)
    codes = [f"{_community(number // GRIDS_EACH)}{number % GRIDS_EACH + 1:03}" for number in range(grids)]
    born = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    ids = [str(uuid7(born + dt.timedelta(milliseconds=place), dice)) for place in range(people)]
    elders = range(0, people, ELDERS_AMONG)
    file.write('{"schema": "gridapp-facts/1"')
    _list(file, "communities", (
        f'{{"code": "{_community(number)}", "name": "第{number}社区"}}' for number in range(-(-grids // GRIDS_EACH))
    ))  # fmt: skip
    _list(file, "grids", (
        f'{{"code": "{code}", "name": "第{code[-3:]}网格", "valid_from": "2020-01-01", "valid_to": null}}'
        for code in codes
    ))  # fmt: skip
    _list(file, "workers", (
        f'{{"id": "w{place}", "name": "{_name(dice)}", "grid": "{code}", "role": "full_time", "start": "2020-01-01", '
        '"end": null}' for place, code in enumerate(codes)
    ))  # fmt: skip
    _list(file, "persons", (
        f'{{"id": "{one}", "name": "{_name(dice)}", "sex": "{dice.choice("FM")}", "birth": "{dice.randint(1935, 1960)}-'
        f'{dice.randint(1, 12):02}-{dice.randint(1, 28):02}", "id_number": null, "died": null, '
        f'"phone": "199{place:08}"}}' for place, one in enumerate(ids)
    ))  # fmt: skip
    _list(file, "residencies", (
        f'{{"person": "{one}", "grid": "{codes[place % grids]}", "start": "2020-01-01", "end": null, '
        f'"address": "示例路{place % 300 + 1}号{place % 40 + 1}室"}}' for place, one in enumerate(ids)
    ))  # fmt: skip
    _list(file, "enrolments", (
        f'{{"person": "{ids[place]}", "category": "{dice.choice(CATEGORIES)}", "start": "2022-{dice.randint(1, 12):02}'
        '-01", "end": null}' for place in elders
    ))  # fmt: skip
    _list(file, "absences", ())
    _list(file, "visits", _visits(dice, ids, elders, grids, visits))
    file.write("}\n")


def _visits(dice: random.Random, ids: list[str], elders: range, grids: int, visits: int) -> Iterator[str]:
    days = (TODAY - dt.date(2022, 12, 1)).days
    for place in range(visits):
        day = dt.date(2022, 12, 1) + dt.timedelta(days=place * days // visits)
        elder = elders[dice.randrange(len(elders))]
        mode = "onsite" if dice.random() < 0.7 else "phone"
        note = ', "note": "身体状况良好，情绪稳定。"' if dice.random() < 0.12 else ""
        yield (f'{{"id": "{visit_uuid(77, place + 1)}", "person": "{ids[elder]}", "date": "{day}", "mode": "{mode}", '
               f'"outcome": "{"met" if dice.random() < 0.93 else "not_home"}", "worker": "w{elder % grids}"{note}, '
               f'"created": "{day}T08:{place % 60:02}:00.000000Z"}}')  # fmt: skip


def _list(file: TextIO, name: str, rows: Iterator[str] | tuple[str, ...]) -> None:
    file.write(f',\n"{name}": [')
    for place, row in enumerate(rows):
        file.write(",\n" + row if place else row)
    file.write("]")


def _community(number: int) -> str:
    return f"9901{number // 10_000 + 1:02}{number % 10_000:06}"


def _name(dice: random.Random) -> str:
    return dice.choice(SURNAMES) + dice.choice(GIVEN) + (dice.choice(GIVEN) if dice.random() < 0.8 else "")


if __name__ == "__main__":
    sys.exit(main())
