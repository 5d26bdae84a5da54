"""What people do in a day, on the real window, with the keyboard alone."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gridapp.i18n import _, set_language
from tests.end_to_end.conftest import ROOT, Seat

pytestmark = [pytest.mark.x11, pytest.mark.slow]
NOTE = "老人说膝盖疼，想预约上门体检。"


@pytest.fixture(autouse=True)
def _chinese() -> None:
    """The words on buttons are looked for as the window shows them."""
    set_language("zh_CN")


def import_file(seat: Seat, name: str) -> None:
    """Take a sample in through the wizard, from Ctrl+I to its last button."""
    choose_in_wizard(seat, name)
    finish_wizard(seat)


def import_outlines(seat: Seat, name: str) -> None:
    """Take sample outlines in: the wizard hands them to the form of the map, and comes back when they are stored."""
    choose_in_wizard(seat, name)
    seat.until(lambda state: state["modal"] == "MapImportDialog")
    seat.tab_to(_("Import"))
    seat.press("space")
    seat.until(lambda state: state["modal"] == "ImportWizard" and state["step"] == "DoneStep")
    finish_wizard(seat)


def choose_in_wizard(seat: Seat, name: str) -> None:
    seat.press("ctrl+i")
    seat.until(lambda state: state["modal"] == "ImportWizard" and state["step"] == "FileStep")
    seat.tab_to(_("Choose a file…"))
    seat.press("space")
    seat.choose_file(ROOT / "data" / name)


def finish_wizard(seat: Seat) -> None:
    """Press the button that goes on, step by step, until the wizard is done."""
    passed: list[str] = []
    while not passed or passed[-1] != "DoneStep":
        state = seat.until(lambda state: not state.get("busy") and state.get("go") and state.get("step") not in
                           [*passed, "FileStep", "BusyStep"])
        passed.append(state["step"])
        seat.tab_to(state["go"])
        seat.press("space")
    seat.until(lambda state: state["modal"] == "" and not state["loading"])


def go_to_unvisited(seat: Seat, missed: list[str]) -> str:
    """Walk down the list to somebody the month missed so far."""
    seat.until(lambda state: state["focus"][0].endswith("View") and state.get("current"))
    for _press in range(200):
        current = str(seat.state["current"])
        if current in missed:
            seat.until(lambda state, wanted=current: state["target"] == [wanted])  # type: ignore[misc]
            return current
        seat.press("Down")
        seat.until(lambda state, before=current: state["current"] != before)  # type: ignore[misc]
    pytest.fail("the list of Today shows nobody whom the month missed")


def test_a_grid_worker_from_an_empty_file_to_a_printed_roster(seat: Seat) -> None:
    seat.start()
    import_outlines(seat, "sample_grids.geojson")
    for name in ("sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv"):
        import_file(seat, name)
    before = seat.rate()
    assert before["total"]["roster"] > 50

    seat.press("ctrl+1")
    seat.until(lambda state: state["page"] == "today" and not state["loading"] and state.get("people"))
    first = go_to_unvisited(seat, before["missed"])
    seat.press("ctrl+n")
    seat.until(lambda state: not state["focus"][0].endswith("View"))
    seat.press("ctrl+Return")
    seat.until(lambda state: state["toast"] and state["target"] != [first])
    after = seat.rate()
    assert after["total"]["visited"] == before["total"]["visited"] + 1
    assert set(before["missed"]) - set(after["missed"]) == {first}

    second = go_to_unvisited(seat, after["missed"])
    seat.press("ctrl+n")
    seat.until(lambda state: not state["focus"][0].endswith("View"))
    seat.press("ctrl+shift+Return")
    third = seat.until(lambda state: state["target"] and state["target"] != [second]
                       and not state["focus"][0].endswith("View"))["target"][0]
    seat.press("ctrl+Return")
    seat.until(lambda state: state["target"] != [third] and state["focus"][0].endswith("View"))
    walked = seat.rate()
    assert not {second, third} & set(walked["missed"])

    seat.press("ctrl+z")
    seat.until(lambda state: not state["loading"])
    undone = wait_for_rate(seat, walked["total"]["visited"] - (1 if third in before["missed"] else 0))
    assert third in undone["missed"] or third not in before["missed"]

    print_roster(seat)


def wait_for_rate(seat: Seat, visited: int) -> dict[str, Any]:
    """Ask until the undo has been stored."""
    found: list[dict[str, Any]] = []

    def stored(_state: object) -> bool:
        found.append(seat.rate())
        return bool(found[-1]["total"]["visited"] == visited)

    seat.until(stored)
    return found[-1]


def print_roster(seat: Seat) -> None:
    """Choose a grid on the page of papers, show its roster and save it; everyone is on it once."""
    seat.press("ctrl+6")
    seat.until(lambda state: state["page"] == "reports" and not state["loading"])
    seat.tab_to(_("Part of the area"))
    state = seat.state
    while not state["grid"]:  # at the last choice nothing changes any more, and the wait ends the test
        seat.press("Down")
        state = seat.until(lambda state, before=state: state["scope"] != before["scope"])  # type: ignore[misc]
    grid = state["grid"]
    seat.tab_to(_("Show the paper"))
    seat.press("space")
    seat.until(lambda state: state["paper"])
    target = seat.folder / "roster.pdf"
    seat.press("ctrl+e")
    seat.choose_file(target)
    seat.until(lambda state: target.exists() and state["modal"] == "")

    text = subprocess.run(["pdftotext", "-layout", str(target), "-"], capture_output=True, text=True, check=True).stdout
    expected = Counter(names_of(seat, grid))
    assert expected, "the grid's roster is empty"
    printed = Counter(re.findall(r"[\u4e00-\u9fff\U00020000-\U0002ffff\U0002b820-\U0002ceaf𬭎䶮·]+", text))
    assert {name: printed[name] for name in expected} == dict(expected)


def names_of(seat: Seat, grid: str) -> list[str]:
    """Return the names of a grid's roster as the command line lists them."""
    rows = seat.command("due", "--grid", grid)
    return [str(row["name"]) for row in rows]


