"""What the check of the database found, and the repair of what can be repaired."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gridapp.db.database import Database
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.i18n import _
from gridapp.progress import Progress
from gridapp.services import compacting, doctor
from gridapp.services.doctor import Diagnosis, Finding
from ui.context import AppContext
from ui.dialogs.list_dialog import ListDialog
from ui.jobs import Job
from ui.models.row_table_model import Column, Tone
from ui.widgets import basics


class DoctorDialog(ListDialog):
    """Checks the database that is open; nothing is changed before the repair is asked for.

    Attributes:
        summary: The outcome in a sentence.
    """

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        columns: list[Column[Finding]] = [
            Column("check", _("Check"), _title, priority=1, width_chars=7),
            Column("state", _("State"), _state, priority=1, width_chars=4, tone=_tone),
            Column("finding", _("Finding"), _sentence, priority=1, width_chars=12, stretch=True),
        ]
        empty = ("check", _("Checking the database…"))
        super().__init__(parent, _("Check of the database"), "doctor", columns, empty)
        self._context = context
        self._job: Job | None = None
        self.summary = basics.label("", "body", wrap=True)
        self.above.addWidget(self.summary)
        self.repair_button = basics.button(_("Repair what can be repaired"), "primary")
        self.close_button = basics.button(_("Close"))
        self.compact_button = basics.button(_("Make the file smaller"), "secondary")
        self.compact_button.setToolTip(
            _("Writes the file anew without the gaps of years; a backup is made first. Others can look meanwhile.")
        )
        may = not context.database.is_on_server and context.principal.may("database.compact")
        self.compact_button.setVisible(may)
        self.add_buttons((self.repair_button, self.compact_button), (self.close_button,))
        self.repair_button.clicked.connect(self.repair)
        self.compact_button.clicked.connect(self.compact)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._stop)
        self._follow(
            context.run(doctor.examine, context.database, title=_("Checking the database…"), reports_progress=True),
            _("Checking the database…"),
        )

    @Slot()
    def repair(self) -> None:
        """Make again what is made from the rest."""
        job = self._context.change(
            _repair, self._context.actor, initiator=self, title=_("Repairing…"), reports_progress=True,
            announce_errors=False,
        )  # fmt: skip
        self._follow(job, _("Repairing…"))

    @Slot()
    def compact(self) -> None:
        """Write the file anew without gaps; closing the dialog stops it."""
        job = self._context.change(
            compacting.compact, self._context.actor, initiator=self, title=_("Making the file smaller…"),
            reports_progress=True, announce_errors=False,
        )  # fmt: skip
        self._begin(job, _("Making the file smaller…"))
        job.succeeded.connect(self._on_compacted)

    def _follow(self, job: Job, saying: str) -> None:
        self._begin(job, saying)
        job.succeeded.connect(self._show)

    def _begin(self, job: Job, saying: str) -> None:
        self._job = job
        self.summary.setText(saying)
        self.repair_button.setEnabled(False)
        self.compact_button.setEnabled(False)
        job.failed.connect(self._on_failed)

    @Slot(object)
    def _on_compacted(self, changes: Changes) -> None:
        self.summary.setText(changes.message)
        self.compact_button.setEnabled(True)

    @Slot(object)
    def _show(self, outcome: Diagnosis | Changes) -> None:
        diagnosis = outcome.result if isinstance(outcome, Changes) else outcome
        self.table.set_rows(list(diagnosis.findings))
        said = list(diagnosis.repaired)
        healthy = diagnosis.is_healthy
        said.append(_("The database is well.") if healthy else _("Something is wrong with the database."))
        self.summary.setText(" ".join(said))
        self.repair_button.setEnabled(not healthy and not diagnosis.repaired)
        self.compact_button.setEnabled(healthy)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.summary.setText("")
        super()._on_failed(error)

    @Slot()
    def _stop(self) -> None:
        if self._job is not None and not self._job.is_finished:
            self._job.cancel()


def _repair(database: Database, actor: str, progress: Progress) -> Changes:
    diagnosis = doctor.repair(database, actor, progress)
    return Changes(EVERYTHING, None, "", diagnosis)


def _title(row: Finding) -> str:
    return row.title


def _sentence(row: Finding) -> str:
    return row.sentence


def _state(row: Finding) -> str:
    return _("well") if row.is_well else _("advice") if row.is_advice else "▲ " + _("WRONG")


def _tone(row: Finding) -> Tone | None:
    return None if row.is_well else "muted" if row.is_advice else "danger"
