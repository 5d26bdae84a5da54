"""Headings are found and understood however they are dressed."""

from __future__ import annotations

import pytest

from gridapp.ledgers.fields import FIELDS, column_index, column_letter
from gridapp.ledgers.headings import (
    aliases,
    detect_kind,
    find_header,
    header_signature,
    heading_key,
    match_heading,
    propose_mapping,
)
from gridapp.ledgers.rows import read_context
from gridapp.ledgers.sheets import MergedCells, Sheet, SheetRow


def sheet(*rows: list[str], name: str = "Sheet1", merged: tuple[MergedCells, ...] = ()) -> Sheet:
    numbered = (SheetRow(n, tuple(row)) for n, row in enumerate(rows, 1) if any(row))
    return Sheet(name, False, tuple(numbered), merged)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("姓 名", "name"),
        ("*姓名", "name"),
        ("姓名（必填）", "name"),
        ("★老人姓名", "name"),
        ("身份证\n号码", "id_no"),
        ("公民身份号码", "id_no"),
        ("ID_CARD", "id_no"),
        ("年龄（岁）", "age"),
        ("联系 电话：", "phone"),
        ("现住门（楼）详址", "address"),
        ("现住门(楼)详址", "address"),
        ("户籍地址", "register_address"),
        ("紧急联系人电话", "contact_phone"),
        ("人户一致标识", "register_status"),
        ("独居", "category:living_alone"),
        ("是否独居", "category:living_alone"),
        ("月保障金额(元)", "amount"),
        ("网格员", "worker"),
        ("所属网格", "grid"),
    ],
)
def test_a_heading_is_known_in_every_dress(heading: str, field: str) -> None:
    match = match_heading((heading,), "residents")
    assert match is not None and match[1] == field


def test_every_alias_leads_to_a_field_and_to_one_only() -> None:
    seen: dict[str, str] = {}
    for name, spellings in aliases()["fields"].items():
        assert name in FIELDS
        for spelling in spellings:
            assert seen.setdefault(heading_key(spelling), name) == name, spelling
    assert set(FIELDS) == set(aliases()["fields"])


def test_headings_are_found_under_title_rows() -> None:
    header = find_header(
        sheet(["阳光社区居民台账"], ["填报单位：x", "", "日期"], [], ["序号", "姓名", "性别"], ["1", "张三", "男"])
    )
    assert header is not None and header.rows == (4,)


@pytest.mark.parametrize("merged", [(), (MergedCells(1, 2, 1, 4),)])
def test_grouped_headings_are_joined(merged: tuple[MergedCells, ...]) -> None:
    found = find_header(
        sheet(
            ["序号", "姓名", "紧急联系人", "", "", "住址"],
            ["", "", "姓名", "关系", "电话", ""],
            ["1", "张三", "李四", "子女", "13900000001", "阳光路1号"],
            merged=merged,
        )
    )
    assert found is not None and found.rows == (1, 2)
    columns = propose_mapping(found, "elders").columns
    expected = ("name", "contact_name", "contact_relation", "contact_phone", "address")
    assert columns == dict(zip("BCDEF", expected, strict=True))


def test_a_group_of_the_person_itself_is_looked_through() -> None:
    found = find_header(
        sheet(
            ["基本信息", "", "", "探访情况", ""],
            ["姓名", "性别", "身份证号", "探访日期", "探访方式"],
            ["张三", "男", "x", "3.5", "电话"],
        )
    )
    assert found is not None and found.rows == (1, 2)
    assert list(propose_mapping(found, "visits").columns.values()) == [
        "name",
        "sex",
        "id_no",
        "visit_date",
        "visit_mode",
    ]


def test_the_name_of_somebody_else_is_not_the_name() -> None:
    found = find_header(
        sheet(["姓名", "身份证号", "配偶", "", "住址"], ["", "", "姓名", "电话", ""], ["张三", "x", "王五", "1", "y"])
    )
    assert found is not None
    mapping = propose_mapping(found, "residents")
    assert mapping.columns == {"A": "name", "B": "id_no", "E": "address"}
    assert mapping.unmapped == {"C": "配偶/姓名", "D": "配偶/电话"}


