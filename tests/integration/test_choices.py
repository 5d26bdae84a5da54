"""What lists offer: communities, grids and workers found by a part of their name, on a real database."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from gridapp.db.database import Database
from gridapp.db.queries import choices
from gridapp.db.queries.choices import FoundPlace, find_places, form_choices, get_place
from gridapp.db.queries.people import describe_people
from gridapp.services.facts import import_facts
from gridapp.services.places import add_community, add_grid, add_worker, assign_worker
from tests.ui import visiting

DAY = dt.date(2026, 11, 22)
ELM, OAK = "990101001001", "990101001002"


@pytest.fixture
def peopled(database: Database) -> Database:
    """Two communities of two grids each; three workers, one of them without a grid, two of one name."""
    for code, name in ((ELM, "Elm 社区"), (OAK, "橡树社区")):
        add_community(database, code, name, "test")
        for number in (1, 2):
            add_grid(database, f"{code}00{number}", f"0{number}网格", dt.date(2020, 1, 1), "test")
    workers = [add_worker(database, name, "", "test").result for name in ("张三", "张三", "李_四")]
    for worker, grids in zip(workers, ((f"{ELM}002", f"{ELM}001"), (f"{OAK}001",)), strict=False):
        for grid in grids:
            assign_worker(database, worker, grid, "full_time", "manager", dt.date(2020, 1, 1), "test")
    return database


def found(database: Database, kind: str, text: str, at_most: int = 40) -> list[FoundPlace]:
    return database.fetch(find_places, kind, text, DAY, at_most)


def test_every_word_is_part_of_the_name(peopled: Database) -> None:
    assert [row.key for row in found(peopled, "grid", "01")] == [f"{ELM}001", f"{OAK}001"]
    assert found(peopled, "grid", "elm 01") == [FoundPlace("grid", f"{ELM}001", "Elm 社区", "01网格", "张三")]
    assert [row.key for row in found(peopled, "community", "橡")] == [OAK]
    assert found(peopled, "grid", "elm 橡") == []
    assert [row.key for row in found(peopled, "grid", "", 3)] == [f"{ELM}001", f"{ELM}002", f"{OAK}001"]


def test_codes_are_looked_for_from_six_digits_on(peopled: Database) -> None:
    assert found(peopled, "grid", "99010") == []
    assert [row.key for row in found(peopled, "grid", OAK)] == [f"{OAK}001", f"{OAK}002"]


def test_workers_of_one_name_are_told_apart_by_their_grids(peopled: Database) -> None:
    serving = found(peopled, "worker", "张")
    assert [(row.worker, row.community, row.grid) for row in serving] == [
        ("张三", "Elm 社区", "01网格"), ("张三", "橡树社区", "01网格"),
    ]  # fmt: skip
    assert found(peopled, "worker", "李") == []
    assert [(row.worker, row.grid) for row in found(peopled, "anyone", "李_")] == [("李_四", "")]


def test_signs_of_the_database_are_only_signs(peopled: Database) -> None:
    for kind in ("community", "grid", "worker", "anyone"):
        for text in ("%", "_%", "'; DROP TABLE grid; --", "\\", "社区%", "𠮷"):
            assert found(peopled, kind, text) == [], (kind, text)


def test_one_is_found_by_its_key_while_it_is_there(peopled: Database) -> None:
    for kind in ("community", "grid", "worker", "anyone"):
        for row in found(peopled, kind, ""):
            assert peopled.fetch(get_place, kind, row.key, DAY) == row
    for kind, key in (("grid", "990101001009001"), ("community", "990101001009"), ("worker", "nobody")):
        assert peopled.fetch(get_place, kind, key, DAY) is None
    assert peopled.fetch(get_place, "grid", f"{ELM}001", dt.date(2019, 12, 31)) is None


def test_few_are_listed_and_many_are_not(peopled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    few = peopled.fetch(form_choices, DAY)
    assert (len(few.grids), len(few.workers), few.has_more) == (4, 3, False)
    monkeypatch.setattr(choices, "MOST_LISTED", 3)
    many = peopled.fetch(form_choices, DAY)
    assert (many.grids, len(many.workers), many.has_more) == ((), 3, True)
    assert len(many.communities) == 2


def test_what_is_found_is_what_a_plain_search_finds(peopled: Database) -> None:
    every, parts = found(peopled, "grid", ""), ["01", "网格", "elm", "ELM", "橡树", "x", "990101001002"]
    for words in (*itertools.product(parts, repeat=1), *itertools.product(parts, repeat=2)):
        wanted = [
            row for row in every
            if all(word.lower() in f"{row.community} {row.grid}".lower() or row.key.startswith(word) for word in words)
        ]  # fmt: skip
        assert found(peopled, "grid", " ".join(words)) == wanted, words


def test_lists_say_in_which_community_a_grid_lies_where_there_are_several(database: Database) -> None:
    import_facts(database, visiting.facts(), "test")
    person = database.fetch(lambda session: describe_people(session, [1], DAY))[1]
    assert (person.community, person.place) == ("", person.grid_name)
    assert {row.place for row in visiting.stored(database)} == {"北网格"}
    add_community(database, OAK, "橡树社区", "test")
    person = database.fetch(lambda session: describe_people(session, [1], DAY))[1]
    assert person.place == f"幸福里社区 {person.grid_name}"
    assert {row.place for row in visiting.stored(database)} == {"幸福里社区 北网格"}
