"""Finding people: against a slow scan in plain Python, and after every way a resident can change."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from gridapp.db.database import Database
from gridapp.db.queries.residents import ResidentFilter, count_residents, list_residents, search_residents
from gridapp.db.queries.values import Scope
from gridapp.db.records import ResidentSearchRecord
from gridapp.db.search.finding import FEW_FOUND
from gridapp.db.search.readings import readings
from gridapp.domain.identity import check_digit
from gridapp.services import residents
from gridapp.services.demo import remove_demo
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.residents import NewResident
from gridapp.services.search import rebuild_search, verify_search
from gridapp.services.undo import undo_operation
from tests.factories import GRIDS, document, home

TODAY = dt.date(2026, 3, 31)
PEOPLE = 150
pytestmark = pytest.mark.usefixtures("frozen_clock")
SURNAMES, GIVEN = "王汪曾解欧阳单吕", "秀绣英瑛芳方国强乐丽明"


def person(dice: random.Random, number: int) -> dict[str, Any]:
    birth = f"19{dice.randrange(30, 60)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 28):02}"
    first = f"9901{dice.randrange(1, 4):02}{birth.replace('-', '')}{number:03}"
    name = dice.choice(SURNAMES) + "".join(dice.choice(GIVEN) for _ in range(dice.choice((1, 2, 2, 2, 3))))
    return {
        "id": f"r{number}", "name": name if dice.random() < 0.95 else f"{name}·A{number % 10}", "sex": "F",
        "birth": birth, "id_number": first + check_digit(first) if dice.random() < 0.9 else None, "died": None,
        "phone": f"1990000{dice.randrange(10000):04}" if dice.random() < 0.8 else None,
        "register_address": f"东岭村{dice.randrange(1, 40)}号" if dice.random() < 0.5 else None,
    }  # fmt: skip


def crowd(seed: int) -> list[tuple[dict[str, Any], str]]:
    """Return people with where they live."""
    dice = random.Random(seed)
    return [
        (person(dice, number), f"{dice.choice('东西')}{dice.choice(('风', '秀'))}路{dice.randrange(1, 30)}号"
                               f"{dice.randrange(1, 12)}栋{dice.choice('ab')}座{dice.randrange(101, 140)}室")
        for number in range(PEOPLE)
    ]  # fmt: skip


def facts(people: Iterable[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    made = document(people=())
    made["persons"] = [one for one, _address in people]
    made["residencies"] = [home(one["id"], GRIDS[int(one["id"][1:]) % 3]) | {"address": address}
                           for one, address in people]  # fmt: skip
    made["enrolments"], made["visits"] = [], []
    return made


# ---- the slow scan ---------------------------------------------------------------------------------------------------


def distance(first: str, second: str) -> int:
    """Count changed, added, left out and swapped characters."""
    rows = [list(range(len(second) + 1))]
    for i, a in enumerate(first, 1):
        rows.append([i])
        for j, b in enumerate(second, 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and b == first[i - 2]:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i].append(best)
    return rows[-1][-1]


def in_address(word: str, address: str | None) -> bool:
    typed = re.findall("[0-9]+|[a-z]+|[^0-9a-z]", word)
    if address is None or (len(typed) == 1 and not typed[0].isascii()):
        return False
    goes_on = "[0-9]*" if typed[-1].isdigit() and len(typed[-1]) >= 3 else ""
    edges = [(r"(?<![0-9])", r"(?![0-9])"), (r"(?<![a-z])", r"(?![a-z])"), ("", "")]
    before, _ = edges[0 if typed[0].isdigit() else 1 if typed[0].isascii() else 2]
    _, after = edges[0 if typed[-1].isdigit() else 1 if typed[-1].isascii() else 2]
    return re.search(before + re.escape(word) + goes_on + after, address.lower()) is not None


def plain_name(one: dict[str, Any]) -> str:
    return str(one["name"]).lower().replace("·", "")


def fits(word: str, one: dict[str, Any], address: str) -> bool:
    """Tell whether a word fits a person as typed."""
    if word in plain_name(one):
        return True
    for said in readings(one["name"].lower()):
        initials = "".join(part[0] for part in said)
        if word.isalpha() and word.isascii():
            later = ["".join(said[place:]) for place in range(1, len(said))]
            if ("".join(said).startswith(word) or initials.startswith(word)
                    or (len(word) >= 3 and any(one.startswith(word) for one in later))
                    or (len(word) >= 2 and word in initials[1:])):  # fmt: skip
                return True
    if re.fullmatch("[0-9]{3,}[0-9x]", word):
        document_number = (one["id_number"] or "").lower()
        if word in (one["phone"] or "") or (len(word) >= 6 and word in document_number):
            return True
        if len(word) <= 5 and document_number.endswith(word):
            return True
    return in_address(word, address) or in_address(word, one["register_address"])


def nearly_fits(word: str, one: dict[str, Any]) -> bool:
    """Tell whether a word with one wrong character is somebody's name or pinyin."""
    if re.search("[0-9]", word):
        return False
    name, said = plain_name(one), readings(one["name"].lower())
    if word.isascii():
        return len(word) >= 5 and any(distance(word, "".join(way)) == 1 for way in said)
    if len(word) < 2:
        return False
    sounds_alike = len(word) == len(name) and bool(set(readings(word)) & set(said))
    return sounds_alike or (min(len(word), len(name)) >= 3 and distance(word, name) == 1)


