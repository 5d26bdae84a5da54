"""How large an invented place is."""

from __future__ import annotations

from dataclasses import dataclass

from gridapp.errors import ValidationError
from gridapp.i18n import _


@dataclass(frozen=True)
class Size:
    """Dimensions of an invented place.

    Communities lie in ``bands`` lines (north to south) of ``columns`` each;
    every community has the grids of ``rows`` (north to south).

    Attributes:
        bands: Lines of communities.
        columns: Communities in a line.
        rows: Grids in each row of a community.
        width: East-west extent of a community. [m]
        height: North-south extent of a community. [m]
        families: Families living in a community today.
        vacant: Homes of a community that stand empty today.
        elders: Hardship elders today, all communities together.
        months: Calendar months of visits, the running one included.
    """

    bands: int
    columns: int
    rows: tuple[int, ...]
    width: float
    height: float
    families: int
    vacant: int
    elders: int
    months: int

    @property
    def communities(self) -> int:
        """Return how many communities there are."""
        return self.bands * self.columns

    def elders_of(self, community: int) -> int:
        """Return the number of hardship elders in a community, the first ones taking the remainder."""
        each, left = divmod(self.elders, self.communities)
        return each + (community < left)


SIZES = {
    "community": Size(1, 1, (4, 3, 5), 1020.0, 820.0, 2980, 60, 420, 18),
    "street": Size(2, 3, (3, 4, 3), 960.0, 840.0, 3310, 66, 2000, 36),
}


def size_named(name: str) -> Size:
    """Return the size with a name.

    Raises:
        ValidationError: There is none of that name.
    """
    if name not in SIZES:
        raise ValidationError(
            _("There is no demo of size “{size}”. Choose community or street.").format(size=name), field="size"
        )
    return SIZES[name]
