"""The roster against the plain canvas floor, in one run.

The floor is ``canvas.drawString`` of the same lines of text at the same
places, without wrapping, page breaking, rules or codes. Budget: roster at
most 2 times the floor; 1,000 rows in at most 3 s.
"""

from __future__ import annotations

import datetime as dt
import io
import random

from benchmarks.ground import Ground
from benchmarks.measure import Finding, Times, interleaved
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


def roster_times(ground: Ground, rounds: int) -> list[Finding]:
    """Write rosters of 1,000 and 10,000 rows, beside drawing the same lines of text alone."""
    thousand, sheet = make_sheet(1000), make_sheet(10_000)
    small_pages, pages = list(lay_out_roster(thousand).pages()), list(lay_out_roster(sheet).pages())
    found = interleaved(
        {
            "small": lambda: write_roster(thousand, io.BytesIO()),
            "small floor": lambda: _floor(small_pages),
            "large": lambda: write_roster(sheet, io.BytesIO()),
            "large floor": lambda: _floor(pages),
        },
        rounds,
    )
    codes_alone = Times()
    codes_alone.add(lambda: codes.row_bitmaps([codes.row_code(12, row) for row in range(1, 10_001)]))
    small, large = found["small"].median(), found["large"].median()
    note = f"QR symbols are {codes_alone.median() / large:.0%} of it (at most 10 %)"
    peer = "drawString of the same text"
    return [
        Finding("roster, 1,000 rows", "1,000 people", small, "s", 3, peer, small / found["small floor"].median()),
        Finding("roster, 10,000 rows", "10,000 people", large, "s", None, peer,
                large / found["large floor"].median(), note),
    ]  # fmt: skip
