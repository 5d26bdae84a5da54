"""Second step: the sheet as it is in the file, with what each column holds above it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QFont, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gridapp.domain.hardship import BUILT_IN
from gridapp.i18n import _
from gridapp.ledgers.fields import FIELDS, MONTH, REQUIRED, TICK, column_letter, field_title, is_field, kind_title
from gridapp.ledgers.headings import Mapping as Columns
from gridapp.ledgers.headings import find_header
from gridapp.ledgers.members import proposed
from gridapp.ledgers.sheets import Sheet
from gridapp.ledgers.values.text import text_of
from ui import theme
from ui.dialogs.import_reading import LEDGER_KINDS, OpenedLedger
from ui.widgets import basics

ROWS_SHOWN, COLUMNS_SHOWN = 30, 60
CELL_LETTERS = 40


class ColumnsStep(QWidget):
    """Shows one sheet at a time; what is chosen above a column counts.

    Signals:
        changed: a choice was made; ``is_complete`` may be another.

    Attributes:
        mappings: Sheet name -> columns, as they stand now; a sheet left out has the kind "".
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mappings: dict[str, Columns] = {}
        self._sheets: dict[str, Sheet] = {}
        self._boxes: dict[str, QComboBox] = {}
        self._offer = _field_model(self)
        px = theme.current().px
        self.sheet_box = basics.dressed(QComboBox(), _("Sheet"))
        self.kind_box = basics.dressed(QComboBox(), _("What the sheet holds"))
        for kind in LEDGER_KINDS:
            self.kind_box.addItem(kind_title(kind), kind)
        self.kind_box.addItem(_("Leave this sheet out"), "")
        self.header_label = basics.label("", "body", "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(px(theme.GAP_S))
        for text, box in ((_("Sheet"), self.sheet_box), (_("What the sheet holds"), self.kind_box)):
            row.addWidget(basics.label(text))
            row.addWidget(box)
        row.addStretch(1)
        self.table = QTableWidget()
        self._set_up_table()
        self.problem = basics.InlineError()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        column.addLayout(row)
        column.addWidget(self.header_label)
        column.addWidget(self.table, 1)
        column.addWidget(self.problem)
        self.sheet_box.currentIndexChanged.connect(self._on_sheet_chosen)
        self.kind_box.activated.connect(self._on_kind_chosen)

    @property
    def is_complete(self) -> bool:
        """Tell whether some sheet is to be imported, and each of those has the columns it needs."""
        wanted = [mapping for mapping in self.mappings.values() if mapping.kind]
        return bool(wanted) and not any(mapping.missing for mapping in wanted)

    @property
    def sheet(self) -> str:
        """Return the name of the sheet in sight."""
        return str(self.sheet_box.currentData() or "")

    def show_ledger(self, ledger: OpenedLedger) -> None:
        """Show the sheets of a file."""
        self.mappings = dict(ledger.mappings)
        self._sheets = {sheet.name: sheet for sheet in ledger.workbook.sheets if sheet.rows}
        self.sheet_box.blockSignals(True)
        self.sheet_box.clear()
        for name in self._sheets:
            self.sheet_box.addItem(name, name)
        first = next((name for name, mapping in self.mappings.items() if mapping.kind), "")
        self.sheet_box.setCurrentIndex(max(self.sheet_box.findData(first), 0))
        self.sheet_box.blockSignals(False)
        self._show_sheet()

    def let_go(self) -> None:
        """Forget the sheets."""
        self._sheets = {}

    def choose(self, letter: str, field: str) -> None:
        """Say what a column holds; "" leaves it out. A field is held by one column only."""
        mapping = self.mappings[self.sheet]
        columns = dict(mapping.columns)
        if not field.startswith(TICK):
            columns = {other: name for other, name in columns.items() if name != field}
        columns.pop(letter, None)
        if field:
            columns[letter] = field
        ordered = dict(sorted(columns.items(), key=lambda item: (len(item[0]), item[0])))
        self.mappings[self.sheet] = replace(mapping, columns=ordered, remembered=False)
        self._show_choices()

    def choose_kind(self, kind: str) -> None:
        """Say what the sheet in sight holds; "" leaves it out."""
        mapping = self.mappings.get(self.sheet)
        if mapping is None:
            return
        if kind and not mapping.columns:
            header = find_header(self._sheets[self.sheet])
            mapping = proposed(header, kind) if header else mapping
        self.mappings[self.sheet] = replace(mapping, kind=kind)
        self._show_choices()

    def box(self, letter: str) -> QComboBox:
        """Return the field above a column."""
        return self._boxes[letter]

    def _set_up_table(self) -> None:
        table = self.table
        table.setAccessibleName(_("The sheet as it is in the file"))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        for bar in (table.verticalScrollBar(), table.horizontalScrollBar()):
            theme.dress(bar, "scroll")
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _show_sheet(self) -> None:
        sheet, mapping = self._sheets[self.sheet], self.mappings.get(self.sheet)
        look = theme.current()
        rows = sheet.rows[:ROWS_SHOWN]
        width = min(max(len(row.cells) for row in rows), COLUMNS_SHOWN)
        self.table.clear()
        self._boxes.clear()
        self.table.setRowCount(len(rows) + 1)
        self.table.setColumnCount(width)
        self.table.setHorizontalHeaderLabels([column_letter(i) for i in range(width)])
        self.table.setVerticalHeaderLabels([_("Holds"), *(str(row.number) for row in rows)])
        self.table.verticalHeader().setDefaultSectionSize(look.px(32))
        self.table.horizontalHeader().setDefaultSectionSize(look.px(150))
        self.table.setRowHeight(0, look.control_height + look.px(8))
        heading_rows = mapping.header_rows if mapping else ()
        bold = QFont(look.font())
        bold.setBold(True)
        for number, row in enumerate(rows, 1):
            for i, cell in enumerate(row.cells[:width]):
                item = QTableWidgetItem(text_of(cell)[:CELL_LETTERS])
                if row.number in heading_rows:
                    item.setFont(bold)
                    item.setBackground(QBrush(look.colour("soft")))
                elif heading_rows and row.number < heading_rows[0]:
                    item.setForeground(QBrush(look.colour("muted")))
                self.table.setItem(number, i, item)
        if mapping is not None:
            for i in range(width):
                self._add_box(column_letter(i), i)
        self._show_choices()

    def _add_box(self, letter: str, place: int) -> None:
        made = basics.dressed(QComboBox(), _("What column {letter} holds").format(letter=letter))
        made.setModel(self._offer)
        made.setProperty("letter", letter)
        made.setMaxVisibleItems(20)
        made.activated.connect(self._on_field_chosen)
        self._boxes[letter] = made
        self.table.setCellWidget(0, place, made)

    def _show_choices(self) -> None:
        mapping = self.mappings.get(self.sheet)
        self.kind_box.setEnabled(mapping is not None)
        if mapping is None:
            self.kind_box.setCurrentIndex(self.kind_box.findData(""))
            self.header_label.setText(_("No row of headings was found in this sheet; it is left out."))
        else:
            self.kind_box.setCurrentIndex(self.kind_box.findData(mapping.kind))
            self.header_label.setText(_header_text(mapping))
            self._offer_members(mapping)
            for letter, box in self._boxes.items():
                place = box.findData(mapping.columns.get(letter, ""))
                box.setCurrentIndex(max(place, 0))
                box.setEnabled(bool(mapping.kind))
        self._show_problem()
        self.changed.emit()

    def _offer_members(self, mapping: Columns) -> None:
        """Let the boxes offer the members of a household that is written in one row."""
        offered = {self._offer.item(place).data(Qt.ItemDataRole.UserRole) for place in range(self._offer.rowCount())}
        for name in mapping.columns.values():
            if name not in offered and is_field(name):
                self._offer.appendRow(_offered(name, field_title(name)))

    def _show_problem(self) -> None:
        if not any(mapping.kind for mapping in self.mappings.values()):
            self.problem.show_problem(_("No sheet is chosen. Say what at least one sheet holds."))
            return
        for name, mapping in self.mappings.items():
            if mapping.kind and mapping.missing:
                fields = "、".join(_(FIELDS[field]) for field in mapping.missing)
                text = _("Sheet “{sheet}” needs a column for: {fields}. Choose it above the column.")
                self.problem.show_problem(text.format(sheet=name, fields=fields))
                return
        self.problem.clear_problem()

    def _on_sheet_chosen(self, place: int) -> None:
        if place >= 0:
            self._show_sheet()

    def _on_kind_chosen(self) -> None:
        self.choose_kind(str(self.kind_box.currentData()))

    def _on_field_chosen(self) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            self.choose(str(box.property("letter")), str(box.currentData()))


def _header_text(mapping: Columns) -> str:
    rows = "、".join(str(number) for number in mapping.header_rows)
    known = len(mapping.columns)
    text = _("Headings were found in row {rows}; {known} of {all} columns are understood.").format(
        rows=rows, known=known, all=len(mapping.headers)
    )
    return text + " " + _("As chosen the last time.") if mapping.remembered else text


def _field_model(parent: QWidget) -> QStandardItemModel:
    """Return what a column can hold; one model for every box, because making sixty takes a while."""
    model = QStandardItemModel(parent)
    offers = [("", _("(left out)"))]
    needed = [name for names in REQUIRED.values() for name in names]
    offers += [(name, _(FIELDS[name])) for name in FIELDS if name in needed]
    offers += [(name, _(FIELDS[name])) for name in FIELDS if name not in needed]
    offers += [(TICK + one.code, _("Tick: {category}").format(category=_(one.title))) for one in BUILT_IN]
    offers += [(f"{MONTH}{month}", field_title(f"{MONTH}{month}")) for month in range(1, 13)]
    for key, title in offers:
        model.appendRow(_offered(key, title))
    return model


def _offered(key: str, title: str) -> QStandardItem:
    item = QStandardItem(title)
    item.setData(key, Qt.ItemDataRole.UserRole)
    return item

