"""A real X server with a window manager, and the program on it, driven by the keyboard."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gridapp.cli import main
from tests import slow_jobs

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2026-09-30"
PATIENCE_S = 180.0
TOOLS = ("Xvfb", "openbox", "xdotool", "xclip", "pdftotext")
State = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    for item in items:
        if Path(item.path).parent == Path(__file__).parent and missing:
            item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}; "
                                                    "`python3 bootstrap.py test` installs them"))


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An X server of its own, never reset, with a window manager that gives new windows the keyboard."""
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-noreset",
                               "-nolisten", "tcp"], pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        name = ":" + answer.readline().strip()
    ready = tmp_path_factory.mktemp("display") / "ready"
    manager = subprocess.Popen(["openbox", "--startup", f"touch {ready}"], env=os.environ | {"DISPLAY": name},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while not ready.exists() and time.monotonic() < deadline:  # a window that came before it would get no keyboard
        time.sleep(0.02)
    yield name
    for process in (manager, server):
        process.terminate()
        process.wait()


class Seat:
    """One person before one screen: a home, a key file, a running window, a keyboard."""

    def __init__(self, display: str, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "community.db"
        self._state_file = folder / "state.json"
        self._window: subprocess.Popen[bytes] | None = None
        home = folder / "home"
        home.mkdir(exist_ok=True)
        self._environment = {name: value for name, value in os.environ.items()
                             if not name.startswith(("QT_", "XDG_", "WAYLAND", "GRIDAPP_"))}
        self._environment |= {"DISPLAY": display, "HOME": str(home), "GRIDAPP_KEY_FILE": str(folder / "key"),
                              "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8",
                              slow_jobs.VARIABLE: os.environ.get(slow_jobs.VARIABLE, "")}

    def start(self, page: str = "today") -> None:
        """Open the window and wait until its page shows what it has."""
        self._state_file.unlink(missing_ok=True)
        with (self.folder / "window.log").open("ab") as log:
            self._window = subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.observed_window", str(self._state_file), "--db",
                 str(self.database), "--today", TODAY, "--page", page],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        self.until(lambda state: state["page"] == page and not state["loading"] and state["active"])

    def kill(self) -> None:
        """End the window as a pulled plug would."""
        if self._window is not None:
            self._window.send_signal(signal.SIGKILL)
            self._window.wait()
            self._window = None

    @property
    def state(self) -> State:
        """What is in sight now."""
        try:
            return dict(json.loads(self._state_file.read_text("utf-8")))
        except OSError:
            return {"page": "", "loading": True, "modal": "", "focus": ["", "", "", ""], "active": False}

    def until(self, condition: Callable[[State], object]) -> State:
        """Wait until what is in sight meets a condition."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            state = self.state
            if condition(state):
                return state
            if self._window is not None and self._window.poll() is not None:
                pytest.fail("The window ended: " + (self.folder / "window.log").read_text("utf-8")[-2000:])
            time.sleep(0.02)
        pytest.fail(f"This never came; in sight is {self.state}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, e.g. "ctrl+n", and wait until the window has seen them.

        The window in front must have the keyboard: when a dialog has closed, the X server for a while gives keys to the
        window below the pointer, which counts them and does nothing.
        """
        for key in keys:
            seen = self.until(lambda state: state["active"]).get("keys", 0)
            for _try in range(3):  # a key between two windows, when neither has the keyboard, reaches nobody
                subprocess.run(["xdotool", "key", "--clearmodifiers", key], env=self._environment, check=True)
                deadline = time.monotonic() + PATIENCE_S / 3
                while self.state.get("keys", 0) == seen and time.monotonic() < deadline:
                    time.sleep(0.01)
                if self.state.get("keys", 0) > seen:
                    break
            else:
                pytest.fail(f"The window never saw {key}; in sight is {self.state}")

    def type(self, text: str) -> None:
        """Type plain letters, and wait until the window has seen them."""
        wanted = self.state["keys"] + len(text)
        subprocess.run(["xdotool", "type", "--delay", "4", text], env=self._environment, check=True)
        self.until(lambda state: state["keys"] >= wanted)

    def paste(self, text: str) -> None:
        """Put text into the clipboard and paste it: xdotool cannot type Chinese."""
        subprocess.run(["xclip", "-selection", "clipboard"], input=text.encode(), env=self._environment, check=True)
        self.press("ctrl+v")

    def tab_to(self, wanted: str, of_class: str = "") -> None:
        """Press Tab until the widget with the keyboard is of this class, or has this in its name.

        Round and round: a button that waits for an answer is passed over until it is there.
        """
        passed = []
        self.until(lambda state: state["focus"][0])
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE_S:
            kind, name, own, _which = before = self.state["focus"]
            if wanted in (kind, own) or (wanted in name and of_class in ("", kind)):
                return
            passed.append(name or kind)
            self.press("Tab")
            # Inside a date, Tab goes from year to month to day and the keyboard stays with the same widget.
            deadline = time.monotonic() + (0.5 if kind == "QDateEdit" else PATIENCE_S)
            while self.state["focus"] == before and time.monotonic() < deadline:
                time.sleep(0.02)
            if self.state["focus"] == before and kind != "QDateEdit":
                pytest.fail(f"Tab does not leave {name or kind!r}")
        pytest.fail(f"Tab never came to {wanted!r}, only to {passed}")

    def choose_file(self, path: Path) -> None:
        """Type a path into the file dialog."""
        self.until(lambda state: state["modal"] == "QFileDialog" and state["focus"][2] == "fileNameEdit")
        self.press("ctrl+a")
        self.type(str(path))
        self.press("Return")
        self.until(lambda state: state["modal"] != "QFileDialog")

    def command(self, *arguments: str) -> Any:
        """Ask the command line and return its JSON; in this process, for the start of another takes longer."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
            patch.setenv("GRIDAPP_KEY_FILE", self._environment["GRIDAPP_KEY_FILE"])
            assert main([*arguments, "--db", str(self.database), "--today", TODAY, "--format", "json"]) == 0
        return json.loads(said.getvalue())

    def rate(self, by: str = "total") -> Any:
        """This month's figures as the command line counts them."""
        return self.command("rate", "--month", TODAY[:7], "--by", by)


@pytest.fixture
def seat(display: str, tmp_path: Path) -> Iterator[Seat]:
    """A seat with no database yet."""
    taken = Seat(display, tmp_path)
    yield taken
    taken.kill()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and key made from the sample files by the services."""
    import datetime as dt

    from gridapp import clock
    from gridapp.services.boundaries import import_boundaries
    from gridapp.services.importing import check_file, import_ledger
    from gridapp.services.projects import open_database

    folder = tmp_path_factory.mktemp("filled")
    before, os.environ["GRIDAPP_KEY_FILE"] = os.environ.get("GRIDAPP_KEY_FILE"), str(folder / "key")
    clock.set_today(dt.date.fromisoformat(TODAY))
    database = open_database(folder / "community.db")
    import_boundaries(database, ROOT / "data/sample_grids.geojson", dt.date(2020, 1, 1), "test")
    for name in ("sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv"):
        import_ledger(database, check_file(database, ROOT / "data" / name), "test")
    database.close()
    os.environ.pop("GRIDAPP_KEY_FILE")
    if before is not None:
        os.environ["GRIDAPP_KEY_FILE"] = before
    return folder


@pytest.fixture
def furnished(filled: Path, seat: Seat) -> Seat:
    """A seat with a copy of the filled database."""
    for name in ("community.db", "key"):
        shutil.copy(filled / name, seat.folder / name)
    return seat
