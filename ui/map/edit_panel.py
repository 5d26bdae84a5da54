"""Beside the map while grids are edited: tools, what is wrong, undo, save."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gridapp import formats
from gridapp.geo.editing.check import Problem
from gridapp.i18n import _
from ui import theme
from ui.map.edit_desk import EditDesk
from ui.map.edit_tools import SKETCHING, TOOLS
from ui.widgets import basics

WIDTH = 330
GIVEN = ("gap", "uncovered", "overlap")
"""Kinds of problems that are ground which can be given to a grid."""


class EditPanel(QWidget):
    """Buttons for every tool and step, and the faults of the drawing.

    Signals:
        saved: the user wants to save.
        discarded: the user wants to end without saving.
        problem_chosen: a Problem to look at.
        draft_wished: the user wants to open a draft.
        plans_wished: the user wants to divide the community anew.
        mending_wished: the user wants all borders fitted to each other.
    """

    saved = Signal()
    discarded = Signal()
    problem_chosen = Signal(object)
    draft_wished = Signal()
    plans_wished = Signal()
    mending_wished = Signal()

    def __init__(self, desk: EditDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._problems: list[Problem] = []
        self._is_mending = False
        px = theme.current().px
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px(theme.GAP_XS), 0)
        column.setSpacing(px(theme.GAP_S))
        column.addWidget(basics.heading(_("Grids of {community}").format(community=desk.ground.name)))
        column.addWidget(self._build_tools())
        self.hint_label = basics.label("", "small", "muted", wrap=True)
        column.addWidget(self.hint_label)
        column.addLayout(self._build_steps())
        self.problem_label = basics.label("", "strong")
        column.addWidget(self.problem_label)
        tip = _("The ground of the line chosen below, which nobody has or several claim")
        self.give_button = basics.button(_("Give it to the chosen grid"), "secondary", tip=tip)
        self.give_button.clicked.connect(self._on_give)
        tip = _("All borders are fitted to each other, and narrow gaps closed")
        self.mend_button = basics.button(_("Mend all"), "secondary", tip=tip)
        self.mend_button.clicked.connect(self.mending_wished)
        mending = QHBoxLayout()
        mending.addWidget(self.give_button, 1)
        mending.addWidget(self.mend_button)
        column.addLayout(mending)
        self.problem_list = QListWidget()
        self.problem_list.setAccessibleName(_("What is wrong with the drawing"))
        self.problem_list.setWordWrap(True)
        self.problem_list.itemActivated.connect(self._on_problem)
        self.problem_list.itemClicked.connect(self._on_problem)
        self.problem_list.setMinimumHeight(px(110))
        column.addWidget(self.problem_list, 1)
        area = QScrollArea()  # with large text the tools alone fill a small screen
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        theme.dress(area, "scroll")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(px(theme.GAP_S))
        outer.addWidget(area, 1)
        outer.addLayout(self._build_end())
        desk.changed.connect(self.refresh)
        theme.current().changed.connect(self._on_look_changed)
        self._on_look_changed()
        self._list_problems()
        self.refresh()

    def _build_tools(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.current().px(theme.GAP_XS))
        self.tool_group = QButtonGroup(self)
        self.tool_buttons = {}
        for number, (key, (name, letter, hint)) in enumerate(TOOLS.items()):
            made = basics.button(f"{_(name)} ({letter})", "secondary", tip=_(hint))
            made.setCheckable(True)
            self.tool_group.addButton(made)
            self.tool_buttons[key] = made
            grid.addWidget(made, number // 2, number % 2)
        self.unlock_button = basics.button(_("Unlock (L)"), "secondary", "lock")
        self.unlock_button.setCheckable(True)
        self.unlock_button.toggled.connect(self._desk.unlock)
        grid.addWidget(self.unlock_button, len(TOOLS) // 2, len(TOOLS) % 2)
        self.follow_button = basics.button(_("Follow borders (T)"), "secondary", tip=_(
            "A line between two places on borders runs along the borders"))  # fmt: skip
        self.follow_button.setCheckable(True)
        self.follow_button.toggled.connect(self._desk.follow)
        # One of the two at a time: the panel has to fit a small screen.
        grid.addWidget(self.follow_button, len(TOOLS) // 2, len(TOOLS) % 2)
        self.tool_group.buttonClicked.connect(self._on_tool)
        return holder

    def _build_steps(self) -> QHBoxLayout:
        self.undo_button = basics.button(_("Back"), "secondary", "undo", _("Take the last step back (Ctrl+Z)"))
        self.redo_button = basics.button(_("Again"), "secondary", "redo", _("Do it again (Ctrl+Y)"))
        self.finish_button = basics.button(_("Finish (Enter)"), "primary")
        self.undo_button.clicked.connect(self._desk.undo)
        self.redo_button.clicked.connect(self._desk.redo)
        self.finish_button.clicked.connect(self._desk.finish)
        row = QHBoxLayout()
        for part in (self.undo_button, self.redo_button, self.finish_button):
            row.addWidget(part)
        return row

    def _build_end(self) -> QVBoxLayout:
        self.save_button = basics.button(_("Save…"), "primary", "save")
        self.discard_button = basics.button(_("End without saving"), "secondary", "x")
        self.draft_button = basics.button(_("Drafts…"), "quiet", "file-text")
        self.save_button.clicked.connect(self.saved)
        self.discard_button.clicked.connect(self.discarded)
        self.plans_button = basics.button(_("Divide anew…"), "quiet", "map")
        self.draft_button.clicked.connect(self.draft_wished)
        self.plans_button.clicked.connect(self.plans_wished)
        column, first, second = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for part in (self.draft_button, self.plans_button):
            first.addWidget(part)
        for part in (self.discard_button, self.save_button):
            second.addWidget(part)
        column.addLayout(first)
        column.addLayout(second)
        return column

    def refresh(self) -> None:
        """Show what the desk says now."""
        desk = self._desk
        self.tool_buttons[desk.tool].setChecked(True)
        self.hint_label.setText(self._hint())
        self.unlock_button.blockSignals(True)
        self.unlock_button.setChecked(desk.is_unlocked)
        self.unlock_button.blockSignals(False)
        self.unlock_button.setText(_("Unlocked (L)") if desk.is_unlocked else _("Unlock (L)"))
        self.follow_button.blockSignals(True)
        self.follow_button.setChecked(desk.follows)
        self.follow_button.blockSignals(False)
        self.follow_button.setVisible(desk.tool in SKETCHING)
        self.unlock_button.setVisible(desk.tool not in SKETCHING)
        self.undo_button.setEnabled(bool(desk.session.done))
        self.redo_button.setEnabled(bool(desk.session.undone))
        self.finish_button.setVisible(desk.tool in SKETCHING or desk.tool == "merge")
        self.save_button.setEnabled(bool(desk.session.done) and not self._is_mending)
        if desk.problems != self._problems:
            self._problems = list(desk.problems)
            self._list_problems()
        self.give_button.setVisible(any(problem.kind in GIVEN for problem in desk.problems))
        # While it works it stays, and stays enabled: else the keyboard would leave it.
        self.mend_button.setVisible(self._is_mending or any(problem.is_fault for problem in desk.problems))

    def show_mending(self, on: bool) -> None:
        """Show that borders are being fitted; meanwhile drawing goes on, but nothing is stored or opened."""
        self._is_mending = on
        self.mend_button.setText(_("Mending…") if on else _("Mend all"))
        for part in (self.draft_button, self.plans_button):
            part.setEnabled(not on)
        self.refresh()

    def _hint(self) -> str:
        desk = self._desk
        text = _(TOOLS[desk.tool][2])
        if desk.tool == "vertex" and desk.vertex is not None:
            text = _("Arrow keys move the corner by 1 m, with Shift by 0.1 m. I puts one in, Delete takes it out.")
        elif desk.selected:
            names = "、".join(desk.name(id) for id in desk.selected[:6])
            area = sum(desk.coverage.shapes[id].area for id in desk.selected if id in desk.coverage)
            text += "\n" + _("Chosen: {names}, {area} m²").format(names=names, area=formats.count(round(area)))
        return text

    def _list_problems(self) -> None:
        faults = sum(problem.is_fault for problem in self._problems)
        if not self._problems:
            self.problem_label.setText(_("✓ No overlap and no gap"))
        else:
            self.problem_label.setText(_("▲ {count} faults").format(count=faults) if faults else _("Worth a look"))
        theme.set_text_role(self.problem_label, "strong", "danger" if faults else "text")
        self.problem_list.clear()
        for number, problem in enumerate(self._problems):
            item = QListWidgetItem(("▲ " if problem.is_fault else "") + self._sentence(problem))
            item.setData(Qt.ItemDataRole.UserRole, number)
            self.problem_list.addItem(item)

    def _sentence(self, problem: Problem) -> str:
        text = problem.sentence
        for id in problem.ids:
            text = text.replace(id, self._desk.name(id))
        return _("{sentence} (as it was opened)").format(sentence=text) if self._desk.standing.had(problem) else text

    def _on_look_changed(self) -> None:
        self.setFixedWidth(round(WIDTH * (100 + theme.current().scale) / 200))

    def _on_tool(self) -> None:
        for key, made in self.tool_buttons.items():
            if made.isChecked():
                self._desk.choose_tool(key)
                return

    def _on_problem(self, item: QListWidgetItem) -> None:
        self.problem_chosen.emit(self._problems[item.data(Qt.ItemDataRole.UserRole)])

    def _on_give(self) -> None:
        item = self.problem_list.currentItem()
        chosen = [self._problems[item.data(Qt.ItemDataRole.UserRole)]] if item is not None else []
        ground = [problem for problem in (*chosen, *self._problems) if problem.kind in GIVEN]
        if ground:
            self._desk.give(ground[0])