def scan(people: list[tuple[dict[str, Any], str]], typed: str) -> tuple[set[str], set[str]]:
    """Return who fits as typed, and who fits with one word mistyped when those are few."""
    words = typed.lower().split()
    if re.fullmatch("1[0-9]{10}", "".join(words)):
        words = ["".join(words)]
    exact, guessed = set(), set()
    for one, address in people:
        wrong = [word for word in words if not fits(word, one, address)]
        if not wrong:
            exact.add(one["id"])
        elif len(wrong) == 1 and nearly_fits(wrong[0], one):
            guessed.add(one["id"])
    return exact, guessed if len(exact) < FEW_FOUND else set()


def questions(people: list[tuple[dict[str, Any], str]], dice: random.Random) -> Iterable[str]:
    """Yield what somebody might type who looks for one of these people."""
    for _round in range(40):
        one, address = dice.choice(people)
        name, said = plain_name(one), dice.choice(readings(one["name"].lower()))
        whole = "".join(said)
        number = dice.choice([one["phone"], one["id_number"], "19900001234"]) or "990101"
        start, length = dice.randrange(len(number)), dice.randrange(3, 12)
        left = dice.randrange(len(address))
        choices = [
            name, name[:1], name[-2:], name[1:], whole, whole[: dice.randrange(1, len(whole) + 1)], "".join(said[1:]),
            "".join(part[0] for part in said), "".join(part[0] for part in said)[1:], number[start : start + length],
            (one["id_number"] or "1234")[-dice.choice((4, 5, 6)) :], address, address[left : left + length],
            one["register_address"] or "东岭村", str(dice.randrange(140)),
        ]  # fmt: skip
        typed = dice.choice(choices)
        yield typed
        yield f"{typed} {dice.choice(choices)}"
        place = dice.randrange(len(whole))
        yield whole[:place] + dice.choice("aeiouxyzgn") + whole[place + 1 :]
        yield whole[:place] + whole[place + 1 :]
        place = dice.randrange(len(name))
        yield name[:place] + dice.choice(GIVEN) + name[place + 1 :]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_index_finds_whom_a_slow_scan_finds(database: Database, seed: int) -> None:
    people = crowd(seed)
    import_facts(database, facts(people), "me")
    grid = {one["id"] for one, _address in people if int(one["id"][1:]) % 3 == 1}
    for typed in questions(people, random.Random(seed)):
        exact, guessed = scan(people, typed)
        found = [row.id for row in database.fetch(search_residents, typed, TODAY, PEOPLE)]
        assert set(found) == exact | guessed, typed
        assert set(found[: len(exact)]) == exact, f"{typed}: guesses come last"
        assert database.fetch(count_residents, ResidentFilter(typed), TODAY) == len(found)
        exact, guessed = scan([pair for pair in people if pair[0]["id"] in grid], typed)
        here = database.fetch(list_residents, ResidentFilter(typed, scope=Scope(grid=GRIDS[1])), TODAY, PEOPLE)
        assert {row.id for row in here} == exact | guessed, typed


def test_the_better_the_fit_the_earlier(database: Database) -> None:
    rows = ["王秀", "王秀英", "李王秀英", "王绣英", "赵路"]
    people = [({"id": f"r{place}", "name": name, "sex": "F", "birth": None, "id_number": None, "died": None,
                "phone": None}, "王秀路8号") for place, name in enumerate(rows)]  # fmt: skip
    import_facts(database, facts(people), "me")

    def names(typed: str) -> list[str]:
        return [row.name for row in database.fetch(search_residents, typed, TODAY)]

    assert names("王秀") == ["王秀", "王秀英", "李王秀英", "赵路", "王绣英"]
    assert names("王秀英") == ["王秀英", "李王秀英", "王绣英"]
    assert names("wxy") == ["王秀英", "王绣英", "李王秀英"]
    assert names("wang xiu ying") == ["王秀英", "王绣英", "李王秀英"]
    assert names("王琇英")[:2] == ["王秀英", "王绣英"], "the same sound"
    assert names("wangxuying") == ["王秀英", "王绣英"]
    assert names("zhao1") == names("赵 九路") == []


