"""Codes of grids: issued in reading order, west to east and north to south; a retired one is never given again.

Source: serials inside a community by DB11 unit grids and CJ/T 349-2010 (reference: domain.md section 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from gridapp.errors import ValidationError
from gridapp.i18n import _

COMMUNITY_DIGITS = 12
LAST_SERIAL = 999


def issue_codes(community: str, taken: Iterable[str], places: Mapping[str, tuple[float, float]]) -> dict[str, str]:
    """Return a new code for each new grid.

    Args:
        community: Twelve digits.
        taken: Codes of all grids the community ever had; their serials are not given again.
        places: Longitude and latitude of each new grid's middle, by its id. [°]

    Returns:
        Code by id; serials follow the highest one ever given.

    Raises:
        ValidationError: The three digits of the serial are used up.
    """
    serials = [int(code[COMMUNITY_DIGITS:]) for code in taken if code[:COMMUNITY_DIGITS] == community]
    first = max(serials, default=0) + 1
    if first + len(places) - 1 > LAST_SERIAL:
        raise ValidationError(
            _("The community {code} has no grid code left: serials end at {last}.").format(
                code=community, last=LAST_SERIAL
            ),
            "code",
        )
    return {id: f"{community}{first + place:03d}" for place, id in enumerate(reading_order(places))}


def reading_order(places: Mapping[str, tuple[float, float]]) -> list[str]:
    """Return ids row by row from the north, in each row from the west.

    Args:
        places: Longitude and latitude by id. [°]
    """
    if not places:
        return []
    north = max(lat for _lon, lat in places.values())
    south = min(lat for _lon, lat in places.values())
    rows = max(1, round(math.sqrt(len(places))))
    height = (north - south) / rows or 1.0

    def row(lat: float) -> int:
        return min(int((north - lat) / height), rows - 1)

    return sorted(places, key=lambda id: (row(places[id][1]), places[id][0], -places[id][1], id))
