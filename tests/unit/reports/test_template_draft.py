"""A template changed step by step: whatever is done can be taken back, and the rest of the paper stays."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.reports.document import write_document
from gridapp.reports.fields import SOURCES
from gridapp.reports.paper_template import BUILT_IN, built_in, check_widths, parse
from gridapp.reports.samples import sample_contents
from gridapp.reports.template_draft import TemplateDraft

_steps = st.lists(
    st.tuples(st.sampled_from(("add", "remove", "up", "down", "title", "field", "size", "paper")), st.integers(0, 30)),
    max_size=25,
)


def _carry_out(draft: TemplateDraft, step: tuple[str, int]) -> None:
    kind, number = step
    parts = draft.parts()
    part = parts[number % len(parts)]
    items = draft.items(part)
    at = number % max(len(items), 1)
    fields = list(SOURCES[part.source][1])
    if kind == "add":
        place = draft.add(part, at if items else -1, fields[number % len(fields)])
        assert draft.items(part)[place].field == fields[number % len(fields)]
        assert len(draft.items(part)) == len(items) + 1
    elif kind == "paper":
        draft.set_value("paper", ("A4", "A3", "A5")[number % 3])
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
    else:
        key, value = {"title": ("title", f"栏{number}"), "field": ("field", fields[0]), "size": ("size_mm", 10.0)}[kind]
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