def test_a_small_limit_takes_the_best(database: Database) -> None:
    people = [({"id": f"r{place}", "name": name, "sex": "F", "birth": None, "id_number": None, "died": None}, "南街")
              for place, name in enumerate(["李芳芳"] * 50 + ["芳香"] * 50 + ["芳"])]  # fmt: skip
    import_facts(database, facts(people), "me")
    assert [row.name for row in database.fetch(search_residents, "芳", TODAY, 3)] == ["芳", "芳香", "芳香"]
    assert database.fetch(count_residents, ResidentFilter("芳"), TODAY) == 101


def test_every_change_keeps_the_index(database: Database) -> None:
    people = crowd(3)
    operations = [import_facts(database, facts(people[:100]), "me").operation]
    more = facts(people[100:])
    more["residencies"].append(home("r0", GRIDS[1]) | {"start": "2000-01-01", "end": "2001-01-01"})
    assert verify_search(database) == 0
    operations += [
        import_facts(database, {key: more[key] for key in ("persons", "residencies")}, "me").operation,
        residents.add_resident(database, NewResident("尉迟恭"), GRIDS[0], "新街5号", TODAY, "me").operation,
        residents.edit_resident(database, "r1", NewResident("万俟卨", phone="19911112222"), "me").operation,
        residents.move_resident(database, "r2", GRIDS[1], "旧街6号", TODAY, "me").operation,
    ]
    for typed, count in (("尉迟", 1), ("mqx", 1), ("旧街6号", 1)):
        assert len(database.fetch(search_residents, typed, TODAY)) == count, typed
    while operations:
        assert verify_search(database) == 0
        operation = operations.pop()
        assert operation is not None
        undo_operation(database, operation, "me")
    assert verify_search(database) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ResidentSearchRecord)) == 0


def test_a_refused_change_leaves_the_index(database: Database) -> None:
    import_facts(database, facts(crowd(4)[:20]), "me")
    with pytest.raises(RuntimeError), database.write("test", "me") as unit:
        unit.session.execute(text("UPDATE resident SET name = '无名'"))
        rows = unit.session.scalars(select(ResidentSearchRecord.resident_id)).all()
        from gridapp.db import search

        search.refresh(unit.session, rows)
        raise RuntimeError
    assert database.fetch(search_residents, "无名", TODAY) == []
    assert verify_search(database) == 0


def test_removing_the_demonstration_empties_the_index(database: Database) -> None:
    import_facts(database, facts(crowd(5)[:20]) | {"settings": {"demo": True}}, "me")
    remove_demo(database, "me")
    assert verify_search(database) == 0
    assert database.fetch(search_residents, "王", TODAY) == []


def test_damage_is_seen_and_repaired(database: Database) -> None:
    import_facts(database, facts(crowd(6)), "me")
    with database.write_unrecorded() as session:
        session.execute(text("UPDATE resident SET name = '无名氏' WHERE id = 1"))
        session.execute(text("DELETE FROM resident_search WHERE resident_id = 2"))
    assert verify_search(database) == 2
    rebuild_search(database, "me")
    assert verify_search(database) == 0
    assert len(database.fetch(search_residents, "无名氏", TODAY)) == 1


def test_an_index_just_made_is_filled_when_the_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = open_database(path, encrypt=False)
    import_facts(database, facts(crowd(7)[:20]), "me")
    with database.write_unrecorded() as session:
        session.execute(text("DELETE FROM resident_search"))
    database.close()
    database = open_database(path)
    try:
        assert verify_search(database) == 0
    finally:
        database.close()


def test_odd_words_find_nobody_and_break_nothing(database: Database) -> None:
    import_facts(database, facts(crowd(8)[:20]), "me")
    for typed in ('"', "' OR 1", "%", "_", "*", "王 *", "a·b", "NEAR(王)", "王" * 500, "\\", "١٢٣٤", "㊀"):
        database.fetch(search_residents, typed, TODAY)
    assert database.fetch(search_residents, "王 %", TODAY) == []
