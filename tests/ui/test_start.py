"""Starting: doors, files that cannot be opened, the demonstration, crashes, long work."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from gridapp import clock, i18n, paths
from gridapp.progress import Progress
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.settings import Settings
from ui import app, crash, input_method, messages, preferences, startup
from ui.context import AppContext
from ui.desktop import Desktop
from ui.jobs import JobRunner
from ui.qt_words import QtWords
from ui.stall_watchdog import StallWatchdog
from ui.widgets.job_strip import JobStrip
from ui.widgets.status_line import StatusLine

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer on which GridApp was never started."""
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    return tmp_path


@pytest.fixture
def start(home: Path, start: Callable[..., Desktop]) -> Callable[..., Desktop]:
    """Start the program on that computer."""
    return start


def opened(desktop: Desktop, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: desktop.window.context is not None and not desktop.is_busy)
    assert desktop.window.context is not None
    return desktop.window.context.database.location


def test_a_new_computer_shows_three_doors_and_the_empty_one_leads_in(
    start: Callable[..., Desktop], home: Path, qtbot: QtBot
) -> None:
    desktop = start("--no-encrypt")
    qtbot.waitUntil(desktop.welcome.isVisible)
    assert not desktop.window.nav.isVisible()
    desktop.welcome.doors["blank"].click()
    assert opened(desktop, qtbot) == str(home / "gridapp.db")
    assert desktop.window.nav.isVisible()
    assert not desktop.window.status.demo_label.isVisible()


def test_the_next_start_opens_what_was_open(start: Callable[..., Desktop], home: Path, qtbot: QtBot) -> None:
    named = home / "街道.db"
    assert opened(start("--db", str(named), "--no-encrypt"), qtbot) == str(named)
    assert opened(start("--no-encrypt"), qtbot) == str(named)


