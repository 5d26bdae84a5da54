"""Paper keyed back in on the real window, with a keyboard, at the pace of a hand."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.ground import TODAY, Ground
from benchmarks.measure import Finding
from benchmarks.window_bench import ROOT, environment, x_server

VISITS = 25
KEY_MS = 150
"""Between two keys: 400 strokes a minute, a slow typist on the number pad."""
PATIENCE_S = 60.0
LEAST_A_MINUTE = 20


class _Keyboard:
    """Types into the window and reads what is in sight."""

    def __init__(self, variables: dict[str, str], state: Path) -> None:
        self._variables, self._state = variables, state

    def press(self, *keys: str) -> None:
        subprocess.run(["xdotool", "key", "--delay", str(KEY_MS), *keys], env=self._variables, check=True)

    def until(self, condition: Callable[[dict[str, Any]], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        state: dict[str, Any] = {}
        while time.monotonic() < deadline:
            if self._state.exists():
                state = json.loads(self._state.read_text("utf-8"))
                if condition(state):
                    return
            time.sleep(0.01)
        raise RuntimeError(f"this never came; in sight is {state}")


def returns_times(ground: Ground, _rounds: int) -> list[Finding]:
    """Key in visits by code and digit, and row after row, as fast as a slow hand types."""
    tools = ("Xvfb", "openbox", "xdotool")
    if any(shutil.which(tool) is None for tool in tools):
        raise RuntimeError(f"{', '.join(tools)} are needed")
    with tempfile.TemporaryDirectory(prefix="gridapp-returns-") as folder, ExitStack() as closing:
        database, state = Path(folder) / "community.db", Path(folder) / "state.json"
        shutil.copy(ground.community, database)
        codes = _print_roster(database, Path(folder))
        display = closing.enter_context(x_server())
        variables = environment(ground, display)
        for command in (
            ["openbox"],
            [sys.executable, "-m", "benchmarks.returns_probe", str(state), str(database), TODAY.isoformat()],
        ):
            process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)  # fmt: skip
            closing.callback(process.wait)
            closing.callback(process.terminate)
        keyboard = _Keyboard(variables, state)
        keyboard.until(lambda seen: seen["ready"] and seen["types"])
        by_code = _timed(lambda: _key_by_code(keyboard, codes[: 2 * VISITS : 2]))
        by_digit = _timed(lambda: _key_row_by_row(keyboard, codes[2 * VISITS], 2 * VISITS + 1))
    load = f"load {os.getloadavg()[0]:.1f}"
    return [
        Finding(f"a returned row keyed in, {how}", f"{VISITS} visits, {KEY_MS} ms a key", seconds / VISITS, "s",
                60 / LEAST_A_MINUTE, note=f"{60 * VISITS / seconds:.0f} visits a minute, {load}")
        for how, seconds in (("12 digits and the outcome", by_code), ("the next row by one digit", by_digit))
    ]  # fmt: skip


def _print_roster(path: Path, folder: Path) -> list[str]:
    from gridapp.db.queries.sheets import missing_rows
    from gridapp.domain.period import Month
    from gridapp.services import papers, returns
    from gridapp.services.projects import open_database

    database = open_database(path)
    try:
        result = papers.write_paper(database, "visit_roster", Month.of(TODAY), TODAY, folder / "r.pdf", "benchmark")
        return [returns.code_of(row) for row in database.fetch(missing_rows, result.sheet, dt.date.max)]
    finally:
        database.close()


def _timed(job: Callable[[], None]) -> float:
    begin = time.monotonic()
    job()
    return time.monotonic() - begin


def _key_by_code(keyboard: _Keyboard, codes: list[str]) -> None:
    """Type each row's code and outcome."""
    for done, code in enumerate(codes):
        keyboard.until(lambda seen: seen["types"])
        keyboard.press(*code)
        row = int(code[6:11])
        keyboard.until(lambda seen, row=row: seen["row"] == row)
        keyboard.press("1" if done % 4 else "2")
    keyboard.until(lambda seen: seen["saved"] >= len(codes))


def _key_row_by_row(keyboard: _Keyboard, first: str, row: int) -> None:
    keyboard.until(lambda seen: seen["types"])
    keyboard.press(*first)
    for number in range(row, row + VISITS):
        if number == row + 1:
            keyboard.until(lambda seen: seen["offers"])
            keyboard.press("Return")
        keyboard.until(lambda seen, number=number: seen["row"] == number)
        keyboard.press("1")
    keyboard.until(lambda seen: seen["saved"] >= 2 * VISITS)
