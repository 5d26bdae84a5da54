"""A community's map by keys alone, on real outlines: load, repair, split two grids, merge back, divide, print."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.grid_history import list_lineage
from gridapp.db.queries.places import list_grids
from gridapp.i18n import _, set_language
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests.coverages import REAL
from tests.end_to_end.conftest import Seat

pytestmark = [pytest.mark.x11, pytest.mark.slow]
COMMUNITY = "990101001001"
NAMES = {"001A": "海滨里", "001B": "岬角里", "001C": "北门里", "001D": "磨坊里", "001F": "灯塔里", "001G": "沙丘里"}
"""Ours, by the real outline's own."""


@pytest.fixture(autouse=True)
def _chinese() -> None:
    set_language("zh_CN")


def outlines(folder: Path) -> Path:
    """Write six real outlines as they come: no grid codes, one of two pieces, borders that miss by millimetres.

    A bite is taken out of one of them where it meets another, which nobody has then.
    """
    features = []
    for feature in json.loads(REAL.read_text("utf-8"))["features"]:
        name = feature["properties"]["LSOA11NM"].removeprefix("Hartlepool ")
        if name in NAMES:
            features.append(feature | {"properties": {"OBJECTID": len(features), "WGMC": NAMES[name]}})
    bitten, other = (shapely.geometry.shape(named(features, NAMES[name])["geometry"]) for name in ("001A", "001F"))
    border = shapely.line_merge(shapely.intersection(bitten.buffer(1e-6), other).boundary)
    place = shapely.get_parts(border)[0].interpolate(0.5, normalized=True)
    rest = shapely.difference(bitten, place.buffer(0.0004, quad_segs=6))
    named(features, NAMES["001A"])["geometry"] = json.loads(shapely.to_geojson(rest))
    file = folder / "outlines.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return file


