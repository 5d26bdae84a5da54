"""Third step: what would go in and what not, by kind of trouble, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.i18n import C_, _
from gridapp.ledgers.issues import Severity
from ui import theme
from ui.dialogs.import_reading import IssueGroup, Review, ReviewRow, field_name
from ui.models.row_table_model import RIGHT, Column, Tone
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips


class PreviewStep(QWidget):
    """Troubles on the left, the rows that have them on the right.

    Signals:
        export_requested: the rows that stay behind are wanted as a file.
    """

    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.review: Review | None = None
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

    def show_review(self, review: Review) -> None:
        """Show a check."""
        self.review = review
        self.problem.clear_problem()
        self.total_label.setText(
            _("{good} rows are good, {waiting} rows have problems").format(
                good=formats.count(review.good), waiting=formats.count(review.waiting)
            )
        )
        self.notes_label.setText("\n".join(review.notes))
        self.notes_label.setVisible(bool(review.notes))
        self.export_button.setEnabled(review.waiting > 0)
        if self.rows is not None:
            self._right.removeWidget(self.rows)
            self.rows.deleteLater()
        self.rows = DataTable(_row_columns(review), _("Rows of the file"), key="import_rows")
        self.rows.set_empty_state("check", _("There is no such row."))
        self._right.addWidget(self.rows)
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

    def choose_group(self, number: int) -> None:
        """Show the rows that have one kind of trouble."""
        self.groups.select_row(number)
        self._on_group(self.groups.current_row())

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


def _group_columns() -> list[Column[IssueGroup]]:
    return [
        Column("severity", C_("import", "Weight"), _severity, priority=1, width_chars=5.5, tone=_group_tone),
        Column("field", C_("import", "Field"), _group_field, priority=1, width_chars=4, strong=True),
        Column("rows", C_("import", "Rows"), _group_rows, formats.count, RIGHT, priority=1, width_chars=2.5),
        Column("example", C_("import", "Example"), _group_example, priority=2, width_chars=10, stretch=True),
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
        columns.append(
            Column(name, field_name(name), _cell(name), priority=priority, width_chars=5, tone=_cell_tone(name))
        )
    columns.append(
        Column("messages", C_("import", "What is wrong"), _messages, priority=1, width_chars=10, stretch=True)
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


def _row_number(row: ReviewRow) -> int:
    return row.checked.row


def _row_sheet(row: ReviewRow) -> str:
    return row.sheet


def _row_tone(row: ReviewRow) -> Tone | None:
    return None if row.good else "danger"


def _messages(row: ReviewRow) -> str:
    return row.messages
