"""What GridApp exports, GridApp imports back without a change."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gridapp import clock, i18n, paths
from gridapp.db.database import Database
from gridapp.db.queries.residents import ResidentFilter, list_residents
from gridapp.db.queries.visits import VisitFilter, list_visits
from gridapp.ledgers.cells import check_cell
from gridapp.ledgers.checked import Preview
from gridapp.ledgers.clipboard import pasted_workbook
from gridapp.ledgers.decisions import PERHAPS
from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx
from gridapp.ledgers.issues import CellContext
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.workbook import read_workbook
from gridapp.services.importing import check_book, check_file, import_ledger
from gridapp.services.outlook import foresee
from gridapp.services.places import import_boundaries
from gridapp.services.projects import open_database
from gridapp.services.visits import void_visit
from tests.databases import Databases
from tests.factories import id_number
from tests.ui.area import shown
from ui.context import AppContext
from ui.pages.dashboard import DashboardPage
from ui.pages.data import DataPage
from ui.pages.page import Page
from ui.pages.residents import ResidentsPage
from ui.pages.residents_queries import ListExport, export_people, read_choices
from ui.pages.today import TodayPage
from ui.pages.visits import VisitsPage
from ui.widgets import table_clipboard
from ui.widgets.data_table import DataTable

TODAY = dt.date(2026, 9, 30)
COLUMNS = (
    ("name", "姓名"), ("sex", "性别"), ("age", "年龄"), ("categories", "类别"), ("grid", "网格"), ("address", "住址"),
    ("phone", "电话"), ("tier", "探访级别"), ("state", "状态"), ("id_number", "身份证号"), ("contact", "紧急联系人"),
)  # fmt: skip


@pytest.fixture
def register(databases: Databases) -> Iterator[Database]:
    clock.set_today(TODAY)
    i18n.set_language("zh_CN")
    with databases.opened() as database:
        import_boundaries(database, paths.shipped_data("sample_grids.geojson"), dt.date(2024, 1, 1), "me")
        for name in ("sample_residents.xlsx", "sample_elders.xlsx"):
            import_ledger(database, check_file(database, paths.shipped_data(name)), "me")
        yield database


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_list_of_residents_comes_back_without_a_change(register: Database, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"居民.{ending}"
    names = register.fetch(read_choices, TODAY).category_names
    count = export_people(register, ListExport(COLUMNS, names, ResidentFilter(), TODAY, "居民名册"), path)
    preview = check_file(register, path)
    assert not list(preview.remaining_rows())
    assert foresee(register, preview).counts == {"unchanged": count} and count > 100


@pytest.fixture(scope="module")
def register_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register with its visits, one of them taken back, made once for all screens."""
    path = tmp_path_factory.mktemp("register") / "register.db"
    clock.set_today(TODAY)
    i18n.set_language("zh_CN")
    with closing(open_database(path, encrypt=False)) as database:
        import_boundaries(database, paths.shipped_data("sample_grids.geojson"), dt.date(2024, 1, 1), "me")
        for name in ("sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv"):
            import_ledger(database, check_file(database, paths.shipped_data(name)), "me")
        void_visit(database, database.fetch(list_visits, VisitFilter())[0].id, "keyed in twice", "me")
    return path


@pytest.fixture
def office(qapp: object, register_file: Path, tmp_path: Path) -> Iterator[AppContext]:
    """A window's way to a copy of that register."""
    shutil.copyfile(register_file, tmp_path / "register.db")
    clock.set_today(TODAY)
    i18n.set_language("zh_CN")
    with closing(open_database(tmp_path / "register.db", encrypt=False)) as database:
        context = AppContext(database, "me")
        yield context
        context.shut_down()


def people_in(preview: Preview) -> int:
    return sum(len(sheet.rows) for sheet in preview.sheets)


