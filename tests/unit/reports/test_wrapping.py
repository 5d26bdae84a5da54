"""Lines break where GB/T 15834 lets them."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from gridapp.reports import fonts
from gridapp.reports.wrapping import NO_END, NO_START, balanced, wrap

# At most two opening marks, one character and two closing marks hang together: five em.
_word = st.text("幸福里小区号楼单元室王秀兰", min_size=1, max_size=8) | st.sampled_from(["12", "A3", "1203", "13-2"])
_open = st.text("（《「『“‘", max_size=2)
_close = st.text("，；：。！？、）》」』”’·…", max_size=2)
_sentence = st.lists(st.tuples(_open, _word, _close, st.sampled_from(["", "", " "])).map("".join), max_size=25).map(
    "".join
)


def _width(text):
    return fonts.width(text, 1)


@given(_sentence, st.floats(6, 30))
def test_no_line_begins_or_ends_with_the_wrong_mark(text, width):
    lines = wrap(text, width, fonts.glyphs())
    assert all(line.lstrip()[0] not in NO_START for line in lines[1:])
    assert all(line.rstrip()[-1] not in NO_END for line in lines[:-1])


@given(_sentence, st.floats(6, 30))
def test_numbers_stay_whole(text, width):
    # A number with the punctuation that may not leave it has to fit, or something must give way.
    word = f"[{re.escape(''.join(NO_END))}]*[^\\W_]+[{re.escape(''.join(NO_START))}]*"
    assume(all(_width(cluster) <= width for cluster in re.findall(word, text, re.ASCII)))
    for line, following in zip(lines := wrap(text, width, fonts.glyphs()), lines[1:], strict=False):
        joined = line[-1] + following[0]
        at = text.find(joined)
        assert not (joined.isascii() and joined.isalnum() and at >= 0 and " " not in text)


@given(st.text(max_size=80).map(fonts.printable) | _sentence, st.floats(0.5, 20))
def test_nothing_is_lost_and_nothing_sticks_out(text, width):
    lines = wrap(text, width, fonts.glyphs())
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) == 1 or _width(line) <= width * 1.0001 for line in lines)


@given(_sentence)
def test_a_text_that_fits_is_one_line(text):
    assert wrap(text, _width(text), fonts.glyphs()) == ([text] if text else [])


@given(_sentence, st.floats(6, 30))
def test_a_heading_has_as_few_lines_and_loses_nothing(text, width):
    lines = balanced(text, width, fonts.glyphs())
    assert len(lines) == len(wrap(text, width, fonts.glyphs()))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(_width(line) <= width * 1.0001 for line in lines)


def test_examples():
    assert wrap("幸福里1号楼1单元501室", 10, fonts.glyphs()) == ["幸福里1号楼1单元", "501室"]
    assert balanced("经验做法和下一步打算", 9, fonts.glyphs()) == ["经验做法和", "下一步打算"]
    assert wrap("住在东门旁边，好找", 6, fonts.glyphs()) == ["住在东门旁", "边，好找"]
    assert wrap("幸福里（东门）", 4, fonts.glyphs()) == ["幸福里", "（东门）"]
    assert wrap("幸福里小1203室", 5, fonts.glyphs()) == ["幸福里小", "1203室"]
    assert wrap("一\n二", 5, fonts.glyphs()) == ["一", "二"]
    assert wrap("独居、空巢、留守", 7, fonts.glyphs(), enumeration=True) == ["独居、空巢、", "留守"]
    assert wrap("‘‘13-212·", 6, fonts.glyphs()) == ["‘‘13-", "212·"]
    assert wrap("，，，，，，", 2, fonts.glyphs()) == ["，，", "，，", "，，"]
