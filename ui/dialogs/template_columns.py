"""The columns of a paper's table, or the boxes of its form: added, removed, moved, renamed, made wider."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gridapp.i18n import N_, _
from gridapp.reports.fields import SOURCES
from gridapp.reports.template_draft import Part, TemplateDraft
from ui import theme
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.number_edit import NumberEdit

ALIGNS = (("left", N_("left")), ("center", N_("centred")), ("right", N_("right")))
NO_FIELD = ""


@dataclass(frozen=True)
class Line:
    """A column as the list shows it."""

    number: int
    title: str
    shows: str
    size_mm: float


class ColumnsEditor(QWidget):
    """The list of columns and the fields of the one chosen; every change goes into the draft.

    Signals:
        edited: the draft was changed.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft: TemplateDraft | None = None
        self._filling = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_S))
        self.part_combo = basics.dressed(QComboBox(), _("Table of the paper"))
        self.part_combo.activated.connect(self._on_part)
        self.table: DataTable[Line] = DataTable(_columns(), _("Columns"), key="template_columns",
                                           sorts_itself=False)  # fmt: skip
        self.table.setMinimumHeight(theme.current().px(220))
        self.table.row_selected.connect(self._on_line)
        column.addWidget(self.part_combo)
        column.addWidget(self.table, 1)
        column.addLayout(self._build_buttons())
        self.room_label = basics.label("", "small", "muted", wrap=True)
        column.addWidget(self.room_label)
        column.addLayout(self._build_fields())

    def _build_buttons(self) -> QHBoxLayout:
        self.add_button = basics.button(_("Add a &column"), icon="plus", tip=_("Add a column behind the chosen one"))
        self.remove_button = basics.button(_("Re&move"), icon="trash", tip=_("Remove the chosen column (Ctrl+Del)"))
        self.up_button = basics.button("", icon="chevron-up", tip=_("Move towards the beginning (Alt+Up)"))
        self.down_button = basics.button("", icon="chevron-down", tip=_("Move towards the end (Alt+Down)"))
        for button, done, keys in (
            (self.add_button, self.add, "Ctrl+Ins"), (self.remove_button, self.remove, "Ctrl+Del"),
            (self.up_button, self.move_up, "Alt+Up"), (self.down_button, self.move_down, "Alt+Down"),
        ):  # fmt: skip
            button.clicked.connect(done)
            button.setAccessibleName(button.text().replace("&", "") or button.toolTip())
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(done)
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_XS))
        for button in (self.add_button, self.remove_button, self.up_button, self.down_button):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _build_fields(self) -> QGridLayout:
        self.title_edit = basics.dressed(QLineEdit(), _("Heading"))
        self.field_combo = basics.dressed(QComboBox(), _("Shows"))
        self.field_combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.field_combo.setMinimumContentsLength(4)
        self.size_edit = basics.dressed(NumberEdit(4.0, 400.0), _("Width"))
        self.align_combo = basics.dressed(QComboBox(), _("Text stands"))
        for key, title in ALIGNS:
            self.align_combo.addItem(_(title), key)
        self.title_edit.textEdited.connect(self._on_title)
        self.field_combo.activated.connect(self._on_field)
        self.size_edit.value_changed.connect(self._on_size)
        self.align_combo.activated.connect(self._on_align)
        self.size_label = basics.label(_("Width (mm)"), "body", "muted")
        grid = QGridLayout()
        grid.setSpacing(theme.current().px(theme.GAP_S))
        for row, (label, field) in enumerate((
            (basics.label(_("Heading"), "body", "muted"), self.title_edit),
            (basics.label(_("Shows"), "body", "muted"), self.field_combo),
            (self.size_label, self.size_edit),
            (basics.label(_("Text stands"), "body", "muted"), self.align_combo),
        )):  # fmt: skip
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        return grid

    # What is shown

    def show_draft(self, draft: TemplateDraft, keep_place: bool = False) -> None:
        """Show the columns of a draft.

        Args:
            draft: What is changed from now on.
            keep_place: The same template as before, e.g. after a step was taken back.
        """
        part, at = self.part_combo.currentIndex(), self.place
        self._draft = draft
        self.part_combo.clear()
        for one in draft.parts():
            self.part_combo.addItem(one.title, one.block)
        if keep_place and 0 <= part < self.part_combo.count():
            self.part_combo.setCurrentIndex(part)
        self.part_combo.setVisible(self.part_combo.count() > 1)
        self._fill_fields()
        self._show_lines(at if keep_place else 0)

    @property
    def part(self) -> Part | None:
        """Return the table or form in front."""
        parts = self._draft.parts() if self._draft is not None else []
        at = self.part_combo.currentIndex()
        return parts[at] if 0 <= at < len(parts) else None

    @property
    def place(self) -> int:
        """Return the place of the chosen column, -1 for none."""
        row = self.table.current_row()
        return row.number - 1 if row is not None else -1

    def _fill_fields(self) -> None:
        self.field_combo.clear()
        part = self.part
        if part is None:
            return
        if part.kind == "form":
            self.field_combo.addItem(_("Empty, to write in"), NO_FIELD)
        for field, title in SOURCES[part.source][1].items():
            shown = _(title)
            if part.source == "given" and field.startswith("text_"):
                shown = f"{shown} {field.removeprefix('text_')}"
            self.field_combo.addItem(shown, field)
        is_form = part.kind == "form"
        self.size_label.setText(_("Height of the line (mm)") if is_form else _("Width (mm)"))
        self.align_combo.setEnabled(not is_form)

    def _show_lines(self, chosen: int) -> None:
        part, draft = self.part, self._draft
        if part is None or draft is None:
            self.table.set_rows([])
            self._on_line(None)
            return
        items = draft.items(part)
        combo = self.field_combo
        titles = {combo.itemData(at): combo.itemText(at) for at in range(combo.count())}
        self._filling = True
        self.table.set_rows([
            Line(at, item.title.replace("\n", " "), titles.get(item.field, item.field), item.size_mm)
            for at, item in enumerate(items, start=1)
        ])  # fmt: skip
        self._filling = False
        if items:
            self.table.select_row(min(max(chosen, 0), len(items) - 1))
        self._on_line(self.table.current_row())
        if part.kind == "table":
            asked, room = draft.width_mm(part), draft.room_mm
            told = _("{asked} of {room} mm used").format(asked=f"{asked:g}", room=f"{room:g}")
            self.room_label.setText(told if asked <= room + 0.05 else "▲ " + told)
            theme.set_text_role(self.room_label, "small", "muted" if asked <= room + 0.05 else "danger")
        else:
            self.room_label.setText("")

    @Slot(object)
    def _on_line(self, _line: Line | None) -> None:
        if self._filling:
            return
        part, draft, at = self.part, self._draft, self.place
        there = part is not None and draft is not None and at >= 0
        for field in (self.title_edit, self.field_combo, self.size_edit, self.remove_button, self.up_button,
                      self.down_button):  # fmt: skip
            field.setEnabled(there)
        self.add_button.setEnabled(part is not None)
        if part is None or draft is None or at < 0:
            self.title_edit.clear()
            return
        item = draft.items(part)[at]
        self._filling = True
        self.title_edit.setText(item.title.replace("\n", "|"))
        self.field_combo.setCurrentIndex(self.field_combo.findData(item.field))
        self.size_edit.show_value(item.size_mm)
        self.align_combo.setCurrentIndex(max(self.align_combo.findData(item.align), 0))
        self._filling = False

    # What is changed

    @Slot()
    def _on_part(self) -> None:
        self._fill_fields()
        self._show_lines(0)

    @Slot()
    def add(self) -> None:
        """Add a column behind the chosen one."""
        part = self.part
        if part is not None and self._draft is not None and self.isEnabled():
            shown = {item.field for item in self._draft.items(part)}
            unused = [field for field in SOURCES[part.source][1] if field not in shown and field != "code"]
            self._after(self._draft.add(part, self.place, unused[0] if unused else "name"))
            self.field_combo.setFocus()

    @Slot()
    def remove(self) -> None:
        """Remove the chosen column."""
        part, at = self.part, self.place
        if part is not None and self._draft is not None and at >= 0 and self.isEnabled():
            self._draft.remove(part, at)
            self._after(at)

    @Slot()
    def move_up(self) -> None:
        """Move the chosen column towards the beginning."""
        self._move(-1)

    @Slot()
    def move_down(self) -> None:
        """Move the chosen column towards the end."""
        self._move(1)

    def _move(self, by: int) -> None:
        part, at = self.part, self.place
        if part is not None and self._draft is not None and at >= 0 and self.isEnabled():
            self._after(self._draft.move(part, at, by))

    @Slot(str)
    def _on_title(self, text: str) -> None:
        self._change("title", text.replace("|", "\n"))

    @Slot()
    def _on_field(self) -> None:
        self._change("field", self.field_combo.currentData())

    @Slot(float)
    def _on_size(self, size: float) -> None:
        self._change("size_mm", size)

    @Slot()
    def _on_align(self) -> None:
        self._change("align", self.align_combo.currentData())

    def _change(self, key: str, value: object) -> None:
        part, at = self.part, self.place
        if part is not None and self._draft is not None and at >= 0 and not self._filling:
            self._draft.change_item(part, at, key, value)
            self._after(at, is_typing=key == "title")

    def _after(self, at: int, is_typing: bool = False) -> None:
        place = self.title_edit.cursorPosition()
        self._show_lines(at)
        if is_typing:
            self.title_edit.setCursorPosition(place)
        self.edited.emit()


def _columns() -> list[Column[Line]]:
    return [
        Column("number", _("No."), lambda line: line.number, width_chars=2),
        Column("title", _("Heading"), lambda line: line.title, priority=1, strong=True, width_chars=7),
        Column("shows", _("Shows"), lambda line: line.shows, priority=1, stretch=True, width_chars=8),
        Column("size", "mm", lambda line: line.size_mm, lambda size: f"{size:g}", priority=1, width_chars=3),
    ]
