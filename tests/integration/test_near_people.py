"""A row one character or digit apart from somebody known waits until the user has said who it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridapp import clock, paths
from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.db.queries.journal import list_waiting
from gridapp.ledgers.decisions import ANOTHER, SAME
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.inbox import mend_rows
from gridapp.services.outlook import foresee
from gridapp.services.places import import_boundaries
from gridapp.services.undo import undo_operation
from tests.databases import Databases
from tests.factories import id_number

HEAD = "姓名,身份证号,出生日期,性别,现住址,所属网格,联系电话"
GRID = "第一网格"


@pytest.fixture
def register(databases: Databases, tmp_path: Path) -> Iterator[Database]:
    """One person without an ID number, one with, one known by address alone."""
    clock.set_today(dt.date(2026, 9, 30))
    with databases.opened() as database:
        import_boundaries(database, paths.shipped_data("sample_grids.geojson"), dt.date(2024, 1, 1), "me")
        grid = database.fetch(read_facts)["grids"][0]["code"]
        rows = [f"王秀英,,1940-03-05,女,阳光路1号3-2-501,{grid},", f"张建国,{id_number()},,,,{grid},"]
        rows.append(f"李桂芳,,,女,阳光路8号2-1-301,{grid},")
        import_ledger(database, check_file(database, write(tmp_path, *rows)), "me")
        yield database


def write(folder: Path, *rows: str) -> Path:
    path = folder / "台账.csv"
    path.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8-sig")
    return path


def grid_of(database: Database) -> str:
    return str(database.fetch(read_facts)["grids"][0]["code"])


def people(database: Database) -> dict[str, str | None]:
    return {person["name"]: person.get("phone") for person in database.fetch(read_facts)["persons"]}


ROWS = (
    ("王秀瑛,,1940-03-05,女,,{grid},13900000001", True),  # a character of the name
    ("王秀,,1940-03-05,,,{grid},13900000001", True),  # one too few
    ("王秀英,,1940-03-06,女,,{grid},13900000001", True),  # a digit of the day
    ("王秀英,,1940-05-03,女,,{grid},13900000001", False),  # two digits far apart
    ("李贵芳,,,女,阳光路8号2-1-301,{grid},13900000001", True),  # name and address
    ("李贵芳,,,女,阳光路8号2-1-302,{grid},13900000001", False),  # next door
    ("王秀瑛,,1940-03-05,男,,{grid},13900000001", False),  # a man
    ("王秀瑛,,1940-03-05,女,,{other},13900000001", False),  # another grid
    ("赵秀华,,1940-03-05,女,,{grid},13900000001", False),  # two characters
    ("张建军,990101195001010336,,,,{grid},13900000001", False),  # both have an ID number
)


def test_who_is_perhaps_the_same(register: Database, tmp_path: Path) -> None:
    grids = [grid["code"] for grid in register.fetch(read_facts)["grids"]]
    for row, waits in ROWS:
        preview = check_file(register, write(tmp_path, row.format(grid=grids[0], other=grids[1])))
        outlook = foresee(register, preview)
        assert dict(outlook.counts) == ({"conflict": 1} if waits else {"added": 1}), row
        assert [issue.code for issue in outlook.refusals.values()] == (["perhaps_same"] if waits else [])


def test_the_user_says_who_it_is_and_may_take_it_back(register: Database, tmp_path: Path) -> None:
    grid = grid_of(register)
    rows = [f"王秀瑛,,1940-03-05,女,,{grid},13900000001", f"李贵芳,,,女,阳光路8号2-1-301,{grid},13900000002"]
    batch = str(import_ledger(register, check_file(register, write(tmp_path, *rows)), "me").result)
    first, second = register.fetch(list_waiting, batch)
    assert "王秀英" in first.issues[-1]["message"]
    assert mend_rows(register, batch, {}, "me").result == 2  # asking again decides nothing
    changes = mend_rows(register, batch, {}, "me", decisions={first.number: SAME, second.number: ANOTHER})
    assert changes.result == 0
    found = people(register)
    assert found["王秀英"] == "13900000001" and "王秀瑛" not in found
    assert found["李桂芳"] is None and found["李贵芳"] == "13900000002"
    assert changes.operation is not None
    undo_operation(register, changes.operation, "me")
    assert {one.number for one in register.fetch(list_waiting, batch)} == {first.number, second.number}
    assert people(register)["王秀英"] is None
    again = check_file(register, write(tmp_path, f"王秀瑛,,1940-03-05,女,,{grid},"))
    assert dict(foresee(register, again).counts) == {"conflict": 1}
