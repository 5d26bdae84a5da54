"""The invented community: repeatable, complete, and possible as a place where people live."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
import subprocess
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridapp.demo import invent
from gridapp.demo.calendar import WEAK_GRIDS
from gridapp.domain.identity import parse_id_number
from gridapp.domain.keys import parse_visit_uuid
from gridapp.errors import OperationCancelled, ValidationError
from tests.unit.demo.slow_count import COUNTING, SlowCount, covers, interval

ROOT = Path(__file__).parents[3]
TODAY = dt.date(2026, 10, 16)
SEED = 7
Facts = dict[str, Any]
LISTS = ("communities", "grids", "workers", "buildings", "households", "persons", "residencies", "enrolments",
         "absences", "contacts", "consents", "tiers", "visits")  # fmt: skip


@pytest.fixture(scope="module")
def facts() -> Facts:
    return invent("community", SEED, TODAY)


@pytest.fixture(scope="module")
def count(facts: Facts) -> SlowCount:
    return SlowCount(facts, TODAY)


def digest(facts: Facts) -> str:
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def rows_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the document that has stamps, nested ones too."""
    if isinstance(value, dict):
        if "created" in value:
            yield value
        for inner in value.values():
            yield from rows_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from rows_of(inner)


# ---- the same every time ---------------------------------------------------------------------------------------------


