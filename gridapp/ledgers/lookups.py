"""What the register already knows, for cells that name a grid or a worker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from gridapp.ledgers.values.places import bare_area, grid_area, grid_name_keys
from gridapp.ledgers.values.text import MIDDLE_DOT, clean_text


@dataclass(frozen=True)
class KnownGrid:
    """A grid of the register.

    Attributes:
        code: Fifteen digits.
        name: As the register writes it.
        community: Name of its community, or "".
    """

    code: str
    name: str
    community: str = ""


@dataclass(frozen=True)
class KnownWorker:
    """A worker of the register.

    Attributes:
        id: Key or reference by which services find the worker.
        name: Full name.
        grid: Code of the worker's grid, or ""; tells namesakes apart.
    """

    id: str
    name: str
    grid: str = ""


class Lookups:
    """Finds grids and workers by what people write.

    An answer is the tuple of everything that fits: none is unknown, one is
    found, more than one is ambiguous and must not be chosen from by guessing.
    """

    def __init__(self, grids: Iterable[KnownGrid] = (), workers: Iterable[KnownWorker] = ()) -> None:
        self._codes: dict[str, KnownGrid] = {}
        self._grids: defaultdict[str, list[KnownGrid]] = defaultdict(list)
        self._workers: defaultdict[str, list[KnownWorker]] = defaultdict(list)
        for grid in grids:
            self._codes[grid.code] = grid
            for key in grid_name_keys(grid.name):
                self._grids[key].append(grid)
        for worker in workers:
            self._workers[_bare_name(worker.name)].append(worker)

    @property
    def knows_grids(self) -> bool:
        """Tell whether there is any grid at all; without one, none can be told to be wrong."""
        return bool(self._codes)

    @property
    def knows_workers(self) -> bool:
        """Tell whether there is any worker at all."""
        return bool(self._workers)

    def find_grids(self, text: str, community: str = "") -> tuple[str, ...]:
        """Return the codes of the grids that a code or name can mean.

        Args:
            text: Fifteen digits, a name, or one of its variants (``grid_name_keys``).
            community: Community named by the sheet's title, to choose between namesakes.
        """
        tight = clean_text(text).replace(" ", "")
        if tight in self._codes:
            return (tight,)
        keys = grid_name_keys(text)
        if not keys:
            return ()
        area = grid_area(text)
        found = self._of_keys(keys)
        narrowed = [grid for grid in found if area and _same_area(grid, area)]
        if area and not narrowed:
            # An area was named that none of them lies in: only the full name counts.
            names = {key for key in keys if not key.startswith("#")}
            exact = [grid for grid in found if names & grid_name_keys(grid.name)]
            return tuple(grid.code for grid in exact)
        if not area and community and len(found) > 1:
            narrowed = [grid for grid in found if _same_area(grid, community)]
        return tuple(grid.code for grid in narrowed or found)

    def find_workers(self, name: str, grid: str = "") -> tuple[str, ...]:
        """Return the ids of the workers of a name; ``grid`` chooses between namesakes."""
        found = self._workers.get(_bare_name(name), [])
        if len(found) > 1 and grid:
            found = [worker for worker in found if worker.grid == grid] or found
        return tuple(worker.id for worker in found)

    def grid_name(self, code: str) -> str:
        """Return a grid's name, or its code when it is unknown."""
        grid = self._codes.get(code)
        return grid.name if grid else code

    def _of_keys(self, keys: frozenset[str]) -> list[KnownGrid]:
        """Return the grids of the fullest key that has any."""
        for key in sorted(keys, key=lambda k: (k.startswith("#"), -len(k))):
            if found := self._grids.get(key):
                return found
        return []


def _same_area(grid: KnownGrid, area: str) -> bool:
    wanted = bare_area(area)
    return bool(wanted) and (wanted in grid.community or wanted in grid.name)


def _bare_name(name: str) -> str:
    return clean_text(name).replace(" ", "").replace(MIDDLE_DOT, "")
