"""Ledgers in: the shipped samples, the same file twice, rows that wait, conflicts, and undo of a whole batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gridapp import clock, paths
from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import list_batches, list_operations, list_waiting, load_settings
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import search_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import Scope
from gridapp.db.records import ResidentSearchRecord
from gridapp.domain.changes import Changes
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.errors import ConflictError, LedgerFormatError, NotFoundError, OperationCancelled, ValidationError
from gridapp.ledgers.corrections import Place, corrected
from gridapp.ledgers.decisions import SAME
from gridapp.ledgers.workbook import read_workbook
from gridapp.services import papers
from gridapp.services.facts import import_facts
from gridapp.services.importing import check_book, check_file, import_ledger, undo_batch
from gridapp.services.inbox import drop_rows, export_waiting, mend_rows
from gridapp.services.matching import same_address
from gridapp.services.outlook import foresee
from gridapp.services.places import import_boundaries
from gridapp.services.residents import NewResident, edit_resident, stored_resident
from gridapp.services.undo import undo_operation
from gridapp.services.visits import record_visit
from tests.databases import Databases
from tests.factories import contents, document, id_number

TODAY = dt.date(2026, 9, 30)
SAMPLES = ("sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv")


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    clock.set_today(TODAY)
    with databases.opened() as database:
        yield database


@pytest.fixture
def community(database: Database) -> Database:
    import_boundaries(database, paths.shipped_data("sample_grids.geojson"), dt.date(2024, 1, 1), "me")
    return database


@pytest.fixture
def people(database: Database) -> Database:
    """Three people of three grids, one with an ID number."""
    facts = document()
    facts["persons"][0] |= {"name": "张三丰", "id_number": id_number()}
    facts["persons"][1]["name"] = facts["persons"][2]["name"] = "李四"
    import_facts(database, facts, "me")
    return database


def take(database: Database, path: Path, kind: str = "auto") -> Changes:
    return import_ledger(database, check_file(database, path, kind), "me")


def write(folder: Path, *lines: str) -> Path:
    path = folder / "台账.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8-sig")
    return path


def stored(database: Database) -> dict[str, Any]:
    """Facts that count: without batches, stamps and visits taken back."""
    stamps = {"created", "created_by", "changed", "changed_by", "version"}
    facts = database.fetch(read_facts)
    facts.pop("import_batches", None)
    facts["visits"] = [row for row in facts["visits"] if not row["voided"]]
    return {
        name: [{key: value for key, value in row.items() if key not in stamps} for row in rows]
        for name, rows in facts.items()
        if isinstance(rows, list)
    }


def words(database: Database) -> list[tuple[int, str]]:
    with database.read() as session:
        rows = session.execute(select(ResidentSearchRecord.resident_id, ResidentSearchRecord.words))
        return sorted((number, text) for number, text in rows)


def test_the_samples_come_in_clean_twice_and_go_out(community: Database) -> None:
    empty, batches = stored(community), []
    for name in SAMPLES:
        preview = check_file(community, paths.shipped_data(name))
        assert not list(preview.remaining_rows())
        batches.append(import_ledger(community, preview, "me").result)
    full = stored(community)
    assert len(full["persons"]) > 100 and len(full["visits"]) > 100 and len(full["enrolments"]) > 20
    rule = RosterRule.monthly(community.fetch(load_settings))
    rate = community.fetch(visit_rates, [Month.of(TODAY)], TODAY, "total", rule)[0].rate
    assert rate.roster > 20 and 0 < rate.visited < rate.roster
    for name in SAMPLES:
        again = take(community, paths.shipped_data(name))
        assert stored(community) == full, name
        (row,) = [row for row in community.fetch(list_batches) if row.id == again.result]
        assert (row.waiting, row.counts.get("added", 0), row.counts.get("changed", 0)) == (0, 0, 0)
    for batch in reversed(batches):
        undo_batch(community, batch, "me")
    assert stored(community) == empty
    assert words(community) == []
    with pytest.raises(ValidationError):
        undo_batch(community, batches[0], "me")
    with pytest.raises(NotFoundError):
        undo_batch(community, "nothing", "me")


def test_bad_rows_wait_and_leave_with_their_batch(people: Database, tmp_path: Path) -> None:
    before, found = stored(people), words(people)
    path = write(
        tmp_path,
        "姓名,身份证号,网格,居住地址,困难类型",
        f"王五,{id_number('19450101', 22)},第1网格,1号楼,独居",
        "赵六,990101194005010020,第1网格,1号楼,独居",
        f"钱七,{id_number('19450101', 24)},没有的网格,1号楼,独居",
    )
    changes = take(people, path, "elders")
    waiting = people.fetch(list_waiting, changes.result)
    assert [row.row for row in waiting] == [3, 4]
    assert all(row.issues and row.issues[0]["message"] for row in waiting)
    assert "990101194005010020" in waiting[0].raw.values(), "what was written is kept as it was"
    assert [row.name for row in people.fetch(search_residents, "ww", TODAY)] == ["王五"]
    undo_batch(people, changes.result, "me")
    assert (stored(people), words(people)) == (before, found)
    assert people.fetch(list_waiting, changes.result) == []


@pytest.mark.parametrize(
    ("row", "code"), [("张四丰,{},第1网格", "name conflict"), ("张三丰,{},第2网格", "grid conflict")]
)
def test_what_contradicts_the_register_waits(people: Database, tmp_path: Path, row: str, code: str) -> None:
    before = stored(people)
    changes = take(people, write(tmp_path, "姓名,身份证号,网格", row.format(id_number())), "residents")
    (waiting,) = people.fetch(list_waiting, changes.result)
    assert f"{waiting.issues[-1]['field']} {waiting.issues[-1]['code']}" == code
    assert stored(people) == before


def test_a_visit_ledger_finds_its_people(people: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "姓名,走访日期,走访方式,走访结果",
        "张三丰,2026-09-01,上门,见到",
        "李四,2026-09-01,上门,见到",
        "无名氏,2026-09-01,上门,见到",
        "张三丰,2026-10-01,上门,见到",
        "张三丰,2026-09-01,上门,见到",
    )
    changes = take(people, path, "visits")
    assert [row["person"] for row in stored(people)["visits"]] == ["p1"]
    waiting = {row.row: row.issues[-1]["code"] for row in people.fetch(list_waiting, changes.result)}
    assert waiting[3] == "ambiguous" and waiting[4] == "unknown_person" and set(waiting) <= {3, 4, 5, 6}
    undo_batch(people, changes.result, "me")
    assert stored(people)["visits"] == []


def test_later_work_keeps_a_batch(people: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "姓名,身份证号,网格,居住地址", f"王五,{id_number('19450101', 22)},第1网格,1号楼")
    changes = take(people, path, "residents")
    (found,) = people.fetch(search_residents, "王五", TODAY)
    record_visit(people, NewVisit(found.id, TODAY), "you")
    before = contents(people)
    with pytest.raises(ValidationError):
        undo_batch(people, changes.result, "me")
    assert contents(people) == before


def test_a_file_without_rows_and_a_cancelled_import_write_nothing(people: Database, tmp_path: Path) -> None:
    class Stop:
        def advance(self, done: int, total: int, message: str = "") -> None:
            raise OperationCancelled("stopped")

    before, told = contents(people), people.fetch(list_operations)
    with pytest.raises((ValidationError, LedgerFormatError)):
        take(people, write(tmp_path, "今天天气很好"))
    path = write(tmp_path, "姓名,身份证号,网格,居住地址", f"王五,{id_number('19450101', 22)},第1网格,1号楼")
    preview = check_file(people, path, "residents")
    with pytest.raises(OperationCancelled):
        import_ledger(people, preview, "me", Stop())
    assert (contents(people), people.fetch(list_operations)) == (before, told)


def test_waiting_rows_are_put_right_and_undo_brings_them_back(people: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "阳光社区老年人台账2026年",
        "姓名,身份证号,网格,居住地址,困难类型",
        f"王五,{id_number('19450101', 22)},没有的网格,1号楼,独居",
        f"赵六,{id_number('19450101', 24)},没有的网格,#N/A,独居",
    )
    batch = take(people, path, "elders").result
    before, (first, second) = stored(people), people.fetch(list_waiting, batch)
    assert first.columns["C"] == "grid" and first.number != second.number
    mended = mend_rows(people, batch, {first.number: {"C": "第1网格"}, second.number: {"C": "第1网格"}}, "me")
    assert mended.result == 1
    (left,) = people.fetch(list_waiting, batch)
    assert (left.row, left.raw["C"]) == (4, "第1网格")
    assert [issue["code"] for issue in left.issues if issue["severity"] == "error"] == ["cell_error"]
    assert [row.name for row in people.fetch(search_residents, "ww", TODAY)] == ["王五"]
    undo_operation(people, mended.operation, "me")
    assert stored(people) == before
    assert len(people.fetch(list_waiting, batch)) == 2
    gone = drop_rows(people, batch, [left.number], "me")
    assert len(people.fetch(list_waiting, batch)) == 1
    undo_operation(people, gone.operation, "me")
    assert len(people.fetch(list_waiting, batch)) == 2


def test_who_did_not_see_what_a_colleague_wrote_does_not_overwrite_it(people: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "姓名,身份证号,网格,居住地址", "王五,,没有的网格,#N/A", "赵六,,没有的网格,#N/A")
    batch = take(people, path).result
    first, second = people.fetch(list_waiting, batch)
    mend_rows(people, batch, {first.number: {"C": "第1网格"}}, "他", seen={first.number: {"C": "没有的网格"}})
    before = people.fetch(list_waiting, batch)
    overtaken = {first.number: first.raw, second.number: second.raw}
    with pytest.raises(ConflictError, match="row 2"):
        mend_rows(people, batch, {first.number: {"C": "第2网格"}}, "我", seen={first.number: {"C": "没有的网格"}})
    with pytest.raises(ConflictError, match="row 2"):
        mend_rows(people, batch, {}, "我", decisions={first.number: SAME}, seen={first.number: first.raw})
    with pytest.raises(ConflictError, match="row 2"):
        drop_rows(people, batch, list(overtaken), "我", overtaken)
    assert people.fetch(list_waiting, batch) == before
    mend_rows(people, batch, {first.number: {"A": "王伍"}}, "我", seen={first.number: {"A": "王五"}})
    left = people.fetch(list_waiting, batch)
    assert (left[0].raw["A"], left[0].raw["C"]) == ("王伍", "第1网格"), "each changed another cell: both stand"
    drop_rows(people, batch, [first.number], "他")
    for late in ({first.number: left[0].raw}, overtaken):
        with pytest.raises(ConflictError, match="wait any more"):
            drop_rows(people, batch, list(late), "我", late)
    assert [row.number for row in people.fetch(list_waiting, batch)] == [second.number]


def test_the_exported_rest_comes_back_onto_its_rows(people: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "2026年3月探访记录",
        "姓名,身份证号,探访日期,探访方式,探访结果",
        f"张三丰,{id_number()},3.35,上门,见面",
        f"张三丰,{id_number()},3.5,上门,见面",
        "没有的人,,3.6,上门,见面",
    )
    batch = take(people, path, "visits").result
    rest = tmp_path / "台账-待改.xlsx"
    assert export_waiting(people, batch, rest) == 2
    (sheet,) = read_workbook(rest).sheets
    assert [row.cells[0] for row in sheet.rows][:2] == ["2026年3月探访记录", "姓名"]
    assert "台账.csv|台账|3" in sheet.rows[2].cells
    mended = corrected(read_workbook(rest), {Place(sheet.name, sheet.rows[2].number, 2): "3.15"})
    again = import_ledger(people, check_book(people, mended), "me")
    assert people.fetch(list_waiting, batch) == []
    (left,) = people.fetch(list_waiting, again.result)
    assert left.issues[-1]["code"] == "unknown_person"
    days = {visit["date"] for visit in stored(people)["visits"]}
    assert {"2026-03-05", "2026-03-15"} <= days
    undo_batch(people, again.result, "me")
    assert len(people.fetch(list_waiting, batch)) == 2


def test_a_month_grid_becomes_visits_once(people: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "2026年探访记录表,,,,",
        "姓名,身份证号,6月,7月,8月",
        f"张三丰,{id_number()},√,7.2电话；7.9上门,8.40",
        "李四四,,,,",
    )
    preview = check_file(people, path)
    before = len(stored(people)["visits"])
    assert foresee(people, preview).counts == {"added": 3, "unchanged": 1}
    changes = import_ledger(people, preview, "me")
    (waiting,) = people.fetch(list_waiting, changes.result)
    assert [issue["code"] for issue in waiting.issues if issue["severity"] == "error"] == ["date_impossible"]
    days = sorted(visit["date"] for visit in stored(people)["visits"])
    assert len(days) == before + 3 and {"2026-06-30", "2026-07-02", "2026-07-09"} <= set(days)
    again = take(people, path)
    assert people.fetch(list_batches)[0].counts.get("added", 0) == 0 and again.result


@given(st.integers(1, 99), st.integers(1, 9), st.integers(1, 99))
def test_addresses_agree_through_one_wrong_character_and_never_through_a_number(a: int, b: int, c: int) -> None:
    written = f"阳光路{a}号{b}号楼2单元{c}室"
    assert same_address(written, f"阳光路{a}号{b}栋二单元{c}")
    assert same_address(written, f"阳光璐{a}号 {b}#2-{c}")
    assert same_address(f"示例街道{written}", written)
    assert not same_address(written, f"阳光路{a}号{b}号楼2单元{c + 1}室")
    assert not same_address(written, f"月亮路{a}号{b}号楼2单元{c}室")
    assert not same_address("", written)


def test_a_person_without_a_number_is_known_by_name_and_an_address_with_a_typo(
    people: Database, tmp_path: Path
) -> None:
    head = "姓名,性别,网格,居住地址"
    take(people, write(tmp_path, head, "周老大,男,第1网格,阳光路1号3栋2单元501室"), "residents")
    preview = check_file(people, write(tmp_path, head, "周老大,男,第1网格,阳光璐1号3栋2单元501室"), "residents")
    assert foresee(people, preview).outcomes == ("unchanged",)
    preview = check_file(people, write(tmp_path, head, "周老大,男,第1网格,阳光路1号3栋2单元502室"), "residents")
    assert foresee(people, preview).outcomes == ("added",)


def test_what_is_foreseen_is_what_happens(community: Database) -> None:
    for name in SAMPLES:
        preview = check_file(community, paths.shipped_data(name))
        foreseen = foresee(community, preview).counts
        import_ledger(community, preview, "me")
        counts = community.fetch(list_batches)[0].counts
        assert {key: count for key, count in counts.items() if key != "waiting"} == foreseen


# ---- paper -----------------------------------------------------------------------------------------------------------


def test_a_printed_roster_holds_everyone_once(community: Database, tmp_path: Path) -> None:
    import pypdfium2

    for name in SAMPLES[:2]:
        take(community, paths.shipped_data(name))
    month, rule = Month.of(TODAY), RosterRule.monthly(community.fetch(load_settings))
    result = papers.write_roster(community, month, TODAY, Scope(), tmp_path / "r.pdf", "me")
    expected = [row for row in community.fetch(list_roster, month, TODAY, rule) if row.status != "excluded"]
    assert result.rows == len(expected) > 20 and not result.unprintable
    document = pypdfium2.PdfDocument((tmp_path / "r.pdf").read_bytes())
    assert len(document) == result.pages
    text = "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)
    document.close()
    for name in {row.person.name for row in expected}:
        alike = sum(name in row.person.name for row in expected)
        assert text.count(name) >= alike, name
    assert all(row.person.id_number not in text for row in expected if row.person.id_number), "ID numbers are masked"
    assert community.fetch(list_operations)[0].action == "paper.print"


def test_a_roster_that_cannot_be_written_leaves_no_trace(people: Database, tmp_path: Path) -> None:
    told = people.fetch(list_operations)
    for scope, path in ((Scope(grid="9" * 15), tmp_path / "r.pdf"), (Scope(worker="nobody"), tmp_path / "r.pdf"),
                        (Scope(), tmp_path / "no" / "r.pdf")):  # fmt: skip
        with pytest.raises(Exception) as fault:
            papers.write_roster(people, Month.of(TODAY), TODAY, scope, path, "me")
        assert type(fault.value).__module__ == "gridapp.errors"
        assert not path.exists()
    assert people.fetch(list_operations) == told


def test_what_a_colleague_changed_after_the_check_is_not_overwritten(people: Database, tmp_path: Path) -> None:
    """The second saver sees both values and chooses: the row waits, and goes in when it is imported again."""
    ledger = write(tmp_path, "姓名,身份证号,联系电话,备注", f"张三丰,{id_number()},13800000001,常去公园")
    preview = check_file(people, ledger, "residents")
    now = people.fetch(stored_resident, "p1")
    theirs = NewResident(**(now.values | {"phone": "13800000002"}))
    edit_resident(people, "p1", theirs, "小王", now.seen)
    batch = import_ledger(people, preview, "me").result
    [row] = people.fetch(list_waiting, batch)
    [said] = [issue["message"] for issue in row.issues if issue["code"] == "changed_meanwhile"]
    assert all(part in said for part in ("小王", "13800000001", "13800000002"))
    assert people.fetch(stored_resident, "p1").values["phone"] == "13800000002"
    assert people.fetch(stored_resident, "p1").values["note"] == "", "the row waits as a whole"
    assert mend_rows(people, batch, {}, "me").result == 0, "whoever imports it again has seen both"
    assert people.fetch(stored_resident, "p1").values["phone"] == "13800000001"
    edit_resident(people, "p1", theirs, "me", people.fetch(stored_resident, "p1").seen)
    again = write(tmp_path, "姓名,身份证号,联系电话", f"张三丰,{id_number()},13800000003")
    preview = check_file(people, again, "residents")
    own = people.fetch(stored_resident, "p1")
    edit_resident(people, "p1", NewResident(**(own.values | {"phone": "13800000004"})), "me", own.seen)
    import_ledger(people, preview, "me")
    assert people.fetch(stored_resident, "p1").values["phone"] == "13800000003", "one's own change is known"
