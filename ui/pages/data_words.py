"""Imports and audit entries in words; free of Qt."""

from __future__ import annotations

from typing import Any

from gridapp.domain.action import action_title
from gridapp.i18n import _
from gridapp.ledgers.fields import kind_title


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

