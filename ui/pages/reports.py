"""Paper: choose a report, look at it, print or save it."""

from __future__ import annotations

import tempfile
import weakref
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QWidget

from gridapp import clock
from gridapp.db.queries.sheets import SheetRow
from gridapp.db.queries.values import Scope
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.period import Month
from gridapp.i18n import N_, _
from gridapp.services import half_made
from ui import startup, theme
from ui.handing_out import TakingOut, file_copied
from ui.jobs import Job
from ui.pages.dashboard_queries import read_choices
from ui.pages.page import Page
from ui.pages.reports_form import ReportsForm
from ui.pages.reports_papers import DIFFERENCES, TEMPLATES, PaperMade, PaperOrder, kind_of, make_paper, read_own
from ui.saving import ask_where
from ui.widgets import basics
from ui.widgets.empty_state import EmptyState
from ui.widgets.pdf_view import PdfView
from ui.widgets.pdf_view_pages import PagePicture, draw_if_there
from ui.widgets.scope_picker import ScopeChoices

if TYPE_CHECKING:
    from ui.pages.reports_printing import PrintRun

DIALOGS = ("ui.dialogs.template_desk", "ui.dialogs.returned_papers", "ui.dialogs.month_closing")
FIGURES = frozenset({Kind.VISIT, Kind.ENROLMENT, Kind.ABSENCE, Kind.RESIDENT, Kind.SETTING, Kind.IMPORT})


