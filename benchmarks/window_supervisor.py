"""A city supervisor's way through the real window, and how long each answer took and the window ever stood still.

Usage: python -m benchmarks.window_supervisor DATABASE [YYYY-MM-DD] [STACKS] [ROUNDS]

One line of JSON: for each step the longest gap between two ticks, the most work of the window's own thread in one
gap, and the time to the last answer. [ms] With a file to write STACKS to, what every thread was doing is
written there whenever the window has stood still for 60 ms ("" for none). ROUNDS takes the way so often, about 200
steps each, and tells the memory after each: what grows from the second on would grow for ever.
"""

from __future__ import annotations

import faulthandler
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate, QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLineEdit, QPushButton, QTableView, QWidget

from benchmarks.measure import peak_memory
from benchmarks.probing import TODAY, WindowProbe, run
from benchmarks.window_probe import proportional_memory
from ui.desktop import Desktop
from ui.jobs import Job
from ui.stall_watchdog import StallWatchdog

Step = tuple[str, Callable[[], object]]

STACKS_AFTER_S = 0.06
GROWN_MB = 10
ANSWERS_BEGIN_S = 1.0
LONG_MS = 1500
"""A long work is left to run for so long before it is stopped."""


class StackWriter(QObject):
    """Has it written what every thread does when the window does not come back; that needs no turn of Python's."""

    def __init__(self, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._file = path.open("w", encoding="utf-8")
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._arm)
        self._timer.start()

    def tell(self, text: str) -> None:
        """Write what comes next."""
        print(f"===== {text}", file=self._file, flush=True)

    @Slot()
    def _arm(self) -> None:
        faulthandler.dump_traceback_later(STACKS_AFTER_S, file=self._file)


