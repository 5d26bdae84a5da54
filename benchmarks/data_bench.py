"""Opening, saving, searching and counting, on the encrypted file."""

from __future__ import annotations

import importlib
import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.ground import TODAY, Ground
from benchmarks.measure import Finding, Job, Times, interleaved
from gridapp.db.database import Database
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.overview import read_overview
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import search_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.domain.period import Month, months_back
from gridapp.domain.visit import NewVisit
from gridapp.services.projects import open_database
from gridapp.services.visits import record_visit
from gridapp.settings import DEFAULTS

MONTH = Month.of(TODAY)
SEARCH_PEER = """SELECT resident_id FROM resident_search WHERE words LIKE '%' || ? || '%'
                 ORDER BY instr(words, ?), length(words), resident_id LIMIT 50"""
COUNT_PEER = """
    SELECT p.number, r.grid, count(DISTINCT r.person), count(DISTINCT v.person)
    FROM period p
    JOIN residency r ON r.start <= p.last AND r.until > p.last
    JOIN enrolment e ON e.person = r.person AND e.start <= p.last AND e.until > p.last
    LEFT JOIN visit v ON v.person = r.person AND v.day BETWEEN p.first AND p.last
    GROUP BY p.number, r.grid"""


def open_times(ground: Ground, rounds: int) -> list[Finding]:
    """Open a community's file up to its first due list and dashboard."""

    def opening() -> None:
        database = open_database(ground.community, create=False)
        database.fetch(list_due, TODAY, DEFAULTS)
        database.fetch(read_overview, MONTH, TODAY)
        database.close()

    def bare() -> None:
        database = open_database(ground.community, create=False)
        connection = database.engine.raw_connection()
        connection.cursor().execute("SELECT count(*), sum(length(words)) FROM resident_search").fetchall()
        connection.close()
        database.close()

    found = interleaved({"ours": opening, "peer": bare}, rounds)
    ours = found["ours"].median()
    return [Finding("open, due list, dashboard", "9,000 people", ours, "s", 1.0, "open and read one table",
                    ours / found["peer"].median())]  # fmt: skip


def save_times(ground: Ground, rounds: int) -> list[Finding]:
    """Log visits one by one, beside bare one-row commits through the same connection settings."""
    findings = []
    for name, path, people in (("community", ground.community, "9,000"), ("street", ground.street, "60,000")):
        copy = ground.folder / "saving.db"
        _copy(path, copy)
        database = open_database(copy, create=False)
        elders = itertools.cycle([row.roster.person.id for row in database.fetch(list_due, TODAY, DEFAULTS)])
        found = interleaved({"ours": _saver(database, elders), "peer": _bare_saver(database)}, rounds * 20)
        database.close()
        ours, peer = found["ours"], found["peer"]
        spread = f"95th percentile {ours.percentile(95, 'wall') * 1000:.1f} ms"
        middle = ours.median("wall")
        findings.append(Finding(f"save a visit, {name}", f"{people} people", middle * 1000, "ms", 50,
                                "bare INSERT and commit", middle / peer.median("wall"), spread))  # fmt: skip
        _remove(copy)
    return findings


def _saver(database: Database, elders: Iterator[str]) -> Job:
    return lambda: record_visit(database, NewVisit(next(elders), TODAY), "benchmark")


def _bare_saver(database: Database) -> Job:
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, person INTEGER, day TEXT, mode INTEGER)")

    def save() -> None:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("INSERT INTO floor (person, day, mode) VALUES (1, '2026-09-30', 0)")
        cursor.execute("COMMIT")

    return save


