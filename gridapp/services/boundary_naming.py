"""Codes for outlines of a file that carries none: known grids by their name, new ones in reading order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db.queries import grid_history
from gridapp.db.queries.places import list_grids
from gridapp.domain.grid_code import COMMUNITY_DIGITS, issue_codes
from gridapp.errors import ValidationError
from gridapp.i18n import _

if TYPE_CHECKING:
    from gridapp.geo.boundary_file import GridOutline


@dataclass(frozen=True)
class Naming:
    """What the user says about outlines whose file does not say it.

    Attributes:
        community: Twelve digits of the community that outlines without a grid code lie in; "" refuses them.
        community_name: Its name, for a community that is not known yet; "" for none.
        name_column: Column of the file that holds the names; "" looks for a usual heading.
    """

    community: str = ""
    community_name: str = ""
    name_column: str = ""

    def __post_init__(self) -> None:
        """Check the code.

        Raises:
            ValidationError: The community's code has not twelve digits.
        """
        code = self.community
        if code and not (len(code) == COMMUNITY_DIGITS and code.isascii() and code.isdigit()):
            text = _("“{code}” is not the code of a community. It has 12 digits.")
            raise ValidationError(text.format(code=code), "community")


@dataclass(frozen=True)
class KnownGrids:
    """The grids a community has or had.

    Attributes:
        ever: All codes it ever had.
        by_name: Code of each grid it has today, by name; names that several have are left out.
    """

    ever: frozenset[str] = frozenset()
    by_name: tuple[tuple[str, str], ...] = ()


def known_grids(session: Session, community: str) -> KnownGrids:
    """Return the grids of a community; nothing for "" and for one that is not known."""
    if not community:
        return KnownGrids()
    rows = list_grids(session, clock.today(), community, with_outlines=False)
    count = Counter(row.name for row in rows)
    named = tuple((row.name, row.code) for row in rows if count[row.name] == 1)
    return KnownGrids(frozenset(grid_history.list_codes_ever(session, community)), named)


def with_codes(
    outlines: Sequence[GridOutline], shapes: Sequence[Any], naming: Naming, known: KnownGrids
) -> list[GridOutline]:
    """Return the outlines, those without a code with one.

    An outline that is called like exactly one grid of the community is that grid; the others get new codes
    from west to east, row by row from the north.

    Args:
        outlines: As read; code "" where the file has none.
        shapes: Where they lie, CGCS2000. [°]
        naming: Which community they lie in.
        known: What that community has already.

    Raises:
        ValidationError: The community has no code left.
    """
    import shapely  # heavy: imported when first used

    by_name = dict(known.by_name)
    given = {outline.code for outline in outlines if outline.code}
    count = Counter(outline.name for outline in outlines)
    found: list[GridOutline] = []
    middles: dict[str, tuple[float, float]] = {}
    for place, (outline, shape) in enumerate(zip(outlines, shapes, strict=True)):
        code = outline.code
        if not code and outline.name and count[outline.name] == 1:
            code = by_name.get(outline.name, "")
            code = "" if code in given else code
        if not code:
            middle = shapely.point_on_surface(shape)
            middles[str(place)] = (float(middle.x), float(middle.y))
        own = naming.community_name if outline.code[:COMMUNITY_DIGITS] in ("", naming.community) else ""
        found.append(replace(outline, code=code, community=outline.community or own))
    issued = issue_codes(naming.community, known.ever | given, middles) if middles else {}
    return [replace(one, code=issued.get(str(place), one.code)) for place, one in enumerate(found)]
