"""The table model and the table around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import hypothesis.strategies as st
import pytest
from hypothesis import given
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from ui import preferences, theme
from ui.models.row_table_model import Column, RowTableModel, width_of
from ui.widgets.data_table import DataTable

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@dataclass(frozen=True)
class PersonRow:
    """What a list of people shows."""

    name: str
    overdue_days: int | None = None
    address: str = "幸福里5号楼4单元1103室"
    id_number: str = "990101********••••"


def columns() -> list[Column[PersonRow]]:
    return [
        Column("name", "姓名", lambda row: row.name, priority=1, strong=True),
        Column("address", "住址", lambda row: row.address, priority=3, width_chars=14, stretch=True),
        Column("id", "证件号", lambda row: row.id_number, priority=4, width_chars=10,
               copied=lambda row: "990101195003070010"),
        Column("overdue", "状态", lambda row: row.overdue_days, lambda days: "" if days is None else f"▲ 逾期{days}天",
               tone=lambda row: "danger" if row.overdue_days else None, priority=1),
    ]


def names(model: RowTableModel[PersonRow]) -> list[str]:
    return [row.name for row in model.rows]


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = RowTableModel(columns())
    model.set_rows([PersonRow(f"人{number}", number % 7 or None) for number in range(50)])
    model.sort(3, DESCENDING)
    qtmodeltester.check(model)
    model.set_rows([])
    qtmodeltester.check(model)


@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=30), st.sampled_from([ASCENDING, DESCENDING]))
def test_sorting_is_stable_and_puts_missing_values_last(days: list[int | None], order: Qt.SortOrder) -> None:
    model = RowTableModel(columns())
    model.set_rows([PersonRow(f"{number:03d}", value) for number, value in enumerate(days)])
    model.sort(3, order)
    shown = [row.overdue_days for row in model.rows]
    present = [value for value in shown if value is not None]
    assert present == sorted(present, reverse=order == DESCENDING)
    assert all(value is None for value in shown[len(present):])
    for value in set(days):
        same = [row.name for row in model.rows if row.overdue_days == value]
        assert same == sorted(same)


def test_the_selection_stays_on_its_person_when_the_order_changes(qapp: object) -> None:
    model = RowTableModel(columns())
    model.set_rows([PersonRow("甲", 3), PersonRow("乙", 1), PersonRow("丙", 2)])
    held = QPersistentModelIndex(model.index(0, 0))
    model.sort(3, ASCENDING)
    assert names(model) == ["乙", "丙", "甲"]
    assert model.row_at(held) == PersonRow("甲", 3)


def test_new_rows_keep_the_order_that_was_chosen(qapp: object) -> None:
    model = RowTableModel(columns())
    model.sort(3, ASCENDING)
    model.set_rows([PersonRow("甲", 3), PersonRow("乙", 1)])
    assert names(model) == ["乙", "甲"]


def test_an_order_left_to_the_query_is_not_touched(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "query", sorts_itself=False)
    qtbot.addWidget(table)
    table.set_rows([PersonRow("甲", 3), PersonRow("乙", 1)])
    with qtbot.waitSignal(table.sort_requested) as asked:
        table.sort_by("overdue", descending=True)
    assert asked.args == ["overdue", True]
    assert names(table.model) == ["甲", "乙"]


def test_60000_rows_appear_and_sort(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "large")
    qtbot.addWidget(table)
    table.resize(1000, 600)
    table.show()
    rows = [PersonRow(f"人{number % 977}", number * 7919 % 60_000) for number in range(60_000)]
    table.set_rows(rows)
    table.sort_by("overdue")
    shown = [row.overdue_days for row in table.model.rows]
    assert shown == sorted(shown) and len(shown) == 60_000


def test_narrow_tables_drop_columns_by_priority_and_never_squeeze_them(qtbot: QtBot, look: theme.Theme) -> None:
    table = DataTable(columns(), "名单", "narrow")
    qtbot.addWidget(table)
    table.set_rows([PersonRow("甲", 3)])
    table.show()
    table.resize(1000, 300)
    assert table.visible_columns() == [0, 1, 2, 3]
    table.resize(470, 300)
    assert table.visible_columns() == [0, 1, 3]
    table.resize(300, 300)
    assert table.visible_columns() == [0, 3]
    table.resize(1000, 300)
    look.choose(scale=150, remember=False)
    for number in table.visible_columns():
        needed = table.view.fontMetrics().horizontalAdvance(table.model.cell_text(0, number))
        assert table.view.columnWidth(number) >= needed
    assert table.view.rowHeight(0) == 57


def test_wide_tables_show_more_of_a_column_once_the_stretching_one_has_plenty(qtbot: QtBot) -> None:
    made = [replace(column, roomy_chars=20) if column.key == "id" else column for column in columns()]
    table = DataTable(made, "名单", "roomy")
    qtbot.addWidget(table)
    table.resize(1, 300)
    table.show()
    usual, address = table._width(2), table._width(1)
    for width, is_roomy in ((sum(map(table._width, range(4))) + 60, False), (3000, True)):
        table.resize(width, 300)
        assert (table.view.columnWidth(2) > usual) == is_roomy
        assert table.view.columnWidth(1) >= (2 * address if is_roomy else address)
    assert table.view.columnWidth(2) == table._width(2, roomy=True)


def test_a_column_the_user_hides_stays_hidden_next_time(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "kept")
    qtbot.addWidget(table)
    table.resize(1000, 300)
    chooser = table.column_button()
    qtbot.addWidget(chooser)
    next(action for action in chooser.menu().actions() if action.data() == "id").trigger()
    assert 2 not in table.visible_columns()
    again = DataTable(columns(), "名单", "kept")
    qtbot.addWidget(again)
    again.resize(1000, 300)
    assert 2 not in again.visible_columns()
    assert preferences.text("tables/kept/hidden") == "id"


def test_lists_can_be_sorted_without_the_mouse(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "keyboard")
    qtbot.addWidget(table)
    table.set_rows([PersonRow("甲", 3), PersonRow("乙", 1)])
    chooser = table.column_button()
    qtbot.addWidget(chooser)
    submenu = next(action.menu() for action in chooser.menu().actions() if action.menu())
    by_days = next(action for action in submenu.actions() if action.text() == "状态")
    by_days.trigger()
    assert names(table.model) == ["乙", "甲"]
    by_days.trigger()
    assert names(table.model) == ["甲", "乙"]


def test_copying_keeps_identity_numbers_as_text(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "copy")
    qtbot.addWidget(table)
    table.resize(1000, 300)
    table.show()
    table.set_rows([PersonRow("买买提·艾力", 3)])
    qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QGuiApplication.clipboard().mimeData()
    assert data.text().splitlines()[1].split("\t") == [
        "买买提·艾力", "幸福里5号楼4单元1103室", "990101195003070010", "▲ 逾期3天"
    ]
    assert "sdnum=\"1033;0;@\"" in data.html()
    assert "990101195003070010" in data.html()


def test_enter_and_double_click_open_the_row(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "open")
    qtbot.addWidget(table)
    table.show()
    table.set_rows([PersonRow("甲"), PersonRow("乙")])
    table.select_row(1)
    with qtbot.waitSignal(table.row_activated) as opened:
        qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert opened.args == [PersonRow("乙")]


def test_an_empty_list_says_what_to_do(qtbot: QtBot) -> None:
    table = DataTable(columns(), "名单", "empty")
    qtbot.addWidget(table)
    table.set_empty_state("users", "还没有人员。", "导入")
    table.show()
    table.set_rows([])
    assert table.empty.isVisible()
    with qtbot.waitSignal(table.empty_action_requested):
        table.empty.action_button.click()
    table.set_rows([PersonRow("甲")])
    assert not table.empty.isVisible()
    assert table.model.row_at(QModelIndex()) is None


def test_a_column_asks_for_the_room_its_texts_take() -> None:
    assert width_of(["男", "女"]) == width_of([]) == 2.0
    assert width_of(["王秀英", "买买提"]) == 3.0
    assert width_of(["990101194003050000", ""]) == pytest.approx(10.8)
    assert width_of(["一条很长很长很长很长的住址"]) == 10.8
