"""What a paper says around its tables: name, title, paper, masking, watermark, statements, signatures."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from gridapp.i18n import N_, _
from gridapp.reports.fields import MASKING, PERIODS, in_shown_words
from gridapp.reports.template import SIZES
from gridapp.reports.template_draft import TemplateDraft
from ui import theme
from ui.dialogs.template_words import WordButton
from ui.widgets import basics
from ui.widgets.number_edit import NumberEdit

WATERMARK = "{user} {time}"
_MASKING = {
    "masked": N_("ID numbers and phones masked"), "names": N_("names masked too"), "none": N_("nothing masked"),
}  # fmt: skip
_PERIODS = {"month": N_("a month"), "quarter": N_("a quarter"), "half": N_("half a year"), "year": N_("a year")}


class PaperForm(QWidget):
    """Fields of the whole paper; every change goes into the draft.

    Signals:
        edited: the draft was changed.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft: TemplateDraft | None = None
        self.name_edit = basics.dressed(QLineEdit(), _("Name of the template"))
        self.title_edit = basics.dressed(QLineEdit(), _("Title"))
        self.hint_edit = basics.dressed(QLineEdit(), _("What it is for"))
        self.size_combo = basics.dressed(QComboBox(), _("Paper"))
        self.side_combo = basics.dressed(QComboBox(), _("How it lies"))
        self.text_edit = basics.dressed(NumberEdit(6.0, 16.0, 0.5), _("Size of the text"))
        self.period_combo = basics.dressed(QComboBox(), _("Made for"))
        self.masking_combo = basics.dressed(QComboBox(), _("Masking"))
        self.mark_box = QCheckBox(_("Pale text across each page"))
        self.mark_edit = basics.dressed(QLineEdit(), _("Text of the watermark"))
        self.facts_edit = basics.dressed(QPlainTextEdit(), _("Below the title"))
        self.sign_edit = basics.dressed(QPlainTextEdit(), _("Signatures"))
        self.words = WordButton((self.title_edit, self.mark_edit, self.facts_edit, self.sign_edit))
        self._fill()
        self._lay_out()
        self._connect()

    def _fill(self) -> None:
        for size in SIZES:
            self.size_combo.addItem(size, size)
        self.side_combo.addItem(_("upright"), False)
        self.side_combo.addItem(_("on its long side"), True)
        for key in MASKING:
            self.masking_combo.addItem(_(_MASKING[key]), key)
        for key in PERIODS:
            self.period_combo.addItem(_(_PERIODS[key]), key)
        for edit, hint in ((self.facts_edit, _("one statement a line")), (self.sign_edit, _("one signature a line"))):
            edit.setPlaceholderText(hint)
            edit.setTabChangesFocus(True)
            edit.setFixedHeight(theme.current().px(104))

    def _lay_out(self) -> None:
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.setSpacing(px(theme.GAP_S))
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        lying = QHBoxLayout()
        for part in (self.size_combo, self.side_combo):
            lying.addWidget(part)
        for combo in (self.size_combo, self.side_combo, self.period_combo, self.masking_combo):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(2)
        form.addRow(_("Name of the template"), self.name_edit)
        form.addRow(_("What it is for"), self.hint_edit)
        form.addRow(_("Title"), self.title_edit)
        form.addRow("", self.words)
        form.addRow(_("Paper"), lying)
        form.addRow(_("Size of the text (pt)"), self.text_edit)
        form.addRow(_("Made for"), self.period_combo)
        form.addRow(_("Masking"), self.masking_combo)
        form.addRow(_("Watermark"), self.mark_box)
        form.addRow("", self.mark_edit)
        form.addRow(_("Below the title"), self.facts_edit)
        form.addRow(_("Signatures"), self.sign_edit)
        column.addLayout(form)

    def _connect(self) -> None:
        self.name_edit.textEdited.connect(self._on_name)
        self.title_edit.textEdited.connect(self._on_title)
        self.hint_edit.textEdited.connect(self._on_hint)
        self.mark_edit.textEdited.connect(self._on_mark_text)
        self.words.inserted.connect(self._on_word)
        for combo in (self.size_combo, self.side_combo, self.period_combo, self.masking_combo):
            combo.activated.connect(self._on_choice)
        self.text_edit.value_changed.connect(self._on_choice)
        self.mark_box.toggled.connect(self._on_mark)
        self.facts_edit.textChanged.connect(self._on_facts)
        self.sign_edit.textChanged.connect(self._on_signatures)

    def show_draft(self, draft: TemplateDraft) -> None:
        """Show the values of a draft; it is changed from now on."""
        self._draft = None  # filling in is no change
        for edit, key in (
            (self.name_edit, "name"), (self.hint_edit, "hint"), (self.title_edit, "title"),
            (self.mark_edit, "watermark"),
        ):  # fmt: skip
            text = draft.value(key).replace("\n", " ")
            if edit.text() != text:
                edit.setText(text)
                edit.setCursorPosition(0)  # a long one is read from its beginning
        for combo, key, default in (
            (self.size_combo, "paper", "A4"), (self.side_combo, "landscape", False),
            (self.period_combo, "period", "month"), (self.masking_combo, "masking", "masked"),
        ):  # fmt: skip
            combo.setCurrentIndex(max(combo.findData(draft.value(key, default)), 0))
        self.text_edit.show_value(float(draft.value("text_pt", 9.0)))
        self.mark_box.setChecked(bool(draft.value("watermark")))
        self.mark_edit.setVisible(self.mark_box.isChecked())
        for area, key in ((self.facts_edit, "facts"), (self.sign_edit, "sign_off")):
            lines = "\n".join(draft.value(key, []))
            if area.toPlainText() != lines:
                area.setPlainText(lines)
        self._draft = draft

    def _set(self, key: str, value: object) -> None:
        if self._draft is not None:
            self._draft.set_value(key, value)
            self.edited.emit()

    @Slot(str)
    def _on_name(self, text: str) -> None:
        self._set("name", text)

    @Slot(str)
    def _on_title(self, text: str) -> None:
        self._set("title", text)

    @Slot(str)
    def _on_hint(self, text: str) -> None:
        self._set("hint", text)

    @Slot(str)
    def _on_mark_text(self, text: str) -> None:
        if text:
            self._set("watermark", text)

    @Slot(object)
    def _on_word(self, field: QWidget) -> None:
        if field is self.title_edit:
            self._set("title", self.title_edit.text())
        elif field is self.mark_edit:
            self._set("watermark", self.mark_edit.text())

    @Slot()
    def _on_choice(self, *_ignored: object) -> None:
        if self._draft is None:
            return
        wanted = {
            "paper": self.size_combo.currentData(), "landscape": self.side_combo.currentData(),
            "period": self.period_combo.currentData(), "masking": self.masking_combo.currentData(),
            "text_pt": self.text_edit.value,
        }  # fmt: skip
        for key, value in wanted.items():
            if self._draft.value(key, None) != value:
                self._set(key, value)

    @Slot(bool)
    def _on_mark(self, on: bool) -> None:
        if self._draft is not None and bool(self._draft.value("watermark")) != on:
            if on:
                self.mark_edit.setText(in_shown_words(WATERMARK))
            self._set("watermark", self.mark_edit.text() if on else "")
        self.mark_edit.setVisible(on)

    @Slot()
    def _on_facts(self) -> None:
        self._set("facts", _lines(self.facts_edit))

    @Slot()
    def _on_signatures(self) -> None:
        self._set("sign_off", _lines(self.sign_edit))


def _lines(edit: QPlainTextEdit) -> list[str]:
    return [line for line in edit.toPlainText().split("\n") if line.strip()]
