"""Papers: made, looked at, saved, printed, stopped, on a real database."""

from __future__ import annotations

import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gridapp.db.queries.journal import list_operations
from gridapp.db.queries.values import Scope
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.errors import StorageError
from gridapp.reports.rendering import PdfPages
from gridapp.reports.stamping import stamp_pages
from gridapp.services import half_made
from gridapp.services.visits import record_visit
from tests.ui.area import MIDDLE, TODAY, WEST, settle, shown
from ui import theme
from ui.context import AppContext
from ui.pages.reports import ReportsPage
from ui.pages.reports_papers import KINDS, PaperMade, PaperOrder
from ui.pages.reports_printing import PrintRun, new_printer, send_with_lp
from ui.widgets.pdf_view_pages import draw_page, read_sizes


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> ReportsPage:
    settle(context.database)
    page = ReportsPage(context)
    shown(qtbot, page)
    return page


def made(qtbot: QtBot, page: ReportsPage, kind: str, **more: Any) -> ReportsPage:
    page.open_with({"report": kind, **more})
    qtbot.waitUntil(lambda: page.paper is not None and page.view.is_drawn and page._making is None)
    return page


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    texts = []
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return "\n".join(texts)


@pytest.mark.parametrize("kind", [kind.key for kind in KINDS])
def test_every_paper_can_be_looked_at(page: ReportsPage, qtbot: QtBot, kind: str) -> None:
    made(qtbot, page, kind)
    assert not page.empty.isVisible()
    assert page.view.page_count == len(page.paper.sizes) >= 1
    assert "1" in page.page_label.text()
    image: QImage = page.view.viewport().grab().toImage()
    rows = range(20, image.height() - 20, 9)
    seen = {image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in rows}
    assert "#ffffff" in seen
    assert len(seen) > 3  # ink, not an empty sheet


def test_a_roster_of_one_grid_has_its_people_once(page: ReportsPage, qtbot: QtBot) -> None:
    made(qtbot, page, "roster", scope=Scope(grid=WEST))
    assert page.paper.rows == 3
    text = text_of(page.paper.path)
    assert [text.count(name) for name in ("王秀英", "赵德福", "钱桂兰", "孙淑珍")] == [1, 1, 1, 0]
    assert "西网格" in page.paper.order.file_name


def test_by_keyboard(page: ReportsPage, qtbot: QtBot) -> None:
    page.form.kind_buttons["rates"].setFocus()
    qtbot.keyClick(page.form.kind_buttons["rates"], Qt.Key.Key_Space)
    page.form.make_button.setFocus()
    qtbot.keyClick(page.form.make_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.paper is not None and page.view.is_drawn)
    assert page.paper.order.kind == "rates"
    before = page.view._zoom
    qtbot.keyClick(page.view, Qt.Key.Key_Plus)
    assert page.view._zoom > before
    qtbot.keyClick(page.view, Qt.Key.Key_End)
    assert page.view.verticalScrollBar().value() == page.view.verticalScrollBar().maximum()
    qtbot.waitUntil(lambda: page.view.is_drawn)


@pytest.mark.parametrize(("scale", "width", "height"), [(100, 1256, 640), (150, 1210, 610), (150, 860, 500)])
def test_the_buttons_stay_in_sight(page: ReportsPage, qtbot: QtBot, scale: int, width: int, height: int) -> None:
    theme.current().choose("light", scale, remember=False)
    page.resize(width, height)
    form = page.form

    def in_sight(*parts: QWidget) -> bool:
        card = form.rect()
        return all(
            part.visibleRegion().boundingRect() == part.rect()
            and card.contains(QRect(part.mapTo(form, QPoint()), part.size()))
            and page.rect().contains(QRect(part.mapTo(page, QPoint()), part.size()))
            for part in parts
        )

    buttons = (form.print_button, form.save_button)
    for key in ("roster", "map"):
        form.kind_buttons[key].setChecked(True)
        qtbot.waitUntil(lambda: in_sight(form.make_button, *buttons))
    form.warn("Something was entered since.")
    form.folder_button.show()
    qtbot.waitUntil(lambda: in_sight(form.make_button, form.warning_label, form.folder_button, *buttons))
    form.show_working("Making the paper…")
    qtbot.waitUntil(lambda: in_sight(form.stop_button, *buttons))
    form.show_rest()
    qtbot.waitUntil(lambda: in_sight(form.make_button, *buttons))


def assert_stamped_copy(path: Path, paper: PaperMade) -> None:
    """Every page says who took it out, and everything else is as it was."""
    pages = [pages_of(one) for one in (paper.path, path)]
    assert len(pages[0]) == len(pages[1]) > 0
    for before, after in zip(*pages, strict=True):
        added = after.removeprefix(before).strip()
        assert added.startswith("Taken out by tester, ") and after.startswith(before)


def pages_of(path: Path) -> list[str]:
    with PdfPages(path.read_bytes()) as pages:
        return [pages.text(number) for number in range(len(pages))]


