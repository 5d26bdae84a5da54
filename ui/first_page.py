"""The first page of a start: shown from what the database remembers, and remembered for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from gridapp import clock, i18n
from gridapp.domain.changes import Changes, Kind
from ui import startup
from ui.jobs import answer_within
from ui.widgets.whose_picker import remembered_scope

if TYPE_CHECKING:
    from gridapp.db.first_page import FirstPage
    from ui.context import AppContext

KEY = "today"
"""The page that is remembered."""

PATIENCE_S = 0.3
"""A disk that has not answered by then must not hold up the window; it is asked the usual way."""
REST_MS = 3000
"""How long facts rest before the page is worked out anew."""
DAY_MS = 60_000
"""How often it is looked whether midnight has passed."""


def read(location: str) -> FirstPage | None:
    """Return what a database file remembers of Today; None when there is nothing that is surely right, or a slow disk.

    The window is not shown yet, so a short wait keeps nobody from working.
    """
    return answer_within(PATIENCE_S, startup.read_first_page, location, i18n.language(), remembered_scope(KEY))


class FirstPageKeeper(QObject):
    """Lets the open database remember its first page whenever facts have rested for a moment.

    Midnight is such a change too: figures are brought to the new day, and every page about visits is read anew.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._context = context
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._keep)
        self._kept = ""
        self._day = clock.today()
        self._clock = QTimer(self)
        self._clock.setInterval(DAY_MS)
        self._clock.timeout.connect(self.look_at_day)
        self._clock.start()
        context.data_changed.connect(self._on_data_changed)

    @Slot()
    def start(self) -> None:
        """Remember in a moment, unless that is done already."""
        self._rest.start()

    def finish(self) -> None:
        """Remember now what is still owed: the window is gone, every save is done, the database still open."""
        owed = self._rest.isActive() or self._asked() != self._kept
        self._rest.stop()
        self._clock.stop()
        if owed and self._context.is_open:
            startup.remember_first_page(self._context.database, i18n.language(), remembered_scope(KEY))

    @Slot()
    def look_at_day(self) -> None:
        """Begin the new day if midnight has passed."""
        if self._day != clock.today():
            self._day = clock.today()
            job = self._context.run(startup.begin_day, self._context.database)
            job.succeeded.connect(self._on_day_begun)

    @Slot(object)
    def _on_day_begun(self, _nothing: object) -> None:
        self._context.data_changed.emit(Changes(frozenset({Kind.VISIT})), None)

    @Slot(object, object)
    def _on_data_changed(self, changes: Changes, initiator: object) -> None:
        if changes.kinds:
            self._rest.start()

    @Slot()
    def _keep(self) -> None:
        self._kept = self._asked()
        self._context.run(startup.remember_first_page, self._context.database, i18n.language(), remembered_scope(KEY))

    @staticmethod
    def _asked() -> str:
        return f"{i18n.language()} {remembered_scope(KEY)}"
