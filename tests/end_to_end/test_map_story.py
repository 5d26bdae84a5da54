"""A community's map by keys alone: load, repair, split two grids, merge back, divide, print."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gridapp.i18n import _, set_language
from tests.end_to_end.conftest import Seat

pytestmark = [pytest.mark.x11, pytest.mark.slow]
COMMUNITY = "990101001001"
LON, LAT, STEP = 104.5, 39.2, 0.004


@pytest.fixture(autouse=True)
def _chinese() -> None:
    set_language("zh_CN")


def outlines(folder: Path) -> Path:
    """Write four grids in a row, of which the second leaves a notch that nobody has."""
    features = []
    for column in range(4):
        west, east = LON + column * STEP, LON + (column + 1) * STEP
        ring = [[west, LAT], [east, LAT], [east, LAT + STEP], [west, LAT + STEP], [west, LAT]]
        if column == 1:
            ring[2:2] = [[east, LAT + STEP / 2.5], [east - STEP / 5, LAT + STEP / 2], [east, LAT + STEP / 1.6]]
        features.append(
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
             "properties": {"code": f"{COMMUNITY}{column + 1:03d}", "name": f"第{column + 1}网格",
                            "community": "示例社区"}}
        )  # fmt: skip
    file = folder / "outlines.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return file


def people(seat: Seat) -> None:
    """Put buildings with households into the stored grids, as a ledger with places would."""
    import datetime as dt

    from gridapp import clock
    from gridapp.services.facts import import_facts
    from gridapp.services.projects import open_database

    facts: dict[str, Any] = {key: [] for key in ("buildings", "households", "persons", "residencies")}
    for number in range(24):
        column, row = number % 8, number // 8
        key, grid = f"b{number}", f"{COMMUNITY}{column // 2 + 1:03d}"
        facts["buildings"].append({"id": key, "name": f"{number + 1}号楼", "community": COMMUNITY,
                                   "lon": LON + STEP * (column + 0.5) / 2, "lat": LAT + STEP * (0.2 + 0.3 * row)})
        for room in range(2):
            who = f"p{number}-{room}"
            facts["households"].append({"id": f"h{who}", "building": key, "room": f"{room}01"})
            facts["persons"].append({"id": who, "name": "周平安", "sex": "F", "birth": "1948-05-01"})
            facts["residencies"].append({"person": who, "grid": grid, "start": "2026-09-15", "end": None,
                                         "household": f"h{who}"})  # fmt: skip
    before, os.environ["GRIDAPP_KEY_FILE"] = os.environ.get("GRIDAPP_KEY_FILE"), str(seat.folder / "key")
    clock.set_today(dt.date(2026, 9, 30))
    database = open_database(seat.database)
    import_facts(database, {"schema": "gridapp-facts/1", **facts}, "test")
    database.close()
    os.environ.pop("GRIDAPP_KEY_FILE")
    if before is not None:
        os.environ["GRIDAPP_KEY_FILE"] = before


def standing(seat: Seat) -> Any:
    """How the stored grids stand, by the command line."""
    return seat.command("boundaries", "check")["communities"][0]


def load(seat: Seat) -> None:
    """Take the outlines in from the first of September; the report tells what is odd."""
    file = outlines(seat.folder)
    seat.start("map")
    seat.tab_to(_("Import boundaries…"))
    seat.press("space")
    seat.choose_file(file)
    seat.until(lambda state: state["modal"] == "MapImportDialog")
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


def test_load_repair_split_merge_divide_and_print(seat: Seat) -> None:
    load(seat)
    assert [problem["kind"] for problem in standing(seat)["problems"] if problem["fault"]] == ["gap"]
    seat.kill()
    people(seat)
    seat.start("map")

    begin_editing(seat)  # the notch is given to the second grid
    assert seat.state["map"]["faults"] == 1
    seat.press("n", "n")
    seat.until(lambda state: state["map"]["selected"] == [f"{COMMUNITY}002"])
    beside(seat)
    seat.tab_to(_("Give it to the chosen grid"))
    seat.press("space")
    seat.until(lambda state: state["map"]["faults"] == 0)
    save(seat, "2026-09-02")
    assert standing(seat)["problems"] == []

    begin_editing(seat)  # two grids are split from north to south through the cross in their middle
    for serial in ("001", "003"):
        seat.press("m")
        while seat.state["map"]["under"] != f"{COMMUNITY}{serial}":
            seat.press("n")
        seat.press("s")
        up_and_across(seat)
        seat.press("Return")
    seat.until(lambda state: state["map"]["grids"] == 6)
    save(seat, "2026-09-03")
    assert standing(seat)["grids"] == 6

    begin_editing(seat)  # merged back
    seat.press("m")
    codes = [f"{COMMUNITY}{serial:03d}" for serial in range(1, 7)]
    for pair in ((codes[0], codes[4]), (codes[2], codes[5])):
        for code in pair:
            while seat.state["map"]["under"] != code:
                seat.press("p" if seat.state["map"]["under"] > code else "n")
            seat.press("space")
            seat.until(lambda state, code=code: code in state["map"]["selected"])  # type: ignore[misc]
        seat.press("Return", "Escape")
        seat.until(lambda state: not state["map"]["selected"])
    seat.until(lambda state: state["map"]["grids"] == 4)
    save(seat, "2026-09-04")
    assert (standing(seat)["grids"], standing(seat)["problems"]) == (4, [])

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
    found = standing(seat)
    assert (found["grids"], found["problems"], found["nowhere"]) == (3, [], [])

    seat.press("ctrl+p")
    seat.until(lambda state: state["modal"] == "MapPrintDialog")
    seat.tab_to(_("Save as {kind}…").format(kind="PDF"))
    seat.press("space")
    paper = seat.folder / "map.pdf"
    seat.choose_file(paper)
    seat.until(lambda state: state["modal"] == "")
    assert paper.read_bytes().startswith(b"%PDF")


def up_and_across(seat: Seat) -> None:
    """Draw a line from above the grid under the cross to below it."""
    seat.until(lambda state: state["map"]["cursor"] is not None)
    top = seat.state["map"]["box"][3]
    bottom = seat.state["map"]["box"][1]
    while seat.state["map"]["cursor"][1] < top + 5:
        seat.press("Up")
    seat.press("space")
    while seat.state["map"]["cursor"][1] > bottom - 5:
        seat.press("Down")
    seat.press("space")
    seat.until(lambda state: state["map"]["sketch"] == 2)
