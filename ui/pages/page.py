"""The base of every screen: asks for data, shows the newest answer, stays true."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QTableView, QVBoxLayout, QWidget

from gridapp import errors
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import _
from ui import messages, theme
from ui.context import AppContext
from ui.jobs import Job
from ui.widgets.basics import PageHeader
from ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from gridapp.db.first_page import FirstPage
    from ui.pages.seen_list import SeenList

LOADING_AFTER_MS = 300


class Page(QWidget):
    """A screen of the main window; reloads when shown and out of date.

    A page holds widgets, keys and the filter in force. It computes no rule, opens
    no session, writes no number by hand and knows no other page.

    Signals:
        navigate_requested: key of another page, and what to open it with.
        notice_raised: a sentence for the message at the foot of the window.

    Attributes:
        context: Database, jobs and undo.
        header: Title, quiet line and actions; add buttons with ``header.add_action``.
        body: Column below the header; ``build`` fills it.
        first_focus: Widget that gets the keyboard when the page is shown; ``build`` may set it.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    concerns: ClassVar[frozenset[Kind]] = frozenset()

    navigate_requested = Signal(str, object)
    notice_raised = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.first_focus: QWidget | None = None
        self._stale = True
        self._newest: dict[str, Job] = {}
        self._answers: dict[Job, tuple[str, Callable[[Any], None]]] = {}
        px = theme.current().px
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(px(20), px(12), px(20), px(16))
        self.body.setSpacing(px(theme.GAP_M))
        self.header = PageHeader(_(self.title))
        self.body.addWidget(self.header)
        theme.dress_when_seen(self)
        self.build()
        self._loading_bar = LoadingBar(self)
        self._trouble = EmptyState(self)
        self._trouble.setAutoFillBackground(True)
        self._trouble.action_requested.connect(self._try_again)
        context.data_changed.connect(self._on_data_changed)

    def build(self) -> None:
        """Create widgets, put them into ``self.body`` and connect them; called once."""
        raise NotImplementedError

    def reload(self) -> None:
        """Ask for the data this page shows: ``self.load(query, …)``, as often as needed."""
        raise NotImplementedError

    def show_data(self, data: Any) -> None:
        """Show what the newest ``load`` without ``then`` found."""
        raise NotImplementedError

    def show_remembered(self, remembered: FirstPage) -> None:
        """Show what the database remembered, before it is open. For the page shown first."""
        raise NotImplementedError

    def open_with(self, argument: object) -> None:
        """Take what another page or the search box asked for; called before the page is shown."""

    def may_leave(self, then: Callable[[], None]) -> bool:
        """Tell whether nothing would be lost by leaving. Pages with something unsaved ask, and call ``then`` after."""
        return True

    def take_keyboard(self) -> None:
        """Put the keyboard where work on this page begins: ``first_focus``, else its first table."""
        target = self.first_focus or self.findChild(QTableView)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def new_item(self) -> None:
        """Take Ctrl+N: log a visit. Pages that know whom override this."""
        self.go_to("today", {"new": True})

    def print_items(self) -> None:
        """Take Ctrl+P. Pages with something to print override this."""
        self.go_to("reports")

    def export_items(self) -> None:
        """Take Ctrl+E: write the list in sight to a file, the one with the keyboard first."""
        seen = self.seen_list()
        if seen is None:
            self.notice_raised.emit(_("There is no list here to export."))
        else:
            seen.ask()

    def seen_list(self) -> SeenList | None:
        """Return the export of the list in sight, the one with the keyboard first; None when there is none."""
        from ui.pages.seen_list import SeenList  # heavy: imported when first used
        from ui.widgets.data_table import DataTable

        tables = [table for table in self.findChildren(DataTable) if table.isVisible()]
        chosen = next((table for table in tables if table.view.hasFocus()), tables[0] if tables else None)
        if chosen is None:
            return None
        made = SeenList(self, self.context, chosen, chosen.view.accessibleName())
        made.written.connect(self.notice_raised)
        return made

    def load(self, query: Callable[..., Any], *args: Any, then: Callable[[Any], None] | None = None,
             **kwargs: Any) -> None:
        """Ask ``query(session, *args, **kwargs)`` off the UI thread and show the answer.

        An answer overtaken by a newer question with the same ``then`` is dropped.

        Args:
            query: From ``gridapp.db.queries``; returns frozen rows.
            args: Its arguments; plain values.
            then: A method of this page that takes the answer. Default: ``show_data``.
            kwargs: Its keyword arguments.
        """
        method = then or self.show_data
        place = method.__name__
        job = self.context.fetch(query, *args, **kwargs)
        self._newest[place] = job
        self._answers[job] = (place, method)
        job.succeeded.connect(self._on_answer)
        job.failed.connect(self._on_failure)
        job.finished.connect(self._on_question_closed)
        self._loading_bar.wait()

    def refresh(self) -> None:
        """Ask again now if the page is in sight, else when it is next shown."""
        self._stale = True
        self._reload_if_seen()

    def retire(self) -> None:
        """Take no more answers: the database is about to close."""
        self.context.data_changed.disconnect(self._on_data_changed)
        self._newest.clear()
        self._answers.clear()
        self._loading_bar.rest()

    @property
    def is_loading(self) -> bool:
        """Return whether an answer is still to come."""
        return bool(self._newest)

    def go_to(self, key: str, argument: object = None) -> None:
        """Ask the window for another page."""
        self.navigate_requested.emit(key, argument)

    @Slot(object)
    def _on_answer(self, data: Any) -> None:
        job = self.sender()
        place, method = self._answers.get(job, ("", None)) if isinstance(job, Job) else ("", None)
        if method is not None and self._newest.get(place) is job:
            self._trouble.appear(False)
            method(data)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        job = self.sender()
        place, _method = self._answers.get(job, ("", None)) if isinstance(job, Job) else ("", None)
        if self._newest.get(place) is not job or isinstance(error, errors.OperationCancelled):
            return
        text = messages.sentence(error)
        if isinstance(error, errors.StorageError):
            text += "\n" + messages.next_step(error)
        self._trouble.describe("alert-triangle", text, _("Try again"))
        self._trouble.appear(True)

    @Slot()
    def _on_question_closed(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            place, _method = self._answers.pop(job, ("", None))
            if self._newest.get(place) is job:
                del self._newest[place]
        if not self._newest:
            self._loading_bar.rest()

    @Slot()
    def _try_again(self) -> None:
        self._trouble.appear(False)
        self.refresh()

    @Slot(object, object)
    def _on_data_changed(self, changes: Changes, initiator: QObject | None) -> None:
        if changes.kinds & self.concerns:
            self.refresh()

    def _reload_if_seen(self) -> None:
        if self._stale and self.isVisible():
            self._stale = False
            self.reload()

    # Overrides of Qt methods

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        theme.catch_up(self)
        self._reload_if_seen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._loading_bar.setGeometry(0, 0, self.width(), self._loading_bar.sizeHint().height())


class LoadingBar(QProgressBar):
    """A thin moving line at the top of a page whose answer is late, or which is itself."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setRange(0, 0)
        self.setTextVisible(False)
        self.setAccessibleName(_("Loading"))
        self.setFixedHeight(3)
        theme.dress(self, "progress")
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(LOADING_AFTER_MS)
        self._patience.timeout.connect(self.show)
        self.hide()

    def wait(self) -> None:
        """Appear unless the answer comes soon."""
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def rest(self) -> None:
        """Go away: every answer is there."""
        self._patience.stop()
        self.hide()
