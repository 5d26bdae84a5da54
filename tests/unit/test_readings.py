"""The quick way of reading a name says what the whole way says."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st
from pypinyin import Style, pinyin
from pypinyin.constants import PHRASES_DICT

from gridapp.db.search.readings import MOST_READINGS, SECOND_READINGS, SURNAME_READINGS, readings

PHRASES = sorted(PHRASES_DICT)
PARTS = st.one_of(
    st.sampled_from(PHRASES), st.sampled_from(sorted(SURNAME_READINGS)), st.sampled_from(sorted(SECOND_READINGS)),
    st.text("王李秀英女吕重庆行长乐a·9 ü𠮷", max_size=3),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=3),
)  # fmt: skip


def whole_way(name: str) -> tuple[tuple[str, ...], ...]:
    """Read a name with the library's own cutting into phrases, whatever it holds."""
    said = [pinyin([character], style=Style.NORMAL, errors=lambda _text: " ")[0][0] for character in name]
    read = [(character, one) for character, one in zip(name, said, strict=True) if one.isascii() and one.isalpha()]
    if not read:
        return ()
    plain = [one for _character, one in read]
    in_words = [item[0] for item in pinyin(name, style=Style.NORMAL, errors="ignore")]
    if len(in_words) == len(plain) and all(map(str.isascii, in_words)):
        plain = in_words
    variants, choices = [tuple(plain)], []
    for (character, _alone), one in zip(read, plain, strict=True):
        choices.append([one, *SECOND_READINGS.get(character, ()), one.replace("v", "u")])
    for surname, reading in SURNAME_READINGS.items():
        if name.startswith(surname):
            head = reading.split()
            variants.append((*head, *plain[len(head) :]))
            choices = [[right, *usual] for right, usual in zip(head, choices, strict=False)] + choices[len(head) :]
    variants += itertools.islice(itertools.product(*(list(dict.fromkeys(one)) for one in choices)), MOST_READINGS)
    return tuple(dict.fromkeys(variants))[:MOST_READINGS]


@example("曾小贤")
@example("单单")
@example("尉迟恭")
@example("吕绿")
@given(st.lists(PARTS, max_size=3).map("".join))
def test_names_are_read_as_the_library_reads_them(name: str) -> None:
    assert readings(name) == whole_way(name)
