"""Data: what comes in, what goes out, what was done, and copies for safety."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QWidget

from gridapp import clock, formats
from gridapp.db.queries.handouts import HandoutRow, list_handouts
from gridapp.db.queries.journal import BatchRow, OperationRow, list_batches, list_operations
from gridapp.domain.changes import Kind
from gridapp.domain.handout import KIND_TITLES, Handout, HandoutKind
from gridapp.i18n import N_, _
from gridapp.services.backups import FOLDER, BackupMade, second_sentence
from ui import theme
from ui.dialogs.import_waiting import WaitingRows
from ui.dialogs.import_wizard import ImportWizard
from ui.handing_out import TakingOut
from ui.pages.data_backups import BackupsPanel
from ui.pages.data_tables import BatchesTable, HandoutsTable, OperationsTable
from ui.pages.page import Page
from ui.saving import ask_where
from ui.widgets import basics
from ui.widgets.filter_chips import FilterChips

OPERATIONS_SHOWN = 500


class DataPage(Page):
    """Imports with their waiting rows, the audit list, export of everything, backup."""

    key = "data"
    title = N_("Data")
    concerns = frozenset(Kind)

    def build(self) -> None:
        """Make three cards for what can be done, and two lists below."""
        self.wizard: ImportWizard | None = None
        self.waiting: WaitingRows | None = None
        self._wanted_batch = ""
        self._counts: dict[str, int] = {}
        self._build_cards()
        self.chips = FilterChips(
            [("imports", _("Imports")), ("operations", _("What was done")), ("handouts", _("What left")),
             ("backups", _("Backups"))],
            _("Which list"),
        )
        self.waiting_button = basics.button(_("Show the rows that wait"), "secondary", "clipboard-list")
        self.undo_button = basics.button(_("Take the whole import back"), "secondary", "undo")
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_S))
        row.addWidget(self.chips, 1)
        row.addWidget(self.waiting_button)
        row.addWidget(self.undo_button)
        self.body.addLayout(row)
        self.batches = BatchesTable()
        self.operations = OperationsTable()
        self.lists = QStackedWidget()
        self.lists.addWidget(self.batches)
        self.lists.addWidget(self.operations)
        self.handouts = HandoutsTable()
        self.lists.addWidget(self.handouts)
        self.backups = BackupsPanel(self.context)
        self.lists.addWidget(self.backups)
        self.backups.counted.connect(self._on_backups_counted)
        self.body.addWidget(self.lists, 1)
        self.chips.chosen.connect(self._on_list_chosen)
        self.batches.row_selected.connect(self._on_batch_selected)
        self.batches.row_activated.connect(self._show_waiting_of)
        self.batches.empty_action_requested.connect(self._import)
        self.waiting_button.clicked.connect(self._on_waiting)
        self.undo_button.clicked.connect(self._on_undo)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self._paste)
        self._on_batch_selected(None)

    def reload(self) -> None:
        """Ask for both lists."""
        self.load(list_batches)
        self.load(list_operations, OPERATIONS_SHOWN, then=self.show_operations)
        self.load(list_handouts, OPERATIONS_SHOWN, then=self.show_handouts)
        self.backups.reload()

    def show_data(self, data: list[BatchRow]) -> None:
        """Show the imports."""
        self.batches.set_rows(data)
        self._counts["imports"] = len(data)
        self.chips.set_counts(self._counts)
        self._on_batch_selected(self.batches.current_row())
        if self._wanted_batch:
            wanted, self._wanted_batch = self._wanted_batch, ""
            for number, row in enumerate(self.batches.model.rows):
                if row.id == wanted:
                    self.batches.select_row(number)
                    self._show_waiting_of(row)

    def show_operations(self, data: list[OperationRow]) -> None:
        """Show what was done."""
        self.operations.set_rows(data)

    def show_handouts(self, data: list[HandoutRow]) -> None:
        """Show what left."""
        self.handouts.set_rows(data)
        self._counts["handouts"] = len(data)
        self.chips.set_counts(self._counts)

    def open_with(self, argument: object) -> None:
        """Take ``{"file": path}``, ``{"import": True}`` or ``{"export": key of a page}``."""
        if not isinstance(argument, dict):
            return
        if argument.get("file"):
            self._open_wizard().take_file(str(argument["file"]))
        elif argument.get("import"):
            self._open_wizard()

    def export_items(self) -> None:
        """Ask for a file name and write everything there as a facts file."""
        name = f"gridapp-{formats.date(clock.today())}.json"
        path, _kind = ask_where(self, _("Take everything out"), name, _("Facts file (*.json)"))
        if path:
            self.export_to(path)

    def export_to(self, path: str) -> None:
        """Write everything to a facts file."""
        from gridapp.services.facts import write_facts  # heavy: imported when first used

        self._exported_to = path
        self._hold(self.export_button, True)
        handout = Handout(HandoutKind.FACTS, _(KIND_TITLES[HandoutKind.FACTS]))
        out = TakingOut(self, self.context, handout, _("Writing everything…"))
        out.written.connect(self._on_exported)
        out.finished.connect(self._on_export_finished)
        out.to_file(Path(path), partial(write_facts, self.context.database))

    def back_up(self) -> None:
        """Write a checked copy of the database among its backups."""
        from gridapp.services.backups import back_up  # heavy: imported when first used

        self._hold(self.backup_button, True)
        job = self.context.run(
            back_up, self.context.database, title=_("Making a backup…"),
            reports_progress=True,
        )
        job.succeeded.connect(self._on_backed_up)
        job.finished.connect(self._on_backup_finished)

    def _build_cards(self) -> None:
        self.import_button = basics.button(_("Import…"), "primary", "upload", _("Ctrl+I"))
        self.export_button = basics.button(_("Take everything out…"), "secondary", "download")
        self.backup_button = basics.button(_("Back up now"), "secondary", "save")
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_M))
        cards = (
            (_("Bring in"), _("Registers, visit ledgers, grid boundaries, facts files. Or drop a file on the window."),
             self.import_button),
            (_("Take out"), _("Everything that is stored, in one facts file. It can be taken in again."),
             self.export_button),
            (_("Backup"), _("Checked copies are made by themselves; they lie in {folder}"), self.backup_button),
        )  # fmt: skip
        for title, hint, action in cards:
            row.addWidget(self._card(title, hint.format(folder=self._folder()), action), 1)
        self.body.addLayout(row)
        self.import_button.clicked.connect(self._import)
        self.export_button.clicked.connect(self.export_items)
        self.backup_button.clicked.connect(self.back_up)

    def _card(self, title: str, hint: str, action: QPushButton) -> basics.Card:
        card = basics.Card(title)
        line = QHBoxLayout()
        line.addWidget(basics.label(hint, "small", "muted", wrap=True), 1)
        line.addWidget(action)
        card.body.addLayout(line)
        return card

    def _folder(self) -> str:
        location = self.context.database.location
        return _("on the server") if "://" in location else str(Path(location).resolve().parent / FOLDER)

    def _hold(self, button: QWidget, busy: bool) -> None:
        button.setEnabled(not busy)

    def _open_wizard(self) -> ImportWizard:
        if self.wizard is None:
            self.wizard = ImportWizard(self.context, self)
            self.wizard.finished.connect(self._on_wizard_closed)
            self.wizard.waiting_requested.connect(self._on_waiting_requested)
            self.wizard.open()
        return self.wizard

    def _show_waiting_of(self, batch: BatchRow) -> None:
        if batch.waiting and self.waiting is None:
            self.waiting = WaitingRows(self.context, batch, self)
            self.waiting.finished.connect(self._on_waiting_closed)
            self.waiting.open()

    @Slot()
    def _paste(self) -> None:
        self._open_wizard().paste()

    @Slot()
    def _import(self) -> None:
        self._open_wizard()

    @Slot()
    def _on_wizard_closed(self) -> None:
        if self.wizard is not None:
            self.wizard.deleteLater()
            self.wizard = None

    @Slot(str)
    def _on_waiting_requested(self, batch: str) -> None:
        self._wanted_batch = batch
        self.refresh()

    @Slot()
    def _on_waiting_closed(self) -> None:
        self.waiting = None

    @Slot(object)
    def _on_backups_counted(self, count: int) -> None:
        self._counts["backups"] = count
        self.chips.set_counts(self._counts)

    @Slot(str)
    def _on_list_chosen(self, key: str) -> None:
        lists: dict[str, QWidget] = {
            "imports": self.batches, "operations": self.operations, "handouts": self.handouts, "backups": self.backups
        }  # fmt: skip
        self.lists.setCurrentWidget(lists[key])
        self._on_batch_selected(self.batches.current_row())

    @Slot(object)
    def _on_batch_selected(self, batch: BatchRow | None) -> None:
        in_sight = self.lists.currentWidget() is self.batches and batch is not None
        for made in (self.waiting_button, self.undo_button):
            made.setVisible(in_sight)
        self.waiting_button.setEnabled(batch is not None and batch.waiting > 0)
        self.undo_button.setEnabled(batch is not None and not batch.undone)

    @Slot()
    def _on_waiting(self) -> None:
        batch = self.batches.current_row()
        if batch is not None:
            self._show_waiting_of(batch)

    @Slot()
    def _on_undo(self) -> None:
        batch = self.batches.current_row()
        if batch is None or batch.undone:
            return
        self.undo_button.setEnabled(False)
        if self.context.can_undo(batch.operation):
            if (job := self.context.undo(batch.operation)) is not None:
                job.finished.connect(self.refresh)
            return
        from gridapp.services.importing import undo_batch  # heavy: imported when first used

        job = self.context.change(undo_batch, batch.id, self.context.actor, initiator=self,
                                  title=_("Taking the import back…"), reports_progress=True, is_save=True)
        job.finished.connect(self.refresh)

    @Slot(object)
    def _on_exported(self, count: int) -> None:
        self.notice_raised.emit(_("Wrote everything to {path}.").format(path=self._exported_to))
        self.refresh()

    @Slot()
    def _on_export_finished(self) -> None:
        self._hold(self.export_button, False)

    @Slot(object)
    def _on_backed_up(self, made: BackupMade) -> None:
        self.context.backup_made.emit(clock.now())
        said = _("The backup is checked and lies in {path}.").format(path=made.path)
        self.notice_raised.emit(f"{said} {second_sentence(made.second)}")
        self.backups.reload()

    @Slot()
    def _on_backup_finished(self) -> None:
        self._hold(self.backup_button, False)
