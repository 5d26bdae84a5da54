"""Is everything acknowledged there, and is everything right?"""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridapp.db import backup
from gridapp.db import engine as engines
from gridapp.db.queries.closings import list_closings
from gridapp.services import backups
from gridapp.services.audit import verify_audit
from gridapp.services.figures import verify_figures
from gridapp.services.projects import open_database


@dataclass
class Acknowledged:
    """What the program said was stored."""

    visits: set[int] = field(default_factory=set)
    operations: set[int] = field(default_factory=set)
    backups: set[str] = field(default_factory=set)
    countersigned: set[str] = field(default_factory=set)
    phase: str = "start"
    complaint: str = ""

    def take(self, line: str) -> None:
        """Take one line of a worker."""
        kind, _blank, rest = line.partition(" ")
        if kind == "p":
            self.phase = rest
        elif kind == "v":
            number, _blank, operation = rest.partition(" ")
            self.visits.add(int(number))
            if operation:
                self.operations.add(int(operation))
        elif kind == "o":
            self.operations.add(int(rest))
        elif kind == "m":
            self.countersigned.add(rest)
        elif kind == "b":
            self.backups.add(rest)
        elif kind == "x":
            self.complaint = rest


def problems(location: Path, acknowledged: Acknowledged, whole: bool) -> list[str]:
    """Return what is wrong with a file after a fault, in words for developers; nothing when all is well.

    Args:
        location: The file.
        acknowledged: What must be in it.
        whole: Look at every page, figure, audit entry and backup, rather than at what was acknowledged only.
    """
    database = open_database(location, create=False)
    found: list[str] = []
    try:
        if database.notice:
            found.append(database.notice)
        with contextlib.closing(engines.connect_beside(database.engine, location, reads_only=False)) as bare:
            bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # SQLCipher's check looks at the file alone
            found += missing(bare, acknowledged)
            if whole:
                found += backup.faults_of(bare, quick=False)
                found += [f"reference {row}" for row in bare.execute("PRAGMA foreign_key_check")]
        if whole:
            found += [str(difference) for difference in verify_figures(database)[:3]]
            fault = verify_audit(database).fault
            found += [str(fault)] if fault else []
            found += [f"closing {row.month}" for row in database.fetch(list_closings) if not row.is_whole]
            found += [f"backup {name}" for name in sorted(_bad_backups(database, location))]
    finally:
        database.close()
    return found


def missing(bare: Any, acknowledged: Acknowledged) -> list[str]:
    """Return what was acknowledged and is not there."""
    visits = {row[0] for row in bare.execute("SELECT id FROM visit")}
    operations = {row[0] for row in bare.execute("SELECT id FROM operation")}
    signed = {row[0] for row in bare.execute("SELECT hash FROM closed_month WHERE countersigned_by IS NOT NULL")}
    found = [f"closing {digest}" for digest in sorted(acknowledged.countersigned - signed)]
    found += [f"visit {number}" for number in sorted(acknowledged.visits - visits)[:3]]
    return found + [f"operation {number}" for number in sorted(acknowledged.operations - operations)[:3]]


def _bad_backups(database: Any, location: Path) -> set[str]:
    bad = set()
    for row in backups.list_backups(location):
        if row.reason == backups.REPLACED:
            continue  # kept as it was, damaged or not
        try:
            backup.check(database.engine, row.path, thorough=True)
        except Exception:  # a test's boundary: any failure is a finding
            bad.add(row.path.name)
    return bad


def in_child(function: Callable[[], list[str]]) -> list[str]:
    """Return what a function finds in a process of its own, so that no open file is inherited by the next one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            try:
                found = function()
            except BaseException:  # the child's boundary: whatever it is goes to the parent
                found = [traceback.format_exc()]
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                pipe.write("\0".join(found))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if status:
        return [f"the check itself died with status {status}"]
    return text.split("\0") if text else []
