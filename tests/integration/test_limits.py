"""No role reads or changes anything outside its sight, whatever statement asks."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import select

from gridapp import clock
from gridapp.db import limits
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import ResidentFilter, get_card, list_residents, search_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import EVERYWHERE
from gridapp.db.records import ResidentRecord
from gridapp.domain.access import Principal, Role
from gridapp.domain.period import Month
from gridapp.errors import NotAllowedError, NotFoundError
from gridapp.services.facts import import_facts
from gridapp.services.papers import write_roster
from gridapp.services.person_file import write_access
from gridapp.services.residents import record_death
from gridapp.services.revealing import reveal
from gridapp.services.visits import NewVisit, record_visit
from gridapp.settings import DEFAULTS
from tests import factories

AS_OF = dt.date(2026, 8, 31)
ROLES = {
    "worker": Principal("w", Role.WORKER, grids=(factories.GRIDS[0],), sees_children=False),
    "nowhere": Principal("n", Role.WORKER),
    "committee": Principal("c", Role.COMMITTEE, communities=(factories.COMMUNITY,)),
    "blind": Principal("b", Role.COMMITTEE, communities=(factories.COMMUNITY,), sees_children=False),
    "supervisor": Principal("s", Role.SUPERVISOR),
    "administrator": Principal("a", Role.ADMINISTRATOR, sees_children=False),
    "by age": Principal("y", Role.COMMITTEE, sees_children=False, children_born_from=dt.date(2012, 9, 1)),
}
CHILDREN = {"scattered_orphan", "unsupported_child"}


def in_sight(facts: dict[str, Any], principal: Principal) -> set[str]:
    """Whom an account may see, told from the facts in plain Python."""
    seen = set()
    for person in facts["persons"]:
        lived = {home["grid"] for home in facts["residencies"] if home["person"] == person["id"]}
        carried = {item["category"] for item in facts["enrolments"] if item["person"] == person["id"]}
        if principal.role is Role.WORKER and not lived & set(principal.grids):
            continue
        if principal.communities and not any(grid[:12] in principal.communities for grid in lived):
            continue
        if not principal.sees_children and (carried & CHILDREN or _is_young(person, principal)):
            continue
        seen.add(person["id"])
    return seen


def _is_young(person: dict[str, Any], principal: Principal) -> bool:
    since = principal.children_born_from
    return since is not None and person["birth"] is not None and dt.date.fromisoformat(person["birth"]) >= since


def numbers_of(database: Database) -> dict[int, str]:
    with database.read() as session:
        return {row.id: row.ref for row in session.execute(select(ResidentRecord.id, ResidentRecord.ref))}


@settings(max_examples=5)
@given(facts=factories.lives())
def test_every_table_shows_only_people_in_sight(databases: Any, facts: dict[str, Any]) -> None:
    with databases.opened() as database:
        import_facts(database, facts, "test")
        names = numbers_of(database)
        for principal in ROLES.values():
            database.sign_in(principal)
            expected = in_sight(facts, principal)
            for table in Base.metadata.sorted_tables:
                with database.read() as session:
                    rows = [dict(row._mapping) for row in session.execute(select(table))]
                column = "id" if table.name == "resident" else "resident_id"
                shown = {names[row[column]] for row in rows if row.get(column) is not None}
                assert shown <= expected, (principal.name, table.name)
                if table.name == "resident":
                    assert shown == expected


@settings(max_examples=5)
@given(facts=factories.lives())
def test_a_role_counts_its_own_people_as_the_owner_does(databases: Any, facts: dict[str, Any]) -> None:
    rule = RosterRule.monthly(DEFAULTS)
    with databases.opened() as database:
        import_facts(database, facts, "test")
        grid = factories.GRIDS[0]
        whole = {row.key: row.rate for row in database.fetch(
            visit_rates, [Month(2026, 3)], AS_OF, "grid", rule, EVERYWHERE)}
        children = {item["person"] for item in facts["enrolments"] if item["category"] in CHILDREN}
        for name in ("worker", "committee", "supervisor"):
            principal = ROLES[name]
            if children and not principal.sees_children:
                continue
            database.sign_in(principal)
            own = {row.key: row.rate for row in database.fetch(
                visit_rates, [Month(2026, 3)], AS_OF, "grid", rule, EVERYWHERE)}
            assert own.get(grid) == whole.get(grid)
            if principal.grids:
                assert all(rate.roster == 0 for key, rate in own.items() if key not in principal.grids)


@pytest.fixture
def peopled(database: Database) -> Database:
    facts = factories.document()
    facts["residencies"][1]["grid"] = factories.GRIDS[1]
    facts["residencies"][2]["grid"] = factories.GRIDS[2]
    import_facts(database, facts, "test")
    return database


def visit_to(who: str) -> NewVisit:
    return NewVisit(person=who, day=dt.date(2026, 3, 5), mode="onsite", outcome="met", worker="w1")


def test_a_worker_visits_their_own_people_only(peopled: Database) -> None:
    peopled.sign_in(ROLES["worker"])
    record_visit(peopled, visit_to("p1"), "somebody else")
    with pytest.raises(NotAllowedError, match="area"):
        record_visit(peopled, visit_to("p2"), "test")
    peopled.sign_in(Principal())
    stored = peopled.fetch(list_roster, Month(2026, 3), AS_OF, RosterRule.monthly(DEFAULTS), EVERYWHERE)
    assert {row.person.id for row in stored if row.visited} == {"p1"}


def test_everything_is_done_in_the_name_of_who_signed_in(peopled: Database) -> None:
    from gridapp.db.queries.journal import list_operations

    peopled.sign_in(ROLES["worker"])
    record_visit(peopled, visit_to("p1"), "somebody else")
    peopled.sign_in(Principal())
    assert peopled.fetch(list_operations)[0].actor == "w"


@pytest.mark.parametrize("role", ["worker", "supervisor", "nowhere"])
def test_a_role_that_may_not_changes_nothing(peopled: Database, role: str) -> None:
    before = factories.contents(peopled)
    peopled.sign_in(ROLES[role])
    with pytest.raises(NotAllowedError):
        record_death(peopled, "p1", dt.date(2026, 3, 1), "test")
    peopled.sign_in(Principal())
    assert factories.contents(peopled) == before


def test_a_supervisor_reads_no_name_anywhere(peopled: Database) -> None:
    peopled.sign_in(ROLES["supervisor"])
    text = factories.json.dumps(peopled.fetch(factories.read_facts), ensure_ascii=False)
    assert "示*" in text
    for who in ("示例p1", "示例p2", "示例p3"):
        assert who not in text
    assert peopled.fetch(list_due, AS_OF, DEFAULTS, EVERYWHERE)
    assert peopled.fetch(search_residents, "示例p1", AS_OF, 10) == []


def test_a_search_finds_only_people_in_sight(peopled: Database) -> None:
    assert len(peopled.fetch(search_residents, "示例", AS_OF, 10)) == 3
    peopled.sign_in(ROLES["worker"])
    assert [row.id for row in peopled.fetch(search_residents, "示例", AS_OF, 10)] == ["p1"]


def test_a_child_is_there_for_named_accounts_only(database: Database, tmp_path: Path) -> None:
    """In every list, search, card, paper, export and figure by name; looks and visits are refused as well."""
    clock.set_today(AS_OF)
    facts = factories.document(("p1", "p2"))
    facts["persons"][0] |= {"name": "小小示例", "birth": "2015-01-01"}
    import_facts(database, facts, "test")
    rule = RosterRule.monthly(DEFAULTS)

    def names() -> list[str]:
        shown = [row.id for row in database.fetch(list_residents, ResidentFilter(), AS_OF)]
        shown += [row.id for row in database.fetch(search_residents, "示例", AS_OF, 10)]
        shown += [row.person.id for row in database.fetch(list_roster, Month(2026, 7), AS_OF, rule, EVERYWHERE)]
        due = database.fetch(list_due, AS_OF, DEFAULTS, EVERYWHERE)
        shown += [row.roster.person.id for row in due]
        shown += [row["id"] for row in database.fetch(read_facts)["persons"]]
        return shown

    assert names().count("p1") == 5
    blind = Principal("y", Role.COMMITTEE, sees_children=False, children_born_from=dt.date(2012, 9, 1))
    database.sign_in(blind)
    assert set(names()) == {"p2"}
    for refused in (
        lambda: database.fetch(get_card, "p1", AS_OF),
        lambda: reveal(database, "p1", "核对", "y"),
        lambda: record_visit(database, visit_to("p1"), "y"),
        lambda: write_access(database, "p1", tmp_path / "a.json", "核对", "y"),
    ):
        with pytest.raises((NotAllowedError, NotFoundError)):
            refused()
    assert not (tmp_path / "a.json").exists()
    path = tmp_path / "roster.pdf"
    assert write_roster(database, Month(2026, 7), AS_OF, EVERYWHERE, path, "y").rows == 1
    database.sign_in(Principal("n", Role.COMMITTEE, children_born_from=dt.date(2012, 9, 1)))
    assert names().count("p1") == 5


def test_masks_say_what_the_domain_says() -> None:
    from gridapp.domain.masking import mask_id_number, mask_name, mask_phone

    sqlite = __import__("sqlite3").connect(":memory:")
    masks = limits._MASKS["resident"]
    number = factories.id_number()
    for column, mask, values in (
        ("name", mask_name, ("张三", "张小三", "买买提·艾力", "王")),
        ("id_number", mask_id_number, (number,)),
        ("phone", mask_phone, ("13800001234",)),
    ):
        for value in values:
            assert sqlite.execute(f"SELECT {masks[column].format('?1')}", (value,)).fetchone()[0] == mask(value)
    sqlite.close()


def test_sessions_are_made_in_one_place() -> None:
    """The views hold only where every read goes through ``Database``."""
    root = Path(__file__).resolve().parents[2] / "gridapp"
    makers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"(?<![A-Za-z])Session\(", path.read_text("utf-8"))
    }
    assert makers == {"db/database.py", "services/copying.py", "services/copy_targets.py"}
