"""The roster against the plain canvas floor, in one run.

The floor is ``canvas.drawString`` of the same lines of text at the same
places, without wrapping, page breaking, rules or codes. Budget: roster at
most 2 times the floor, at 100,000 rows as at 1,000, memory that hardly grows,
40 times faster than the obvious way with reportlab's tables, and every code read
back from a bad scan.
"""

from __future__ import annotations

import datetime as dt
import gc
import io
import shutil
import subprocess
import sys

from benchmarks.ground import Ground
from benchmarks.measure import Finding, Job, Times, interleaved
from benchmarks.reports_peers import read_back, write_obvious
from gridapp.reports import codes, fonts
from gridapp.reports.document import Contents, FigureLine, People, lay_out, write_document
from gridapp.reports.fields import PLACEHOLDERS
from gridapp.reports.paper_template import built_in
from gridapp.reports.pdf_writer import new_canvas
from gridapp.reports.people import PersonLine
from gridapp.reports.placed import Page
from gridapp.reports.template import paper

SHEET = 12
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹𬭎𠮷"
_GIVEN = "秀兰英桂华玉珍梅芳建国志强明德福生永贵春香淑琴䶮"
_WORDS = ("独居", "空巢", "留守", "失能", "重残", "计生特殊家庭")


def make_contents(count: int) -> Contents:
    """Return a roster of invented people, made line by line when asked for, the same for the same count."""
    now = dt.datetime(2026, 3, 15, 2, 0, tzinfo=dt.UTC)
    words = dict.fromkeys(PLACEHOLDERS, "") | {"area": "幸福里社区", "scope": "第3网格", "month": "2026年3月"}
    return Contents(
        words | {"worker": "王秀兰", "user": "李主任", "people": str(count)}, {"roster": People(count, _line)}, {},
        FigureLine("", 0, 0, "—", None), 1.0, "李主任", now, now.date(),
        "月末在册的六类老人；上门、电话、视频见到本人或通话即算探访。", SHEET,
    )  # fmt: skip


