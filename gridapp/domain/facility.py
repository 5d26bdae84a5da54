"""What a place of service in a community is for.

Source: the public facilities a grid platform lists (domain.md, grid platform content; six basic facilities).
"""

from __future__ import annotations

from dataclasses import dataclass

from gridapp.i18n import N_, _

_TITLES: dict[str, str] = {
    "service": N_("Community service centre"),
    "elder_care": N_("Elder care"),
    "canteen": N_("Canteen for elders"),
    "health": N_("Health station"),
    "police": N_("Police station"),
    "school": N_("School or kindergarten"),
    "culture": N_("Culture or sports"),
    "shop": N_("Shop or market"),
    "shelter": N_("Shelter"),
    "fire": N_("Fire protection"),
    "property": N_("Property management"),
    "other": N_("Other"),
}
FACILITY_KINDS = tuple(_TITLES)


@dataclass(frozen=True)
class Facility:
    """A facility as it is entered.

    Attributes:
        kind: One of FACILITY_KINDS.
        name: Its name.
        lon: Longitude, CGCS2000. [°]
        lat: Latitude. [°]
        address: In words, "" for none.
        area: Floor area, None when unknown. [m²]
        community: Code of its community; "" for the one whose grid it lies in.
    """

    kind: str
    name: str
    lon: float
    lat: float
    address: str = ""
    area: float | None = None
    community: str = ""


def facility_title(kind: str) -> str:
    """Return the name of a kind in the user's language."""
    return _(_TITLES[kind])


def kind_of(text: str) -> str | None:
    """Return the kind somebody means by a word of ours in either language, or by its key; None for none."""
    wanted = text.strip().casefold()
    for kind, title in _TITLES.items():
        if wanted in (kind, title.casefold(), _(title).casefold()):
            return kind
    return None
