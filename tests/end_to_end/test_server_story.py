"""The window on a PostgreSQL server: a day's work, a colleague beside it, and a server that stops and comes back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gridapp import clock
from gridapp.services.copying import copy_database
from gridapp.services.projects import open_database
from gridapp.services.visits import NewVisit, record_visit
from tests.end_to_end.conftest import TODAY, Seat
from tests.postgres_server import Server

pytestmark = [pytest.mark.x11, pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def office(filled: Path, seat: Seat, own_server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
    """A seat on a server that holds what the filled file does."""
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(filled / "key"))
    clock.set_today(dt.date.fromisoformat(TODAY))
    address = own_server.address(own_server.new_database())
    copy_database(str(filled / "community.db"), address)
    seat.database = address
    return seat


def test_a_day_on_a_server_that_stops_and_comes_back(office: Seat, own_server: Server) -> None:
    seat, server = office, own_server
    before = seat.rate()
    seat.start()
    seat.until(lambda state: state.get("current") and state.get("target"))

    first = log_for_whom_the_month_missed(seat, before["missed"])
    assert set(before["missed"]) - set(seat.rate()["missed"]) == {first}

    second = choose(seat, seat.rate()["missed"])
    server.stop()
    seat.press("ctrl+Return")
    seat.until(lambda state: state["modal"] == "QMessageBox")
    server.start()
    assert second in seat.rate()["missed"], "nothing of it was stored"
    seat.press("Return")
    seat.until(lambda state: state["modal"] == "" and state["target"] == [second])
    seat.press("ctrl+Return")
    seat.until(lambda state: state["target"] != [second])
    assert second not in seat.rate()["missed"], "the same entry, saved when the server was back"

    colleague = open_database(server.address("t1"))
    third = next(person for person in seat.rate()["missed"])
    record_visit(colleague, NewVisit(third, clock.today()), "colleague")
    colleague.close()
    seat.press("ctrl+z")  # only what was done at this window is taken back
    seat.until(lambda state: not state["loading"])
    seat.until(lambda _state: second in seat.rate()["missed"])
    assert third not in seat.rate()["missed"]


def choose(seat: Seat, missed: list[str]) -> str:
    """Walk down the list to somebody the month missed, and begin an entry."""
    seat.until(lambda state: state["focus"][0].endswith("View") and state.get("current") and not state["loading"])
    for _press in range(200):
        current = str(seat.state["current"])
        if current in missed:
            seat.until(lambda state, wanted=current: state["target"] == [wanted])  # type: ignore[misc]
            seat.press("ctrl+n")
            seat.until(lambda state: not state["focus"][0].endswith("View") and not state["loading"])
            return current
        seat.press("Down")
        seat.until(lambda state, before=current: state["current"] != before)  # type: ignore[misc]
    pytest.fail("the list of Today shows nobody whom the month missed")


def log_for_whom_the_month_missed(seat: Seat, missed: list[str]) -> str:
    person = choose(seat, missed)
    seat.press("ctrl+Return")
    seat.until(lambda state: state["toast"] and state["target"] != [person] and state["focus"][0].endswith("View"))
    return person
