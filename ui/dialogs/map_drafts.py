"""Drawings of grids kept for later: open one, or drop it with a reason."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from gridapp import formats
from gridapp.db.queries.grid_history import DraftRow, list_boundary_drafts
from gridapp.i18n import _
from gridapp.services.boundary_drafts import discard_draft
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class MapDraftsDialog(MapDialog):
    """The drafts of one community, or of all.

    Signals:
        chosen: the DraftRow to go on with.
    """

    chosen = Signal(object)

    def __init__(self, context: AppContext, community: str, parent: QWidget) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            community: Code; "" for all.
            parent: The window.
        """
        super().__init__(context, _("Drafts of grids"), parent, (640, 420))
        self._community = community
        self.column.addWidget(basics.label(_("Nothing of a draft holds until it is opened and saved."), wrap=True))
        columns: tuple[Column[DraftRow], ...] = (
            Column("reason", _("Why it waits"), lambda row: row.reason, priority=1, width_chars=14, stretch=True),
            Column("effective", _("Meant from"), lambda row: row.effective, formats.date, width_chars=7),
            Column("author", _("Kept by"), lambda row: row.author, width_chars=5),
            Column("saved", _("Kept on"), lambda row: row.saved_at.date(), formats.date, width_chars=7),
        )  # fmt: skip
        self.table: DataTable[DraftRow] = DataTable(columns, _("Drafts of grids"), "map_drafts")
        self.table.set_empty_state("file-text", _("There is no draft of this community."))
        self.table.row_activated.connect(self._on_open_row)
        self.table.row_selected.connect(self._on_row)
        self.column.addWidget(self.table, 1)
        self.reason_field = basics.dressed(QLineEdit(), _("Why it is dropped"))
        self.reason_field.setPlaceholderText(_("Only to drop a draft: why it is not wanted any more"))
        self.column.addWidget(self.reason_field)
        self._build_buttons()
        self._on_row(None)
        self.refresh()

    def _build_buttons(self) -> None:
        self.drop_button = basics.button(_("Drop the draft"), "secondary", "trash")
        self.close_button = basics.button(_("Cancel"))
        self.open_button = basics.button(_("Open"), "primary", "file-text")
        self.drop_button.clicked.connect(self._on_drop)
        self.close_button.clicked.connect(self.reject)
        self.open_button.clicked.connect(self._on_open)
        self.close_with(self.close_button, self.open_button, at_left=(self.drop_button,))

    def refresh(self) -> None:
        """Ask for the drafts."""
        self.ask("drafts", self.context.fetch(list_boundary_drafts), self._on_drafts)

    def _on_drafts(self, rows: list[DraftRow]) -> None:
        own = [row for row in rows if self._community in ("", row.community)]
        self.table.set_rows(own)
        if own:
            self.table.select_row(0)
        self.table.view.setFocus()

    def _on_row(self, row: DraftRow | None) -> None:
        for button in (self.open_button, self.drop_button):
            button.setEnabled(row is not None)

    def _on_open(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self._on_open_row(row)

    def _on_open_row(self, row: DraftRow) -> None:
        self.chosen.emit(row)
        self.accept()

    def _on_drop(self) -> None:
        row, reason = self.table.current_row(), self.reason_field.text().strip()
        if row is None:
            return
        if not reason:
            self.error.show_problem(_("Say why the draft is not wanted any more."), self.reason_field)
            self.reason_field.setFocus()
            return
        self.error.clear_problem()
        job = self.context.change(
            discard_draft, row.key, reason, self.context.actor, initiator=self, announce_errors=False
        )
        job.succeeded.connect(self._on_dropped)
        job.failed.connect(self.show_failure)

    def _on_dropped(self, _changes: object) -> None:
        self.reason_field.clear()
        self.refresh()
