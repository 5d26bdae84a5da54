"""What leaves is asked for, stamped and listed; what is refused leaves nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest

from gridapp import paths
from gridapp.db.database import Database
from gridapp.db.queries.handouts import HandoutRow, list_handouts, offered_purposes
from gridapp.domain.access import Principal, Role
from gridapp.domain.handout import Handout, HandoutKind, Stamp
from gridapp.errors import NotAllowedError, OperationCancelled, StorageError, ValidationError
from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx
from gridapp.ledgers.workbook import read_workbook
from gridapp.progress import Progress
from gridapp.services import facts, half_made, handing_out
from gridapp.services.audit import verify_audit
from gridapp.services.facts import import_facts
from gridapp.services.handing_out import hand_out_file, list_handout
from tests import factories

COMMITTEE = Principal("王主任", Role.COMMITTEE, communities=(factories.COMMUNITY,))
SUPERVISOR = Principal("赵督导", Role.SUPERVISOR)
PEOPLE = (("张三", "990101195001011234"), ("=李四", "990101195001011235"))


@pytest.fixture
def filled(database: Database) -> Database:
    import_facts(database, factories.document(), "test")
    return database


def listed(database: Database) -> list[HandoutRow]:
    return database.fetch(list_handouts)


def write_two(path: Path, stamp: Stamp, progress: Progress) -> int:
    columns = [ExportColumn("姓名"), ExportColumn("身份证号")]
    writer = write_csv if path.suffix == ".csv" else write_xlsx
    return writer(path, columns, PEOPLE, stamp=stamp, progress=progress)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_list_leaves_stamped_and_reads_back_the_same(
    filled: Database, tmp_path: Path, ending: str
) -> None:
    filled.sign_in(COMMITTEE)
    path = tmp_path / f"list.{ending}"
    handout = Handout(HandoutKind.LIST, "Residents", "  Roster & <signature>  ")
    assert hand_out_file(filled, handout, path, "ignored", write_two) == 2
    row = listed(filled)[0]
    assert (row.actor, row.kind, row.people, row.place) == ("王主任", HandoutKind.LIST, 2, path.name)
    assert row.purpose == "Roster & <signature>"
    plain = tmp_path / f"plain.{ending}"
    (write_csv if ending == "csv" else write_xlsx)(plain, [ExportColumn("姓名"), ExportColumn("身份证号")], PEOPLE)
    cells = [[line.cells for line in read_workbook(one).sheets[0].rows] for one in (path, plain)]
    assert cells[0] == cells[1]
    assert sorted(one.name for one in tmp_path.glob(".gridapp*")) == []
    if ending == "xlsx":
        with zipfile.ZipFile(path) as parts:
            page, core = (parts.read(name).decode() for name in ("xl/worksheets/sheet1.xml", "docProps/core.xml"))
        assert "王主任" in page and "Roster" in page and "王主任" in core
    else:
        assert path.read_text("utf-8-sig").splitlines()[-1].lstrip(chr(34)).startswith("# GridApp: ")


def test_with_accounts_nothing_leaves_without_a_purpose(filled: Database, tmp_path: Path) -> None:
    filled.sign_in(COMMITTEE)
    path = tmp_path / "list.xlsx"
    for empty in ("", " ", "x"):
        with pytest.raises(ValidationError) as caught:
            hand_out_file(filled, Handout(HandoutKind.LIST, "Residents", empty), path, "", write_two)
        assert caught.value.field == "purpose"
    assert not path.exists() and not listed(filled)


def test_without_accounts_nobody_is_asked_but_all_is_listed(filled: Database, tmp_path: Path) -> None:
    assert not handing_out.asks_purpose(filled)
    hand_out_file(filled, Handout(HandoutKind.LIST, "Residents"), tmp_path / "list.xlsx", "owner", write_two)
    assert [(row.actor, row.purpose) for row in listed(filled)] == [("owner", "")]
    assert verify_audit(filled).fault is None


def test_what_is_stopped_or_cannot_be_written_is_not_listed(filled: Database, tmp_path: Path) -> None:
    def stopped(path: Path, stamp: Stamp, progress: Progress) -> int:
        path.write_bytes(b"half")
        raise OperationCancelled

    path = tmp_path / "list.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(OperationCancelled):
        hand_out_file(filled, Handout(HandoutKind.LIST, "Residents"), path, "owner", stopped)
    with pytest.raises(StorageError):
        nowhere = tmp_path / "none" / "list.xlsx"
        hand_out_file(filled, Handout(HandoutKind.LIST, "Residents"), nowhere, "owner", write_two)
    taken = tmp_path / "folder.xlsx"
    taken.mkdir()
    with pytest.raises(StorageError):
        hand_out_file(filled, Handout(HandoutKind.LIST, "Residents"), taken, "owner", write_two)
    assert path.read_bytes() == b"old" and not listed(filled)
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []


def test_a_facts_file_says_whose_copy_it_is_and_comes_back_the_same(filled: Database, tmp_path: Path) -> None:
    plain, copy = tmp_path / "plain.json", tmp_path / "copy.json"
    facts.export_facts(filled, plain)
    write = partial(facts.write_facts, filled)
    hand_out_file(filled, Handout(HandoutKind.FACTS, "All", "For the district"), copy, "owner", write)
    document = json.loads(copy.read_bytes())
    carried = document.pop("handed_out")
    assert carried["by"] == "owner" and carried["purpose"] == "For the district"
    assert document == json.loads(plain.read_bytes())
    assert listed(filled)[0].people == len(document["persons"])
    facts.check_facts_file(copy)


def test_a_facts_file_with_a_stamp_is_taken_in(database: Database) -> None:
    carried = {"by": "x", "at": "2026-11-22T08:00:00+00:00", "purpose": "y"}
    import_facts(database, factories.document() | {"handed_out": carried}, "test")
    assert "handed_out" not in database.fetch(factories.read_facts)


def test_each_account_reads_its_own_list_and_is_offered_its_own_purposes(filled: Database) -> None:
    for principal, purposes in ((COMMITTEE, ("Check", "Roster")), (SUPERVISOR, ("Inspection",))):
        filled.sign_in(principal)
        for purpose in purposes:
            list_handout(filled, Handout(HandoutKind.PAPER, "Roster", purpose, 3), "Printer", "")
    assert [row.purpose for row in listed(filled)] == ["Inspection"]
    filled.sign_in(Principal("管理员", Role.ADMINISTRATOR))
    assert len(listed(filled)) == 3
    assert filled.fetch(offered_purposes, "王主任", HandoutKind.PAPER).given == ("Roster", "Check")
    assert filled.fetch(offered_purposes, "王主任", HandoutKind.LIST).given == ("Roster", "Check")


def test_a_supervisor_takes_out_what_they_see_and_no_facts_file(filled: Database, tmp_path: Path) -> None:
    filled.sign_in(SUPERVISOR)
    write = partial(facts.write_facts, filled)
    with pytest.raises(NotAllowedError):
        hand_out_file(filled, Handout(HandoutKind.FACTS, "All", "Inspection"), tmp_path / "a.json", "", write)
    assert not (tmp_path / "a.json").exists() and not listed(filled)


def test_what_a_kill_left_beside_the_target_goes_with_the_next_handout(filled: Database, tmp_path: Path) -> None:
    far, near, other = tmp_path / "far", tmp_path / "near", tmp_path / "other"
    for folder in (far, near, other):
        folder.mkdir()
    work = (
        "import os, sys\nfrom pathlib import Path\nfrom gridapp.services import half_made\n"
        "with half_made.folder_beside(Path(sys.argv[1])) as made:\n"
        "    (made / 'list.xlsx').write_text('names')\n    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", work, str(far / "list.xlsx")], check=False)
    assert [path.name for path in far.rglob("*.xlsx")] == ["list.xlsx"]
    alien = tmp_path / f"{half_made.PREFIX}.alien"
    alien.mkdir()
    what = Handout(HandoutKind.LIST, "Residents", "Quality check")
    with half_made.folder_beside(other / "list.xlsx") as running:
        hand_out_file(filled, what, near / "list.csv", "x", write_two)
        assert not list(far.iterdir())
        assert running.is_dir() and alien.is_dir()  # one at work, and one nobody here made
    assert [path.name for path in near.iterdir()] == ["list.csv"] and not list(other.iterdir())
    assert half_made.sweep() == 0


def test_a_note_does_not_have_anything_else_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    notes = paths.data_dir() / "under-way"
    notes.mkdir(exist_ok=True)
    note = notes / f"{half_made.PREFIX}.x.part"  # somebody else wrote it
    note.write_text(str(kept), "utf-8")
    assert half_made.sweep() == 0
    assert kept.is_dir() and not note.exists()
