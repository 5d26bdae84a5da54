"""The columns of a paper's table, or the boxes of its form: added, removed, moved, renamed, made wider."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from gridapp.i18n import N_, _
from gridapp.reports.fields import SOURCES
from gridapp.reports.template_draft import Item, Part, TemplateDraft
from ui import theme
from ui.dialogs.template_list import ListEditor, ListWords
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


class ColumnsEditor(ListEditor):
    """The list of columns and the fields of the one chosen; every change goes into the draft."""

    def __init__(self, parent: QWidget | None = None) -> None:
        table: DataTable[Line] = DataTable(_columns(), _("Columns"), key="template_columns", sorts_itself=False)
        words = ListWords(
            _("Add a &column"), _("Add a column behind the chosen one"),
            _("Re&move"), _("Remove the chosen column (Ctrl+Del)"),
        )  # fmt: skip
        super().__init__(table, words, parent)
        self.part_combo = basics.dressed(QComboBox(), _("Table of the paper"))
        self.part_combo.activated.connect(self._on_part)
        self.head.addWidget(self.part_combo)
        self.room_label = basics.label("", "small", "muted", wrap=True)
        self.foot.addWidget(self.room_label)
        self._build_fields()

    def _build_fields(self) -> None:
        self.title_edit = basics.dressed(QLineEdit(), _("Heading"))
        self.field_combo = basics.dressed(QComboBox(), _("Shows"))
        self.field_combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.field_combo.setMinimumContentsLength(4)
        self.size_edit = basics.dressed(NumberEdit(4.0, 400.0), _("Width"))
        self.align_combo = basics.dressed(QComboBox(), _("Text stands"))
        for key, title in ALIGNS:
            self.align_combo.addItem(_(title), key)
        self.label_edit = basics.dressed(NumberEdit(0.0, 120.0), _("Width of the label"))
        self.share_edit = basics.dressed(NumberEdit(0.1, 20.0, 0.1), _("Share of the line"))
        self.strong_box, self.one_line_box = QCheckBox(_("Large and bold")), QCheckBox(_("Kept on one line"))
        self.begins_box = QCheckBox(_("Begins a new line"))
        self.title_edit.textEdited.connect(self._on_title)
        self.field_combo.activated.connect(self._on_field)
        self.size_edit.value_changed.connect(self._on_size)
        self.align_combo.activated.connect(self._on_align)
        self.label_edit.value_changed.connect(self._on_label)
        self.share_edit.value_changed.connect(self._on_share)
        for box in (self.strong_box, self.one_line_box, self.begins_box):
            box.toggled.connect(self._on_ticked)
        self.add_field(_("Heading"), self.title_edit)
        self.add_field(_("Shows"), self.field_combo)
        self.size_label = self.add_field(_("Width (mm)"), self.size_edit)
        self._of_tables = [self.add_field(_("Text stands"), self.align_combo), self.align_combo]
        self._of_forms: list[QWidget] = [
            self.add_field(_("Width of the label (mm)"), self.label_edit), self.label_edit,
            self.add_field(_("Share of the line"), self.share_edit), self.share_edit,
        ]  # fmt: skip
        self._of_tables += [self.add_field("", self.strong_box), self.strong_box]
        self._of_tables += [self.add_field("", self.one_line_box), self.one_line_box]
        self._of_forms += [self.add_field("", self.begins_box), self.begins_box]

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
        self._show_part()
        self._show_items(at if keep_place else 0)

    @property
    def part(self) -> Part | None:
        """Return the table or form in front."""
        parts = self._draft.parts() if self._draft is not None else []
        at = self.part_combo.currentIndex()
        return parts[at] if 0 <= at < len(parts) else None

    @property
    def item(self) -> Item | None:
        """Return the chosen column or box."""
        part, at = self.part, self.place
        items = self._draft.items(part) if part is not None and self._draft is not None else []
        return items[at] if 0 <= at < len(items) else None

    def _show_part(self) -> None:
        self.field_combo.clear()
        part = self.part
        self.add_button.setEnabled(part is not None)
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
        for parts, shown_now in ((self._of_tables, not is_form), (self._of_forms, is_form)):
            for one in parts:
                one.setVisible(shown_now)

    def _show_items(self, chosen: int) -> None:
        part, draft = self.part, self._draft
        if part is None or draft is None:
            self.show_lines([], -1)
            self.room_label.setText("")
            return
        combo = self.field_combo
        titles = {combo.itemData(at): combo.itemText(at) for at in range(combo.count())}
        lines = [
            Line(at, item.title.replace("\n", " "), titles.get(item.field, item.field), item.size_mm)
            for at, item in enumerate(draft.items(part), start=1)
        ]
        self.show_lines(lines, chosen)
        if part.kind == "table":
            asked, room = draft.width_mm(part), draft.room_mm
            told = _("{asked} of {room} mm used").format(asked=f"{asked:g}", room=f"{room:g}")
            self.room_label.setText(told if asked <= room + 0.05 else "▲ " + told)
            theme.set_text_role(self.room_label, "small", "muted" if asked <= room + 0.05 else "danger")
        else:
            self.room_label.setText("")

    def _show_fields(self) -> None:
        item = self.item
        for field in (self.title_edit, self.field_combo, self.size_edit, *self._of_tables, *self._of_forms):
            field.setEnabled(item is not None)
        if item is None:
            self.title_edit.clear()
            return
        title = item.title.replace("\n", "|")
        if self.title_edit.text() != title:  # else the cursor would leave its place
            self.title_edit.setText(title)
        self.field_combo.setCurrentIndex(self.field_combo.findData(item.field))
        self.size_edit.show_value(item.size_mm)
        self.align_combo.setCurrentIndex(max(self.align_combo.findData(item.align), 0))
        self.label_edit.show_value(item.label_mm)
        self.share_edit.show_value(item.share)
        self.strong_box.setChecked(item.strong)
        self.one_line_box.setChecked(not item.wrap)
        self.begins_box.setChecked(item.begins_line)

    # What is changed

    @Slot()
    def _on_part(self) -> None:
        self._show_part()
        self._show_items(0)

    def add(self) -> None:
        """Add a column behind the chosen one."""
        part = self.part
        if part is not None and self._draft is not None:
            shown = {item.field for item in self._draft.items(part)}
            unused = [field for field in SOURCES[part.source][1] if field not in shown and field != "code"]
            self._after(self._draft.add(part, self.place, unused[0] if unused else "number"))
            self.field_combo.setFocus()

    def remove(self) -> None:
        """Remove the chosen column."""
        if self.part is not None and self._draft is not None:
            at = self.place
            self._draft.remove(self.part, at)
            self._after(at)

    def shift(self, by: int) -> None:
        """Move the chosen column towards the beginning (-1) or the end (1)."""
        if self.part is not None and self._draft is not None:
            self._after(self._draft.move(self.part, self.place, by))

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

    @Slot(float)
    def _on_label(self, width: float) -> None:
        self._change("label_mm", width)

    @Slot(float)
    def _on_share(self, share: float) -> None:
        self._change("share", share)

    @Slot()
    def _on_ticked(self) -> None:
        part, item = self.part, self.item
        if part is None or item is None:
            return
        if part.kind == "form":
            self._change("begins_line", self.begins_box.isChecked())
            return
        self._change("strong", self.strong_box.isChecked())
        self._change("wrap", not self.one_line_box.isChecked())

    def _change(self, key: str, value: object) -> None:
        part, at, item = self.part, self.place, self.item
        if part is None or self._draft is None or item is None or not self._may_change():
            return
        if getattr(item, key) != value:
            self._draft.change_item(part, at, key, value)
            self._after(at)

    def _after(self, at: int) -> None:
        self._show_items(at)
        self.edited.emit()


def _columns() -> list[Column[Line]]:
    return [
        Column("number", _("No."), lambda line: line.number, width_chars=2),
        Column("title", _("Heading"), lambda line: line.title, priority=1, strong=True, width_chars=7),
        Column("shows", _("Shows"), lambda line: line.shows, priority=1, stretch=True, width_chars=6),
        Column("size", _("mm"), lambda line: line.size_mm, lambda size: f"{size:g}", priority=1, width_chars=3),
    ]
