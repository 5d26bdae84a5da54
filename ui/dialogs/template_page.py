"""The page a template makes, drawn anew while the template is changed, with invented people on it."""

from __future__ import annotations

import tempfile
import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.reports import paper_template
from gridapp.reports.template_draft import TemplateDraft
from gridapp.services import half_made
from ui import theme
from ui.context import AppContext
from ui.widgets import basics
from ui.widgets.pdf_view import PdfView
from ui.widgets.pdf_view_pages import PagePicture, draw_if_there, read_sizes

PREVIEW_MS = 250
"""A pause in typing after which the page is drawn anew."""


def make_sample(definition: dict[str, Any], path: Path) -> tuple[Path, list[tuple[float, float]]]:
    """Write a definition filled with invented people; return the file and the sizes of its pages."""
    from gridapp.reports.samples import write_sample

    write_sample(paper_template.parse(definition), path)
    return path, read_sizes(path)


class SamplePage(QWidget):
    """The pages of a draft, in a folder of their own that goes with the widget.

    Attributes:
        sample: The file in sight, or None.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._draft: TemplateDraft | None = None
        self.sample: Path | None = None
        self._count = 0
        held = ExitStack()
        self._folder = held.enter_context(half_made.folder_beside(Path(tempfile.gettempdir()) / "paper"))
        self._sweep = weakref.finalize(self, held.close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self._ask)
        self.view = PdfView()
        self.view.page_wanted.connect(self._on_page_wanted)
        card = basics.Card(padded=False)
        card.ring_follows(self.view)
        hint = basics.label(_("The page as it will be printed, with invented people"), "small", "muted")
        hint.setContentsMargins(theme.current().px(12), theme.current().px(6), 0, 0)
        card.body.addWidget(hint)
        card.body.addWidget(self.view, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)

    @property
    def is_drawn(self) -> bool:
        """Whether nothing is left to draw."""
        return not self._timer.isActive() and self.view.is_drawn

    def show_draft(self, draft: TemplateDraft | None) -> None:
        """Show the page of a draft at once; None leaves the page before."""
        self._draft = draft
        self._ask()

    @Slot()
    def follow(self) -> None:
        """Draw the page anew after a pause: the draft was changed."""
        self._timer.start()

    @Slot()
    def _ask(self) -> None:
        if self._draft is None:
            return
        definition = self._draft.definition
        try:
            paper_template.parse(definition)
        except ValidationError:
            return  # the page before stays until the draft is whole again
        self._count += 1
        job = self._context.run(make_sample, definition, self._folder / f"{self._count}.pdf")
        job.succeeded.connect(self._on_sample)

    @Slot(object)
    def _on_sample(self, made: tuple[Path, list[tuple[float, float]]]) -> None:
        before, (path, sizes) = self.sample, made
        if before is not None and int(path.stem) < int(before.stem):
            return  # a newer one came first
        self.sample = path
        self.view.show_pages(sizes)
        if before is not None:
            before.unlink(missing_ok=True)

    @Slot(object, float)
    def _on_page_wanted(self, number: int, scale: float) -> None:
        if self.sample is not None:
            job = self._context.run(draw_if_there, self.sample, number, scale)
            job.setProperty("sample", str(self.sample))
            job.succeeded.connect(self._on_page)

    @Slot(object)
    def _on_page(self, picture: PagePicture | None) -> None:
        job = self.sender()
        if picture is not None and job is not None and job.property("sample") == str(self.sample):
            self.view.take_picture(picture)
