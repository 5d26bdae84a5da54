"""What every test gets: a private home, a watched log, a pinned clock on request, nothing left behind.

Qt draws offscreen unless ``QT_QPA_PLATFORM`` says otherwise, so that the suite
runs where there is no display. ``GRIDAPP_TEST_WITHOUT_QT=1`` makes Qt
unimportable, to show that the core's tests do not need it.
"""

from __future__ import annotations

import atexit
import datetime as dt
import gc
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
WITHOUT_QT = bool(os.environ.get("GRIDAPP_TEST_WITHOUT_QT"))
if WITHOUT_QT:
    for blocked in ("PySide6", "shiboken6", "pyqtgraph"):
        sys.modules[blocked] = None  # type: ignore[assignment]


def _make_private_home() -> Path:
    """Point every per-user folder into a new one, before anything asks for them."""
    home = Path(tempfile.mkdtemp(prefix="gridapp-tests-"))
    folders = {
        "HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": home / "config", "XDG_DATA_HOME": home / "data",
        "XDG_CACHE_HOME": home / "cache", "XDG_STATE_HOME": home / "state", "XDG_RUNTIME_DIR": home / "run",
        "APPDATA": home / "roaming", "LOCALAPPDATA": home / "local",
    }
    for name, folder in folders.items():
        folder.mkdir(mode=0o700, exist_ok=True)
        os.environ[name] = str(folder)
    for name in ("GRIDAPP_DB", "GRIDAPP_KEY_FILE"):
        os.environ.pop(name, None)
    # Tests read the source texts, so that a better translation breaks none of them.
    os.environ["GRIDAPP_LANGUAGE"] = "source"
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


PRIVATE_HOME = _make_private_home()

import hypothesis  # noqa: E402 - the home must be private before libraries look for it
import pytest  # noqa: E402
from hypothesis.internal.conjecture import providers  # noqa: E402

from gridapp import clock, i18n  # noqa: E402
from gridapp.db import keyring  # noqa: E402

_VERDICT = pytest.StashKey[int]()

# The same examples on every machine, so that a red run speaks of its commit; "random" and "thorough" look for new ones.
# Tests say nothing of health checks and deadlines: what one says replaces what is said here, and too_slow is a clock.
hypothesis.settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=60, print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.register_profile("random", parent=hypothesis.settings.get_profile("ci"), derandomize=False)
hypothesis.settings.register_profile("thorough", parent=hypothesis.settings.get_profile("random"), max_examples=2000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
hypothesis.settings.load_profile(PROFILE)
if PROFILE == "ci":
    # Without a seed too, examples hold constants of every module of ours that is loaded: which are, a worker's earlier
    # tests decide. Nothing public turns that off.
    providers._get_local_constants = lambda: providers._local_constants

# A password is made to cost as much as the computer can bear. That is tested once; elsewhere it only costs time.
SHIPPED_COST = (keyring.FLOOR_KIB, keyring.AIM_S)
keyring.FLOOR_KIB, keyring.AIM_S = 1024, 0.0

THREAD_PATIENCE_S = 60.0

# Making and keeping 3,000 tests is no garbage: looking through them again and again cost a quarter of the suite's time.
gc.disable()


def pytest_collection_finish() -> None:
    """Take all that was imported and collected out of the collector's sight."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the verdict for ``pytest_unconfigure``."""
    session.config.stash[_VERDICT] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process here when Qt was used.

    The interpreter would destroy what is left of Qt in any order, and crash
    after the last test more often than not; the verdict must not depend on it.
    """
    if "PySide6.QtWidgets" in sys.modules and _VERDICT in config.stash and not WITHOUT_QT:
        shutil.rmtree(PRIVATE_HOME, ignore_errors=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_VERDICT])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the searches for faults counted: what a test writes in a process of its own reaches nobody."""
    from tests.faults.tally import COUNTS

    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    counts = [str(value) for report in reports for name, value in report.user_properties if name == COUNTS]
    if counts:
        terminalreporter.section("faults and hostile files, short form")
        terminalreporter.write_line("\n".join(counts))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Accept pytest-qt's settings when it is switched off."""
    if WITHOUT_QT:
        for name in ("qt_api", "qt_log_level_fail"):
            parser.addini(name, "read by pytest-qt")
        parser.addini("qt_log_ignore", "read by pytest-qt", type="linelist")


@pytest.fixture(scope="session")
def private_home() -> Path:
    """The folder that stands for the user's home during the tests."""
    return PRIVATE_HOME


# ---- the clock and the language --------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _clock_and_language() -> Iterator[None]:
    yield
    clock.set_today(None)
    clock.reach(None)
    i18n.set_language(None)


@pytest.fixture
def pin_today() -> Callable[[dt.date], None]:
    """Pin the civil date until the end of the test: ``pin_today(date(2026, 3, 31))``."""
    return clock.set_today


@pytest.fixture
def frozen_clock() -> dt.date:
    """Pin the civil date to 2026-03-31, a month's last day, and return it."""
    day = dt.date(2026, 3, 31)
    clock.set_today(day)
    return day


@pytest.fixture
def shipped_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, float]]:
    """Let passwords cost what they do outside the tests, and return it: memory [KiB] and time [s]."""
    monkeypatch.setattr(keyring, "FLOOR_KIB", SHIPPED_COST[0])
    monkeypatch.setattr(keyring, "AIM_S", SHIPPED_COST[1])
    keyring.memory_for_this_machine.cache_clear()
    yield SHIPPED_COST
    keyring.memory_for_this_machine.cache_clear()


