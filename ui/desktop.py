"""One running window with at most one open database."""

from __future__ import annotations

import argparse
import functools
import os
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QLabel

from gridapp import errors
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from ui import first_page, fonts, messages, pages, preferences, startup
from ui.context import AppContext
from ui.doorkeeper import Doorkeeper
from ui.jobs import NEXT_TURN_MS, Job, JobRunner
from ui.main_window import MainWindow
from ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from gridapp.db.database import Database
    from gridapp.db.first_page import FirstPage
    from ui.dialogs.welcome import Welcome

QUIET_MS = 400
"""After the first page, before the rest is made ready."""


class Desktop(QObject):
    """Opens databases off the UI thread and hands them to the window."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self._options = options
        self._runner = JobRunner(1, "start", self)
        self._context: AppContext | None = None
        self._keeper: first_page.FirstPageKeeper | None = None
        self._opening: Job | None = None
        self._door: Future[Database] | None = None
        self._welcome: Welcome | None = None
        self._first_page: tuple[str, object] = (options.page or preferences.text("window/page", "today"), None)
        self._painted = False
        self._is_closed = False
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._load_rest)
        self._camera: QObject | None = None
        self._watchdog: QObject | None = None
        self._leaving: Database | None = None
        self._wanted = self._damaged = self._damage = self._restored = ""
        self.window = MainWindow()
        self.doorkeeper = Doorkeeper(self.window, self._runner, self._close, self)
        self._cover = QLabel()
        self._message = EmptyState(self._cover)
        self.window.show_cover(self._cover)
        self._connect()

    @property
    def is_busy(self) -> bool:
        """Return whether a database is being opened."""
        return self._opening is not None or self._door is not None

    def is_at_rest(self) -> bool:
        """Return whether nothing is being opened or loaded."""
        page = self.window.current_page
        return not (self.is_busy or self.window.is_preparing or (page is not None and page.is_loading))

    @property
    def welcome(self) -> Welcome:
        """Return the three ways to begin, made when first needed."""
        if self._welcome is None:
            from ui.dialogs.welcome import Welcome

            self._welcome = Welcome()
            self._welcome.door_chosen.connect(self._on_door)
            self._welcome.open_requested.connect(self._choose_file)
        return self._welcome

    def start(self) -> None:
        """Show the window, with the first page if the database remembers it; it is opened after that was painted."""
        if self._options.size:
            self.window.resize(*self._options.size)
        location = self._location()
        if location and self._first_page[0] == first_page.KEY and "://" not in location:
            remembered = first_page.read(location)
            if remembered is not None:
                self._show_remembered(location, remembered)
        self.window.whole.installEventFilter(self)
        self.window.show()
        if self._options.screenshot:
            from ui.screenshot import Camera

            self._camera = Camera(self.window, self._options.screenshot, self.is_at_rest)
        if os.environ.get("GRIDAPP_WATCH_STALLS"):
            from ui.stall_watchdog import StallWatchdog

            self._watchdog = StallWatchdog(self)

    def open(self, location: str, demo: bool = False) -> None:
        """Close what is open and open another database, a new one if it is not there."""
        if self.is_busy or not self.window.may_leave(functools.partial(self.open, location, demo)):
            return
        self._close()
        self._wanted = location if "://" not in location else ""
        self._say("database", _("Opening the data…"))
        if self._welcome is not None:
            self._welcome.set_busy(True)
        encrypt = not self._options.no_encrypt
        first = next((page for page in pages.PAGES if page.key == self._first_page[0] and page.exists), None)
        module = first.module if first else ""
        self.doorkeeper.expect(location, module)
        if demo:
            title = _("Making the demonstration data…")
            job = self._runner.start(startup.open_demo, location, encrypt, module, title=title, reports_progress=True)
            self._message.describe("database", _("Making the demonstration data. This takes a little while…"))
        else:
            job = self._runner.start(startup.open_project, location, encrypt, module)
        self._follow(job)

    @Slot(str, str, str)
    def _say(self, icon: str, text: str, action: str = "") -> None:
        self._message.describe(icon, text, action)
        self._message.appear(True)
        self.window.show_cover(self._cover)

    @Slot(object)
    def _follow(self, job: Job) -> None:
        self._opening = job
        job.succeeded.connect(self._on_opened)
        job.failed.connect(self._on_open_failed)
        job.cancelled.connect(self._show_welcome)
        job.finished.connect(self._on_open_finished)

    def shut_down(self) -> None:
        """Stop every job, then close the database, with a backup if the window was closed."""
        self._is_closed = True
        self._close()
        self._runner.shut_down()
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            startup.leave(leaving, is_backed_up=not self._options.screenshot)

    def _connect(self) -> None:
        self._runner.started.connect(self.window.status.jobs.follow)
        self._message.action_requested.connect(self._show_welcome)
        self.window.file_requested.connect(self._on_file_requested)
        self.window.demo_removal_requested.connect(self._remove_demo)
        self.window.closing.connect(self._on_window_closing)
        self.doorkeeper.opening.connect(self._follow)
        self.doorkeeper.waiting.connect(self._say)
        self.doorkeeper.other_requested.connect(self._choose_file)

    def _location(self) -> str:
        """Return what to open first: what was named, what was open last, one's own file; "" when there is nothing."""
        named: str = self._options.db or self._options.database or ""
        last = preferences.text("database/last")
        if named or (last and ("://" in last or Path(last).exists())):
            return named or last
        own = startup.default_file()
        return str(own) if own.exists() else ""

    def _after_first_paint(self) -> None:
        location = self._location()
        if self._door is not None and self._context is not None:
            encrypt = not self._options.no_encrypt
            self._follow(self._runner.start(startup.open_behind, self._door, self._context.location, encrypt))
        elif location:
            self.open(location)
        else:
            self._show_welcome()

    def _show_remembered(self, location: str, remembered: FirstPage) -> None:
        """Show Today before the database is open; whatever is asked or saved meanwhile waits for it."""
        self._door = Future()
        self._take_context(AppContext(self._door, startup.actor_name(), remembered.settings, self, location))
        self.window.show_place(startup.name_place([row.name for row in remembered.choices.communities]))
        self.window.go_to(first_page.KEY)
        page = self.window.current_page
        if page is not None:
            page.show_remembered(remembered)

    def _take_context(self, context: AppContext) -> None:
        self._context = context
        self._message.appear(False)
        self.window.attach(context)
        context.data_changed.connect(self._on_data_changed)
        context.demo_removal_requested.connect(self._remove_demo)
        context.backup_made.connect(self.window.status.show_backup)
        context.restore_requested.connect(self._restore)

    @Slot()
    def _show_welcome(self) -> None:
        self.welcome.set_busy(False)
        self.window.show_cover(self.welcome)
        self.welcome.doors["demo"].setFocus()

    @Slot(str)
    def _on_door(self, key: str) -> None:
        self._first_page = ("data", {"import": True}) if key == "import" else ("today", None)
        demo = key == "demo"
        self.open(str(startup.demo_file() if demo else startup.default_file()), demo)

    @Slot(str)
    def _on_file_requested(self, key: str) -> None:
        if key == "open_file":
            self._choose_file()
            return
        name, _kind = QFileDialog.getSaveFileName(
            self.window, _("New file"), str(startup.default_file()), _("GridApp data (*.db)")
        )
        if name:
            self.open(name if name.endswith(".db") else name + ".db")

    @Slot()
    def _choose_file(self) -> None:
        folder = str(startup.default_file().parent)
        name, _kind = QFileDialog.getOpenFileName(
            self.window, _("Open file"), folder, _("GridApp data (*.db);;All files (*)")
        )
        if name:
            self.open(name)

    @Slot(object)
    def _on_opened(self, opened: startup.Opened) -> None:
        if self._is_closed:
            opened.database.close()  # nobody wants it any more
            return
        location = opened.database.location
        if "://" not in location:
            preferences.keep("database/last", str(Path(location).resolve()))
        if self._door is not None and self._context is not None:
            self._door = None
            self._context.take_settings(opened.settings)
            self.window.go_on()
        else:
            self._take_context(AppContext(opened.database, opened.actor, opened.settings, self))
            # The frame is painted first: two short waits, not a long one.
            QTimer.singleShot(NEXT_TURN_MS, self, self._show_first_page)
        context = self._context
        assert context is not None
        self.window.show_place(opened.place)
        self.doorkeeper.let_in(context, opened.recovery)
        if opened.has_file and not self._options.screenshot:
            from ui.backup_keeper import BackupKeeper  # heavy: imported when first used

            BackupKeeper(context)
        if opened.database.notice:
            messages.show_notice(self.window, opened.database.notice)
        if opened.has_file:
            self.window.status.show_backup(opened.backed_up)
        self._quiet.start(QUIET_MS)

    @Slot()
    def _show_first_page(self) -> None:
        if self.window.current_page is not None or self.window.is_preparing:
            return  # somebody was quicker, and stays where they went
        key, argument = self._first_page
        if key not in {page.key for page in pages.PAGES if page.exists}:
            key, argument = next((page.key for page in pages.PAGES if page.exists), ""), None
        if key:
            self.window.go_to(key, argument)
        else:
            self._message.describe("info", _("No page is installed."))
            self._message.appear(True)

    @Slot(object)
    def _on_open_failed(self, error: Exception) -> None:
        if self._door is not None:  # what was remembered is of no use without the rest
            self._close()
            self.window.show_cover(self._cover)
            self._message.appear(True)
        if self.doorkeeper.takes(error):
            return
        if isinstance(error, errors.GridAppError):
            text = messages.sentence(error)
            if isinstance(error, errors.StorageError):
                text += "\n" + messages.next_step(error)
            self._message.describe("alert-triangle", text, _("Choose another way to begin"))
            if isinstance(error, errors.ForeignDatabaseError) and self._wanted:
                self._damaged, self._damage = self._wanted, messages.sentence(error)
                self._runner.start(startup.newest_backup, self._wanted).succeeded.connect(self._offer_backup)
        else:
            self._show_welcome()
            messages.show_error(self.window, error)

    @Slot()
    def _on_open_finished(self) -> None:
        self._opening = None
        if self._welcome is not None:
            self._welcome.set_busy(False)

    @Slot()
    def _load_rest(self) -> None:
        fonts.load_rare()
        if self._context is not None and not self._options.screenshot:
            modules = [page.module for page in pages.PAGES if page.exists and not page.is_heavy]
            self._context.run(startup.prewarm, modules)
            self._keeper = first_page.FirstPageKeeper(self._context)
            self._keeper.start()

    @Slot(object, object)
    def _on_data_changed(self, changes: Changes, initiator: object) -> None:
        if self._context is not None and Kind.PLACE in changes.kinds:
            self._context.run(startup.read_place, self._context.database).succeeded.connect(self.window.show_place)

    @Slot()
    def _remove_demo(self) -> None:
        context = self._context
        if context is None or not context.settings.demo or self.is_busy:
            return
        question = _("Remove the demonstration data?")
        loss = _("Every invented person with all that was entered goes. This cannot be taken back.")
        if not messages.confirm(self.window, question, loss, _("Remove")):
            return
        location = context.database.location
        if location != str(startup.demo_file()):
            context.change(startup.empty_demo, context.actor, initiator=self, title=_("Removing…"))
            return
        self._close()
        startup.remove_file(location)
        preferences.keep("database/last", "")
        self._show_welcome()

    @Slot()
    def _on_window_closing(self) -> None:
        self._is_closed = True
        self.window.hide()  # what is still to be done after that, nobody waits for
        self._leaving = self._close(keeps_open=True)

    @Slot(str)
    def _restore(self, backup: str) -> None:
        location = self._context.location if self._context is not None else self._damaged
        if self.is_busy or not location:
            return
        self._close()
        title, account = _("Putting the backup in place…"), self.doorkeeper.account
        self._say("history", title)
        job = self._runner.start(startup.restore_project, location, backup, account, title=title, reports_progress=True)
        self._opening, self._damaged = job, location
        job.succeeded.connect(self._on_restored)
        job.failed.connect(self._on_open_failed)
        job.cancelled.connect(self._show_welcome)
        job.finished.connect(self._on_restore_finished)

    @Slot(object)
    def _on_restored(self, _nothing: object) -> None:
        self._restored, self._damaged = self._damaged, ""

    @Slot()
    def _on_restore_finished(self) -> None:
        self._on_open_finished()
        location, self._restored = self._restored, ""
        if location:
            self.open(location)

    @Slot(object)
    def _offer_backup(self, newest: Path | None) -> None:
        if newest is None or self._context is not None:
            return
        from ui.dialogs.restore_dialog import RestoreDialog

        dialog = RestoreDialog(self._runner.start, self._damaged, newest, self.window, self._damage)
        dialog.restore_chosen.connect(self._restore)
        dialog.open()

    def _close(self, keeps_open: bool = False) -> Database | None:
        """Take the database out of the window and close it, or hand it to the caller still open."""
        self._quiet.stop()
        self.doorkeeper.rest()
        context, self._context = self._context, None
        keeper, self._keeper = self._keeper, None
        door, self._door = self._door, None
        if context is None:
            return None
        self.window.detach()
        if door is not None and self._opening is None:
            door.set_exception(errors.OperationCancelled())  # nobody has begun to open it
        context.shut_down()
        context.deleteLater()
        if not context.is_open:
            return None
        if keeper is not None:
            keeper.finish()
        if not keeps_open:
            startup.leave(context.database, is_backed_up=False)
        return context.database if keeps_open else None

    # Overrides of Qt methods

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._after_first_paint)
        return False