def named(features: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the feature of a name."""
    return next(feature for feature in features if feature["properties"]["WGMC"] == name)


@contextmanager
def opened(seat: Seat) -> Iterator[Database]:
    """Open the seat's database from here, on its day and with its key."""
    before, os.environ["GRIDAPP_KEY_FILE"] = os.environ.get("GRIDAPP_KEY_FILE"), str(seat.folder / "key")
    clock.set_today(dt.date(2026, 9, 30))
    database = open_database(seat.database)
    yield database
    database.close()
    os.environ.pop("GRIDAPP_KEY_FILE")
    if before is not None:
        os.environ["GRIDAPP_KEY_FILE"] = before


def codes(seat: Seat, day: str = "2026-09-30") -> dict[str, str]:
    """Return the codes of the grids of a day by name."""
    with opened(seat) as database:
        return {row.name: row.code for row in database.fetch(list_grids, dt.date.fromisoformat(day))}


def split_off(seat: Seat) -> list[tuple[str, str]]:
    """Return each grid that was split, with the one split off."""
    with opened(seat) as database:
        found = []
        for row in database.fetch(list_grids, dt.date(2026, 9, 30)):
            lines = database.fetch(list_lineage, row.code)
            found += [(line.code, row.code) for line in lines if line.is_before and line.kind == "split"]
        return found


def people(seat: Seat) -> None:
    """Put buildings with households into the stored grids, as a ledger with places would."""
    facts: dict[str, Any] = {key: [] for key in ("buildings", "households", "persons", "residencies")}
    with opened(seat) as database:
        for row in database.fetch(list_grids, dt.date(2026, 9, 30)):
            assert row.boundary is not None
            outline = shapely.from_wkb(row.boundary)
            for part in range(4):
                west, south, east, north = outline.bounds
                box = shapely.box(west + (east - west) * part / 4, south, west + (east - west) * (part + 1) / 4, north)
                inside = shapely.point_on_surface(shapely.intersection(outline, box))
                key = f"b{row.code[-3:]}{part}"
                facts["buildings"].append({"id": key, "name": f"{key}号楼", "community": COMMUNITY,
                                           "lon": round(inside.x, 7), "lat": round(inside.y, 7)})
                for room in range(2):
                    who = f"p{key}-{room}"
                    facts["households"].append({"id": f"h{who}", "building": key, "room": f"{room}01"})
                    facts["persons"].append({"id": who, "name": "周平安", "sex": "F", "birth": "1948-05-01"})
                    facts["residencies"].append({"person": who, "grid": row.code, "start": "2026-09-15", "end": None,
                                                 "household": f"h{who}"})  # fmt: skip
        import_facts(database, {"schema": "gridapp-facts/1", **facts}, "test")


def standing(seat: Seat) -> tuple[int, list[str], list[str]]:
    """Return how the stored grids stand, by the command line: how many, kinds of faults, who lies nowhere."""
    found = seat.command("boundaries", "check")["communities"][0]
    return found["grids"], sorted(one["kind"] for one in found["problems"] if one["fault"]), found["nowhere"]


def load(seat: Seat) -> None:
    """Take the outlines in from the first of September; the program issues their codes."""
    file = outlines(seat.folder)
    seat.start("map")
    seat.tab_to(_("Import boundaries…"))
    seat.press("space")
    seat.choose_file(file)
    seat.until(lambda state: state["modal"] == "MapImportDialog" and state["focus"][1] == _("Code of the community"))
    seat.type(COMMUNITY)
    seat.press("Tab")
    seat.paste("示例社区")
    seat.tab_to(_("Holds from"))
    seat.press("ctrl+a")
    seat.type("2026-09-01")
    seat.tab_to(_("Import"))
    seat.press("space")
    seat.until(lambda state: state["modal"] == "" and not state["loading"])


def begin_editing(seat: Seat) -> None:
    """Open the editor; on the map itself Tab walks from grid to grid, so F7 leaves it first."""
    if seat.state["focus"][0] == "MapView":
        beside(seat)
    seat.tab_to(_("Edit grids"))
    seat.press("space")
    seat.until(lambda state: state["focus"][0] == "MapView" and state["map"]["editing"])


def save(seat: Seat, day: str) -> None:
    """Save what was drawn from a day on and come back to the map.

    The keyboard must rest already: where it is decides how the panel is reached.
    """
    if seat.state["focus"][0] == "MapView":
        beside(seat)
    seat.tab_to(_("Save…"))
    seat.press("space")
    seat.until(lambda state: state["modal"] == "MapSaveDialog")
    seat.tab_to(_("Holds from"))
    seat.press("ctrl+a")
    seat.type(day)
    seat.tab_to(_("Save"), "QPushButton")
    seat.press("space")
    seat.until(lambda state: state["focus"][0] == "MapView" and not state["map"]["editing"] and not state["loading"])


def beside(seat: Seat) -> None:
    """Take the keyboard from the map to the panel beside it; nothing chosen is dropped."""
    seat.until(lambda state: state["focus"][0] == "MapView")
    seat.press("F7")
    seat.until(lambda state: state["focus"][0] != "MapView")


def find(seat: Seat, code: str) -> None:
    """Put the cross into a grid by walking from grid to grid."""
    while seat.state["map"]["under"] != code:
        seat.press("p" if seat.state["map"]["under"] > code else "n")


def test_load_repair_split_merge_divide_and_print(seat: Seat) -> None:
    load(seat)
    assert standing(seat) == (6, ["gap", "overlap", "overlap"], [])
    own = codes(seat)
    seat.kill()
    people(seat)
    seat.start("map")

    begin_editing(seat)  # what misses by millimetres is fitted; the bite is given back by hand
    seat.until(lambda state: state["map"]["faults"] == 3)
    beside(seat)
    seat.tab_to(_("Mend all"))
    seat.press("space")
    seat.until(lambda state: state["map"]["faults"] == 1)
    seat.press("F7")
    while own[NAMES["001A"]] not in seat.state["map"]["selected"]:
        seat.press("n")
    beside(seat)
    seat.tab_to(_("Give it to the chosen grid"))
    seat.press("space")
    seat.until(lambda state: state["map"]["faults"] == 0)
    save(seat, "2026-09-02")
    assert standing(seat) == (6, [], [])

    begin_editing(seat)  # two grids are split from north to south through the cross in their middle
    for name in ("001C", "001D"):
        seat.press("m")
        find(seat, own[NAMES[name]])
        seat.press("s")
        up_and_across(seat)
        seat.press("Return")
    seat.until(lambda state: state["map"]["grids"] == 8)
    save(seat, "2026-09-03")
    assert standing(seat) == (8, [], [])

    begin_editing(seat)  # merged back
    seat.press("m")
    for pair in split_off(seat):
        for code in pair:
            find(seat, code)
            seat.press("space")
            seat.until(lambda state, code=code: code in state["map"]["selected"])  # type: ignore[misc]
        seat.press("Return", "Escape")
        seat.until(lambda state: not state["map"]["selected"])
    seat.until(lambda state: state["map"]["grids"] == 6)
    save(seat, "2026-09-04")
    assert standing(seat) == (6, [], [])
    assert codes(seat) == own

    begin_editing(seat)
    beside(seat)
    seat.tab_to(_("Divide anew…"))
    seat.press("space")
    seat.until(lambda state: state["modal"] == "MapPlansDialog")
    seat.tab_to(_("Number of grids"))
    seat.press("ctrl+a", "3")
    seat.tab_to(_("Make plans"))
    seat.press("space")
    seat.until(lambda state: state["focus"][1] == _("Take this one"))
    seat.press("space")
    seat.until(lambda state: state["focus"][0] == "MapView" and state["map"]["grids"] == 3)
    save(seat, "2026-09-05")
    assert standing(seat) == (3, [], [])

    seat.press("ctrl+p")
    seat.until(lambda state: state["modal"] == "MapPrintDialog")
    seat.tab_to(_("Buildings"))
    seat.press("space")
    seat.tab_to(_("Save as {kind}…").format(kind="PDF"))
    seat.press("space")
    paper = seat.folder / "map.pdf"
    seat.choose_file(paper)
    seat.until(lambda state: state["modal"] == "")
    assert paper.read_bytes().startswith(b"%PDF")


def up_and_across(seat: Seat) -> None:
    """Draw a line from above the grid under the cross to below it."""
    seat.until(lambda state: state["map"]["tool"] == "split" and state["map"]["bounds"])
    _west, bottom, _east, top = seat.state["map"]["bounds"]
    while seat.state["map"]["cursor"][1] < top + 5:
        seat.press("Up")
    seat.press("space")
    while seat.state["map"]["cursor"][1] > bottom - 5:
        seat.press("Down")
    seat.press("space")
    seat.until(lambda state: state["map"]["sketch"] == 2)