def _line(number: int) -> PersonLine:
    dice = number * 2_654_435_761 % 4_294_967_296
    address = f"幸福里小区{dice % 30 + 1}号楼{dice // 30 % 6 + 1}单元{dice // 180 % 20 + 1}0{dice // 3600 % 4 + 1}室"
    first = dice // 7 % len(_WORDS)
    given = _GIVEN[dice // 13 % len(_GIVEN)] + _GIVEN[dice // 17 % len(_GIVEN)]
    return PersonLine(
        person_ref=f"p{number}",
        name=_SURNAMES[dice // 11 % len(_SURNAMES)] + given,
        sex="男女"[number % 2],
        age=60 + dice % 40,
        categories=_WORDS[first : first + 1 + (dice % 5 == 0)],
        id_number="990101194005010128",
        phone=f"1380000{dice % 10000:04d}",
        address=address + ("（东门进，门铃坏了，请先打电话）" if number % 7 == 0 else ""),
        tier="ABC"[dice % 3],
        last_visit=dt.date(2026, 2, 1) + dt.timedelta(dice % 40),
        contact="女儿 13600002210" if number % 3 == 0 else "",
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
    """Write rosters of 1,000, 10,000 and 100,000 rows, beside drawing the same lines of text alone."""
    template = built_in("visit_roster")
    sizes = {1000: "1,000", 10_000: "10,000", 100_000: "100,000"}
    jobs: dict[str, Job] = {}
    for count in sizes:
        contents = make_contents(count)
        jobs[f"{count}"] = lambda contents=contents: write_document(template, contents, io.BytesIO())
        jobs[f"{count} floor"] = _floor_job(count)
    gc.freeze()  # the floor's pages lie there throughout; the collector must not walk them while others are timed
    found = interleaved({name: job for name, job in jobs.items() if not name.startswith("100000")}, rounds)
    found |= interleaved({name: job for name, job in jobs.items() if name.startswith("100000")}, 1, warm=False)
    codes_alone = Times()
    codes_alone.add(lambda: codes.row_bitmaps([codes.row_code(12, row) for row in range(1, 10_001)]))
    findings = []
    for count, shown in sizes.items():
        taken, floor = found[f"{count}"].median(), found[f"{count} floor"].median()
        findings.append(Finding(f"roster, {shown} rows, against the floor", f"{shown} people", taken / floor, "x", 2.0,
                                "drawString of the same text", taken / floor, f"{taken:.2f} s"))  # fmt: skip
    ten = found["10000"].median()
    findings.append(Finding("roster, 100,000 rows over 10,000", "", _alone(100_000) / _alone(10_000), "x", 11.0,
                            note="each in a process of its own"))  # fmt: skip
    findings.append(Finding("QR symbols in the roster", "10,000 people", 100 * codes_alone.median() / ten, "%", 10.0))
    ten_thousand, hundred_thousand = _peak(10_000), _peak(100_000)
    findings.append(Finding("roster, peak memory of 100,000 rows over 10,000", "", hundred_thousand / ten_thousand, "x",
                            1.5, note=f"{ten_thousand:.0f} and {hundred_thousand:.0f} MB"))  # fmt: skip
    return [*findings, _against_the_obvious(ten), *_decoding()]


def _against_the_obvious(ten: float) -> Finding:
    """Compare 10,000 rows with LongTable, Paragraph and QrCodeWidget, once: it takes minutes."""
    obvious = Times()
    obvious.add(lambda: write_obvious(built_in("visit_roster"), make_contents(10_000)))
    # The budget is "at least 40 times faster": so many thousandths of its time at most.
    share = 1000 * ten / obvious.median()
    return Finding("roster, 10,000 rows, in thousandths of the obvious way", "10,000 people", share, "‰", 25.0,
                   "LongTable + Paragraph + QrCodeWidget", ten / obvious.median(),
                   f"{ten:.2f} s, {obvious.median():.1f} s: {obvious.median() / ten:.0f} times faster")  # fmt: skip


def _decoding() -> list[Finding]:
    """Read the codes of 600 rows back from scans at 150 dpi, blurred, 1.5 degrees askew."""
    count, stream = 600, io.BytesIO()
    write_document(built_in("visit_roster"), make_contents(count), stream)
    findings = []
    for renderer in ("pdfium", "poppler"):
        if renderer == "poppler" and shutil.which("pdftoppm") is None:
            continue
        read, wrong = read_back(stream.getvalue(), SHEET, count, renderer)
        findings.append(Finding(f"row codes not read back from a bad scan, {renderer}", f"{count} codes",
                                100 * (count - read + wrong) / count, "%", 0.0,
                                note=f"{read} of {count} read, {wrong} wrong"))  # fmt: skip
    return findings


def _floor_job(count: int) -> Job:
    pages = list(lay_out(built_in("visit_roster"), make_contents(count)).pages())
    return lambda: _floor(pages)


def _alone(count: int) -> float:
    """Return the CPU time of a roster in a process that holds nothing else, once it is warm. [s]"""
    code = (
        "import io, time\n"
        "from benchmarks.reports_bench import make_contents, built_in, write_document\n"
        "write_document(built_in('visit_roster'), make_contents(1000), io.BytesIO())\n"
        f"contents = make_contents({count})\n"
        "begun = time.process_time()\n"
        "write_document(built_in('visit_roster'), contents, io.BytesIO())\n"
        "print(time.process_time() - begun)\n"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def _peak(count: int) -> float:
    """Return the largest memory of a process that writes one roster to a file. [MB]"""
    code = (
        "import pathlib, tempfile\n"
        "from benchmarks.measure import peak_memory\n"
        "from benchmarks.reports_bench import make_contents, built_in, write_document\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        f"    write_document(built_in('visit_roster'), make_contents({count}), pathlib.Path(folder) / 'r.pdf')\n"
        "print(peak_memory())\n"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)
