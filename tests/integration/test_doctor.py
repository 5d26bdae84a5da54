"""The doctor finds what is wrong, repairs what can be made again, and salvages the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gridapp.cli import main
from gridapp.db.database import Database
from gridapp.db.engine import make_engine
from gridapp.db.salvage import Wreck
from gridapp.errors import StorageError, ValidationError
from gridapp.services import backups, doctor, visits
from gridapp.services.doctor import examine, examine_file, repair
from gridapp.services.facts import import_facts
from gridapp.services.figures import verify_figures
from gridapp.services.projects import open_database
from gridapp.services.search import verify_search
from tests.factories import contents, document

DAY = dt.date(2026, 3, 1)
PAGE = 4096


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """An encrypted file with a backup and many visits."""
    path = tmp_path / "own.db"
    database = open_database(path)
    import_facts(database, document(), "x")
    for turn in range(30):
        rounds = [visits.NewVisit(f"p{place}", DAY, note=f"第{turn}次，说了很多话" * 20) for place in (1, 2, 3)]
        visits.record_visits(database, rounds, "x")
    backups.back_up(database)
    database.close()
    yield path


def wrong(diagnosis: doctor.Diagnosis) -> set[str]:
    return {finding.check for finding in diagnosis.findings if not finding.is_well and not finding.is_advice}


def test_a_healthy_database_is_well(database: Database) -> None:
    import_facts(database, document(), "x")
    diagnosis = examine(database)
    assert diagnosis.is_healthy and all(finding.title and finding.sentence for finding in diagnosis.findings)


def test_what_is_made_from_the_rest_is_made_again(database: Database) -> None:
    import_facts(database, document(), "x")
    with database.write_unrecorded() as session:
        session.execute(text("UPDATE resident_search SET words = ''"))
        if database.is_on_server:
            session.execute(text("ALTER TABLE operation DISABLE TRIGGER USER"))
        else:
            session.execute(text("DROP TRIGGER audit_operation_delete"))
            session.execute(text("UPDATE grid_month SET roster = roster + 1"))
    before = wrong(examine(database))
    assert before >= {"guards", "search"} and (database.is_on_server or "figures" in before)
    diagnosis = repair(database, "x")
    assert diagnosis.is_healthy and len(diagnosis.repaired) == len(before)
    with database.write_unrecorded() as session:  # nothing to restore on either engine any more
        assert session.execute(text("SELECT count(*) FROM operation")).scalar()


def test_an_altered_audit_log_and_a_broken_reference_cannot_be_repaired(own: Path) -> None:
    database = open_database(own)
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        connection.rollback()
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("DROP TRIGGER audit_operation_update")
        driver.execute("UPDATE operation SET actor = 'y' WHERE id = 3")
        driver.execute("DELETE FROM worker")
    diagnosis = repair(database, "x")
    assert wrong(diagnosis) >= {"audit", "references"}
    database.close()


def flip(path: Path, *pages: int) -> None:
    raw = bytearray(path.read_bytes())
    for page in pages:
        raw[page * PAGE + 100] ^= 1
    path.write_bytes(raw)


def test_a_damaged_file_is_told_and_what_can_be_read_is_salvaged(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = open_database(own)
    whole = contents(good)
    good.close()
    pages = pages_of_visits(own, tmp_path)
    assert len(pages) > 6
    flip(own, *pages[2:4])
    assert wrong(examine_file(own)) & {"opens", "pages"}
    assert main(["doctor", "--db", str(own)]) == 1
    said = capsys.readouterr()
    assert "gridapp backup restore own.db." in said.err and "WRONG" in said.out
    saved = tmp_path / "saved.db"
    assert main(["doctor", "--db", str(own), "--salvage", str(saved)]) == 1
    assert "visit" in capsys.readouterr().out
    database = open_database(saved, create=False)
    with database.read() as session:
        read = session.execute(text("SELECT count(*) FROM visit")).scalar() or 0
        assert session.execute(text("SELECT count(*) FROM resident")).scalar() == 3
    assert 20 < read < 90, "the rows of two pages are lost, no more"
    assert verify_figures(database) == [] and verify_search(database) == 0
    assert contents(database) != whole
    assert wrong(examine(database)) <= {"audit"}
    visits.record_visit(database, visits.NewVisit("p1", DAY), "x")
    database.close()
    with pytest.raises(ValidationError):
        doctor.salvage(own, saved)


def pages_of_visits(own: Path, tmp_path: Path) -> list[int]:
    """Pages whose damage is felt by who reads all visits, and by nobody who reads people or the first visit."""
    engine = make_engine(str(own), encrypt=True)
    found = []
    for page in range(1, own.stat().st_size // PAGE):
        trial = tmp_path / "trial.db"
        trial.write_bytes(own.read_bytes())
        flip(trial, page)
        wreck = Wreck(engine, trial)
        answers = [
            wreck.ask(statement)
            for statement in (
                "SELECT sum(length(note)) FROM visit NOT INDEXED",
                "SELECT note FROM visit NOT INDEXED ORDER BY id LIMIT 1",
                "SELECT * FROM resident NOT INDEXED",
            )
        ]
        if answers[0] is None and None not in answers[1:]:
            found.append(page)
        wreck.close()
    engine.dispose()
    return found


def test_salvage_loses_nothing_of_a_healthy_file_and_leaves_nothing_of_a_lost_one(own: Path, tmp_path: Path) -> None:
    good = open_database(own)
    whole = contents(good)
    good.close()
    assert all(row.lost == 0 for row in doctor.salvage(own, tmp_path / "same.db"))
    same = open_database(tmp_path / "same.db", create=False)
    assert contents(same) == whole and examine(same).is_healthy
    same.close()
    own.write_bytes(own.read_bytes()[:40] + bytes(9000))
    with pytest.raises(StorageError):
        doctor.salvage(own, tmp_path / "hopeless.db")
    assert not list(tmp_path.glob("hopeless*"))
