"""Whole files: every row is stored right, flagged, or left out with a reason."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from gridapp.errors import OperationCancelled, ValidationError
from gridapp.ledgers.checked import CheckedRow
from gridapp.ledgers.headings import Mapping
from gridapp.ledgers.issues import Severity
from gridapp.ledgers.lookups import Lookups
from gridapp.ledgers.report import to_report

HEADINGS = ["序号", "*姓 名", "性别", "身份证\n号码", "出生年月", "年龄（岁）", "联系电话", "所属网格", "人员类别"]


def codes(row: CheckedRow, *severities: Severity) -> list[str]:
    return [issue.code for issue in row.issues if not severities or issue.severity in severities]


def errors(row: CheckedRow) -> list[str]:
    return codes(row, Severity.ERROR)


def test_a_register_of_elders_under_titles_instructions_and_signatures(make_book, make_id, check) -> None:
    rows = [
        ["示例街道阳光社区特殊困难老年人探访关爱台账（2026年3月）"],
        ["填报单位：阳光社区", "", "", "", "填报日期：2026年4月2日"],
        HEADINGS,
        ["", "必填", "男/女", "必填，18位", "YYYYMMDD", "", "多个电话用;分隔", "填写网格名称", "多个类别用,分隔"],
        [1, "王 五", "男", make_id("19400305", 11), "1940.3.5", 86, "13900000001", "三网格", "独居、低保"],
        [2, "李四", "女", float(make_id("19400306", 22)), dt.date(1940, 3, 6), 86, "", "第三网格(基础)", "空巢"],
        [],
        HEADINGS,
        [3, "赵六", "女", make_id("19400307", 22), "", "", "", "第九网格", ""],
        [4],
        ["", "小计", "", "", "", "3人"],
        ["合计：3人"],
        ["填表人：某某", "", "", "审核人：", "", "", "（盖章）"],
        ["注：本表一式两份"],
    ]
    (sheet,) = check(make_book(rows)).sheets
    assert (sheet.kind, sheet.first_data_row) == ("elders", 5)
    assert sheet.mapping is not None and sheet.mapping.header_rows == (3,)
    assert [row.row for row in sheet.rows] == [5, 6, 9]
    assert [(s.row, s.reason) for s in sheet.skipped] == [
        (1, "title"),
        (2, "title"),
        (4, "instructions"),
        (7, "blank"),
        (8, "repeated_header"),
        (10, "no_content"),
        (11, "total"),
        (12, "total"),
        (13, "signature"),
        (14, "remark"),
    ]
    good, lost, unknown = sheet.rows
    assert good.fields == {
        "name": "王五",
        "sex": "M",
        "id_no": make_id("19400305", 11),
        "birth_date": dt.date(1940, 3, 5),
        "age": 86,
        "phone": "13900000001",
        "grid": "990101001001003",
        "category": ("living_alone", "minimum_living"),
    }
    assert good.is_good and codes(good) == ["normalised"]
    assert (lost.fields["id_no"], errors(lost)) == (None, ["id_digits_lost"])
    assert (unknown.fields["grid"], errors(unknown)) == (None, ["grid_unknown"])
    assert "第九网格" in next(i.message for i in unknown.issues if i.code == "grid_unknown")
    assert (sheet.summary.rows, sheet.summary.good, sheet.summary.with_errors) == (3, 1, 2)


def test_a_visit_ledger_in_gb18030_takes_its_year_from_the_file_name(tmp_path: Path, make_id, check) -> None:
    number = make_id()
    lines = [
        ["姓名", "身份证号", "探访时间", "探访方式", "探访结果", "探访人", "走访情况"],
        ["张䶮", number, "3.5", "上门", "见面", "张三", "身体好"],
        ["张䶮", number, "3.5", "上门", "见面", "张三", ""],
        ["张䶮", number, "2026/4/20", "电话", "未接通", "张三", ""],
        ["张䶮", number, "1939-3-5", "上门", "见面", "张三", ""],
        ["张䶮", number, "3月35日", "上门", "见面", "张三", ""],
        ["张䶮", number, "3.6", "上门", "见面", "王五", ""],
        ["张䶮", number, "3.7", "", "", "张三", "敲门不在家"],
        ["张䶮", number, "3.8", "", "", "张三", "身体好"],
        ["李𬭎", number, "3.9", "上门", "见面", "张三", ""],
        ["", "", "3.9", "上门", "见面", "张三", ""],
        ["张䶮", number, "", "上门", "见面", "李四", ""],
    ]
    path = tmp_path / "2026年3月探访记录.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(lines)
    (sheet,) = check(path).sheets
    assert sheet.kind == "visits"
    first = sheet.rows[0]
    assert (first.fields["name"], first.fields["visit_date"], first.is_good) == ("张䶮", dt.date(2026, 3, 5), True)
    assert first.fields["worker_id"] == "w1"
    assert codes(sheet.rows[1]) == ["date_year_supplied", "duplicate_visit"]
    assert [errors(row) for row in sheet.rows[2:]] == [
        ["visit_in_future"],
        ["visit_before_birth"],
        ["date_impossible"],
        ["worker_unknown"],
        ["result_doubtful"],
        [],
        ["id_of_another"],
        ["name_missing"],
        ["worker_ambiguous", "visit_date_missing"],
    ]
    assert codes(sheet.rows[7], Severity.WARNING) == ["result_assumed", "mode_assumed"]
    for row in sheet.rows:
        assert "visit_in_future" not in errors(row) or row.fields["visit_date"] is None


@pytest.mark.parametrize(
    ("cells", "fields", "expected"),
    [
        ({"性别": "女"}, {"sex": "M"}, ["sex_differs"]),
        ({"性别": "男"}, {"sex": "M"}, []),
        ({"性别": ""}, {"sex": "M"}, []),
        ({"性别": 1.0}, {"sex": "M"}, []),
        ({"出生日期": "1941-03-05"}, {"birth_date": dt.date(1940, 3, 5)}, ["birth_differs"]),
        ({"出生日期": "1940-02-30"}, {"birth_date": dt.date(1940, 3, 5)}, ["date_impossible"]),
        ({"年龄": "80"}, {"age": 86}, ["age_differs"]),
        ({"年龄": "87"}, {"age": 86}, ["age_differs_little"]),
        ({"备注": "2025年去世"}, {}, ["note_says_died"]),
        ({"残疾证号": "99010119400306022742"}, {}, ["certificate_differs"]),
    ],
)
def test_the_identity_number_is_the_measure_of_birth_and_sex(
    cells: dict[str, object], fields: dict[str, object], expected: list[str], make_id, check_one
) -> None:
    row = check_one({"姓名": "王五", "身份证号": make_id(), "网格": "一网格"} | cells, "residents")
    assert codes(row) == expected
    assert row.is_good
    assert {name: row.fields[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"性别": 1.0}, ["sex_ambiguous"]),
        ({"死亡日期": "1939-01-01", "出生日期": "1940-01-01"}, ["death_before_birth"]),
        ({"纳入日期": "1939-01-01", "出生日期": "1940-01-01"}, ["start_before_birth"]),
        ({"类别": "留守"}, ["category_by_age"]),
        ({"网格": "第三网格"}, ["grid_ambiguous"]),
        ({"网格": "八网格"}, ["grid_unknown"]),
        ({"姓名": ""}, ["name_missing"]),
        ({"身份证号": "9901011940030501"}, ["id_length"]),
    ],
)
def test_what_somebody_must_decide_is_an_error_and_stores_nothing(
    cells: dict[str, object], expected: list[str], check_one
) -> None:
    row = check_one({"姓名": "王五", "住址": "阳光路1号"} | cells, "residents")
    assert errors(row) == expected
    field = next(issue.field for issue in row.issues if issue.severity is Severity.ERROR)
    assert row.fields[field] is None


@pytest.mark.parametrize(("birth", "category"), [("19400305", "left_behind"), ("20150305", "left_behind_child")])
def test_age_tells_a_left_behind_child_from_an_elder(birth: str, category: str, make_id, check_one) -> None:
    row = check_one({"姓名": "王五", "身份证号": make_id(birth), "人员类别": "留守"}, "residents")
    assert row.fields["category"] == (category,)


@pytest.mark.parametrize(
    ("grid", "title", "code"),
    [
        ("990101001002003", "", "990101001002003"),
        (990101001002003.0, "", "990101001002003"),
        ("第三网格,清风社区,示例街道", "", "990101001002003"),
        ("阳光社区3网格", "", "990101001001003"),
        ("第三网格", "清风社区台账", "990101001002003"),
        ("学校网格", "", "990101001002016"),
        ("第三网格,别的社区", "", None),
    ],
)
def test_a_grid_is_found_by_code_name_path_and_title(grid: object, title: str, code: str | None, check_one) -> None:
    row = check_one({"姓名": "王五", "性别": "男", "所属网格": grid}, "residents", title)
    assert row.fields["grid"] == code
    assert row.is_good == (code is not None)


def test_a_bare_sex_code_is_read_by_the_other_rows(make_book, make_id, check) -> None:
    head = ["姓名", "性别", "身份证号"]
    tianqiao = [["甲甲", 0.0, make_id("19400305", 11)], ["乙乙", 1.0, make_id("19400305", 22)], ["丙丙", 0.0, ""]]
    (sheet,) = check(make_book([head, *tianqiao]), "residents").sheets
    assert [row.fields["sex"] for row in sheet.rows] == ["M", "F", "M"]
    assert "sex_by_code" in codes(sheet.rows[2], Severity.WARNING)
    standard = [["甲甲", 1.0, ""], ["乙乙", 2.0, ""]]
    (sheet,) = check(make_book([head, *standard], "b.xlsx"), "residents").sheets
    assert [row.fields["sex"] for row in sheet.rows] == ["M", "F"]
    muddled = [["甲甲", 1.0, make_id("19400305", 11)], ["乙乙", 1.0, make_id("19400305", 22)], ["丙丙", 1.0, ""]]
    (sheet,) = check(make_book([head, *muddled], "c.xlsx"), "residents").sheets
    assert errors(sheet.rows[2]) == ["sex_ambiguous"]


def test_tick_columns_join_the_category_column(make_book, check) -> None:
    rows = [
        ["姓名", "类别", "独居", "空巢", "是否失能"],
        ["王五", "低保", "√", "", "是"],
        ["赵六", "", "", "×", "待查"],
    ]
    (sheet,) = check(make_book(rows), "elders").sheets
    assert sheet.rows[0].fields["category"] == ("minimum_living", "living_alone", "disabled_capacity")
    assert errors(sheet.rows[1]) == ["tick_unreadable"]
    assert to_report(check(make_book(rows), "elders"))["sheets"][0]["columns"]["C"] == "category"


def test_merged_cells_of_a_household_reach_down_but_no_person_is_copied(make_book, check) -> None:
    rows = [
        ["姓名", "电话", "家庭住址", "户号"],
        ["王五", "13900000001", "阳光路1号", "H1"],
        ["赵六", "", "", ""],
        ["钱七", "", "", ""],
    ]
    path = make_book(rows, merged=[(1, 1, 2, 1), (1, 2, 2, 2)])
    (sheet,) = check(path, "residents").sheets
    assert [row.fields["address"] for row in sheet.rows] == ["阳光路1号", "阳光路1号", None]
    assert [row.fields["phone"] for row in sheet.rows] == ["13900000001", None, None]


def test_several_sheets_are_read_each_for_itself(make_book, make_id, check) -> None:
    people = [["姓名", "身份证号", "住址"], ["王五", make_id(), "x"]]
    book = make_book({"第一网格": people, "第三网格": people, "填写说明": [["先删除第二行"]]}, hidden=["填写说明"])
    first, second, notes = check(book, "residents").sheets
    assert first.rows[0].fields["grid"] == "990101001001001"
    assert errors(second.rows[0]) == ["grid_ambiguous"]
    assert "duplicate_person" in codes(second.rows[0])
    assert (notes.kind, notes.rows, notes.notes[0].code) == ("", (), "no_headings")
    assert not notes.is_usable


def test_an_unknown_column_is_kept_beside_the_row(make_book, check) -> None:
    (sheet,) = check(make_book([["姓名", "性别", "爱好"], ["王五", "男", "下棋"]])).sheets
    assert sheet.extras(sheet.rows[0]) == {"爱好": "下棋"}
    assert sheet.rows[0].raw == ("王五", "男", "下棋")


def test_a_sheet_without_a_required_column_cannot_be_used(make_book, check) -> None:
    preview = check(make_book([["性别", "住址"], ["男", "x"]]), "residents")
    assert not preview.is_usable
    assert preview.sheets[0].notes[0].code == "missing_columns"
    assert list(preview.good_rows()) == []
    assert len(list(preview.remaining_rows())) == 1


def test_a_mapping_settled_by_hand_is_followed(make_book, check) -> None:
    path = make_book([["甲", "乙"], ["王五", "男"]])
    assert not check(path).is_usable
    mapping = Mapping("residents", (1,), {"A": "name", "B": "sex"}, {"A": "甲", "B": "乙"})
    (sheet,) = check(path, mappings={"Sheet1": mapping}).sheets
    assert sheet.rows[0].fields == {"name": "王五", "sex": "M"}


def test_without_lookups_grids_and_workers_stay_as_written(make_book, check) -> None:
    path = make_book([["姓名", "网格", "网格员"], ["王五", "第八网格", "某某"]])
    (sheet,) = check(path, "residents", lookups=None).sheets
    assert (sheet.rows[0].fields["grid"], sheet.rows[0].fields["worker"]) == ("第八网格", "某某")
    assert sheet.rows[0].is_good


def test_the_report_is_plain_json_of_the_agreed_form(make_book, make_id, check) -> None:
    rows = [
        ["阳光社区台账（2026年3月）"],
        ["姓名", "性别", "身份证号", "纳入日期", "类别"],
        ["王五", "男", make_id(), "2025.1.1", "独居"],
        ["赵六", "女", "123", "", ""],
    ]
    report = to_report(check(make_book(rows), "elders"))
    assert json.loads(json.dumps(report, ensure_ascii=False)) == report
    assert set(report) == {"file", "sheets"}
    sheet = report["sheets"][0]
    assert set(sheet) == {
        "name", "header_rows", "first_data_row", "columns", "context", "rows", "skipped", "summary",
    }  # fmt: skip
    assert (sheet["header_rows"], sheet["first_data_row"]) == ([2], 3)
    assert sheet["columns"] == {"A": "name", "B": "sex", "C": "id_no", "D": "start_date", "E": "category"}
    assert {k: sheet["context"][k] for k in ("year", "month", "community")} == {
        "year": 2026, "month": 3, "community": "阳光社区",
    }  # fmt: skip
    first, second = sheet["rows"]
    assert first["row"] == 3
    assert first["fields"]["sex"] == "男"
    assert first["fields"]["start_date"] == "2025-01-01"
    assert first["fields"]["category"] == ["独居"]
    assert second["fields"]["id_no"] is None
    issue = next(i for i in second["issues"] if i["field"] == "id_no")
    assert set(issue) == {"field", "code", "severity", "message"}
    assert issue["severity"] == "error"
    assert sheet["skipped"][0]["row"] == 1
    assert sheet["summary"]["rows"] == 2 and sheet["summary"]["good"] == 1


def test_cancelling_gives_nothing(make_book, check) -> None:
    class Impatient:
        calls = 0

        def advance(self, done: int, total: int, message: str = "") -> None:
            self.calls += 1
            if done >= 400:
                raise OperationCancelled

    watcher = Impatient()
    path = make_book([["姓名", "性别"], *([f"王{n}", "男"] for n in range(1000))])
    with pytest.raises(OperationCancelled):
        check(path, progress=watcher)
    assert watcher.calls < 10


def test_an_unknown_kind_is_refused(make_book, check) -> None:
    with pytest.raises(ValidationError):
        check(make_book([["姓名", "性别"], ["王五", "男"]]), "buildings")


@pytest.mark.perf
def test_ten_thousand_rows_of_twenty_columns_take_a_few_seconds(make_book, make_id, check) -> None:
    head = (
        "序号 姓名 性别 民族 身份证号 出生日期 年龄 联系电话 现住址 楼栋 单元 房间号 "
        "户籍地址 所属网格 人员类别 紧急联系人 联系人关系 紧急联系人电话 认定日期 备注"
    ).split()
    rows = [
        [n, "王建国", "女", "汉族", make_id("19400305", n % 500 * 2, f"{990101 + n // 500}"), "1940-03-05", 86,
         f"139{n:08d}", f"阳光路{n}号", "3", "2", "501", "同上", "一网格", "独居、低保", "王某", "女儿",
         f"138{n:08d}", "2025-01-01", ""]
        for n in range(10_000)
    ]  # fmt: skip
    path = make_book([head, *rows])
    (sheet,) = check(path, "elders").sheets
    assert sheet.summary.good == 10_000


def test_lookups_tell_none_one_and_several_apart(lookups: Lookups) -> None:
    assert lookups.find_grids("") == ()
    assert len(lookups.find_grids("3网格")) == 2
    assert lookups.find_grids("3网格", "清风社区") == ("990101001002003",)
    assert lookups.find_workers("李 四") == ("w2", "w3")
    assert lookups.find_workers("李四", "990101001002003") == ("w3",)
    assert lookups.grid_name("990101001001001") == "第一网格"
    assert lookups.grid_name("x") == "x"


@pytest.mark.parametrize("address", ["示例路1号", "请填写地址的路2号", "格式小区，分隔带旁"])
def test_a_first_row_that_names_a_person_is_never_taken_for_instructions(address: str, make_book, check) -> None:
    (sheet,) = check(make_book([["姓名", "住址"], ["王五", address], ["赵六", "x"]]), "residents").sheets
    assert [row.row for row in sheet.rows] == [2, 3]


@pytest.mark.parametrize("name", ["合计明", "小计", "备注英", "单位花"])
def test_a_person_with_an_odd_name_and_an_id_number_is_never_skipped(name: str, make_book, make_id, check) -> None:
    (sheet,) = check(make_book([["姓名", "身份证号"], [name, make_id()], ["赵六", "x"]]), "residents").sheets
    assert [row.row for row in sheet.rows] == [2, 3]
