"""Figures that stay exact while many write at once, and for people who may not change tables.

``GRIDAPP_FIGURE_OPERATIONS=100000`` shares that many edits among four writers.
"""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import triggers
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.kept import days_kept
from gridapp.db.queries.roster import RosterRule, roster_days
from gridapp.domain.period import Month
from gridapp.services import visits
from gridapp.services.projects import open_database
from tests.databases import OnServer
from tests.integration.test_figures_kept import FIRST_DAY, differences, start
from tests.postgres_server import Server
from tests.random_edits import Editor

OPERATIONS = int(os.environ.get("GRIDAPP_FIGURE_OPERATIONS", "240"))
ALONE = {"choose", "modes", "join_day", "days_of_tier_a", "take_in", "hand_grid", "pass_days", "undo", "undo_some",
         "delete_visit"}
"""Edits of everything at once; among many writers each happens seldom, as in an office."""


pytestmark = pytest.mark.postgres  # a file has one writer at a time


@pytest.fixture(scope="module")
def server_databases(postgres_server: Server) -> OnServer:
    return OnServer(postgres_server)


@pytest.fixture
def server(server_databases: OnServer, patient_writers: None) -> Iterator[str]:
    location = server_databases.new()
    yield location
    server_databases.drop(location)


@pytest.mark.parametrize("writers", [4, 20])
def test_every_cell_is_right_after_many_wrote_at_once(
    server: str, writers: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gridapp.db.clashes")
    clock.set_today(FIRST_DAY)
    with ExitStack() as stack:
        opened = [open_database(server) for _writer in range(writers)]
        for database in opened:
            stack.callback(database.close)
        start(opened[0])
        visits.record_visit(opened[0], visits.NewVisit("p0", FIRST_DAY), "editor")
        gate = threading.Barrier(writers)

        def write(number: int) -> int:
            editor = Editor(opened[number], random.Random(number))
            daily = [edit for edit in editor.edits if edit.__name__ not in ALONE]
            gate.wait()
            for place in range(OPERATIONS // writers):
                if place % 20:
                    editor.edits = daily
                editor.edit()
                if place % 20 == 18:
                    editor.edits = [editor.choose, editor.modes, editor.join_day, editor.hand_grid, editor.undo]
            return number

        with ThreadPoolExecutor(writers) as pool:
            assert sorted(pool.map(write, range(writers))) == list(range(writers))
        found = differences(opened[0])
        assert not found, found[:5]
    told = [record.getMessage() for record in caplog.records if record.name == "gridapp.db.clashes"]
    assert not [line for line in told if "40P01" in line], told


def test_what_was_written_past_the_program_is_noticed_and_counted_by_the_next_step(server: str) -> None:
    clock.set_today(FIRST_DAY)
    database = open_database(server)
    try:
        start(database)
        with database.write_unrecorded() as session:
            session.execute(text("UPDATE visit SET mode = 1 WHERE ref = 'v0'"))
        month = Month(2025, 1)
        with database.read() as session:
            rule = RosterRule.monthly(load_settings(session))
            assert days_kept(session, roster_days([month], FIRST_DAY, rule), rule) == []
        visits.record_visit(database, visits.NewVisit("p1", FIRST_DAY), "editor")
        assert not differences(database)
        with database.read() as session:
            assert days_kept(session, roster_days([month], FIRST_DAY, rule), rule)
    finally:
        database.close()


def test_triggers_of_another_program_are_replaced(server: str) -> None:
    clock.set_today(FIRST_DAY)
    database = open_database(server)
    start(database)
    with database.write_unrecorded() as session:
        session.execute(text("ALTER FUNCTION figures_visit_added() RENAME TO figures_old"))
        session.execute(text("ALTER TRIGGER figures_visit_added ON visit RENAME TO figures_old"))
    database.close()
    again = open_database(server)
    try:
        with again.read() as session:
            assert triggers.are_right(session.connection())
        assert not differences(again)
    finally:
        again.close()


def test_figures_are_counted_from_the_facts_where_nobody_may_put_the_triggers_right(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_today(FIRST_DAY)
    database = open_database(server)
    start(database)
    with database.write_unrecorded() as session:
        session.execute(text("DROP TRIGGER figures_visit_added ON visit"))
    database.close()
    with monkeypatch.context() as patch:
        patch.setattr(triggers, "may_create", lambda connection: False)
        again = open_database(server)
        assert _kept(again) == 0
        again.close()
    owner = open_database(server)
    try:
        assert _kept(owner) == 1
        assert not differences(owner)
    finally:
        owner.close()


def _kept(database: Database) -> int:
    with database.read() as session:
        rule = RosterRule.monthly(load_settings(session))
        return len(days_kept(session, roster_days([Month.of(FIRST_DAY)], FIRST_DAY, rule), rule))