class ReportsPage(Page):
    """Rosters and reports as they will look on paper."""

    key = "reports"
    title = N_("Reports on paper")
    concerns = frozenset({Kind.PLACE, Kind.WORKER, Kind.IMPORT, Kind.PAPER})

    def build(self) -> None:
        """Create the form and the preview."""
        self.paper: PaperMade | None = None
        self._making: Job | None = None
        self._running: PrintRun | None = None
        self._printer: object = None
        self._print_wish = False
        self._saved_to: Path | None = None
        self._count = 0
        held = ExitStack()
        self._folder = held.enter_context(half_made.folder_beside(Path(tempfile.gettempdir()) / "paper"))
        self._sweep = weakref.finalize(self, held.close)
        self.form = ReportsForm(self.context)
        self.form.paper_requested.connect(self.make)
        self.form.stop_requested.connect(self._on_stop)
        self.form.save_requested.connect(self.export_items)
        self.form.print_requested.connect(self.print_items)
        self.form.folder_requested.connect(self._on_folder)
        self.form.map_requested.connect(self._on_map)
        self.returns_button = basics.button(_("&Returned papers…"), icon="import")
        self.returns_button.clicked.connect(self.open_returns)
        self.closing_button = basics.button(_("Close a &month…"), icon="lock")
        self.closing_button.clicked.connect(self._on_closing)
        self.templates_button = basics.button(_("&Templates…"), icon="pencil")
        self.templates_button.clicked.connect(self.open_templates)
        for action in (self.templates_button, self.returns_button, self.closing_button):
            self.header.add_action(action)
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_M))
        row.addWidget(self.form)
        row.addWidget(self._build_preview(), 1)
        self.body.addLayout(row, 1)
        self.context.data_changed.connect(self._on_facts_changed)

    def _build_preview(self) -> QWidget:
        self.view = PdfView()
        self.view.page_wanted.connect(self._on_page_wanted)
        self.view.position_changed.connect(self._on_position)
        self.view.zoom_changed.connect(self._on_zoom)
        card = basics.Card(padded=False)
        card.ring_follows(self.view)
        card.body.addWidget(self._build_toolbar())
        card.body.addWidget(self.view, 1)
        self.empty = EmptyState(self.view.viewport())
        self.empty.setAutoFillBackground(True)
        self.empty.describe("file-text", _("Choose a paper on the left and press “Show the paper”."))
        self.empty.appear(True)
        return card

    def _build_toolbar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        px = theme.current().px
        row.setContentsMargins(px(12), px(6), px(12), px(2))
        row.setSpacing(px(theme.GAP_XS))
        self.page_label: QLabel = basics.label("", "body", "muted")
        self.zoom_label: QLabel = basics.label("", "body", "muted")
        self.tools = {
            "back": basics.button("", "quiet", "chevron-up", _("Page before (Page Up)")),
            "forward": basics.button("", "quiet", "chevron-down", _("Next page (Page Down)")),
            "smaller": basics.button("", "quiet", "zoom-out", _("Smaller (−)")),
            "larger": basics.button("", "quiet", "zoom-in", _("Larger (+)")),
            "width": basics.button(_("Fit the width"), "quiet", "maximize"),
        }
        actions = (
            self.view.previous_page, self.view.next_page, self.view.zoom_out, self.view.zoom_in, self.view.fit_width,
        )  # fmt: skip
        for tool, action in zip(self.tools.values(), actions, strict=True):
            tool.clicked.connect(action)
            tool.setAccessibleName(tool.text() or tool.toolTip())
            tool.setEnabled(False)
        for part in (self.tools["back"], self.tools["forward"], self.page_label):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        for part in (self.tools["smaller"], self.zoom_label, self.tools["larger"], self.tools["width"]):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
        return bar

    @Slot()
    def open_returns(self) -> None:
        """Open the desk where returned paper is keyed in."""
        from ui.dialogs.returned_papers import ReturnedPapers

        self.returns_dialog = ReturnedPapers(self.context, self)
        self.returns_dialog.reprint_requested.connect(self.reprint)
        QDialog.open(self.returns_dialog)

    @Slot(object)
    def reprint(self, sheet: SheetRow) -> None:
        """Make the list of a printed sheet again, as it is now; it gets a number of its own."""
        month, scope, kind = Month.of(sheet.first), sheet.scope, kind_of(sheet.template)
        self.open_with({"month": month, "scope": scope})
        if kind in self.form.kind_buttons:
            self.form.kind_buttons[kind].setChecked(True)
        self.make(replace(self.form.order, kind=kind, month=month, scope=scope))

    @Slot()
    def open_templates(self) -> None:
        """Open the templates, the chosen paper's in front."""
        from ui.dialogs.template_desk import TemplateDesk

        self.templates_dialog = TemplateDesk(self.context, self, TEMPLATES.get(self.form.kind, self.form.kind))
        QDialog.open(self.templates_dialog)

    def open_closing(self, community: str = "") -> None:
        """Open the closing of the month chosen, for a community or for what the form says."""
        from ui.dialogs.month_closing import MonthClosing

        self.closing_dialog = MonthClosing(
            self.context, self.form.month_picker.month, self, community or self.form.scope_picker.scope.community or ""
        )
        self.closing_dialog.paper_requested.connect(self._on_differences)
        QDialog.open(self.closing_dialog)

    @Slot(object, str)
    def _on_differences(self, month: Month, community: str) -> None:
        scope = Scope(community=community or None)
        self.open_with({"month": month, "scope": scope})
        self.make(replace(self.form.order, kind=DIFFERENCES, own_title=_("Difference list"), month=month, scope=scope))

    @Slot()
    def _on_closing(self) -> None:
        self.open_closing()

    # Questions and answers

    def reload(self) -> None:
        """Ask which grids and workers there are; the dialogs' modules are imported meanwhile."""
        self.context.run(startup.prewarm, DIALOGS)
        self.load(read_choices, clock.today())
        self.load(read_own, then=self._show_own)

    def show_data(self, data: ScopeChoices) -> None:
        """Offer grids and workers."""
        self.form.scope_picker.set_choices(data)

    def _show_own(self, own: list[tuple[str, str, str]]) -> None:
        self.form.set_own(own)

    def open_with(self, argument: object) -> None:
        """Take {"report": key, "month": Month, "scope": Scope}; with a report it is made at once.

        Or {"closing": Month, "community": code}, which opens the closing of the month.
        """
        if not isinstance(argument, dict):
            return
        closing = argument.get("closing")
        if isinstance(closing, Month):
            self.form.month_picker.choose(closing)
            self.open_closing(str(argument.get("community", "")))
            return
        month, scope, kind = argument.get("month"), argument.get("scope"), argument.get("report")
        if isinstance(month, Month):
            self.form.month_picker.choose(month)
        if isinstance(scope, Scope):
            self.form.scope_picker.choose(scope)
        if kind in self.form.kind_buttons:
            self.form.kind_buttons[kind].setChecked(True)
            self.make(self.form.order)

    def make(self, order: PaperOrder) -> None:
        """Make a paper and show it; what was shown before stays until it is there."""
        if self._making is not None:
            return
        self._count += 1
        path = self._folder / f"{self._count}.pdf"
        self.form.show_working(_("Making the paper…"))
        # Rosters leave a trace in the database, so this waits its turn among the writers.
        job = self.context.change(
            make_paper, order, path, self.context.actor, initiator=self, title=_("Making the paper…"),
            reports_progress=True,
        )  # fmt: skip
        self._making = job
        job.progressed.connect(self.form.show_progress)
        job.succeeded.connect(self._on_made)
        job.finished.connect(self._on_making_over)

    @Slot(object)
    def _on_made(self, changes: Changes) -> None:
        before, self.paper = self.paper, changes.result
        assert self.paper is not None
        self._saved_to = None
        self.form.show_paper(self.paper)
        self.empty.appear(False)
        for tool in self.tools.values():
            tool.setEnabled(True)
        self.view.show_pages(self.paper.sizes)
        self.view.setFocus()
        if before is not None:
            before.path.unlink(missing_ok=True)

    @Slot()
    def _on_making_over(self) -> None:
        self._making = None
        self.form.show_rest()
        wish, self._print_wish = self._print_wish, False
        if wish and self.paper is not None:
            self.print_items()

    @Slot(object, float)
    def _on_page_wanted(self, number: int, scale: float) -> None:
        if self.paper is not None:
            job = self.context.run(draw_if_there, self.paper.path, number, scale)
            job.setProperty("paper", str(self.paper.path))
            job.succeeded.connect(self._on_page)

    @Slot(object)
    def _on_page(self, picture: PagePicture | None) -> None:
        job = self.sender()
        if picture is None or self.paper is None or job is None:
            return
        if job.property("paper") == str(self.paper.path):
            self.view.take_picture(picture)

    def _on_position(self, number: int, count: int) -> None:
        self.page_label.setText(_("Page {number} of {count}").format(number=number, count=count))
        self.tools["back"].setEnabled(number > 1)
        self.tools["forward"].setEnabled(number < count)

    def _on_zoom(self, percent: int) -> None:
        self.zoom_label.setText(f"{percent}%")

    @Slot()
    def _on_stop(self) -> None:
        if self._making is not None:
            self._making.cancel()
        elif self._running is not None:
            self._running.stop()

    @Slot(object, object)
    def _on_facts_changed(self, changes: Changes, initiator: object) -> None:
        if self.paper is not None and changes.kinds & FIGURES:
            self.form.warn(_("Something was entered since. Show the paper again before you print it."))

    # Saving and printing

    def export_items(self) -> None:
        """Take Ctrl+E: save the paper as a PDF file."""
        if self.paper is None:
            return
        path, _kind = ask_where(self, _("Save as PDF"), self.paper.order.file_name, _("PDF file (*.pdf)"))
        if path:
            self.save_to(Path(path))

    def save_to(self, target: Path) -> None:
        """Save the paper to a file."""
        if self.paper is None:
            return
        if not target.suffix:
            target = target.with_suffix(".pdf")
        self._saving_to = target
        out = TakingOut(self, self.context, self.paper.handout)
        out.written.connect(self._on_saved)
        out.to_file(target, partial(file_copied, self.paper.path, self.paper.people))

    @Slot(object)
    def _on_saved(self, count: int) -> None:
        target = self._saved_to = self._saving_to
        self.form.folder_button.show()
        self.notice_raised.emit(_("Saved {name}.").format(name=target.name))

    @Slot()
    def _on_folder(self) -> None:
        if self._saved_to is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._saved_to.parent)))

    @Slot()
    def _on_map(self) -> None:
        order = self.form.order
        self.go_to("map", {"print": True, "month": order.month, "indicator": order.figure})

    def print_items(self) -> None:
        """Take Ctrl+P: print what is shown, or make it first."""
        if self._running is not None:
            return
        if self.paper is None:
            self._print_wish = True
            self.make(self.form.order)
            return
        from PySide6.QtPrintSupport import QPrintDialog  # heavy: asks the system for its printers

        from ui.pages.reports_printing import new_printer

        printer = new_printer(self.paper)
        dialog = QPrintDialog(printer, self)
        dialog.setMinMax(1, len(self.paper.sizes))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._on_print_accepted)
        self._printer = printer
        QDialog.open(dialog)

    @Slot()
    def _on_print_accepted(self) -> None:
        if self.paper is not None:
            self.print_on(self._printer)

    def print_on(self, printer: object) -> None:
        """Send the paper to a QPrinter."""
        from ui.pages.reports_printing import PrintRun

        assert self.paper is not None
        run = PrintRun(self.context, self.paper, printer, self)  # type: ignore[arg-type]
        self._running, self._printer = run, printer
        run.finished.connect(self._on_printed)
        run.advanced.connect(self._on_printing)
        self.form.show_working(_("Printing…"))
        self._out = out = TakingOut(self, self.context, self.paper.handout)
        out.listed.connect(self._on_listed)
        out.finished.connect(run.give_up_waiting)
        out.to(run.place)

    @Slot()
    def _on_listed(self) -> None:
        if self._running is not None and self._out.stamp is not None:
            self._running.start(self._out.stamp)

    def _on_printing(self, done: int, total: int) -> None:
        self.form.show_progress(done, total, _("Page {number} of {count}").format(number=done, count=total))

    @Slot(str)
    def _on_printed(self, told: str) -> None:
        self._running = None
        self.form.show_rest()
        if told:
            self.notice_raised.emit(told)
