"""Where pages break: nobody signs an empty page, and no total stands alone."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from gridapp.reports.blocks import SignOff
from gridapp.reports.document import FigureLine, People, lay_out
from gridapp.reports.paper_template import BUILT_IN, built_in
from gridapp.reports.people import PersonLine
from tests.unit.reports.rosters import RULE, contents_of


def _contents(people: int, figures: int):
    lines = People.of([PersonLine(f"p{at}", f"王秀{at}", address="幸福里小区1号楼1单元") for at in range(people)])
    rows = [FigureLine(f"第{at}网格", 1, 2, "50%", 0.5, "50%", 0, 0, 0, "暂计") for at in range(figures)]
    shown = dict.fromkeys(("roster", "missed", "new", "excluded", "visited", "service_objects", "call_tree"), lines)
    return contents_of(shown, figures=dict.fromkeys(("by_grid", "by_category", "by_month", "children"), rows))


@given(st.sampled_from(BUILT_IN), st.integers(0, 60), st.integers(0, 60))
def test_no_page_holds_a_signature_alone_and_no_total_stands_alone(key, people, figures):
    flow = lay_out(built_in(key), _contents(people, figures))
    for number, pieces in enumerate(flow._plan):
        room = flow._painter.top(number == 0) - flow._painter.bottom
        assert sum(piece.height for piece in pieces) <= room + 0.01
        assert number == 0 or not isinstance(flow._blocks[pieces[0].block], SignOff)
        for before, piece in zip(pieces, pieces[1:], strict=False):
            table = flow._tables.get(piece.block)
            if table and piece.kind == "rows" and before.kind == "header" and table.is_total(piece.row):
                assert piece.row == 0
    bars = [bar for pieces in flow._plan for piece in pieces if piece.kind == "bars"
            for bar in range(piece.row, piece.row + piece.lines)]  # fmt: skip
    assert bars in ([], list(range(figures)))
    rows = [piece for pieces in flow._plan for piece in pieces if piece.kind == "rows"]
    for at, table in flow._tables.items():
        shown = [row for piece in rows if piece.block == at for row in range(piece.row, piece.row + piece.lines)]
        assert shown == list(range(table.table.count))


def test_a_form_without_figures_has_no_rule_and_others_have():
    for key in BUILT_IN:
        text = [line.text for page in lay_out(built_in(key), _contents(3, 3)).pages() for line in page.texts]
        assert (RULE in text) == (key != "purchase_policy")


def test_whatever_no_font_can_show_is_known_before_a_page_is_written():
    template = dataclasses.replace(built_in("monthly_rate"), sign_off=("经办\ue123：",), facts=("目标\ue124",))
    rows = [FigureLine("第\ue125网格", 1, 2, "50%", 0.5)]
    people = People.of([PersonLine("p", "王\ue126")])
    flow = lay_out(template, contents_of({"missed": people}, figures={"by_grid": rows}))
    assert {item.characters for item in flow.unprintable} == {"\ue123", "\ue124", "\ue125", "\ue126"}
