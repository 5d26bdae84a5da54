"""Cells copied from forms, in which one of several printed words is ticked: "□男 ☑女", "是√ 否□".

Source: forms named in domain research section 8.1 (入户核查表, 服务申请表).
"""

from __future__ import annotations

import functools
import re

_TICKED = "☑☒✅■▣√✓✔◉●⊙"
_EMPTY = "□☐○◯❏❑×✗✘"
_MARK = re.compile(f"[{_TICKED}{_EMPTY}]")
_BRACKETED = re.compile(rf"[(（\[【]\s*([{_TICKED}{_EMPTY}vVxX])\s*[)）\]】]")
_EMPTY_BRACKETS = re.compile(r"[(（\[【]\s*[)）\]】]")
_FILLING = re.compile(r"[_＿]+|[、,，;；/]+$|^[、,，;；/]+")


@functools.lru_cache(maxsize=4096)
def chosen_options(text: str) -> str | None:
    """Return the ticked words of a cell, joined by 、; "" when none is ticked, None when it is no such cell.

    A cell in which it cannot be told which word a mark belongs to comes back as it is.
    """
    plain = _BRACKETED.sub(lambda match: "√" if match[1] in "vVxX" else match[1], text)
    plain = _EMPTY_BRACKETS.sub("□", plain).strip()
    parts = [part.strip() for part in re.split(f"([{_TICKED}{_EMPTY}])", plain)]
    marks, words = parts[1::2], parts[0::2]
    if not marks or not any(words) or (len(marks) == 1 and marks[0] in "○●×"):
        return None
    has_before, has_after = bool(words[0]), bool(words[-1])
    if has_before and has_after and not any(mark in _EMPTY for mark in marks) and " " in plain:
        has_after = False  # "独居√ 空巢 失能": words that nobody marked
    if has_before == has_after:
        return text
    every_word_marked = any(mark in _EMPTY for mark in marks)
    chosen = []
    for mark, word in zip(marks, words[1:] if has_after else words[:-1], strict=True):
        if mark in _TICKED:
            found = word if every_word_marked else (word.split() or [""])[0 if has_after else -1]
            chosen.append(_FILLING.sub("", found.replace(" ", "")))
    return "、".join(word for word in chosen if word)