def test_a_draft_outlives_a_pulled_plug(furnished: Seat) -> None:
    seat = furnished
    seat.start()
    state = seat.until(lambda state: state.get("current") and state.get("target"))
    person = state["target"]
    seat.press("ctrl+n")
    seat.until(lambda state: not state["focus"][0].endswith("View"))
    seat.tab_to("QPlainTextEdit")
    seat.paste(NOTE)
    seat.until(lambda state: state["dirty"])
    wait_for_draft(seat)
    seat.kill()

    seat.start()
    seat.until(lambda state: state["draft"])
    seat.tab_to(_("Go on with it"))
    seat.press("space")
    state = seat.until(lambda state: state.get("note"))
    assert state["note"] == NOTE
    seat.press("ctrl+Return")
    seat.until(lambda state: state["toast"])
    assert person[0] not in seat.rate()["missed"]


def wait_for_draft(seat: Seat) -> None:
    """Wait until the window has put the draft into the file."""
    from gridapp.db.records import DraftRecord
    from gridapp.services.projects import open_database

    key = Path(seat.folder / "key").read_text("ascii").strip()
    database = open_database(seat.database, create=False, key=key)

    def stored(_state: object) -> bool:
        with database.read() as session:
            return any(NOTE in str(draft.body) for draft in session.query(DraftRecord))

    try:
        seat.until(stored)
    finally:
        database.close()


def test_a_supervisor_opens_a_figure_to_the_people_behind_it(furnished: Seat) -> None:
    seat = furnished
    seat.start("dashboard")
    missed = seat.rate()["missed"]
    assert missed
    seat.tab_to(_("Not visited yet"), "KpiCard")
    seat.press("Return")
    state = seat.until(lambda state: state["page"] == "residents" and not state["loading"] and state.get("people"))
    assert state["modal"] == ""
    assert sorted(state["people"]) == sorted(missed)
