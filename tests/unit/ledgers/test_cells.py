"""One cell at a time: normalised, flagged or dropped with a reason, never guessed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.hardship import BUILT_IN
from gridapp.domain.identity import check_digit
from gridapp.domain.visit import Mode, Outcome
from gridapp.ledgers.cells import check_cell
from gridapp.ledgers.columns import check_column
from gridapp.ledgers.fields import FIELDS, TICK, field_title
from gridapp.ledgers.issues import CellContext
from gridapp.ledgers.values.places import grid_name_keys
from gridapp.ledgers.values.words import word_index, word_lists

CONTEXT = CellContext(dt.date(2026, 4, 10), "elders", 2026, 3)
BODY = "99010119400305011"
ID = BODY + check_digit(BODY)


def found(raw: Any, field: str) -> tuple[object, list[str]]:
    result = check_cell(raw, field, CONTEXT)
    return result.value, [f"{issue.severity}:{issue.code}" for issue in result.issues]


@pytest.mark.parametrize(
    ("raw", "value", "issues"),
    [
        (ID, ID, []),
        (f" '{ID[:6]} {ID[6:]} ", ID, ["info:normalised"]),
        (f'="{ID}"', ID, []),
        ("990101400305011", ID, ["warning:id_upgraded"]),
        (990101400305011.0, ID, ["warning:id_upgraded"]),
        (float(ID), None, ["error:id_digits_lost"]),
        (1e15, None, ["error:id_digits_lost"]),
        (int(ID), None, ["error:id_digits_lost"]),
        ("9.90101E+17", None, ["error:id_digits_lost"]),
        ("990101194003050000", None, ["error:id_digits_lost"]),
        (ID[:17] + "0", None, ["error:id_check_digit"]),
        (ID[:17], None, ["error:id_length"]),
        (ID[:10] + "O" + ID[11:], None, ["error:id_characters"]),
        ("990101194013050118", None, ["error:id_birth"]),
        (ID + "42", None, ["error:id_is_certificate"]),
        ("G12345678", None, ["warning:id_other_document"]),
        ("无", None, []),
        ("", None, []),
    ],
)
def test_identity_numbers(raw: Any, value: str | None, issues: list[str]) -> None:
    assert found(raw, "id_no") == (value, issues)


def test_a_lost_number_shows_the_digits_that_survived() -> None:
    (issue,) = check_cell(float(ID), "id_no", CONTEXT).issues
    assert ID[:15] in issue.message
    assert ID[:16] not in issue.message


@given(st.integers(10**14, 10**19))
def test_a_number_cell_never_becomes_an_identity_number_it_was_not(number: int) -> None:
    value, issues = found(float(number), "id_no")
    if number >= 10**15:
        assert value is None and issues == ["error:id_digits_lost"]
    else:
        assert value is None or (str(number)[6:12] in str(value) and issues == ["warning:id_upgraded"])


@pytest.mark.parametrize("field", ["cert_no", "account_no", "household_no"])
def test_other_long_numbers_are_lost_alike(field: str) -> None:
    assert found(6.2220212345678e18, field) == (None, ["error:digits_lost"])
    assert found("6.22202E+18", field) == (None, ["error:digits_lost"])
    assert found(" 6222 0212 3456 789 ", field) == ("622202123456789", [])


@pytest.mark.parametrize(
    ("raw", "value", "issues"),
    [
        ("王五", "王五", []),
        (" 王 五　", "王五", ["info:normalised"]),
        ("王\u200b五", "王五", ["info:normalised"]),
        ("⽅⽉", "方月", ["info:normalised"]),
        ("张\ue863", "张䶮", ["info:normalised"]),
        ("周𬭎", "周𬭎", []),
        ("张\ue000", None, ["error:unreadable_character"]),
        ("张\ufffd", None, ["error:unreadable_character"]),
        ("王？", "王？", ["warning:name_doubtful"]),
        ("王", "王", ["warning:name_doubtful"]),
        ("王五（已故）", "王五", ["warning:name_note"]),
        (12.0, None, ["error:name_not_text"]),
        ("John Smith", "John Smith", []),
    ],
)
def test_names(raw: Any, value: str | None, issues: list[str]) -> None:
    assert found(raw, "name") == (value, issues)


@pytest.mark.parametrize("dot", "·•‧∙⋅・．.･˙")
def test_every_middle_dot_is_stored_as_one(dot: str) -> None:
    assert found(f"买买提{dot}艾力", "name")[0] == "买买提\u00b7艾力"


def test_addresses_keep_their_brackets_circles_and_units() -> None:
    assert found("阳光路１２号（①区）30㎡", "address") == ("阳光路１２号（①区）30㎡", [])


@pytest.mark.parametrize("field", ["room", "building", "unit", "address"])
def test_a_room_that_became_a_date_is_not_guessed_back(field: str) -> None:
    assert found(dt.date(2026, 3, 2), field) == (None, ["error:text_became_date"])


@pytest.mark.parametrize(
    ("raw", "value", "issues"),
    [
        (13900000001.0, "13900000001", []),
        ("139 0000 0001", "13900000001", ["info:normalised"]),
        ("13900000001；0531-88880001", "13900000001;0531-88880001", ["info:phones_several"]),
        ("13900000001（女儿）", "13900000001", ["warning:phone_note"]),
        ("88880001", "88880001", ["warning:phone_no_area"]),
        ("1390000000", None, ["error:phone_unreadable"]),
        ("13900000001、1234", None, ["error:phone_unreadable"]),
        ("1.39E+10", None, ["error:phone_digits_lost"]),
        ("无", None, []),
    ],
)
def test_phones(raw: Any, value: str | None, issues: list[str]) -> None:
    assert found(raw, "phone") == (value, issues)


@pytest.mark.parametrize(
    ("raw", "field", "value", "issues"),
    [
        (dt.datetime(2026, 3, 5, 9, 30), "visit_date", dt.date(2026, 3, 5), []),
        ("3.5", "visit_date", dt.date(2026, 3, 5), ["info:date_year_supplied"]),
        ("5日", "visit_date", dt.date(2026, 3, 5), ["info:date_year_supplied", "info:date_month_supplied"]),
        (3.1, "visit_date", None, ["error:date_ambiguous"]),
        ("2026-04-11", "visit_date", None, ["error:visit_in_future"]),
        ("2026-02-05", "visit_date", dt.date(2026, 2, 5), ["warning:date_outside_title"]),
        ("3.5电话；3.12上门", "visit_date", None, ["error:date_unreadable"]),
        ("3.5", "birth_date", None, ["error:date_no_year"]),
        ("1950年1月", "birth_date", None, ["warning:date_no_day"]),
        (18264.0, "birth_date", dt.date(1950, 1, 1), ["warning:date_serial_number"]),
        ("1850-01-01", "birth_date", None, ["error:date_too_old"]),
        ("2027-01-01", "died_date", None, ["error:date_in_future"]),
        ("2027-01-01", "start_date", dt.date(2027, 1, 1), ["warning:date_in_future"]),
        (True, "birth_date", None, ["error:date_unreadable"]),
        (float("inf"), "birth_date", None, ["error:date_unreadable"]),
        (float("nan"), "visit_date", None, ["error:date_unreadable"]),
        (dt.time(9, 30), "birth_date", None, ["error:date_unreadable"]),
    ],
)
def test_dates(raw: Any, field: str, value: dt.date | None, issues: list[str]) -> None:
    result = found(raw, field)
    assert result[0] == value
    assert sorted(result[1]) == sorted(issues)


@pytest.mark.parametrize(
    ("raw", "codes", "issues"),
    [
        ("独居", ("living_alone",), []),
        ("独居、低保、三级残", ("living_alone", "minimum_living", "disability"), []),
        ("独居空巢老人", ("empty_nest", "living_alone"), []),
        ("低保边缘", ("low_income_margin",), []),
        ("农村低保", ("minimum_living",), []),
        ("A类低保", ("minimum_living",), []),
        ("五保户/失独", ("extreme_poverty", "family_planning_special"), []),
        ("肢体二级", ("disability", "severe_disability"), []),
        ("重残", ("severe_disability",), []),
        ("留守儿童", ("left_behind_child",), []),
        ("非低保", (), []),
        ("无", (), []),
        ("独居，党员", ("living_alone",), ["warning:category_unknown"]),
        ("独居、半失能", None, ["error:category_undecided"]),
        ("轻度失能", None, ["error:category_undecided"]),
        ("单身特困母亲", None, ["error:category_undecided"]),
        ("A类", (), ["warning:category_unknown"]),
        ("不独居", (), []),
    ],
)
def test_category_words(raw: str, codes: tuple[str, ...] | None, issues: list[str]) -> None:
    value, named = found(raw, "category")
    assert (value if value is None else set(value), named) == (codes if codes is None else set(codes), issues)


def test_every_word_leads_to_a_category_mode_and_outcome_that_exists() -> None:
    assert set(word_lists()["categories"]) == {category.code for category in BUILT_IN}
    assert set(word_index("visit_modes").values()) == {mode.value for mode in Mode}
    assert set(word_index("visit_results").values()) == {outcome.value for outcome in Outcome}
    for name in ("categories", "visit_modes", "visit_results", "sex", "register_status"):
        words = [word for listed in word_lists()[name].values() for word in listed]
        assert len(words) == len(set(words)), name
    assert not set(word_lists()["yes"]) & set(word_lists()["no"])
    assert len(word_lists()["ethnic_groups"]) == 56


@pytest.mark.parametrize("raw", ["√", "是", "有", 1.0, True, "Y", "✔", "☑", "独居"])
def test_a_ticked_cell_gives_its_category(raw: Any) -> None:
    assert found(raw, "category:living_alone") == ("living_alone", [])


@pytest.mark.parametrize("raw", ["", "否", "×", 0.0, "□", "/", "无"])
def test_an_unticked_cell_gives_none(raw: Any) -> None:
    assert found(raw, "category:living_alone") == (None, [])


@pytest.mark.parametrize("raw", ["低保", "待核实", 7.0])
def test_anything_else_in_a_tick_column_is_an_error(raw: Any) -> None:
    assert found(raw, "category:living_alone") == (None, ["error:tick_unreadable"])


@pytest.mark.parametrize(
    ("field", "raw", "value", "issues"),
    [
        ("sex", "女性", "F", []),
        ("sex", "M", "M", []),
        ("sex", 1.0, "1", []),
        ("sex", "雌", None, ["error:sex_unreadable"]),
        ("ethnicity", "汉", "汉族", []),
        ("ethnicity", "维吾尔族", "维吾尔族", []),
        ("ethnicity", "毛难族", "毛南族", ["info:normalised"]),
        ("ethnicity", "火星", None, ["warning:ethnicity_unknown"]),
        ("age", "78岁", 78, []),
        ("age", 78.0, 78, []),
        ("age", "约80", None, ["warning:age_unreadable"]),
        ("age", 780.0, None, ["warning:age_unreadable"]),
        ("amount", "1,234.50元", 1234.5, []),
        ("amount", 600.0, 600, []),
        ("amount", "六百", None, ["error:amount_unreadable"]),
        ("amount", -1.0, None, ["error:amount_negative"]),
        ("amount", float("inf"), None, ["error:amount_unreadable"]),
        ("amount", float("nan"), None, ["error:amount_unreadable"]),
        ("is_low_income", "是", True, []),
        ("is_low_income", "低保", True, []),
        ("is_low_income", "待定", None, ["error:yes_no_unreadable"]),
        ("visit_mode", "上门探访", "onsite", []),
        ("visit_mode", "微信视频", "video", []),
        ("visit_mode", "微信", None, ["error:visit_mode_unknown"]),
        ("visit_mode", "上门、电话", None, ["error:visit_mode_unknown"]),
        ("visit_result", "已见面", "met", []),
        ("visit_result", "未见面", "not_home", []),
        ("visit_result", "没有见面", None, ["error:visit_result_unknown"]),
        ("visit_result", "不正常", None, ["error:visit_result_unknown"]),
        ("visit_result", "电话无人接听", "no_answer", []),
        ("visit_result", "老人身体不好", None, ["error:visit_result_unknown"]),
        ("register_status", "人户一致", "same", []),
        ("register_status", "户在人不在", "living_elsewhere", []),
        ("register_status", "人户分离", None, ["warning:register_status_half"]),
        ("register_status", 1.0, None, ["warning:register_status_unknown"]),
        ("unit", 3.0, "3", []),
        ("account_no", "62220A", None, ["error:account_characters"]),
    ],
)
def test_short_lists_and_numbers(field: str, raw: Any, value: Any, issues: list[str]) -> None:
    assert found(raw, field) == (value, issues)


cell_values = st.one_of(
    st.text(max_size=30),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(cell_values, st.sampled_from([*FIELDS, "category:living_alone"]))
def test_no_cell_breaks_a_check(raw: Any, field: str) -> None:
    result = check_cell(raw, field, CONTEXT)
    for issue in result.issues:
        assert issue.field == ("category" if field.startswith(TICK) else field)
        assert issue.message
        assert "{" in str(raw) or "{" not in issue.message
    assert field_title(field)


usual_cells = st.sampled_from(
    ["", "无", "王五", "阳光路1号", "13900000001", "99010119400305011X", "同上", "王 五", "a\nb", 1, 1.0, True, "1"]
)


@given(st.lists(st.one_of(usual_cells, cell_values), max_size=30), st.sampled_from([*FIELDS, "category:living_alone"]))
def test_a_column_is_checked_like_its_cells_one_by_one(raws: list[Any], field: str) -> None:
    column = check_column(raws, field, CONTEXT)
    expected = [check_cell(raw, field, CONTEXT) for raw in raws]
    assert column.values == [result.value for result in expected]
    assert [column.issues.get(place, ()) for place in range(len(raws))] == [result.issues for result in expected]


def test_equal_cells_of_different_types_are_remembered_apart() -> None:
    column = check_column([1.0, True], "age", CONTEXT)
    assert column.values[0] == 1 and list(column.issues) == [1]


@pytest.mark.parametrize(
    "name",
    [
        "第三网格",
        "三网格",
        "3网格",
        "3号网格",
        "第3网格",
        "网格3",
        "网格三",
        "第03网格",
        "第三网格（基础）",
        "第三网格,示例社区,示例街道",
        " 3 网格 ",
        "3",
    ],
)
def test_spellings_of_a_grid_share_a_key(name: str) -> None:
    assert "#3" in grid_name_keys(name)


@given(st.integers(1, 99), st.integers(1, 99))
def test_different_grids_share_no_key(one: int, other: int) -> None:
    shared = grid_name_keys(f"第{one}网格") & grid_name_keys(f"{other}号网格")
    assert bool(shared) == (one == other)
