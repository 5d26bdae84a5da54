"""The card about accounts on the settings page."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridapp import clock
from gridapp.db.queries.accounts import AccountRow, AccountsOverview
from gridapp.domain.access import ROLE_TITLES, Principal, Role
from gridapp.domain.changes import Changes
from gridapp.i18n import _
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.account_forms import AccountForm, Entrance, FirstAccountForm, PasswordForm, RecoveryForm
from ui.dialogs.list_dialog import OpenForm
from ui.widgets import basics
from ui.widgets.place_finder import PlaceFinder


class AccountsCard(basics.Card):
    """Who may open the database; an administrator adds, shuts out and gives the file another key.

    Signals:
        changed: Changes of accounts; the page asks for them again.
    """

    changed = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(_("Accounts"), parent=parent)
        self._context = context
        self.opened = OpenForm(self)
        self.opened.stored.connect(self.changed)
        self._communities: list[tuple[str, str]] = []
        self._workers: list[tuple[str, str]] = []
        self.state_label = basics.label("", wrap=True)
        self.body.addWidget(self.state_label)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.current().px(theme.GAP_S))
        self.body.addLayout(self._list)
        self._rows: list[QWidget] = []
        buttons = QHBoxLayout()
        self.begin_button = basics.button(_("Set up accounts…"), "primary", "lock")
        self.add_button = basics.button(_("Add an account…"), "secondary", "plus")
        self.password_button = basics.button(_("Change my password…"), "secondary", "pencil")
        self.recovery_button = basics.button(_("New recovery key…"), "quiet", "shield-check")
        self.rekey_button = basics.button(_("Give the file a new key"), "quiet", "refresh")
        self.lock_button = basics.button(_("Lock now"), "quiet", "lock", _("Ctrl+L"))
        for made, slot in (
            (self.begin_button, self._begin), (self.add_button, self._add), (self.password_button, self._change_own),
            (self.recovery_button, self._renew), (self.rekey_button, self._rekey), (self.lock_button, self._lock),
        ):  # fmt: skip
            made.clicked.connect(slot)
            buttons.addWidget(made)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self.show_accounts(AccountsOverview((), (), ()))

    def show_accounts(self, found: AccountsOverview) -> None:
        """Show who has an account; a limited account sees its own name only."""
        self._communities, self._workers = list(found.communities), list(found.workers)
        self._has_more = found.has_more
        principal = self._context.principal
        has, rules = principal.role is not None, principal.role is Role.ADMINISTRATOR
        on_file = "://" not in self._context.location
        self.state_label.setText(_state(principal))
        self.begin_button.setVisible(not has)
        for button in (self.password_button, self.lock_button):
            button.setVisible(has)
        self.add_button.setVisible(rules)
        for button in (self.recovery_button, self.rekey_button):
            button.setVisible(rules and on_file)
        for line in self._rows:
            self._list.removeWidget(line)
            line.deleteLater()
        self._rows = [self._row(row, rules and row.name != principal.name) for row in found.rows]
        for line in self._rows:
            self._list.addWidget(line)

    def _row(self, row: AccountRow, can_change: bool) -> QWidget:
        line = QWidget()
        box = QHBoxLayout(line)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(basics.label(row.name, "strong"))
        words = [
            _(ROLE_TITLES[row.role]), " ".join(row.communities), "" if row.active else _("shut out"),
            _("sees children") if row.sees_children else "",
        ]  # fmt: skip
        box.addWidget(basics.label(" · ".join(word for word in words if word), "body", "muted"), 1)
        if can_change and row.active:
            children = _("No children") if row.sees_children else _("May see children")
            offered = (
                (children, "eye-off" if row.sees_children else "eye", self._change_children),
                (_("Password…"), "pencil", self._change_other), (_("Shut out"), "x", self._remove),
            )  # fmt: skip
            for text, icon, slot in offered:
                made = basics.button(text, "quiet", icon)
                made.setProperty("account", row.name)
                made.setProperty("seesChildren", row.sees_children)
                made.setAccessibleName(f"{text} {row.name}")
                made.clicked.connect(slot)
                box.addWidget(made)
        return line

    @Slot()
    def _begin(self) -> None:
        self.opened.open(FirstAccountForm(self), self._on_begun)

    @Slot(object)
    def _on_begun(self, entrance: Entrance) -> None:
        if self.opened.form is not None:
            self.opened.form.accept()
        self._context.accounts_requested.emit(entrance)

    @Slot()
    def _rekey(self) -> None:
        loss = _(
            "The whole file is encrypted anew. Whoever was shut out cannot read it any more, even with an old copy of "
            "its key."
        )
        if messages.confirm(self, _("Give the file a new key?"), loss, _("Give a new key")):
            self._context.accounts_requested.emit(None)

    @Slot()
    def _lock(self) -> None:
        self._context.lock_requested.emit()

    @Slot()
    def _add(self) -> None:
        finder = PlaceFinder(self._context.fetch, clock.today(), ("anyone",)) if self._has_more else None
        self.opened.open(AccountForm(self, self._communities, self._workers, finder), self._on_added)

    @Slot(object)
    def _on_added(self, entered: object) -> None:
        from gridapp.services.accounts import add_account  # heavy: imported when first used

        assert isinstance(entered, tuple)
        self.opened.follow(self._context.change(
            add_account, *entered, self._context.actor, initiator=self, announce_errors=False
        ))  # fmt: skip

    @Slot()
    def _change_own(self) -> None:
        self._ask_password(self._context.principal.name)

    @Slot()
    def _change_other(self) -> None:
        self._ask_password(self._named())

    def _ask_password(self, name: str) -> None:
        made = PasswordForm(self, name, asks_present=name == self._context.principal.name)
        made.setProperty("account", name)
        self.opened.open(made, self._on_password)

    @Slot(object)
    def _on_password(self, entered: object) -> None:
        from gridapp.services.accounts import change_password  # heavy: imported when first used

        assert isinstance(entered, tuple)
        assert self.opened.form is not None
        name = str(self.opened.form.property("account"))
        self.opened.follow(self._context.change(
            change_password, name, *entered, self._context.actor, initiator=self, announce_errors=False
        ))  # fmt: skip

    @Slot()
    def _change_children(self) -> None:
        from gridapp.services.accounts import name_for_children  # heavy: imported when first used

        sender = self.sender()
        sees = sender is not None and not sender.property("seesChildren")
        job = self._context.change(name_for_children, self._named(), sees, self._context.actor, initiator=self)
        job.succeeded.connect(self.changed)

    @Slot()
    def _remove(self) -> None:
        from gridapp.services.accounts import remove_account  # heavy: imported when first used

        name = self._named()
        loss = _("What they did stays in the audit log. To be safe, give the file a new key afterwards.")
        if messages.confirm(self, _("Shut {name} out?").format(name=name), loss, _("Shut out")):
            job = self._context.change(remove_account, name, self._context.actor, initiator=self)
            job.succeeded.connect(self.changed)

    @Slot()
    def _renew(self) -> None:
        from gridapp.services.accounts import renew_recovery  # heavy: imported when first used

        loss = _("The recovery key you have now will no longer open the file.")
        if messages.confirm(self, _("Make a new recovery key?"), loss, _("Make a new one")):
            job = self._context.change(renew_recovery, self._context.actor, initiator=self)
            job.succeeded.connect(self._on_renewed)

    @Slot(object)
    def _on_renewed(self, changes: Changes) -> None:
        RecoveryForm(self, str(changes.result)).open()

    def _named(self) -> str:
        sender = self.sender()
        return str(sender.property("account")) if sender is not None else ""



def _state(principal: Principal) -> str:
    if principal.role is None:
        return _("Nobody signs in: whoever uses this computer sees everything.")
    return _("Signed in as {name} ({role}).").format(name=principal.name, role=_(ROLE_TITLES[principal.role]))
