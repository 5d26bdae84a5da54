"""What can be wrong with a value, and how bad that is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that holds no value of its own.

    Attributes:
        text: What the cell shows, "#N/A"; "" for a formula that was never calculated.
        code: "cell_error" or "formula_without_value".
    """

    text: str
    code: str

    def __str__(self) -> str:
        return self.text or "=?"


Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta | CellFault


class Severity(StrEnum):
    """How an issue affects its row."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to know about one value.

    Attributes:
        field: Canonical field, or "" for the whole row or sheet.
        code: Stable word for programs, e.g. "id_digits_lost".
        severity: ERROR: the user must decide before the row is stored;
            WARNING: may be stored, must be seen; INFO: normalised quietly.
        message: A sentence in the user's language.
    """

    field: str
    code: str
    severity: Severity
    message: str


class CellResult(NamedTuple):
    """A checked cell.

    Attributes:
        value: The normalised value; None when the cell is empty or cannot be trusted.
        issues: What was found; a value that was dropped or changed always has one.
    """

    value: object
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class CellContext:
    """What a cell's meaning can depend on.

    Attributes:
        today: Civil date that "future" and two-digit years are judged by.
        kind: Kind of ledger: "residents", "elders" or "visits".
        year: Year from the title, sheet or file name.
        month: Month from there.
        community: Name of the community from there, or "".
        date1904: Whether bare day numbers count from 1904.
    """

    today: dt.date
    kind: str
    year: int | None = None
    month: int | None = None
    community: str = ""
    date1904: bool = False


EMPTY = CellResult(None)


def error(field: str, code: str, message: str) -> CellResult:
    """Return a dropped value with the error that says why."""
    return CellResult(None, (Issue(field, code, Severity.ERROR, message),))


def warning(field: str, code: str, message: str, value: object = None) -> CellResult:
    """Return a value, or none, with a warning."""
    return CellResult(value, (Issue(field, code, Severity.WARNING, message),))


def info(field: str, code: str, message: str, value: object) -> CellResult:
    """Return a value with a remark."""
    return CellResult(value, (Issue(field, code, Severity.INFO, message),))