def test_whoever_goes_to_a_page_at_once_stays_there(
    start: Callable[..., Desktop], home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    take = Desktop._take_context

    def take_and_go(desktop: Desktop, context: AppContext) -> None:
        take(desktop, context)
        desktop.window.page_shown.connect(shown.append)
        desktop.window.go_to("settings")

    monkeypatch.setattr(Desktop, "_take_context", take_and_go)
    desktop = start("--db", str(home / "new.db"), "--no-encrypt", "--page", "visits")
    opened(desktop, qtbot)
    qtbot.waitUntil(desktop.is_at_rest)
    QApplication.processEvents()
    assert shown == ["settings"]
    assert desktop.window.current_page is not None and desktop.window.current_page.isVisible()


@pytest.mark.parametrize("content", [b"not a database at all" * 50, b"SQLite format 3\x00" + b"\x00" * 4000])
def test_a_file_that_is_no_database_gets_a_sentence_and_a_way_on(
    start: Callable[..., Desktop], home: Path, qtbot: QtBot, content: bytes
) -> None:
    wrong = home / "wrong.db"
    wrong.write_bytes(content)
    desktop = start("--db", str(wrong), "--no-encrypt")
    qtbot.waitUntil(lambda: not desktop.is_busy and desktop._message.action_button.isVisible())
    assert desktop.window.context is None
    assert len(desktop._message.text_label.text().splitlines()) == 2, "What is wrong, and what to do."
    assert wrong.read_bytes() == content
    desktop._message.action_button.click()
    assert desktop.welcome.isVisible()


def test_the_demonstration_is_marked_and_gone_in_one_click(
    start: Callable[..., Desktop], home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "demo.db"
    document = {"schema": "gridapp-facts/1", "settings": {"demo": True}}
    monkeypatch.setattr("gridapp.demo.invent", lambda *arguments, **named: document)
    desktop = start("--no-encrypt")
    qtbot.waitUntil(desktop.welcome.isVisible)
    desktop.welcome.doors["demo"].click()
    assert opened(desktop, qtbot) == str(file)
    assert desktop.window.status.demo_label.isVisible()
    monkeypatch.setattr(messages, "confirm", lambda *arguments: True)
    desktop.window.status.demo_button.click()
    assert desktop.welcome.isVisible()
    assert desktop.window.context is None
    assert not file.exists()


def test_demonstration_data_in_a_file_of_ones_own_goes_and_the_file_stays(
    start: Callable[..., Desktop], home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "own.db"
    made = open_database(file, encrypt=False)
    import_facts(made, {"schema": "gridapp-facts/1", "settings": {"demo": True}}, "demo")
    made.close()
    desktop = start("--no-encrypt", "--db", str(file))
    assert opened(desktop, qtbot) == str(file)
    monkeypatch.setattr(messages, "confirm", lambda *arguments: False)
    desktop.window.status.demo_button.click()
    assert desktop.window.status.demo_label.isVisible()
    monkeypatch.setattr(messages, "confirm", lambda *arguments: True)
    desktop.window.status.demo_button.click()
    qtbot.waitUntil(lambda: not desktop.window.status.demo_label.isVisible())
    assert file.exists()


def test_a_demonstration_that_was_stopped_leaves_no_file(home: Path) -> None:
    from gridapp.errors import OperationCancelled

    class Stopping:
        def advance(self, done: int, total: int, message: str = "") -> None:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        startup.open_demo(str(home / "demo.db"), False, progress=Stopping())
    assert list(home.glob("demo.db*")) == []


def test_the_program_starts_takes_a_picture_and_ends(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    arguments = ["--db", str(tmp_path / "x.db"), "--no-encrypt", "--screenshot", str(picture), "--size", "1100x700"]
    ended = subprocess.run([sys.executable, "main.py", *arguments], cwd=ROOT, timeout=300, check=False)
    assert ended.returncode == 0
    taken = QImage(str(picture))
    assert (taken.width(), taken.height()) == (1100, 700)
    assert len({taken.pixelColor(x, 350).name() for x in range(0, 1100, 7)}) > 1


def test_every_label_of_a_file_dialog_is_chinese(qtbot: QtBot) -> None:
    i18n.set_language("zh_CN")
    own, qt = QtWords(QApplication.instance()), QTranslator()
    assert qt.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    for translator in (own, qt):
        QCoreApplication.installTranslator(translator)
    try:
        dialog = QFileDialog()
        qtbot.addWidget(dialog)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        labels = [label.text() for label in dialog.findChildren(QLabel)]
        assert len(labels) >= 3 and all(re.search("[一-鿿]", label) for label in labels), labels
        assert QCoreApplication.translate("Anything", "not known") == "not known"
    finally:
        for translator in (own, qt):
            QCoreApplication.removeTranslator(translator)


@pytest.mark.parametrize("wrong", [["--today", "2026-13-01"], ["--size", "big"], ["--text-scale", "110"]])
def test_wrong_arguments_end_with_2_and_one_sentence(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(wrong)
    assert ended.value.code == 2
    assert wrong[1] in capsys.readouterr().err


@pytest.mark.parametrize(("before", "after"), [
    ({"QT_IM_MODULE": "fcitx"}, "ibus"),
    ({"XMODIFIERS": "@im=fcitx"}, "ibus"),
    ({"QT_IM_MODULE": "fcitx", "WAYLAND_DISPLAY": "wayland-0"}, "fcitx"),
    ({"QT_IM_MODULE": "ibus"}, "ibus"),
    ({}, None),
])
def test_fcitx_is_reached_through_ibus(before: dict[str, str], after: str | None) -> None:
    environment = dict(before)
    input_method.set_up(environment, "linux")
    assert environment.get("QT_IM_MODULE") == after
    assert ("IBUS_USE_PORTAL" in environment) == (after == "ibus" and before.get("QT_IM_MODULE") != "ibus")


def test_a_crash_report_has_places_but_nobodys_name(
    qtbot: QtBot, expect_log: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("Unexpected error")
    try:
        {}["韩英强"]
    except KeyError as error:
        try:
            raise ValueError("电话 13800138000") from error
        except ValueError as outer:
            crash.report(None, outer)
    box = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMessageBox))
    crash._copy_details()
    copied = QApplication.clipboard().text()
    assert "ValueError" in copied and "KeyError" in copied and "test_start.py" in copied
    for text in (copied, caplog.text, box.text(), box.informativeText()):
        assert "韩英强" not in text and "13800138000" not in text
    box.close()
    qtbot.waitUntil(lambda: not crash._open_boxes)


def count_slowly(gate: threading.Event, progress: Progress) -> None:
    done = 0
    while not gate.wait(0.02):
        done += 1
        progress.advance(done, 100, "")


def test_long_work_appears_after_600_ms_and_can_be_stopped(runner: JobRunner, qtbot: QtBot) -> None:
    strip = JobStrip()
    qtbot.addWidget(strip)
    job = runner.start(count_slowly, threading.Event(), title="正在生成名册…", reports_progress=True)
    strip.follow(job)
    assert not strip.isVisible()
    qtbot.waitUntil(strip.isVisible)
    assert strip.text_label.text() == "正在生成名册…"
    qtbot.waitUntil(lambda: strip.bar.maximum() == 1000)
    with qtbot.waitSignal(job.cancelled):
        strip.cancel_button.click()
    qtbot.waitUntil(lambda: not strip.isVisible())


def test_short_work_is_never_seen(runner: JobRunner, qtbot: QtBot) -> None:
    strip = JobStrip()
    qtbot.addWidget(strip)
    job = runner.start(len, "x", title="short")
    strip.follow(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert not strip._patience.isActive()


def test_the_status_line_warns_of_an_old_backup_and_names_a_server(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.show_backup(clock.now() - dt.timedelta(days=6))
    assert not line.backup_label.text().startswith("▲")
    line.show_backup(clock.now() - dt.timedelta(days=8))
    assert line.backup_label.text().startswith("▲")
    line.show_backup(None)
    assert line.backup_label.text().startswith("▲")
    line.show_place("D:/社区.db")
    on_disk = line.place_label.text()
    line.show_place("postgresql+psycopg://server/db")
    assert line.place_label.text() != on_disk


def test_the_watchdog_sees_the_window_stand_still(qtbot: QtBot, expect_log: Callable[[str], None]) -> None:
    expect_log("stood still")
    watchdog = StallWatchdog()
    waiting = threading.Event()
    waiting.wait(0.15)
    qtbot.waitUntil(lambda: bool(watchdog.stalls))
    watchdog.restart()
    assert watchdog.longest == 0
    watchdog._timer.stop()


def test_settings_of_a_new_database_are_the_declared_ones(home: Path) -> None:
    made = startup.open_project(str(home / "new.db"), encrypt=False)
    assert made.settings == Settings()
    assert made.place == ""
    made.database.close()
    assert preferences.number("look/scale", 100) == 100
