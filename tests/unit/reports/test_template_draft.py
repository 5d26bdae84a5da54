"""A template changed step by step: whatever is done can be taken back, and the rest of the paper stays."""

from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp import i18n
from gridapp.errors import ValidationError
from gridapp.reports import fields
from gridapp.reports.document import write_document
from gridapp.reports.fields import SOURCES
from gridapp.reports.paper_template import BUILT_IN, built_in, check_widths, parse
from gridapp.reports.samples import sample_contents
from gridapp.reports.template_draft import TemplateDraft
from gridapp.reports.template_sections import addable, alike

_ITEM_STEPS = ("add", "remove", "up", "down", "title", "field", "size", "line", "share", "strong")
_STEPS = (*_ITEM_STEPS, "paper", "new part", "drop part", "part up", "part down", "words", "source", "rows", "total")
_steps = st.lists(st.tuples(st.sampled_from(_STEPS), st.integers(0, 60)), max_size=25)


def _carry_out(draft: TemplateDraft, step: tuple[str, int]) -> None:
    kind, number = step
    if kind == "paper":
        draft.set_value("paper", ("A4", "A3", "A5")[number % 3])
    elif kind not in _ITEM_STEPS:
        _change_parts(draft, kind, number)
    elif draft.parts():
        _change_items(draft, kind, number)


def _change_parts(draft: TemplateDraft, kind: str, number: int) -> None:
    sections = draft.sections()
    at = number % max(len(sections), 1)
    if kind == "new part":
        wanted = addable()[number % len(addable())]
        place = draft.add_section(at if sections else -1, *wanted)
        made = draft.sections()[place]
        assert (made.kind, made.source) == wanted and len(draft.sections()) == len(sections) + 1
    elif not sections:
        return
    elif kind == "drop part":
        draft.remove_section(at)
        assert draft.sections() == sections[:at] + sections[at + 1 :]
    elif kind in ("part up", "part down"):
        place = draft.move_section(at, -1 if kind == "part up" else 1)
        assert draft.sections()[place] == sections[at]
    else:
        _change_section(draft, kind, number, at)


def _change_section(draft: TemplateDraft, kind: str, number: int, at: int) -> None:
    section = draft.sections()[at]
    key, value = {
        "words": ("text", f"{{month}} {number}"), "source": ("source", (alike(section) or [""])[0]),
        "rows": ("given", f"甲 | 乙{number}\n| 丙") if section.source == "given" else ("count", 1 + number % 40),
        "total": ("total", number % 2 == 0),
    }[kind]  # fmt: skip
    fits = {
        "text": section.kind != "form", "source": bool(section.source), "total": section.kind == "table",
        "given": section.kind == "table", "count": section.kind == "lines",
    }  # fmt: skip
    if fits[key]:
        draft.change_section(at, key, value)
        shown = getattr(draft.sections()[at], key)
        assert shown == value or key == "given"


def _change_items(draft: TemplateDraft, kind: str, number: int) -> None:
    parts = draft.parts()
    part = parts[number % len(parts)]
    items = draft.items(part)
    at = number % max(len(items), 1)
    fields = list(SOURCES[part.source][1])
    if kind == "add":
        place = draft.add(part, at if items else -1, fields[number % len(fields)])
        assert draft.items(part)[place].field == fields[number % len(fields)]
        assert len(draft.items(part)) == len(items) + 1
    elif not items:
        return
    elif kind == "remove":
        draft.remove(part, at)
        assert draft.items(part) == items[:at] + items[at + 1 :]
    elif kind in ("up", "down"):
        place = draft.move(part, at, -1 if kind == "up" else 1)
        now = draft.items(part)
        assert (now[place].title, now[place].field) == (items[at].title, items[at].field)
        assert sorted((item.title, item.field) for item in now) == sorted((item.title, item.field) for item in items)
    elif kind == "line":
        if part.kind == "form":
            draft.change_item(part, at, "begins_line", number % 2 == 0)
            now = draft.items(part)
            assert [(item.title, item.field) for item in now] == [(item.title, item.field) for item in items]
            assert now[at].begins_line is (number % 2 == 0 or at == 0)
    elif (kind == "strong") == (part.kind == "form") and kind in ("strong", "share"):
        return
    else:
        key, value = {
            "title": ("title", f"栏{number}"), "field": ("field", fields[0]), "size": ("size_mm", 10.0),
            "strong": ("strong", number % 2 == 0), "share": ("share", 1.5),
        }[kind]  # fmt: skip
        draft.change_item(part, at, key, value)
        assert getattr(draft.items(part)[at], key) == value