class Supervisor(WindowProbe):
    """Goes from page to page of a city as one who looks after it does."""

    calm_looks = 12
    patience_looks = 12_000

    def __init__(self, desktop: Desktop, stacks: Path | None, rounds: int = 1) -> None:
        super().__init__(desktop)
        self._watchdog = StallWatchdog(self)
        self._stacks = StackWriter(stacks, self) if stacks is not None else None
        self._folder = tempfile.TemporaryDirectory(prefix="gridapp-tour-")
        self._steps: Iterator[Step] | None = None
        self._jobs: list[Job] = []
        self._followed: object = None
        self._begun = self._busy_until = time.perf_counter()
        self._found: dict[str, list[float]] = {}
        self._grown: list[tuple[str, int]] = []
        self._rounds = rounds
        self._taken = 0
        self._after: list[tuple[int, int]] = []

    @property
    def is_busy(self) -> bool:
        """Whether a page or a dialog still waits for an answer."""
        context = self.desktop.window.context
        if context is not None and context is not self._followed:
            self._followed = context
            context.job_started.connect(self._follow)
        self._jobs = [job for job in self._jobs if not job.is_finished]
        working = super().is_busy or any(not job.title for job in self._jobs)
        if working:
            self._busy_until = time.perf_counter()
        return working

    @Slot(object)
    def _follow(self, job: Job) -> None:
        if job.title or time.perf_counter() - self._begun < ANSWERS_BEGIN_S:  # else the program's own upkeep
            self._jobs.append(job)

    def go_on(self) -> None:
        """Keep what the last step took, and take the next."""
        seen = (self._watchdog.longest, self._watchdog.hardest, max(0.0, self._busy_until - self._begun) * 1000)
        kept = self._found.setdefault(self.step, [0.0, 0.0, 0.0])
        self._found[self.step] = [max(pair) for pair in zip(kept, seen, strict=True)]
        memory = proportional_memory()
        if not self._grown or memory > self._grown[-1][1] + GROWN_MB:
            self._grown.append((self.step, round(memory)))
        self._steps = self._steps or self._tour()
        following = next(self._steps, None)
        if following is None:
            self._after.append((round(proportional_memory()), round(peak_memory())))
            if len(self._after) == self._rounds:
                faulthandler.cancel_dump_traceback_later()
                self._folder.cleanup()
                memory = {"grown": self._grown, "after": self._after, "memory": memory, "peak": peak_memory()}
                self.end({"steps": self._found, "taken": self._taken, **memory})
                return
            self._steps = self._tour()
            following = next(self._steps)
        self.step, action = following
        self._taken += 1
        if self._stacks is not None:
            self._stacks.tell(self.step)
        self._watchdog.restart()
        self._begun = time.perf_counter()
        self.begin(action)

    # What is done

    def _tour(self) -> Iterator[Step]:
        for part in (
            self._today, self._visits, self._logging, self._residents, self._dashboard, self._map, self._papers,
            self._data, self._settings, self._other_looks,
        ):
            yield from part()

    def _today(self) -> Iterator[Step]:
        yield from self._open("today")
        yield from self._chips("today")
        yield "today, typed into the list", lambda: self._type(self._page.list.find_box, "wang")
        yield "today, all again", lambda: self._clear(self._page.list.find_box)
        yield from self._scroll("today")
        yield from self._whose("today")

    def _visits(self) -> Iterator[Step]:
        yield from self._open("visits")
        for key in ("last_month", "quarter", "ever", "month"):
            yield f"visits, period {key}", lambda key=key: self._choose(self._page.period_box, key)  # type: ignore[misc]
            yield from self._chips("visits")
        yield "visits, those taken back too", lambda: self._page.voided_box.click()
        yield "visits, without them", lambda: self._page.voided_box.click()
        yield from self._scroll("visits")
        yield from self._whose("visits")
        yield "visits, from day to day", lambda: self._choose(self._page.period_box, "days")
        yield "visits, another first day", lambda: self._page.first_edit.setDate(QDate(2024, 3, 1))
        yield "visits, this month", lambda: self._choose(self._page.period_box, "month")
        path = str(Path(self._folder.name) / "visits.xlsx")
        yield "visits, exported", lambda: self._page.export_to(path)
        yield "visits, exported, left to run", self._wait
        yield "visits, export stopped", self._stop

    def _logging(self) -> Iterator[Step]:
        yield "visit form, opened", lambda: self._page.new_item()
        for letters in ("zh", "ang", "s", "an"):
            yield "visit form, typing a name", lambda letters=letters: QTest.keyClicks(  # type: ignore[misc]
                self._dialog.picker.box, letters
            )
        yield "visit form, person chosen", lambda: QTest.keyClick(self._dialog.picker.box, Qt.Key.Key_Return)
        yield "visit form, who visited, typed", lambda: self._retype(self._dialog.desk.form.worker_box, "张")
        yield "visit form, closed", lambda: self._dialog.reject()

    def _residents(self) -> Iterator[Step]:
        yield from self._open("residents")
        yield from self._chips("residents")
        for number in (1, 2, 0):
            yield "residents, a category", lambda number=number: self._at(self._page.filters.category_box, number)  # type: ignore[misc]
        yield from self._scroll("residents")
        for letter in ("z", "h", "a", "n", "g"):
            yield "residents, typing a search", lambda letter=letter: QTest.keyClicks(  # type: ignore[misc]
                self._page.filters.search_box, letter
            )
        yield "residents, all again", lambda: self._clear(self._page.filters.search_box)
        for key in ("age", "grid", "name"):
            yield "residents, sorted", lambda key=key: self._page.table.sort_by(key)  # type: ignore[misc]
        yield "residents, sorted as read", lambda: self._page.table.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        yield "residents, grid typed", lambda: self._retype(self._page.filters.grid_box, "03")
        path = str(Path(self._folder.name) / "people.xlsx")
        yield "residents, exported", lambda: self._page.export_to(path)
        yield "residents, exported, left to run", self._wait
        yield "residents, export stopped", self._stop

    def _dashboard(self) -> Iterator[Step]:
        yield from self._open("dashboard")
        yield "dashboard, month before", lambda: self._page.month_picker.choose(self._page.month_picker.month.plus(-1))
        yield "dashboard, as tables", lambda: self._page.table_button.click()
        yield from self._scroll("dashboard")
        yield "dashboard, as charts", lambda: self._page.table_button.click()
        yield "dashboard, this month", lambda: self._page.month_picker.choose(self._page.month_picker.month.plus(1))
        for card in ("missed", "overdue", "onsite", "rate", "visits"):
            yield f"dashboard, people behind {card}", lambda card=card: self._behind(card)  # type: ignore[misc]
            yield "dashboard, back", lambda: self.desktop.window.go_to("dashboard")
        yield "dashboard, a community", self._open_community
        yield "dashboard, people behind missed, community", lambda: self._behind("missed")
        yield "dashboard, back", lambda: self.desktop.window.go_to("dashboard")
        yield "dashboard, the city again", lambda: self._at(self._page.scope_picker.kind_combo, 0)
        for number in (1, 2, 3):
            yield "dashboard, another kind of area", lambda number=number: self._at(  # type: ignore[misc]
                self._page.scope_picker.kind_combo, number
            )
            yield "dashboard, area typed", lambda: self._retype(self._page.scope_picker.one_combo, "1")
        yield "dashboard, the city again", lambda: self._at(self._page.scope_picker.kind_combo, 0)

    def _map(self) -> Iterator[Step]:
        yield from self._open("map")
        for key in ("overdue", "due", "roster", "rate"):
            yield f"map, coloured by {key}", lambda key=key: self._choose(  # type: ignore[misc]
                self._page.toolbar.indicator_combo, key
            )
        for _month in range(4):
            yield "map, a month slid", lambda: self._page.strip.slider.setValue(self._page.strip.slider.value() - 1)
        yield "map, the last month", lambda: self._page.strip.slider.setValue(self._page.strip.slider.maximum())
        yield "map, months side by side", lambda: self._page.strip.multiples_button.click()
        yield "map, one month again", lambda: self._page.strip.multiples_button.click()
        for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Right, Qt.Key.Key_0):
            yield "map, keys", lambda key=key: QTest.keyClick(self._page.view, key)  # type: ignore[misc]
        yield "map, grid typed", lambda: QTest.keyClicks(self._page.toolbar.search_field, "03")
        yield "map, a grid", lambda: self._page.panel.grid_requested.emit(700)
        yield "map, its community edited", lambda: self._page.toolbar.edit_button.click()
        yield "map, editing left", lambda: self._page.editing.discard()

    def _papers(self) -> Iterator[Step]:
        yield from self._open("reports")
        for kind in tuple(self.desktop.window.current_page.form.kind_buttons):
            yield f"reports, {kind} of the city", lambda kind=kind: self._paper(kind)  # type: ignore[misc]
            yield f"reports, {kind} of the city, left to run", self._wait
            yield f"reports, {kind} of the city, stopped", self._stop
        yield "reports, closing a month", lambda: self._page.open_closing()
        yield "reports, closing left", lambda: self._dialog.reject()
        yield "reports, returned papers", lambda: self._page.open_returns()
        yield "reports, returned papers left", lambda: self._dialog.reject()
        yield "reports, templates", lambda: self._page.open_templates()
        yield "reports, templates left", lambda: self._dialog.reject()

    def _data(self) -> Iterator[Step]:
        yield from self._open("data")
        yield from self._chips("data")
        yield "data, the import", lambda: self._page.import_button.click()
        yield "data, the import left", lambda: self._dialog.reject()
        path = str(Path(self._folder.name) / "facts.json")
        yield "data, everything taken out", lambda: self._page.export_to(path)
        yield "data, everything taken out, left to run", self._wait
        yield "data, taking out stopped", self._stop
        yield "data, backup", lambda: self._page.back_up()
        yield "data, backup, left to run", self._wait
        yield "data, backup stopped", self._stop

    def _settings(self) -> Iterator[Step]:
        yield from self._open("settings")

    def _other_looks(self) -> Iterator[Step]:
        for look in ("larger", "larger", "smaller", "smaller", "theme_dark", "theme_light"):
            yield "look", lambda look=look: self.desktop.window.commands.triggered.emit(look)  # type: ignore[misc]
        for key in ("today", "visits", "residents", "dashboard", "map", "reports", "data", "settings"):
            yield f"{key}, again", lambda key=key: self.desktop.window.go_to(key)  # type: ignore[misc]

    # How it is done

    def _behind(self, card: str) -> None:
        self._page.key_figures.cards[card].clicked.emit()

    def _open_community(self) -> None:
        self._page.grid_rows.row_opened.emit(self._page.grid_rows.rows[3])

    @property
    def _page(self) -> Any:
        return self.desktop.window.current_page

    @property
    def _dialog(self) -> Any:
        made = QApplication.activeModalWidget()
        if made is None:
            made = next(one for one in self._page.findChildren(QDialog) if one.isVisible())
        return made

    def _open(self, key: str) -> Iterator[Step]:
        yield f"{key}, opened", lambda: self.desktop.window.go_to(key)

    def _chips(self, name: str) -> Iterator[Step]:
        from ui.widgets.filter_chips import FilterChips

        for number in range(4):
            def press(number: int = number) -> None:
                chips = self._page.findChild(FilterChips)
                buttons = chips.findChildren(QPushButton)
                buttons[number % len(buttons)].click()

            yield f"{name}, a chip", press
        yield f"{name}, the first chip", lambda: press(0)

    def _scroll(self, name: str) -> Iterator[Step]:
        for key, times in ((Qt.Key.Key_End, 1), (Qt.Key.Key_End, 1), (Qt.Key.Key_PageDown, 3), (Qt.Key.Key_Home, 1)):
            yield f"{name}, keys", lambda key=key, times=times: self._press(key, times)  # type: ignore[misc]

    def _whose(self, name: str) -> Iterator[Step]:
        for text in ("0", "03", "03网格"):
            yield f"{name}, whose, typed", lambda text=text: self._retype(self._page.scope_picker, text)  # type: ignore[misc]
        yield f"{name}, whose, chosen", self._take_found
        yield f"{name}, everybody again", lambda: self._at(self._page.scope_picker, 0)

    def _take_found(self) -> None:
        popup = self._page.scope_picker.completer().popup()
        if popup.isVisible():
            QTest.keyClick(popup, Qt.Key.Key_Down)
            QTest.keyClick(popup, Qt.Key.Key_Return)

    def _paper(self, kind: str) -> None:
        self._page.form.kind_buttons[kind].click()
        self._page.make(self._page.form.order)

    def _stop(self) -> None:
        for job in self._jobs:
            if job.title:
                job.cancel()

    def _wait(self) -> None:
        self._calm = -LONG_MS // 10

    def _press(self, key: Qt.Key, times: int) -> None:
        for table in self._page.findChildren(QTableView):
            if table.isVisible():
                for _time in range(times):
                    QTest.keyClick(table, key)
                return

    @staticmethod
    def _type(field: QWidget, text: str) -> None:
        QTest.keyClicks(field, text)

    @staticmethod
    def _clear(field: QLineEdit) -> None:
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)

    @staticmethod
    def _retype(box: QComboBox, text: str) -> None:
        field = box.lineEdit()
        if field is not None:
            field.selectAll()
            field.insert(text)
            field.textEdited.emit(text)

    @staticmethod
    def _choose(box: QComboBox, data: str) -> None:
        Supervisor._at(box, box.findData(data))

    @staticmethod
    def _at(box: QComboBox, number: int) -> None:
        if number < box.count():
            box.setCurrentIndex(number)
            box.activated.emit(number)


def main(database: str, today: str = TODAY, stacks: str = "", rounds: str = "1") -> int:
    """Start the program, and lead its window."""
    return run(database, today, lambda desktop: Supervisor(desktop, Path(stacks) if stacks else None, int(rounds)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
