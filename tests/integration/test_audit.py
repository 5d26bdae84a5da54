"""The audit log only grows, and whoever goes past that is found out."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import keyfile
from gridapp.db.audit import chain, guards, signing, verifying, witness
from gridapp.db.audit.reading import links, unlinked_entries
from gridapp.db.audit.witness import Witness
from gridapp.db.database import Database
from gridapp.db.engine import dump_json
from gridapp.db.queries.audit import list_person_entries
from gridapp.errors import ReadOnlyDatabaseError, ValidationError
from gridapp.services import audit, residents, upkeep, visits
from gridapp.services.audit import AuditFault, Wrong, verify_audit
from gridapp.services.demo import remove_demo
from gridapp.services.facts import import_facts
from gridapp.services.undo import last_undoable, undo_operation
from tests.factories import document

DAY = dt.date(2026, 3, 1)


@pytest.fixture
def worked(database: Database) -> Database:
    """A database in which a few things were done."""
    import_facts(database, document(), "小示")
    done = [visits.record_visit(database, visits.NewVisit("p1", DAY, note=f"第{n}次"), "小示") for n in range(4)]
    residents.edit_resident(database, "p1", residents.NewResident("改名", phone="13800001234"), "小例")
    undo_operation(database, done[0].operation or 0, "小例")
    upkeep.change_setting(database, "join_day", 10, "小例")
    with database.write_unrecorded() as session:
        chain.try_to_sign(session.connection())
    return database


class TakenBack(Exception):
    """What was tried is not to stay."""


def past_the_guards(session: Session, *statements: str) -> None:
    """What somebody with the key and an SQL shell can do."""
    on_server = session.get_bind().dialect.name == "postgresql"
    for table in guards.TABLES:
        if on_server:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            for deed in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER IF EXISTS audit_{table}_{deed}"))
    for statement in statements:
        session.execute(text(statement))


def found_after(database: Database, *statements: str) -> AuditFault | None:
    """Do something past the guards, look, and take it back."""
    fault = None
    with contextlib.suppress(TakenBack), database.write_unrecorded() as session:
        past_the_guards(session, *statements)
        fault = verifying.verify(session.connection()).fault
        raise TakenBack
    return fault


def test_what_was_done_verifies_and_is_signed(worked: Database) -> None:
    report = verify_audit(worked)
    assert report.fault is None
    assert report.entries == report.signed_until == 9  # database.create, import, 4 visits, edit, undo, setting
    assert report.signers == (report.own,) and len(report.own) == 19


def test_the_tables_refuse_changes(worked: Database) -> None:
    kind = ReadOnlyDatabaseError if worked.is_on_server else IntegrityError
    for statement in (
        "UPDATE operation SET actor = 'y'", "DELETE FROM operation_change", "DELETE FROM audit_link",
        "UPDATE operation_change SET row_key = '1'", "UPDATE audit_checkpoint SET position = 1",
        "DELETE FROM audit_checkpoint", "DELETE FROM operation",
    ):  # fmt: skip
        with pytest.raises(kind), worked.write_unrecorded() as session:
            session.execute(text(statement))
    assert verify_audit(worked).fault is None


TAMPERING = [
    ("UPDATE operation SET actor = 'y' WHERE id = {3}", Wrong.ALTERED, 3),
    ("UPDATE operation SET at = at + 1 WHERE id = {5}", Wrong.ALTERED, 5),
    ("UPDATE operation SET undoable = (id <> id) WHERE id = {4}", Wrong.ALTERED, 4),
    ("UPDATE operation SET detail = '[]' WHERE id = {9}", Wrong.ALTERED, 9),
    ("UPDATE operation_change SET after = NULL WHERE operation_id = {4}", Wrong.ALTERED, 4),
    ("UPDATE operation_change SET resident_id = 2 WHERE operation_id = {7}", Wrong.ALTERED, 7),
    ("DELETE FROM operation_change WHERE operation_id = {7}", Wrong.ALTERED, 7),
    ("DELETE FROM operation_change WHERE operation_id = {9}; DELETE FROM operation WHERE id = {9}", Wrong.REMOVED, 9),
    ("DELETE FROM audit_link WHERE position = 4", Wrong.REMOVED, 4),
    ("DELETE FROM audit_link WHERE position >= 8", Wrong.CUT_OFF, 8),
    ("INSERT INTO operation (id, at, actor, action, detail, undoable) "
     "SELECT 999, at, actor, action, detail, undoable FROM operation WHERE id = {5}", Wrong.INSERTED, 0),
    ("UPDATE audit_link SET operation_id = 998 WHERE position = 4; "
     "UPDATE audit_link SET operation_id = {4} WHERE position = 5; "
     "UPDATE audit_link SET operation_id = {5} WHERE position = 4", Wrong.REORDERED, 4),
    ("UPDATE audit_checkpoint SET at = at + 1", Wrong.UNSIGNED, 1),
    ("UPDATE audit_link SET digest = (SELECT digest FROM audit_link WHERE position = 1) WHERE position = 6",
     Wrong.ALTERED, 6),
]  # fmt: skip


def test_the_first_wrong_row_is_named(worked: Database) -> None:
    with worked.read() as session:
        numbers = [0, *session.execute(text("SELECT operation_id FROM audit_link ORDER BY position")).scalars()]
    for deed, wrong, place in TAMPERING:
        fault = found_after(worked, *(part.format(*numbers) for part in deed.split("; ")))
        assert fault is not None, deed
        assert (fault.wrong, fault.position) == (wrong, place), deed
        named = fault.operation if wrong in (Wrong.ALTERED, Wrong.REORDERED, Wrong.INSERTED) else place
        assert str(named) in audit.fault_sentence(fault)
    assert verify_audit(worked).fault is None


def test_whoever_rebuilds_the_chain_contradicts_what_was_signed(worked: Database) -> None:
    with worked.write_unrecorded() as session:
        past_the_guards(session, "UPDATE operation SET actor = 'y' WHERE action = 'resident.edit'")
        connection = session.connection()
        entries = list(unlinked_entries(connection))
        session.execute(text("DELETE FROM audit_link"))
        previous = chain.START
        for position, (operation, content) in enumerate(entries, 1):
            previous = chain.link_digest(previous, position, content)
            session.execute(
                text("INSERT INTO audit_link VALUES (:p, :o, :d)"), {"p": position, "o": operation, "d": previous}
            )
    fault = verify_audit(worked).fault
    assert fault is not None and fault.wrong is Wrong.ALTERED and fault.position == 9


storable = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=80)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | storable,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(storable, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=20)
@given(body=json_values, actor=storable)
def test_any_content_verifies_as_it_was_stored(database: Database, body: object, actor: str) -> None:
    with database.write("示例", actor, undoable=False) as unit:
        unit.detail = {"body": body}
        unit.keep_update("setting", 7, {"body": body}, {"note": body, "findings": [body]})
    assert verify_audit(database).fault is None


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3) | st.none()), max_size=3),
       st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3) | st.none()), max_size=3))  # fmt: skip
def test_different_contents_have_different_digests(one: list[Any], other: list[Any]) -> None:
    def digest(changes: list[Any]) -> bytes:
        return chain.content_digest(chain.Entry(1, 2, "a", "b", "{}", True, None), changes)

    assert (digest(one) == digest(other)) == (one == other)


def test_an_entry_of_golden_bytes() -> None:
    """The bytes are a format: a digest that was right stays right."""
    entry = chain.Entry(7, 1_700_000_000_000_000, "小示", "visit.record", dump_json({"a": 1}), True, None)
    seal = chain.seal_of(bytes(16), None, dump_json({"note": "好"}))
    content = chain.content_digest(entry, [(0, "visit", "12", 3, seal)])
    assert content.hex() == "847f99d7e796bc8223544465e2f3413f1bfc15b708c73d8ec66b6ed93dfdb77d"
    link = chain.link_digest(chain.START, 1, content)
    assert link.hex() == "e002858c1f93b8e2348433551ae3767359dba93cd3372af49188007d2c2ed43f"


def test_old_entries_go_and_leave_a_signed_mark(worked: Database, pin_today: Callable[[dt.date], None]) -> None:
    assert audit.prune_audit(worked, "x").result == 0
    pin_today(clock.today() + dt.timedelta(days=5 * 365))
    last = visits.record_visit(worked, visits.NewVisit("p1", DAY), "小示").operation
    changes = audit.prune_audit(worked, "x")
    assert changes.result == 10  # with the first pruning, which found nothing
    report = verify_audit(worked)
    assert report.fault is None and report.pruned == 10 and report.entries == 2
    with worked.read() as session:
        assert session.execute(text("SELECT min(id) FROM operation")).scalar() == last
    undo_operation(worked, last or 0, "小示")
    assert verify_audit(worked).fault is None
    fault = found_after(worked, f"DELETE FROM operation_change WHERE operation_id = {last}")
    assert fault is not None and (fault.wrong, fault.operation) == (Wrong.ALTERED, last)


def test_an_unsigned_pruning_is_found_out(worked: Database) -> None:
    fault = found_after(
        worked,
        "INSERT INTO audit_checkpoint (at, position, digest, pruned, public_key, signature) "
        "SELECT at, 5, digest, (1 = 1), public_key, signature FROM audit_checkpoint LIMIT 1",
        "DELETE FROM audit_link WHERE position <= 5",
    )
    assert fault is not None and fault.position <= 6


def test_everything_about_a_person_is_listed(worked: Database) -> None:
    audit.record_look(worked, ["p1", "p2"], "roster.print", "小看", "核对名册")
    rows = worked.fetch(list_person_entries, "p1")
    assert [(row.action, row.actor, row.looked) for row in rows] == [
        ("roster.print", "小看", True), ("undo", "小例", False), ("resident.edit", "小例", False),
        *[("visit.record", "小示", False)] * 4, ("facts.import", "小示", False),
    ]  # fmt: skip
    assert rows[0].reason == "核对名册"
    assert {"name", "phone"} <= set(rows[2].fields) and "version" not in rows[2].fields
    assert [row.action for row in worked.fetch(list_person_entries, "p2")] == ["roster.print", "facts.import"]
    assert json.dumps([row.fields for row in rows]).count("13800001234") == 0


def test_a_number_used_again_does_not_show_its_former_holder(database: Database) -> None:
    import_facts(database, document(), "x")
    grid = "990101001001001"
    first = residents.add_resident(database, residents.NewResident("甲某"), grid, "", DAY, "x")
    undo_operation(database, first.operation or 0, "x")
    second = residents.add_resident(database, residents.NewResident("乙某"), grid, "", DAY, "x")
    assert [row.number for row in database.fetch(list_person_entries, second.result)] == [second.operation]


def test_the_log_outlives_the_demonstration(database: Database, frozen_clock: dt.date) -> None:
    made = create_demo_small(database)
    remove_demo(database, "x")
    assert verify_audit(database).fault is None
    assert database.fetch(last_undoable, "x") is None
    with pytest.raises(Exception, match="cannot be undone"):
        undo_operation(database, made, "x")


def create_demo_small(database: Database) -> int:
    changes = import_facts(database, document(settings={"demo": True}), "x")
    assert changes.operation is not None
    return changes.operation


def test_the_signing_key_lies_wrapped_beside_the_database_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    bare, _signature = signing.sign(b"1")
    assert len(signing.signer_path().read_bytes()) == 32, "there is nothing to wrap it with yet"
    keyfile.load_key(create=True)
    signing._signer.cache_clear()
    assert signing.sign(b"1")[0] == bare, "the key stays, and is wrapped now"
    assert len(signing.signer_path().read_bytes()) == 12 + 32 + 16
    assert signing.signer_path().stat().st_mode & 0o77 == 0
    (tmp_path / "database.key").write_text("00" * 32)
    signing._signer.cache_clear()
    assert signing.sign(b"1")[0] != bare and signing.own_public_key() != bare
    assert signing.signer_path().with_name("audit.key.old").exists()


def test_another_database_key_makes_another_signer(worked: Database, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    assert signing.own_public_key() is None
    visits.record_visit(worked, visits.NewVisit("p2", DAY), "x")
    with worked.write_unrecorded() as session:
        assert chain.try_to_sign(session.connection())
    report = verify_audit(worked)
    assert report.fault is None and len(report.signers) == 2 and report.signers[0] == report.own


def printed_mark(database: Database) -> str:
    with database.read() as session:
        return witness.head(session.connection())


def test_paper_belongs_to_the_log_it_was_printed_from(worked: Database) -> None:
    mark = printed_mark(worked)
    upkeep.change_setting(worked, "join_day", 11, "小例")
    place, digest = mark.split("-", 1)
    for typed in (mark, mark.upper(), f" {place} {digest.replace('-', ' ')} ", f"{place} – {digest.replace('-', '')}"):
        assert audit.compare_with_paper(worked, typed)[0] is Witness.HELD
    other = digest.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    assert audit.compare_with_paper(worked, f"{place}-{other}")[0] is Witness.OTHER
    assert audit.compare_with_paper(worked, f"{int(place) + 99}-{digest}")[0] is Witness.BEYOND
    for nonsense in ("", "412", digest, mark + "0", "x" * 5000, "1-" + "0-" * 4000):
        with pytest.raises(ValidationError):
            audit.compare_with_paper(worked, nonsense)


def test_a_chain_built_anew_no_longer_gives_what_was_printed(worked: Database) -> None:
    mark = printed_mark(worked)
    with pytest.raises(TakenBack), worked.write_unrecorded() as session:
        connection = session.connection()
        past_the_guards(session, "UPDATE operation SET actor = 'x' WHERE id = 2", "DELETE FROM audit_checkpoint")
        kept = [(link.position, link.operation, link.content) for link in links(connection)]
        session.execute(text("DELETE FROM audit_link"))
        digest = chain.START
        for position, operation, content in kept:
            assert content is not None
            digest = chain.link_digest(digest, position, content)
            chain.add_link(connection, position, operation, digest)
        assert verifying.verify(connection).fault is None  # by itself it is without fault
        assert witness.compare(connection, mark)[0] is Witness.OTHER
        raise TakenBack


def test_paper_older_than_the_log_says_so(worked: Database, pin_today: Callable[[dt.date], None]) -> None:
    with worked.read() as session:
        second = list(links(session.connection()))[1]
    mark = f"{second.position}-{second.digest.hex()[:16]}"
    assert audit.compare_with_paper(worked, mark)[0] is Witness.HELD
    pin_today(dt.date(2036, 1, 1))
    assert audit.prune_audit(worked, "小例").result
    assert audit.compare_with_paper(worked, mark)[0] is Witness.LET_GO
