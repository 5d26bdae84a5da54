"""Two people changed the same template: which part of it stays whose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from gridapp.domain.conflict import Theirs, Values
from gridapp.i18n import N_, _
from ui.dialogs.conflict_dialog import ConflictDialog, ConflictWords, plain_text

_PARTS = {
    "name": N_("Name of the template"), "title": N_("Title"), "paper": N_("Paper"), "landscape": N_("How it lies"),
    "text_pt": N_("Size of the text (pt)"), "period": N_("Made for"), "masking": N_("Masking"),
    "watermark": N_("Watermark"), "facts": N_("Below the title"), "sign_off": N_("Signatures"),
    "blocks": N_("Tables and forms"),
}  # fmt: skip
_NAMED = ("title", "heading", "label")


def template_conflict(before: Values, mine: Values, theirs: Theirs, parent: QWidget) -> ConflictDialog:
    """Return the choice between two definitions of a template, not shown yet.

    Args:
        before: The definition both began from.
        mine: What was about to be saved.
        theirs: What was saved meanwhile.
        parent: Window it belongs to.
    """
    missing = dict.fromkeys((*mine, *theirs.values))
    whole = replace(theirs, values={**missing, **theirs.values})
    words = ConflictWords(
        _("Someone else changed this template too"), {name: _(title) for name, title in _PARTS.items()}, _text
    )
    return ConflictDialog(words, {**missing, **before}, {**missing, **mine}, whole, parent)


def _text(_name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, (list, dict)):
        return "、".join(_titles(value)) or _("(empty)")
    return plain_text("", value)


def _titles(value: Any) -> list[str]:
    """Return the texts people know the parts of a definition by."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [title for part in value for title in _titles(part)]
    if not isinstance(value, dict):
        return []
    named = [str(value[key]) for key in _NAMED if value.get(key)]
    return named + [title for part in value.values() if isinstance(part, (list, dict)) for title in _titles(part)]
