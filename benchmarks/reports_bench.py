"""Time the roster against the plain canvas floor, in one run.

The floor is ``canvas.drawString`` of the same lines of text at the same
places, without wrapping, page breaking, rules or codes. Budget: roster at
most 2 times the floor; 1,000 rows in at most 3 s.

Usage: python benchmarks/reports_bench.py [--rows 10000] [--rounds 3]
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import argparse
import datetime as dt
import io
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gridapp.domain.period import Month
from gridapp.reports import codes, fonts
from gridapp.reports.pdf_writer import new_canvas
from gridapp.reports.placed import Page
from gridapp.reports.roster import RosterLine, RosterSheet, lay_out_roster, write_roster
from gridapp.reports.template import paper

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹𬭎𠮷"
_GIVEN = "秀兰英桂华玉珍梅芳建国志强明德福生永贵春香淑琴䶮"
_WORDS = ("独居", "空巢", "留守", "失能", "重残", "计生特殊家庭")


def make_sheet(count: int) -> RosterSheet:
    """Return a roster of invented people, the same for the same count."""
    dice = random.Random(count)
    lines = [_line(number, dice) for number in range(count)]
    now = dt.datetime(2026, 3, 15, 2, 0, tzinfo=dt.UTC)
    rule = "月末在册的六类老人；上门、电话、视频见到本人或通话即算探访。"
    return RosterSheet("幸福里社区", "第3网格", "王秀兰", Month(2026, 3), "李主任", now, now.date(), rule, 12, lines)


def _line(number: int, dice: random.Random) -> RosterLine:
    address = f"幸福里小区{dice.randint(1, 30)}号楼{dice.randint(1, 6)}单元{dice.randint(1, 20)}0{dice.randint(1, 4)}室"
    return RosterLine(
        person_ref=f"p{number}",
        name=dice.choice(_SURNAMES) + "".join(dice.sample(_GIVEN, 2)),
        sex=dice.choice("男女"),
        age=dice.randint(60, 99),
        categories=tuple(dice.sample(_WORDS, dice.choice((1, 1, 2, 3)))),
        id_masked="990101********••••",
        phone_masked=f"138****{dice.randint(1000, 9999)}",
        address=address + ("（东门进，门铃坏了，请先打电话）" if number % 7 == 0 else ""),
        tier=dice.choice("ABC"),
        last_visit=dt.date(2026, 2, 1) + dt.timedelta(dice.randint(0, 40)),
        contact="女儿 136****2210" if number % 3 == 0 else "",
    )


def _floor(pages: list[Page]) -> None:
    stream = io.BytesIO()
    canvas = new_canvas(stream, paper(landscape=True), "floor")
    for page in pages:
        for text in page.texts:
            canvas.setFont(fonts.BOLD if text.bold else fonts.REGULAR, text.size)
            canvas.drawString(text.x, text.y, text.text)
        canvas.showPage()
    canvas.save()


def _seconds(job: Callable[[], object]) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


def main() -> int:
    """Print the figures; exit 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    write_roster(make_sheet(10), io.BytesIO())  # fonts read, code tables made
    thousand, sheet = make_sheet(1000), make_sheet(options.rows)
    pages = list(lay_out_roster(sheet).pages())
    roster, floor, small = [], [], []
    for _round in range(options.rounds):
        roster.append(_seconds(lambda: write_roster(sheet, io.BytesIO())))
        floor.append(_seconds(lambda: _floor(pages)))
        small.append(_seconds(lambda: write_roster(thousand, io.BytesIO())))
    numbers = [codes.row_code(12, row) for row in range(1, options.rows + 1)]
    symbols = _seconds(lambda: codes.row_bitmaps(numbers))
    ratio = statistics.median(roster) / statistics.median(floor)
    print(f"roster {options.rows:,} rows: {statistics.median(roster):.2f} s CPU = {ratio:.2f} x drawString floor")
    print(f"roster 1,000 rows: {statistics.median(small):.2f} s CPU (<= 3 s)")
    print(f"QR symbols: {symbols / statistics.median(roster):.1%} of the roster (<= 10 %)")
    return int(ratio > 2 or statistics.median(small) > 3)


if __name__ == "__main__":
    sys.exit(main())
