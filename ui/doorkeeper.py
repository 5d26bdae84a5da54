"""Who comes in: the sign-in screen, the lock, and changes of who has a key.

Opening itself stays with ``Desktop``: whatever opens a database here is handed
over as a job, and closing is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from gridapp.errors import SignInError
from gridapp.i18n import _
from ui import messages, preferences, startup
from ui.context import AppContext
from ui.jobs import JobRunner
from ui.main_window import MainWindow

if TYPE_CHECKING:
    from gridapp.db.database import Database
    from ui.dialogs.sign_in import SignIn
    from ui.locking import IdleLock

NAME_KEY = "database/account"


class Doorkeeper(QObject):
    """Asks for name and password, and locks when nobody is there.

    Attributes:
        account: Who signed in last, also where the file itself could then not be opened; "" without accounts.

    Signals:
        opening: a Job whose result is an ``Opened``.
        waiting: icon and sentence to show while a job works on the file, and what to offer then; "" for nothing.
        other_requested: the user wants another file.
    """

    opening = Signal(object)
    waiting = Signal(str, str, str)
    other_requested = Signal()

    def __init__(self, window: MainWindow, runner: JobRunner, close: Callable[[bool], Database | None],
                 parent: QObject) -> None:
        """Make a doorkeeper with an empty screen.

        Args:
            window: Where the sign-in screen is shown.
            runner: For what takes a while.
            close: Takes the database out of the window; True hands it over still open.
            parent: As usual in Qt.
        """
        super().__init__(parent)
        self._window, self._runner, self._close = window, runner, close
        self._location = self._module = self.account = ""
        self._idle: IdleLock | None = None
        self._screen: SignIn | None = None
        self._context: AppContext | None = None

    @property
    def screen(self) -> SignIn:
        """Return the sign-in screen, made when first needed."""
        if self._screen is None:
            from ui.dialogs.sign_in import SignIn

            self._screen = SignIn()
            self._screen.submitted.connect(self._on_submitted)
            self._screen.other_requested.connect(self.other_requested)
        return self._screen

    def expect(self, location: str, module: str) -> None:
        """Take note of what is being opened, and of the module of the page to show first."""
        self._location, self._module = location, module

    def takes(self, error: Exception) -> bool:
        """Ask for name and password if that is what an opening failed for; returns whether it was."""
        if not isinstance(error, SignInError):
            return False
        is_first = self._screen is None or not self._screen.isVisible()
        self._ask("" if is_first else messages.sentence(error))
        return True

    def let_in(self, context: AppContext, recovery: str) -> None:
        """Begin to watch for an idle computer, and show a recovery key that was just made."""
        self._context = context
        context.accounts_requested.connect(self._change)
        context.lock_requested.connect(self.lock)
        context.wipe_requested.connect(self._wipe)
        principal = context.principal
        if principal.role is None:
            self.account = ""
            return
        from ui.locking import IdleLock

        preferences.keep(NAME_KEY, principal.name)
        self.account = principal.name
        self._idle = IdleLock(self)
        self._idle.lock_requested.connect(self.lock)
        self._idle.start(context.settings.lock_minutes)
        if recovery:
            from ui.dialogs.account_forms import RecoveryForm

            RecoveryForm(self._window, recovery).open()

    def rest(self) -> None:
        """Nothing is open any more."""
        self._context = None
        if self._idle is not None:
            self._idle.stop()
            self._idle.deleteLater()
            self._idle = None

    @Slot()
    def lock(self) -> None:
        """Close what is open until somebody signs in again; what was half typed is kept as a draft."""
        if self._context is None:
            return
        if self._context.principal.role is None:
            self._window.tell(_("Without accounts there is nothing to lock. Settings, Accounts sets them up."))
            return
        self._location = self._context.location
        self._close(False)
        startup.forget_keys()
        self._ask("")

    @Slot(object)
    def _change(self, request: object) -> None:
        if self._context is None:
            return
        self._location = self._context.location
        database = self._close(True)
        title = _("Giving the file a new key…") if request is None else _("Setting up accounts…")
        self.waiting.emit("lock", title, "")
        if request is None:
            job = self._runner.start(startup.rekey, database, self._module, title=title, reports_progress=True)
        else:
            name, password = request.name, request.password  # type: ignore[attr-defined]
            job = self._runner.start(
                startup.begin_accounts, database, name, password, self._module, title=title, reports_progress=True
            )
        self.opening.emit(job)

    @Slot(object)
    def _wipe(self, request: object) -> None:
        """Close the file and destroy its keys; whoever wants to go on begins another."""
        if self._context is None:
            return
        database = self._close(True)
        title = _("Destroying the keys…")
        self.waiting.emit("lock", title, "")
        job = self._runner.start(startup.wipe, database, request, title=title)
        job.succeeded.connect(self._on_wiped)
        job.failed.connect(self._on_not_wiped)

    @Slot(object)
    def _on_wiped(self, said: list[str]) -> None:
        for key in ("database/last", NAME_KEY):
            preferences.keep(key, "")
        startup.forget_keys()
        self.account = ""
        self.waiting.emit("check", "\n".join(said), _("Choose another way to begin"))

    @Slot(object)
    def _on_not_wiped(self, error: Exception) -> None:
        self.waiting.emit("alert-triangle", messages.sentence(error), _("Choose another way to begin"))

    @Slot(str, str)
    def _on_submitted(self, name: str, password: str) -> None:
        self.account = name
        self.opening.emit(self._runner.start(startup.sign_in, self._location, name, password, self._module))

    def _ask(self, problem: str) -> None:
        self._window.show_cover(self.screen)
        self.screen.ask(self._location, preferences.text(NAME_KEY), problem)
