"""Sheets out and back, templates of one's own, and months that stay closed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.closings import find_closing, list_closings, read_differences
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.sheets import list_sheets, missing_rows
from gridapp.db.records import ClosedMonthRecord, VisitRecord
from gridapp.domain.closing import rate_of
from gridapp.domain.hardship import built_in_title
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.errors import NotFoundError, OperationCancelled, UserError, ValidationError
from gridapp.reports.paper_template import BUILT_IN, built_in
from gridapp.services import paper_people, papers, residents, returns, templates
from gridapp.services.closing import close_month, countersign_month
from gridapp.services.difference_paper import write_differences
from gridapp.services.facts import import_facts
from gridapp.services.undo import undo_operation
from gridapp.services.visits import record_visit, replace_visit, void_visit
from gridapp.settings import Settings
from tests.factories import LAST, document, lives, plain_database, visit

MARCH = Month(2026, 3)
TODAY = dt.date(2026, 3, 20)


@pytest.fixture
def filled(database: Database) -> Database:
    clock.set_today(TODAY)
    import_facts(database, document(visits=[visit("v1", "p1", "2026-03-05", note="老人说想吃饺子")]), "tester")
    return database


def printed(database: Database, folder: Path, key: str = "visit_roster") -> tuple[Path, list[str]]:
    """Print a paper; return the file and the codes of its rows."""
    path = folder / f"{key}.pdf"
    result = papers.write_paper(database, key, MARCH, clock.today(), path, "甲")
    rows = database.fetch(missing_rows, result.sheet, clock.today())
    return path, [returns.code_of(row) for row in rows]


def text_of(path: Path) -> str:
    with pypdfium2.PdfDocument(path.read_bytes()) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


# ---- sheets ----------------------------------------------------------------------------------------------------------


def test_a_returned_row_becomes_a_visit_once(filled: Database, tmp_path: Path) -> None:
    _path, codes = printed(filled, tmp_path)
    changes = returns.return_row(filled, f"{codes[1][:6]} {codes[1][6:]}", "met", TODAY, "乙")
    assert [(row.rows, row.returned, row.missing, row.state) for row in filled.fetch(list_sheets)] == [
        (3, 1, 2, "partly")
    ]
    with pytest.raises(ValidationError, match="already"):
        returns.return_row(filled, codes[1], "met", TODAY, "乙")
    assert changes.operation is not None
    undo_operation(filled, changes.operation, "乙")
    assert filled.fetch(list_sheets)[0].returned == 0
    returns.return_row(filled, codes[1], "not_home", TODAY, "乙")
    assert filled.fetch(list_sheets)[0].returned == 1


def test_a_corrected_visit_keeps_its_row_and_a_voided_one_frees_it(filled: Database, tmp_path: Path) -> None:
    _path, codes = printed(filled, tmp_path)
    returns.return_row(filled, codes[0], "not_home", TODAY, "乙")
    from gridapp.db.queries.visits import VisitFilter, list_visits

    def newest() -> str:
        return filled.fetch(list_visits, VisitFilter())[0].id

    replace_visit(filled, newest(), NewVisit("p1", TODAY), "看错了", "乙")
    assert filled.fetch(list_sheets)[0].returned == 1
    void_visit(filled, newest(), "重复", "乙")
    assert filled.fetch(list_sheets)[0].returned == 0


def test_what_is_no_row_gets_a_sentence(filled: Database, tmp_path: Path) -> None:
    _path, codes = printed(filled, tmp_path)
    wrong = codes[0][:-1] + str((int(codes[0][-1]) + 1) % 10)
    sheet = int(codes[0][:6])
    from gridapp.reports.codes import row_code

    for code, kind in (
        (wrong, ValidationError), ("12", ValidationError), (row_code(sheet % 999_999 + 1, 1), NotFoundError),
        (row_code(sheet, 4), ValidationError),
    ):  # fmt: skip
        with pytest.raises(kind):
            returns.return_row(filled, code, "met", TODAY, "乙")
    with pytest.raises(ValidationError, match="among these days"):
        returns.return_row(filled, codes[0], "met", dt.date(2026, 2, 28), "乙")
    returns.void_sheet(filled, sheet, "甲")
    with pytest.raises(ValidationError, match="void"):
        returns.return_row(filled, codes[0], "met", TODAY, "乙")
    with pytest.raises(ValidationError, match="void already"):
        returns.void_sheet(filled, sheet, "甲")
    with filled.read() as session:
        assert len(session.scalars(select(VisitRecord)).all()) == 1


def test_a_second_edition_knows_what_the_first_brought_back(filled: Database, tmp_path: Path) -> None:
    _path, codes = printed(filled, tmp_path)
    returns.return_row(filled, codes[0], "met", TODAY, "乙")
    path = tmp_path / "again.pdf"
    again = papers.write_paper(filled, "visit_roster", MARCH, TODAY, path, "甲")
    row = filled.fetch(returns.find_row, returns.code_of(filled.fetch(missing_rows, again.sheet, TODAY)[0]), TODAY)
    assert (row.edition, row.row) == (2, 2)
    from gridapp.reports.codes import row_code

    with pytest.raises(ValidationError, match="same list"):
        returns.return_row(filled, row_code(again.sheet, 1), "met", TODAY, "乙")


@pytest.mark.parametrize("ending", ["pdf", "png", "jpg"])
def test_a_scanned_page_finds_its_rows(filled: Database, tmp_path: Path, ending: str) -> None:
    path, codes = printed(filled, tmp_path)
    if ending != "pdf":
        with pypdfium2.PdfDocument(path) as document:
            image = document[0].render(scale=150 / 72).to_pil().convert("L").rotate(1.2, expand=True, fillcolor=255)
        path = tmp_path / f"scan.{ending}"
        image.save(path)
    (page,) = returns.read_scan(filled, path)
    assert [returns.code_of(row) for row in page.rows] == codes
    assert (page.unread, page.problems) == ((), ())


def test_what_is_no_scan_gets_a_sentence(filled: Database, tmp_path: Path) -> None:
    for name, content in (("a.txt", b"x"), ("b.png", b"x"), ("c.pdf", b"x"), ("d.jpg", b"\xff\xd8\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises((UserError, Exception), match=name):
            returns.read_scan(filled, tmp_path / name)


def carried(document: dict[str, Any], folder: Path) -> Database:
    other = plain_database(folder, "other.db")
    import_facts(other, json.loads(json.dumps(document)), "someone")
    return other


def test_sheets_templates_and_closings_travel_in_facts_files(filled: Database, tmp_path: Path) -> None:
    key = templates.copy_template(filled, "visit_roster", "我们的花名册", "甲").result
    _path, codes = printed(filled, tmp_path)
    printed(filled, tmp_path, key)
    returns.return_row(filled, codes[0], "met", TODAY, "乙")
    returns.void_sheet(filled, filled.fetch(list_sheets)[0].number, "甲")
    clock.set_today(dt.date(2026, 4, 2))
    close_month(filled, MARCH, "甲")
    countersign_month(filled, MARCH, "乙")
    document = filled.fetch(read_facts)
    assert [len(document[name]) for name in ("templates", "sheets", "closings")] == [1, 2, 1]
    other = carried(document, tmp_path)
    try:
        assert other.fetch(read_facts) == document
        for sheet in document["sheets"]:
            rows = [[returns.code_of(row) for row in database.fetch(missing_rows, sheet["number"], TODAY)]
                    for database in (other, filled)]  # fmt: skip
            assert rows[0] == rows[1]
        assert (closed(other), closed(other).content) == (closed(filled), closed(filled).content)
        assert other.fetch(templates.find_template, key) == filled.fetch(templates.find_template, key)
        returns.return_row(other, codes[1], "not_home", TODAY, "丙")
        (newest, *_rest) = [row for row in other.fetch(list_sheets) if not row.voided]
        assert (newest.returned, newest.missing) == (2, 1)
    finally:
        other.close()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("sheets", {"number": 1_000_000}, "no printed sheet"),
        ("sheets", {"rows": [{"person": "nobody"}]}, "nobody"),
        ("sheets", {"rows": [{"visit": "none"}]}, "none"),
        ("sheets", {"rows": [{"surprise": 1}]}, "surprise"),
        ("sheets", {"scope": "x"}, "no printed sheet"),
        ("templates", {"definition": {"key": "own"}}, "cannot be used"),
        ("templates", {"definition": []}, "object"),
        ("closings", {"visited": 3}, "sealed"),
        ("closings", {"hash": "0" * 64}, "sealed"),
        ("closings", {"month": "2026-13"}, "month"),
        ("closings", {"countersigned_by": "甲"}, "two people"),
    ],
)
def test_facts_about_papers_that_cannot_be_are_refused(
    filled: Database, tmp_path: Path, name: str, change: dict[str, Any], said: str
) -> None:
    templates.copy_template(filled, "visit_roster", "我们的花名册", "甲")
    printed(filled, tmp_path)
    clock.set_today(dt.date(2026, 4, 2))
    close_month(filled, MARCH, "甲")
    document = filled.fetch(read_facts)
    document[name][0] |= change
    with pytest.raises(ValidationError, match=said):
        carried(document, tmp_path)


def test_what_is_there_already_is_not_put_in_twice(filled: Database, tmp_path: Path) -> None:
    templates.copy_template(filled, "visit_roster", "我们的花名册", "甲")
    printed(filled, tmp_path)
    clock.set_today(dt.date(2026, 4, 2))
    close_month(filled, MARCH, "甲")
    document = filled.fetch(read_facts)
    for name in ("templates", "sheets", "closings"):
        again = {"schema": document["schema"], name: [{key: value for key, value in document[name][0].items()
                                                      if key not in ("id", "rows")}]}  # fmt: skip
        with pytest.raises(ValidationError, match="already"):
            import_facts(filled, again, "tester")


# ---- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", BUILT_IN)
def test_one_visit_fills_every_template(filled: Database, tmp_path: Path, key: str) -> None:
    path = tmp_path / f"{key}.pdf"
    papers.write_paper(filled, key, MARCH, TODAY, path, "甲")
    text = text_of(path)
    told = {
        "visit_roster": "2026-03-05", "visit_record": "老人说想吃饺子", "monthly_rate": "33.3%", "unvisited": "示例p2",
        "quarterly_report": "33.3%", "half_year_report": "33.3%", "call_tree": "示例p1",
        "purchase_projects": "1visitslogged",
    }  # fmt: skip
    assert told.get(key, "") in text
    if key == "unvisited":
        assert "示例p1" not in text


def test_a_paper_of_too_many_people_is_refused_before_they_are_read(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_people, "MOST_NAMED", 1)
    for key in ("visit_roster", "visit_record", "service_objects"):
        with pytest.raises(ValidationError, match="Choose a community"):
            papers.write_paper(filled, key, MARCH, TODAY, tmp_path / "all.pdf", "test")
    assert not (tmp_path / "all.pdf").exists()
    papers.write_paper(filled, "quarterly_report", MARCH, TODAY, tmp_path / "all.pdf", "test")  # names nobody
    assert (tmp_path / "all.pdf").exists()


def test_a_paper_can_be_stopped_while_people_are_looked_up(filled: Database, tmp_path: Path) -> None:
    class Stopped:
        def advance(self, done: int, total: int, message: str = "") -> None:
            assert message == "Looking people up…"
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        papers.write_paper(filled, "visit_roster", MARCH, TODAY, tmp_path / "stopped.pdf", "test", progress=Stopped())
    assert not (tmp_path / "stopped.pdf").exists()


def test_a_copy_can_be_changed_and_undone(filled: Database, tmp_path: Path) -> None:
    key = templates.copy_template(filled, "visit_roster", "我们的花名册", "甲").result
    definition = json.loads(json.dumps(filled.fetch(templates.find_template, key).definition))
    seen = json.loads(json.dumps(definition).replace("{area}", "{社区}"))
    definition["title"] = "{社区}自定标题{month}"
    definition["blocks"][0]["columns"] = definition["blocks"][0]["columns"][:2]
    definition["sign_off"] = ["书记："]
    changed = templates.save_template(filled, definition, "甲", seen)
    assert filled.fetch(templates.find_template, key).title == "{area}自定标题{month}", "stored in one way"
    papers.write_paper(filled, key, MARCH, TODAY, tmp_path / "own.pdf", "甲")
    assert "邻近社区自定标题3/2026" in text_of(tmp_path / "own.pdf").replace(" ", "")
    assert changed.operation is not None
    undo_operation(filled, changed.operation, "甲")
    assert filled.fetch(templates.find_template, key).title != definition["title"]
    removed = templates.remove_template(filled, key, "甲")
    with pytest.raises(NotFoundError):
        filled.fetch(templates.find_template, key)
    assert removed.operation is not None
    undo_operation(filled, removed.operation, "甲")
    assert len(filled.fetch(templates.list_templates)) == len(BUILT_IN) + 1


def test_two_templates_never_bear_one_name(filled: Database) -> None:
    first = templates.copy_template(filled, "visit_roster", "", "甲").result
    second = templates.copy_template(filled, "visit_roster", "", "甲").result
    names = templates.names_of(filled.fetch(templates.list_templates))
    assert len(set(names.values())) == len(BUILT_IN) + 2
    for taken in (names[first], names["unvisited"]):
        with pytest.raises(ValidationError, match="already"):
            templates.copy_template(filled, "visit_roster", taken, "甲")
        with pytest.raises(ValidationError, match="already"):
            definition = filled.fetch(templates.find_template, second).definition
            templates.save_template(filled, {**definition, "name": taken}, "甲")
    assert templates.names_of(filled.fetch(templates.list_templates)) == names


@pytest.mark.parametrize(
    "spoil",
    [
        {"title": "{月}"}, {"title": "{nobody}"},
        {"title": "{month:>9999999}"}, {"title": ""}, {"blocks": []}, {"masking": "some"},
        {"paper": "B9"}, {"colour": "red"}, {"text_pt": 900.0}, {"blocks": [{"table": "roster", "columns": []}]},
        {"blocks": [{"table": "secrets", "columns": [{"field": "name"}]}]}, {"facts": [1]}, {"key": "visit_roster"},
        {"blocks": [{"table": "roster", "columns": [{"field": "name", "width_mm": -3.0}]}]}, {"landscape": "yes"},
        {"blocks": [{"table": "roster", "columns": [{"field": "name"}], "empty": "{nobody}"}]},
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_is_refused(filled: Database, spoil: dict[str, Any]) -> None:
    definition = templates.own_copy(built_in("visit_roster"), "own-1", "我们的") | spoil
    with pytest.raises(ValidationError):
        templates.save_template(filled, definition, "甲")


# ---- closing ---------------------------------------------------------------------------------------------------------


def closed(database: Database) -> Any:
    found = database.fetch(find_closing, MARCH)
    assert found is not None
    return found


def test_a_closed_month_stays_and_tells_what_came_later(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="not over"):
        close_month(filled, MARCH, "甲")
    clock.set_today(dt.date(2026, 4, 2))
    close_month(filled, MARCH, "甲")
    with pytest.raises(ValidationError, match="already"):
        close_month(filled, MARCH, "甲")
    with pytest.raises(ValidationError, match="cannot countersign"):
        countersign_month(filled, MARCH, "甲")
    assert countersign_month(filled, MARCH, "乙").operation is None
    with pytest.raises(ValidationError, match="before"):
        countersign_month(filled, MARCH, "丙")
    before = closed(filled)
    record_visit(filled, NewVisit("p2", dt.date(2026, 3, 30)), "丙")
    residents.record_death(filled, "p3", dt.date(2026, 3, 25), "丙")
    residents.enrol(filled, "p3", "dementia", dt.date(2026, 3, 2), "丙")
    after = closed(filled)
    assert (after, after.content) == (before, before.content)
    assert (after.visited, after.roster, after.is_whole) == (1, 3, True)
    listed = filled.fetch(read_differences, after, clock.today())
    assert (listed.live.visited, listed.live.roster) == (2, 2)
    assert {row.person: (row.then, row.now) for row in listed.rows} == {
        "p2": ("not visited", "visited"), "p3": ("not visited", "not on the roster"),
    }  # fmt: skip
    assert all(row.why and "丙" in row.why[0] for row in listed.rows)
    added = f"Category {built_in_title('dementia')} (since 2026-03-02) entered on"
    assert any(why.startswith(added) for row in listed.rows for why in row.why)
    papers.write_paper(filled, "monthly_rate", MARCH, clock.today(), tmp_path / "r.pdf", "甲")
    text = text_of(tmp_path / "r.pdf")
    assert "33.3%" in text and "closedby甲" in text and "示例p2" in text
    result = write_differences(filled, MARCH, clock.today(), tmp_path / "d.pdf", "甲")
    text = text_of(tmp_path / "d.pdf")
    assert (result.rows, result.pages) == (2, 1)
    assert "1of3,33.3%" in text and "2of2,100%" in text and "closedby甲" in text and after.hash in text
    for row in listed.rows:
        told = (row.name, row.grid_name, row.then, row.now, *row.why)
        assert "".join("".join(told).split()) in text


def test_the_difference_list_of_an_open_month_is_refused(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="not closed"):
        write_differences(filled, MARCH, clock.today(), tmp_path / "d.pdf", "甲")
    assert list(tmp_path.glob("*.pdf")) == []


def test_a_closing_can_be_undone_until_it_is_countersigned(filled: Database) -> None:
    clock.set_today(dt.date(2026, 4, 2))
    first = close_month(filled, MARCH, "甲").operation
    assert first is not None
    undo_operation(filled, first, "甲")
    assert filled.fetch(list_closings) == []
    second = close_month(filled, MARCH, "甲").operation
    assert second is not None
    countersign_month(filled, MARCH, "乙")
    with pytest.raises(ValidationError):
        undo_operation(filled, second, "甲")
    assert closed(filled).countersigned_by == "乙"


def test_a_changed_seal_is_noticed(filled: Database) -> None:
    clock.set_today(dt.date(2026, 4, 2))
    close_month(filled, MARCH, "甲")
    with filled.write_unrecorded() as session:
        session.scalars(select(ClosedMonthRecord)).one().visited = 3
    assert not closed(filled).is_whole


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Things people enter after a month was closed."""
    day = st.dates(dt.date(2026, 2, 20), dt.date(2026, 4, 20))
    who = st.integers(1, 5).map(lambda place: f"p{place}")
    outcome, mode = st.sampled_from(("met", "not_home")), st.sampled_from(("onsite", "phone"))
    one = st.one_of(
        st.tuples(st.just("visit"), who, day, outcome, mode),
        st.tuples(st.just("death"), who, day),
        st.tuples(st.just("enrol"), who, day),
        st.tuples(st.just("move"), who, day),
        st.tuples(st.just("void"), st.integers(0, 9)),
    )
    return draw(st.lists(one, min_size=1, max_size=8))


