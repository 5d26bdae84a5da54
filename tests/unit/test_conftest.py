"""The guards in conftest.py catch what they are there for."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

from gridapp import clock, paths

ROOT = Path(__file__).resolve().parents[2]
GUILTY = '''
import logging, threading, time
import pytest

def test_warns():
    logging.getLogger("x").warning("careless")

def test_expected_but_silent(expect_log):
    expect_log("never comes")

def test_leaves_thread():
    threading.Thread(target=time.sleep, args=(30,), daemon=True, name="stray").start()

def test_warning_is_error():
    import warnings
    warnings.warn("old thing")

def test_leaves_timer(qapp):
    from PySide6.QtCore import QTimer
    qapp.kept = QTimer()
    qapp.kept.start(1000)

def test_leaves_window(qapp):
    from PySide6.QtWidgets import QWidget
    qapp.window = QWidget()

def test_raises_qt_warning(qapp):
    from PySide6.QtCore import qWarning
    qWarning("drawn on a worker")

def test_counts(record_property):
    record_property("counts", "faults tried 7 / survived 7 / lost 0")

def test_innocent(qtbot, expect_log):
    from PySide6.QtWidgets import QPushButton
    button = QPushButton("x")
    qtbot.addWidget(button)
    expect_log("foreseen")
    logging.getLogger("x").error("foreseen trouble")
'''


def test_user_folders_are_private(private_home: Path) -> None:
    assert paths.config_dir().is_relative_to(private_home)
    assert paths.data_dir().is_relative_to(private_home)


def test_frozen_clock(frozen_clock, pin_today) -> None:
    assert clock.today() == frozen_clock
    pin_today(frozen_clock.replace(day=1))
    assert clock.today().day == 1


def test_expected_log_lines_pass(expect_log) -> None:
    expect_log("full")
    logging.getLogger("gridapp.test").warning("the disk is full")


def test_examples_do_not_depend_on_which_modules_are_loaded() -> None:
    """Hypothesis would mix in the constants of all code of ours loaded so far."""
    if hypothesis.settings.get_current_profile_name() != "ci":
        pytest.skip("this profile looks for new examples")
    assert paths.__name__ in sys.modules and len(providers._get_local_constants()) == 0


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("GRIDAPP_TEST_WITHOUT_QT")), reason="windows and timers are among the guilty")
def test_guards_catch_the_guilty(tmp_path: Path) -> None:
    pytest.importorskip("pytestqt")
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text("utf-8").replace(
        "THREAD_PATIENCE_S = 60.0", "THREAD_PATIENCE_S = 0.1"), "utf-8")
    (tmp_path / "test_guilty.py").write_text(GUILTY, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "setup.cfg"),
               "--rootdir", str(tmp_path), "-rA", "-n", "1", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
                          text=True, check=False)
    verdicts = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR ")) and "::" in line]
    blamed = {line.split("::")[1].split()[0] for line in verdicts}
    assert blamed == {"test_warns", "test_expected_but_silent", "test_leaves_thread", "test_warning_is_error",
                      "test_leaves_timer", "test_leaves_window", "test_raises_qt_warning"}, done.stdout
    assert "\nfaults tried 7 / survived 7 / lost 0\n" in done.stdout, "what is counted is in the summary"
