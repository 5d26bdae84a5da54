"""Templates of papers: copy one, change what it shows, and see the page while changing it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs, Values
from gridapp.errors import ConflictError, ValidationError
from gridapp.i18n import _
from gridapp.reports import paper_template
from gridapp.reports.fields import in_shown_words
from gridapp.reports.paper_template import BUILT_IN, PaperTemplate
from gridapp.reports.template_draft import TemplateDraft
from gridapp.services import templates
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.conflict_dialog import ConflictDialog
from ui.dialogs.template_blocks import BlocksEditor
from ui.dialogs.template_columns import ColumnsEditor
from ui.dialogs.template_conflict import template_conflict
from ui.dialogs.template_form import PaperForm
from ui.dialogs.template_page import SamplePage
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips


class TemplateDesk(QDialog):
    """The list of templates, the one in front with its columns, and its page.

    Attributes:
        draft: What is being changed, or None.
        problem_sentence: Why the draft cannot be stored, "" when it can.
    """

    def __init__(self, context: AppContext, parent: QWidget, key: str = "") -> None:
        super().__init__(parent)
        self.context = context
        self.draft: TemplateDraft | None = None
        self.problem_sentence = ""
        self._found: list[PaperTemplate] = []
        self._key, self._wanted = "", key
        self._seen: Values | None = None
        self.conflict: ConflictDialog | None = None
        self._showing = False
        self.setWindowTitle(_("Templates of papers"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px, window = theme.current().px, parent.window()
        self.resize(min(px(1240), window.width() - 20), min(px(760), window.height() - 20))
        self.page = SamplePage(context)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(theme.GAP_S))
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        for part, share in ((self._build_list(), 22), (self._build_editor(), 38), (self.page, 40)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(self.splitter.count() - 1, share)
        self.splitter.setSizes([px(250), px(470), px(500)])
        self.problem = basics.InlineError()
        column.addWidget(self.splitter, 1)
        column.addWidget(self.problem)
        column.addLayout(self._build_foot())
        context.data_changed.connect(self._on_data_changed)
        self._ask_list()

    def _build_list(self) -> QWidget:
        self.list: DataTable[PaperTemplate] = DataTable(_columns(), _("Templates"), key="templates", sorts_itself=False)
        self.list.row_selected.connect(self._on_chosen)
        copying, removing = _("Make a copy of the chosen template to change"), _("Undo brings a removed template back")
        self.copy_button = basics.button(_("&Copy"), "primary", "copy", copying)
        self.remove_button = basics.button(_("&Remove"), icon="trash", tip=removing)
        self.copy_button.clicked.connect(self.copy)
        self.remove_button.clicked.connect(self.remove)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(self.copy_button)
        row.addWidget(self.remove_button)
        column.addLayout(row)
        return box

    def _build_editor(self) -> QWidget:
        self.state_label = basics.label("", "body", "muted", wrap=True)
        self.form = PaperForm()
        self.columns = ColumnsEditor()
        self.blocks = BlocksEditor()
        self._editors: dict[str, ColumnsEditor | BlocksEditor | PaperForm] = {
            "columns": self.columns, "blocks": self.blocks, "paper": self.form,
        }  # fmt: skip
        places = [("columns", _("Columns")), ("blocks", _("Parts of the paper")), ("paper", _("Title and paper"))]
        self.places = FilterChips(places, _("What to change"))
        self.places.chosen.connect(self.show_place)
        self.stack = QStackedWidget()
        for part in self._editors.values():
            part.edited.connect(self._on_edited)
            self.stack.addWidget(_scrolling(part))
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(theme.current().px(8), 0, theme.current().px(8), 0)
        column.addWidget(self.places)
        column.addWidget(self.state_label)
        column.addWidget(self.stack, 1)
        return box

    @Slot(str)
    def show_place(self, place: str) -> None:
        """Show the columns, the parts they stand in, or what stands around those."""
        self.places.choose(place)
        self.stack.setCurrentIndex(list(self._editors).index(place))

    def _build_foot(self) -> QHBoxLayout:
        self.undo_button = basics.button(_("&Take back a step"), "quiet", "undo", _("Ctrl+Z"))
        self.save_button = basics.button(_("&Save"), "primary", "save", _("Save the template (Ctrl+S)"))
        self.close_button = basics.button(_("Close"))
        self.undo_button.clicked.connect(self.undo)
        self.save_button.clicked.connect(self.save)
        self.close_button.clicked.connect(self.close)
        for keys, done in (("Ctrl+Z", self.undo), ("Ctrl+S", self.save)):
            QShortcut(QKeySequence(keys), self).activated.connect(done)
        return basics.button_row(self.save_button, self.close_button, at_left=(self.undo_button,))

    # The list

    @Slot()
    def _ask_list(self) -> None:
        job = self.context.fetch(templates.list_templates)
        job.succeeded.connect(self._on_list)
        job.failed.connect(self.context.error_raised)

    @Slot(object, object)
    def _on_data_changed(self, changes: Changes, _initiator: object) -> None:
        if Kind.PAPER in changes.kinds:
            self._ask_list()

    @Slot(object)
    def _on_list(self, found: list[PaperTemplate]) -> None:
        self._found = found
        wanted = self._wanted or self._key
        self._wanted = ""
        keys = [template.key for template in found]
        at = keys.index(wanted) if wanted in keys else 0
        self._showing = True
        self.list.set_rows(found)
        self.list.select_row(at)
        self._showing = False
        if self.draft is None or not self.draft.is_changed or keys[at] != self._key:
            self._show_template(found[at])
        self._judge()

    @Slot(object)
    def _on_chosen(self, template: PaperTemplate | None) -> None:
        if self._showing or template is None or template.key == self._key:
            return
        if not self._may_leave():
            self._showing = True
            self.list.select_row([one.key for one in self._found].index(self._key))
            self._showing = False
            return
        self._show_template(template)

    def _may_leave(self) -> bool:
        """Ask before changes that were not saved are dropped."""
        if self.draft is None or not self.draft.is_changed:
            return True
        return messages.confirm(
            self, _("Leave without saving?"), _("What you changed in this template is not saved yet."),
            _("Leave without saving"),
        )  # fmt: skip

    def _show_template(self, template: PaperTemplate) -> None:
        self._key = template.key
        supplied = template.key in BUILT_IN
        definition = templates.own_copy(template, template.key, _(template.name)) if supplied else template.definition
        self.draft = TemplateDraft(in_shown_words(definition))
        self._seen = None if supplied else template.definition
        told = _("Supplied with the program and stays as it is. Copy it to change the copy.")
        self.state_label.setText(told if supplied else "")
        self.state_label.setVisible(supplied)
        self.remove_button.setEnabled(not supplied)
        for editor in self._editors.values():
            editor.setEnabled(not supplied)
            editor.show_draft(self.draft)
        self._judge()
        self.page.show_draft(self.draft)

    @Slot()
    def copy(self) -> None:
        """Copy the template in front, and put the copy in front."""
        if self._key and self._may_leave():
            job = self.context.change(templates.copy_template, self._key, "", self.context.actor, initiator=self)
            job.succeeded.connect(self._on_copied)

    @Slot(object)
    def _on_copied(self, changes: Changes) -> None:
        self.draft, self._wanted = None, str(changes.result)
        self._ask_list()

    @Slot()
    def remove(self) -> None:
        """Remove the template in front; it can be undone."""
        if self._key and self._key not in BUILT_IN:
            actor = self.context.actor
            job = self.context.change(templates.remove_template, self._key, actor, self._seen, initiator=self)
            job.succeeded.connect(self._on_stored)

    # Changing

    @Slot()
    def _on_edited(self) -> None:
        self._judge()
        for editor in (self.columns, self.blocks):
            if self.sender() is not editor and self.draft is not None:  # e.g. another paper has other room
                editor.show_draft(self.draft, keep_place=True)
        self.page.follow()

    def _judge(self) -> None:
        """Say why the draft cannot be stored, or offer to save it."""
        self.problem_sentence = ""
        if self.draft is None:
            return
        try:
            template = paper_template.parse(self.draft.definition)
            paper_template.check_widths(template)
            templates.check_name(template.name, self._key, templates.names_of(self._found))
        except ValidationError as error:
            self.problem_sentence = str(error)
        own = self._key not in BUILT_IN
        if self.problem_sentence and own:
            self.problem.show_problem(self.problem_sentence)
        else:
            self.problem.clear_problem()
        self.save_button.setEnabled(own and self.draft.is_changed and not self.problem_sentence)
        self.undo_button.setEnabled(self.draft.can_undo or self.context.next_undo is not None)

    @Slot()
    def undo(self) -> None:
        """Take back a step of the draft; without one, the last thing saved."""
        if self.draft is not None and self.draft.can_undo:
            self.draft.undo()
            self.form.show_draft(self.draft)
            for editor in (self.columns, self.blocks):
                editor.show_draft(self.draft, keep_place=True)
            self._judge()
            self.page.follow()
        elif self.context.next_undo is not None:
            job = self.context.undo()
            if job is not None:
                job.succeeded.connect(self._on_stored)

    @Slot()
    def save(self) -> None:
        """Store the draft."""
        if self.draft is None or not self.save_button.isEnabled():
            return
        self.save_button.setEnabled(False)
        self._send(self.draft.definition)

    def _send(self, definition: dict[str, Any]) -> None:
        job = self.context.change(
            templates.save_template, definition, self.context.actor, self._seen, initiator=self, announce_errors=False
        )
        job.succeeded.connect(self._on_stored)
        job.failed.connect(self._on_refused)

    @Slot(object)
    def _on_stored(self, _changes: Changes) -> None:
        self.draft = None
        self._ask_list()

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, ConflictError) and isinstance(error.theirs, Theirs) and self.draft is not None:
            theirs = replace(error.theirs, values=in_shown_words(error.theirs.values))
            self.conflict = template_conflict(in_shown_words(self._seen or {}), self.draft.definition, theirs, self)
            self.conflict.settled.connect(self._on_settled)
            self.conflict.left.connect(self._on_left)
            self.conflict.rejected.connect(self._on_undecided)
            self.conflict.ask()
            return
        self.problem.show_problem(messages.sentence(error))

    @Slot()
    def _on_undecided(self) -> None:
        self.conflict = None  # it goes when it closes
        self._judge()

    @Slot(object, object)
    def _on_settled(self, definition: dict[str, Any], seen: Values) -> None:
        self._seen = seen
        self._send({key: value for key, value in definition.items() if value is not None})

    @Slot()
    def _on_left(self) -> None:
        self._on_stored(Changes())

    # Overrides of Qt methods

    def reject(self) -> None:
        """Close the window, unless unsaved changes are to stay."""
        if self._may_leave():
            self.draft = None
            super().reject()


class _Upright(QScrollArea):
    """Scrolls up and down only: it is never narrower than what is in it."""

    # Overrides of Qt methods

    def minimumSizeHint(self) -> QSize:
        inside, hint = self.widget(), super().minimumSizeHint()
        if inside is None:
            return hint
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(inside.minimumSizeHint().width() + bar, hint.height())


def _scrolling(part: QWidget) -> QScrollArea:
    area = _Upright()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    theme.dress(area.verticalScrollBar(), "scroll")
    area.setWidget(part)
    return area


def _columns() -> list[Column[PaperTemplate]]:
    return [
        Column("name", _("Template"), lambda one: _(one.name), priority=1, strong=True, stretch=True, width_chars=8),
        Column("origin", _("From"), lambda one: _("supplied") if one.key in BUILT_IN else _("own"), priority=2,
               width_chars=3),
    ]  # fmt: skip
