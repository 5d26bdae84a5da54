"""Send a finished paper to a printer, page by page, without stopping the window."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, QRectF, QSizeF, Signal, Slot
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from gridapp.domain.handout import Stamp
from gridapp.errors import StorageError
from gridapp.i18n import _
from gridapp.reports.stamping import stamp_pages
from ui.context import AppContext
from ui.handing_out import line_on_paper
from ui.jobs import Job
from ui.pages.reports_papers import PaperMade, copy_paper
from ui.widgets.pdf_view_pages import POINTS_PER_INCH, PagePicture, draw_page

MOST_DOTS_PER_INCH = 300
"""Enough for 5 pt text and the row codes; more only makes the spool file larger."""

LP_SECONDS = 60


def new_printer(paper: PaperMade) -> QPrinter:
    """Return a printer set up for the paper's page size; keep a reference as long as it is used."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(paper.order.file_name)
    printer.setFullPage(True)
    wide, tall = paper.sizes[0]
    size = QPageSize(QSizeF(min(wide, tall), max(wide, tall)), QPageSize.Unit.Point, "",
                     QPageSize.SizeMatchPolicy.FuzzyMatch)  # fmt: skip
    turned = QPageLayout.Orientation.Landscape if wide > tall else QPageLayout.Orientation.Portrait
    printer.setPageLayout(QPageLayout(size, turned, QMarginsF()))
    printer.setFromTo(1, len(paper.sizes))
    return printer


class PrintRun(QObject):
    """One paper on its way to one printer.

    Signals:
        finished: a sentence saying what was done, "" when it failed or was stopped.
        advanced: pages sent, and pages to send.
    """

    finished = Signal(str)
    advanced = Signal(object, object)

    def __init__(self, context: AppContext, paper: PaperMade, printer: QPrinter, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._paper = paper
        self._printer = printer
        self._stamped = paper.path.with_name(f"{paper.path.stem}-out.pdf")
        self._painter: QPainter | None = None
        self._stopped = self._started = False
        first, last = printer.fromPage() or 1, printer.toPage() or len(paper.sizes)
        self._pages = list(range(max(first, 1) - 1, min(last, len(paper.sizes))))
        self._next = 0

    @property
    def place(self) -> str:
        """Return where it goes: name of the printer, or of the file a printer makes."""
        if self._printer.outputFormat() == QPrinter.OutputFormat.PdfFormat:
            return Path(self._printer.outputFileName()).name
        return self._printer.printerName() or _("the printer")

    @Slot()
    def give_up_waiting(self) -> None:
        """Stop before the start when it may not leave."""
        if not self._started:
            self._finish("")

    def start(self, stamp: Stamp) -> None:
        """Begin: write on every page whose copy it is, then send it."""
        self._started = True
        job = self._context.run(stamp_pages, self._paper.path, self._stamped, line_on_paper(stamp))
        self._follow(job, self._send)

    @Slot()
    def _send(self) -> None:
        """Copy the file, hand it to the system, or paint page after page."""
        if self._printer.outputFormat() == QPrinter.OutputFormat.PdfFormat:
            target = Path(self._printer.outputFileName())
            self._follow(self._context.run(copy_paper, self._stamped, target), self._on_copied)
        elif sys.platform.startswith("linux") and self._printer.printerName() and shutil.which("lp"):
            job = self._context.run(
                send_with_lp, self._stamped, self._printer.printerName(), self._printer.copyCount(),
                f"{self._pages[0] + 1}-{self._pages[-1] + 1}", title=_("Sending to the printer…"),
            )  # fmt: skip
            self._follow(job, self._on_sent)
        else:
            self._painter = QPainter()
            if self._painter.begin(self._printer):
                self._ask_next()
            else:
                self._painter = None
                self._context.error_raised.emit(
                    StorageError(_("The printer did not answer. Check that it is switched on and try again."))
                )
                self._finish("")

    @Slot()
    def stop(self) -> None:
        """Stop before the next page."""
        self._stopped = True

    def _follow(self, job: Job, done: object) -> None:
        job.succeeded.connect(done)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_failed)

    def _ask_next(self) -> None:
        dots = min(self._printer.resolution(), MOST_DOTS_PER_INCH)
        number = self._pages[self._next]
        job = self._context.run(draw_page, self._stamped, number, dots / POINTS_PER_INCH)
        self._follow(job, self._on_page)

    @Slot(object)
    def _on_page(self, picture: PagePicture) -> None:
        if self._painter is None:
            return
        if self._stopped:
            self._printer.abort()
            self._finish("")
            return
        image = QImage(picture.pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32)
        paper = QRectF(self._printer.paperRect(QPrinter.Unit.DevicePixel))
        self._painter.drawImage(QRectF(0, 0, paper.width(), paper.height()), image)
        self._next += 1
        self.advanced.emit(self._next, len(self._pages))
        if self._next < len(self._pages):
            self._printer.newPage()
            self._ask_next()
        else:
            self._finish(_("Sent {count} pages to {printer}.").format(
                count=len(self._pages), printer=self._printer.printerName() or _("the printer")
            ))  # fmt: skip

    def _finish(self, told: str) -> None:
        if self._painter is not None:
            self._painter.end()
            self._painter = None
        self._stamped.unlink(missing_ok=True)
        self.finished.emit(told)

    @Slot(object)
    def _on_copied(self, target: Path) -> None:
        self._finish(_("Saved {name}.").format(name=target.name))

    @Slot(object)
    def _on_sent(self, printer: str) -> None:
        self._finish(_("Sent {count} pages to {printer}.").format(count=len(self._pages), printer=printer))

    @Slot()
    def _on_failed(self) -> None:
        self._finish("")


def send_with_lp(path: Path, printer: str, copies: int, pages: str) -> str:
    """Hand a file to the system's printing service, which prints text as text.

    Returns:
        Name of the printer.

    Raises:
        StorageError: The service refused it.
    """
    command = ["lp", "-d", printer, "-n", str(max(copies, 1)), "-P", pages, "--", str(path)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=LP_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise StorageError(
            _("{printer} did not take the paper. Check that it is switched on, or save the PDF and print that.").format(
                printer=printer
            )
        ) from error
    return printer
