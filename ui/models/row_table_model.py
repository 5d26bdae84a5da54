"""A read-only table model over frozen rows, fast enough for 60,000 of them.

Cell texts are made once per row, when the row is first seen, not per repaint.
Sorting is stable, puts missing values last in both directions and keeps the
selection on the people it was on. Filtering belongs in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from unicodedata import east_asian_width

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QFont

from ui import theme

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
Tone = Literal["text", "muted", "accent", "danger", "warning", "success"]

NO_PARENT = QModelIndex()
ROWS_MEASURED = 200
"""As many rows tell how wide the columns of a table of any length should be."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
_DISPLAY, _FOREGROUND = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ForegroundRole
_ALIGNMENT, _TOOLTIP, _FONT = Qt.ItemDataRole.TextAlignmentRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.FontRole


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its title, its value, how it is written and when it may go.

    Attributes:
        key: Name in kept column settings and in SQL sorting; never shown.
        title: Heading, already translated.
        value: Takes a row, gives what is sorted by; None sorts last.
        text: Takes the value, gives what is written. Default: str, "" for None.
        alignment: LEFT, RIGHT or CENTRE.
        tone: Takes a row, gives a colour token for the text. Always say it in words too.
        priority: 1 is never dropped; when the window is narrow the highest numbers go first.
        width_chars: Width in Chinese characters that the column asks for.
        roomy_chars: The same where the window is wide, e.g. for a grid with its community's name before it.
        stretch: Takes the room that is left; for one column, e.g. the address.
        shown: Whether it is visible until the user chooses otherwise.
        strong: Bold text, e.g. for the name.
        copied: Takes a row, gives the text for the clipboard. Default: what is written.
    """

    key: str
    title: str
    value: Callable[[Row], Any]
    text: Callable[[Any], str] = _plain
    alignment: Qt.AlignmentFlag = LEFT
    tone: Callable[[Row], Tone | None] | None = None
    priority: int = 2
    width_chars: float = 6.0
    roomy_chars: float = 0.0
    stretch: bool = False
    shown: bool = True
    strong: bool = False
    copied: Callable[[Row], str] | None = None


class RowTableModel(QAbstractTableModel, Generic[Row]):
    """Rows in, cells out. Holds no session and runs no query."""

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._rows: list[Row] = []
        self._texts: list[tuple[str, ...] | None] = []
        self._order: tuple[int, Qt.SortOrder] | None = None
        self._sorts_itself = True
        self._brushes: dict[str, QBrush] = {}
        self._bold = QFont()
        self._bold.setBold(True)
        theme.current().changed.connect(self._on_theme_changed)

    @property
    def rows(self) -> Sequence[Row]:
        """Return the rows in the order shown."""
        return self._rows

    @property
    def sorts_itself(self) -> bool:
        """Return False when the order of the rows is the query's."""
        return self._sorts_itself

    def leave_order_to_query(self) -> None:
        """Keep rows as given; ``sort`` only remembers what was asked for."""
        self._sorts_itself = False

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace every row, keeping the order the user chose."""
        self.beginResetModel()
        self._rows = list(rows)
        if self._order is not None and self._sorts_itself:
            self._rows = [self._rows[place] for place in self._sorted_places()]
        self._texts = [None] * len(self._rows)
        self.endResetModel()

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Put more rows below, or where the order the user chose has their place."""
        if not rows:
            return
        if self._order is not None and self._sorts_itself:
            self._rows += rows
            self._texts += [None] * len(rows)
            self.sort(*self._order)
            return
        count = len(self._rows)
        self.beginInsertRows(NO_PARENT, count, count + len(rows) - 1)
        self._rows += rows
        self._texts += [None] * len(rows)
        self.endInsertRows()

    def row_at(self, index: Index) -> Row | None:
        """Return the row behind an index, or None when it points nowhere."""
        return self._rows[index.row()] if index.isValid() else None

    def cell_text(self, number: int, column: int) -> str:
        """Return what one cell shows."""
        texts = self._texts[number]
        if texts is None:
            row = self._rows[number]
            texts = tuple(part.text(part.value(row)) for part in self.columns)
            self._texts[number] = texts
        return texts[column]

    def copied_text(self, number: int, column: int) -> str:
        """Return what one cell puts on the clipboard."""
        copied = self.columns[column].copied
        return copied(self._rows[number]) if copied else self.cell_text(number, column)

    def _sorted_places(self) -> list[int]:
        assert self._order is not None
        column, order = self._order
        value = self.columns[column].value
        values = [value(row) for row in self._rows]
        present = [place for place, found in enumerate(values) if found is not None]
        missing = [place for place, found in enumerate(values) if found is None]
        present.sort(key=values.__getitem__, reverse=order == Qt.SortOrder.DescendingOrder)
        return present + missing

    def _on_theme_changed(self) -> None:
        self._brushes.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.columns) - 1))

    def _foreground(self, index: Index) -> QBrush | None:
        tone_of = self.columns[index.column()].tone
        tone = tone_of(self._rows[index.row()]) if tone_of else None
        if tone is None:
            return None
        if tone not in self._brushes:
            self._brushes[tone] = QBrush(theme.current().colour(tone))
        return self._brushes[tone]

    # Overrides of Qt methods

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order) if 0 <= column < len(self.columns) else None
        if self._order is None or not self._sorts_itself:
            return
        self.layoutAboutToBeChanged.emit()
        places = self._sorted_places()
        self._rows = [self._rows[place] for place in places]
        self._texts = [self._texts[place] for place in places]
        old = self.persistentIndexList()
        if old:
            moved = {place: number for number, place in enumerate(places)}
            self.changePersistentIndexList(old, [self.index(moved[item.row()], item.column()) for item in old])
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role == _DISPLAY:
            return self.cell_text(index.row(), index.column()) if index.isValid() else None
        if not index.isValid():
            return None
        if role == _ALIGNMENT:
            return self.columns[index.column()].alignment
        if role == _FOREGROUND:
            return self._foreground(index)
        if role == _FONT:
            return self._bold if self.columns[index.column()].strong else None
        if role == _TOOLTIP:
            return self.cell_text(index.row(), index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == _DISPLAY:
            return self.columns[section].title
        return self.columns[section].alignment if role == _ALIGNMENT else None


def width_of(texts: Iterable[str], least: float = 2.0, most: float = 10.8) -> float:
    """Return the width a column of texts asks for, in Chinese characters; 10.8 hold an ID number.

    Args:
        texts: Of some rows, e.g. the first ``ROWS_MEASURED``.
        least: Not narrower.
        most: Not wider; what is longer ends in an ellipsis.
    """
    widest = max((sum(1.0 if east_asian_width(one) in "WFA" else 0.6 for one in text) for text in texts), default=0.0)
    return min(max(widest, least), most)
