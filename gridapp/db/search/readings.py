"""How Chinese names are read."""

from __future__ import annotations

import functools
import itertools

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


@functools.lru_cache(maxsize=200_000)
def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways a name may be read, as syllables without tones, the most likely first.

    Characters that have no reading are left out; ü is written v, and u as well.
    """
    from pypinyin import Style, pinyin  # heavy: imported when first used

    read: list[tuple[str, str]] = []
    for character, found in zip(name, pinyin(list(name), style=Style.NORMAL, errors=lambda _text: " "), strict=False):
        if found and found[0].isascii() and found[0].isalpha():
            read.append((character, found[0]))
    if not read:
        return ()
    in_words = [item[0] for item in pinyin(name, style=Style.NORMAL, errors="ignore")]
    plain = [syllable for _character, syllable in read]
    if len(in_words) == len(plain) and all(part.isascii() for part in in_words):
        plain = in_words
    choices = [
        tuple(dict.fromkeys((syllable, *SECOND_READINGS.get(character, ()), syllable.replace("v", "u"))))
        for (character, _alone), syllable in zip(read, plain, strict=True)
    ]
    variants = [tuple(plain)]
    for surname, reading in SURNAME_READINGS.items():
        if name.startswith(surname):
            head = tuple(reading.split())
            variants.append(head + tuple(plain[len(head) :]))
            choices[: len(head)] = [
                tuple(dict.fromkeys((right, *usual))) for right, usual in zip(head, choices, strict=False)
            ]
    variants += itertools.islice(itertools.product(*choices), MOST_READINGS)
    return tuple(dict.fromkeys(variants))[:MOST_READINGS]