def test_same_seed_and_day_give_the_same_bytes_in_another_process(facts: Facts) -> None:
    """Another process has other hashes of text, so an order taken from a set would show."""
    program = (
        "import datetime, hashlib, json; from gridapp.demo import invent;"
        f"facts = invent('community', {SEED}, datetime.date({TODAY.year}, {TODAY.month}, {TODAY.day}));"
        "print(hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == digest(facts)


def test_another_seed_and_another_day_give_other_facts(facts: Facts) -> None:
    assert digest(invent("community", SEED + 1, TODAY)) != digest(facts)
    assert digest(invent("community", SEED, TODAY + dt.timedelta(days=1))) != digest(facts)


def test_ids_are_unique_keys(facts: Facts) -> None:
    for name in LISTS:
        keys = [uuid.UUID(row["id"]) for row in facts[name]]
        assert len(set(keys)) == len(keys)
        assert {key.version for key in keys} == {8 if name == "visits" else 7}
    dots = [parse_visit_uuid(uuid.UUID(row["id"])) for row in facts["visits"]]
    assert [dot[1] for dot in dots if dot] == list(range(1, len(dots) + 1))
    assert len({dot[0] for dot in dots if dot}) == 1


def test_stamps_come_from_the_invented_days(facts: Facts) -> None:
    stamps = [row["created"] for row in rows_of(facts)]
    assert len(stamps) > sum(len(facts[name]) for name in LISTS)
    assert max(stamps) < f"{TODAY + dt.timedelta(days=1)}"
    assert min(stamps) > "2020-01-01"
    starts = [row for row in rows_of(facts) if "start" in row and "worker" not in row and "role" not in row]
    assert all(row["created"][:10] >= row["start"] for row in starts)


# ---- sizes -----------------------------------------------------------------------------------------------------------


def test_counts(facts: Facts, count: SlowCount) -> None:
    assert facts["settings"] == {"demo": True}
    assert len(facts["communities"]) == 1
    assert len(facts["grids"]) == 12
    assert len(facts["workers"]) == 20
    assert 2900 <= len(facts["households"]) <= 3100
    living_here = [person for person in count.homes if covers(count.homes[person], TODAY)]
    assert 8800 <= len(living_here) <= 9200
    assert len(count.elders(TODAY)) == 420
    held = Counter(row["category"] for row in facts["enrolments"] if covers([interval(row)], TODAY))
    assert held["scattered_orphan"] == 6
    assert held["unsupported_child"] == 8
    assert min(held[category] for category in COUNTING) >= 8
    assert sum(held[category] for category in COUNTING) > 420  # some carry two


def test_people_are_varied(facts: Facts) -> None:
    states = Counter(row["register_status"] for row in facts["persons"])
    assert 0.12 <= 1 - states["same"] / len(facts["persons"]) <= 0.18
    names = {row["name"] for row in facts["persons"]}
    assert {"苏布德·那顺", "买买提·艾力", "李䶮", "周𬭎", "𠮷永芳"} <= names
    assert len({row["person"] for row in facts["residencies"] if row["end"]}) > 100
    assert sum(row["died"] is not None for row in facts["persons"]) > 30
    assert {row["approved"] for row in facts["absences"]} == {True, False}
    assert {row["given"] for row in facts["consents"]} == {True, False}
    assert {row["mode"] for row in facts["visits"]} == {"onsite", "phone", "video", "remote"}
    assert {"met", "not_home", "no_answer", "refused", "away"} <= {row["outcome"] for row in facts["visits"]}


@pytest.mark.slow
def test_street_sizes() -> None:
    facts = invent("street", SEED, TODAY)
    assert len(facts["communities"]) == 6
    assert len(facts["grids"]) == 60
    assert 58_500 <= len(facts["persons"]) <= 61_500
    count = SlowCount(facts, TODAY)
    assert len(count.elders(TODAY)) == 2000
    months = {row["date"][:7] for row in facts["visits"]}
    assert len(months) == 36
    assert shapely.coverage_is_valid(shapes_on(facts, TODAY))


def test_unknown_size_is_refused() -> None:
    with pytest.raises(ValidationError, match="village"):
        invent("village", SEED, TODAY)


def test_cancelling_stops_it() -> None:
    class Impatient:
        def advance(self, done: int, total: int, message: str = "") -> None:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        invent("community", SEED, TODAY, Impatient())


# ---- the ground ------------------------------------------------------------------------------------------------------


def shapes_on(facts: Facts, day: dt.date) -> list[shapely.Geometry]:
    found = [row["geometry"] for grid in facts["grids"] for row in grid["boundaries"] if covers([interval(row)], day)]
    return [shapely.from_geojson(json.dumps(geometry)) for geometry in found]


def area_in_km2(shape: shapely.Geometry) -> float:
    """Return the area by a plain projection, exact to 1 % at this size."""
    return float(shape.area * 111.2**2 * math.cos(math.radians(shape.centroid.y)))


@pytest.mark.parametrize("day", [TODAY - dt.timedelta(days=500), TODAY])
@pytest.mark.parametrize("seed", [SEED, 11, 12])
def test_grids_cover_the_community_on_any_day(seed: int, day: dt.date) -> None:
    facts = invent("community", seed, TODAY)
    shapes = shapes_on(facts, day)
    assert len(shapes) == (12 if day == TODAY else 11)  # the last grid was split off meanwhile
    assert shapely.coverage_is_valid(shapes)
    whole = shapely.coverage_union_all(shapes)
    outline = shapely.from_geojson(json.dumps(facts["communities"][0]["boundary"]))
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert whole.equals(outline)
    assert 0.6 <= area_in_km2(whole) <= 1.0


def test_rings_are_counter_clockwise_and_shared_borders_have_the_same_vertices(facts: Facts) -> None:
    shapes = shapes_on(facts, TODAY)
    assert all(shape.exterior.is_ccw for shape in shapes)
    owners = Counter(point for shape in shapes for point in set(shape.exterior.coords))
    inner = shapely.coverage_union_all(shapes).exterior
    assert all(n >= 2 or inner.distance(shapely.Point(point)) == 0 for point, n in owners.items())


def test_every_building_lies_in_one_grid_and_its_residents_live_there(facts: Facts) -> None:
    shapes = shapes_on(facts, TODAY)
    codes = [grid["code"] for grid in facts["grids"]]
    tree = shapely.STRtree(shapes)
    points = [shapely.Point(row["lon"], row["lat"]) for row in facts["buildings"]]
    found, cells = tree.query(points, predicate="within")
    assert sorted(found) == list(range(len(points)))
    grid_of = {facts["buildings"][i]["id"]: codes[cell] for i, cell in zip(found, cells, strict=True)}
    building_of = {row["id"]: row["building"] for row in facts["households"]}
    for row in facts["residencies"]:
        if row["end"] is None:
            assert row["grid"] == grid_of[building_of[row["household"]]]


def test_grids_are_numbered_from_north_west(facts: Facts) -> None:
    assert [grid["code"] for grid in facts["grids"]] == [f"990101001001{n:03d}" for n in range(1, 13)]
    assert [grid["name"] for grid in facts["grids"]][:3] == ["第一网格", "第二网格", "第三网格"]
    assert [grid.get("kind") for grid in facts["grids"]].count("dedicated") == 1
    centres = [shape.centroid for shape in shapes_on(facts, TODAY)]
    for first, last in ((0, 4), (4, 7), (7, 12)):
        row = [centre.x for centre in centres[first:last]]
        assert row == sorted(row)
    north = [sum(centre.y for centre in centres[a:b]) / (b - a) for a, b in ((0, 4), (4, 7), (7, 12))]
    assert north == sorted(north, reverse=True)


# ---- lives -----------------------------------------------------------------------------------------------------------


def test_every_interval_runs_forward_and_starts_by_today(facts: Facts) -> None:
    for name in ("residencies", "enrolments", "absences", "consents", "tiers"):
        for row in facts[name]:
            start, end = interval(row)
            assert start <= TODAY
            assert start < end
    for grid in facts["grids"]:
        assert grid["valid_from"] == grid["boundaries"][0]["start"]


def test_nobody_lives_in_two_places_and_only_while_alive(facts: Facts) -> None:
    people = {row["id"]: row for row in facts["persons"]}
    homes = defaultdict(list)
    for row in facts["residencies"]:
        homes[row["person"]].append(interval(row))
    assert set(homes) == set(people)
    for person, spans in homes.items():
        spans.sort()
        assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
        assert spans[0][0].isoformat() >= people[person]["birth"]
        if people[person]["died"]:
            assert spans[-1][1].isoformat() == people[person]["died"]


def test_residency_lies_within_the_grids_days(facts: Facts) -> None:
    since = {grid["code"]: grid["valid_from"] for grid in facts["grids"]}
    assert all(row["start"] >= since[row["grid"]] for row in facts["residencies"])


def test_enrolments_lie_within_a_life_here(facts: Facts, count: SlowCount) -> None:
    births = {row["id"]: row["birth"] for row in facts["persons"]}
    for row in facts["enrolments"]:
        start, end = interval(row)
        assert start.isoformat() >= births[row["person"]]
        assert covers(count.homes[row["person"]], start)
        assert end <= max(last for _, last in count.homes[row["person"]])
        if row["category"] in COUNTING:
            assert (start - dt.date.fromisoformat(births[row["person"]])).days >= 60 * 365.2


def test_no_category_is_carried_twice_on_a_day(facts: Facts) -> None:
    held = defaultdict(list)
    for row in facts["enrolments"]:
        held[row["person"], row["category"]].append(interval(row))
    for spans in held.values():
        spans.sort()
        assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))


