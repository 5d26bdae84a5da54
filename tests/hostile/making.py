"""Hostile files: whole ones bent at random, and bombs."""

from __future__ import annotations

import io
import json
import math
import random
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.factories import COMMUNITY, GRIDS, document, visit
from tests.hostile.making_ledgers import LEDGER_BOMBS, LEDGER_FUZZERS
from tests.hostile.making_maps import MAP_BOMBS, MAP_FUZZERS
from tests.hostile.odd import ODD_TEXTS, ODD_VALUES, Maker


def bend(value: Any, chance: random.Random, rate: float) -> Any:
    """Return a value with some of its parts exchanged, dropped or doubled."""
    if chance.random() < rate:
        return chance.choice(ODD_VALUES)
    if isinstance(value, dict):
        bent = {
            (chance.choice(ODD_TEXTS[:20]) if chance.random() < rate / 4 else key): bend(part, chance, rate)
            for key, part in value.items()
            if chance.random() > rate / 2
        }
        return bent
    if isinstance(value, list):
        parts = [bend(part, chance, rate) for part in value if chance.random() > rate / 2]
        return parts + parts[:1] if parts and chance.random() < rate else parts
    return value


def facts(chance: random.Random, path: Path) -> None:
    """A facts file with a few wrong parts."""
    whole = document(visits=[visit(f"v{number}", "p1", "2026-02-03") for number in range(5)])
    path.write_bytes(_json(bend(whole, chance, chance.choice((0.002, 0.02, 0.1)))))


def broken_json(chance: random.Random, path: Path) -> None:
    """A facts file whose bytes are damaged."""
    raw = bytearray(_json(document()))
    for _turn in range(chance.randrange(1, 20)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    path.write_bytes(raw[: chance.randrange(1, len(raw) + 1)])


def outlines(chance: random.Random, path: Path) -> None:
    """A GeoJSON file with a few wrong parts."""
    features = []
    for number, code in enumerate(GRIDS):
        west = 117 + number / 100
        ring = [[west, 36], [west + 0.01, 36], [west + 0.01, 36.01], [west, 36.01], [west, 36]]
        features.append({
            "type": "Feature", "properties": {"code": code, "name": f"第{number}网格", "community": COMMUNITY},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        })  # fmt: skip
    whole = {"type": "FeatureCollection", "features": features}
    path.write_bytes(_json(bend(whole, chance, chance.choice((0.005, 0.03, 0.1)))))


def ledger(chance: random.Random, path: Path) -> None:
    """An Excel register with odd headings and cells."""
    headings = ["姓名", "身份证号", "性别", "出生日期", "联系电话", "所属网格", "住址", "类别", "备注"]
    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet()
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading if chance.random() > 0.1 else _cell_text(chance))
        for row in range(1, chance.randrange(2, 40)):
            for column in range(len(headings)):
                _write_odd(sheet, row, column, chance)
        if chance.random() < 0.2:
            sheet.write_string(chance.choice((1_048_575, 70_000)), chance.choice((0, 16_383)), "远处")
        if chance.random() < 0.3:
            sheet.merge_range(0, 0, chance.randrange(1, 5), chance.randrange(1, 9), "合并")


