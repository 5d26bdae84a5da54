"""The visit form at work: drafts, checking, saving, one person after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from gridapp import clock
from gridapp.domain.conflict import Theirs
from gridapp.errors import ConflictError, UserError, ValidationError
from gridapp.i18n import _
from ui import messages, preferences, theme
from ui.context import AppContext
from ui.jobs import Job
from ui.widgets import basics
from ui.widgets.place_finder import PlaceFinder
from ui.widgets.visit_form import RESPONSIBLE, VisitForm
from ui.widgets.visit_form_conflict import visit_conflict, with_values
from ui.widgets.visit_form_saving import correct_visit, forget_draft, keep_draft, log_visits
from ui.widgets.visit_form_target import VisitTarget, read_recent

if TYPE_CHECKING:
    from gridapp.db.queries.values import FormChoices
    from gridapp.domain.visit import NewVisit
    from ui.dialogs.conflict_dialog import ConflictDialog

DRAFT_PAUSE_MS = 300
"""From the last keystroke to the draft being written."""

_MODE, _WORKER = "visits/mode", "visits/worker"


def draft_keys(actor: str) -> tuple[str, str]:
    """Return the keys under which one person's drafts are kept: of the page, of the dialog."""
    return f"visit/today/{actor}"[:80], f"visit/dialog/{actor}"[:80]