def search_times(ground: Ground, rounds: int) -> list[Finding]:
    """Search 60,000 people in every way people do, beside the same LIKE on a plain file."""
    database = open_database(ground.street, create=False)
    with database.read() as session:
        driver: Any = session.connection()
        rows = driver.exec_driver_sql("SELECT resident_id, words FROM resident_search").fetchall()
    plain = sqlite3.connect(ground.folder / "plain.db")
    plain.executescript("DROP TABLE IF EXISTS resident_search;"
                        "CREATE TABLE resident_search (resident_id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
    plain.executemany("INSERT INTO resident_search VALUES (?, ?)", [tuple(row) for row in rows])
    plain.commit()
    person = database.fetch(list_due, TODAY, DEFAULTS)[5].roster.person
    words = database.fetch(_words_of, person.number).split()
    texts = {
        "name": person.name, "two characters": person.name[:2], "one character": person.name[0], "pinyin": words[1],
        "initials": words[2], "phone digits": (person.phone or "1990001")[-4:],
        "ID tail": (person.id_number or "")[-4:], "address": person.address[:5], "nobody": "没有这个人",
    }  # fmt: skip
    ours, peer, slowest = Times(), Times(), ("", 0.0)
    for name, text in texts.items():
        found = interleaved({"ours": _searcher(database, text), "peer": _bare_search(plain, text)}, rounds)
        slowest = max(slowest, (name, found["ours"].median()), key=lambda item: item[1])
        for total, part in ((ours, found["ours"]), (peer, found["peer"])):
            total.wall += part.wall
            total.cpu += part.cpu
    plain.close()
    database.close()
    note = (f"median {ours.median() * 1000:.1f} ms; slowest by {slowest[0]}, {slowest[1] * 1000:.1f} ms; "
            "the peer finds numbers only, ours describes 50 people")  # fmt: skip
    return [Finding("search, 95th percentile", f"{len(rows):,} people", ours.percentile(95) * 1000, "ms", 50,
                    "same LIKE, plain file", ours.median() / peer.median(), note)]  # fmt: skip


def _words_of(session: Any, number: int) -> str:
    rows = session.connection().exec_driver_sql("SELECT words FROM resident_search WHERE resident_id = ?", (number,))
    return str(rows.scalar())


def _searcher(database: Database, text: str) -> Job:
    return lambda: database.fetch(search_residents, text, TODAY)


def _bare_search(plain: sqlite3.Connection, text: str) -> Job:
    return lambda: plain.execute(SEARCH_PEER, (text, text)).fetchall()


def dashboard_times(ground: Ground, rounds: int) -> list[Finding]:
    """Count 60 grids over 36 months, and read a whole dashboard."""
    database = open_database(ground.street, create=False)
    months, rule = months_back(MONTH, 36), RosterRule.monthly(DEFAULTS)
    peer_name, peer = _count_peer(ground.facts("street"), months)
    found = interleaved(
        {
            "grids": lambda: database.fetch(visit_rates, months, TODAY, "grid", rule),
            "one month": lambda: database.fetch(visit_rates, months[-1:], TODAY, "grid", rule),
            "overview": lambda: database.fetch(read_overview, MONTH, TODAY, 36),
            "due": lambda: database.fetch(list_due, TODAY, DEFAULTS),
            "peer": peer,
        },
        rounds,
    )
    database.close()
    data, floor = "60 grids, 2,000 elders", found["peer"].median()
    ms = {name: times.median() * 1000 for name, times in found.items()}
    ratio = {name: times.median() / floor for name, times in found.items()}
    simpler = "the peer is told what each period is and knows no joining day, absence, mode or list"
    return [
        Finding("rates by grid, 36 months", data, ms["grids"], "ms", 200, peer_name, ratio["grids"], simpler),
        Finding("rates by grid, one month", data, ms["one month"], "ms", 200),
        Finding("whole overview, 36 months", data, ms["overview"], "ms", 200, peer_name, ratio["overview"],
                "what the dashboard sheet shows, in one read: 36 totals, grids, categories, the rule"),
        Finding("due list", data, ms["due"], "ms", None),
    ]  # fmt: skip


def _count_peer(facts: dict[str, Any], months: list[Month]) -> tuple[str, Job]:
    """Return a hand-written count of roster and visited by grid and month, in DuckDB if it is there."""
    counting = {"living_alone", "empty_nest", "left_behind", "disabled_capacity", "severe_disability",
                "family_planning_special"}  # fmt: skip
    number = {row["id"]: place for place, row in enumerate(facts["persons"])}
    far = "9999-12-31"
    rows: dict[str, list[tuple[Any, ...]]] = {
        "period": [(place, str(month.first), str(min(month.last, TODAY))) for place, month in enumerate(months)],
        "residency": [(number[row["person"]], row["grid"], row["start"], row["end"] or far)
                      for row in facts["residencies"]],
        "enrolment": [(number[row["person"]], row["start"], row["end"] or far) for row in facts["enrolments"]
                      if row["category"] in counting],
        "visit": [(number[row["person"]], row["date"]) for row in facts["visits"]
                  if row["outcome"] == "met" and not row["voided"] and row["mode"] != "remote"],
    }  # fmt: skip
    columns = {
        "period": "number INTEGER, first TEXT, last TEXT",
        "residency": "person INTEGER, grid TEXT, start TEXT, until TEXT",
        "enrolment": "person INTEGER, start TEXT, until TEXT",
        "visit": "person INTEGER, day TEXT",
    }
    try:
        connection: Any = importlib.import_module("duckdb").connect()
        connection.execute("SET threads = 1")
        name = "DuckDB in memory, 1 thread, simpler count"
    except ImportError:
        connection, name = sqlite3.connect(":memory:"), "plain SQLite in memory, simpler count"
    for table, kept in rows.items():
        connection.execute(f"CREATE TABLE {table} ({columns[table]})")
        marks = ", ".join("?" * len(kept[0]))
        if name.startswith("DuckDB"):
            _fill_duckdb(connection, table, kept)
        else:
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", kept)
    if not name.startswith("DuckDB"):
        connection.executescript("CREATE INDEX a ON enrolment (person); CREATE INDEX b ON visit (person, day);"
                                 "CREATE INDEX c ON residency (person)")  # fmt: skip
    return name, lambda: connection.execute(COUNT_PEER).fetchall()


def _fill_duckdb(connection: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Insert many rows in statements of 1,000: row by row DuckDB takes minutes."""
    for start in range(0, len(rows), 1000):
        piece = rows[start : start + 1000]
        values = ", ".join("(" + ", ".join(f"'{cell}'" if isinstance(cell, str) else str(cell) for cell in row) + ")"
                           for row in piece)  # fmt: skip
        connection.execute(f"INSERT INTO {table} VALUES {values}")


def _copy(path: Path, target: Path) -> None:
    _remove(target)
    shutil.copy(path, target)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


