"""Break Chinese text into lines that start and end where a reader expects.

No line begins with closing punctuation and none ends with opening
punctuation; numbers and Latin words stay whole while they fit.

Source: GB/T 15834-2011 section 5.1 (positions of punctuation marks).
"""

from __future__ import annotations

from collections.abc import Mapping

NO_START = frozenset("，；：。！？、）》〉」』】〕”’·…％‰℃～—!?,;:.)]}%>")
"""Characters that may not begin a line."""
NO_END = frozenset("（《〈「『【〔“‘([{<￥$")
"""Characters that may not end a line."""
_COUNTED = frozenset("号楼栋幢座单室层户组年月日岁人次个级%")
"""What stays with the digits before it: 401室 is never torn into 401 and 室."""
_DIGITS = frozenset("0123456789")
_ALPHANUMERIC = _DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_WORD = _ALPHANUMERIC | frozenset("*•-_/#@&+.'")


def wrap(text: str, width: float, advances: Mapping[str, float], enumeration: bool = False) -> list[str]:
    """Return the lines of a text.

    Args:
        text: Any text; a line feed always ends a line.
        width: Room for a line, in the unit of ``advances``.
        advances: Width of each single character.
        enumeration: The text is a list of words; break after "、" where there is one.

    Returns:
        Lines whose joined text differs from the source only in the spaces at
        breaks. No lines for an empty text. A line is wider than ``width`` only when it
        is one single character.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if sum(map(advances.__getitem__, paragraph)) <= width:
            lines.append(paragraph)
        else:
            lines += _paragraph(paragraph, width, advances, enumeration)
    return lines if text else []


def balanced(text: str, width: float, advances: Mapping[str, float]) -> list[str]:
    """Return the lines of a heading: as few as ``wrap`` gives, and about equally long.

    Args:
        text: Any text; a line feed always ends a line.
        width: Room for a line, in the unit of ``advances``.
        advances: Width of each single character.
    """
    lines: list[str] = []
    for paragraph in text.split("\n") if text else ():
        found = wrap(paragraph, width, advances) or [""]
        if len(found) > 1:
            whole = sum(map(advances.__getitem__, paragraph))
            for tenths in range(10, 20):
                narrow = wrap(paragraph, min(width, whole / len(found) * tenths / 10), advances)
                if len(narrow) == len(found):
                    found = narrow
                    break
        lines += found
    return lines


def _paragraph(text: str, width: float, advances: Mapping[str, float], enumeration: bool) -> list[str]:
    lines: list[str] = []
    start = 0
    while start < len(text):
        end = _fitting(text, start, width, advances)
        if end < len(text):
            end = _break_before(text, start, end, enumeration)
        lines.append(text[start:end].rstrip(" "))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
    return lines


def _fitting(text: str, start: int, width: float, advances: Mapping[str, float]) -> int:
    used = 0.0
    for at in range(start, len(text)):
        used += advances[text[at]]
        # A hundred-thousandth of slack, so that rounding never turns a line that fits into two.
        if used > width * 1.00001 and at > start:
            return at
    return len(text)


def _break_before(text: str, start: int, end: int, enumeration: bool) -> int:
    if enumeration:
        after_word = text.rfind("、", start, end) + 1
        if after_word > start and _may_break(text, after_word):
            return after_word
    for at in range(end, start, -1):
        if _may_break(text, at) and not _is_one_word(text[at - 1], text[at]):
            return at
    # A word too long for any line gives way at its hyphen or slash before a number in it is torn.
    for at in range(end, start, -1):
        if _may_break(text, at) and not (text[at - 1] in _ALPHANUMERIC and text[at] in _ALPHANUMERIC):
            return at
    for at in range(end, start, -1):
        if _may_break(text, at):
            return at
    return end  # nothing but punctuation: better an ugly line than a lost character


def _is_one_word(before: str, after: str) -> bool:
    return (before in _WORD and after in _WORD) or (before in _DIGITS and after in _COUNTED)


def _may_break(text: str, at: int) -> bool:
    # Spaces at a break are dropped, so what counts is the next and the last visible character.
    before, after = at - 1, at
    while before >= 0 and text[before] == " ":
        before -= 1
    while after < len(text) and text[after] == " ":
        after += 1
    return not (after < len(text) and text[after] in NO_START) and not (before >= 0 and text[before] in NO_END)
