"""What a paper is put together from: paragraphs, tables, forms, bar charts, lines to write on, from top to bottom."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QMenu, QPlainTextEdit, QWidget

from gridapp.i18n import _
from gridapp.reports.fields import SOURCES
from gridapp.reports.template_draft import TemplateDraft
from gridapp.reports.template_sections import KIND_TITLES, Section, addable, alike
from ui import theme
from ui.dialogs.template_list import ListEditor, ListWords
from ui.dialogs.template_words import WordButton
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.number_edit import NumberEdit

_HEIGHT = 92


@dataclass(frozen=True)
class Line:
    """A block as the list shows it."""

    number: int
    title: str
    text: str


class BlocksEditor(ListEditor):
    """The list of blocks and the fields of the one chosen; every change goes into the draft."""

    def __init__(self, parent: QWidget | None = None) -> None:
        table: DataTable[Line] = DataTable(_columns(), _("Parts of the paper"), key="template_blocks",
                                           sorts_itself=False)  # fmt: skip
        words = ListWords(
            _("Add a &part"), _("Add a part behind the chosen one"),
            _("Re&move this part"), _("Remove the chosen part with all it holds (Ctrl+Del)"),
        )  # fmt: skip
        super().__init__(table, words, parent)
        self.add_menu = QMenu(self)
        theme.dress(self.add_menu, "menu")
        below: dict[str, QMenu] = {}
        for kind, source in addable():
            menu = self.add_menu
            if source:  # charts, tables and forms show one thing or another: a menu of its own for each
                menu = below.get(kind) or below.setdefault(kind, self.add_menu.addMenu(_(KIND_TITLES[kind])))
                theme.dress(menu, "menu")
            action = QAction(_(SOURCES[source][0]) if source else _(KIND_TITLES[kind]), menu)
            action.setData((kind, source))
            menu.addAction(action)
        self.add_menu.triggered.connect(self._on_kind)
        self._build_fields()

    def _build_fields(self) -> None:
        self.heading_edit = basics.dressed(QLineEdit(), _("Heading of the part"))
        self.note_edit = basics.dressed(QPlainTextEdit(), _("Words of the paragraph"))
        self.source_combo = basics.dressed(QComboBox(), _("Shows"))
        self.source_combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source_combo.setMinimumContentsLength(4)
        self.count_edit = basics.dressed(NumberEdit(1, 40), _("How many lines"))
        self.row_edit = basics.dressed(NumberEdit(4.0, 120.0), _("Least height of a row"))
        self.total_box = QCheckBox(_("Ends with the total"))
        self.empty_edit = basics.dressed(QLineEdit(), _("When there is nobody"))
        self.blank_edit = basics.dressed(NumberEdit(0, 60), _("Empty rows"))
        self.given_edit = basics.dressed(QPlainTextEdit(), _("Rows of the table"))
        self.given_edit.setPlaceholderText(_("one row a line, cells divided by |, or pasted from a workbook"))
        for area in (self.note_edit, self.given_edit):
            area.setTabChangesFocus(True)
            area.setFixedHeight(theme.current().px(_HEIGHT))
        self.words = WordButton((self.note_edit, self.heading_edit, self.empty_edit, self.given_edit))
        self._rows: dict[str, tuple[QLabel, QWidget]] = {}
        for key, title, field in (
            ("heading", _("Heading of the part"), self.heading_edit), ("note", _("Words"), self.note_edit),
            ("source", _("Shows"), self.source_combo), ("count", _("How many lines"), self.count_edit),
            ("row_mm", _("Least height of a row (mm)"), self.row_edit), ("total", "", self.total_box),
            ("empty", _("When there is nobody"), self.empty_edit), ("blank_rows", _("Empty rows"), self.blank_edit),
            ("given", _("Rows of the table"), self.given_edit), ("words", "", self.words),
        ):  # fmt: skip
            self._rows[key] = (self.add_field(title, field), field)
        self.heading_edit.textEdited.connect(self._on_heading)
        self.note_edit.textChanged.connect(self._on_note)
        self.source_combo.activated.connect(self._on_source)
        self.count_edit.value_changed.connect(self._on_count)
        self.row_edit.value_changed.connect(self._on_row)
        self.total_box.toggled.connect(self._on_total)
        self.empty_edit.textEdited.connect(self._on_empty)
        self.blank_edit.value_changed.connect(self._on_blank)
        self.given_edit.textChanged.connect(self._on_given)
        self.words.inserted.connect(self._on_word)

    # What is shown

    def show_draft(self, draft: TemplateDraft, keep_place: bool = False) -> None:
        """Show the blocks of a draft.

        Args:
            draft: What is changed from now on.
            keep_place: The same template as before, e.g. after a step was taken back.
        """
        at = self.place if keep_place else 0
        self._draft = draft
        self._show_sections(at)

    @property
    def section(self) -> Section | None:
        """Return the chosen block."""
        sections, at = self._draft.sections() if self._draft is not None else [], self.place
        return sections[at] if 0 <= at < len(sections) else None

    def _show_sections(self, chosen: int) -> None:
        if self._draft is not None:
            found = enumerate(self._draft.sections(), start=1)
            self.show_lines([Line(at, one.title, one.text.replace("\n", " ")) for at, one in found], chosen)

    def _show_fields(self) -> None:
        section = self.section
        shown = _fields_of(section) if section is not None else ()
        for key, parts in self._rows.items():
            for part in parts:
                part.setVisible(key in shown)
        if section is None:
            return
        for edit, text in (
            (self.heading_edit, section.text), (self.empty_edit, section.empty),
        ):  # fmt: skip
            if edit.text() != text:
                edit.setText(text)
        for area, text in ((self.note_edit, section.text), (self.given_edit, section.given)):
            if not area.hasFocus() and area.toPlainText() != text:
                area.setPlainText(text)
        self.source_combo.clear()
        for name in alike(section):
            self.source_combo.addItem(_(SOURCES[name][0]), name)
        self.source_combo.setCurrentIndex(max(self.source_combo.findData(section.source), 0))
        self.count_edit.show_value(section.count)
        self.row_edit.show_value(section.row_mm)
        self.blank_edit.show_value(section.blank_rows)
        self.total_box.setChecked(section.total)

    # What is changed

    def add(self) -> None:
        """Offer what can be added behind the chosen block."""
        self.add_menu.popup(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))

    @Slot(QAction)
    def _on_kind(self, action: QAction) -> None:
        if self._draft is not None and self.isEnabled():
            kind, source = action.data()
            self._after(self._draft.add_section(self.place, kind, source))

    def remove(self) -> None:
        """Remove the chosen block."""
        if self._draft is not None:
            at = self.place
            self._draft.remove_section(at)
            self._after(at)

    def shift(self, by: int) -> None:
        """Move the chosen block towards the top (-1) or the bottom (1)."""
        if self._draft is not None:
            self._after(self._draft.move_section(self.place, by))

    @Slot(object)
    def _on_word(self, field: QWidget) -> None:
        if field is self.heading_edit:
            self._change("text", self.heading_edit.text())
        elif field is self.empty_edit:
            self._change("empty", self.empty_edit.text())

    @Slot(str)
    def _on_heading(self, text: str) -> None:
        self._change("text", text)

    @Slot()
    def _on_note(self) -> None:
        self._change("text", self.note_edit.toPlainText())

    @Slot()
    def _on_source(self) -> None:
        self._change("source", self.source_combo.currentData())

    @Slot(float)
    def _on_count(self, count: float) -> None:
        self._change("count", int(count))

    @Slot(float)
    def _on_row(self, height: float) -> None:
        self._change("row_mm", height)

    @Slot(bool)
    def _on_total(self, on: bool) -> None:
        self._change("total", on)

    @Slot(str)
    def _on_empty(self, text: str) -> None:
        self._change("empty", text)

    @Slot(float)
    def _on_blank(self, count: float) -> None:
        self._change("blank_rows", int(count))

    @Slot()
    def _on_given(self) -> None:
        self._change("given", self.given_edit.toPlainText())

    def _change(self, key: str, value: object) -> None:
        section, at = self.section, self.place
        if self._draft is None or section is None or not self._may_change() or getattr(section, key) == value:
            return
        self._draft.change_section(at, key, value)
        self._after(at)

    def _after(self, at: int) -> None:
        self._show_sections(at)
        self.edited.emit()


def _fields_of(section: Section) -> tuple[str, ...]:
    """Return which fields a block has."""
    if section.kind == "note":
        return ("note", "words")
    if section.kind == "lines":
        return ("heading", "count", "words")
    if section.kind == "form":
        return ("source",)
    if section.kind == "bars":
        return ("heading", "source", "words")
    own = ("blank_rows", "given") if section.source == "given" else ("source", "empty")
    total = ("total",) if section.source.startswith("by_") else ()
    return ("heading", "row_mm", *own, *total, "words")


def _columns() -> list[Column[Line]]:
    return [
        Column("number", _("No."), lambda line: line.number, width_chars=2),
        Column("title", _("What it is"), lambda line: line.title, priority=1, strong=True, width_chars=10),
        Column("text", _("Heading or words"), lambda line: line.text, priority=1, stretch=True, width_chars=8),
    ]
