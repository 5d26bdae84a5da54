"""What is due for deletion, and deleting it: what goes, the proof, and what backups still hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gridapp import clock, formats
from gridapp.db.queries.retention import DueForDeletion, DuePersonRow, list_due_for_deletion
from gridapp.domain.changes import Changes
from gridapp.domain.retention import RULE_TITLES
from gridapp.i18n import C_, _
from gridapp.services import retention
from gridapp.services.retention import HeldCopies
from ui import messages
from ui.context import AppContext
from ui.dialogs.list_dialog import ListDialog
from ui.models.row_table_model import Column
from ui.widgets import basics


class DeletionDialog(ListDialog):
    """Lists the people whose time is over; what else is due stands in one line.

    Attributes:
        state_label: What else is due, then what was done.
    """

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        """Ask what is due.

        Args:
            context: Where it is.
            parent: Page it belongs to.
        """
        columns: list[Column[DuePersonRow]] = [
            Column("name", _("Name"), _name, priority=1, width_chars=5),
            Column("rule", _("Why"), _rule, priority=1, width_chars=10, stretch=True),
            Column("since", C_("deletion", "Since"), _since, formats.date, priority=2, width_chars=5.5),
            Column("due", C_("deletion", "Due"), _due, formats.date, priority=1, width_chars=5.5),
        ]
        hint = _(
            "Deleted is everything that says who somebody was, from the audit log too. What they counted for stays "
            "without a name, so that past figures and closed months hold. The audit log keeps the proof."
        )
        empty = ("check", _("Nobody is due."))
        title = _("Due for deletion")
        super().__init__(parent, title, "deletion", columns, empty, hint, (720, 520), multiple=True)
        self._context = context
        self._begun = clock.now()
        self._said = ""
        self.state_label = basics.label("", wrap=True)
        self.below.addWidget(self.state_label)
        self.chosen_button = basics.button(_("Delete those chosen…"), "secondary", "trash")
        self.all_button = basics.button(_("Delete everything due…"), "danger", "trash")
        self.close_button = basics.button(_("Close"))
        self.add_buttons((self.chosen_button, self.all_button), (self.close_button,))
        self.chosen_button.clicked.connect(self._on_chosen)
        self.all_button.clicked.connect(self._on_all)
        self.close_button.clicked.connect(self.accept)
        self._set_busy(True)
        self.ask()

    def ask(self) -> None:
        """Ask what is due now."""
        job = self._context.fetch(list_due_for_deletion, clock.today())
        job.succeeded.connect(self._show)
        job.failed.connect(self._on_failed)

    @Slot(object)
    def _show(self, due: DueForDeletion) -> None:
        self.table.set_rows(list(due.people))
        others = _("Also due: {rows} waiting rows, {drafts} drafts, {entries} old entries of the audit log.").format(
            rows=due.waiting, drafts=due.drafts, entries=due.entries
        )
        self.state_label.setText(self._said or others)
        self._set_busy(False)
        self.chosen_button.setEnabled(bool(due.people))
        self.all_button.setEnabled(not due.is_empty)

    @Slot()
    def _on_chosen(self) -> None:
        people = [row.id for row in self.table.selected_rows()]
        if not people:
            self.problem.show_problem(_("Choose whom in the list first."))
        elif self._is_sure(_("Delete the data of {count} people?").format(count=len(people))):
            self._run(retention.delete_people, people)

    @Slot()
    def _on_all(self) -> None:
        if self._is_sure(_("Delete everything that is due?")):
            self._run(retention.delete_all_due)

    def _is_sure(self, question: str) -> bool:
        self.problem.clear_problem()
        loss = _("This cannot be taken back. Backups made before hold it until they are rotated.")
        return messages.confirm(self, question, loss, _("Delete"))

    def _run(self, service: Callable[..., Changes], *more: object) -> None:
        self._set_busy(True)
        self._begun = clock.now()
        job = self._context.change(
            service, *more, self._context.actor, title=_("Deleting"), reports_progress=True, announce_errors=False
        )
        job.succeeded.connect(self._on_deleted)
        job.failed.connect(self._on_failed)

    @Slot(object)
    def _on_deleted(self, changes: Changes) -> None:
        self._said = changes.message
        job = self._context.run(retention.held_copies, self._context.database, self._begun)
        job.succeeded.connect(self._on_counted)
        self.ask()

    @Slot(object)
    def _on_counted(self, held: HeldCopies) -> None:
        self._said = f"{self._said} {retention.copies_sentence(held)}"
        self.state_label.setText(self._said)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._set_busy(False)
        super()._on_failed(error)

    def _set_busy(self, busy: bool) -> None:
        for button in (self.chosen_button, self.all_button):
            button.setEnabled(not busy)


def _name(row: DuePersonRow) -> str:
    return row.name


def _rule(row: DuePersonRow) -> str:
    return _(RULE_TITLES[row.rule])


def _since(row: DuePersonRow) -> dt.date:
    return row.since


def _due(row: DuePersonRow) -> dt.date:
    return row.due
