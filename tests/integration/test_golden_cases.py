"""Every worked case of the visit rate: through the queries, the command line, and a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gridapp import clock
from gridapp.cli import main
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.residents import get_card, search_residents
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import read_rule
from gridapp.domain.indicator import shown_rate
from gridapp.domain.period import Month
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests.databases import OnServer
from tests.factories import golden

CASES = golden()["expected"]
TODAY = "2026-04-30"
case_id = [f"{case['month']} as of {case['as_of']}" for case in CASES]


@pytest.fixture(scope="module", params=["plain", "encrypted", pytest.param("server", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    clock.set_today(dt.date.fromisoformat(TODAY))
    if request.param == "server":
        location = OnServer(request.getfixturevalue("postgres_server")).blank()
    else:
        location = str(tmp_path_factory.mktemp("golden") / "golden.db")
    database = open_database(location, encrypt=request.param == "encrypted")
    import_facts(database, golden()["facts"], "tester")
    database.close()
    return location


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    database = open_database(place, create=False)
    yield database
    database.close()


def check_answer(answer: dict[str, Any], case: dict[str, Any], by: str) -> None:
    """Compare what ``gridapp rate --format json`` says with a worked case."""
    expected = {"grid": case["rows"], "category": case["categories"]}.get(by)
    if expected is not None:
        rows = {row["key"]: [row["visited"], row["roster"], row["onsite"]] for row in answer["rows"]}
        assert rows == expected
        for row in answer["rows"]:
            assert row["shown"] == shown_rate(row["visited"], row["roster"])
    total = answer["total"]
    assert [total["visited"], total["roster"], total["onsite"]] == case["total"]
    assert total["shown"] == case["shown"]
    assert answer["missed"] == sorted(case["missed"])
    assert answer["new"] == sorted(case["new"])
    assert {row["person"]: row["reason"] for row in answer["excluded"]} == case["excluded"]
    assert (answer["month"], answer["as_of"], answer["by"]) == (case["month"], case["as_of"], by)
    assert answer["rule"]["categories"] == golden()["counting_categories"]
    assert answer["rule"]["modes"] == ["onsite", "phone", "video"] and answer["rule"]["join_day"] == 20


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_queries(database: Database, case: dict[str, Any]) -> None:
    month, as_of = Month.parse(case["month"]), dt.date.fromisoformat(case["as_of"])
    rule = RosterRule.monthly(database.fetch(load_settings))

    def counted(by: str) -> dict[str, list[int]]:
        rows = database.fetch(visit_rates, [month], as_of, by, rule)
        return {row.key: [row.rate.visited, row.rate.roster, row.rate.onsite] for row in rows if row.rate.roster}

    assert counted("grid") == case["rows"]
    assert counted("category") == case["categories"]
    total = database.fetch(visit_rates, [month], as_of, "total", rule)[0].rate
    assert [total.visited, total.roster, total.onsite, total.shown] == [*case["total"], case["shown"]]
    assert sorted(total.excluded.values()) == sorted(
        list(case["excluded"].values()).count(reason) for reason in set(case["excluded"].values())
    )
    roster = database.fetch(list_roster, month, as_of, rule)
    assert sorted(row.person.id for row in roster if row.missed) == sorted(case["missed"])
    assert sorted(row.person.id for row in roster if row.status == "new") == sorted(case["new"])
    assert {row.person.id: row.reason for row in roster if row.status == "excluded"} == case["excluded"]
    assert list(database.fetch(read_rule).categories) == golden()["counting_categories"]


@pytest.mark.parametrize("by", ["grid", "category", "worker", "community", "total"])
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_command_line(place: str, case: dict[str, Any], by: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["rate", "--db", place, "--today", TODAY, "--month", case["month"], "--as-of", case["as_of"],
                   "--by", by, "--format", "json"])  # fmt: skip
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    check_answer(json.loads(printed.out), case, by)


def test_a_process_of_its_own(place: str) -> None:
    case = CASES[1]
    arguments = [
        "--today",
        TODAY,
        "--month",
        case["month"],
        "--as-of",
        case["as_of"],
        "--by",
        "grid",
        "--format",
        "json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "gridapp", "rate", *arguments], env={**os.environ, "GRIDAPP_DB": place},
        capture_output=True, check=False, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    check_answer(json.loads(done.stdout), case, "grid")


def test_ids_of_the_file_are_what_lists_show(database: Database) -> None:
    day = dt.date(2026, 3, 31)
    assert [row.id for row in database.fetch(search_residents, "示例p07", day)] == ["p07"]
    card = database.fetch(get_card, "p07", day)
    assert [visit.id for visit in card.visits] == ["v011", "v010"]
    assert {visit.worker for visit in card.visits} == {"w1"}


@pytest.mark.parametrize("month", ["2025-12", "2026-04"])
def test_a_running_or_coming_month(database: Database, month: str) -> None:
    """The first day of a month has a roster; the day before it there is none, and the total is a dash."""
    chosen = Month.parse(month)
    rule = RosterRule.monthly(database.fetch(load_settings))
    begun = database.fetch(visit_rates, [chosen], chosen.first, "total", rule)[0].rate
    assert begun.roster > 0
    before = database.fetch(visit_rates, [chosen], chosen.first - dt.timedelta(days=1), "total", rule)[0].rate
    assert (before.roster, before.shown, before.share) == (0, "—", None)
    assert database.fetch(list_roster, chosen, chosen.first - dt.timedelta(days=1), rule) == []