def test_saved_whole_and_only_a_pdf(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    made(qtbot, page, "rates")
    with qtbot.waitSignal(page.notice_raised):
        page.save_to(tmp_path / "out")
    assert_stamped_copy(tmp_path / "out.pdf", page.paper)
    assert page.form.folder_button.isVisible()


@pytest.mark.skipif(sys.platform == "win32", reason="folders are closed in another way there")
def test_a_place_that_cannot_be_written_gives_a_sentence(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    made(qtbot, page, "rates")
    with qtbot.waitSignal(page.context.error_raised) as told:
        page.save_to(tmp_path / "none" / "out.pdf")
    assert isinstance(told.args[0], StorageError)
    assert "none" in str(told.args[0])


def test_printing_paints_every_page(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    """A printer that is a file stands for the real one; the images are what it would be sent."""
    made(qtbot, page, "roster", scope=Scope(grid=WEST))
    printer = new_printer(page.paper)
    wide, tall = page.paper.sizes[0]
    layout = printer.pageLayout().fullRectPoints()
    assert (layout.width() > layout.height()) == (wide > tall)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    run = PrintRun(page.context, page.paper, printer, page)
    run._painter = None
    with qtbot.waitSignal(run.finished) as told:
        _paint_pages(run)
    assert told.args[0]
    assert len(read_sizes(tmp_path / "printed.pdf")) == len(page.paper.sizes)
    picture = draw_page(tmp_path / "printed.pdf", 0, 0.5)
    assert min(picture.pixels[::4]) < 128  # ink arrived


def _paint_pages(run: PrintRun) -> None:
    from PySide6.QtGui import QPainter

    stamp_pages(run._paper.path, run._stamped, "out")
    run._painter = QPainter()
    assert run._painter.begin(run._printer)
    run._ask_next()


def test_printing_into_a_file_copies_the_paper(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    made(qtbot, page, "rates")
    printer = new_printer(page.paper)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    with qtbot.waitSignal(page.notice_raised):
        page.print_on(printer)
    assert_stamped_copy(tmp_path / "printed.pdf", page.paper)
    assert list(page.paper.path.parent.glob("*-out.pdf")) == []
    assert not page.form.progress_panel.isVisible()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="lp is the printing service of Linux")
def test_the_printing_service_gets_the_file_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = tmp_path / "lp"
    service.write_text('#!/bin/sh\necho "$@" > "$(dirname "$0")/told"\ntest "$2" != broken\n')
    service.chmod(service.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert send_with_lp(tmp_path / "a.pdf", "office", 2, "1-3") == "office"
    assert (tmp_path / "told").read_text().split() == [
        "-d", "office", "-n", "2", "-P", "1-3", "--", str(tmp_path / "a.pdf"),
    ]  # fmt: skip
    with pytest.raises(StorageError, match="broken"):
        send_with_lp(tmp_path / "a.pdf", "broken", 1, "1-1")


def test_stopped_means_the_old_paper_stays(page: ReportsPage, qtbot: QtBot, may_go_on: threading.Event) -> None:
    made(qtbot, page, "rates")
    before = page.paper
    may_go_on.clear()
    page.make(PaperOrder("roster", Month(2026, 10), TODAY))
    assert page.form.progress_panel.isVisible()
    assert not page.form.make_button.isEnabled()
    page.form.stop_button.click()
    may_go_on.set()
    qtbot.waitUntil(lambda: page._making is None)
    assert page.paper is before
    assert before.path.exists()
    assert page.form.make_button.isEnabled()


def test_rosters_are_on_record(page: ReportsPage, qtbot: QtBot) -> None:
    made(qtbot, page, "roster")
    actions = [row.action for row in page.context.database.fetch(list_operations, 10)]
    assert "paper.print" in actions


def test_facts_entered_since_are_told(page: ReportsPage, qtbot: QtBot) -> None:
    made(qtbot, page, "rates")
    assert not page.form.warning_label.isVisible()
    job = page.context.change(record_visit, NewVisit("w1", TODAY, "onsite", "met"), "tester")
    with qtbot.waitSignal(job.finished):
        pass
    qtbot.waitUntil(page.form.warning_label.isVisible)
    qtbot.waitUntil(lambda: not page.is_loading)


def test_other_pages_bring_month_and_part(page: ReportsPage, qtbot: QtBot) -> None:
    made(qtbot, page, "map", month=Month(2026, 9), scope=Scope(grid=MIDDLE))
    assert page.form.month_picker.month == Month(2026, 9)
    assert page.form.scope_picker.scope == Scope(grid=MIDDLE)
    assert page.form.kind == "map"


def test_a_map_without_boundaries_gives_a_sentence(qtbot: QtBot, context: AppContext) -> None:
    page = ReportsPage(context)
    shown(qtbot, page)
    with qtbot.waitSignal(context.error_raised) as told:
        page.open_with({"report": "map"})
    assert str(told.args[0])
    qtbot.waitUntil(lambda: page._making is None)
    assert page.paper is None


def test_papers_do_not_outlive_the_page(qtbot: QtBot, context: AppContext) -> None:
    settle(context.database)
    page = ReportsPage(context)
    shown(qtbot, page)
    made(qtbot, page, "rates")
    folder = page._folder
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0 or sys.platform == "win32"
    half_made.sweep()
    assert folder.exists(), "It is held as long as the page is there; what a killed window left is not."
    assert folder.name in [note.name for note in half_made._notes().iterdir()]
    page._sweep()
    assert not folder.exists()


def test_a_damaged_file_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nonsense")
    with pytest.raises(StorageError, match=r"a\.pdf"):
        read_sizes(tmp_path / "a.pdf")
    with pytest.raises(StorageError):
        draw_page(tmp_path / "none.pdf", 0, 1.0)


@pytest.mark.parametrize(("name", "scale"), [("dark", 150), ("high", 125)])
def test_other_looks_paint(page: ReportsPage, qtbot: QtBot, look: theme.Theme, name: str, scale: int) -> None:
    made(qtbot, page, "dashboard")
    look.choose(name, scale, remember=False)
    page.resize(1024, 640)
    qtbot.waitUntil(lambda: page.view.is_drawn)
    assert not page.grab().isNull()