@pytest.mark.parametrize("page_class", [TodayPage, ResidentsPage, VisitsPage, DashboardPage])
def test_every_list_of_people_on_screen_comes_back_without_a_change(
    qtbot: QtBot, office: AppContext, page_class: type[Page], tmp_path: Path
) -> None:
    """As a workbook, as text in both encodings, and by the clipboard: 18 digits and rare characters included."""
    register, page = office.database, page_class(office)
    shown(qtbot, page)
    seen = page.seen_list()
    assert seen is not None
    qtbot.waitUntil(lambda: bool(seen._table.model.rows))
    found = [copied_table(register, seen._table)]
    for ending, encoding in (("xlsx", "utf-8-sig"), ("csv", "utf-8-sig"), ("csv", "gb18030")):
        path = tmp_path / f"{encoding}.{ending}"
        with qtbot.waitSignal(seen.written):
            seen.write(str(path), encoding)  # type: ignore[arg-type]
        found.append(check_file(register, path))
    count = len(seen._table.seen()[1])
    for preview in found:
        assert not list(preview.remaining_rows())
        assert people_in(preview) == count > 5
        assert foresee(register, preview).counts == {"unchanged": count}


def copied_table(register: Database, table: DataTable[Any]) -> Preview:
    """Take a whole list by way of the clipboard's text."""
    table_clipboard.put(*table.seen())
    text = QGuiApplication.clipboard().text()
    return check_book(register, pasted_workbook(text, "clipboard"))


def test_lists_that_tell_of_nobody_are_no_ledgers(qtbot: QtBot, office: AppContext, tmp_path: Path) -> None:
    page = DataPage(office)
    shown(qtbot, page)
    seen = page.seen_list()
    assert seen is not None
    with qtbot.waitSignal(seen.written):
        seen.write(str(tmp_path / "a.xlsx"))
    assert not check_file(office.database, tmp_path / "a.xlsx").is_usable


def test_a_bare_name_of_a_known_grid_adds_nobody(register: Database, tmp_path: Path) -> None:
    found = register.fetch(list_residents, ResidentFilter(), TODAY, 30)
    names: list[tuple[str, str]] = [(row.name, row.grid_name) for row in found]
    once = [pair for pair in names if names.count(pair) == 1][:3]
    path = tmp_path / "a.xlsx"
    columns = [ExportColumn(title) for title in ("姓名", "网格", "联系电话")]
    rows = [(*once[0], ""), (*once[1], "13900000001"), ("甲不详", once[2][1], "")]
    write_xlsx(path, columns, rows, title="")
    outlook = foresee(register, check_file(register, path))
    assert outlook.outcomes == ("unchanged", "conflict", "added")
    assert outlook.refusals[1].code == PERHAPS


letters = st.characters(codec="gb18030", exclude_categories=["Cs", "Cc", "Co", "Zs", "Zl", "Zp", "Cf"])
texts = st.text(letters, max_size=8)
rows = st.lists(
    st.tuples(
        st.text(st.sampled_from("王李张赵𬭎䶮"), min_size=2, max_size=4),
        st.integers(0, 999).map(lambda n: id_number("19400305", n)),
        st.sampled_from(["13900000001", "0531-88880001", ""]),
        st.one_of(texts, st.sampled_from(["=1+1", "-1", "+86", "@x", "00123", "3-2", "1e5"])),
    ),
    min_size=1,
    max_size=8,
)


@given(rows, st.sampled_from(["xlsx", "utf-8-sig", "gb18030"]))
def test_any_row_written_is_read_as_it_was(tmp_path: Path, rows: list[tuple[str, ...]], form: str) -> None:
    columns = [ExportColumn(title) for title in ("姓名", "身份证号", "联系电话", "备注")]
    path = tmp_path / ("a.xlsx" if form == "xlsx" else "a.csv")
    if form == "xlsx":
        write_xlsx(path, columns, rows, title="名册")
    else:
        write_csv(path, columns, rows, encoding=form)  # type: ignore[arg-type]
    (sheet,) = check_workbook(read_workbook(path), "residents", today=TODAY).sheets
    context = CellContext(TODAY, "residents")
    for row, (name, number, phone, note) in zip(sheet.rows, rows, strict=True):
        expected = check_cell(note, "note", context).value
        told = row.fields
        assert (told["name"], told["id_no"], told["phone"], told["note"]) == (name, number, phone or None, expected)