def test_id_numbers_are_valid_and_of_no_existing_county(facts: Facts) -> None:
    numbers = [row for row in facts["persons"] if row["id_number"]]
    assert len(numbers) > 0.99 * len(facts["persons"])
    assert len({row["id_number"] for row in numbers}) == len(numbers)
    for row in numbers:
        read = parse_id_number(row["id_number"])
        assert (read.birth.isoformat(), read.sex, read.number) == (row["birth"], row["sex"], row["id_number"])
        assert re.match("99010[1-9]", read.number)
    phones = [row["phone"] for name in ("persons", "contacts", "workers") for row in facts[name] if "phone" in row]
    assert all(re.fullmatch("19900[0-9]{6}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)


def test_every_grid_has_all_three_duties_every_day(facts: Facts) -> None:
    duties = defaultdict(list)
    for worker in facts["workers"]:
        for row in (worker, *worker.get("assignments", ())):
            duties[row["grid"], row["duty"]].append(interval(row))
    for grid in facts["grids"]:
        for duty in ("manager", "assistant", "monitor"):
            spans = sorted(duties[grid["code"], duty])
            assert spans[0][0].isoformat() == grid["valid_from"]
            assert all(end == start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
            assert spans[-1][1] == dt.date.max
    assert sum(worker["end"] is not None for worker in facts["workers"]) == 1


# ---- visits ----------------------------------------------------------------------------------------------------------


def test_visits_fit_lives(facts: Facts, count: SlowCount) -> None:
    for row in facts["visits"]:
        day = dt.date.fromisoformat(row["date"])
        assert day <= TODAY
        assert covers(count.homes[row["person"]], day)
        assert row["created"][:10] >= (day - dt.timedelta(days=1)).isoformat()  # 08:00 here is 00:00 UTC
    assert len({row["date"][:7] for row in facts["visits"]}) == 18


def test_voided_visits_are_replaced_by_valid_ones(facts: Facts) -> None:
    by_id = {row["id"]: row for row in facts["visits"]}
    voided = [row for row in facts["visits"] if row["voided"]]
    replacing = [row for row in facts["visits"] if "replaces" in row]
    assert voided
    assert replacing
    assert all(row["void_reason"] and row["voided_by"] and row["voided_at"] >= row["created"] for row in voided)
    for row in replacing:
        wrong = by_id[row["replaces"]]
        assert wrong["voided"]
        assert not row["voided"]
        assert (wrong["person"], wrong["date"]) == (row["person"], row["date"])
        assert wrong["id"] < row["id"]


@pytest.mark.parametrize("seed", [SEED, 1])
def test_rates_move_as_promised(seed: int) -> None:
    count = SlowCount(invent("community", seed, TODAY), TODAY)
    totals = []
    weak = []
    months = [(index // 12, index % 12 + 1) for index in range(2025 * 12 + 4, 2026 * 12 + 9)]  # the closed ones
    for year, month in months:
        counted = count.counted(year, month)
        totals.append(sum(met for _grid, met in counted.values()) / len(counted))
        weak.append([met for grid, met in counted.values() if int(grid[-3:]) in WEAK_GRIDS])
    assert all(0.86 <= rate <= 0.98 for rate in totals)
    assert sum(totals[-6:]) / 6 > sum(totals[:6]) / 6 + 0.01
    assert 0.68 <= sum(map(sum, weak)) / sum(map(len, weak)) <= 0.82


def test_running_month_has_people_left_to_visit(count: SlowCount) -> None:
    met = [met for _grid, met in count.counted(TODAY.year, TODAY.month).values()]
    assert 0.3 <= sum(met) / len(met) <= 0.8


def test_worker_had_the_grid_on_the_day(facts: Facts, count: SlowCount) -> None:
    duties = defaultdict(list)
    for worker in facts["workers"]:
        for row in (worker, *worker.get("assignments", ())):
            duties[worker["id"], row["grid"]].append(interval(row))
    for row in facts["visits"]:
        day = dt.date.fromisoformat(row["date"])
        grid = next(grid for (start, end), grid in count.grids[row["person"]] if start <= day < end)
        assert covers(duties[row["worker"], grid], day)
