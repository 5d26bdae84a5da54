"""The plain steps of the import wizard: choose a file, wait, confirm a whole file, done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from gridapp import formats, paths
from gridapp.i18n import _
from gridapp.ledgers.fields import kind_title
from ui import theme
from ui.dialogs.import_reading import BOUNDARIES, FACTS, LEDGER_KINDS
from ui.widgets import basics

SAMPLES = ("sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv", "sample_grids.geojson")
"""Files in ``data/`` that import cleanly, to try with."""


class FileStep(QWidget):
    """Which file, and what is in it.

    Signals:
        file_named: path of a file that was chosen.
        paste_requested: the cells on the clipboard are to be taken.
        changed: the file or the kind is another.
    """

    file_named = Signal(str)
    paste_requested = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_M))
        explanation = _(
            "Excel, WPS or CSV files, as they were sent; or cells copied there, headings too. Nothing is stored yet."
        )
        column.addWidget(basics.label(explanation, wrap=True))
        row = QHBoxLayout()
        self.path_edit = basics.dressed(QLineEdit(), _("File"))
        self.path_edit.setReadOnly(True)
        self.path_edit.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it only shows; the keyboard begins at the button
        self.path_edit.setPlaceholderText(_("Choose a file, or drop one on the window"))
        self.browse_button = basics.button(_("Choose a file…"), "primary", "file-spreadsheet")
        self.browse_button.clicked.connect(self._browse)
        row.addWidget(self.path_edit, 1)
        row.addWidget(self.browse_button)
        self.paste_button = basics.button(_("Paste cells"), "secondary", "clipboard-list", _("Ctrl+V"))
        self.paste_button.clicked.connect(self.paste_requested)
        for made in (self.browse_button, self.paste_button):
            made.setAutoDefault(True)
        row.addWidget(self.paste_button)
        column.addLayout(row)
        self.kind_box = basics.dressed(QComboBox(), _("What the file holds"))
        self.kind_box.addItem(_("Find out by itself"), "auto")
        for kind in LEDGER_KINDS:
            self.kind_box.addItem(kind_title(kind), kind)
        self.kind_box.addItem(_("Grid boundaries"), BOUNDARIES)
        self.kind_box.addItem(_("Facts file of GridApp"), FACTS)
        self.kind_box.activated.connect(self.changed)
        kind_row = QHBoxLayout()
        kind_row.addWidget(basics.label(_("What the file holds")))
        kind_row.addWidget(self.kind_box)
        kind_row.addStretch(1)
        column.addLayout(kind_row)
        self.problem = basics.InlineError()
        column.addWidget(self.problem)
        column.addStretch(1)
        column.addWidget(basics.label(_("To try it out, GridApp brings these files:"), "body", "muted"))
        samples = QHBoxLayout()
        for name in SAMPLES:
            if paths.shipped_data(name).is_file():
                made = basics.button(name, "quiet", "file-text")
                made.setProperty("sample", name)
                made.clicked.connect(self._on_sample)
                samples.addWidget(made)
        samples.addStretch(1)
        column.addLayout(samples)

    @Slot()
    def _browse(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, _("Choose a file"), "",
            _(
                "Registers, maps (*.xlsx *.xls *.xlsm *.xlsb *.et *.ods *.csv *.txt *.xml *.mht *.htm *.html *.json "
                "*.geojson *.shp *.zip *.gpkg *.kml);;All files (*)"
            ),
        )  # fmt: skip
        if name:
            self.file_named.emit(name)

    @property
    def path(self) -> str:
        """Return the file chosen, or ""."""
        return self.path_edit.text()

    @property
    def kind(self) -> str:
        """Return what the file is said to hold; "auto" when nobody said."""
        return str(self.kind_box.currentData())

    def show_file(self, path: str, kind: str) -> None:
        """Show a file and what it seems to hold."""
        self.path_edit.setText(path)
        self.kind_box.setCurrentIndex(max(self.kind_box.findData(kind), 0))
        self.problem.clear_problem()
        self.changed.emit()

    def _on_sample(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.file_named.emit(str(paths.shipped_data(str(sender.property("sample")))))


class BusyStep(QWidget):
    """Work under way, and the way to stop it.

    Signals:
        stop_requested: the button was pressed.
    """

    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text_label = basics.label("", "heading")
        self.detail_label = basics.label("", "body", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(_("Progress"))
        theme.dress(self.bar, "progress")
        self.stop_button = basics.button(_("Stop"), "secondary", "x")
        self.stop_button.clicked.connect(self._on_stop)
        column = QVBoxLayout(self)
        column.setSpacing(theme.current().px(theme.GAP_M))
        column.addStretch(1)
        for part in (self.text_label, self.detail_label):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addWidget(self.bar)
        column.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)

    def begin(self, text: str) -> None:
        """Show work that has just begun."""
        self.text_label.setText(text)
        self.detail_label.clear()
        self.bar.setRange(0, 0)
        self.stop_button.setEnabled(True)

    def show_progress(self, done: int, total: int, message: str) -> None:
        """Show how far it is."""
        self.bar.setRange(0, max(total, 0))
        self.bar.setValue(done)
        count = f"{formats.count(done)} / {formats.count(total)}" if total else ""
        self.detail_label.setText(" ".join(part for part in (message, count) if part))

    def _on_stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.stop_requested.emit()


class FactsStep(QWidget):
    """What a facts file is, before it is taken in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.text_label = basics.label("", "heading")
        self.problem = basics.InlineError()
        column.addWidget(self.text_label)
        column.addWidget(basics.label(
            _("A facts file holds everything of another GridApp. All of it goes in, or nothing; "
              "grids and categories that are here already are kept."), wrap=True))
        column.addWidget(self.problem)
        column.addStretch(1)

    def show_file(self, path: Path) -> None:
        """Show which file is about to go in."""
        self.text_label.setText(path.name)
        self.problem.clear_problem()


class DoneStep(QWidget):
    """What was imported, and the way back.

    Signals:
        undo_requested: everything just imported is to go again.
        waiting_requested: the rows that stayed behind are to be shown.
        export_requested: they are wanted as a file.
    """

    undo_requested = Signal()
    waiting_requested = Signal()
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        self.text_label = basics.label("", "heading", "success", wrap=True)
        self.problem = basics.InlineError()
        self.undo_button = basics.button(_("Take the whole import back"), "danger", "undo")
        self.waiting_button = basics.button(_("Show the rows that wait"), "secondary", "clipboard-list")
        self.export_button = basics.button(_("Export the rows that wait…"), "secondary", "download")
        self.undo_button.clicked.connect(self.undo_requested)
        self.waiting_button.clicked.connect(self.waiting_requested)
        self.export_button.clicked.connect(self.export_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(self.text_label)
        column.addWidget(self.problem)
        acting = (self.waiting_button, self.export_button, self.undo_button)
        for made in acting:
            made.setAutoDefault(True)  # Enter presses the button that has the keyboard, not “Close”
        column.addLayout(basics.button_row(at_left=acting))
        column.addStretch(1)

    def show_done(self, text: str, waiting: int, can_undo: bool) -> None:
        """Show what was done and what can follow."""
        self.text_label.setText("✓ " + text)
        self.problem.clear_problem()
        self.undo_button.setVisible(can_undo)
        self.waiting_button.setVisible(waiting > 0)
        self.export_button.setVisible(waiting > 0)
