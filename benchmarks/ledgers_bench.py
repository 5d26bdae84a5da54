"""Ledgers of 100,000 rows and 20 columns: read, check, write; budgets as ratios to named peers in the same run.

Read at most 1.2 times and read + normalise + check at most 2 times calamine's
bare rows; at least 6 times faster than openpyxl read-only; written in at most the
time of XlsxWriter in its mode of constant memory.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.ground import TODAY, Ground
from benchmarks.measure import Finding, Times, interleaved
from benchmarks.window_bench import ROOT, environment
from gridapp.domain.civil_date import completed_years
from gridapp.domain.identity import check_digit
from gridapp.ledgers.exports import ExportColumn, write_xlsx
from gridapp.ledgers.lookups import KnownGrid, KnownWorker, Lookups
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.workbook import read_workbook

ROWS = 100_000
_CALM_ROWS = (10_000, 100_000)
_PATIENCE_S = 1800
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
_GIVEN = "秀英玉兰桂芳建国志强丽华伟敏静涛军杰娟艳勇磊洋霞"
_HEADINGS = (
    "序号 姓名 性别 民族 身份证号 出生日期 年龄 联系电话 现住址 楼栋 单元 房间号 户籍地址 所属网格 网格员 人员类别 "
    "紧急联系人 紧急联系电话 认定日期 备注"
).split()


def ledgers_times(ground: Ground, rounds: int) -> list[Finding]:
    """Read, check and write a large ledger beside its peers."""
    path = ground.folder / "large.xlsx"
    if not path.exists():
        _write_peer(path, _rows())
    known = _lookups()
    found = interleaved(
        {
            "calamine": lambda: _bare_rows(path),
            "read": lambda: read_workbook(path),
            "check": lambda: check_workbook(read_workbook(path), today=TODAY, lookups=known),
        },
        rounds,
        warm=False,
    )
    bare, data = found["calamine"].median(), f"{ROWS:,} × {len(_HEADINGS)}"
    read, check = found["read"].median(), found["check"].median()
    findings = [
        Finding("read a ledger", data, read, "s", 1.2 * bare, "calamine iter_rows", read / bare),
        Finding("read and check a ledger", data, check, "s", 2 * bare, "calamine iter_rows", check / bare),
    ]
    if find_spec("openpyxl") is not None:
        slow = Times()
        slow.add(lambda: _openpyxl_rows(path))
        ratio = read / slow.median()
        findings.append(Finding("read a ledger", data, read, "s", slow.median() / 6, "openpyxl read-only", ratio))
    return findings + _writing(ground, rounds) + _calm(ground)


def _calm(ground: Ground) -> list[Finding]:
    """How long the real window stands still while a ledger is read, checked and imported in it."""
    findings = []
    for count in _CALM_ROWS:
        path = ground.folder / f"calm-{count}.xlsx"
        _write_peer(path, _rows_with_problems(ground, count))
        database = ground.folder / f"calm-{count}.db"
        shutil.copyfile(ground.community, database)
        command = [sys.executable, "-m", "benchmarks.import_probe", str(database), str(path)]
        done = subprocess.run(command, cwd=ROOT, text=True, env=environment(ground, None), capture_output=True,
                              timeout=_PATIENCE_S, check=False)  # fmt: skip
        database.unlink()
        report = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
        gaps: dict[str, tuple[float, float]] = report["gaps"]
        note = ", ".join(f"{step} {wall:.0f} ({cpu:.0f})" for step, (wall, cpu) in gaps.items())
        data = f"{count:,} rows, 9,000 people known"
        hardest, longest = max(cpu for _wall, cpu in gaps.values()), max(wall for wall, _cpu in gaps.values())
        findings.append(Finding("longest work of the window while importing, CPU", data, hardest, "ms", 100, note=note))
        findings.append(Finding("the same, longest gap", data, longest, "ms", 100))
    return findings


def _rows_with_problems(ground: Ground, count: int) -> Iterable[tuple[Any, ...]]:
    """Yield rows of grids that are known there; one in fifty has a rounded ID number, one in seventy half a phone."""
    places = json.loads((ground.folder / "community.json").read_text("utf-8"))["grids"]
    dice = random.Random(3)
    at = {heading: place for place, heading in enumerate(_HEADINGS)}
    for order, row in enumerate(itertools.islice(_rows(), count)):
        cells = list(row)
        cells[at["所属网格"]], cells[at["网格员"]] = dice.choice(places)["code"], ""
        if not order % 50:
            cells[at["身份证号"]] = cells[at["身份证号"]][:15] + "000"
        if not order % 70:
            cells[at["联系电话"]] = "1390000"
        yield tuple(cells)


def _writing(ground: Ground, rounds: int) -> list[Finding]:
    rows = list(_rows())
    columns = [ExportColumn(heading, _kind(heading)) for heading in _HEADINGS]
    target, peer = ground.folder / "written.xlsx", ground.folder / "peer.xlsx"
    found = interleaved(
        {"ours": lambda: write_xlsx(target, columns, rows), "peer": lambda: _write_peer(peer, rows)},
        max(1, rounds // 2),
        warm=False,
    )
    ours, floor = found["ours"].median(), found["peer"].median()
    data = f"{ROWS:,} × {len(_HEADINGS)}"
    return [Finding("write a ledger", data, ours, "s", floor, "XlsxWriter constant_memory", ours / floor)]


def _kind(heading: str) -> Any:
    return {"出生日期": "date", "认定日期": "date", "年龄": "integer", "序号": "integer"}.get(heading, "text")


def _bare_rows(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    return list(workbook.get_sheet_by_index(0).iter_rows())


def _openpyxl_rows(path: Path) -> list[Any]:
    from openpyxl import load_workbook

    workbook = load_workbook(path, read_only=True)
    return list(workbook.worksheets[0].iter_rows(values_only=True))


def _write_peer(path: Path, rows: Iterable[tuple[Any, ...]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("台账")
        for column, heading in enumerate(_HEADINGS):
            sheet.write(0, column, heading)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                sheet.write(number, column, value)


def _rows() -> Iterable[tuple[Any, ...]]:
    dice = random.Random(6)
    pick, number = dice.choice, dice.randrange
    for order in range(ROWS):
        birth = dt.date(1930, 1, 1) + dt.timedelta(number(13_000))
        stem = f"990101{birth:%Y%m%d}{1 + number(998):03}"
        yield (
            order + 1, pick(_SURNAMES) + pick(_GIVEN) + pick(_GIVEN), "男" if int(stem[16]) % 2 else "女", "汉族",
            stem + check_digit(stem), birth, completed_years(birth, TODAY), f"139{number(10**8):08}",
            f"示例路{number(300)}号{number(30)}号楼{number(5)}单元{number(900)}", f"{number(30)}号楼",
            f"{number(5)}单元",
            str(number(900)), f"示例市{number(3000)}号", f"第{number(12) + 1}网格", pick(_SURNAMES) + "工",
            pick(("独居", "空巢", "独居、低保", "", "失能", "高龄")), pick(_SURNAMES) + pick(_GIVEN),
            f"138{number(10**8):08}", dt.date(2024, 1, 1) + dt.timedelta(number(500)), "",
        )  # fmt: skip


def _lookups() -> Lookups:
    grids = [KnownGrid(f"990101001001{n:03}", f"第{n}网格", "示例社区") for n in range(1, 13)]
    return Lookups(grids, [KnownWorker(f"w{n}", surname + "工") for n, surname in enumerate(_SURNAMES)])
