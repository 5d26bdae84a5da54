"""The window by keyboard: pages, search, undo, messages, sizes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridapp import errors
from gridapp.db.database import Database
from gridapp.domain.changes import Changes
from gridapp.progress import Progress
from gridapp.services import undo
from gridapp.services.facts import import_facts
from gridapp.services.upkeep import change_setting
from tests.factories import document
from ui import messages, pages, theme
from ui.context import AppContext
from ui.dialogs.welcome import Welcome
from ui.main_window import MainWindow
from ui.pages.page import Page
from ui.widgets.kpi_card import KpiCard
from ui.widgets.month_picker import MonthPicker

CONTROL = Qt.KeyboardModifier.ControlModifier


def count_undone(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM operation WHERE action = 'undo'")).scalar_one())


def refuse(database: Database, error: Exception) -> Changes:
    raise error


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch, context: AppContext, qtbot: QtBot) -> Iterator[MainWindow]:
    """The main window on an empty database with two sample pages; the other six are missing."""
    samples = {"today": "tests.ui.sample_pages:FirstPage", "residents": "tests.ui.sample_pages:SecondPage"}
    entries = tuple(
        pages.PageEntry(entry.key, entry.source_title, entry.icon, samples.get(entry.key, f"ui.pages.no_{entry.key}:X"))
        for entry in pages.PAGES
    )
    monkeypatch.setattr(pages, "PAGES", entries)
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(1366, 728)
    window.attach(context)
    with qtbot.waitActive(window):  # only an active window takes shortcuts
        window.show()
    window.go_to("today")
    yield window
    window.detach()


def settled(window: MainWindow, qtbot: QtBot) -> Any:
    """Return the page in sight once it is shown and its answers are there."""
    qtbot.waitUntil(lambda: not window.is_preparing)
    page = window.current_page
    assert page is not None
    qtbot.waitUntil(lambda: not page.is_loading)
    return page


def test_pages_are_reached_by_keyboard_and_missing_ones_do_nothing(window: MainWindow, qtbot: QtBot) -> None:
    assert settled(window, qtbot).answers == [0]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is settled(window, qtbot).name_edit)
    qtbot.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert settled(window, qtbot).key == "residents"
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    assert settled(window, qtbot).key == "residents"
    qtbot.keyClick(window, Qt.Key.Key_1, CONTROL)
    assert settled(window, qtbot).answers == [0], "An unchanged page is not asked for again."


def test_search_goes_to_the_residents_and_the_keyboard_stays(window: MainWindow, qtbot: QtBot) -> None:
    settled(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.search_box)
    with qtbot.waitSignal(window.page_shown):
        qtbot.keyClicks(window.search_box, "wxl")
    assert settled(window, qtbot).arguments == [{"search": "wxl"}]
    assert QApplication.focusWidget() is window.search_box
    qtbot.keyClick(window.search_box, Qt.Key.Key_Return)
    assert settled(window, qtbot).arguments[-1] == {"search": "wxl", "open": True}
    with qtbot.waitSignal(window.page_shown):
        qtbot.keyClick(window.search_box, Qt.Key.Key_Escape)
    assert settled(window, qtbot).arguments[-1] == {"search": ""}


def test_a_page_asks_for_another_with_an_argument(window: MainWindow, qtbot: QtBot) -> None:
    settled(window, qtbot).go_to("residents", {"person": "p1"})
    assert settled(window, qtbot).arguments == [{"person": "p1"}]


def change_join_day(context: AppContext, qtbot: QtBot, day: int = 18) -> int:
    """Change a real setting and return the operation's number."""
    with qtbot.waitSignal(context.data_changed) as told:
        context.change(change_setting, "join_day", day, "tester")
    operation = told.args[0].operation
    assert isinstance(operation, int)
    return operation


def test_a_change_reloads_the_pages_concerned_and_offers_undo(
    window: MainWindow, context: AppContext, qtbot: QtBot
) -> None:
    page = settled(window, qtbot)
    operation = change_join_day(context, qtbot)
    assert context.settings.join_day == 18, "Settings are new before pages hear of it."
    qtbot.waitUntil(lambda: page.answers == [0, 1])
    assert window.toast.isVisible()
    assert window.toast.operation == operation
    qtbot.keyClick(window, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.toast.undo_button)
    with qtbot.waitSignal(context.undone):
        qtbot.keyClick(window.toast.undo_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.answers == [0, 1, 0])
    assert context.settings.join_day == 20
    assert window.toast.isVisible()
    assert window.toast.operation is None, "An undo is not offered for undoing."


def test_undo_pressed_many_times_happens_once(window: MainWindow, context: AppContext, qtbot: QtBot) -> None:
    settled(window, qtbot)
    first = change_join_day(context, qtbot, 18)
    second = change_join_day(context, qtbot, 17)
    with qtbot.waitSignal(context.undone):
        for _press in range(5):
            window.toast.undo_button.click()
            assert context.undo(second) is None
    assert context.settings.join_day == 18
    with qtbot.waitSignal(context.undone):
        qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert context.settings.join_day == 20
    assert not context.can_undo(first)
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert not window.commands["undo"].isEnabled()
    settled(window, qtbot)
    assert context.database.fetch(count_undone) == 2


