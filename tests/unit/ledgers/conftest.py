"""Makers of the messy files that communities are sent. Names and numbers are invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from gridapp.domain.identity import check_digit
from gridapp.ledgers.checked import CheckedRow, Preview
from gridapp.ledgers.lookups import KnownGrid, KnownWorker, Lookups
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.workbook import read_workbook

TODAY = dt.date(2026, 4, 10)

MakeBook = Callable[..., Path]
MakeId = Callable[..., str]
Check = Callable[..., Preview]
CheckOne = Callable[..., CheckedRow]


@pytest.fixture
def make_id() -> MakeId:
    """Return a maker of valid identity numbers of counties that do not exist."""

    def make(birth: str = "19400305", sequence: int = 11, county: str = "990101") -> str:
        body = f"{county}{birth}{sequence:03d}"
        return body + check_digit(body)

    return make


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """Return a maker of xlsx files: rows of one sheet, or {sheet name: rows}; merged as (r1, c1, r2, c2)."""

    def make(
        sheets: Sequence[Sequence[Any]] | dict[str, Sequence[Sequence[Any]]],
        name: str = "ledger.xlsx",
        hidden: Sequence[str] = (),
        merged: Sequence[tuple[int, int, int, int]] = (),
    ) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
            for title, rows in (sheets if isinstance(sheets, dict) else {"Sheet1": sheets}).items():
                sheet = book.add_worksheet(title)
                for r, row in enumerate(rows):
                    for c, value in enumerate(row):
                        if value is not None and value != "":
                            sheet.write_string(r, c, value) if isinstance(value, str) else sheet.write(r, c, value)
                for r1, c1, r2, c2 in merged:
                    sheet.merge_range(r1, c1, r2, c2, rows[r1][c1])
                if title in hidden:
                    sheet.hide()
        return path

    return make


@pytest.fixture
def lookups() -> Lookups:
    """Return a register of two communities that both have a third grid."""
    return Lookups(
        [
            KnownGrid("990101001001001", "第一网格", "阳光社区"),
            KnownGrid("990101001001003", "第三网格(基础)", "阳光社区"),
            KnownGrid("990101001002003", "第三网格", "清风社区"),
            KnownGrid("990101001002016", "学校网格(专属)", "清风社区"),
        ],
        [
            KnownWorker("w1", "张三", "990101001001001"),
            KnownWorker("w2", "李四", "990101001001003"),
            KnownWorker("w3", "李四", "990101001002003"),
        ],
    )


@pytest.fixture
def check(lookups: Lookups) -> Check:
    """Return a check of a file as the wizard does it, on 10 April 2026."""

    def run(path: Path, kind: str = "auto", **options: Any) -> Preview:
        return check_workbook(read_workbook(path), kind, **({"today": TODAY, "lookups": lookups} | options))

    return run


@pytest.fixture
def check_one(make_book: MakeBook, check: Check) -> CheckOne:
    """Return a check of one row given as {heading: cell}."""

    def run(cells: dict[str, Any], kind: str = "elders", title: str = "") -> CheckedRow:
        rows = [[title], list(cells), list(cells.values())] if title else [list(cells), list(cells.values())]
        (sheet,) = check(make_book(rows), kind).sheets
        assert len(sheet.rows) == 1, sheet
        return sheet.rows[0]

    return run