# ---- databases -------------------------------------------------------------------------------------------------------


def _demand_postgres() -> Any:
    """Return the module that starts servers; skip where none is installed, and fail where one must be (as in CI)."""
    from tests import postgres_server as servers

    if reason := servers.why_not():
        if os.environ.get("GRIDAPP_TEST_POSTGRES") == "needed":
            pytest.fail(f"PostgreSQL must be tested here, but {reason}.", pytrace=False)
        pytest.skip(reason)
    return servers


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A private PostgreSQL server."""
    server = _demand_postgres().Server()
    yield server
    server.remove()


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL server for one test, to stop and start; it keeps what it stored."""
    server = _demand_postgres().Server(durable=True)
    yield server
    server.remove()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A maker of empty databases on either engine: ``databases.new()`` gives a location to open."""
    from tests import databases as makers

    if request.param == "sqlite":
        return makers.Files(tmp_path_factory.mktemp("databases"))
    return makers.OnServer(request.getfixturevalue("postgres_server"))


@pytest.fixture
def database(databases: Any) -> Iterator[Any]:
    """An empty database, on either engine."""
    with databases.opened() as opened:
        yield opened


@pytest.fixture
def patient_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let writers wait for each other for a minute: how long one writes is the disk's business, not what is tested."""
    from gridapp.db import connecting, server

    monkeypatch.setattr(connecting, "_PRAGMAS", (*connecting._PRAGMAS, "busy_timeout = 60000"))
    monkeypatch.setitem(server._LIMITS, "lock_timeout", "60s")


# ---- the log ---------------------------------------------------------------------------------------------------------


class LogWatch(logging.Handler):
    """Keeps warnings and worse; the test must have said that it expects them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record, whichever thread it came from."""
        self.records.append(record)

    def complaints(self) -> list[str]:
        """Return what was logged unexpectedly, then what was expected and never came."""
        texts = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records]
        wrong = [text for text in texts if not any(pattern.search(text) for pattern in self.expected)]
        missing = [pattern.pattern for pattern in self.expected if not any(pattern.search(text) for text in texts)]
        return [f"unexpected: {text}" for text in wrong] + [f"never logged: {pattern}" for pattern in missing]


@pytest.fixture(autouse=True)
def _log_watch() -> Iterator[LogWatch]:
    watch = LogWatch()
    logging.getLogger().addHandler(watch)
    yield watch
    logging.getLogger().removeHandler(watch)
    if complaints := watch.complaints():
        pytest.fail("The log is part of what is tested; use expect_log(regex) for a line that must come.\n"
                    + "\n".join(complaints), pytrace=False)


@pytest.fixture
def expect_log(_log_watch: LogWatch) -> Callable[[str], None]:
    """Say that a warning or error matching a regex must be logged: ``expect_log("disk is full")``."""

    def expect(pattern: str) -> None:
        _log_watch.expected.append(re.compile(pattern))

    return expect


# ---- nothing left behind ---------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_threads_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_PATIENCE_S
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
    if left := [thread.name for thread in set(threading.enumerate()) - before]:
        pytest.fail(f"Threads still running after the test: {left}. Shut their runner down.", pytrace=False)


@pytest.fixture(autouse=True)
def _no_widgets_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """For tests that use Qt: keep the collector on this thread, then look for timers and windows."""
    if not {"qapp", "qtbot"} & set(request.fixturenames):
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()  # on a worker thread it would destroy widgets there, which Qt answers with a crash
    _set_imports_aside()
    timers, windows = _running_timers(), _windows()
    yield
    try:
        _let_qt_delete()
        gc.collect()
        _let_qt_delete()
        left = [f"timer {_describe(item)}" for item in _running_timers() if item not in timers]
        left += [f"window {_describe(item)}" for item in _windows() if item not in windows]
    finally:
        if was_enabled:
            gc.enable()
    if left:
        pytest.fail("Left behind by the test: " + ", ".join(left), pytrace=False)


_modules_set_aside = 0


def _set_imports_aside() -> None:
    """Take what modules hold out of the collector's sight: looking through all of it costs more than most tests.

    Again after a test in which a window was closed: it gives the collector back as it was.
    """
    global _modules_set_aside
    if len(sys.modules) > _modules_set_aside or not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
        _modules_set_aside = len(sys.modules)


def _let_qt_delete() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _running_timers() -> list[Any]:
    import shiboken6
    from PySide6.QtCore import QTimer

    found = [item for item in gc.get_objects() if issubclass(type(item), QTimer)]
    return [item for item in found if shiboken6.isValid(item) and item.isActive()]


def _windows() -> list[Any]:
    from PySide6.QtWidgets import QApplication

    return [item for item in QApplication.topLevelWidgets() if item.parent() is None]


def _describe(item: Any) -> str:
    return f"{type(item).__name__}({item.objectName() or hex(id(item))})"
