"""Third step: what would go in and what not, by kind of trouble, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.i18n import C_, _
from gridapp.ledgers.corrections import Place
from gridapp.ledgers.issues import Severity
from ui import theme
from ui.dialogs.import_fix import FixField, FixPanel
from ui.dialogs.import_reading import IssueGroup, Review, ReviewRow, field_name
from ui.models.row_table_model import RIGHT, ROWS_MEASURED, Column, Tone, width_of
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips

_ID_WITH_MARK = 12.6
"""Width of an ID number behind its mark. [Chinese characters]"""


class PreviewStep(QWidget):
    """Troubles on the left, the rows that have them on the right; below them, a value to put right.

    Signals:
        export_requested: the rows that stay behind are wanted as a file.
        corrected: cells to put right, as {Place: text}.
    """

    export_requested = Signal()
    corrected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.review: Review | None = None
        self._clicked: ReviewRow | None = None
        px = theme.current().px
        self.total_label = basics.label("", "heading")
        self.notes_label = basics.label("", "body", "warning", wrap=True)
        self.chips = FilterChips(
            [("all", _("All rows")), ("waiting", _("With problems")), ("good", _("Good rows"))], _("Which rows")
        )
        self.export_button = basics.button(_("Export the rows with problems…"), "secondary", "download")
        self.groups = DataTable(_group_columns(), _("Problems found"), key="import_groups")
        self.groups.set_empty_state("check", _("Every value is in order."))
        self.rows: DataTable[ReviewRow] | None = None
        self._right = QVBoxLayout()
        right = QWidget()
        right.setLayout(self._right)
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.setSpacing(px(theme.GAP_S))
        self.fix = FixPanel()
        self._right.addWidget(self.fix)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.groups)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(px(theme.GAP_M))
        row = QHBoxLayout()
        row.addWidget(self.chips, 1)
        row.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        for part in (self.total_label, self.notes_label):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(self.splitter, 1)
        self.problem = basics.InlineError()
        column.addWidget(self.problem)
        self.chips.chosen.connect(self._on_chip)
        self.groups.row_selected.connect(self._on_group)
        self.groups.view.clicked.connect(self._on_group_clicked)
        self.export_button.clicked.connect(self.export_requested)
        self.fix.fix_requested.connect(self._on_fix)

    def show_review(self, review: Review) -> None:
        """Show a check."""
        self.review = review
        self.problem.clear_problem()
        self.total_label.setText(_total_text(review))
        self.notes_label.setText("\n".join(review.notes))
        self.notes_label.setVisible(bool(review.notes))
        self.export_button.setEnabled(review.waiting > 0)
        if self.rows is not None:
            self._right.removeWidget(self.rows)
            self.rows.deleteLater()
        self.rows = DataTable(_row_columns(review), _("Rows of the file"), key="import_rows")
        self.rows.set_empty_state("check", _("There is no such row."))
        self.rows.row_selected.connect(self._on_row)
        self.rows.row_activated.connect(self._on_row_opened)
        self.rows.view.clicked.connect(self._on_cell_clicked)
        self._right.insertWidget(0, self.rows, 1)
        self.fix.show_row([], "")
        whole = self.width()
        self.splitter.setSizes([whole * 2 // 5, whole * 3 // 5])
        counts = {"all": len(review.rows), "waiting": review.waiting, "good": review.good}
        self.chips.set_counts(counts)
        self.chips.choose("waiting" if review.waiting else "all")
        self.groups.blockSignals(True)
        self.groups.set_rows(list(review.groups))
        self.groups.view.clearSelection()
        self.groups.blockSignals(False)
        self._show_by_chip()

    def let_go(self) -> list[object]:
        """Forget the check; return all that was held of it."""
        held: list[object] = [self.review, self._clicked]
        for table in (self.groups, self.rows):
            if table is not None:
                held.append(table.model.rows)
                table.set_rows([])
        self.review = self._clicked = None
        self.fix.show_row([], "")
        return held

    def show_again(self, review: Review) -> None:
        """Show a check after values were put right: the same kind of trouble, and the same row if it is still there."""
        group, row = self.groups.current_row(), self.rows.current_row() if self.rows is not None else None
        had_group = self.groups.view.selectionModel().hasSelection()
        self.show_review(review)
        if group is not None and had_group:
            place = next((n for n, one in enumerate(review.groups) if one.key == group.key), None)
            if place is not None:
                self.choose_group(place)
        if self.rows is not None and self.rows.model.rows:
            number = row.checked.row if row is not None else 0
            shown = self.rows.model.rows
            self.rows.select_row(next((n for n, one in enumerate(shown) if one.checked.row >= number), 0))

    def choose_group(self, number: int) -> None:
        """Show the rows that have one kind of trouble."""
        self.groups.select_row(number)
        self._on_group(self.groups.current_row())

    def _on_row(self, row: ReviewRow | None) -> None:
        """Offer the fields of a row, those with trouble first."""
        if row is None or self.review is None:
            self.fix.show_row([], "")
            return
        group = self.groups.current_row() if self.groups.view.selectionModel().hasSelection() else None
        fields = [
            FixField(str(place), field_name(name), row.text(name), row.severity(name) is Severity.ERROR)
            for name, place in row.places.items()
        ]
        fields.sort(key=lambda field: not field.is_wrong)
        wanted = str(row.places.get(group.field, "")) if group else ""
        self.fix.show_row(fields, row.messages, wanted, lambda key: len(self._rows_alike(row, int(key))))

    def _rows_alike(self, row: ReviewRow, place: int) -> list[int]:
        """Return the numbers of the rows of a sheet that hold the same in a column."""
        value = row.checked.raw[place] if place < len(row.checked.raw) else ""
        if self.review is None or value == "":
            return [row.checked.row]
        numbers = {
            one.checked.row
            for one in self.review.rows
            if one.sheet == row.sheet and place < len(one.checked.raw) and one.checked.raw[place] == value
        }
        return sorted(numbers)

    def _on_fix(self, key: str, text: str, everywhere: bool) -> None:
        row = self.rows.current_row() if self.rows is not None else None
        if row is None:
            return
        place = int(key)
        numbers = self._rows_alike(row, place) if everywhere else [row.checked.row]
        self.corrected.emit({Place(row.sheet, number, place): text for number in numbers})

    def _on_row_opened(self, _row: ReviewRow) -> None:
        self.fix.begin()

    def _on_cell_clicked(self, index: QModelIndex) -> None:
        row = self.rows.current_row() if self.rows is not None else None
        if row is not None and self.rows is not None:
            name = self.rows.model.columns[index.column()].key
            # The click that brings a row leaves its trouble in front, unless it hits another one.
            if name in row.places and (row is self._clicked or row.severity(name) is Severity.ERROR):
                self.fix.choose(str(row.places[name]))
            self._clicked = row

    def _show_by_chip(self) -> None:
        if self.review is None or self.rows is None:
            return
        key = self.chips.key
        wanted = self.review.rows if key == "all" else [row for row in self.review.rows if row.good == (key == "good")]
        self.rows.set_rows(wanted)

    def _on_chip(self, key: str) -> None:
        self.groups.view.clearSelection()
        self._show_by_chip()

    def _on_group(self, group: IssueGroup | None) -> None:
        if group is not None and self.review is not None and self.rows is not None:
            if self.groups.view.selectionModel().hasSelection():
                self.rows.set_rows(self.review.members[group.key])

    def _on_group_clicked(self) -> None:
        self._on_group(self.groups.current_row())


def _total_text(review: Review) -> str:
    """Return how many rows go in, what becomes of them, and how many stay behind."""
    text = _("{good} rows are good, {waiting} rows have problems").format(
        good=formats.count(review.good), waiting=formats.count(review.waiting)
    )
    told = [
        f"{outcome_title(name)} {formats.count(review.outcomes[name])}"
        for name in ("added", "changed", "unchanged")
        if review.outcomes.get(name)
    ]
    return f"{text}  ·  {'、'.join(told)}" if told else text


def outcome_title(outcome: str) -> str:
    """Return in a word what would become of a row; "" for one that stays behind."""
    titles = {
        "added": C_("import", "New"),
        "changed": C_("import", "Changes something"),
        "unchanged": C_("import", "Known already"),
    }
    return titles.get(outcome, "")


def _group_columns() -> list[Column[IssueGroup]]:
    return [
        Column("severity", C_("import", "Weight"), _severity, priority=1, width_chars=5.5, tone=_group_tone),
        Column("field", C_("import", "Field"), _group_field, priority=1, width_chars=4, strong=True),
        Column("rows", C_("import", "Rows"), _group_rows, formats.count, RIGHT, priority=1, width_chars=2.5),
        Column("example", C_("import", "Example"), _group_example, priority=1, width_chars=2, stretch=True),
    ]


def severity_title(severity: Severity) -> str:
    """Return in a word what an issue means for its row."""
    titles = {
        Severity.ERROR: C_("import", "▲ Stays behind"),
        Severity.WARNING: C_("import", "△ Look at it"),
        Severity.INFO: C_("import", "Put in order"),
    }
    return titles[severity]


def _severity(group: IssueGroup) -> str:
    return severity_title(group.severity)


def _group_tone(group: IssueGroup) -> Tone | None:
    tones: dict[Severity, Tone] = {Severity.ERROR: "danger", Severity.WARNING: "warning", Severity.INFO: "muted"}
    return tones[group.severity]


def _group_field(group: IssueGroup) -> str:
    return field_name(group.field)


def _group_rows(group: IssueGroup) -> int:
    return group.rows


def _group_example(group: IssueGroup) -> str:
    return group.example


def _row_columns(review: Review) -> list[Column[ReviewRow]]:
    troubled = {group.field for group in review.groups if group.severity is not Severity.INFO}
    columns: list[Column[ReviewRow]] = [
        Column("row", C_("import", "Row"), _row_number, str, RIGHT, priority=1, width_chars=2, tone=_row_tone)
    ]
    if len({row.sheet for row in review.rows}) > 1:
        columns.append(Column("sheet", _("Sheet"), _row_sheet, priority=3, width_chars=4))
    for place, name in enumerate(review.fields):
        priority = 1 if name == "name" else 2 if name in troubled else 3 + place
        cell = _cell(name)
        asked = width_of((cell(row) or "" for row in review.rows[:ROWS_MEASURED]), most=_ID_WITH_MARK)
        columns.append(
            Column(name, field_name(name), cell, priority=priority, width_chars=asked, tone=_cell_tone(name))
        )
    columns.append(Column("outcome", C_("import", "Becomes"), _outcome, priority=2, width_chars=4))
    wide = 8 if troubled else 3
    columns.append(
        Column("messages", C_("import", "What is wrong"), _messages, priority=1, width_chars=wide, stretch=True)
    )
    return columns


def _cell(name: str) -> Callable[[ReviewRow], str | None]:
    def value(row: ReviewRow) -> str | None:
        mark = {Severity.ERROR: "▲ ", Severity.WARNING: "△ "}.get(row.severity(name) or Severity.INFO, "")
        return mark + row.text(name) or None

    return value


def _cell_tone(name: str) -> Callable[[ReviewRow], Tone | None]:
    def tone(row: ReviewRow) -> Tone | None:
        found = row.severity(name)
        return None if found is None else "danger" if found is Severity.ERROR else "warning"

    return tone


def _outcome(row: ReviewRow) -> str:
    return outcome_title(row.outcome) or severity_title(Severity.ERROR)


def _row_number(row: ReviewRow) -> int:
    return row.checked.row


def _row_sheet(row: ReviewRow) -> str:
    return row.sheet


def _row_tone(row: ReviewRow) -> Tone | None:
    return None if row.good else "danger"


def _messages(row: ReviewRow) -> str:
    return row.messages
