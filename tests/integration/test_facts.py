"""The facts file: lossless both ways, and refused as a whole when anything in it is wrong."""

from __future__ import annotations

import copy
import datetime as dt
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.facts.rows import RowReader, Uncommon
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import list_operations
from gridapp.db.records import ResidentRecord
from gridapp.demo import invent
from gridapp.domain.keys import visit_uuid
from gridapp.domain.visit import NewVisit
from gridapp.errors import GridAppError, LedgerFormatError, ValidationError
from gridapp.exchange import facts_file
from gridapp.services import facts as facts_service
from gridapp.services.facts import export_facts, import_facts, import_facts_file
from gridapp.services.residents import NewResident, edit_resident
from gridapp.services.undo import undo_operation
from gridapp.services.visits import record_visit, replace_visit, void_visit
from tests.databases import Databases
from tests.examples import share_of_examples
from tests.factories import (
    GRIDS,
    Document,
    contents,
    document,
    enrolment,
    golden,
    home,
    id_number,
    lives,
    person,
    plain_database,
    visit,
)

TODAY = dt.date(2026, 12, 31)
Travels = Callable[[Document], bytes]


@pytest.fixture(autouse=True)
def _pinned() -> None:
    clock.set_today(TODAY)


def exported(database: Database) -> bytes:
    return facts_file.dump(database.fetch(read_facts))


def without_stamps(database: Database) -> dict[str, Any]:
    stamps = {"created", "created_by", "changed", "changed_by", "version"}
    return {
        name: [{key: value for key, value in row.items() if key not in stamps} for row in rows]
        if isinstance(rows, list)
        else rows
        for name, rows in database.fetch(read_facts).items()
    }


@pytest.fixture
def travels(databases: Databases, tmp_path: Path) -> Travels:
    """Import a document into a file, export it, import that elsewhere, export again: the same bytes.

    Elsewhere is a file or a server: what a file and a server export of the same facts is the same file.
    """

    def journey(facts: Document) -> bytes:
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        first = plain_database(folder, "first.db")
        try:
            import_facts(first, facts, "one")
            export_facts(first, folder / "first.json")
        finally:
            first.close()
        with databases.opened() as second:
            import_facts_file(second, folder / "first.json", "another")
            export_facts(second, folder / "second.json")
        written = (folder / "first.json").read_bytes()
        assert written == (folder / "second.json").read_bytes()
        return written

    return journey


def holds(written: Any, given_value: Any) -> bool:
    """Whether everything that was given is there; the export may say more, such as keys and stamps."""
    if isinstance(given_value, dict):
        return isinstance(written, dict) and all(holds(written.get(key), value) for key, value in given_value.items())
    if isinstance(given_value, list):
        return len(written) == len(given_value) and all(map(holds, written, given_value))
    return bool(written == given_value)


# ---- lossless --------------------------------------------------------------------------------------------------------


def test_golden_facts_travel_byte_for_byte_and_keep_every_value(travels: Travels) -> None:
    written = json.loads(travels(golden()["facts"]))
    for name, rows in golden()["facts"].items():
        if isinstance(rows, list):
            assert len(written[name]) == len(rows)
            for row in rows:
                assert any(holds(candidate, row) for candidate in written[name]), (name, row)


def test_the_demo_community_travels_byte_for_byte(travels: Travels) -> None:
    clock.set_today(dt.date(2026, 3, 31))
    assert len(json.loads(travels(invent("community", 7, dt.date(2026, 3, 31))))["persons"]) > 5000


