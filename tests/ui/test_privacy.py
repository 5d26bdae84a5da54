"""Privacy in the window: consents, what is handed over, sealed records, deletion, destroying the keys."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gridapp import clock, paths
from gridapp.db import keyring
from gridapp.db.database import Database
from gridapp.db.queries.residents import get_card
from gridapp.errors import GridAppError
from gridapp.services import accounts, backups, residents, sealing, signing_in
from gridapp.services.audit import verify_audit
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests import factories
from tests.ui.signing_in import SECRET, settings_page, sign_in
from ui import messages
from ui.backup_keeper import BackupKeeper
from ui.context import AppContext
from ui.desktop import Desktop
from ui.dialogs.consents import ConsentsDialog
from ui.dialogs.deletion import DeletionDialog
from ui.dialogs.person_file import PersonFileForm, Wanted
from ui.dialogs.reveal import RevealDialog
from ui.dialogs.sealed_records import SealedRecords, UnsealForm
from ui.dialogs.wipe import WipeForm
from ui.pages.residents import ResidentsPage
from ui.pages.settings_privacy import PrivacyCard

DIED = dt.date(2026, 3, 20)


@pytest.fixture
def peopled(context: AppContext, database: Database) -> AppContext:
    clock.set_today(dt.date(2026, 12, 31))
    import_facts(database, factories.document(), "test")
    residents.record_death(database, "p1", DIED, "test")
    return context


@pytest.fixture
def page(peopled: AppContext, qtbot: QtBot) -> ResidentsPage:
    made = ResidentsPage(peopled)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    qtbot.waitUntil(lambda: not made.is_loading)
    return made


def test_a_consent_is_noted_withdrawn_and_printed(
    page: ResidentsPage, database: Database, qtbot: QtBot, tmp_path: Path
) -> None:
    page.open_with({"person": "p2"})
    qtbot.waitUntil(lambda: page.card.card is not None and page.card.card.person.id == "p2")
    page.card.menu_actions["consents"].trigger()
    dialog = page.findChild(ConsentsDialog)
    assert dialog is not None
    dialog.add_button.click()
    form = dialog.form
    assert form is not None
    form.scope_box.setCurrentText("")
    form.save_button.click()
    assert form.problem.isVisible()
    form.scope_box.setCurrentIndex(1)
    form.start_edit.setDate(form.start_edit.date().addDays(-10))
    form.paper_edit.setText("A-17")
    form.save_button.click()
    qtbot.waitUntil(lambda: len(dialog.table.model.rows) == 1)
    kept = database.fetch(get_card, "p2", clock.today()).consents[0]
    assert (kept.what, kept.approved, kept.means, kept.paper) == ("health", True, "written", "A-17")
    dialog.table.select_row(0)
    dialog.print_to(str(tmp_path / "form"), "health")
    qtbot.waitUntil((tmp_path / "form.pdf").exists)
    dialog.withdraw_button.click()
    qtbot.waitUntil(lambda: not dialog.withdraw_button.isEnabled())
    assert database.fetch(get_card, "p2", clock.today()).consents[0].end == clock.today()
    dialog.close_button.click()


def test_what_is_held_is_handed_over_for_a_purpose(
    page: ResidentsPage, database: Database, qtbot: QtBot, tmp_path: Path
) -> None:
    form = PersonFileForm(page.context, "p2", "示例p2", page)
    form.open()
    form.save_button.click()
    assert form.problem.isVisible(), "Nothing leaves without a purpose."
    form.purpose_edit.setText("本人申请")
    wanted = form.value()
    assert wanted == Wanted("access", "pdf", "本人申请")
    with qtbot.waitSignal(form.accepted):
        form.write_to(str(tmp_path / "held"), Wanted("access", "json", "本人申请"))
    assert json.loads((tmp_path / "held.json").read_text("utf-8"))["facts"]["persons"][0]["id"] == "p2"


def test_the_deceased_are_sealed_by_themselves_and_open_for_a_reason(
    peopled: AppContext, database: Database, qtbot: QtBot
) -> None:
    keeper = BackupKeeper(peopled)
    keeper.look()
    qtbot.waitUntil(lambda: not sealing.is_any_due(database))
    keeper._timer.stop()
    card = PrivacyCard(peopled)
    qtbot.addWidget(card)
    card.add_buttons()
    card.show()
    card.sealed_button.click()
    dialog = card.opened.form
    assert isinstance(dialog, SealedRecords)
    qtbot.waitUntil(lambda: len(dialog.table.model.rows) == 1)
    assert dialog.table.model.rows[0].name == "示*1"
    dialog.table.select_row(0)
    dialog.open_button.click()
    form = dialog.form
    assert isinstance(form, RevealDialog)
    form.reason_edit.setText("家属查询")
    form.save_button.click()
    qtbot.waitUntil(lambda: "shown0" in form._named)
    assert form._named["shown0"].text() == "示例p1"  # type: ignore[attr-defined]
    form.cancel_button.click()
    dialog.unseal_button.click()
    unseal = dialog.form
    assert isinstance(unseal, UnsealForm)
    unseal.save_button.click()
    assert unseal.problem.isVisible()
    unseal.reason_edit.setText("登记有误")
    unseal.save_button.click()
    qtbot.waitUntil(lambda: not dialog.table.model.rows)
    assert database.fetch(get_card, "p1", clock.today()).person.name == "示例p1"
    dialog.close_button.click()


def test_the_card_seals_the_dead_only(page: ResidentsPage, database: Database, qtbot: QtBot,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    page.open_with({"person": "p2"})
    qtbot.waitUntil(lambda: page.card.card is not None and page.card.card.person.id == "p2")
    assert not page.card.menu_actions["seal"].isEnabled()
    page.open_with({"person": "p1"})
    qtbot.waitUntil(lambda: page.card.card is not None and page.card.card.person.id == "p1")
    monkeypatch.setattr(messages, "confirm", lambda *_: True)
    page.card.menu_actions["seal"].trigger()
    qtbot.waitUntil(lambda: [row.id for row in page.table.model.rows] == ["p2", "p3"])
    assert sealing.list_sealed(database)[0].id == "p1"


def test_what_is_due_is_deleted_after_asking(
    peopled: AppContext, database: Database, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_today(dt.date(2032, 1, 1))
    card = PrivacyCard(peopled)
    qtbot.addWidget(card)
    card.add_buttons()
    card.show()
    card.due_button.click()
    dialog = card.opened.form
    assert isinstance(dialog, DeletionDialog)
    qtbot.waitUntil(lambda: len(dialog.table.model.rows) == 1)
    monkeypatch.setattr(messages, "confirm", lambda *_: False)
    dialog.all_button.click()
    assert len(dialog.table.model.rows) == 1
    monkeypatch.setattr(messages, "confirm", lambda *_: True)
    dialog.all_button.click()
    qtbot.waitUntil(lambda: "No backup" in dialog.state_label.text())
    qtbot.waitUntil(lambda: not dialog.table.model.rows)
    assert verify_audit(database).fault is None
    dialog.close_button.click()


@pytest.fixture
def ringed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    keyring.release()
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    path = tmp_path / "community.db"
    database = open_database(path)
    import_facts(database, factories.document(), "test")
    opened, _recovery = accounts.begin_accounts(database, "li", SECRET, "test")
    accounts.add_account(opened, accounts.NewAccount("wang", accounts.Role.COMMITTEE), SECRET, "li")
    opened.close()
    keyring.release()
    return path


def test_an_administrator_destroys_the_keys_by_typing_the_name(
    start: Callable[..., Desktop], ringed: Path, qtbot: QtBot
) -> None:
    desktop = start("--db", str(ringed))
    sign_in(desktop, "li", SECRET, qtbot)
    page = settings_page(desktop, qtbot)
    page.privacy_card.wipe_button.click()
    form = page.privacy_card.opened.form
    assert isinstance(form, WipeForm)
    qtbot.waitUntil(lambda: "community.db.keys" in form.plan_label.text())
    form.typed_edit.setText("yes")
    form.save_button.click()
    assert form.problem.isVisible() and keyring.exists(ringed)
    form.typed_edit.setText("community.db")
    form.save_button.click()
    qtbot.waitUntil(lambda: not keyring.exists(ringed))
    qtbot.waitUntil(lambda: not desktop.is_busy)
    assert desktop.window.context is None
    for name in ("li", "wang"):
        with pytest.raises(GridAppError):
            signing_in.open_as(ringed, name, SECRET)


def test_only_an_administrator_is_offered_restoring_and_deleting(
    start: Callable[..., Desktop], ringed: Path, qtbot: QtBot
) -> None:
    database = signing_in.open_as(ringed, "li", SECRET)
    backups.back_up(database)
    database.close()
    keyring.release()
    desktop = start("--db", str(ringed))
    sign_in(desktop, "wang", SECRET, qtbot)
    page = settings_page(desktop, qtbot)
    card = page.privacy_card
    assert not card.wipe_button.isVisibleTo(card) and not card.due_button.isVisibleTo(card)
    assert desktop.doorkeeper.account == "wang"


def test_an_administrator_names_who_sees_children(start: Callable[..., Desktop], ringed: Path, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton

    desktop = start("--db", str(ringed))
    sign_in(desktop, "li", SECRET, qtbot)
    page = settings_page(desktop, qtbot)
    card = page.accounts_card

    def button() -> QPushButton | None:
        return next((one for one in card.findChildren(QPushButton)
                     if one.property("account") == "wang" and one.text() == "May see children"), None)  # fmt: skip

    qtbot.waitUntil(lambda: button() is not None)
    found = button()
    assert found is not None
    found.click()
    qtbot.waitUntil(lambda: button() is None)
    assert desktop.window.context is not None
    desktop.shut_down()
    keyring.release()
    opened = signing_in.open_as(ringed, "wang", SECRET)
    assert opened.principal.sees_children
    opened.close()