def carry_out(database: Database, edit: tuple[Any, ...]) -> None:
    kind, *more = edit
    try:
        if kind == "visit":
            record_visit(database, NewVisit(more[0], more[1], more[3], more[2]), "丙")
        elif kind == "death":
            residents.record_death(database, more[0], more[1], "丙")
        elif kind == "enrol":
            residents.enrol(database, more[0], "dementia", more[1], "丙")
        elif kind == "move":
            residents.move_resident(database, more[0], None, "", more[1], "丙")
        else:
            from gridapp.db.queries.visits import VisitFilter, list_visits

            found = database.fetch(list_visits, VisitFilter())
            if found:
                void_visit(database, found[more[0] % len(found)].id, "重复", "丙")
    except UserError:
        pass  # what cannot be is refused, closed month or not


@settings(max_examples=5)
@given(lives(), edits())
def test_no_later_edit_changes_a_closed_month(tmp_path_factory: Any, facts: dict[str, Any], later: list[Any]) -> None:
    clock.set_today(LAST)  # nothing in a life lies in the future
    database = plain_database(tmp_path_factory.mktemp("closing"))
    try:
        import_facts(database, facts, "tester")
        with database.read() as session:
            rule = RosterRule.monthly(Settings(**{k: tuple(v) if isinstance(v, list) else v
                                                  for k, v in facts["settings"].items()}))
            live = visit_rates(session, [MARCH], clock.today(), "total", rule)[0].rate
        close_month(database, MARCH, "甲")
        before = closed(database)
        sealed = rate_of(before.people)
        assert (sealed.visited, sealed.roster, sealed.attempts, sealed.new) == (
            live.visited, live.roster, live.attempts, live.new,
        )  # fmt: skip
        assert (sealed.by_mode, sealed.excluded) == (live.by_mode, live.excluded)
        for edit in later:
            carry_out(database, edit)
        after = closed(database)
        assert (after, after.content) == (before, before.content) and after.is_whole
        listed = database.fetch(read_differences, after, clock.today())
        live_now = database.fetch(visit_rates, [MARCH], clock.today(), "total", rule)[0].rate
        assert (listed.live.visited, listed.live.roster) == (live_now.visited, live_now.roster)
        if (live_now.visited, live_now.roster) != (before.visited, before.roster):
            assert listed.rows
        assert all(row.why for row in listed.rows)
    finally:
        database.close()