def test_everything_a_document_can_say_travels(travels: Travels) -> None:
    shape = {"type": "Polygon", "coordinates": [[[117.1, 36.6], [117.2, 36.6], [117.2, 36.7], [117.1, 36.6]]]}
    facts = document(
        settings={"join_day": 18, "community_name": "甲“乙”\\丙"},
        categories=[
            {"code": "widowed", "name": "丧偶", "kind": "hardship", "counts": True},
            {"code": "living_alone", "name": "独居老人", "kind": "hardship", "counts": False},
        ],
        buildings=[{"id": "b1", "name": "1号楼", "community": GRIDS[0][:12], "lon": 117.123456789, "lat": -0.0}],
        households=[{"id": "h1", "building": "b1", "unit": "2单元", "room": "301", "register_no": "户0001"}],
        contacts=[{"person": "p1", "name": "买买提·艾力", "relation": "儿子", "phone": "13800138000", "priority": 2}],
        consents=[
            {"person": "p1", "scope": "visit", "given": False, "start": "2026-01-01", "end": None, "wish": "上午来"}
        ],
        tiers=[{"person": "p2", "tier": "A", "start": "2026-01-01", "end": "2026-02-01", "reason": "刚出院"}],
        import_batches=[{"file_name": "a.xlsx", "kind": "elders", "counts": {"added": 3}}],
        absences=[
            {
                "person": "p1",
                "reason": "away",
                "start": "2026-01-01",
                "end": None,
                "approved": True,
                "author": "甲",
                "approved_by": "乙",
                "approved_at": "2026-01-02T03:04:05.000006Z",
            }
        ],
    )
    facts["grids"][0]["boundaries"] = [{"start": "2025-01-01", "end": None, "geometry": shape, "source_crs": "GCJ-02"}]
    facts["workers"][0]["assignments"] = [
        {"grid": GRIDS[1], "role": "part_time", "duty": "monitor", "start": "2025-02-01", "end": None}
    ]
    facts["persons"][0] |= {
        "name": "䶮𬭎𠮷",
        "id_number": id_number(),
        "phone": "0531-1234567",
        "ethnicity": "维吾尔族",
        "register_status": "registered_elsewhere",
        "note": "第一行\n第二行\t\u2028",
    }
    facts["residencies"][0] |= {"household": "h1", "address": "示例路1号"}
    facts["visits"] = [
        visit(
            "v1",
            "p1",
            "2026-01-05",
            time="09:30",
            note="好",
            needs="买药",
            referral="医院",
            findings={"gas": {"ok": True, "note": "无"}, "list": [1, 2.5, None]},
        ),
        visit("v2", "p1", "2026-01-06", replaces="v1", voided=True, void_reason="写错了", worker=None),
        visit(str(visit_uuid(12345, 7)), "p2", "2026-01-06", replaces="v2"),
        visit(str(uuid.UUID(int=5)), "p2", "2026-01-07"),
    ]
    written = json.loads(travels(facts))
    for name, rows in facts.items():
        if isinstance(rows, list):
            for row in rows:
                assert any(holds(candidate, row) for candidate in written[name]), (name, row)
    assert written["settings"] == facts["settings"]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_a_chain_of_corrections_comes_in_whatever_its_order(travels: Travels, order: tuple[str, ...]) -> None:
    chain = {
        "a": visit("a", "p1", "2026-01-05", replaces="b"),
        "b": visit("b", "p1", "2026-01-05", replaces="c"),
        "c": visit("c", "p1", "2026-01-05", voided=True),
    }
    chain["b"]["voided"] = True
    written = json.loads(travels(document(visits=[chain[name] for name in order])))
    assert {row["id"]: row.get("replaces") for row in written["visits"]} == {"a": "b", "b": "c", "c": None}


def test_visits_logged_here_travel_with_their_corrections(tmp_path: Path, database: Database) -> None:
    import_facts(database, document(), "me")
    first = record_visit(
        database, NewVisit("p1", dt.date(2026, 3, 1), worker="w1", findings={"gas": "好"}), "me"
    ).result
    second = replace_visit(database, first, NewVisit("p1", dt.date(2026, 3, 2)), "日期错", "me").result
    void_visit(database, second, "又错", "you")
    export_facts(database, tmp_path / "out.json")
    other = plain_database(tmp_path, "other.db")
    import_facts_file(other, tmp_path / "out.json", "someone")
    assert exported(other) == (tmp_path / "out.json").read_bytes()
    record_visit(other, NewVisit("p2", dt.date(2026, 3, 3)), "me")
    assert len({row["id"] for row in other.fetch(read_facts)["visits"]}) == 3
    other.close()


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12).filter(
    lambda value: value.strip() != ""
)
ids = st.one_of(text, st.uuids().map(str), st.uuids().map(lambda key: str(key).upper()))


