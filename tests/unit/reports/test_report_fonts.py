"""Faces, fallback, and the patch of reportlab's copy text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib import rl_accel
from reportlab.pdfbase import pdfmetrics

from gridapp.errors import StorageError
from gridapp.reports import fonts


def test_the_accelerator_is_in_use():
    assert {"fp_str", "escapePDF", "instanceStringWidthTTF", "calcChecksum"} <= set(rl_accel._c_funcs)


def test_faces_are_three_and_none_stands_for_another():
    # reportlab quietly takes a face it knows for one of the same inner name.
    faces = [fonts.face(name) for name in fonts.FILES]
    assert len({face.face.name for face in faces}) == 3
    assert all(pdfmetrics.getFont(name) is face for name, face in zip(fonts.FILES, faces, strict=True))


def test_reportlab_still_writes_wrong_text_above_the_basic_plane():
    fonts.face(fonts.REGULAR)
    assert fonts.upstream_to_unicode is not None
    faulty = fonts.upstream_to_unicode("AAAAAA+Noto", [0x2CB4E])
    assert "<2CB4E>" in faulty, "reportlab has mended its ToUnicode map: remove the patch in gridapp/reports/fonts.py"


def test_copy_text_is_a_surrogate_pair_above_the_basic_plane():
    mapped = fonts.to_unicode_map("AAAAAA+Noto", [0, ord("月"), 0x2CB4E])
    assert "<01> <6708>" in mapped
    assert "<02> <D872DF4E>" in mapped
    assert "<00> <0000>" not in mapped


@given(st.lists(st.integers(0x21, 0x10FFFF).filter(lambda c: not 0xD800 <= c <= 0xDFFF), min_size=1, max_size=256))
def test_copy_text_names_every_code_in_blocks_of_at_most_a_hundred(subset):
    lines = fonts.to_unicode_map("AAAAAA+Noto", subset).splitlines()
    counts = [int(line.split()[0]) for line in lines if line.endswith("beginbfchar")]
    assert max(counts) <= 100
    pairs = [line[1:-1].split("> <") for line in lines if line.count("<") == 2 and "> <" in line and len(line) > 9]
    values = [bytes.fromhex(value).decode("utf-16-be") for code, value in pairs if code != "00" or value != "FF"]
    assert [ord(value) for value in values] == subset


@pytest.mark.parametrize("name", ["䶮", "周𬭎", "𠮷田", "买买提·艾力", "㛃", "欧阳𫖯"])
@pytest.mark.parametrize("bold", [False, True])
def test_rare_names_have_glyphs(name, bold):
    assert fonts.missing_characters(name) == ""
    assert "".join(run.text for run in fonts.runs(name, bold)) == name


def test_fallback_takes_over_only_where_it_must():
    assert fonts.runs("周𠮷a") == [("GridAppSans", "周"), ("GridAppRare", "𠮷"), ("GridAppSans", "a")]


def test_a_character_without_a_glyph_is_shown_and_reported():
    assert fonts.missing_characters("张\ue123三\ue123😀") == "\ue123😀"
    assert fonts.printable("张\ue123三") == "张〓三"


def test_invisible_characters_are_dropped_and_not_reported():
    assert fonts.missing_characters("王\u200b秀\ufeff兰\ufe00") == ""
    assert fonts.printable("王\u200b秀\ufeff兰\x07") == "王秀兰"
    assert fonts.printable("a\tb") == "a b"


def test_width_is_the_sum_of_the_runs():
    text = "周𠮷 12-3"
    natural = sum(pdfmetrics.stringWidth(run.text, run.font, 10) for run in fonts.runs(text))
    assert fonts.width(text, 10) == pytest.approx(natural)


@given(st.text(max_size=40))
def test_any_text_becomes_drawable(text):
    drawn = fonts.printable(text)
    assert fonts.missing_characters(drawn) == ""
    assert "".join(run.text for run in fonts.runs(text)) == drawn
    assert drawn.count(fonts.GETA) - text.count(fonts.GETA) == sum(
        text.count(character) for character in fonts.missing_characters(text)
    )


def test_a_missing_font_file_is_a_sentence(monkeypatch):
    monkeypatch.setitem(fonts.FILES, "GridAppNone", "NoSuchFont.ttf")
    with pytest.raises(StorageError, match="NoSuchFont.ttf"):
        fonts.face("GridAppNone")