class VisitDesk(QWidget):
    """A form, its buttons and its draft.

    Signals:
        saved: ids of the people logged; whether the next person is wanted.
        cancelled: the user gave up what was typed, or had typed nothing.
        card_wanted: shown id of a person whose card should be opened.

    Attributes:
        form: The fields.
        replaces: Visit that is being corrected, or "".
        conflict: The choice between two corrections, when somebody else was faster, or None.
        is_dirty: Something was typed that is not saved yet.
        keeps_cancel: Whether the cancel button stays while nothing was typed, as in a dialog.
    """

    saved = Signal(object, bool)
    cancelled = Signal()
    card_wanted = Signal(str)

    def __init__(self, context: AppContext, draft_key: str, walks: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.replaces = ""
        self.conflict: ConflictDialog | None = None
        self._before: dict[str, Any] = {}
        self._sent: tuple[NewVisit, ...] = ()
        self.is_dirty = False
        self.keeps_cancel = False
        self._draft_key = draft_key
        self._saving: Job | None = None
        self._wants_next = False
        self._recent_job: Job | None = None
        self._logged: tuple[str, ...] = ()
        self.form = VisitForm(context.settings.valid_modes, context.settings.tier_a_days)
        self._build(walks)
        self._draft_clock = QTimer(self)
        self._draft_clock.setSingleShot(True)
        self._draft_clock.setInterval(DRAFT_PAUSE_MS)
        self._draft_clock.timeout.connect(self._write_draft)
        self.form.edited.connect(self._on_edited)
        self.form.card_wanted.connect(self.card_wanted)
        self._start_afresh()

    # ---- for its owner

    def set_targets(self, targets: Sequence[VisitTarget]) -> bool:
        """Turn to other people; refused (False) while something typed is not saved."""
        same = [item.person.id for item in targets] == [item.person.id for item in self.form.targets]
        if (self.is_dirty or self._saving is not None) and not same:
            self._say_unsaved()
            return False
        if self.is_dirty:
            return True  # the list was read again; ticks and texts stay
        self.form.set_targets(targets)
        if not same:
            self._start_afresh()
        if len(targets) > 1 and not same:
            self.form.mode.choose("phone")
        self._ask_recent()
        self._show_state()
        return True

    def set_choices(self, choices: FormChoices) -> None:
        """Offer workers and phrases."""
        many = PlaceFinder(self.context.fetch, clock.today(), ("anyone",)) if choices.has_more else None
        self.form.set_choices(choices, many)
        if not self.is_dirty and not self.replaces:
            self.form.worker_box.choose(preferences.text(_WORKER, RESPONSIBLE))

    def take_settings(self) -> None:
        """Read the settings again after they changed."""
        self.form.set_valid_modes(self.context.settings.valid_modes, self.context.settings.tier_a_days)

    def resume(self, targets: Sequence[VisitTarget], body: dict[str, Any], key: str) -> None:
        """Go on with a draft that was kept under a key."""
        self._draft_key = key
        self.form.set_targets(targets)
        self.replaces = str(body.get("replaces", ""))
        self._before = dict(body.get("before", {}))
        self.form.fill(body)
        self.reason_edit.setText(str(body.get("reason", "")))
        self.is_dirty = True
        self._ask_recent()
        self._show_state()
        self.form.focus_first()

    def correct(self, targets: Sequence[VisitTarget], visit: str, body: dict[str, Any]) -> None:
        """Show a visit that is to be corrected."""
        self.form.set_targets(targets)
        self.form.fill(body)
        self.replaces = visit
        self._before = dict(body)
        self._show_state()

    def save(self, wants_next: bool = False) -> None:
        """Save if everything is right; a second press while saving does nothing."""
        if self._saving is not None:
            return
        if not self.form.check():
            self._bring_problem_into_sight()
            return
        if self.replaces and not self.reason_edit.text().strip():
            self.form.problem.show_problem(_("Say in a few words why the visit is corrected."), self.reason_edit)
            return
        self._wants_next = wants_next
        self._send(self.form.visits())

    def _send(self, visits: tuple[NewVisit, ...]) -> None:
        actor = self.context.actor
        options: dict[str, Any] = {"initiator": self, "announce_errors": False}
        if self.replaces:
            reason = self.reason_edit.text().strip()
            job = self.context.change(correct_visit, self.replaces, visits[0], reason, actor, **options)
        else:
            job = self.context.change(log_visits, visits, actor, **options)
        self._saving = job
        self._sent = visits
        self._logged = tuple(visit.person for visit in visits)
        self._draft_clock.stop()
        job.succeeded.connect(self._on_saved)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._on_save_over)
        self._show_state()

    def cancel(self) -> None:
        """Give up what was typed, after asking when it is worth asking."""
        if self._saving is not None:
            return
        if self.is_dirty and not messages.confirm(
            self, _("Discard what was typed?"), _("This visit has not been saved."), _("Discard")
        ):
            return
        self.discard()
        self.cancelled.emit()

    def discard(self) -> None:
        """Forget what was typed and its draft."""
        self._drop_draft()
        self._start_afresh()
        self._show_state()

    def put_aside(self) -> dict[str, dict[str, Any]]:
        """Keep what was typed as a draft and forget it here; return the draft by its key, if there is one."""
        kept = {}
        if self.is_dirty:
            self._draft_clock.stop()
            self._write_draft()
            kept = {self._draft_key: self._draft_body()}
        self._start_afresh()
        self._show_state()
        return kept

    # ---- building

    def _build(self, walks: bool) -> None:
        px = theme.current().px
        self.scroller = QScrollArea()
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setWidgetResizable(True)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.dress(self.scroller.verticalScrollBar(), "scroll")
        inner = QWidget()
        frame = QVBoxLayout(inner)
        frame.setContentsMargins(0, 0, px(theme.GAP_S), 0)
        frame.addWidget(self.form)
        self.scroller.setWidget(inner)
        self.scroller.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        self.reason_edit = basics.dressed(QLineEdit(), _("Why it is corrected"))
        self.reason_edit.setPlaceholderText(_("Why is it corrected? e.g. wrong day"))
        self.state_label = basics.label("", "small", "muted", wrap=True)
        self.save_button = basics.button(_("Save (Ctrl+Enter)"), "primary")
        self.next_button = basics.button(_("Save, log next"), "secondary", "", _("Ctrl+Shift+Enter"))
        self.cancel_button = basics.button(_("Discard"), "quiet")
        buttons = QHBoxLayout()
        buttons.setSpacing(px(theme.GAP_S))
        for made in (self.save_button, self.next_button, self.cancel_button):
            buttons.addWidget(made)
        self.next_button.setVisible(walks)
        self._walks = walks
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        column.addWidget(self.scroller, 1)
        column.addWidget(self.reason_edit)
        column.addWidget(self.state_label)
        column.addLayout(buttons)
        self.save_button.clicked.connect(self._on_save_button)
        self.next_button.clicked.connect(self._on_next_button)
        self.cancel_button.clicked.connect(self.cancel)
        self.reason_edit.textEdited.connect(self._on_edited)
        for keys, slot in (("Ctrl+Return", self._on_save_button), ("Ctrl+Enter", self._on_save_button),
                           ("Ctrl+Shift+Return", self._on_next_button), ("Ctrl+Shift+Enter", self._on_next_button)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    # ---- what happens

    def _start_afresh(self) -> None:
        self.is_dirty = False
        self.replaces, self._before = "", {}
        self.reason_edit.clear()
        self.form.reset(preferences.text(_MODE, "onsite"), preferences.text(_WORKER, RESPONSIBLE))
        self.scroller.verticalScrollBar().setValue(0)

    def _show_state(self) -> None:
        count = len(self.form.targets)
        busy = self._saving is not None
        self.reason_edit.setVisible(bool(self.replaces))
        self.save_button.setEnabled(not busy and count > 0)
        self.next_button.setEnabled(not busy and count > 0)
        self.next_button.setVisible(self._walks and count <= 1 and not self.replaces)
        self.cancel_button.setEnabled(not busy)
        self.cancel_button.setVisible(self.is_dirty or self.keeps_cancel)
        if not self.is_dirty:
            self.state_label.clear()
        self.state_label.setVisible(self.is_dirty)

    def _bring_problem_into_sight(self) -> None:
        for error in (self.form.day_problem, self.form.problem):
            if not error.isHidden():
                self.form.updateGeometry()
                self.scroller.ensureWidgetVisible(error)

    def _say_unsaved(self) -> None:
        names = ", ".join(target.person.name for target in self.form.targets)
        text = _("The visit to {name} is not saved yet: save or discard it first.").format(name=names)
        self.state_label.setText("● " + text)
        theme.set_text_role(self.state_label, "small", "warning")
        self.state_label.show()

    @Slot()
    def _on_edited(self) -> None:
        self.is_dirty = True
        self._draft_clock.start()
        theme.set_text_role(self.state_label, "small", "muted")
        self.state_label.setText(_("Kept as a draft while you type."))
        self._show_state()

    @Slot()
    def _write_draft(self) -> None:
        if self.is_dirty and self._saving is None:
            self.context.change(keep_draft, self._draft_key, self._draft_body())

    def _draft_body(self) -> dict[str, Any]:
        kept = {"replaces": self.replaces, "reason": self.reason_edit.text(), "before": self._before}
        return {**self.form.body(), **kept}

    def _drop_draft(self) -> None:
        self._draft_clock.stop()
        if self.is_dirty:
            self.context.change(forget_draft, self._draft_key)
        self.is_dirty = False

    def _ask_recent(self) -> None:
        if len(self.form.targets) != 1:
            self._recent_job = None
            return
        self._recent_job = self.context.fetch(read_recent, self.form.targets[0].person.number)
        self._recent_job.succeeded.connect(self._on_recent)

    @Slot(object)
    def _on_recent(self, visits: object) -> None:
        if self.sender() is self._recent_job and isinstance(visits, tuple):
            self.form.set_recent(visits)

    @Slot()
    def _on_save_button(self) -> None:
        self.save(False)

    @Slot()
    def _on_next_button(self) -> None:
        self.save(self._walks and not self.replaces)

    @Slot(object)
    def _on_saved(self, changes: object) -> None:
        body = self.form.body()
        if len(self.form.targets) == 1 and not self.replaces:
            preferences.keep(_MODE, body["mode"])
        if not self.replaces:
            preferences.keep(_WORKER, body["worker"])
        self._saving = None
        self._drop_draft()
        self._start_afresh()
        self._show_state()
        self.saved.emit(self._logged, self._wants_next)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.is_dirty = True
        self._draft_clock.start()
        if isinstance(error, ConflictError) and isinstance(error.theirs, Theirs):
            box = self.form.worker_box
            names = {str(box.itemData(row)): box.itemText(row) for row in range(box.count())}
            self.conflict = visit_conflict(self._before, self._sent[0], error.theirs, names, self)
            self.conflict.settled.connect(self._on_settled)
            self.conflict.left.connect(self._on_left)
            self.conflict.rejected.connect(self._on_not_settled)
            self.conflict.finished.connect(self._on_conflict_closed)
            self.conflict.ask()
        elif isinstance(error, UserError):
            field = error.field if isinstance(error, ValidationError) else ""
            self.form.show_problem(field, str(error))
            self._bring_problem_into_sight()
        else:
            self.context.error_raised.emit(error)

    @Slot(object, object)
    def _on_settled(self, values: dict[str, Any], seen: str) -> None:
        """Correct the visit that stands there now, with what was chosen of both."""
        self.replaces = seen
        self._send((with_values(self._sent[0], values),))

    @Slot()
    def _on_left(self) -> None:
        self._on_saved(None)

    @Slot()
    def _on_not_settled(self) -> None:
        self.form.show_problem("", str(ConflictError()))
        self._bring_problem_into_sight()

    @Slot()
    def _on_conflict_closed(self) -> None:
        self.conflict = None

    @Slot()
    def _on_save_over(self) -> None:
        if self.sender() is self._saving:  # after a conflict the next try is under way already
            self._saving = None
        self._show_state()

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.is_dirty:
            self.cancelled.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._draft_clock.isActive():
            self._draft_clock.stop()
            self._write_draft()

