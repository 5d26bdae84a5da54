"""Several programs that edit one city at once, then every figure compared with the facts and every step looked for.

Usage: python -m benchmarks.city_edits ADDRESS --writers 4 --operations 100000 [--minutes 60]

Each writer is a process of its own, as on its own computer. The first of them also lets days go by and changes rules.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, text

from benchmarks.city_editor import CityEditor, compare, table
from gridapp import clock
from gridapp.db.database import Database, Session
from gridapp.db.records import OperationRecord
from gridapp.services.projects import open_database


@dataclass(frozen=True)
class Share:
    """What writers are to do, all of them together or one.

    Attributes:
        minutes: After which they stop, finished or not.
        leads: This one lets days go by and changes rules.
    """

    location: str
    day: dt.date
    operations: int
    seed: int
    minutes: float
    leads: bool = False


@dataclass(frozen=True)
class Written:
    """What one writer did: how long its steps took, by kind [s], and the operations it was told were stored."""

    seconds: dict[str, list[float]]
    operations: list[int]


def write(share: Share) -> Written:
    """Edit alone in this process, beside others."""
    clock.set_today(share.day)
    database = open_database(share.location)
    editor = CityEditor(database, random.Random(share.seed))
    began, starter = time.monotonic(), os.getppid()
    for place in range(share.operations):
        passed = time.monotonic() - began
        if passed > share.minutes * 60 or os.getppid() != starter:  # which was killed
            break
        editor.edit_at(place, share.leads)
        if place % max(1, share.operations // 100) == 0:
            print(f"writer {share.seed}: {place:,} edits, {passed:.0f} s", flush=True)
    database.close()
    return Written(dict(editor.seconds), editor.every)


def run(whole: Share, writers: int) -> int:
    """Let so many write; return 1 when a cell is wrong, a step is lost or stored twice, or two deadlocked."""
    database = open_database(whole.location)
    before, deadlocks = database.fetch(_operations), database.fetch(_deadlocks)
    began, each = time.time(), whole.operations // writers
    shares = [
        replace(whole, operations=each, seed=whole.seed + number, leads=number == 0) for number in range(writers)
    ]
    with multiprocessing.get_context("spawn").Pool(writers) as pool:
        done = list(pool.imap_unordered(write, shares))  # ends with the first that fails
    took = time.time() - began
    stored = database.fetch(_operations) - before
    told = Counter(number for each in done for number in each.operations)
    lost, twice = len(told.keys() - stored), sum(count > 1 for count in told.values())
    unknown = len(stored - told.keys())
    deadlocks = database.fetch(_deadlocks) - deadlocks
    by_kind = {kind: [one for each in done for one in each.seconds.get(kind, ())]
               for kind in {kind for each in done for kind in each.seconds}}  # fmt: skip
    seconds = sorted(one for took in by_kind.values() for one in took)
    print(table(by_kind))
    middle, most = statistics.median(seconds) * 1000, seconds[len(seconds) * 95 // 100] * 1000
    print(f"{len(seconds):,} edits by {writers} writers in {took:.0f} s; each {middle:.0f} ms, 95 % in {most:.0f} ms")
    print(f"{len(told):,} steps stored; lost: {lost}, numbered twice: {twice}, nobody's: {unknown}; "
          f"deadlocks: {deadlocks}", flush=True)  # fmt: skip
    clock.set_today(whole.day)
    wrong = _compare(database)
    database.close()
    return int(bool(wrong) or lost + twice + unknown + deadlocks > 0)


def _compare(database: Database) -> list[Any]:
    began, wrong = time.time(), compare(database)
    print(f"wrong cells: {len(wrong)}, compared in {time.time() - began:.0f} s", *wrong[:5])
    return wrong


def _operations(session: Session) -> set[int]:
    return set(session.scalars(select(OperationRecord.id)))


def _deadlocks(session: Session) -> int:
    if session.get_bind().dialect.name != "postgresql":
        return 0
    found = session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    return int(found or 0)
