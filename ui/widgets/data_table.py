"""The list every page uses: a table in a card, with chooser, copy and empty state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gridapp.i18n import _
from ui import preferences, theme
from ui.models.row_table_model import Column, RowTableModel
from ui.widgets import basics, table_clipboard
from ui.widgets.empty_state import EmptyState

Row = TypeVar("Row")

ROW_HEIGHT = 38
CELL_PADDING = 24
_SORT = "sort:"


class _RowDelegate(QStyledItemDelegate):
    """Keeps a cell's colour when selected, and marks the selected row at its left edge."""

    # Overrides of Qt methods

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        brush = index.data(Qt.ItemDataRole.ForegroundRole)
        if brush is not None:
            option.palette.setBrush(QPalette.ColorRole.HighlightedText, brush)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look = theme.current()
        cell, inset = QRect(option.rect), look.px(CELL_PADDING) // 2 - 3  # Qt itself keeps 3 px from the text
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, option.palette.brush(QPalette.ColorRole.Highlight))
            if cell.left() <= 0:
                painter.fillRect(cell.left(), cell.top(), look.px(3), cell.height(), look.colour("accent"))
        option.rect = cell.adjusted(inset, 0, -inset, 0)
        super().paint(painter, option, index)


class _View(QTableView):
    """The table itself; tells its owner about Enter, copy and its size."""

    entered_row = Signal()
    copy_requested = Signal()
    resized = Signal()

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.entered_row.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class DataTable(basics.Card, Generic[Row]):
    """Rows of one kind, sortable, with columns the user may choose.

    Signals:
        row_selected: the row that became current, or None.
        row_activated: the row that was opened by Enter or a double click.
        sort_requested: column key, descending; only when the query does the sorting.
        empty_action_requested: the button of the empty state was pressed.
        more_wanted: the end of the rows came near, and ``has_more`` says that there are others.

    Attributes:
        has_more: Whether rows follow that were not read yet; set by whoever shows the rows.
        model: The RowTableModel behind it.
        view: The QTableView, for what is not offered here.
    """

    row_selected = Signal(object)
    row_activated = Signal(object)
    sort_requested = Signal(str, bool)
    empty_action_requested = Signal()
    more_wanted = Signal()

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        name: str,
        key: str,
        parent: QWidget | None = None,
        sorts_itself: bool = True,
        multiple: bool = False,
    ) -> None:
        """Make the table.

        Args:
            columns: In the order they are shown.
            name: Accessible name, translated.
            key: Under which the user's columns are kept; unique in the program.
            parent: As usual in Qt.
            sorts_itself: False when rows come sorted and limited by the query.
            multiple: Whether several rows can be selected at once.
        """
        super().__init__(parent=parent, padded=False)
        self._key = f"tables/{key}"
        self.model: RowTableModel[Row] = RowTableModel(columns, self)
        if not sorts_itself:
            self.model.leave_order_to_query()
        self._hidden = self._remembered_hidden()
        self._fitting = False
        self.has_more = False
        self.view = _View(self)
        self._set_up_view(name, multiple)
        self.body.addWidget(self.view)
        self.ring_follows(self.view)
        self.empty = EmptyState(self.view.viewport())
        self.empty.describe("search", _("Nothing to show."))
        self.empty.action_requested.connect(self.empty_action_requested)
        theme.current().changed.connect(self._on_look_changed)
        self._on_look_changed()

    def set_rows(self, rows: Sequence[Row], has_more: bool = False) -> None:
        """Show other rows; the current row stays where it was if there is one.

        Args:
            rows: All of them, or the first page.
            has_more: Whether there is another page; see ``more_wanted``.
        """
        self.has_more = has_more
        number = self.view.currentIndex().row()
        self.model.set_rows(rows)
        self.empty.appear(not rows)
        if rows:
            self.select_row(min(max(number, 0), len(rows) - 1))
        else:
            self.row_selected.emit(None)

    def add_rows(self, rows: Sequence[Row], has_more: bool) -> None:
        """Show the next page below the rows there are."""
        self.has_more = has_more
        self.model.add_rows(rows)

    def set_empty_state(self, icon: str, text: str, button_text: str = "") -> None:
        """Say what is shown instead of rows; see ``empty_action_requested``."""
        self.empty.describe(icon, text, button_text)

    def current_row(self) -> Row | None:
        """Return the row the keyboard is on, or None."""
        return self.model.row_at(self.view.currentIndex())

    def selected_rows(self) -> list[Row]:
        """Return the selected rows from top to bottom."""
        numbers = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return [self.model.rows[number] for number in numbers]

    def select_row(self, number: int) -> None:
        """Make a row current and bring it into sight."""
        column = self.view.horizontalHeader().logicalIndex(0)
        # Not view.setCurrentIndex: with several rows selectable and Ctrl still down it would select nothing.
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        index = self.model.index(number, column)
        self.view.selectionModel().setCurrentIndex(index, flags)
        self.view.scrollTo(index)

    def widen(self, key: str, width_chars: float) -> None:
        """Give a column another width than it was made with; one the user chose stays."""
        self.model.columns = tuple(
            replace(column, width_chars=width_chars) if column.key == key else column for column in self.model.columns
        )
        self.fit_columns()

    def sort_by(self, key: str, descending: bool = False) -> None:
        """Sort by a column and show the arrow in its heading."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.view.sortByColumn(self._column_number(key), order)

    def column_button(self) -> QPushButton:
        """Return a new button that opens the column chooser."""
        made = basics.button(_("Columns"), icon="columns")
        made.setMenu(self._column_menu(made))
        return made

    def copy_selection(self) -> None:
        """Put the selected rows on the clipboard for a spreadsheet or a letter."""
        numbers = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        table_clipboard.copy(self, self.view.accessibleName(), *self._texts(numbers))

    def seen(self) -> tuple[list[str], list[list[str]]]:
        """Return headings and texts of every row, columns in sight only, as shown."""
        return self._texts(range(self.model.rowCount()))

    def _texts(self, numbers: Iterable[int]) -> tuple[list[str], list[list[str]]]:
        columns = self.visible_columns()
        headings = [self.model.columns[column].title for column in columns]
        return headings, [[self.model.copied_text(number, column) for column in columns] for number in numbers]

    def visible_columns(self) -> list[int]:
        """Return the numbers of the columns in sight, in the order shown."""
        header = self.view.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [column for column in order if not self.view.isColumnHidden(column)]

    def _set_up_view(self, name: str, multiple: bool) -> None:
        view = self.view
        view.setModel(self.model)
        view.setItemDelegate(_RowDelegate(view))
        view.setAccessibleName(name)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setAlternatingRowColors(False)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        many, one = QAbstractItemView.SelectionMode.ExtendedSelection, QAbstractItemView.SelectionMode.SingleSelection
        view.setSelectionMode(many if multiple else one)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = view.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setAccessibleName(_("Headings of {table}").format(table=name))
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_header_menu)
        theme.dress(header, "header")
        for bar in (view.verticalScrollBar(), view.horizontalScrollBar()):
            theme.dress(bar, "scroll")
        header.sortIndicatorChanged.connect(self._on_sort_changed)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.setSortingEnabled(True)
        header.sectionResized.connect(self._on_section_resized)
        view.entered_row.connect(self._activate_current)
        view.doubleClicked.connect(self._activate_current)
        view.copy_requested.connect(self.copy_selection)
        view.resized.connect(self.fit_columns)
        view.verticalScrollBar().valueChanged.connect(self._ask_for_more)
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)

    def fit_columns(self) -> None:
        """Give columns the width they ask for; drop the least important when there is no room."""
        if self._fitting:
            return
        self._fitting = True
        room = self.view.viewport().width()
        wanted = [number for number, column in enumerate(self.model.columns) if column.key not in self._hidden]
        widths = {number: self._width(number) for number in wanted}
        while sum(widths.values()) > room and len(widths) > 1:
            last = max(widths, key=lambda number: (self.model.columns[number].priority, number))
            if self.model.columns[last].priority <= 1:
                break
            del widths[last]
        spare = room - sum(widths.values())
        stretched = [number for number in widths if self.model.columns[number].stretch] or list(widths)[-1:]
        for number in widths:  # what stretches has had twice what it asked for before others have more
            more = min(self._width(number, roomy=True) - widths[number], spare - widths[stretched[0]])
            if more > 0 and number not in stretched:
                widths[number], spare = widths[number] + more, spare - more
        if spare > 0 and stretched:
            widths[stretched[0]] += spare
        for number in range(len(self.model.columns)):
            self.view.setColumnHidden(number, number not in widths)
            if number in widths:
                self.view.setColumnWidth(number, widths[number])
        self._fitting = False

    def _width(self, number: int, roomy: bool = False) -> int:
        column = self.model.columns[number]
        look = theme.current()
        kept = preferences.number(f"{self._key}/width/{column.key}", 0)
        if kept and not column.stretch:
            return look.px(kept)
        metrics = self.view.fontMetrics()
        chars = max(column.width_chars, column.roomy_chars) if roomy else column.width_chars
        asked = round(metrics.horizontalAdvance("网") * chars)
        arrow = look.px(18)
        return max(asked, round(metrics.horizontalAdvance(column.title) * 1.08) + arrow) + look.px(CELL_PADDING)

    def _column_number(self, key: str) -> int:
        return next(number for number, column in enumerate(self.model.columns) if column.key == key)

    def _remembered_hidden(self) -> set[str]:
        usual = {column.key for column in self.model.columns if not column.shown}
        kept = preferences.text(f"{self._key}/hidden", "?")
        return usual if kept == "?" else {key for key in kept.split(" ") if key}

    def _column_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        theme.dress(menu, "menu")
        menu.setAccessibleName(_("Columns"))
        for column in self.model.columns:
            action = QAction(column.title, menu)
            action.setData(column.key)
            action.setCheckable(True)
            action.setChecked(column.key not in self._hidden)
            action.setEnabled(column.priority > 1)
            menu.addAction(action)
        menu.addSeparator()
        order = menu.addMenu(_("Sort by"))  # headings are out of the keyboard's reach
        theme.dress(order, "menu")
        for column in self.model.columns:
            action = order.addAction(column.title)
            action.setData(_SORT + column.key)
        menu.triggered.connect(self._on_column_chosen)
        return menu

    def _on_header_menu(self, place: Any) -> None:
        header = self.view.horizontalHeader()
        menu = self._column_menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(header.mapToGlobal(place))

    def _on_column_chosen(self, action: QAction) -> None:
        key = str(action.data())
        if key.startswith(_SORT):
            self._sort_or_turn(key.removeprefix(_SORT))
            return
        self._hidden ^= {key}
        preferences.keep(f"{self._key}/hidden", " ".join(sorted(self._hidden)))
        self.fit_columns()

    def _sort_or_turn(self, key: str) -> None:
        header = self.view.horizontalHeader()
        same = header.sortIndicatorSection() == self._column_number(key)
        self.sort_by(key, same and header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder)

    def _on_section_resized(self, number: int, old: int, new: int) -> None:
        if not self._fitting and new > 0:
            width = round(new * 100 / theme.current().scale)
            preferences.keep(f"{self._key}/width/{self.model.columns[number].key}", width)

    def _on_sort_changed(self, number: int, order: Qt.SortOrder) -> None:
        if not self.model.sorts_itself and number >= 0:
            self.sort_requested.emit(self.model.columns[number].key, order == Qt.SortOrder.DescendingOrder)

    def _ask_for_more(self, place: int) -> None:
        bar = self.view.verticalScrollBar()
        if self.has_more and place > bar.maximum() - 2 * max(1, bar.pageStep()):
            self.has_more = False  # asked once
            self.more_wanted.emit()

    def _on_selection_changed(self, chosen: QItemSelection, dropped: QItemSelection) -> None:
        self.row_selected.emit(self.current_row())

    def _activate_current(self) -> None:
        row = self.current_row()
        if row is not None:
            self.row_activated.emit(row)

    def _on_look_changed(self) -> None:
        look = theme.current()
        self.view.setFont(look.font())
        self.view.verticalHeader().setDefaultSectionSize(look.px(ROW_HEIGHT))
        self.view.horizontalHeader().setFixedHeight(look.px(ROW_HEIGHT))
        self.fit_columns()

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        px = theme.current().px
        return QSize(px(600), px(ROW_HEIGHT * 8))