def test_an_undo_the_disk_refused_can_be_asked_for_again(
    window: MainWindow, context: AppContext, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(window, qtbot)
    shown: list[Exception] = []
    monkeypatch.setattr(messages, "show_error", lambda parent, error: shown.append(error))
    operation = change_join_day(context, qtbot)

    def full(database: Database, operation_id: int, actor: str, progress: Progress) -> Changes:
        raise errors.DiskFullError("The disk is full.")

    monkeypatch.setattr(undo, "undo_operation", full)
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: len(shown) == 1)
    assert context.can_undo(operation)
    assert window.commands["undo"].isEnabled()
    settled(window, qtbot)


def test_a_long_undo_is_told_and_can_be_stopped_and_asked_for_again(
    window: MainWindow, context: AppContext, qtbot: QtBot, may_go_on: threading.Event
) -> None:
    settled(window, qtbot)
    with qtbot.waitSignal(context.data_changed) as told:
        context.change(import_facts, document(f"p{number}" for number in range(undo.LONG // 3)), "tester")
    operation = told.args[0].operation
    people = text("SELECT count(*) FROM resident")
    before = context.database.fetch(lambda session: session.execute(people).scalar_one())
    may_go_on.clear()
    job = context.undo(operation)
    assert job is not None and job.title == "Taking back" and job.reports_progress
    assert not context.can_undo(operation)
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
        may_go_on.set()
    assert context.can_undo(operation) and window.commands["undo"].isEnabled()
    assert context.database.fetch(lambda session: session.execute(people).scalar_one()) == before > 0
    with qtbot.waitSignal(context.undone):
        qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert context.database.fetch(lambda session: session.execute(people).scalar_one()) == 0
    settled(window, qtbot)


def test_what_the_user_can_put_right_is_a_passing_message(
    window: MainWindow, context: AppContext, qtbot: QtBot
) -> None:
    settled(window, qtbot)
    with qtbot.waitSignal(context.error_raised):
        context.change(refuse, errors.ValidationError("走访日期不能晚于今天。"))
    assert "走访日期不能晚于今天。" in window.toast.text_label.text()


def test_the_message_goes_away_by_itself_but_not_under_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    settled(window, qtbot)
    window.tell("好")
    window.toast.take_keyboard()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.toast.close_button)
    window.toast._on_time_over()
    assert window.toast.isVisible()
    window.nav.setFocus()
    window.search_box.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.search_box)
    window.toast._on_time_over()
    assert not window.toast.isVisible()


def test_a_dropped_file_goes_to_the_data_page(
    window: MainWindow, qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(window, qtbot)
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(window, "go_to", lambda key, argument=None: asked.append((key, argument)))
    ledger = tmp_path / "台账.xlsx"
    ledger.write_bytes(b"x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(ledger))])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), action, data, buttons, keys)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), action, data, buttons, keys))
    assert asked == [("data", {"file": str(ledger)})]


class SlowPage(Page):
    """Asks twice; the first answer comes last."""

    key = "slow"
    title = "Slow"

    def build(self) -> None:
        self.shown: list[str] = []

    def reload(self) -> None:
        pass

    def show_data(self, data: str) -> None:
        self.shown.append(data)


def test_only_the_newest_answer_is_shown(context: AppContext, qtbot: QtBot) -> None:
    gate = threading.Event()
    page = SlowPage(context)
    qtbot.addWidget(page)
    page.load(lambda session, opened: "old" if opened.wait(60) else "late", gate)
    page.load(lambda session: "new")
    qtbot.waitUntil(lambda: page.shown == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: not page._answers)
    assert page.shown == ["new"]


def test_a_failed_question_says_so_and_can_be_asked_again(context: AppContext, qtbot: QtBot) -> None:
    class FailingPage(SlowPage):
        def reload(self) -> None:
            self.load(self.ask)

        @staticmethod
        def ask(session: object) -> str:
            if trouble:
                raise errors.DatabaseBusyError("数据文件正被占用。")
            return "好"

    trouble = [1]
    page = FailingPage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(page._trouble.isVisible)
    assert "数据文件正被占用。" in page._trouble.text_label.text()
    trouble.clear()
    page._trouble.action_button.click()
    qtbot.waitUntil(lambda: page.shown == ["好"])
    assert not page._trouble.isVisible()


def test_a_page_that_dies_mid_question_hurts_nobody(context: AppContext, qtbot: QtBot) -> None:
    gate = threading.Event()
    page = SlowPage(context)
    page.load(lambda session, opened: opened.wait(60), gate)
    with qtbot.waitSignal(page.destroyed):
        page.deleteLater()
    gate.set()
    qtbot.waitUntil(lambda: context._readers.running == 0)


@pytest.mark.parametrize("scale", theme.SCALES)
@pytest.mark.parametrize("size", [(1024, 640), (1366, 728)])
def test_nothing_is_cut_off_at_any_size(
    window: MainWindow, look: theme.Theme, qtbot: QtBot, scale: int, size: tuple[int, int]
) -> None:
    settled(window, qtbot)
    look.choose(scale=scale, remember=False)
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    for part in window.findChildren(QAbstractButton):
        if part.isVisible() and part.text():
            needed = part.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, part.text())
            assert part.width() >= needed.width(), part.text()
            assert part.height() >= needed.height(), part.text()
    bottoms = [button.geometry().bottom() for button in window.nav.findChildren(QAbstractButton)]
    assert max(bottoms) <= window.nav.height()
    for label in window.status.labels():
        assert not label.isVisible() or label.width() >= label.sizeHint().width(), label.text()


def test_every_control_has_a_name_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    settled(window, qtbot)
    window.tell("好")
    names: dict[str, QWidget] = {}
    for widget in window.findChildren(QWidget):
        internal = isinstance(widget.parent(), QLineEdit)
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isVisible() or internal:
            continue
        name = widget.accessibleName()
        assert name, widget
        assert name not in names, name
        names[name] = widget


def test_text_size_follows_the_keyboard(window: MainWindow, look: theme.Theme, qtbot: QtBot) -> None:
    settled(window, qtbot)
    for _press in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Equal, CONTROL)
    assert look.scale == 150
    qtbot.keyClick(window, Qt.Key.Key_Minus, CONTROL)
    assert look.scale == 125
    qtbot.keyClick(window, Qt.Key.Key_0, CONTROL)
    assert look.scale == 100


@pytest.mark.parametrize("scale", theme.SCALES)
def test_the_welcome_fits_the_smallest_window(look: theme.Theme, qtbot: QtBot, scale: int) -> None:
    look.choose(scale=scale, remember=False)
    window = MainWindow()
    qtbot.addWidget(window)
    welcome = Welcome()
    window.show_cover(welcome)
    window.resize(1024, 640)
    window.show()
    assert welcome.minimumSizeHint().height() <= welcome.height()
    for door in welcome.doors.values():
        assert door.text_label.heightForWidth(door.text_label.width()) <= door.text_label.height()
        assert door.geometry().bottom() < welcome.open_button.geometry().top()
    with qtbot.waitSignal(welcome.door_chosen) as chosen:
        qtbot.keyClick(welcome.doors["blank"], Qt.Key.Key_Return)
    assert chosen.args == ["blank"]


def test_a_figure_opens_by_enter_and_space(qtbot: QtBot) -> None:
    card = KpiCard("本月走访率")
    qtbot.addWidget(card)
    card.set_figure("99.9%", "▲ 较上月 +0.4", "success")
    assert card.accessibleName() == "本月走访率 99.9% ▲ 较上月 +0.4"
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(card.clicked):
            qtbot.keyClick(card, key)


def test_months_are_walked_by_page_up_and_end_today(qtbot: QtBot, frozen_clock: Any) -> None:
    picker = MonthPicker()
    qtbot.addWidget(picker)
    assert str(picker.month) == "2026-03"
    qtbot.keyClick(picker, Qt.Key.Key_PageDown)
    assert str(picker.month) == "2026-03"
    with qtbot.waitSignal(picker.month_chosen) as chosen:
        qtbot.keyClick(picker, Qt.Key.Key_PageUp)
    assert str(chosen.args[0]) == "2026-02"


def test_storage_errors_come_with_a_next_step() -> None:
    for kind in (*errors.StorageError.__subclasses__(), errors.StorageError):
        assert messages.next_step(kind("x"))
        away = kind("x")
        away.on_server = True
        assert "file" not in messages.next_step(away) and "restore" not in messages.next_step(away)
    assert messages.sentence(errors.OperationCancelled()) == ""
    assert "KeyError" not in messages.sentence(KeyError("韩英强"))


def test_a_server_that_is_away_is_told_of_once(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    for said in ("The connection was lost.", "The server cannot be used.", "The server is stopping."):
        error = errors.StorageError(said)
        error.on_server = True
        messages.show_error(window, error)
    (box,) = window.findChildren(QMessageBox)
    assert box.text() == "The connection was lost." and box.isVisible()
    box.close()
    messages.show_error(window, errors.DiskFullError("The disk is full."))
    messages.show_error(window, errors.DiskFullError("The disk is full."))
    assert len([box for box in window.findChildren(QMessageBox) if box.isVisible()]) == 2
    for box in window.findChildren(QMessageBox):
        box.close()


def test_labels_show_text_as_it_is(qtbot: QtBot) -> None:
    from ui.widgets import basics

    label = basics.label("<b>买买提·艾力</b> & 䶮")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert isinstance(label, QLabel)


def test_the_interpreter_and_qt_agree_on_counting_none(qapp: Callable[..., object]) -> None:
    """Guard against PySide6 6.12.0 on Python 3.11, which loses a reference to None on every call."""
    from PySide6.QtCore import QObject

    item = QObject()
    before = sys.getrefcount(None)
    for _call in range(500):
        item.setObjectName("x")
    assert before - sys.getrefcount(None) < 100