@hypothesis.settings(max_examples=share_of_examples(6))
@given(facts=lives(most=3), names=st.lists(ids, min_size=8, max_size=8, unique=True), word=text, data=st.data())
def test_random_documents_travel_byte_for_byte(
    travels: Travels, facts: Document, names: list[str], word: str, data: st.DataObject
) -> None:
    clock.set_today(TODAY)
    called = dict(zip(("p0", "p1", "p2", "w1", "w2", "w3"), names, strict=False))
    for rows in facts.values():
        for row in rows if isinstance(rows, list) else ():
            for key in ("id", "person", "worker"):
                if row.get(key) in called:
                    row[key] = called[row[key]]
    for row in facts["persons"]:
        row["name"] = word
    taken: set[int] = set()
    for row in facts["enrolments"]:
        key = data.draw(st.integers(0, 2**128 - 1).filter(lambda drawn: drawn not in taken))
        taken.add(key)
        row["id"] = str(uuid.UUID(int=key)) if data.draw(st.booleans()) else None
        if row["id"] is None:
            del row["id"]
    for row in facts["visits"]:
        row["note"] = word
    written = json.loads(travels(facts))
    assert {row["id"] for row in written["persons"]} == {row["id"] for row in facts["persons"]}


# ---- refused, with the place, and nothing written --------------------------------------------------------------------


def put(section: str, place: int, **values: Any) -> Callable[[Document], None]:
    def change(facts: Document) -> None:
        facts[section][place].update(values)

    return change


def add(section: str, *rows: Any) -> Callable[[Document], None]:
    def change(facts: Document) -> None:
        facts[section] = [*facts.get(section, ()), *rows]

    return change


def both(*changes: Callable[[Document], None]) -> Callable[[Document], None]:
    def change(facts: Document) -> None:
        for one in changes:
            one(facts)

    return change


DEEP: Any = []
for _level in range(2000):
    DEEP = [DEEP]

