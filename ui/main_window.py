"""The window: navigation, search, message area, status; no logic of any page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from ui import crash, messages, pages, preferences, startup, theme
from ui.actions import Actions
from ui.clipboard_gate import ClipboardGate
from ui.context import AppContext
from ui.jobs import NEXT_TURN_MS
from ui.pages.page import LoadingBar, Page
from ui.widgets import basics
from ui.widgets.clock_banner import ClockBanner
from ui.widgets.nav_rail import NavRail
from ui.widgets.search_box import people_search_box
from ui.widgets.status_line import StatusLine
from ui.widgets.toast import Toast
from ui.widgets.waiting_box import WaitingBox

LEAST_WIDTH, LEAST_HEIGHT = 1024, 640
USUAL_WIDTH, USUAL_HEIGHT = 1366, 728


class MainWindow(QMainWindow):
    """The shell around the pages; usable without a database, which ``attach`` brings.

    Signals:
        file_requested: "new_file" or "open_file".
        demo_removal_requested: the invented people are to go.
        page_shown: key of the page that is now in sight.
        closing: the window is about to go.
    """

    file_requested = Signal(str)
    demo_removal_requested = Signal()
    page_shown = Signal(str)
    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(_("GridApp"))
        self.setAcceptDrops(True)
        self.context: AppContext | None = None
        self._pages: dict[str, Page] = {}
        self._current = self._place = ""
        self._wish: tuple[str, object] | None = None
        self.commands = Actions(self, self.menuBar())
        self._build()
        self.toast = Toast(self.page_area)
        self._waiting_box = WaitingBox(self)
        self._connect()
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.resize(USUAL_WIDTH, USUAL_HEIGHT)
        shape = preferences.store().value("window/shape")
        if isinstance(shape, QByteArray):
            self.restoreGeometry(shape)

    def attach(self, context: AppContext) -> None:
        """Show a database: connect its signals and open the first page on demand."""
        self.context = context
        context.data_changed.connect(self._on_data_changed)
        context.error_raised.connect(self._on_error)
        context.undo_changed.connect(self._on_undo_changed)
        context.job_started.connect(self.status.jobs.follow)
        context.job_started.connect(self._waiting_box.follow)
        self._gate = ClipboardGate(context, self)
        self.commands.set_database_open(True)
        self.top.show()
        self.nav.show()
        self.status.show_place(context.location)
        self.show_settings()

    def detach(self) -> None:
        """Let go of the database: every page goes; call before its context shuts down."""
        if self.context is None:
            return
        self.context.data_changed.disconnect(self._on_data_changed)
        self.context.error_raised.disconnect(self._on_error)
        self.context.undo_changed.disconnect(self._on_undo_changed)
        self.context.job_started.disconnect(self.status.jobs.follow)
        self.context.job_started.disconnect(self._waiting_box.follow)
        for page in self._pages.values():
            page.retire()
            self.page_area.removeWidget(page)
            page.hide()
            page.deleteLater()
        self._pages.clear()
        self._waiting.rest()
        self._wish = None
        self._current = ""
        self.context = None
        self._gate.setParent(None)
        del self._gate
        self.toast.dismiss()
        self._show_closed()

    def show_cover(self, widget: QWidget) -> None:
        """Show something instead of pages, e.g. the welcome; it belongs to the window from now on."""
        if self.page_area.indexOf(widget) < 0:
            self.page_area.addWidget(widget)
        self.page_area.setCurrentWidget(widget)
        self._current = ""
        self.nav.show_current("")

    def show_place(self, place: str) -> None:
        """Say whose data this is, e.g. the community's name."""
        self._place = place
        self.show_settings()

    def show_settings(self) -> None:
        """Show name, user and demonstration mark after settings were read."""
        if self.context is not None:
            parts = (self.context.settings.community_name or self._place, self.context.actor)
            self.place_label.setText(" · ".join(part for part in parts if part))
            self.status.show_demo(self.context.settings.demo)
            self.commands["remove_demo"].setVisible(self.context.settings.demo)
            self.clock_banner.look_at_clock()

    @property
    def current_page(self) -> Page | None:
        """Return the page in sight."""
        return self._pages.get(self._current)

    def go_to(self, key: str, argument: object = None) -> None:
        """Show a page; one that is not there is ignored.

        A page is made when first asked for and shown a turn of the event loop later: two short waits, not a long one.
        """
        if self.context is None or not pages.entry(key).exists:
            return
        if key != self._current and not self.may_leave(functools.partial(self.go_to, key, argument)):
            self.nav.show_current(self._current)
            return
        if key not in self._pages and self._must_wait(key, self.context):
            self._wish = (key, argument)
            self.nav.show_current(key)
            return
        self._wish = None
        page = self._pages[key]
        if argument is not None:
            page.open_with(argument)
        left, self._current = self._current, key
        self.page_area.setCurrentWidget(page)
        if left != key and left and pages.entry(left).is_heavy:
            self.context.give_memory_back()
        self.nav.show_current(key)
        if not self.search_box.hasFocus():
            page.take_keyboard()
        preferences.keep("window/page", key)
        self.page_shown.emit(key)

    def may_leave(self, then: Callable[[], None]) -> bool:
        """Tell whether the page in sight has nothing unsaved; else it asks, and ``then`` is called when it is done."""
        page = self.current_page
        return page is None or page.may_leave(then)

    @property
    def is_preparing(self) -> bool:
        """Return whether a page that was asked for is still to be shown."""
        return self._wish is not None

    def go_on(self) -> None:
        """Go where the user wanted to go before the database was open or the page's module there."""
        self._waiting.rest()
        wish, self._wish = self._wish, None
        if wish is not None:
            self.go_to(*wish)

    def tell(self, text: str) -> None:
        """Show a passing message."""
        self.toast.tell(text)

    def _must_wait(self, key: str, context: AppContext) -> bool:
        """Make a page or have its module imported on another thread; return whether it cannot be shown in this turn."""
        if not context.is_open:
            if not self._pages:
                self._make_page(key, context)
                return False
            return True  # its module needs what is being loaded: the window would stand still
        if pages.entry(key).is_imported:
            self._make_page(key, context)
            QTimer.singleShot(NEXT_TURN_MS, self, self.go_on)
            return True
        job = context.run(startup.prewarm, [pages.entry(key).module])
        job.succeeded.connect(self._on_imported)
        job.failed.connect(self._on_import_failed)
        self._waiting.setGeometry(0, 0, self.page_area.width(), self._waiting.height())
        self._waiting.raise_()
        self._waiting.wait()
        return True

    def _on_imported(self, _nothing: object) -> None:
        self.go_on()

    def _on_import_failed(self, error: Exception) -> None:
        self._waiting.rest()
        self._wish = None
        self.nav.show_current(self._current)

    def _make_page(self, key: str, context: AppContext) -> None:
        page = pages.entry(key).load()(context)
        page.setAccessibleName(pages.entry(key).title)
        page.navigate_requested.connect(self.go_to)
        page.notice_raised.connect(self.tell)
        self._pages[key] = page
        self.page_area.addWidget(page)

    def _build(self) -> None:
        self.nav = NavRail()
        self.search_box = people_search_box()
        self.place_label = basics.ElidedLabel()
        self.place_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.page_area = QStackedWidget()
        self._waiting = LoadingBar(self.page_area)
        self.status = StatusLine()
        self.top = QWidget()
        self._top = QHBoxLayout(self.top)
        self._top.addWidget(self.search_box, 3)
        self._top.addWidget(self.place_label, 2)
        right = QVBoxLayout()
        right.setSpacing(0)
        self.clock_banner = ClockBanner()
        for part in (self.clock_banner, self.top):
            right.addWidget(part)
        right.addWidget(self.page_area, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.nav)
        middle.addLayout(right, 1)
        self.whole = QWidget()
        column = QVBoxLayout(self.whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(self.whole)
        self._arrange()
        self._show_closed()

    def _connect(self) -> None:
        self.nav.page_requested.connect(self.go_to)
        self.commands.page_requested.connect(self.go_to)
        self.commands.triggered.connect(self._on_command)
        self.search_box.searched.connect(self._on_searched)
        self.search_box.confirmed.connect(self._on_search_confirmed)
        self.toast.undo_requested.connect(self._on_undo_requested)
        self.status.demo_removal_requested.connect(self.demo_removal_requested)
        self.clock_banner.correction_requested.connect(self._take_computers_day)
        theme.current().changed.connect(self._arrange)

    def _arrange(self) -> None:
        px = theme.current().px
        self._top.setContentsMargins(px(20), px(12), px(20), 0)
        self._top.setSpacing(px(theme.GAP_L))
        self.search_box.setMaximumWidth(px(600))

    def _show_closed(self) -> None:
        self.commands.set_database_open(False)
        self.nav.hide()
        self.nav.show_current("")
        self.top.hide()
        self.search_box.clear()
        self.place_label.clear()
        self.status.show_demo(False)
        self.clock_banner.hide()

    def _on_command(self, key: str) -> None:
        look = theme.current()
        page = self.current_page
        if key in ("new_file", "open_file"):
            self.file_requested.emit(key)
        elif key.startswith("theme_"):
            look.choose(name=key.removeprefix("theme_"))
        elif key.startswith("scale_"):
            look.choose(scale=int(key.removeprefix("scale_")))
        elif key in ("larger", "smaller"):
            place = theme.SCALES.index(look.scale) + (1 if key == "larger" else -1)
            look.choose(scale=theme.SCALES[min(max(place, 0), len(theme.SCALES) - 1)])
        elif key == "search":
            self.search_box.focus_all()
        elif key == "import":
            self.go_to("data", {"import": True})
        elif key == "remove_demo":
            self.demo_removal_requested.emit()
        elif key == "undo" and self.context is not None:
            self.context.undo()
        elif key == "lock" and self.context is not None:
            self.context.lock_requested.emit()
        elif key in ("new", "print", "export", "refresh") and page is not None:
            wishes = {"new": page.new_item, "print": page.print_items, "export": page.export_items}
            wishes.get(key, page.refresh)()
        else:
            self._on_general_command(key)

    def _on_general_command(self, key: str) -> None:
        if key == "quit":
            self.close()
        elif key == "to_message":
            self.toast.take_keyboard()
        elif key == "log_folder":
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(crash.log_folder())))
        elif key in ("shortcuts", "about"):
            from ui.dialogs import help_dialog

            help_dialog.show_help(self, key)

    def _close_soon(self) -> None:
        QTimer.singleShot(0, self, self.close)

    def _on_searched(self, text: str) -> None:
        # Emptying the box brings the whole list back, but never leads away from another page.
        if text or self._current == "residents":
            self.go_to("residents", {"search": text})

    def _on_search_confirmed(self, text: str) -> None:
        if text:
            self.go_to("residents", {"search": text, "open": True})

    def _take_computers_day(self) -> None:
        if self.context is None:
            return
        question = _("Is {day} today?").format(day=formats.long_date(clock.computers_day()))
        what = _(
            "All figures are then counted for this day, which takes a minute in a large area. What was entered for "
            "later days stays, and counts when its day has come. If the clock is wrong, put the clock right instead."
        )
        if messages.confirm(self, question, what, _("Yes, count for this day")):
            title = _("Counting figures")
            self.context.change(
                startup.take_computers_day, self.context.actor, initiator=self, title=title, reports_progress=True
            )

    def _on_undo_requested(self, operation: object) -> None:
        if self.context is not None and isinstance(operation, int):
            self.context.undo(operation)

    def _on_undo_changed(self, operation: object) -> None:
        self.commands["undo"].setEnabled(operation is not None)

    def _on_data_changed(self, changes: Changes, initiator: object) -> None:
        if changes.message and self.context is not None:
            self.toast.tell(changes.message, changes.operation if self.context.can_undo(changes.operation) else None)
        if Kind.SETTING in changes.kinds:
            self.show_settings()
        self.clock_banner.look_at_clock()

    def _on_error(self, error: Exception) -> None:
        if messages.is_notice(error):
            self.toast.tell("▲ " + messages.sentence(error))
        else:
            messages.show_error(self, error)

    # Overrides of Qt methods

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if self.context is not None and len(urls) == 1 and Path(urls[0].toLocalFile()).is_file():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.go_to("data", {"file": event.mimeData().urls()[0].toLocalFile()})

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_leave(self._close_soon):
            event.ignore()
            return
        preferences.keep("window/shape", self.saveGeometry())
        self.closing.emit()
        super().closeEvent(event)
