"""Facts files out and in, and a ledger of 10,000 rows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from benchmarks.ground import Ground
from benchmarks.measure import Finding, Times, interleaved
from gridapp.domain.identity import check_digit
from gridapp.services.facts import export_facts, import_facts_file
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.projects import open_database

ROWS = 10_000
HEADINGS = ("序号", "姓名", "性别", "身份证号", "联系电话", "现住址", "所属网格", "入住日期")


def facts_times(ground: Ground, rounds: int) -> list[Finding]:
    """Export a community's facts and import them into an empty file, beside writing and reading the bare JSON."""
    database = open_database(ground.community, create=False)
    path, bare = ground.folder / "exported.json", ground.folder / "bare.json"
    document = ground.facts("community")
    found = interleaved(
        {
            "export": lambda: export_facts(database, path),
            "write": lambda: bare.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8"),
            "import": lambda: _import(ground.folder / "imported.db", path),
            "read": lambda: json.loads(path.read_text("utf-8")),
        },
        rounds,
    )
    database.close()
    data = f"{path.stat().st_size / 1e6:.1f} MB, {len(document['persons']):,} people"
    return [
        Finding("export facts", data, found["export"].median(), "s", None, "json.dumps alone",
                found["export"].median() / found["write"].median()),
        Finding("import facts", data, found["import"].median(), "s", None, "json.loads alone",
                found["import"].median() / found["read"].median()),
    ]  # fmt: skip


def _import(target: Path, path: Path) -> None:
    _remove(target)
    database = open_database(target)
    import_facts_file(database, path, "benchmark")
    database.close()
    _remove(target)


def ledger_times(ground: Ground, rounds: int) -> list[Finding]:
    """Check and import a register of 10,000 residents, beside reading its cells alone."""
    from python_calamine import CalamineWorkbook

    book, target = ground.folder / "register.xlsx", ground.folder / "ledger.db"
    grids = [row["name"] for row in ground.facts("community")["grids"]]
    _write_register(book, grids)
    check, take, peer = Times(), Times(), Times()
    good = 0
    for _round in range(rounds):
        peer.add(lambda: CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python())
        _remove(target)
        database = open_database(target)
        places = {key: ground.facts("community")[key] for key in ("communities", "grids")}
        places_file = ground.folder / "places.json"
        places_file.write_text(json.dumps({"schema": "gridapp-facts/1", **places}, ensure_ascii=False), "utf-8")
        import_facts_file(database, places_file, "benchmark")
        previews: list[Any] = []
        check.add(lambda opened=database, kept=previews: kept.append(check_file(opened, book)))  # type: ignore[misc]
        take.add(lambda opened=database, kept=previews: import_ledger(opened, kept[0], "benchmark"))  # type: ignore[misc]
        good = len(list(previews[0].good_rows()))
        database.close()
    _remove(target)
    data, floor = f"{ROWS:,} rows, {good:,} good", peer.median()
    return [
        Finding("check a ledger", data, check.median(), "s", None, "read the cells alone", check.median() / floor),
        Finding("import a ledger", data, take.median(), "s", 20.0, "read the cells alone", take.median() / floor),
    ]


def _write_register(path: Path, grids: list[str]) -> None:
    import xlsxwriter

    dice = random.Random(1)
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("居民")
    sheet.write_row(0, 0, HEADINGS)
    for number in range(1, ROWS + 1):
        male = number % 2
        birth = f"{1935 + number % 80}{1 + number % 12:02}{1 + number % 28:02}"
        stem = f"99010{1 + number % 9}{birth}{number // 101:02}{dice.choice((1, 3, 5, 7)) - 1 + male}"
        name = dice.choice("王李张刘陈杨黄赵周吴") + "".join(dice.sample("秀兰英桂华玉珍梅芳建国志强明德", 2))
        address = f"幸福里{number % 30 + 1}号楼{number % 4 + 1}单元{number % 900 + 101}"
        row = (number, name, "男" if male else "女", stem + check_digit(stem), f"1990{number:07}", address,
               dice.choice(grids), "2020-01-01")  # fmt: skip
        sheet.write_row(number, 0, row)
    book.close()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
