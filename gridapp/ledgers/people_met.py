"""Who and which visits a file has told of so far, to find those it tells of twice."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple


class Met(NamedTuple):
    """Where something was met first.

    Attributes:
        sheet: Sheet name.
        row: 1-based row number.
        name: The person's name there, or "".
    """

    sheet: str
    row: int
    name: str


class PeopleMet:
    """What was met, shared by all sheets of a file.

    Attributes:
        numbers: Kind of ledger -> ID number -> where it was met first.
        others: Any other key -> where.
    """

    def __init__(self) -> None:
        self.numbers: defaultdict[str, dict[str, Met]] = defaultdict(dict)
        self.others: dict[tuple[object, ...], Met] = {}

    def first_with_number(self, number: str) -> Met | None:
        """Return where an ID number was met first, in whatever kind of ledger."""
        for met in self.numbers.values():
            if number in met:
                return met[number]
        return None
