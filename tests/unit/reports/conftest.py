"""Invented people on paper, and three readers that take the text out again."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2
import pytest

from gridapp.reports.people import PersonLine
from tests.unit.reports.rosters import Roster

RARE_NAMES = ("䶮小龙", "周𬭎", "𠮷田", "买买提·艾力", "苏布德·那顺", "欧阳𫖯𬀩", "㛃㼆")


def _line(number: int) -> PersonLine:
    words = ("独居", "空巢", "留守", "失能", "重残", "计生特殊家庭")
    name = RARE_NAMES[number] if number < len(RARE_NAMES) else f"王{'秀兰英桂华玉珍梅芳建'[number % 10]}{number}"
    remark = "（东门进，门铃坏了，请先打电话；“老人听力不好”，要多等一会儿）" * (number % 4)
    return PersonLine(
        person_ref=f"p{number}",
        name=name,
        sex="女" if number % 2 else "男",
        age=None if number % 13 == 5 else 60 + number % 40,
        categories=words[: 1 + number % 6],
        id_number="990101194005010128",
        phone=f"1380000{number:04d}",
        address=f"幸福里小区{number}号楼3单元1203室{remark}",
        tier="ABC"[number % 3],
        last_visit=None if number % 7 == 0 else dt.date(2026, 2, 1) + dt.timedelta(number % 40),
        contact=f"女儿 1390000{number:04d}" if number % 3 == 0 else "",
        note="住院" if number % 11 == 0 else "",
    )


@pytest.fixture
def make_roster() -> Callable[..., Roster]:
    """Return a maker of rosters: ``make_roster(30)`` or ``make_roster(rows=[…])``."""

    def make(count: int = 0, rows: list[PersonLine] | None = None, sheet_no: int = 12) -> Roster:
        lines = [_line(number) for number in range(count)] if rows is None else rows
        return Roster(lines, sheet_no)

    return make


def bare(text: str) -> str:
    """Return text without any space: line ends are the layout's, not the source's."""
    return "".join(text.split())


def _poppler(path: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    run = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True)
    return [bare(page) for page in run.stdout.decode("utf-8").split("\f")[:-1]]


def _pdfium(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [bare(page.get_textpage().get_text_range()) for page in document]


def _pypdf(path: Path) -> list[str]:
    return [bare(page.extract_text()) for page in pypdf.PdfReader(path).pages]


READERS = {"poppler": _poppler, "pdfium": _pdfium, "pypdf": _pypdf}


@pytest.fixture(params=READERS)
def page_texts(request: pytest.FixtureRequest) -> Callable[[Path], list[str]]:
    """Return a reader of PDF files: the text of each page without any space."""
    return READERS[request.param]


@pytest.fixture
def read_pages() -> Callable[[Path], list[str]]:
    """Return one reader, for tests about something else than extraction."""
    return _pdfium
