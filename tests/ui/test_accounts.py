"""Accounts in the window: set up, sign in, wrong passwords, the lock, who may add whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QPdfWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gridapp import clock, paths
from gridapp.db import keyring
from gridapp.domain.access import Role
from gridapp.reports.rendering import PdfPages
from gridapp.services import accounts
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests import factories
from tests.ui.signing_in import SECRET, settings_page, sign_in
from ui import messages
from ui.desktop import Desktop
from ui.dialogs.account_forms import AccountForm, FirstAccountForm, RecoveryForm


@pytest.fixture(autouse=True)
def _locked() -> None:
    keyring.release()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    path = tmp_path / "community.db"
    database = open_database(path)
    import_facts(database, factories.document(), "test")
    database.close()
    return path


@pytest.fixture
def ringed(file: Path) -> Path:
    opened, _recovery = accounts.begin_accounts(open_database(file), "li", SECRET, "test")
    accounts.add_account(opened, accounts.NewAccount("wang", Role.WORKER, worker="w2"), SECRET, "li")
    opened.close()
    return file


def test_accounts_are_set_up_and_the_recovery_key_is_shown_once(
    start: Callable[..., Desktop], file: Path, qtbot: QtBot
) -> None:
    desktop = start("--db", str(file))
    page = settings_page(desktop, qtbot)
    page.accounts_card.begin_button.click()
    form = page.accounts_card.opened.form
    assert isinstance(form, FirstAccountForm)
    form.name_edit.setText("li")
    form.password_edit.setText(SECRET)
    form.again_edit.setText("another word")
    form.save_button.click()
    assert form.problem.isVisible(), "Two different passwords are no password."
    form.again_edit.setText(SECRET)
    form.save_button.click()
    qtbot.waitUntil(lambda: desktop.window.context is not None and not desktop.is_busy)
    assert desktop.window.context is not None
    assert desktop.window.context.principal.name == "li"
    shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, RecoveryForm)]
    assert len(shown) == 1
    assert len(shown[0].value().replace("-", "")) == 32
    paper = QPdfWriter(str(file.with_name("recovery.pdf")))
    shown[0].print_on(paper)
    with PdfPages(file.with_name("recovery.pdf")) as pages:
        found = "".join(pages.text(0).split()).replace("\ufffe", "-")  # how pdfium reads a hyphen at a line's end
        assert len(pages) == 1 and found.count(shown[0].value()) == 1
    shown[0].save_button.click()
    assert keyring.accounts(file) == ["li"]


def test_a_wrong_password_says_so_and_the_right_one_opens(
    start: Callable[..., Desktop], ringed: Path, qtbot: QtBot
) -> None:
    desktop = start("--db", str(ringed))
    sign_in(desktop, "wang", "wrong words", qtbot)
    screen = desktop.doorkeeper.screen
    assert screen.problem.isVisible()
    assert screen.password_edit.text() == ""
    assert desktop.window.context is None
    sign_in(desktop, "wang", SECRET, qtbot)
    context = desktop.window.context
    assert context is not None
    assert (context.actor, context.principal.grids) == ("wang", (factories.GRIDS[1],))
    card = settings_page(desktop, qtbot).accounts_card
    assert not card.add_button.isVisibleTo(card)
    assert card.password_button.isVisibleTo(card)


def test_nobody_there_locks_and_shows_nothing(
    start: Callable[..., Desktop], ringed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = start("--db", str(ringed))
    sign_in(desktop, "li", SECRET, qtbot)
    assert desktop.window.context is not None
    idle = desktop.doorkeeper._idle
    assert idle is not None
    idle.look()
    assert desktop.window.context is not None, "Somebody was here a moment ago."
    later = clock.now() + dt.timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    idle.look()
    assert desktop.window.context is None
    assert desktop.doorkeeper.screen.isVisible()
    assert desktop.doorkeeper.screen.name_edit.text() == "li"
    monkeypatch.undo()


def test_an_administrator_adds_somebody_and_shuts_them_out(
    start: Callable[..., Desktop], ringed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = start("--db", str(ringed))
    sign_in(desktop, "li", SECRET, qtbot)
    page = settings_page(desktop, qtbot)
    card = page.accounts_card
    qtbot.waitUntil(lambda: len(card._rows) == 2)
    card.add_button.click()
    form = card.opened.form
    assert isinstance(form, AccountForm)
    form.name_edit.setText("zhao")
    form.role_box.setCurrentIndex(form.role_box.findData(Role.COMMITTEE.value))
    form.community_box.setCurrentIndex(form.community_box.findData(factories.COMMUNITY))
    form.password_edit.setText(SECRET)
    form.again_edit.setText(SECRET)
    form.save_button.click()
    qtbot.waitUntil(lambda: len(card._rows) == 3)
    assert keyring.accounts(ringed) == ["li", "wang", "zhao"]
    monkeypatch.setattr(messages, "confirm", lambda *arguments: True)
    [button] = [made for made in card._rows[1].findChildren(type(card.add_button)) if "wang" in made.accessibleName()
                and made.property("account") == "wang"][-1:]
    button.click()
    qtbot.waitUntil(lambda: keyring.accounts(ringed) == ["li", "zhao"])


def test_a_whole_record_needs_a_reason_and_goes_again(
    start: Callable[..., Desktop], ringed: Path, qtbot: QtBot
) -> None:
    from gridapp.db.queries.journal import list_operations
    from ui.dialogs.reveal import RevealDialog

    desktop = start("--db", str(ringed))
    sign_in(desktop, "li", SECRET, qtbot)
    context = desktop.window.context
    assert context is not None
    dialog = RevealDialog(context, "p1", "示*1", desktop.window)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.save_button.click()
    assert dialog.problem.isVisible()
    QTest.keyClicks(dialog.reason_edit, "check")
    dialog.save_button.click()
    qtbot.waitUntil(lambda: "shown0" in dialog._named)
    assert dialog._named["shown0"].text() == "示例p1"  # type: ignore[attr-defined]
    assert dialog._end.isActive()
    assert context.database.fetch(list_operations)[0].action == "reveal.person"
    dialog.reject()
