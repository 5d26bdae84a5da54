"""What a write changed, told to whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Kind(Enum):
    """Subjects a write can touch; a screen names those it shows."""

    PLACE = auto()
    RESIDENT = auto()
    VISIT = auto()
    ENROLMENT = auto()
    ABSENCE = auto()
    WORKER = auto()
    SETTING = auto()
    IMPORT = auto()
    PAPER = auto()
    CLOSING = auto()


EVERYTHING = frozenset(Kind)


@dataclass(frozen=True)
class Changes:
    """The result of one service call.

    Attributes:
        kinds: Subjects touched.
        operation: Number of the audit entry, which undo takes; None when nothing was written.
        message: One sentence saying what was done.
        result: What the caller asked for, e.g. the reference of a new row.
    """

    kinds: frozenset[Kind] = frozenset()
    operation: int | None = None
    message: str = ""
    result: Any = None
