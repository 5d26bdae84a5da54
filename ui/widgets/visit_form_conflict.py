"""Two people correct the same visit: what each changed, and the visit made of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from gridapp.domain.conflict import Theirs, Values
from gridapp.domain.visit import NewVisit, findings_lines, mode_title, outcome_title
from gridapp.i18n import _

if TYPE_CHECKING:
    from ui.dialogs.conflict_dialog import ConflictDialog

FIELDS = ("outcome", "mode", "day", "time", "note", "findings", "needs", "referral", "worker")
"""What of a visit is typed, in the order of the form."""


def values_of(visit: NewVisit) -> dict[str, Any]:
    """Return what of a visit is typed, by field."""
    return {name: getattr(visit, name) for name in FIELDS}


def with_values(visit: NewVisit, values: Values) -> NewVisit:
    """Return a visit with other values of the fields that are typed."""
    return replace(visit, **{name: values[name] for name in FIELDS})


def values_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same of a form's ``body``; nothing for an empty one, so that every difference is asked about."""
    if not body:
        return {}
    values = {name: body.get(name, "") for name in FIELDS}
    return {**values, "day": dt.date.fromisoformat(str(body["date"])), "findings": body.get("findings") or {}}


def visit_conflict(
    before: Mapping[str, Any], mine: NewVisit, theirs: Theirs, workers: Mapping[str, str], parent: QWidget
) -> ConflictDialog:
    """Return the choice between two corrections of a visit, not shown yet.

    Args:
        before: What the form showed first, as its ``body`` writes it; empty when nobody knows.
        mine: What was about to be saved.
        theirs: What was saved meanwhile.
        workers: Names of workers by their shown ids.
        parent: Form it belongs to.
    """
    from ui.dialogs.conflict_dialog import ConflictDialog, ConflictWords, plain_text

    def text(name: str, value: Any) -> str:
        if name == "findings":
            return "\n".join(findings_lines(value)) or _("(empty)")
        if name in ("mode", "outcome"):
            return mode_title(value) if name == "mode" else outcome_title(value)
        return plain_text(name, workers.get(value, value) if name == "worker" else value)

    titles = {
        "outcome": _("Outcome"), "mode": _("Way of visiting"), "day": _("Day of the visit"), "time": _("Time of day"),
        "note": _("Note"), "findings": _("What was looked at"), "needs": _("What the person asks for"),
        "referral": _("Passed on to"), "worker": _("Who visited"),
    }  # fmt: skip
    words = ConflictWords(_("Someone else corrected this visit too"), titles, text)
    return ConflictDialog(words, values_in(before), values_of(mine), theirs, parent)
