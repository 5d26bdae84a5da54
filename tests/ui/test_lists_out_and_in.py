"""What GridApp exports, GridApp imports back without a change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridapp import clock, i18n, paths
from gridapp.db.database import Database
from gridapp.db.queries.residents import ResidentFilter
from gridapp.ledgers.cells import check_cell
from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx
from gridapp.ledgers.issues import CellContext
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.workbook import read_workbook
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.outlook import foresee
from gridapp.services.places import import_boundaries
from tests.databases import Databases
from tests.factories import id_number
from ui.pages.residents_queries import ListExport, export_people, read_choices

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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
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