def test_the_better_heading_wins_a_field() -> None:
    found = find_header(sheet(["户主姓名", "姓名", "身份证号", "电话", "联系电话"], ["a", "b", "c", "d", "e"]))
    assert found is not None
    mapping = propose_mapping(found, "residents")
    assert mapping.columns == {"B": "name", "C": "id_no", "E": "phone"}
    assert set(mapping.unmapped) == {"A", "D"}


def test_data_is_not_taken_for_headings() -> None:
    assert find_header(sheet(["注意事项"], ["1. 姓名必填"], ["2. 先删除第二行"])) is None
    assert find_header(sheet(["张三", "独居", "低保"], ["李四", "空巢", "失能"])) is None


@pytest.mark.parametrize(
    ("headings", "title", "kind"),
    [
        (["姓名", "身份证号", "探访日期"], "", "visits"),
        (["姓名", "日期", "走访情况"], "3月走访记录", "visits"),
        (["姓名", "身份证号", "人员类别"], "", "elders"),
        (["姓名", "身份证号", "独居", "空巢"], "", "elders"),
        (["姓名", "身份证号", "住址"], "特殊困难老年人名单", "elders"),
        (["姓名", "与户主关系", "人员类型"], "", "residents"),
        (["姓名", "身份证号", "人员类别"], "实有人口", "residents"),
        (["姓名", "身份证号", "住址"], "", "residents"),
    ],
)
def test_the_kind_follows_from_headings_and_title(headings: list[str], title: str, kind: str) -> None:
    found = find_header(sheet(headings, ["a", "b", "c"]))
    assert found is not None
    assert detect_kind(found, title) == kind


def test_a_mapping_is_remembered_whatever_the_order_of_columns() -> None:
    first = find_header(sheet(["姓名", "证照", "住址"], ["a", "b", "c"]))
    again = find_header(sheet(["序号", "住址", "*姓 名", "证照"], ["1", "c", "a", "b"]))
    assert first is not None and again is not None
    proposed = propose_mapping(first, "residents")
    assert proposed.unmapped == {"B": "证照"}
    remembered = {proposed.signature: proposed.by_heading() | {"证照": "id_no"}}
    mapping = propose_mapping(again, "residents", remembered)
    assert mapping.remembered
    assert mapping.columns == {"B": "address", "C": "name", "D": "id_no"}
    assert header_signature(["姓名", "住址"]) != header_signature(["姓名", "电话"])


@pytest.mark.parametrize(
    ("title", "sheet_name", "year", "month", "community", "grid"),
    [
        ("示例街道阳光社区探访台账（2026年3月）", "Sheet1", 2026, 3, "阳光社区", ""),
        ("2026年三月阳光社区台账", "x", 2026, 3, "阳光社区", ""),
        ("二〇二六年十二月", "第三网格", 2026, 12, "", "第三网格"),
        ("台账", "2026-03", 2026, 3, "", ""),
        ("2026年1-3月汇总", "x", 2026, None, "", ""),
        ("2025年和2026年", "x", None, None, "", ""),
        ("居民台账", "Sheet1", None, None, "", ""),
    ],
)
def test_the_title_tells_year_month_and_place(
    title: str, sheet_name: str, year: int | None, month: int | None, community: str, grid: str
) -> None:
    page = sheet([title], ["姓名", "性别"], ["张三", "男"], name=sheet_name)
    header = find_header(page)
    assert header is not None
    context = read_context(page, header, "file")
    assert (context.year, context.month, context.community, context.grid) == (year, month, community, grid)


def test_column_letters_go_both_ways() -> None:
    for index in (0, 25, 26, 701, 702, 16383):
        assert column_index(column_letter(index)) == index
    assert column_letter(16383) == "XFD"
