"""Check a whole column at once.

Most cells of a ledger are as they should be. Runs of such cells are recognised by
one pattern over all of them, identity numbers by one sum in numpy; every other
distinct value is checked once by ``check_cell``. The result is the same as
checking cell by cell, which a property test holds to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gridapp.domain.civil_date import eight_digits_date
from gridapp.ledgers.cells import ERROR_TEXTS, check_cell
from gridapp.ledgers.issues import Cell, CellContext, CellResult, Issue
from gridapp.ledgers.values.text import NOTHING_WORDS, SAME_AS_ABOVE

_BLOCK = 512
_HAN = "\u4e00-\u9fff"
_PLACE = re.compile(f"[0-9A-Za-z{_HAN}#\n-]*")
_NAME = re.compile(f"(?:(?:[{_HAN}]{{2,4}})?\n)*")
_PHONE = re.compile("(?:(?:1[3-9][0-9]{9})?\n)*")
_PLAIN: dict[str, re.Pattern[str]] = {
    "name": _NAME,
    "contact_name": _NAME,
    "worker": _NAME,
    "phone": _PHONE,
    "contact_phone": _PHONE,
} | dict.fromkeys(
    ("address", "register_address", "estate", "building", "unit", "room", "relation_to_head")
    + ("contact_relation", "grid", "level", "needs", "note"),
    _PLACE,
)
_SPECIAL = NOTHING_WORDS | SAME_AS_ABOVE | ERROR_TEXTS | {"nan"}
_EQUAL_NUMBERS = {int, float, bool}
_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), np.int32)
_CHECK = np.frombuffer(b"10X98765432", np.uint8)


class CheckedColumn(NamedTuple):
    """A checked column.

    Attributes:
        values: Normalised value of every row; None is empty or not to be trusted.
        issues: Place in ``values`` -> what was found; places without issues are left out.
    """

    values: list[Any]
    issues: dict[int, tuple[Issue, ...]]


def check_column(raws: Sequence[Cell], field: str, context: CellContext) -> CheckedColumn:
    """Return what ``check_cell`` returns for every cell of a column.

    Args:
        raws: Cells as the file gives them.
        field: Canonical field, or "category:<code>" for a tick column.
        context: The day and the sheet's year, month and kind.
    """
    if field == "id_no":
        return _check_numbers(raws, context)
    memory: dict[Any, CellResult] = {}
    mixed = len(_EQUAL_NUMBERS.intersection(set(map(type, raws)))) > 1
    plain = _PLAIN.get(field)
    if plain is None:
        return _check_each(raws, field, context, memory, mixed)
    values: list[Any] = []
    issues: dict[int, tuple[Issue, ...]] = {}
    for start in range(0, len(raws), _BLOCK):
        block = raws[start : start + _BLOCK]
        if _is_plain(block, plain):
            values += [raw or None for raw in block]
            continue
        checked = _check_each(block, field, context, memory, mixed)
        values += checked.values
        issues |= {start + place: found for place, found in checked.issues.items()}
    return CheckedColumn(values, issues)


def _is_plain(block: Sequence[Cell], plain: re.Pattern[str]) -> bool:
    try:
        text = "\n".join(block) + "\n"  # type: ignore[arg-type]
    except TypeError:
        return False
    if "##" in text or text.count("\n") != len(block):
        return False
    return plain.fullmatch(text) is not None and _SPECIAL.isdisjoint(block)


def _check_each(
    raws: Sequence[Cell], field: str, context: CellContext, memory: dict[Any, CellResult], mixed: bool
) -> CheckedColumn:
    # 1, 1.0 and True are equal but not the same cell.
    keys: Sequence[Any] = list(zip(map(type, raws), raws, strict=True)) if mixed else raws
    distinct = dict(zip(keys, raws, strict=True))
    for key, raw in distinct.items():
        if key not in memory:
            memory[key] = check_cell(raw, field, context)
    results = {key: memory[key] for key in distinct}
    value_of = {key: result.value for key, result in results.items()}
    flawed = {key: result.issues for key, result in results.items() if result.issues}
    issues = {place: flawed[key] for place, key in enumerate(keys) if key in flawed} if flawed else {}
    return CheckedColumn(list(map(value_of.__getitem__, keys)), issues)


def _check_numbers(raws: Sequence[Cell], context: CellContext) -> CheckedColumn:
    values: list[Any] = list(raws)
    clean = _clean_numbers(raws, context)
    issues: dict[int, tuple[Issue, ...]] = {}
    for place, raw in enumerate(raws):
        if not clean[place]:
            result = check_cell(raw, "id_no", context)
            values[place] = result.value
            if result.issues:
                issues[place] = result.issues
    return CheckedColumn(values, issues)


def _clean_numbers(raws: Sequence[Cell], context: CellContext) -> bytearray:
    """Return 1 for every cell that is a valid number of eighteen characters and needs no remark."""
    clean = bytearray(len(raws))
    places = [i for i, raw in enumerate(raws) if type(raw) is str and len(raw) == 18 and raw.isascii()]
    if not places:
        return clean
    numbers: list[str] = [raws[i] for i in places]  # type: ignore[misc]
    characters = np.frombuffer("".join(numbers).encode("ascii"), np.uint8).reshape(-1, 18)
    digits = characters[:, :17] - 48
    sums = (digits.astype(np.int32) @ _WEIGHTS) % 11
    fits = (digits < 10).all(axis=1) & (_CHECK[sums] == characters[:, 17])
    today = context.today
    for i, number, fit in zip(places, numbers, fits.tolist(), strict=True):
        if fit and number[15:] != "000":
            born = eight_digits_date(number[6:14])
            clean[i] = born is not None and born <= today
    return clean
