"""How Chinese names are read."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Container

MOST_READINGS = 4

SURNAME_READINGS = {
    "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "单": "shan", "任": "ren", "盖": "ge",
    "朴": "piao", "缪": "miao", "华": "hua", "翟": "zhai", "尉迟": "yu chi", "万俟": "mo qi", "乐": "yue", "员": "yun",
    "黑": "he", "折": "she", "种": "chong", "宓": "mi", "覃": "qin", "冼": "xian", "晁": "chao", "逄": "pang",
    "贾": "jia", "柏": "bai", "燕": "yan", "宁": "ning", "纪": "ji", "召": "shao", "洗": "xian", "繁": "po",
}  # fmt: skip
"""Readings pypinyin gets wrong at the head of a name; the usual one is kept as well."""

SECOND_READINGS = {
    "乐": ("le", "yue"), "长": ("chang", "zhang"), "盛": ("sheng", "cheng"), "晟": ("sheng", "cheng"),
    "茜": ("qian", "xi"), "娜": ("na", "nuo"), "蔚": ("wei", "yu"), "隽": ("juan", "jun"), "柏": ("bai", "bo"),
    "露": ("lu", "lou"), "筠": ("yun", "jun"), "重": ("chong", "zhong"), "行": ("xing", "hang"),
    "朝": ("chao", "zhao"), "覃": ("qin", "tan"), "曾": ("zeng", "ceng"), "传": ("chuan", "zhuan"),
    "调": ("diao", "tiao"), "兴": ("xing",), "华": ("hua",), "和": ("he",), "少": ("shao",), "好": ("hao",),
    "莎": ("sha", "suo"), "炅": ("jiong", "gui"), "俞": ("yu",), "曲": ("qu",), "降": ("jiang",), "大": ("da",),
}  # fmt: skip
"""Characters common in names that are said in two ways, or that pypinyin misreads in some names."""


LONGEST_SURNAME = max(map(len, SURNAME_READINGS))


@functools.lru_cache(maxsize=200_000)
def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways a name may be read, as syllables without tones, the most likely first.

    Characters that have no reading are left out; ü is written v, and u as well.
    """
    read = [(character, said) for character in name if (said := _said(character))]
    if not read:
        return ()
    plain = [syllable for _character, syllable in read]
    if len(name) > 1 and _holds_phrase(name):
        in_words = _in_words(name)
        if len(in_words) == len(plain) and all(part.isascii() for part in in_words):
            plain = in_words
    choices = [_choices(character, syllable) for (character, _alone), syllable in zip(read, plain, strict=True)]
    heads = [known for length in range(1, LONGEST_SURNAME + 1) if (known := SURNAME_READINGS.get(name[:length]))]
    if not heads and all(len(one) == 1 for one in choices):
        return (tuple(plain),)
    variants = [tuple(plain)]
    for spelt in heads:
        head = spelt.split()
        variants.append((*head, *plain[len(head) :]))
        choices[: len(head)] = [
            tuple(dict.fromkeys((right, *usual))) for right, usual in zip(head, choices, strict=False)
        ]
    variants += itertools.islice(itertools.product(*choices), MOST_READINGS)
    return tuple(dict.fromkeys(variants))[:MOST_READINGS]


@functools.lru_cache(maxsize=50_000)
def _said(character: str) -> str:
    """Return how a character is read by itself, "" when it is not."""
    from pypinyin import Style, pinyin  # heavy: imported when first used

    found = pinyin([character], style=Style.NORMAL, errors=lambda _text: " ")
    return str(found[0][0]) if found and found[0][0].isascii() and found[0][0].isalpha() else ""


@functools.lru_cache(maxsize=50_000)
def _choices(character: str, syllable: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((syllable, *SECOND_READINGS.get(character, ()), syllable.replace("v", "u"))))


def _holds_phrase(name: str) -> bool:
    """Tell whether some characters of a name are a phrase, which may be read otherwise than its characters."""
    phrases = _phrases()
    size = len(name)
    return any(name[start:end] in phrases for start in range(size - 1) for end in range(start + 2, size + 1))


@functools.cache
def _phrases() -> Container[str]:
    from pypinyin.constants import PHRASES_DICT  # heavy: imported when first used

    return PHRASES_DICT.keys()


def _in_words(name: str) -> list[str]:
    from pypinyin import Style, pinyin  # heavy: imported when first used

    return [item[0] for item in pinyin(name, style=Style.NORMAL, errors="ignore")]