REFUSED: dict[str, tuple[Callable[[Document], None], tuple[str, ...]]] = {
    "wrong check digit": (put("persons", 1, id_number="990101194005010020"), ("persons[1]", "p2", "id_number")),
    "ID number too short": (put("persons", 1, id_number="99010119400501"), ("persons[1]", "id_number")),
    "future visit": (add("visits", visit("v9", "p1", "2027-01-01")), ("visits[0]", "v9", "2027-01-01")),
    "visit before birth": (add("visits", visit("v9", "p1", "1940-04-30")), ("visits[0]", "v9", "1940-04-30")),
    "visit after death": (
        both(put("persons", 0, died="2026-02-01"), add("visits", visit("v9", "p1", "2026-02-02"))),
        ("visits[0]", "v9", "2026-02-02"),
    ),
    "death before birth": (put("persons", 2, died="1939-01-01"), ("p3", "died")),
    "birth in the future": (put("persons", 2, birth="2027-01-01"), ("p3", "birth")),
    "overlapping residencies": (add("residencies", home("p2", GRIDS[1], "2026-01-01")), ("p2", "2026-01-01")),
    "unknown grid": (put("residencies", 1, grid="990101001001999"), ("residencies[1]", "grid", "990101001001999")),
    "grid code of 14 digits": (put("grids", 0, code="99010100100100"), ("grids[0]", "code")),
    "unknown category": (add("enrolments", enrolment("p1", "no_such")), ("enrolments[3]", "category", "no_such")),
    "unknown person": (add("enrolments", enrolment("p9")), ("enrolments[3]", "person", "p9")),
    "unknown worker": (add("visits", visit("v1", "p1", "2026-01-01", worker="w9")), ("visits[0]", "worker", "w9")),
    "unknown visit replaced": (add("visits", visit("v1", "p1", "2026-01-01", replaces="v0")), ("visits[0]", "v0")),
    "visit replaces itself": (add("visits", visit("v1", "p1", "2026-01-01", replaces="v1")), ("visits[0]", "replaces")),
    "visits replace each other": (
        add("visits", visit("v1", "p1", "2026-01-01", replaces="v2"), visit("v2", "p1", "2026-01-01", replaces="v1")),
        ("visits[", "replaces"),
    ),
    "a month for a date": (put("enrolments", 0, start="2026-13"), ("enrolments[0]", "start", "2026-13")),
    "no such day": (put("enrolments", 0, start="2026-02-30"), ("enrolments[0]", "start", "2026-02-30")),
    "a week for a date": (put("enrolments", 0, start="2026-W01-1"), ("enrolments[0]", "start")),
    "a number for a date": (put("enrolments", 0, start=20260101), ("enrolments[0]", "start")),
    "interval backwards": (put("enrolments", 0, end="2024-12-31"), ("enrolments[0]", "2024-12-31")),
    "empty interval": (put("enrolments", 0, end="2025-01-01"), ("enrolments[0]", "2025-01-01")),
    "start missing": (put("enrolments", 0, start=None), ("enrolments[0]", "start")),
    "name missing": (put("persons", 0, name=None), ("persons[0]", "name")),
    "duplicate person": (add("persons", person("p1")), ("persons[3]", "p1")),
    "duplicate visit": (
        add("visits", visit("v", "p1", "2026-01-01"), visit("v", "p2", "2026-01-01")),
        ("visits[1]", "v"),
    ),
    "duplicate assignment": (
        put(
            "workers",
            0,
            assignments=[
                {"id": "x", "grid": GRIDS[0], "role": "full_time", "start": "2026-01-01", "end": None},
                {"id": "x", "grid": GRIDS[1], "role": "full_time", "start": "2026-01-01", "end": None},
            ],
        ),
        ("workers[0]", "x"),
    ),
    "unknown mode": (add("visits", visit("v1", "p1", "2026-01-01", mode="letter")), ("visits[0]", "mode", "letter")),
    "voided is a word": (add("visits", visit("v1", "p1", "2026-01-01", voided="false")), ("visits[0]", "voided")),
    "time of day": (add("visits", visit("v1", "p1", "2026-01-01", time="25:99")), ("visits[0]", "time", "25:99")),
    "approved is a number": (
        add("absences", {"person": "p1", "reason": "away", "start": "2026-01-01", "end": None, "approved": 1}),
        ("absences[0]", "approved"),
    ),
    "approved by its author": (
        add(
            "absences",
            {
                "person": "p1",
                "reason": "away",
                "start": "2026-01-01",
                "end": None,
                "approved": True,
                "author": "甲",
                "approved_by": "甲",
            },
        ),
        ("absences[0]", "approved_by"),
    ),
    "not a number": (
        add("buildings", {"id": "b", "name": "楼", "community": GRIDS[0][:12], "lon": float("nan")}),
        ("buildings[0]", "lon"),
    ),
    "infinite number": (
        add("buildings", {"id": "b", "name": "楼", "community": GRIDS[0][:12], "lat": float("inf")}),
        ("buildings[0]", "lat"),
    ),
    "enormous whole number": (
        add("contacts", {"person": "p1", "name": "甲", "priority": 10**30}),
        ("contacts[0]", "priority"),
    ),
    "half a surrogate": (put("persons", 0, name="\ud800"), ("persons[0]", "name")),
    "half a surrogate as id": (put("persons", 0, id="\ud800"), ("persons[0]", "id")),
    "a null character": (put("persons", 0, note="a\x00b"), ("persons[0]", "note")),
    "id is a list": (put("persons", 0, id=["p1"]), ("persons[0]", "id")),
    "id is empty": (add("persons", person("")), ("persons[3]", "id")),
    "version is a word": (put("persons", 0, version="new"), ("persons[0]", "version")),
    "created_by is an object": (put("persons", 0, created_by={}), ("persons[0]", "created_by")),
    "created without zone": (put("persons", 0, created="2026-01-01T00:00:00"), ("persons[0]",)),
    "created is null": (put("persons", 0, created=7), ("persons[0]",)),
    "row is text": (add("persons", "p9"), ("persons[3]",)),
    "list is an object": (lambda facts: facts.update(persons={"a": 1}), ("persons",)),
    "inner list is a number": (put("workers", 0, assignments=7), ("workers[0]", "assignments")),
    "assignment is a text": (put("workers", 0, assignment="x"), ("workers[0]", "assignment")),
    "geometry is a point": (
        put(
            "grids",
            0,
            boundaries=[{"start": "2025-01-01", "end": None, "geometry": {"type": "Point", "coordinates": [1, 2]}}],
        ),
        ("grids[0]", "geometry"),
    ),
    "findings nested without end": (
        add("visits", visit("v1", "p1", "2026-01-01", findings={"a": DEEP})),
        ("visits[0]", "findings"),
    ),
    "findings hold no number": (
        add("visits", visit("v1", "p1", "2026-01-01", findings={"a": float("nan")})),
        ("visits[0]", "findings"),
    ),
    "setting out of limits": (lambda facts: facts.update(settings={"join_day": 40}), ("40",)),
    "setting of lists": (lambda facts: facts.update(settings={"valid_modes": [["onsite"]]}), ("onsite",)),
    "unknown setting": (lambda facts: facts.update(settings={"joinday": 1}), ("joinday",)),
    "settings is a list": (lambda facts: facts.update(settings=[1]), ("settings",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_document_is_refused_with_its_place_and_writes_nothing(database: Database, case: str) -> None:
    change, named = REFUSED[case]
    facts = copy.deepcopy(document()) if case != "findings nested without end" else document()
    change(facts)
    before, operations = contents(database), len(database.fetch(list_operations))
    with pytest.raises(ValidationError) as refusal:
        import_facts(database, facts, "me")
    for part in named:
        assert part in str(refusal.value) or part == refusal.value.field, (part, str(refusal.value))
    assert "\n" not in str(refusal.value)
    assert contents(database) == before
    assert len(database.fetch(list_operations)) == operations


NOT_FACTS = {
    "empty": b"",
    "text": "居民台账".encode(),
    "half": b'{"schema": "gridapp-facts/1", "persons": [',
    "list": b"[]",
    "number": b"1",
    "no schema": b'{"persons": []}',
    "newer schema": b'{"schema": "gridapp-facts/2"}',
    "schema is a number": b'{"schema": 1}',
    "deep": b"[" * 100_000,
    "NaN": b'{"schema": "gridapp-facts/1", "persons": [NaN]}',
    "infinite by size": b'{"schema": "gridapp-facts/1", "buildings": [{"lon": 1e999}]}',
    "bad UTF-8": b'{"schema": "gridapp-facts/1", "x": "\xff"}',
    "binary": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("case", NOT_FACTS)
def test_what_is_not_a_facts_file_is_refused(database: Database, tmp_path: Path, case: str) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(NOT_FACTS[case])
    before = contents(database)
    with pytest.raises((LedgerFormatError, ValidationError)):
        import_facts_file(database, path, "me")
    assert contents(database) == before
    with pytest.raises(LedgerFormatError):
        facts_file.read(tmp_path / "missing.json")
    with pytest.raises(LedgerFormatError):
        facts_file.read(tmp_path)


# ---- a second document into a file that holds people -----------------------------------------------------------------


def test_a_second_document_is_checked_against_who_is_there(database: Database) -> None:
    first = document()
    first["persons"][0]["died"] = "2026-02-01"
    import_facts(database, first, "me")
    before = contents(database)
    more: Document = {"schema": "gridapp-facts/1"}
    for wrong in (
        {"visits": [visit("n1", "p1", "2026-02-02")]},
        {"visits": [visit("n1", "p2", "1940-04-30")]},
        {"residencies": [home("p2", GRIDS[1], "2026-01-01")]},
        {"persons": [person("p2")]},
    ):
        with pytest.raises(ValidationError):
            import_facts(database, more | wrong, "me")
        assert contents(database) == before
    import_facts(database, more | {"visits": [visit("n1", "p2", "2026-02-02")]}, "me")
    assert [row["id"] for row in database.fetch(read_facts)["visits"]] == ["n1"]


def test_two_people_cannot_have_one_id_number(database: Database) -> None:
    facts = document()
    for row in facts["persons"][:2]:
        row["id_number"] = id_number()
    with pytest.raises(ValidationError, match="p2"):
        import_facts(database, facts, "me")


BESIDE_MANY = {
    "nothing new": {},
    "somebody known": {"visits": [visit("n1", "p3", "2026-02-02")], "absences": []},
    "somebody new": {
        "persons": [person("n1")],
        "residencies": [home("n1", id="h1")],
        "enrolments": [enrolment("n1") | {"id": "e1"}, enrolment("p4", "dementia") | {"id": "e2"}],
        "visits": [visit("n2", "n1", "2026-02-02")],
    },
    "a place known": {"grids": [{"code": GRIDS[0], "name": "新名", "valid_from": "2025-01-01", "valid_to": None}]},
    "nobody's": {"visits": [visit("n1", "somebody", "2026-02-02")]},
    "no such grid": {"residencies": [home("p1", "990101001001999", "2026-01-01")]},
    "a second home": {"residencies": [home("p2", GRIDS[1], "2026-01-01")]},
    "who is there": {"persons": [person("n1"), person("p2")]},
    "a visit that is there": {"visits": [visit("v1", "p1", "2026-02-02")]},
    "an ID number that is there": {"persons": [person("n1", id_number=id_number())]},
    "before birth": {"visits": [visit("n1", "p2", "1940-04-30")]},
    "after death": {"visits": [visit("n1", "p1", "2026-02-02")]},
    "by key": {"visits": [visit("n1", "{uid}", "2026-02-02")]},
    "by key in capitals": {"visits": [visit("n1", "{UID}", "2026-02-02")]},
    "a name no server takes": {"visits": [visit("n1", "p1\x00", "2026-02-02")]},
    "half a character": {"grids": [{"code": "\ud800", "name": "x", "valid_from": "2025-01-01", "valid_to": None}]},
    "no text": {"visits": [visit("n1", 7, "2026-02-02")]},  # type: ignore[arg-type]
    "no text either": {"visits": [visit("n1", ["p1"], "2026-02-02")]},  # type: ignore[arg-type]
}


def test_a_small_document_beside_many_says_what_a_large_one_would(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = document([f"p{place}" for place in range(1, 61)], visits=[visit("v1", "p1", "2026-01-02")])
    first["persons"][0] |= {"died": "2026-02-01", "id_number": id_number()}
    import_facts(database, first, "me")
    uid = str(database.fetch(lambda session: session.scalar(select(ResidentRecord.uid))))
    for case, more in BESIDE_MANY.items():
        text = json.dumps({"schema": "gridapp-facts/1"} | more).replace("{uid}", uid).replace("{UID}", uid.upper())
        outcomes = []
        for few in (0, facts_service.FEW_ROWS):
            with monkeypatch.context() as patch:
                patch.setattr(facts_service, "FEW_ROWS", few)
                try:
                    changes = import_facts(database, json.loads(text), "me")
                except ValidationError as refusal:
                    outcomes.append(str(refusal))
                else:
                    outcomes.append(json.dumps([changes.result, without_stamps(database)]))
                    undo_operation(database, changes.operation or 0, "me")
        assert outcomes[0] == outcomes[1], case


# ---- undo ------------------------------------------------------------------------------------------------------------


def test_undoing_an_import_leaves_the_file_as_it_was(database: Database) -> None:
    before = without_stamps(database)
    facts = document(
        settings={"join_day": 15},
        categories=[
            {"code": "living_alone", "name": "别名", "kind": "hardship", "counts": False},
            {"code": "widowed", "name": "丧偶", "kind": "hardship", "counts": True},
        ],
        visits=[
            visit("a", "p1", "2026-01-05", voided=True),
            visit(str(visit_uuid(9, 4)), "p1", "2026-01-05"),
            visit("b", "p1", "2026-01-05", replaces=str(visit_uuid(9, 4))),
        ],
    )
    operation = import_facts(database, facts, "me").operation
    assert operation is not None and len(database.fetch(read_facts)["persons"]) == 3
    undo_operation(database, operation, "me")
    assert without_stamps(database) == before
    import_facts(database, facts, "me")
    assert len(database.fetch(read_facts)["visits"]) == 3


def test_an_import_others_built_on_is_not_undone(database: Database) -> None:
    operation = import_facts(database, document(), "me").operation
    assert operation is not None
    record_visit(database, NewVisit("p1", dt.date(2026, 3, 1)), "you")
    before = contents(database)
    with pytest.raises(GridAppError):
        undo_operation(database, operation, "me")
    assert contents(database) == before


def test_an_import_that_was_edited_later_is_not_undone(database: Database) -> None:
    operation = import_facts(database, document(), "me").operation
    assert operation is not None
    edited = edit_resident(database, "p1", NewResident(name="示例改", sex="F", birth=dt.date(1940, 5, 1)), "you")
    before = contents(database)
    with pytest.raises(ValidationError, match="you"):
        undo_operation(database, operation, "me")
    assert contents(database) == before
    undo_operation(database, edited.operation or 0, "you")
    undo_operation(database, operation, "me")
    assert database.fetch(read_facts)["persons"] == []


UNKNOWN = {
    "list": lambda facts: facts.update(pets=[]),
    "row": lambda facts: facts["persons"][0].update(nickname="甲"),
    "place": lambda facts: facts["grids"][0].update(colour="red"),
    "boundary": lambda facts: facts["grids"][0].update(boundaries=[{"start": "2026-01-01", "shape": None}]),
    "visit": lambda facts: facts["visits"].append(visit("v1", "p1", "2026-01-01", mood="good")),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_key_nobody_knows_is_refused_and_not_lost(database: Database, case: str) -> None:
    facts = document()
    UNKNOWN[case](facts)
    before = contents(database)
    with pytest.raises(ValidationError, match="is not known here"):
        import_facts(database, facts, "me")
    assert contents(database) == before


@hypothesis.settings(
    max_examples=share_of_examples(8),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate],
)
@given(facts=lives(most=3))
def test_the_quick_and_the_careful_way_give_the_same(
    databases: Any, monkeypatch: pytest.MonkeyPatch, facts: Document
) -> None:
    clock.set_today(TODAY)
    for name, rows in facts.items():  # what has no id would get a new one each time
        for place, row in enumerate(rows if isinstance(rows, list) else ()):
            row.setdefault("id", f"{name}-{place}")
            for key, inner in row.items():
                for number, one in enumerate(inner if key in ("boundaries", "assignments") else ()):
                    one.setdefault("id", f"{name}-{place}-{number}")
            if name == "workers" and row.get("grid"):
                row["assignment"] = {"id": f"first-{place}"} | row.get("assignment", {})
    found = []
    for careful in (False, True):
        with monkeypatch.context() as patch, databases.opened() as opened:
            if careful:
                patch.setattr(RowReader, "read", _never)
            try:
                import_facts(opened, copy.deepcopy(facts), "me")
            except ValidationError as error:
                found.append(str(error))
                continue
            document = opened.fetch(read_facts)
            for row in (row for rows in document.values() if isinstance(rows, list) for row in rows):
                row.pop("created", None)
            found.append(json.dumps(document, ensure_ascii=False, sort_keys=True))
    assert found[0] == found[1]


def _never(self: RowReader, item: Any) -> Any:
    raise Uncommon
