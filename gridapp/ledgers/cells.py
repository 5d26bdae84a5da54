"""Check one cell by the field its column holds; ``columns`` does so for many at once."""

from __future__ import annotations

from collections.abc import Callable

from gridapp.i18n import _
from gridapp.ledgers.fields import TICK, field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellFault, CellResult, error
from gridapp.ledgers.values import categories, dates, numbers, options, phones, places, text, words

ERROR_TEXTS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "=?"))
"""What text files and waiting rows hold where a spreadsheet showed an error."""

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
    "estate": places.check_place_text,
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
    "contact_name": text.check_contact,
    "contact_relation": places.check_place_text,
    "contact_phone": phones.check_phone,
    "visit_date": dates.check_date,
    "visit_mode": words.check_visit_mode,
    "visit_result": words.check_visit_result,
    "needs": places.check_place_text,
    "note": text.check_text,
}
_OPTIONED = frozenset(
    ("sex", "ethnicity", "category", "level", "is_low_income", "register_status", "visit_mode", "visit_result")
)
"""Fields that forms print as words to be ticked."""


def check_cell(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Return a cell's normalised value and what was found; the value is None when it cannot be trusted.

    Args:
        raw: As the file gives it; "" is an empty cell.
        field: Canonical field, or "category:<code>" for a tick column.
        context: The day and the sheet's year, month and kind.
    """
    if raw == "" or raw is None or raw == "nan":  # a text: what pandas makes of an empty cell
        return EMPTY
    if isinstance(raw, CellFault):
        return _faulty(raw, field)
    if type(raw) is str and (raw in ERROR_TEXTS or raw.startswith("##")):
        return _faulty(CellFault(raw, "cell_error"), field)
    is_tick = field.startswith(TICK)
    if type(raw) is str and (is_tick or field in _OPTIONED) and (chosen := options.chosen_options(raw)) is not None:
        raw = chosen
        if not raw:
            return EMPTY
    if is_tick:
        return categories.check_tick(raw, field, context)
    return _CHECKS[field](raw, field, context)


def _faulty(raw: CellFault, field: str) -> CellResult:
    values = {"field": field_title(field), "text": raw.text}
    message = _("{field}: the spreadsheet shows the error {text} here. Please type the value.")
    if raw.code == "formula_without_value":
        message = _(
            "{field}: a formula stands here whose result was never stored. "
            "Please open the file in Excel or WPS and save it again."
        )
    return error("category" if field.startswith(TICK) else field, raw.code, message.format(**values))
