"""What people can consent to, and how they say so.

Source: PIPL articles 13 to 15 and 29 to 31 (consent, withdrawal, separate
consent, guardians); reference/domain.md section 6.
"""

from __future__ import annotations

from gridapp.i18n import C_, N_, _

SCOPES = ("visit", "health", "photo", "means_check", "location", "contact_family")
"""What is asked for apart; a facts file may name others."""
MEANS_TITLES = {
    "spoken": N_("by word of mouth"),
    "written": N_("in writing"),
    "guardian": N_("by the guardian"),
}


def scope_title(scope: str) -> str:
    """Return what a consent is about, in words; an unknown one is shown as it is."""
    titles = {
        "visit": C_("consent", "Regular visits"),
        "health": _("Noting health and care"),
        "photo": _("Photographs"),
        "means_check": _("Checking income and property"),
        "location": _("Watching by devices, and whereabouts"),
        "contact_family": _("Telling relatives and contacts"),
    }
    return titles.get(scope, scope)


def means_title(means: str) -> str:
    """Return how a consent was given, in words; "" when it is not known."""
    return _(MEANS_TITLES[means]) if means in MEANS_TITLES else ""
