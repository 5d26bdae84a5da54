"""Check one cell by the field its column holds.

``CellChecker`` remembers what it has seen: ledgers repeat words, grids and dates
by the thousand, so most cells cost one dictionary look-up.
"""

from __future__ import annotations

from collections.abc import Callable

from gridapp.ledgers.fields import TICK
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult
from gridapp.ledgers.values import categories, dates, numbers, phones, places, text, words

Check = Callable[[Cell, str, CellContext], CellResult]

_CHECKS: dict[str, Check] = {
    "name": text.check_name,
    "sex": words.check_sex,
    "ethnicity": words.check_ethnicity,
    "id_no": numbers.check_id_number,
    "other_document": numbers.check_long_number,
    "birth_date": dates.check_date,
    "age": numbers.check_age,
    "phone": phones.check_phone,
    "address": places.check_place_text,
    "building": places.check_place_text,
    "unit": places.check_place_text,
    "room": places.check_place_text,
    "register_address": places.check_place_text,
    "register_status": words.check_register_status,
    "household_no": numbers.check_long_number,
    "relation_to_head": places.check_place_text,
    "grid": places.check_place_text,
    "worker": text.check_name,
    "category": categories.check_category,
    "level": places.check_place_text,
    "cert_no": numbers.check_long_number,
    "amount": numbers.check_amount,
    "account_no": numbers.check_long_number,
    "is_low_income": words.check_yes_no,
    "start_date": dates.check_date,
    "died_date": dates.check_date,
    "contact_name": text.check_name,
    "contact_relation": places.check_place_text,
    "contact_phone": phones.check_phone,
    "visit_date": dates.check_date,
    "visit_mode": words.check_visit_mode,
    "visit_result": words.check_visit_result,
    "needs": places.check_place_text,
    "note": text.check_text,
}
_REMEMBERED = 20_000
# Values that hardly ever repeat: remembering them would only fill memory.
_UNIQUE = frozenset(("id_no", "cert_no", "account_no"))


def check_cell(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Return a cell's normalised value and what was found; the value is None when it cannot be trusted.

    Args:
        raw: As the file gives it; "" is an empty cell.
        field: Canonical field, or "category:<code>" for a tick column.
        context: The day and the sheet's year, month and kind.
    """
    if raw == "" or raw is None:
        return EMPTY
    if field.startswith(TICK):
        return categories.check_tick(raw, field, context)
    return _CHECKS[field](raw, field, context)


class CellChecker:
    """``check_cell`` for one column of one sheet, with a memory."""

    def __init__(self, field: str, context: CellContext) -> None:
        self.field = field
        self._context = context
        self._check: Check = categories.check_tick if field.startswith(TICK) else _CHECKS[field]
        # Keyed by type too: 1, 1.0 and True are equal but not the same cell.
        self._seen: dict[tuple[type, Cell], CellResult] = {}
        self._remembers = field not in _UNIQUE

    def __call__(self, raw: Cell) -> CellResult:
        """Return the checked cell."""
        if raw == "":
            return EMPTY
        if not self._remembers:
            return self._check(raw, self.field, self._context)
        key = (raw.__class__, raw)
        result = self._seen.get(key)
        if result is None:
            result = self._check(raw, self.field, self._context)
            if len(self._seen) < _REMEMBERED:
                self._seen[key] = result
        return result
