"""What a document is made of, from top to bottom: tables, forms, notes, ruled lines, charts, the sign-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gridapp.reports.paper_template import FormRow
from gridapp.reports.template import Template

Values = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table whose rows are made when they are needed.

    Attributes:
        template: Columns and look.
        count: Number of rows.
        row: Returns the values of row ``index`` (from 0) by field. Called twice for each row.
        heading: Line above the table, or "".
        empty_text: Sentence printed in place of rows when there are none.
        total_row: The last row is a total, set bold on a tint.
    """

    template: Template
    count: int
    row: Callable[[int], Values]
    heading: str = ""
    empty_text: str = ""
    total_row: bool = False


@dataclass(frozen=True)
class Form:
    """Labelled boxes, one record after the other, each beginning a page.

    Attributes:
        rows: Lines of boxes.
        count: Number of records.
        record: Returns the values of record ``index`` (from 0) by field.
    """

    rows: tuple[FormRow, ...]
    count: int
    record: Callable[[int], Values]


@dataclass(frozen=True)
class Note:
    """A paragraph across the page."""

    text: str


@dataclass(frozen=True)
class Ruled:
    """A heading with empty lines to write on."""

    heading: str
    count: int


class Bar(NamedTuple):
    """One bar of a chart: label, share of the full length (None draws none), figure."""

    label: str
    share: float | None
    shown: str


@dataclass(frozen=True)
class Bars:
    """Shares as bars, black on white, each with its figure."""

    heading: str
    bars: tuple[Bar, ...]
    target: float


@dataclass(frozen=True)
class SignOff:
    """Labels with room to sign behind them, on one line, kept together."""

    labels: tuple[str, ...]


Block = Table | Form | Note | Ruled | Bars | SignOff
