"""Sealing, deletion with proof, and consents: what was personal is gone, what was counted stays, and the log holds."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import select, text

from gridapp import clock
from gridapp.db.audit.verifying import Wrong
from gridapp.db.database import Database
from gridapp.db.queries.cadence import cadence_compliance
from gridapp.db.queries.closings import find_closing, read_differences
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import (
    ResidentFilter,
    count_residents,
    get_card,
    list_residents,
    search_residents,
)
from gridapp.db.queries.retention import list_due_for_deletion, list_to_seal
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.records import OperationChangeRecord, ResidentRecord, SealedPersonRecord
from gridapp.domain.access import Principal, Role
from gridapp.domain.period import Month, Quarter
from gridapp.domain.retention import Rule, months_before
from gridapp.errors import NotAllowedError, NotFoundError, ValidationError
from gridapp.services import residents, retention, sealing
from gridapp.services.audit import verify_audit
from gridapp.services.closing import close_month
from gridapp.services.facts import import_facts
from gridapp.services.figures import verify_figures
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.outlook import foresee
from gridapp.services.undo import undo_operation
from gridapp.services.upkeep import change_setting, save_draft
from gridapp.services.visits import NewVisit, record_visit
from tests import factories
from tests.examples import share_of_examples

TODAY = dt.date(2026, 12, 31)
MONTHS = [Month(2025, 12), *(Month(2026, number) for number in range(1, 9))]
QUARTERS = [Quarter(2026, number) for number in (1, 2, 3)]
NAME, PHONE, STREET = "令狐示例", "13800009876", "桂花巷十七号"
NUMBER = factories.id_number("19400501", 14)
DIED = dt.date(2026, 3, 20)


def figures_of(database: Database) -> list[Any]:
    """Every visit rate of months and quarters, by whatever they are told apart."""
    rule = RosterRule.monthly(database.fetch(load_settings))
    found: list[Any] = []
    for by in ("grid", "category", "worker", "community", "total"):
        for from_facts in (False, True):
            rows = database.fetch(visit_rates, MONTHS, TODAY, by, rule, EVERYWHERE, from_facts)
            found.append([(row.period, row.key, row.rate) for row in rows])
    for kind in ("scattered_orphan", "unsupported_child"):
        children = RosterRule.of_children(kind, database.fetch(load_settings))
        found.append([(row.period, row.key, row.rate) for row in database.fetch(
            visit_rates, QUARTERS, TODAY, "grid", children)])  # fmt: skip
    return found


def cadence_of(database: Database) -> list[Any]:
    """Visits due and missed of each month by tier and grid, and those done."""
    chosen = database.fetch(load_settings)
    return [
        (month, grid, row.tier, row.due - row.done, row.done)
        for month in MONTHS for grid in (None, *factories.GRIDS)
        for row in database.fetch(cadence_compliance, month.first, month.last, chosen, Scope(grid=grid))
    ]  # fmt: skip


@pytest.fixture
def peopled(database: Database) -> Database:
    """Three people; the first, with everything a record can hold, died in March."""
    clock.set_today(TODAY)
    facts = factories.document()
    facts["persons"][0] |= {
        "name": NAME, "phone": PHONE, "id_number": NUMBER, "register_address": STREET, "note": f"{NAME}的备注",
    }  # fmt: skip
    facts["residencies"][0]["address"] = STREET
    facts["contacts"] = [{"person": "p1", "name": f"{NAME}之女", "phone": PHONE}]
    facts["consents"] = [{"person": "p1", "scope": "visit", "given": True, "start": "2025-01-01", "end": None}]
    facts["visits"] = [factories.visit("v1", "p1", "2026-02-03", note=f"见到{NAME}")]
    import_facts(database, facts, "test")
    record_visit(database, NewVisit("p1", dt.date(2026, 1, 9), note=f"{NAME}很好"), "test")
    residents.edit_resident(
        database, "p1", residents.NewResident(NAME, "F", id_number=NUMBER, phone=PHONE, register_address=STREET), "test"
    )
    close_month(database, Month(2026, 2), "test")
    residents.record_death(database, "p1", DIED, "test")
    return database


def read_everything(database: Database) -> str:
    """All that any table shows, as text."""
    from gridapp.db.base import Base

    with database.read() as session:
        return "\n".join(
            json.dumps([readable(value) for value in row], ensure_ascii=False)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
            if table.name != "closed_month"
        )


def readable(value: Any) -> str:
    """Return a value as whoever opens the tables could read it; salts, digests and signatures are noise."""
    if not isinstance(value, bytes):
        return str(value)
    return value.hex() if len(value) in (16, 32, 64) else value.decode("utf-8", "replace")


def test_sealing_goes_by_turns_and_the_last_tells_of_all(peopled: Database) -> None:
    first = sealing.seal_due(peopled, "gridapp", 1)
    assert (first.result, first.message, first.kinds) == (1, "", frozenset())
    last = sealing.seal_due(peopled, "gridapp", 1, 1)
    assert (last.result, last.message) == (0, "Sealed 1 records of the deceased.")
    assert sealing.seal_due(peopled, "gridapp", 1).message == ""


def test_a_sealed_record_is_nowhere_and_every_figure_stays(peopled: Database) -> None:
    before = figures_of(peopled)
    assert peopled.fetch(list_to_seal, TODAY) == ["p1"]
    assert sealing.is_any_due(peopled)
    assert sealing.seal_due(peopled, "gridapp").result == 1
    assert not sealing.is_any_due(peopled)
    assert sealing.seal_due(peopled, "gridapp").result == 0
    shown = read_everything(peopled)
    for secret in (NAME, PHONE, STREET, NUMBER):
        assert secret not in shown
    assert "sealed" in json.dumps(peopled.fetch(read_facts))
    assert figures_of(peopled) == before
    assert not verify_figures(peopled)
    assert [row.id for row in peopled.fetch(list_residents, ResidentFilter(), TODAY)] == ["p2", "p3"]
    assert peopled.fetch(count_residents, ResidentFilter(), TODAY) == 2
    for wanted in (NAME, "令狐", PHONE, NUMBER[-6:], STREET):
        assert peopled.fetch(search_residents, wanted, TODAY) == []
    with pytest.raises(NotFoundError, match="sealed"):
        peopled.fetch(get_card, "p1", TODAY)
    closed = peopled.fetch(find_closing, Month(2026, 2))
    assert closed is not None and closed.is_whole
    assert NAME not in json.dumps(closed.content, ensure_ascii=False)
    assert verify_audit(peopled).fault is None


def test_a_sealed_record_opens_for_a_reason_and_for_those_the_setting_names(peopled: Database) -> None:
    sealing.seal_due(peopled, "gridapp")
    row = sealing.list_sealed(peopled)[0]
    assert (row.id, row.name, row.died) == ("p1", "令*例", DIED)
    with pytest.raises(ValidationError, match="why"):
        sealing.open_sealed(peopled, "p1", " ", "test")
    found = sealing.open_sealed(peopled, "p1", "家属查询", "test").result
    assert (found.name, found.id_number, found.phone, found.address) == (NAME, NUMBER, PHONE, STREET)
    assert found.contacts[0][0] == f"{NAME}之女"
    committee = Principal("c", Role.COMMITTEE, communities=(factories.COMMUNITY,))
    peopled.sign_in(committee)
    with pytest.raises(NotAllowedError):
        sealing.open_sealed(peopled, "p1", "家属查询", "c")
    with pytest.raises(NotAllowedError):
        sealing.list_sealed(peopled)
    with pytest.raises(NotAllowedError):
        sealing.unseal(peopled, "p1", "家属查询", "c")
    peopled.sign_in(Principal())
    change_setting(peopled, "sealed_readers", ["committee", "administrator"], "test")
    peopled.sign_in(committee)
    assert sealing.open_sealed(peopled, "p1", "家属查询", "c").result.name == NAME
    peopled.sign_in(Principal("o", Role.COMMITTEE, communities=(factories.OTHER_COMMUNITY,)))
    assert sealing.list_sealed(peopled) == []
    with pytest.raises(NotAllowedError):
        sealing.open_sealed(peopled, "p1", "家属查询", "o")


def test_whoever_is_sealed_is_not_added_anew(peopled: Database, tmp_path: Path) -> None:
    sealing.seal_due(peopled, "gridapp")
    with pytest.raises(ValidationError, match="sealed"):
        residents.add_resident(
            peopled, residents.NewResident("改名", id_number=NUMBER), factories.GRIDS[0], "1号", DIED, "test"
        )
    ledger = tmp_path / "register.csv"
    ledger.write_text(f"姓名,身份证号,所属网格,住址\n{NAME},{NUMBER},第1网格,{STREET}\n", "utf-8")
    preview = check_file(peopled, ledger)
    assert foresee(peopled, preview).counts["added"] == 0
    import_ledger(peopled, preview, "test")
    assert peopled.fetch(count_residents, ResidentFilter(), TODAY) == 2


def test_unsealing_brings_back_everything(peopled: Database) -> None:
    before = factories.json.dumps(_without_stamps(peopled.fetch(read_facts)), sort_keys=True)
    sealing.seal_record(peopled, "p1", "test")
    assert factories.json.dumps(_without_stamps(peopled.fetch(read_facts)), sort_keys=True) != before
    sealing.unseal(peopled, "p1", "登记有误", "test")
    assert factories.json.dumps(_without_stamps(peopled.fetch(read_facts)), sort_keys=True) == before
    assert [row.id for row in peopled.fetch(search_residents, NAME, TODAY)] == ["p1"]
    with peopled.read_whole() as session:
        assert session.scalar(select(SealedPersonRecord.resident_id)) is None


def _without_stamps(facts: Any) -> Any:
    if isinstance(facts, dict):
        stamps = ("changed", "changed_by", "version")
        return {key: _without_stamps(value) for key, value in facts.items() if key not in stamps}
    return [_without_stamps(value) for value in facts] if isinstance(facts, list) else facts


def test_only_the_dead_are_sealed_and_only_after_their_time(peopled: Database) -> None:
    with pytest.raises(ValidationError, match="died"):
        sealing.seal_record(peopled, "p2", "test")
    assert peopled.fetch(list_to_seal, months_before(DIED, -6) - dt.timedelta(days=1)) == []
    assert peopled.fetch(list_to_seal, months_before(DIED, -6)) == ["p1"]
    peopled.sign_in(Principal("w", Role.WORKER, grids=(factories.GRIDS[0],)))
    assert not sealing.is_any_due(peopled)
    with pytest.raises(NotAllowedError):
        sealing.seal_due(peopled, "w")


@pytest.mark.parametrize("sealed_first", [True, False])
def test_deletion_leaves_figures_closings_and_a_proof(peopled: Database, sealed_first: bool) -> None:
    before = figures_of(peopled)
    if sealed_first:
        sealing.seal_due(peopled, "gridapp")
    clock.set_today(dt.date(2031, 3, 20))
    due = peopled.fetch(list_due_for_deletion, clock.today())
    assert [(row.id, row.rule, row.since) for row in due.people] == [("p1", Rule.DEAD, DIED)]
    assert NAME not in due.people[0].name
    proof = retention.delete_people(peopled, ["p1"], "test").result
    assert proof["people"] == 1 and proof["rules"] == ["dead"]
    assert proof["rows"]["resident"] == 1 and proof["rows"]["closed_month"] == 1 and proof["images"] >= 4
    clock.set_today(TODAY)
    assert figures_of(peopled) == before
    assert not verify_figures(peopled)
    shown = read_everything(peopled)
    for secret in (NAME, PHONE, STREET, NUMBER, "p1"):
        assert secret not in shown, secret
    closed = peopled.fetch(find_closing, Month(2026, 2))
    assert closed is not None and closed.is_whole and (closed.visited, closed.roster) == (1, 3)
    assert NAME not in json.dumps(closed.content, ensure_ascii=False)
    assert peopled.fetch(read_differences, closed, TODAY).rows == ()
    report = verify_audit(peopled)
    assert report.fault is None
    with pytest.raises(NotFoundError):
        peopled.fetch(get_card, "p1", TODAY)
    with peopled.read() as session:
        assert session.scalars(select(ResidentRecord.name).where(ResidentRecord.withheld == "erased")).first()


def test_nobody_goes_before_their_time_without_a_reason_or_by_another_account(peopled: Database) -> None:
    before = factories.contents(peopled)
    with pytest.raises(ValidationError, match="not due"):
        retention.delete_people(peopled, ["p2"], "test")
    with pytest.raises(NotFoundError):
        retention.delete_people(peopled, ["nobody"], "test", "撤回同意")
    with pytest.raises(ValidationError, match="Nobody"):
        retention.delete_people(peopled, [], "test")
    with pytest.raises(ValidationError, match="Nothing is due"):
        retention.delete_all_due(peopled, "test")
    peopled.sign_in(Principal("c", Role.COMMITTEE, communities=(factories.COMMUNITY,)))
    with pytest.raises(NotAllowedError):
        retention.delete_people(peopled, ["p2"], "test", "撤回同意")
    peopled.sign_in(Principal())
    assert factories.contents(peopled) == before
    proof = retention.delete_people(peopled, ["p2"], "test", "撤回同意").result
    assert proof["rules"] == ["asked"] and proof["reason"] == "撤回同意"
    assert verify_audit(peopled).fault is None


def test_what_was_about_a_deleted_person_cannot_be_undone(peopled: Database) -> None:
    done = residents.edit_resident(peopled, "p2", residents.NewResident("改名", "F"), "test")
    retention.delete_people(peopled, ["p2"], "test", "撤回同意")
    with pytest.raises(ValidationError, match="deleted since"):
        undo_operation(peopled, done.operation or 0, "test")


def test_an_image_that_was_removed_past_gridapp_is_found(peopled: Database) -> None:
    """The triggers let an image give way to its seal; without an entry that says so it is still a fault."""
    from gridapp.db.base import table_of
    from gridapp.db.erasing import Erased, _seal_images

    with peopled.write_unrecorded() as session:
        change = table_of(OperationChangeRecord)
        _seal_images(session, change.c.row_key == "2", Erased())
    fault = verify_audit(peopled).fault
    assert fault is None or fault.wrong is Wrong.ERASED
    with peopled.write_unrecorded() as session:
        _seal_images(session, change.c.resident_id.is_not(None), Erased())
    fault = verify_audit(peopled).fault
    assert fault is not None and fault.wrong is Wrong.ERASED


def test_a_wrong_seal_is_found(peopled: Database) -> None:
    with peopled.write_unrecorded() as session:
        session.execute(
            text(
                "UPDATE operation_change SET before = NULL, after = NULL, salt = NULL, seal = :seal "
                "WHERE resident_id IS NOT NULL AND after IS NOT NULL"
            ),
            {"seal": bytes(32)},
        )
    fault = verify_audit(peopled).fault
    assert fault is not None and fault.wrong is Wrong.ALTERED


def test_no_byte_of_a_deleted_person_is_left_in_the_file(tmp_path: Path) -> None:
    database = factories.plain_database(tmp_path)
    clock.set_today(TODAY)
    facts = factories.document()
    facts["persons"][0] |= {"name": NAME, "phone": PHONE, "id_number": NUMBER, "note": NAME * 3000}
    import_facts(database, facts, "test")
    record_visit(database, NewVisit("p1", dt.date(2026, 1, 9), note=f"{NAME}很好"), "test")
    save_draft(database, "visit.p1", {"person": "p1", "note": f"{NAME}在家"})
    residents.record_death(database, "p1", DIED, "test")
    sealing.seal_record(database, "p1", "test")

    def bytes_of_the_file() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("plain.db*") if path.is_file())

    assert NAME.encode() in bytes_of_the_file()
    retention.delete_people(database, ["p1"], "test", "依申请删除")
    left = bytes_of_the_file()
    for secret in (NAME, PHONE, NUMBER, NAME[:2]):
        assert secret.encode() not in left, secret
    database.close()


def test_waiting_rows_drafts_and_old_entries_go_when_their_time_is_over(database: Database) -> None:
    clock.set_today(TODAY)
    save_draft(database, "visit", {"note": NAME})
    clock.set_today(dt.date(2031, 1, 1))
    assert database.fetch(list_due_for_deletion, clock.today()).drafts in (0, 1)
    with database.write_unrecorded() as session:
        session.execute(text("UPDATE draft SET saved_at = 0"))
    due = database.fetch(list_due_for_deletion, clock.today())
    assert due.drafts == 1 and due.waiting == 0
    retention.delete_all_due(database, "test")
    assert database.fetch(list_due_for_deletion, clock.today()).drafts == 0
    assert verify_audit(database).fault is None


@settings(max_examples=share_of_examples(15))
@given(facts=factories.lives(3))
def test_any_life_may_be_sealed_and_deleted_and_no_figure_moves(databases: Any, facts: dict[str, Any]) -> None:
    clock.set_today(TODAY)
    with databases.opened() as database:
        import_facts(database, facts, "test")
        before, done = figures_of(database), cadence_of(database)
        change_setting(database, "seal_months", 0, "test")
        sealing.seal_due(database, "gridapp")
        assert (figures_of(database), cadence_of(database)) == (before, done)
        retention.delete_people(database, [person["id"] for person in facts["persons"]], "test", "依申请删除")
        assert figures_of(database) == before
        # A week across two quarters whose only visit lies in the first leaves both counts; all else stays.
        left = cadence_of(database)
        assert [row[:4] for row in left] == [row[:4] for row in done]
        assert [row for row in left if row[2] != "A"] == [row for row in done if row[2] != "A"]
        assert all(0 <= was[4] - now[4] <= len(facts["persons"]) for was, now in zip(done, left, strict=True))
        assert not verify_figures(database)
        assert verify_audit(database).fault is None
