"""One running window with at most one open database."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QLabel

from gridapp import errors
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from ui import fonts, messages, pages, preferences, startup
from ui.context import AppContext
from ui.dialogs.welcome import Welcome
from ui.jobs import Job, JobRunner
from ui.main_window import MainWindow
from ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from gridapp.db.database import Database

logger = logging.getLogger(__name__)

QUIET_MS = 400
"""After the first page, before later pages are made ready."""


class Desktop(QObject):
    """Opens databases off the UI thread and hands them to the window."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self._options = options
        self._runner = JobRunner(1, "start", self)
        self._context: AppContext | None = None
        self._opening: Job | None = None
        self._first_page: tuple[str, object] = (options.page or preferences.text("window/page", "today"), None)
        self._painted = False
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._prewarm)
        self._camera: QObject | None = None
        self._watchdog: QObject | None = None
        self._leaving: Database | None = None
        self._wanted = self._damaged = self._damage = self._restored = ""
        self.window = MainWindow()
        self._cover = QLabel()
        self._message = EmptyState(self._cover)
        self.welcome = Welcome()
        self.window.show_cover(self.welcome)
        self.window.show_cover(self._cover)
        self._connect()

    @property
    def is_busy(self) -> bool:
        """Return whether a database is being opened."""
        return self._opening is not None

    def start(self) -> None:
        """Show the window; the database is opened after it was painted once."""
        if self._options.size:
            self.window.resize(*self._options.size)
        self.window.whole.installEventFilter(self)
        self.window.show()
        if self._options.screenshot:
            from ui.screenshot import Camera

            self._camera = Camera(self, self._options.screenshot)
        if os.environ.get("GRIDAPP_WATCH_STALLS"):
            from ui.stall_watchdog import StallWatchdog

            self._watchdog = StallWatchdog(self)

    def open(self, location: str, demo: bool = False) -> None:
        """Close what is open and open another database, a new one if it is not there."""
        if self.is_busy:
            return
        self._close()
        self._wanted = location if "://" not in location else ""
        self._message.describe("database", _("Opening the data…"))
        self._message.appear(True)
        self.window.show_cover(self._cover)
        self.welcome.set_busy(True)
        encrypt = not self._options.no_encrypt
        first = next((page for page in pages.PAGES if page.key == self._first_page[0] and page.exists), None)
        module = first.factory.partition(":")[0] if first else ""
        if demo:
            title = _("Making the demonstration data…")
            job = self._runner.start(startup.open_demo, location, encrypt, module, title=title, reports_progress=True)
            self._message.describe("database", _("Making the demonstration data. This takes a little while…"))
        else:
            job = self._runner.start(startup.open_project, location, encrypt, module)
        self._opening = job
        job.succeeded.connect(self._on_opened)
        job.failed.connect(self._on_open_failed)
        job.cancelled.connect(self._show_welcome)
        job.finished.connect(self._on_open_finished)

    def shut_down(self) -> None:
        """Stop every job, then close the database, with a backup if the window was closed."""
        self._close()
        self._runner.shut_down()
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            startup.leave(leaving, is_backed_up=not self._options.screenshot)

    def _connect(self) -> None:
        self._runner.started.connect(self.window.status.jobs.follow)
        self.welcome.door_chosen.connect(self._on_door)
        self.welcome.open_requested.connect(self._choose_file)
        self._message.action_requested.connect(self._show_welcome)
        self.window.file_requested.connect(self._on_file_requested)
        self.window.demo_removal_requested.connect(self._remove_demo)
        self.window.closing.connect(self._on_window_closing)

    def _after_first_paint(self) -> None:
        location = self._options.db or self._options.database or preferences.text("database/last")
        given = bool(self._options.db or self._options.database)
        if location and (given or "://" in location or Path(location).exists()):
            self.open(location)
        elif startup.default_file().exists():
            self.open(str(startup.default_file()))
        else:
            self._show_welcome()

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
        location = opened.database.location
        if "://" not in location:
            preferences.keep("database/last", str(Path(location).resolve()))
        self._context = AppContext(opened.database, startup.actor_name(), opened.settings, self)
        self._message.appear(False)
        self.window.attach(self._context)
        self.window.show_place(opened.place)
        self._context.data_changed.connect(self._on_data_changed)
        self._context.demo_removal_requested.connect(self._remove_demo)
        self._context.backup_made.connect(self.window.status.show_backup)
        self._context.restore_requested.connect(self._restore)
        if opened.has_file and not self._options.screenshot:
            from ui.backup_keeper import BackupKeeper  # heavy: imported when first used

            BackupKeeper(self._context)
        if opened.database.notice:
            messages.show_notice(self.window, opened.database.notice)
        if opened.has_file:
            self.window.status.show_backup(opened.backed_up)
        QTimer.singleShot(0, self, self._show_first_page)  # the frame is painted first: two short waits, not a long one
        self._quiet.start(QUIET_MS)

    @Slot()
    def _show_first_page(self) -> None:
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
        self.welcome.set_busy(False)

    @Slot()
    def _prewarm(self) -> None:
        fonts.load_rare()
        if self._context is not None and not self._options.screenshot:
            self._context.run(startup.prewarm)

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
        self._leaving = self._close(keeps_open=True)

    @Slot(str)
    def _restore(self, backup: str) -> None:
        location = self._context.database.location if self._context is not None else self._damaged
        if self.is_busy or not location:
            return
        self._close()
        self._message.describe("history", _("Putting the backup in place…"))
        self._message.appear(True)
        self.window.show_cover(self._cover)
        job = self._runner.start(
            startup.restore_project, location, backup, title=_("Putting the backup in place…"), reports_progress=True
        )
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
        context, self._context = self._context, None
        if context is not None:
            self.window.detach()
            context.shut_down()
            context.deleteLater()
            if keeps_open:
                return context.database
            context.database.close()
        return None

    # Overrides of Qt methods

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._after_first_paint)
        return False