@given(st.sampled_from(BUILT_IN), _steps)
def test_every_step_can_be_taken_back_and_the_result_prints_or_says_why_not(key, steps):
    draft = TemplateDraft(built_in(key).definition)
    for step in steps:
        _carry_out(draft, step)
    try:
        template = parse(draft.definition)
    except ValidationError as error:
        assert str(error)
    else:
        assert write_document(template, sample_contents(template), io.BytesIO()).pages >= 1
    while draft.can_undo:
        draft.undo()
    assert draft.definition == built_in(key).definition and not draft.is_changed


@pytest.mark.parametrize("key", BUILT_IN)
def test_supplied_templates_fit_their_page_and_print_with_invented_people(key):
    check_widths(built_in(key))
    result = write_document(built_in(key), sample_contents(built_in(key)), io.BytesIO())
    assert result.unprintable == ()


def test_columns_wider_than_the_page_are_refused():
    draft = TemplateDraft(built_in("visit_roster").definition)
    (part,) = draft.parts()
    draft.change_item(part, 1, "size_mm", 60.0)
    with pytest.raises(ValidationError, match="277 mm"):
        check_widths(parse(draft.definition))
    draft.set_value("paper", "A3")
    check_widths(parse(draft.definition))
    draft.change_item(part, 10, "size_mm", 9.0)
    with pytest.raises(ValidationError, match="row code"):
        check_widths(parse(draft.definition))


def test_rows_of_a_table_are_written_as_text_and_keep_what_is_not_shown():
    draft = TemplateDraft(built_in("purchase_projects").definition)
    told = draft.sections()[0].given
    assert told.startswith("{area} | Visits to elders")
    draft.change_section(0, "given", told + "\n某街道\t新项目 | A\n")
    block = draft.definition["blocks"][0]
    assert block["rows"][0] == built_in("purchase_projects").definition["blocks"][0]["rows"][0]
    assert block["rows"][1:] == [{"text_1": "某街道", "text_2": "新项目", "text_3": "A"}, {}]
    part = draft.parts()[0]
    draft.remove(part, 1)
    assert draft.sections()[0].given.startswith("Visits to elders")
    draft.change_section(0, "given", draft.sections()[0].given.replace("Visits", "Calls"))
    row = draft.definition["blocks"][0]["rows"][0]
    assert row["text_1"] == "{area}" and row["text_2"].startswith("Calls"), "a column taken off keeps its words"
    draft.change_section(0, "given", "")
    assert draft.definition["blocks"][0]["rows"] == []


@pytest.mark.parametrize("wanted", addable())
def test_whatever_can_be_added_prints_by_itself(wanted):
    draft = TemplateDraft(built_in("call_tree").definition)
    draft.add_section(-1, *wanted)
    draft.remove_section(1)
    template = parse(draft.definition)
    check_widths(template)
    assert write_document(template, sample_contents(template), io.BytesIO()).pages >= 1


TEXTS = st.lists(st.sampled_from([*(f"{{{key}}}" for key in fields.PLACEHOLDERS), "{", "}", "月份", "area", " "]))


@given(TEXTS.map("".join))
def test_words_in_braces_go_to_the_window_and_back(text: str) -> None:
    i18n.set_language("zh_CN")
    assert fields.in_stored_words(fields.in_shown_words(text)) == fields.in_stored_words(text)
    assert fields.in_shown_words("{month} {{month}} {月份} {nobody}") == "{月份} {{month}} {月份} {nobody}"


@pytest.mark.parametrize("key", BUILT_IN)
def test_every_template_is_the_same_in_chinese_words(key: str) -> None:
    i18n.set_language("zh_CN")
    written = fields.in_shown_words(built_in(key).definition)
    assert not re.search(r'"[^"]*{[a-z]', json.dumps(written, ensure_ascii=False).replace('": {"', ""))
    assert parse(written) == built_in(key) and parse(written).definition == built_in(key).definition
