"""Imports and audit entries in words; free of Qt."""

from __future__ import annotations

from typing import Any

from gridapp.i18n import N_, _
from gridapp.ledgers.fields import kind_title

_ACTIONS = {
    "visit.record": N_("Logged visits"),
    "visit.void": N_("Took a visit back"),
    "visit.replace": N_("Corrected a visit"),
    "resident.add": N_("Added a resident"),
    "resident.edit": N_("Corrected a resident"),
    "resident.move": N_("Noted a move"),
    "resident.death": N_("Noted a death"),
    "enrolment.add": N_("Added a category to a person"),
    "enrolment.end": N_("Ended a category of a person"),
    "absence.add": N_("Noted an absence"),
    "absence.approve": N_("Approved an absence"),
    "tier.set": N_("Chose a tier"),
    "contact.add": N_("Added a contact"),
    "setting.change": N_("Changed a setting"),
    "category.counting": N_("Chose which categories count"),
    "facts.import": N_("Imported a facts file"),
    "ledger.import": N_("Imported a register"),
    "ledger.mend": N_("Put waiting rows right"),
    "ledger.drop": N_("Removed waiting rows"),
    "boundary.import": N_("Imported grid boundaries"),
    "demo.remove": N_("Removed the demonstration data"),
    "database.create": N_("Made the database"),
    "community.add": N_("Added a community"),
    "grid.add": N_("Added a grid"),
    "worker.add": N_("Added a worker"),
    "worker.assign": N_("Gave a worker a grid"),
    "undo": N_("Took something back"),
    "search.rebuild": N_("Made the search index again"),
    "audit.prune": N_("Let old audit entries go"),
    "backup.restore": N_("Put a backup in place"),
    "figures.rebuild": N_("Counted all figures again"),
    "resident.reveal": N_("Looked at hidden numbers"),
    "roster.print": N_("Printed a roster"),
    "sealed.add": N_("Sealed records of the deceased"),
    "sealed.open": N_("Opened a sealed record"),
    "sealed.remove": N_("Unsealed a record"),
    "retention.erase": N_("Deleted data for good"),
    "privacy.access": N_("Handed over what is held about a person"),
    "privacy.corrections": N_("Handed over what was corrected"),
    "consent.add": N_("Noted a consent"),
    "consent.withdraw": N_("Withdrew a consent"),
    "consent.print": N_("Printed a consent form"),
}


def action_title(action: str) -> str:
    """Return an audit entry's action in words; one without words is shown as it is."""
    return _(_ACTIONS[action]) if action in _ACTIONS else action


def detail_text(action: str, detail: dict[str, Any]) -> str:
    """Return what an audit entry says besides its action."""
    if "action" in detail:
        return action_title(str(detail["action"]))
    counts = detail.get("counts") or detail.get("loaded")
    if isinstance(counts, dict):
        return counts_text(counts)
    return "、".join(f"{value}" for value in detail.values() if isinstance(value, (str, int)))


def counts_text(counts: dict[str, int]) -> str:
    """Return the counts of an import in words."""
    titles = {
        "added": _("added {count}"),
        "changed": _("changed {count}"),
        "unchanged": _("known before {count}"),
        "waiting": _("waiting {count}"),
        "persons": _("people {count}"),
        "visits": _("visits {count}"),
        "grids": _("grids {count}"),
    }
    return "、".join(titles[key].format(count=f"{count:,}") for key, count in counts.items() if key in titles and count)


def kinds_text(kinds: str) -> str:
    """Return kinds of ledgers, given with blanks between, in words."""
    return "、".join(kind_title(kind) or kind for kind in kinds.split())

