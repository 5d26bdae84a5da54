"""Every paper: what stands in its cells is what three readers take out again, rare characters included."""

from __future__ import annotations

import dataclasses

import pytest

from gridapp.i18n import _
from gridapp.reports.blocks import Bars, Form, Note, Ruled, SignOff, Table
from gridapp.reports.document import People, lay_out, write_document
from gridapp.reports.fields import PEOPLE_SOURCES
from gridapp.reports.paper_template import BUILT_IN, built_in
from gridapp.reports.samples import sample_contents
from tests.unit.reports.conftest import RARE_NAMES, bare

_ROWS, _RECORDS = 23, 3


def _contents(template):
    """Return invented people with rare names, long addresses and two-line remarks, on several pages."""
    given = sample_contents(template)
    first = next(iter(given.people.values()))

    def line(at):
        name = RARE_NAMES[at % len(RARE_NAMES)]
        return dataclasses.replace(
            first.line(at % 18), name=name, address=f"𠮷祥里{at}号楼3单元1203室（东门进；先打电话）" * (1 + at % 3),
            contact=f"{name[::-1]}·儿 19900001234", note="住院\n（全月）" if at % 4 == 0 else "", worker="䶮志强",
            grid=f"第{at % 7}网格（基础）", level="二级",
        )  # fmt: skip

    count = _RECORDS if any(block.kind == "form" for block in template.blocks) else _ROWS
    people = {source: People(count, line) for source in PEOPLE_SOURCES}
    figures = {
        source: [dataclasses.replace(one, name=f"{one.name}𬭎") for one in lines]
        for source, lines in given.figures.items()
    }
    words = {**given.words, "area": "𠮷祥里社区", "visits": "上门 9、电话 3，其中𬭎𫖯 1"}
    return dataclasses.replace(given, people=people, figures=figures, words=words)


def _said(block):
    """Return every text a block of a paper says, in pieces as a page shows them."""
    if isinstance(block, Note):
        return [block.text]
    if isinstance(block, SignOff):
        return list(block.labels)
    if isinstance(block, Form):
        return _said_by_form(block)
    told = [block.heading]
    if isinstance(block, Bars):
        told += [text for bar in block.bars for text in (bar.label, bar.shown)]
    elif isinstance(block, Table):
        told += [_(column.title) for column in block.template.columns if column.title]
        rows = [block.row(at) for at in range(block.count)]
        told += [values[column.field] for values in rows for column in block.template.columns]
        told += [] if rows else [block.empty_text]
    else:
        assert isinstance(block, Ruled)
    return told


def _said_by_form(form):
    cells = [cell for row in form.rows for cell in row.cells]
    labels = [_(cell.label) for cell in cells if cell.label]
    return [*labels, *(form.record(at).get(cell.field, "") for at in range(form.count) for cell in cells)]


@pytest.mark.parametrize("key", BUILT_IN)
def test_every_text_of_every_paper_is_read_as_it_was_written(key, page_texts, tmp_path):
    template = built_in(key)
    contents = _contents(template)
    flow = lay_out(template, contents)
    assert flow.unprintable == []
    write_document(template, contents, tmp_path / "p.pdf")
    text = "".join(page_texts(tmp_path / "p.pdf"))
    told = [said for block in flow._blocks for said in _said(block) if said]
    missing = [said for said in told if bare(said) not in text]
    assert missing == [] and len(told) > 5
    if any(block.source in contents.people for block in template.blocks):
        assert text.count("𠮷田") > 0 and text.count("𬭎") > 0