def broken_ledger(chance: random.Random, path: Path) -> None:
    """An Excel file whose parts are damaged."""
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole) as book:
        book.add_worksheet().write_row(0, 0, ["姓名", "身份证号"])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            raw = bytearray(old.read(name))
            for _turn in range(chance.randrange(0, 8)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            if chance.random() > 0.05:
                new.writestr(name, bytes(raw))


def csv_ledger(chance: random.Random, path: Path) -> None:
    """A CSV register in any encoding."""
    lines = ["姓名,身份证号,所属网格,备注"]
    lines += [",".join(_cell_text(chance)[:2000] for _ in range(4)) for _ in range(chance.randrange(1, 30))]
    encoding = chance.choice(("utf-8", "gb18030", "utf-16", "utf-8-sig", "big5"))
    path.write_bytes("\n".join(lines).encode(encoding, "replace"))


# ---- bombs -----------------------------------------------------------------------------------------------------------


def zip_bomb(chance: random.Random, path: Path) -> None:
    """A sheet of gigabytes in kilobytes."""
    _with_sheet(path, b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 100, filler=600_000_000)


def entity_bomb(chance: random.Random, path: Path) -> None:
    """An XML whose entities multiply."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    sheet = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "哈哈哈哈">{entities}]><worksheet><sheetData><row r="1">'
    sheet += '<c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    _with_sheet(path, sheet.encode())


def external_entity(chance: random.Random, path: Path) -> None:
    """An XML that asks for a file of the computer."""
    sheet = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet><sheetData>'
    sheet += '<row r="1"><c r="A1" t="inlineStr"><is><t>&f;</t></is></c></row></sheetData></worksheet>'
    _with_sheet(path, sheet.encode())


def billion_rows(chance: random.Random, path: Path) -> None:
    """A sheet that claims to be endless."""
    sheet = b'<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
    _with_sheet(path, sheet + b"</row></sheetData></worksheet>")


def path_traversal(chance: random.Random, path: Path) -> None:
    """An archive whose parts want to lie elsewhere."""
    _with_sheet(path, b"<worksheet><sheetData/></worksheet>")
    with zipfile.ZipFile(path, "a") as archive:
        for name in ("../../outside.txt", "/tmp/gridapp-outside.txt", "xl/../../outside.xml", "C:\\outside.txt"):
            archive.writestr(name, "outside")


def deep_xml(chance: random.Random, path: Path) -> None:
    """An XML nested without end."""
    _with_sheet(path, b"<worksheet><sheetData>" + b"<row>" * 500_000)


def deep_json(chance: random.Random, path: Path) -> None:
    """A JSON nested without end."""
    path.write_bytes(b"[" * 2_000_000)


def deep_facts(chance: random.Random, path: Path) -> None:
    """A facts file with something nested without end in a free field."""
    depth = chance.choice((500, 5_000, 100_000))
    whole = json.dumps(document(visits=[visit("v1", "p1", "2026-02-03", findings="@")]))
    path.write_text(whole.replace('"@"', '{"a":' * depth + "1" + "}" * depth))


def huge_number(chance: random.Random, path: Path) -> None:
    """A number with a million digits."""
    path.write_text(json.dumps(document(settings={"join_day": "@"})).replace('"@"', "9" * 1_000_000))


def many_vertices(chance: random.Random, path: Path) -> None:
    """One outline of a million corners."""
    corners = ",".join(
        f"[{117 + math.cos(n / 1e6 * math.tau) / 100:.9f},{36 + math.sin(n / 1e6 * math.tau) / 100:.9f}]"
        for n in range(1_000_000)
    )
    _write_ring(path, corners + "," + corners.split("],", 1)[0] + "]")


def star(chance: random.Random, path: Path) -> None:
    """An outline that crosses itself everywhere."""
    corners = ",".join(f"[{117 + chance.random() / 50},{36 + chance.random() / 50}]" for _ in range(2_000))
    _write_ring(path, corners + "," + corners.split("],", 1)[0] + "]")


def nan_outline(chance: random.Random, path: Path) -> None:
    """Coordinates that are no numbers."""
    _write_ring(path, "[NaN,36],[117.01,Infinity],[1e400,36.01],[117,36.01],[NaN,36]")


def deep_outline(chance: random.Random, path: Path) -> None:
    """Coordinates nested without end."""
    _write_ring(path, "[" * 300_000)


def _with_sheet(path: Path, sheet: bytes, filler: int = 0) -> None:
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole) as book:
        book.add_worksheet().write(0, 0, "姓名")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name in old.namelist():
            if not name.startswith("xl/worksheets/sheet"):
                new.writestr(name, old.read(name))
                continue
            with new.open(name, "w", force_zip64=True) as part:
                part.write(sheet)
                for _turn in range(filler // 1_000_000):
                    part.write(b" " * 1_000_000)


def _write_ring(path: Path, corners: str) -> None:
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"' + GRIDS[0]
        + '","name":"一"},"geometry":{"type":"Polygon","coordinates":[[' + corners + "]]}}]}"
    )  # fmt: skip


def _write_odd(sheet: Any, row: int, column: int, chance: random.Random) -> None:
    fate = chance.random()
    if fate < 0.1:
        sheet.write_number(row, column, chance.choice((-1, 0, 1e15, 9.9e307, 45000.5, 2958466)))
    elif fate < 0.2:
        sheet.write_formula(row, column, chance.choice(("=1/0", "=A1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0")))
    elif fate < 0.25:
        sheet.write_boolean(row, column, True)
    elif fate < 0.9:
        sheet.write_string(row, column, _cell_text(chance)[:32_000])


def _cell_text(chance: random.Random) -> str:
    fit = [text for text in ODD_TEXTS if "\ud800" not in text]
    return chance.choice((*fit, "张三", "990101194005010029", "第1网格", "独居", "2026.2.3", "女"))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


FUZZERS: dict[str, tuple[str, Maker]] = {
    "facts": ("facts.json", facts), "broken JSON": ("facts.json", broken_json), "outlines": ("grids.geojson", outlines),
    "ledger": ("ledger.xlsx", ledger), "broken ledger": ("ledger.xlsx", broken_ledger),
    "CSV": ("ledger.csv", csv_ledger),
} | LEDGER_FUZZERS | MAP_FUZZERS  # fmt: skip
BOMBS: dict[str, tuple[str, Maker]] = {
    "zip bomb": ("ledger.xlsx", zip_bomb), "entity bomb": ("ledger.xlsx", entity_bomb),
    "external entity": ("ledger.xlsx", external_entity), "billion rows": ("ledger.xlsx", billion_rows),
    "path traversal": ("ledger.xlsx", path_traversal), "deep XML": ("ledger.xlsx", deep_xml),
    "deep JSON": ("facts.json", deep_json), "deep facts": ("facts.json", deep_facts),
    "huge number": ("facts.json", huge_number), "many vertices": ("grids.geojson", many_vertices),
    "star": ("grids.geojson", star), "NaN outline": ("grids.geojson", nan_outline),
    "deep outline": ("grids.geojson", deep_outline),
} | LEDGER_BOMBS | MAP_BOMBS  # fmt: skip
